package snowflake

import (
	"database/sql"
	"fmt"
	"strings"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

// described are the columns of a query, with the types that SQL calls so.
func described(types []*sql.ColumnType, m eddy.Model) []warehouse.Column {
	made := m.Table == ""
	loose := made && strings.Contains(strings.ToUpper(m.SQL), "PIVOT")
	out := make([]warehouse.Column, len(types))
	for i, t := range types {
		typ := strings.ToLower(t.DatabaseTypeName())
		switch typ {
		case "fixed":
			precision, scale, _ := t.DecimalSize()
			typ = fmt.Sprintf("number(%d, %d)", precision, scale)
		case "real":
			typ = "float"
		case "text":
			typ = "varchar"
		}
		out[i] = warehouse.Column{Name: shown(t.Name()), Type: typ, Class: class(typ), Made: made, Loose: loose}
	}
	return out
}

func class(typ string) warehouse.Class {
	base, rest, _ := strings.Cut(typ, "(")
	switch {
	case base == "number" && !strings.HasSuffix(rest, " 0)"):
		return warehouse.Decimal
	case base == "float":
		return warehouse.Double
	case base == "varchar":
		return warehouse.Text
	case base == "array":
		return warehouse.List
	case base == "date":
		return warehouse.Date
	case base == "timestamp_ntz":
		return warehouse.Timestamp
	case base == "timestamp_ltz" || base == "timestamp_tz":
		return warehouse.TimestampTZ
	default:
		return warehouse.Plain
	}
}

func selectList(sel []warehouse.Selected, as func(string) string) string {
	parts := make([]string, len(sel))
	for i, c := range sel {
		parts[i] = "CAST(" + expression(c) + " AS VARCHAR) AS " + as(c.As)
	}
	return strings.Join(parts, ", ")
}

// expression is a column's value as text. A record id keeps the full text of a time, so that
// two ids never become one. Formats are spelled out: an account may have others by default.
func expression(sel warehouse.Selected) string {
	if sel.Column == nil {
		return literalOf(sel.Constant)
	}
	q, c := "m."+quote(sel.Column.Name), sel.Column.Class
	switch c {
	case warehouse.TimestampTZ:
		q = "CAST(CONVERT_TIMEZONE('UTC', " + q + ") AS TIMESTAMP_NTZ)"
	case warehouse.Timestamp:
		q = "CAST(" + q + " AS TIMESTAMP_NTZ)"
	}
	switch {
	case c == warehouse.Text:
		return q
	case c == warehouse.Decimal || c == warehouse.Double:
		return number(q, c)
	case c == warehouse.List:
		return "ARRAY_TO_STRING(ARRAY_COMPACT(" + q + "), ',')"
	case c == warehouse.Date && sel.Time:
		return "TO_VARCHAR(" + q + ", 'YYYY-MM-DD') || 'T00:00:00Z'"
	case c == warehouse.Date:
		return "TO_VARCHAR(" + q + ", 'YYYY-MM-DD')"
	case (c == warehouse.Timestamp || c == warehouse.TimestampTZ) && sel.Time:
		return "TO_VARCHAR(" + q + ", 'YYYY-MM-DD') || 'T' || TO_VARCHAR(" + q + ", 'HH24:MI:SS') || 'Z'"
	case c == warehouse.Timestamp || c == warehouse.TimestampTZ:
		return "TO_VARCHAR(" + q + ", 'YYYY-MM-DD HH24:MI:SS.FF9')"
	}
	switch sel.Column.Type {
	case "binary":
		return "LOWER(HEX_ENCODE(" + q + "))"
	case "geography", "geometry":
		return "ST_ASWKT(" + q + ")"
	case "object", "map", "vector":
		return "TO_JSON(TO_VARIANT(" + q + "))"
	default:
		return "TO_VARCHAR(" + q + ")"
	}
}

// number is a number as text, a whole one as its digits. The text of a float may have fewer
// digits than it takes to tell it from the next one: what is missing stands behind it then.
func number(q string, c warehouse.Class) string {
	whole := fmt.Sprintf("WHEN %[1]s = TRUNC(%[1]s) THEN TO_VARCHAR(CAST(TRUNC(%[1]s) AS NUMBER(38, 0)))", q)
	if c == warehouse.Decimal {
		return "CASE " + whole + " ELSE TO_VARCHAR(" + q + ") END"
	}
	return fmt.Sprintf("CASE WHEN TO_VARCHAR(%[1]s) IN ('NaN', 'nan', 'inf', '-inf') THEN TO_VARCHAR(%[1]s) WHEN ABS(%[1]s) >= %[2]d THEN '%[3]s' || %[4]s %[5]s ELSE %[4]s END",
		q, c.Exact(), eddy.Rounded, exact(q), whole)
}

func exact(q string) string {
	return fmt.Sprintf("CASE WHEN TO_DOUBLE(TO_VARCHAR(%[1]s)) = %[1]s THEN TO_VARCHAR(%[1]s) ELSE TO_VARCHAR(%[1]s) || '+' || TO_VARCHAR(%[1]s - TO_DOUBLE(TO_VARCHAR(%[1]s))) END", q)
}

// literalOf writes a text as SQL has it: a backslash begins an escape.
func literalOf(s string) string { return warehouse.QuoteText(strings.ReplaceAll(s, `\`, `\\`)) }
