package redshift

import (
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

// kind is a type of columns.
type kind struct {
	name  string
	class warehouse.Class
}

// kinds are the types by their numbers in the protocol: PostgreSQL's, and those of Redshift's own
// as Amazon's drivers have them.
// https://github.com/aws/amazon-redshift-python-driver/blob/master/redshift_connector/utils/oids.py
func kinds() map[uint32]kind {
	return map[uint32]kind{
		16: {boolean, warehouse.Plain}, 20: {"bigint", warehouse.Plain}, 21: {"smallint", warehouse.Plain}, 23: {"integer", warehouse.Plain},
		19: {"name", warehouse.Plain}, 26: {"oid", warehouse.Plain}, 18: {`"char"`, warehouse.Plain},
		25: {"text", warehouse.Text}, 1043: {"character varying", warehouse.Text}, 1042: {"character", warehouse.Plain}, 705: {"unknown", warehouse.Plain},
		1700: {"numeric", warehouse.Decimal}, 700: {"real", warehouse.Single}, 701: {"double precision", warehouse.Double},
		1082: {"date", warehouse.Date}, 1114: {"timestamp without time zone", warehouse.Timestamp}, 1184: {"timestamp with time zone", warehouse.TimestampTZ},
		1083: {"time without time zone", warehouse.Plain}, 1266: {"time with time zone", warehouse.Plain},
		1186: {"interval", warehouse.Plain}, 1188: {"interval year to month", warehouse.Plain}, 1190: {"interval day to second", warehouse.Plain},
		4000: {super, warehouse.Plain}, 6551: {varbyte, warehouse.Plain}, 3000: {"geometry", warehouse.Plain}, 3001: {"geography", warehouse.Plain}, 2935: {"hllsketch", warehouse.Plain},
	}
}

// Types that have no cast to text, or none that says all.
const (
	boolean = "boolean"
	super   = "super"
	varbyte = "binary varying"
)

// describe gives the columns of a statement that was prepared.
func describe(fields []pgconn.FieldDescription) []warehouse.Column {
	known := kinds()
	out := make([]warehouse.Column, len(fields))
	for i, f := range fields {
		k, ok := known[f.DataTypeOID]
		if !ok {
			k.name = fmt.Sprintf("type %d", f.DataTypeOID)
		}
		out[i] = warehouse.Column{Name: f.Name, Type: k.name, Class: k.class, Made: f.TableOID == 0}
	}
	return out
}

const iso = `'YYYY-MM-DD"T"HH24:MI:SS"Z"'`

func (s *source) selectList(sel []warehouse.Selected) string {
	parts := make([]string, len(sel))
	for i, c := range sel {
		parts[i] = "CAST(" + s.expression(c) + " AS " + text + ") AS " + warehouse.Quote(c.As)
	}
	return strings.Join(parts, ", ")
}

// expression is a column's value as text. A record id keeps the full text of a time, so that
// two ids never become one.
func (s *source) expression(sel warehouse.Selected) string {
	if sel.Column == nil {
		return s.dialect.Literal(sel.Constant)
	}
	q := "m." + warehouse.Quote(sel.Column.Name)
	plain := "CAST(" + q + " AS " + text + ")"
	switch {
	case sel.Column.Class == warehouse.Text:
		return q
	case sel.Column.Class.Numeric():
		return number(q, sel.Column.Class)
	case sel.Column.Type == boolean:
		return "CASE WHEN " + q + " THEN 'true' WHEN NOT " + q + " THEN 'false' END"
	case sel.Column.Type == super:
		return "CASE WHEN JSON_TYPEOF(" + q + ") IN ('object', 'array') THEN JSON_SERIALIZE(" + q + ") ELSE " + plain + " END"
	case sel.Column.Type == varbyte:
		return "LOWER(FROM_VARBYTE(" + q + ", 'hex'))"
	case sel.Time && sel.Column.Class == warehouse.TimestampTZ:
		return "TO_CHAR(" + q + " AT TIME ZONE 'UTC', " + iso + ")"
	case sel.Time && (sel.Column.Class == warehouse.Timestamp || sel.Column.Class == warehouse.Date):
		return "TO_CHAR(CAST(" + q + " AS TIMESTAMP), " + iso + ")"
	default:
		return plain
	}
}

// number is a number as text, a whole one as its digits. NaN and the infinities are equal to
// themselves.
func number(q string, c warehouse.Class) string {
	plain := "CAST(" + q + " AS " + text + ")"
	if c == warehouse.Decimal {
		return "REGEXP_REPLACE(" + plain + ", '[.]0+$', '')"
	}
	return fmt.Sprintf("CASE WHEN %[1]s IN ('NaN', 'Infinity', '-Infinity') THEN %[2]s WHEN ABS(%[1]s) >= %[3]d THEN '%[4]s' || %[2]s WHEN %[1]s = TRUNC(%[1]s) THEN CAST(CAST(%[1]s AS BIGINT) AS %[5]s) ELSE %[2]s END",
		q, plain, c.Exact(), eddy.Rounded, text)
}
