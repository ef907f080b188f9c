package trino

import (
	"fmt"
	"strings"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

// class is the class of a type, as the protocol names it: in lower case, without the precision
// where it is no array's, row's or map's.
func class(typ string) warehouse.Class {
	base, _, _ := strings.Cut(typ, "(")
	switch {
	case base == "array":
		return warehouse.List
	case base == "varchar":
		return warehouse.Text
	case base == "decimal":
		return warehouse.Decimal
	case base == "real":
		return warehouse.Single
	case base == "double":
		return warehouse.Double
	case base == "date":
		return warehouse.Date
	case strings.HasPrefix(typ, "timestamp") && strings.HasSuffix(typ, "with time zone"):
		return warehouse.TimestampTZ
	case base == "timestamp":
		return warehouse.Timestamp
	default:
		return warehouse.Plain
	}
}

// expression is a column's value as text. A record id keeps the full text of a time, so that
// two ids never become one.
func expression(sel warehouse.Selected) string {
	if sel.Column == nil {
		return warehouse.QuoteText(sel.Constant)
	}
	return asText("m."+warehouse.Quote(sel.Column.Name), sel.Column.Type, sel.Time)
}

// asText is a value of a type as text; time asks for a moment's RFC 3339 form.
func asText(q, typ string, time bool) string {
	c := class(typ)
	base, _, _ := strings.Cut(typ, "(")
	switch {
	case c == warehouse.Text:
		return q
	case c == warehouse.List:
		element := strings.TrimSuffix(strings.TrimPrefix(typ, "array("), ")")
		return "array_join(transform(" + q + ", e -> " + asText("e", element, false) + "), ',')"
	case c.Numeric():
		return number(q, c)
	case c == warehouse.TimestampTZ && time:
		return "date_format(date_trunc('second', " + q + " AT TIME ZONE 'UTC'), " + iso + ")" // or it rounds
	case c == warehouse.TimestampTZ:
		return "CAST(" + q + " AT TIME ZONE 'UTC' AS varchar)"
	case (c == warehouse.Timestamp || c == warehouse.Date) && time:
		return "date_format(date_trunc('second', CAST(" + q + " AS timestamp(9))), " + iso + ")"
	case base == "varbinary":
		return "lower(to_hex(" + q + "))"
	case base == "json":
		return "json_format(" + q + ")"
	case base == "map" || base == "row":
		return "json_format(CAST(" + q + " AS json))"
	default:
		return "CAST(" + q + " AS varchar)"
	}
}

const iso = `'%Y-%m-%dT%H:%i:%sZ'`

// number is a number as text, a whole one as its digits. The text of a real has seven digits,
// which two numbers can have in common: those are told apart by the text of the double.
func number(q string, c warehouse.Class) string {
	text := "CAST(" + q + " AS varchar)"
	switch c {
	case warehouse.Decimal:
		return fmt.Sprintf("CASE WHEN %[1]s = truncate(%[1]s) THEN CAST(CAST(truncate(%[1]s) AS decimal(38, 0)) AS varchar) ELSE %[2]s END", q, text)
	case warehouse.Single:
		text = fmt.Sprintf("CASE WHEN CAST(%[2]s AS real) = %[1]s THEN %[2]s ELSE CAST(CAST(%[1]s AS double) AS varchar) END", q, text)
	}
	return fmt.Sprintf("CASE WHEN is_nan(%[1]s) OR is_infinite(%[1]s) THEN CAST(%[1]s AS varchar) WHEN abs(%[1]s) >= %[3]d THEN '%[4]s' || %[2]s WHEN %[1]s = truncate(%[1]s) THEN CAST(CAST(%[1]s AS bigint) AS varchar) ELSE %[2]s END",
		q, text, c.Exact(), eddy.Rounded)
}

func selectList(sel []warehouse.Selected) string {
	parts := make([]string, len(sel))
	for i, c := range sel {
		parts[i] = "CAST(" + expression(c) + " AS varchar) AS " + warehouse.Quote(c.As)
	}
	return strings.Join(parts, ", ")
}

// from is the model as a FROM item named m.
func from(m eddy.Model) string {
	if m.Table != "" {
		return warehouse.QuoteName(m.Table) + " AS m"
	}
	return "(" + syntax().Statement(m.SQL) + "\n) AS m"
}
