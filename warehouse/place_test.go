package warehouse_test

import (
	"context"
	"errors"
	"testing"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

// refusing is a source that refuses every model with one message.
type refusing struct {
	warehouse.Source

	what string
}

// Columns refuses.
func (r refusing) Columns(context.Context, eddy.Model) ([]warehouse.Column, error) {
	return nil, &eddy.Error{Code: eddy.CodeSource, What: r.what, Mend: "Look at line 9:9."}
}

func TestPlacesThatMessagesTell(t *testing.T) {
	for what, want := range map[string]eddy.Point{
		"Trino: line 3:7: mismatched input 'customers' (SYNTAX_ERROR)":                   {Line: 3, Column: 7},
		`BigQuery: Syntax error: Unexpected identifier "customers" at [12:1]`:            {Line: 12, Column: 1},
		"ClickHouse: Syntax error at line 2, col 40: customers (code 62)":                {Line: 2, Column: 40},
		"Snowflake: syntax error line 3 at position 0 unexpected 'customers'.":           {Line: 3, Column: 1},
		"Databricks: Syntax error at or near 'x'. SQLSTATE: 42601 (line 1, pos 6)":       {Line: 1, Column: 7},
		"MariaDB: right syntax to use near 'customers' at line 3 (error 1064)":           {Line: 3},
		"MariaDB: right syntax to use near 'line 8:8 of it' at line 3 (error 1064)":      {Line: 3},
		"PostgreSQL: relation nowhere does not exist (SQLSTATE 42P01)":                   {},
		"Databricks: the column at line 5 is told twice: cannot resolve (line 5, pos 0)": {Line: 5, Column: 1},
	} {
		_, err := warehouse.Describe(t.Context(), refusing{what: what}, eddy.Model{SQL: "SELECT 1"})
		if e, ok := errors.AsType[*eddy.Error](err); !ok || e.At != want {
			t.Errorf("%s: got %+v, want %+v", what, e.At, want)
		}
		_, err = warehouse.Describe(t.Context(), refusing{what: what}, eddy.Model{Table: "customers"})
		if e, ok := errors.AsType[*eddy.Error](err); !ok || e.At.Line != 0 {
			t.Errorf("%s: a table has no lines, and %+v is told", what, e.At)
		}
	}
}

func TestPoint(t *testing.T) {
	sql := "SELECT 'ÄÖ',\n\tübel FROM t"
	for offset, want := range map[int]eddy.Point{0: {Line: 1, Column: 1}, 12: {Line: 1, Column: 13}, 13: {Line: 2, Column: 1}, 14: {Line: 2, Column: 2}, 25: {Line: 2, Column: 13}, 26: {}, -1: {}} {
		err := warehouse.Point(&eddy.Error{What: "x"}, sql, offset)
		if e, ok := errors.AsType[*eddy.Error](err); !ok || e.At != want {
			t.Errorf("character %d: got %+v, want %+v", offset, e.At, want)
		}
	}
	if err := warehouse.Point(nil, sql, 3); err != nil {
		t.Errorf("no error became %v", err)
	}
	if err := warehouse.Point(context.Canceled, sql, 3); !errors.Is(err, context.Canceled) {
		t.Errorf("another error became %v", err)
	}
}
