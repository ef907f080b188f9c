package duckdb

import (
	"context"
	"errors"
	"io"
	"sync"

	"github.com/duckdb/duckdb-go/v2"
)

// csvTable is CSV files of one form as a table of texts. DuckDB asks it for rows, so that
// what is verified and what is staged are the same bytes, read once.
type csvTable struct {
	files []string
	packs packing // empty: as each file's name says
	form  form
	names []string
	// delimiter is that of the first file.
	delimiter string

	mu   sync.Mutex
	err  error
	rows int64
}

func newCSVTable(files []string, p packing, f form) (*csvTable, error) {
	t := &csvTable{files: files, packs: p, form: f}
	c, err := t.open(0)
	if err != nil {
		return nil, err
	}
	t.names, t.delimiter = c.names, c.form.delimiter
	return t, c.Close()
}

// open opens the file of a number; its header is that of the first one.
func (t *csvTable) open(i int) (*csvFile, error) {
	p := t.packs
	if p == "" {
		p = packingOf(t.files[i])
	}
	c, err := openCSV(t.files[i], p, t.form)
	if err != nil || t.names == nil {
		return c, err
	}
	if err := sameNames(t.names, c, t.files[0]); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// verify reads all files to their ends, for rows that DuckDB reads itself.
func (t *csvTable) verify(ctx context.Context) (seen []*input, err error) {
	for i := range t.files {
		c, err := t.open(i)
		if err != nil {
			return nil, err
		}
		c.in.stop = ctx.Err
		for err == nil {
			_, err = c.row()
		}
		if errors.Is(err, io.EOF) {
			err = c.in.unchanged()
		}
		seen = append(seen, c.in)
		if err := errors.Join(err, c.Close()); err != nil {
			return nil, err
		}
	}
	return seen, nil
}

// register makes the table callable from SQL without arguments.
func (t *csvTable) register(ses *session, name string) error {
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
			return &csvRows{table: t, columns: columns}, nil
		},
	})
}

// held is how many rows were read.
func (t *csvTable) held() int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.rows
}

// fault is why the rows of the table ended early, in words of its own: DuckDB wraps them.
func (t *csvTable) fault() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.err
}

// csvRows hands the rows of one reading to DuckDB.
type csvRows struct {
	table   *csvTable
	columns []duckdb.ColumnInfo
	next    int // the file to open
	file    *csvFile
}

// ColumnInfos are the header's names; all are texts.
func (r *csvRows) ColumnInfos() []duckdb.ColumnInfo { return r.columns }

// Cardinality is not known before the files are read.
func (r *csvRows) Cardinality() *duckdb.CardinalityInfo { return nil }

// Init has nothing to do.
func (r *csvRows) Init() {}

// FillChunk gives the next rows. Files that end before their rows were all asked for, as
// with LIMIT, are closed by the garbage collector.
func (r *csvRows) FillChunk(chunk duckdb.DataChunk) error {
	n := 0
	for n < duckdb.GetDataChunkCapacity() {
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
	}
	return chunk.SetSize(n)
}

func (r *csvRows) put(chunk duckdb.DataChunk, n int, cells []cell) error {
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
func (r *csvRows) row() ([]cell, error) {
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
		}
		cells, err := r.file.row()
		if !errors.Is(err, io.EOF) {
			return cells, err
		}
		if err := r.file.in.unchanged(); err != nil {
			return nil, err
		}
		r.table.mu.Lock()
		r.table.rows += r.file.rows
		r.table.mu.Unlock()
		err = r.file.Close()
		if r.file = nil; err != nil {
			return nil, err
		}
	}
}
