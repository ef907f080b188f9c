package arrowtext_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/eddy-retl/eddy/arrowtext"
)

// stream is one column of texts in two batches; an empty text is NULL.
func stream(t *testing.T) []byte {
	t.Helper()
	schema := arrow.NewSchema([]arrow.Field{{Name: "id", Type: arrow.BinaryTypes.String, Nullable: true}}, nil)
	var out bytes.Buffer
	w := ipc.NewWriter(&out, ipc.WithSchema(schema))
	for _, texts := range [][]string{{"a", ""}, {"c"}} {
		b := array.NewStringBuilder(memory.DefaultAllocator)
		for _, s := range texts {
			b.AppendValues([]string{s}, []bool{s != ""})
		}
		column := b.NewArray()
		if err := w.Write(array.NewRecordBatch(schema, []arrow.Array{column}, int64(column.Len()))); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func text(c arrow.Array, i int) []byte {
	if c.IsNull(i) {
		return nil
	}
	return []byte(c.(*array.String).Value(i))
}

func TestRows(t *testing.T) {
	t.Parallel()
	const plenty = 1 << 20
	whole := stream(t)
	read := func(stream []byte, most, columns int, text func(arrow.Array, int) []byte) (rows []string, n int64, err error) {
		n, err = arrowtext.Rows(bytes.NewReader(stream), most, columns, text, func(row [][]byte) error {
			v := string(row[0])
			if row[0] == nil {
				v = "NULL"
			}
			rows = append(rows, v)
			return nil
		})
		return rows, n, err
	}
	if rows, n, err := read(whole, plenty, 1, text); err != nil || n != 3 || !slices.Equal(rows, []string{"a", "NULL", "c"}) {
		t.Errorf("%q, %d, %v", rows, n, err)
	}
	wrong := func(arrow.Array, int) []byte { panic("hush") }
	for what, err := range map[string]error{
		"cut":                  third(read(whole[:len(whole)/2], plenty, 1, text)),
		"no stream":            third(read([]byte("no stream of Arrow"), plenty, 1, text)),
		"another shape":        third(read(whole, plenty, 2, text)),
		"too much":             third(read(whole, 100, 1, text)),
		"what text panics at":  third(read(whole, plenty, 1, wrong)),
		"sizes that are wrong": third(read(bytes.ReplaceAll(whole, []byte{2, 0, 0, 0, 0, 0, 0, 0}, []byte{2, 0, 0, 0, 0, 0, 0, 0x70}), plenty, 1, text)),
	} {
		if _, ok := errors.AsType[*arrowtext.Broken](err); !ok {
			t.Errorf("%s: %v", what, err)
		}
	}
	enough := errors.New("enough")
	n, err := arrowtext.Rows(bytes.NewReader(whole), plenty, 1, text, func(row [][]byte) error {
		if string(row[0]) == "c" {
			return enough
		}
		return nil
	})
	if n != 2 || err != enough { //nolint:errorlint // as it is
		t.Errorf("%d, %v", n, err)
	}
}

func third(_ []string, _ int64, err error) error { return err }
