package bigquery

import (
	"fmt"
	"math/big"
	"slices"
	"strconv"

	client "cloud.google.com/go/bigquery"
	"cloud.google.com/go/civil"
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// plain says that columns have the same texts by either API.
func plain(schema client.Schema) bool {
	return !slices.ContainsFunc(schema, func(f *client.FieldSchema) bool {
		return f.Type == client.RangeFieldType || f.Type == client.IntervalFieldType || !plain(f.Schema)
	})
}

// arrowText is a value as the text that it has over REST. It panics at what no column of
// BigQuery's is.
func arrowText(c arrow.Array, i int) []byte {
	switch c := c.(type) {
	case *array.String:
		if c.IsNull(i) {
			return nil
		}
		return []byte(c.Value(i))
	case *array.Int64:
		if c.IsNull(i) {
			return nil
		}
		return strconv.AppendInt(nil, c.Value(i), 10)
	default:
		return text(value(c, i))
	}
}

// value is a value as the library makes it of REST's answers; see "Arrow schema details" of the
// Storage API.
func value(c arrow.Array, i int) client.Value {
	switch c.DataType().ID() {
	case arrow.LIST:
		return values(c.(*array.List), i)
	case arrow.STRING, arrow.INT64, arrow.FLOAT64, arrow.BOOL, arrow.BINARY, arrow.DATE32, arrow.TIME64, arrow.TIMESTAMP, arrow.DECIMAL128, arrow.DECIMAL256, arrow.STRUCT:
	default: // also where the value is NULL: it is to be seen at the first row
		panic("a column of type " + c.DataType().Name())
	}
	if c.IsNull(i) {
		return nil
	}
	switch c := c.(type) {
	case *array.String:
		return c.Value(i)
	case *array.Int64:
		return c.Value(i)
	case *array.Float64:
		return c.Value(i)
	case *array.Boolean:
		return c.Value(i)
	case *array.Binary:
		return slices.Clone(c.Value(i))
	case *array.Date32:
		return civil.DateOf(c.Value(i).ToTime())
	case *array.Time64:
		return civil.TimeOf(c.Value(i).ToTime(c.DataType().(*arrow.Time64Type).Unit))
	case *array.Timestamp:
		typ := c.DataType().(*arrow.TimestampType)
		at := c.Value(i).ToTime(typ.Unit).UTC()
		if typ.TimeZone == "" {
			return civil.DateTimeOf(at)
		}
		return at
	case *array.Decimal128:
		return scaled(c.Value(i).BigInt(), c.DataType().(*arrow.Decimal128Type).Scale)
	case *array.Decimal256:
		return scaled(c.Value(i).BigInt(), c.DataType().(*arrow.Decimal256Type).Scale)
	default:
		of := c.(*array.Struct)
		out := make([]client.Value, of.NumField())
		for j := range out {
			out[j] = value(of.Field(j), i)
		}
		return out
	}
}

// values are those of a list. One that is NULL is one of no values, as over REST.
func values(c *array.List, i int) client.Value {
	out := []client.Value{}
	if c.IsNull(i) {
		return out
	}
	for j, end := c.ValueOffsets(i); j < end; j++ {
		out = append(out, value(c.ListValues(), int(j)))
	}
	return out
}

// scaled is an integer by a power of ten.
func scaled(n *big.Int, scale int32) client.Value {
	const most = 38 // digits behind the point of a BIGNUMERIC
	if scale < 0 || scale > most {
		panic(fmt.Sprintf("a decimal of scale %d", scale))
	}
	return new(big.Rat).SetFrac(n, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil))
}
