package dbsql

import (
	"bytes"
	"errors"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/eddy-retl/eddy/arrowtext"
)

// fromJSON hands out rows that came inline.
func fromJSON(id string, data [][]*string, columns int, each func(row [][]byte) error) (n int64, err error) {
	row := make([][]byte, columns)
	for _, values := range data {
		if len(values) != columns {
			return n, incomplete(id, "a row has %d columns of %d", len(values), columns)
		}
		for i, v := range values {
			if row[i] = nil; v != nil {
				row[i] = []byte(*v)
			}
		}
		if err := each(row); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// fromArrow hands out the rows of a stream of Arrow.
func fromArrow(id string, stream []byte, columns int, each func(row [][]byte) error) (n int64, err error) {
	n, err = arrowtext.Rows(bytes.NewReader(stream), mostBody, columns, text, each)
	if broken, ok := errors.AsType[*arrowtext.Broken](err); ok {
		return n, incomplete(id, "a chunk is no whole stream of Arrow: %v", broken)
	}
	return n, err
}

// text is a value as text.
func text(c arrow.Array, i int) []byte {
	if c.IsNull(i) {
		return nil
	}
	switch c := c.(type) {
	case *array.String:
		return []byte(c.Value(i))
	case *array.LargeString:
		return []byte(c.Value(i))
	case *array.Int64:
		return strconv.AppendInt(nil, c.Value(i), 10)
	default:
		return []byte(c.ValueStr(i))
	}
}
