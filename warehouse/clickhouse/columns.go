package clickhouse

import (
	"fmt"
	"strings"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

// plain is a type without what says how it is stored, or that it can be NULL.
func plain(typ string) string {
	for _, wrapper := range []string{"Nullable(", "LowCardinality("} {
		if inner, ok := strings.CutPrefix(typ, wrapper); ok {
			return plain(strings.TrimSuffix(inner, ")"))
		}
	}
	if inner, ok := strings.CutPrefix(typ, "SimpleAggregateFunction("); ok {
		_, inner, _ = strings.Cut(inner, ", ")
		return plain(strings.TrimSuffix(inner, ")"))
	}
	return typ
}

func class(typ string) warehouse.Class {
	switch name, _, _ := strings.Cut(plain(typ), "("); name {
	case "String":
		return warehouse.Text
	case "Decimal":
		return warehouse.Decimal
	case "Float32", "BFloat16":
		return warehouse.Single
	case "Float64":
		return warehouse.Double
	case "Date", "Date32":
		return warehouse.Date
	case "DateTime", "DateTime64":
		return warehouse.TimestampTZ
	case "Array":
		return warehouse.List
	default:
		return warehouse.Plain
	}
}

// expression is a column's value as text. A record id keeps the full text of a time, so that two
// ids never become one.
func expression(sel warehouse.Selected) string {
	if sel.Column == nil {
		return literal(sel.Constant)
	}
	return text("m."+quote(sel.Column.Name), sel.Column.Type, sel.Time)
}

// text is a value of a type as text.
func text(q, typ string, time bool) string {
	typ = plain(typ)
	switch c := class(typ); {
	case c == warehouse.Text, strings.HasPrefix(typ, "FixedString("):
		// Both hold any bytes, the latter with zeros behind a shorter text.
		return fmt.Sprintf(`if(isValidUTF8(%[1]s), toString(%[1]s), '\\x' || lower(hex(%[1]s)))`, q)
	case c == warehouse.List:
		inner := strings.TrimSuffix(strings.TrimPrefix(typ, "Array("), ")")
		return fmt.Sprintf("arrayStringConcat(arrayMap(x -> assumeNotNull(%s), arrayFilter(x -> isNotNull(x), %s)), ',')", text("x", inner, false), q)
	case c == warehouse.Decimal:
		// A setting may have the zeros behind the point written.
		return fmt.Sprintf("if(position(toString(%[1]s), '.') = 0, toString(%[1]s), trim(TRAILING '.' FROM trim(TRAILING '0' FROM toString(%[1]s))))", q)
	case c.Numeric():
		exact := c.Exact()
		if strings.HasPrefix(typ, "BFloat16") {
			exact, q = 1<<8, "toFloat32("+q+")"
		}
		return fmt.Sprintf("multiIf(NOT isFinite(%[1]s), toString(%[1]s), abs(%[1]s) >= %[2]d, '%[3]s' || toString(%[1]s), %[1]s = trunc(%[1]s), toString(toInt64(%[1]s)), toString(%[1]s))", q, exact, eddy.Rounded)
	case c == warehouse.Date && time:
		return "toString(" + q + ") || 'T00:00:00Z'"
	case c == warehouse.TimestampTZ && time:
		// Of a moment, only whole seconds; before 1970 they count down.
		return "replaceOne(substring(toString(" + q + ", 'UTC'), 1, 19), ' ', 'T') || 'Z'"
	case c == warehouse.TimestampTZ:
		return "toString(" + q + ", 'UTC')"
	default:
		return "toString(" + q + ")"
	}
}

func selectList(sel []warehouse.Selected) string {
	parts := make([]string, len(sel))
	for i, c := range sel {
		parts[i] = "CAST(" + expression(c) + " AS Nullable(String)) AS " + quote(c.As)
	}
	return strings.Join(parts, ", ")
}
