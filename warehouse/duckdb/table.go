package duckdb

import (
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/duckdb/duckdb-go/v2"

	"github.com/eddy-retl/eddy"
)

// rowFile is one file that Eddy reads itself, strictly: it is verified while it is read.
type rowFile interface {
	// columns are the names of the columns.
	columns() []string
	// row gives the next row, a cell for each column, or io.EOF when the file was read to its
	// verified end.
	row() ([]cell, error)
	// value is a cell's text; ok false is none.
	value(x cell) (text []byte, ok bool)
	// headFault is something wrong with where the names stand.
	headFault(what, mend string) error
	input() *input
	Close() error
}

// fileTable is files of one form as a table of texts. DuckDB asks it for rows, so that
// what is verified and what is staged are the same bytes, read once.
type fileTable struct {
	files []string
	begin func(path string) (rowFile, error) // which gives up when nobody waits any more
	names []string

	mu   sync.Mutex
	err  error
	rows int64
}

func newFileTable(files []string, begin func(path string) (rowFile, error)) (*fileTable, error) {
	t := &fileTable{files: files, begin: begin}
	f, err := t.open(0)
	if err != nil {
		return nil, err
	}
	t.names = f.columns()
	return t, f.Close()
}

// open opens the file of a number; its header is that of the first one.
func (t *fileTable) open(i int) (rowFile, error) {
	f, err := t.begin(t.files[i])
	if err != nil || t.names == nil {
		return f, err
	}
	if err := sameNames(t.names, f, t.files[0]); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// sameNames says where the header of another file differs from that of the first.
func sameNames(first []string, f rowFile, firstPath string) error {
	mend := "The files of one pattern have the same columns in the same order. Name them in models of their own, or have them exported alike."
	names := f.columns()
	if len(first) != len(names) {
		return f.headFault(fmt.Sprintf("its header has %s, that of %s has %d", eddy.Plural(int64(len(names)), "column"), firstPath, len(first)), mend)
	}
	for i, name := range names {
		if name != first[i] {
			return f.headFault(fmt.Sprintf("column %d of its header is another one than in %s", i+1, firstPath), mend)
		}
	}
	return nil
}

// verify reads all files to their ends, for rows that DuckDB reads itself.
func (t *fileTable) verify() (seen []*input, err error) {
	for i := range t.files {
		f, err := t.open(i)
		if err != nil {
			return nil, err
		}
		for err == nil {
			_, err = f.row()
		}
		if errors.Is(err, io.EOF) {
			err = f.input().unchanged()
		}
		seen = append(seen, f.input())
		if err := errors.Join(err, f.Close()); err != nil {
			return nil, err
		}
	}
	return seen, nil
}

// register makes the table callable from SQL without arguments.
func (t *fileTable) register(ses *session, name string) error {
	varchar, err := duckdb.NewTypeInfo(duckdb.TYPE_VARCHAR)
	if err != nil {
		return err
	}
	var columns []duckdb.ColumnInfo
	for _, n := range t.names {
		columns = append(columns, duckdb.ColumnInfo{Name: n, T: varchar})
	}
	return duckdb.RegisterTableUDF(ses.conn, name, duckdb.ChunkTableFunction{
		BindArguments: func(map[string]any, ...any) (duckdb.ChunkTableSource, error) {
			return &fileRows{table: t, columns: columns}, nil
		},
	})
}

// held is how many rows were read.
func (t *fileTable) held() int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.rows
}

// fault is why the rows of the table ended early, in words of its own: DuckDB wraps them.
func (t *fileTable) fault() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.err
}

// fileRows hands the rows of one reading to DuckDB.
type fileRows struct {
	table   *fileTable
	columns []duckdb.ColumnInfo
	next    int // the file to open
	file    rowFile
	rows    int64 // of that file
}

// ColumnInfos are the header's names; all are texts.
func (r *fileRows) ColumnInfos() []duckdb.ColumnInfo { return r.columns }

// Cardinality is not known before the files are read.
func (r *fileRows) Cardinality() *duckdb.CardinalityInfo { return nil }

// Init has nothing to do.
func (r *fileRows) Init() {}

// maxChunk bounds what rows hold that are handed over at once, so that many long ones do not
// take the memory; a chunk may be shorter than it could be.
const maxChunk = 32_000_000

// FillChunk gives the next rows. Files that end before their rows were all asked for, as
// with LIMIT, are closed by the garbage collector.
func (r *fileRows) FillChunk(chunk duckdb.DataChunk) error {
	n, size := 0, 0
	for n < duckdb.GetDataChunkCapacity() && size < maxChunk {
		cells, err := r.row()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = r.put(chunk, n, cells)
		}
		if err != nil {
			r.table.mu.Lock()
			r.table.err = err
			r.table.mu.Unlock()
			return errors.New("a file could not be read")
		}
		n++
		for _, x := range cells {
			size += len(x.text)
		}
	}
	return chunk.SetSize(n)
}

func (r *fileRows) put(chunk duckdb.DataChunk, n int, cells []cell) error {
	for i, x := range cells {
		var err error
		// As bytes: a text of Go would end for DuckDB at its first zero byte.
		if text, ok := r.file.value(x); ok {
			err = duckdb.SetChunkValue(chunk, i, n, text)
		} else {
			err = chunk.SetValue(i, n, nil)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// row is the next row of all files; io.EOF when each was read to its verified end.
func (r *fileRows) row() ([]cell, error) {
	for {
		if r.file == nil {
			if r.next == len(r.table.files) {
				return nil, io.EOF
			}
			var err error
			if r.file, err = r.table.open(r.next); err != nil {
				return nil, err
			}
			r.next++
			r.rows = 0
		}
		cells, err := r.file.row()
		if !errors.Is(err, io.EOF) {
			r.rows++
			return cells, err
		}
		if err := r.file.input().unchanged(); err != nil {
			return nil, err
		}
		r.table.mu.Lock()
		r.table.rows += r.rows
		r.table.mu.Unlock()
		err = r.file.Close()
		if r.file = nil; err != nil {
			return nil, err
		}
	}
}
