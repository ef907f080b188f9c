package bigquery

import (
	"fmt"
	"strings"

	client "cloud.google.com/go/bigquery"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

// typeOf is a column's type as GoogleSQL writes it; of a STRUCT its fields are left out.
func typeOf(f *client.FieldSchema) string {
	name := map[client.FieldType]string{client.IntegerFieldType: "INT64", client.FloatFieldType: "FLOAT64", client.BooleanFieldType: "BOOL", client.RecordFieldType: "STRUCT"}[f.Type]
	if name == "" {
		name = string(f.Type)
	}
	if f.Repeated {
		return "ARRAY<" + name + ">"
	}
	return name
}

// class is the class of a type.
func class(typ string) warehouse.Class {
	switch {
	case strings.HasPrefix(typ, "ARRAY<"):
		return warehouse.List
	case typ == "STRING":
		return warehouse.Text
	case typ == "NUMERIC" || typ == "BIGNUMERIC":
		return warehouse.Decimal
	case typ == "FLOAT64":
		return warehouse.Double
	case typ == "DATE":
		return warehouse.Date
	case typ == "DATETIME":
		return warehouse.Timestamp
	case typ == "TIMESTAMP":
		return warehouse.TimestampTZ
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
	return asText("m."+quote(sel.Column.Name), sel.Column.Type, sel.Time)
}

// asText is a value of a type as text; time asks for a moment's RFC 3339 form.
func asText(q, typ string, time bool) string {
	switch {
	case typ == "STRING":
		return q
	case strings.HasPrefix(typ, "ARRAY<"):
		// A table keeps no list that is NULL: it is one of no values.
		element := strings.TrimSuffix(strings.TrimPrefix(typ, "ARRAY<"), ">")
		return "IF(ARRAY_LENGTH(" + q + ") > 0, ARRAY_TO_STRING(ARRAY(SELECT " + asText("e", element, false) + " FROM UNNEST(" + q + ") AS e WITH OFFSET AS o ORDER BY o), ','), NULL)"
	case typ == "NUMERIC" || typ == "BIGNUMERIC":
		return `REGEXP_REPLACE(CAST(` + q + ` AS STRING), r'\.0*$|(\.[0-9]*[1-9])0+$', r'\1')`
	case typ == "FLOAT64":
		return number(q)
	case typ == "TIMESTAMP" && time:
		return "FORMAT_TIMESTAMP('%Y-%m-%dT%H:%M:%SZ', " + q + ", 'UTC')"
	case typ == "TIMESTAMP":
		return "FORMAT_TIMESTAMP('%Y-%m-%d %H:%M:%E6S+00', " + q + ", 'UTC')"
	case typ == "DATETIME" && time:
		return "FORMAT_DATETIME('%Y-%m-%dT%H:%M:%SZ', " + q + ")"
	case typ == "DATETIME":
		return "FORMAT_DATETIME('%Y-%m-%d %H:%M:%E6S', " + q + ")"
	case typ == "DATE" && time:
		return "FORMAT_DATE('%Y-%m-%dT00:00:00Z', " + q + ")"
	case typ == "TIME":
		return "FORMAT_TIME('%H:%M:%E6S', " + q + ")"
	case typ == "BYTES":
		return "TO_HEX(" + q + ")"
	case typ == "JSON" || typ == "STRUCT":
		return "IF(" + q + " IS NULL, NULL, TO_JSON_STRING(" + q + "))" // it says null
	case typ == "GEOGRAPHY":
		return "ST_ASTEXT(" + q + ")"
	default:
		return "CAST(" + q + " AS STRING)"
	}
}

// number is a float as text, a whole one as its digits.
func number(q string) string {
	return fmt.Sprintf("CASE WHEN IS_NAN(%[1]s) THEN 'NaN' WHEN IS_INF(%[1]s) THEN IF(%[1]s > 0, 'inf', '-inf') WHEN ABS(%[1]s) >= %[2]d THEN CONCAT('%[3]s', CAST(%[1]s AS STRING)) WHEN %[1]s = TRUNC(%[1]s) THEN CAST(CAST(%[1]s AS INT64) AS STRING) ELSE CAST(%[1]s AS STRING) END",
		q, warehouse.Double.Exact(), eddy.Rounded)
}

func selectList(sel []warehouse.Selected) string {
	parts := make([]string, len(sel))
	for i, c := range sel {
		parts[i] = expression(c) + " AS " + quote(c.As)
	}
	return strings.Join(parts, ", ")
}

// quote writes a name.
func quote(name string) string {
	return "`" + strings.NewReplacer(`\`, `\\`, "`", "\\`", "\n", `\n`, "\r", `\r`).Replace(name) + "`"
}

// literal writes a text. A line ends none of GoogleSQL's literals but those of three quotes.
func literal(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`, "\n", `\n`, "\r", `\r`).Replace(s) + "'"
}

// Quote writes a name.
func (*source) Quote(name string) string { return quote(name) }
