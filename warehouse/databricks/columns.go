package databricks

import (
	"fmt"
	"strings"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

// class is the class of a type, as DESCRIBE names it, in lower case.
func class(typ string) warehouse.Class {
	base, _, _ := strings.Cut(typ, "(")
	base, _, _ = strings.Cut(base, "<")
	base, _, _ = strings.Cut(base, " ")
	switch base {
	case "string", "varchar", "char":
		return warehouse.Text
	case "array":
		return warehouse.List
	case "decimal":
		return warehouse.Decimal
	case "float":
		return warehouse.Single
	case "double":
		return warehouse.Double
	case "date":
		return warehouse.Date
	case "timestamp":
		return warehouse.TimestampTZ
	case "timestamp_ntz":
		return warehouse.Timestamp
	default:
		return warehouse.Plain
	}
}

// expression is a column's value as text. A record id keeps the full text of a time, so that
// two ids never become one.
func expression(sel warehouse.Selected) string {
	if sel.Column == nil {
		return literal(sel.Constant)
	}
	return asText("m."+quote(sel.Column.Name), sel.Column.Type, sel.Time, 0)
}

// asText is a value of a type as text; time asks for a moment's RFC 3339 form. The time zone of
// sessions takes no part in it.
func asText(q, typ string, time bool, depth int) string {
	c := class(typ)
	text := "CAST(" + q + " AS STRING)"
	switch {
	case c == warehouse.List:
		e, element := fmt.Sprintf("e%d", depth), strings.TrimSuffix(strings.TrimPrefix(typ, "array<"), ">")
		return "array_join(transform(" + q + ", " + e + " -> " + asText(e, element, false, depth+1) + "), ',')"
	case c.Numeric():
		return number(q, c)
	case c == warehouse.TimestampTZ:
		// The microseconds since 1970 are the same in any zone.
		q = "(TIMESTAMP_NTZ'1970-01-01 00:00:00' + make_dt_interval(0, 0, 0, CAST(unix_micros(" + q + ") AS DECIMAL(20, 0)) / 1000000))"
		text = "CAST(" + q + " AS STRING)"
		if !time {
			return text + " || ' UTC'"
		}
		return seconds(text)
	case c == warehouse.Timestamp && time:
		return seconds(text)
	case c == warehouse.Date && time:
		return text + " || 'T00:00:00Z'"
	case typ == "binary":
		return "lower(hex(" + q + "))"
	case typ == "variant" || strings.HasPrefix(typ, "map<") || strings.HasPrefix(typ, "struct<"):
		return "to_json(" + q + ")"
	default:
		return text
	}
}

// seconds makes RFC 3339 of a time's text, without its fraction.
func seconds(text string) string { return "concat(replace(left(" + text + ", 19), ' ', 'T'), 'Z')" }

// number is a number as text, a whole one as its digits.
func number(q string, c warehouse.Class) string {
	text := "CAST(" + q + " AS STRING)"
	if c == warehouse.Decimal {
		return fmt.Sprintf("CASE WHEN %[1]s %% 1 = 0 THEN CAST(CAST(%[1]s AS DECIMAL(38, 0)) AS STRING) ELSE %[2]s END", q, text)
	}
	return fmt.Sprintf("CASE WHEN isnan(%[1]s) OR abs(%[1]s) = DOUBLE('Infinity') THEN %[2]s WHEN abs(%[1]s) >= %[3]dD THEN '%[4]s' || %[2]s WHEN %[1]s = floor(%[1]s) THEN CAST(try_cast(%[1]s AS BIGINT) AS STRING) ELSE %[2]s END",
		q, text, c.Exact(), eddy.Rounded)
}

func selectList(sel []warehouse.Selected) string {
	parts := make([]string, len(sel))
	for i, c := range sel {
		parts[i] = "CAST(" + expression(c) + " AS STRING) AS " + quote(c.As)
	}
	return strings.Join(parts, ", ")
}

// from is the model as a FROM item named m.
func from(m eddy.Model) string {
	if m.Table != "" {
		return quoteName(m.Table) + " AS m"
	}
	return "(" + syntax().Statement(m.SQL) + "\n) AS m"
}

// quote writes an identifier.
func quote(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }

// Quote writes an identifier.
func (*source) Quote(name string) string { return quote(name) }

// quoteName quotes a possibly qualified name as users write it.
func quoteName(name string) string {
	parts := warehouse.SplitName(name)
	for i, p := range parts {
		parts[i] = quote(p)
	}
	return strings.Join(parts, ".")
}

// literal writes a text. Two quotes within one are nothing in older versions, and Spark may put
// the value of a variable in place of ${...}, also in a text.
func literal(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`, `${`, `\u0024{`).Replace(text) + "'"
}
