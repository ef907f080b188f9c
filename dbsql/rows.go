package dbsql

import (
	"bytes"
	"fmt"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
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

// bounded is memory for the columns of a stream, of which there is no more than a body may have:
// the library makes room for as much as a stream says that it has, before it reads it. What asks
// for more panics, which the library gives back as an error of the stream.
type bounded struct {
	memory.Allocator

	left int
}

func (b *bounded) take(n int) {
	if b.left -= n; b.left < 0 {
		panic(errTooLong)
	}
}

// Allocate gives memory.
func (b *bounded) Allocate(n int) []byte {
	b.take(n)
	return b.Allocator.Allocate(n)
}

// Reallocate gives memory of another size.
func (b *bounded) Reallocate(n int, was []byte) []byte {
	b.take(n - len(was))
	return b.Allocator.Reallocate(n, was)
}

// Free takes memory back.
func (b *bounded) Free(was []byte) {
	b.left += len(was)
	b.Allocator.Free(was)
}

// fromArrow hands out the rows of a stream of Arrow.
func fromArrow(id string, stream []byte, columns int, each func(row [][]byte) error) (n int64, err error) {
	reader, err := ipc.NewReader(bytes.NewReader(stream), ipc.WithAllocator(&bounded{memory.NewGoAllocator(), mostBody}))
	if err != nil {
		return 0, incomplete(id, "a chunk is no stream of Arrow: %v", err)
	}
	defer reader.Release()
	row := make([][]byte, columns)
	for reader.Next() {
		batch := reader.RecordBatch()
		if int(batch.NumCols()) != columns {
			return n, incomplete(id, "a chunk has %d columns of %d", batch.NumCols(), columns)
		}
		for i := range int(batch.NumRows()) {
			if err := texts(row, batch, i); err != nil {
				return n, incomplete(id, "a chunk is no stream of Arrow: %v", err)
			}
			if err := each(row); err != nil {
				return n, err
			}
			n++
		}
	}
	if err := reader.Err(); err != nil {
		return n, incomplete(id, "a chunk is no whole stream of Arrow: %v", err)
	}
	return n, nil
}

// texts makes a row of texts. The library trusts the offsets of a stream, and panics where they
// are wrong.
func texts(row [][]byte, batch arrow.RecordBatch, i int) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	for j, c := range batch.Columns() {
		row[j] = text(c, i)
	}
	return nil
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
