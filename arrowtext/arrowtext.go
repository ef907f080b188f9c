// Package arrowtext reads streams of Arrow as rows of texts. A stream is trusted in nothing: one
// that is cut, lies about its sizes or asks for more memory than it may have is an error.
package arrowtext

import (
	"errors"
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// Broken is a stream that cannot be read to its end.
type Broken struct{ Err error }

// Error says what is wrong with the stream.
func (b *Broken) Error() string { return b.Err.Error() }

// Unwrap gives the cause.
func (b *Broken) Unwrap() error { return b.Err }

// errTooMuch is a stream that asks for more memory than it may have.
var errTooMuch = errors.New("it asks for more memory than it may have")

// bounded is memory for the columns of a stream, of which there is a bound: the library makes room
// for as much as a stream says that it has, before it reads it. What asks for more panics.
type bounded struct {
	memory.Allocator

	left int
}

func (b *bounded) take(n int) {
	if b.left -= n; b.left < 0 {
		panic(errTooMuch)
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

// Rows hands out the rows of a stream that has so many columns, and takes no more memory at once
// than most bytes. text makes a text of a value, nil for NULL; it may panic where the stream is
// wrong. A row is valid during the call only. n counts rows of which each gave nil. An error of each
// ends it and is given back as it is; all others are a [Broken].
func Rows(stream io.Reader, most, columns int, text func(column arrow.Array, i int) []byte, each func(row [][]byte) error) (n int64, err error) {
	var reader *ipc.Reader
	err = safely(func() (err error) {
		reader, err = ipc.NewReader(stream, ipc.WithAllocator(&bounded{memory.NewGoAllocator(), most}))
		return err
	})
	if err != nil {
		return 0, &Broken{err}
	}
	defer reader.Release()
	row := make([][]byte, columns)
	for {
		var batch arrow.RecordBatch
		err := safely(func() error {
			if reader.Next() {
				batch = reader.RecordBatch()
			}
			return reader.Err()
		})
		switch {
		case err != nil:
			return n, &Broken{err}
		case batch == nil:
			return n, nil
		case int(batch.NumCols()) != columns:
			return n, &Broken{fmt.Errorf("it has %d columns of %d", batch.NumCols(), columns)}
		}
		for i := range int(batch.NumRows()) {
			err := safely(func() error {
				for j, c := range batch.Columns() {
					row[j] = text(c, i)
				}
				return nil
			})
			if err != nil {
				return n, &Broken{err}
			}
			if err := each(row); err != nil {
				return n, err
			}
			n++
		}
	}
}

// safely makes an error of a panic: the library trusts the offsets of a stream, and panics where
// they are wrong.
func safely(do func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	return do()
}
