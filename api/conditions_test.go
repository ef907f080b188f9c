package api_test

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/api"
)

// TestConditionsAreCounted: how many rows fulfil conditions that nobody stored, the SQL that they
// stand for, and the rows themselves.
func TestConditionsAreCounted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", nil)
	w.shop(100)
	const count = "/api/v1/sources/shop/count"
	where := func(text string) api.ModelToCount {
		return api.ModelToCount{Model: api.Model{Table: "customers", Where: api.Conditions(text)}, Identifier: "id"}
	}
	var got api.RowCount
	w.call(w.editor, "POST", count, api.ModelToCount{Model: api.Model{Table: "customers"}}, &got)
	if *got.Rows != 100 || got.SQL != "" {
		t.Errorf("all of them: %+v", got)
	}
	w.call(w.editor, "POST", count, where(`{"any": [{"column": "id", "below": 7}, {"column": "email", "is": "${HOME}"}]}`), &got)
	if want := "SELECT m.*\nFROM \"customers\" AS m\nWHERE (m.\"id\" < 7\n  OR m.\"email\" = '${HOME}')"; *got.Rows != 7 || got.SQL != want {
		t.Errorf("got %d rows of %s\nwant 7 of %s", *got.Rows, got.SQL, want)
	}
	// Few rows are told to those alone who may see values, and of values nothing.
	few := where(`{"column": "id", "below": 4}`)
	w.call(w.raw, "POST", count, few, &got)
	if *got.Rows != 4 {
		t.Errorf("got %+v", got)
	}
	if w.call(w.editor, "POST", count, few, &got); got.Rows != nil {
		t.Errorf("few rows are told: %d", *got.Rows)
	}
	var rows api.Rows
	w.call(w.raw, "POST", "/api/v1/sources/shop/preview", api.Query{Model: few.Model}, &rows)
	if len(rows.Rows) != 4 {
		t.Errorf("rows: %+v", rows)
	}
	w.call(w.editor, "POST", "/api/v1/sources/shop/preview", api.Query{Model: where(`{"column": "id", "below": 50}`).Model}, &rows)
	for _, c := range rows.Columns {
		if c.Seen != nil || len(rows.Rows) > 0 {
			t.Errorf("told of the rows that somebody chose: %s %+v", c.Name, c.Seen)
		}
	}
	var columns api.Columns
	w.call(w.raw, "POST", "/api/v1/sources/shop/columns", api.Query{Model: api.Model{Table: "customers"}}, &columns)
	if c := columns.Columns; !slices.Equal(c[0].Properties, []eddy.Property{"number"}) || !slices.Equal(c[1].Properties, []eddy.Property{"text"}) {
		t.Errorf("properties: %+v", columns)
	}
	// A file's texts may stand for numbers and times.
	w.must(os.WriteFile(filepath.Join(w.files, "list.csv"), []byte("id,spent\n1,9.5\n2,none\n3,12\n"), 0o600))
	w.put("sources", "files", map[string]any{"type": "duckdb"})
	list := filepath.Join(w.files, "list.csv")
	w.call(w.raw, "POST", "/api/v1/sources/files/columns", api.Query{Model: api.Model{Table: list}}, &columns)
	if !slices.Equal(columns.Columns[1].Properties, []eddy.Property{"text", "number", "time"}) {
		t.Errorf("properties of a file's column: %+v", columns)
	}
	w.call(w.raw, "POST", "/api/v1/sources/files/count", api.ModelToCount{Model: api.Model{Table: list, Where: api.Conditions(`{"column": "spent", "above": 9}`)}}, &got)
	if *got.Rows != 2 {
		t.Errorf("texts as numbers: %+v", got)
	}
	// Another audience, by its connection.
	w.call(w.editor, "POST", count, where(`{"all": [{"audience": "vip"}, {"column": "id", "at_least": 90}]}`), &got)
	if *got.Rows != 10 {
		t.Errorf("in another audience: %+v", got)
	}
	for text, want := range map[string]string{
		`{"column": "id", "iz": 1}`:         `did you mean "is"?`,
		`{"audience": "nobody"}`:            "is not a connection",
		`{"relation": "o", "exists": true}`: "is not a relation of source shop",
	} {
		p := w.refused(w.editor, api.Call{Method: "POST", Path: count, Body: where(text)}, http.StatusUnprocessableEntity)
		if len(p.Errors) == 0 || !strings.Contains(p.Errors[0].Detail+p.Errors[0].Mend, want) {
			t.Errorf("%s: %+v", text, p)
		}
	}
	for text, want := range map[string]string{
		`{"column": "idd", "is": 1}`:       `has no column "idd"`,
		`{"column": "id", "contains": 1}`:  `contains is not for column "id"`,
		`{"column": "id", "is": "1 OR 1"}`: `is no number`,
	} {
		if p := w.refused(w.editor, api.Call{Method: "POST", Path: count, Body: where(text)}, http.StatusUnprocessableEntity); !strings.Contains(p.Detail, want) {
			t.Errorf("%s: %+v", text, p)
		}
	}
	p := w.refused(w.editor, api.Call{Method: "POST", Path: count, Body: api.ModelToCount{Model: api.Model{SQL: "SELECT 1", Where: api.Conditions(`{"all": []}`)}}}, http.StatusUnprocessableEntity)
	if !strings.Contains(p.Detail, "conditions go with a table") {
		t.Errorf("%+v", p)
	}
}
