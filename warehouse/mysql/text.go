package mysql

import (
	"bytes"
	"database/sql/driver"
	"encoding/hex"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

// class is that of a type as the driver calls it.
func class(typ string) warehouse.Class {
	switch typ {
	case "CHAR", "VARCHAR", "TINYTEXT", "TEXT", "MEDIUMTEXT", "LONGTEXT", "ENUM", "SET":
		return warehouse.Text
	case "DECIMAL":
		return warehouse.Decimal
	case "FLOAT":
		return warehouse.Single
	case "DOUBLE":
		return warehouse.Double
	case "DATE":
		return warehouse.Date
	case "DATETIME":
		return warehouse.Timestamp
	case "TIMESTAMP":
		return warehouse.TimestampTZ
	default:
		return warehouse.Plain
	}
}

// expression is what is selected of a column. The servers write a FLOAT with six digits, so that
// 16777216 and 16777218 are one text; as DOUBLE it has all.
func expression(column string, c warehouse.Class) string {
	if c == warehouse.Single {
		return column + " + 0e0"
	}
	return column
}

// cell makes the text of a selected column. The values are made texts here, and not by the server:
// there a cast makes bytes that are no text NULL, or question marks, without a word.
type cell struct {
	class    warehouse.Class
	constant []byte
	// at is the column's place in a row.
	at int
	// time says that the text is that of a time; bits and binary what the bytes are.
	time, bits, binary bool
	buffer             []byte
}

func newCell(c warehouse.Selected) cell {
	if c.Column == nil {
		return cell{constant: []byte(c.Constant)}
	}
	out := cell{class: c.Column.Class, time: c.Time, buffer: make([]byte, 0, 32)} // not nil, which is NULL
	switch c.Column.Type {
	case "BIT":
		out.bits = true
	case "BINARY", "VARBINARY", "TINYBLOB", "BLOB", "MEDIUMBLOB", "LONGBLOB", "GEOMETRY", "VECTOR":
		out.binary = true
	}
	return out
}

// text is a value as text, until the next call; nil for NULL.
func (c *cell) text(row []driver.Value) []byte {
	if c.constant != nil {
		return c.constant
	}
	switch v := row[c.at].(type) {
	case []byte:
		return c.bytes(v)
	case int64:
		c.buffer = strconv.AppendInt(c.buffer[:0], v, 10)
	case uint64:
		c.buffer = strconv.AppendUint(c.buffer[:0], v, 10)
	case float64:
		c.buffer = c.float(v)
	default:
		return nil
	}
	return c.buffer
}

// bytes is the text of what the server wrote, or of bytes that are none.
func (c *cell) bytes(v []byte) []byte {
	switch {
	case c.binary:
		c.buffer = append(c.buffer[:0], strings.ToUpper(hex.EncodeToString(v))...)
		return c.buffer
	case c.bits:
		var n uint64
		for _, b := range v {
			n = n<<8 | uint64(b)
		}
		c.buffer = strconv.AppendUint(c.buffer[:0], n, 10)
		return c.buffer
	case c.class == warehouse.Decimal:
		if whole, fraction, ok := bytes.Cut(v, []byte(".")); ok && len(bytes.Trim(fraction, "0")) == 0 {
			return whole
		}
	case c.time:
		return c.moment(v)
	}
	return v
}

// moment is a time in RFC 3339; the servers' zone is UTC. What is no day of the calendar, such as
// 0000-00-00, stays as it is: NULL would read as no time at all.
func (c *cell) moment(v []byte) []byte {
	out := c.buffer[:0]
	switch {
	case c.class == warehouse.Date:
		out = append(append(out, v...), "T00:00:00Z"...)
	case (c.class == warehouse.Timestamp || c.class == warehouse.TimestampTZ) && len(v) >= len(time.DateTime):
		out = append(append(out, v[:len(time.DateTime)]...), 'Z')
		out[len(time.DateOnly)] = 'T'
	default:
		return v
	}
	if c.buffer = out; !isTime(out) {
		return v
	}
	return out
}

func isTime(text []byte) bool {
	_, err := time.Parse(time.RFC3339, string(text))
	return err == nil
}

// float is the text of a float: of a whole number its digits, if it is sure to be that number.
func (c *cell) float(v float64) []byte {
	size, out := 64, c.buffer[:0]
	if c.class == warehouse.Single {
		size = 32
	}
	switch exact := float64(c.class.Exact()); {
	case exact > 0 && math.Abs(v) >= exact:
		return strconv.AppendFloat(append(out, eddy.Rounded...), v, 'g', -1, size)
	case v == math.Trunc(v):
		return strconv.AppendInt(out, int64(v), 10)
	default:
		return strconv.AppendFloat(out, v, 'f', -1, size)
	}
}
