package bigquery

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"

	client "cloud.google.com/go/bigquery"
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"github.com/eddy-retl/eddy"
)

// loads are rows on their way into tables. A table takes 1,500 loads a day, so that rows wait for
// each other: they are loaded before the next statement of the engine, or when they are many.
type loads struct {
	mu    sync.Mutex
	files []*file
}

// Rows become a group of a Parquet file when they are so many, or so long, and a file is loaded
// when it is so large.
const (
	groupRows  = 32 << 10
	groupBytes = 8 << 20
	fileBytes  = 48 << 20
)

// file is a Parquet file of rows of some columns of a table, which one job loads.
type file struct {
	table, columns string
	schema         client.Schema
	rows           *array.RecordBuilder
	// held and bytes are how many rows the builder has, and how long their texts are.
	held, bytes int
	to          *pqarrow.FileWriter
	file        bytes.Buffer
	// id is the job's. It stays for as long as nobody knows what became of the job.
	id string
}

// Load adds rows by load jobs, which are free and no statement that changes rows.
func (e *engine) Load(ctx context.Context, table string, columns []string, rows iter.Seq[[]any]) error {
	e.loads.mu.Lock()
	defer e.loads.mu.Unlock()
	f, err := e.open(ctx, table, columns)
	if err != nil {
		return e.own(err)
	}
	for row := range rows {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := f.add(row); err != nil {
			return err
		}
		if f.file.Len() < fileBytes {
			continue
		}
		if err := e.send(ctx); err != nil {
			return err
		}
		if f, err = begin(f.table, f.columns, f.schema); err != nil {
			return err
		}
		e.loads.files = append(e.loads.files, f)
	}
	return nil
}

// open gives the file that rows of some columns go on in.
func (e *engine) open(ctx context.Context, table string, columns []string) (*file, error) {
	list := strings.Join(columns, "\x00")
	for _, f := range e.loads.files {
		if f.table == table && f.columns == list && f.to != nil {
			return f, nil
		}
	}
	m, err := e.table(table).Metadata(ctx)
	if err != nil {
		return nil, explain(ctx, err, true)
	}
	schema := make(client.Schema, len(columns))
	for i, name := range columns {
		at := slices.IndexFunc(m.Schema, func(f *client.FieldSchema) bool { return f.Name == name })
		if at < 0 {
			return nil, &eddy.Error{
				Code: eddy.CodeSource, What: "BigQuery: table " + table + " has no column " + name,
				Mend: "Somebody changed a table of Eddy's own; leave them as they are.",
			}
		}
		schema[i] = &client.FieldSchema{Name: name, Type: m.Schema[at].Type}
	}
	f, err := begin(table, list, schema)
	if err == nil {
		e.loads.files = append(e.loads.files, f)
	}
	return f, err
}

// begin begins a file. Every value may be missing, whatever the table says.
func begin(table, columns string, schema client.Schema) (*file, error) {
	f := &file{table: table, columns: columns, schema: schema}
	fields := make([]arrow.Field, len(schema))
	for i, c := range schema {
		switch c.Type {
		case client.StringFieldType:
			fields[i] = arrow.Field{Name: c.Name, Type: arrow.BinaryTypes.String, Nullable: true}
		case client.IntegerFieldType:
			fields[i] = arrow.Field{Name: c.Name, Type: arrow.PrimitiveTypes.Int64, Nullable: true}
		default:
			return nil, eddy.Errorf(eddy.CodeInternal, "a column of type %s is not loaded", c.Type)
		}
	}
	s := arrow.NewSchema(fields, nil)
	f.rows = array.NewRecordBuilder(memory.DefaultAllocator, s)
	var err error
	f.to, err = pqarrow.NewFileWriter(s, &f.file, parquet.NewWriterProperties(parquet.WithCompression(compress.Codecs.Snappy)), pqarrow.DefaultWriterProps())
	if err != nil {
		return nil, fmt.Errorf("begin a Parquet file: %w", err)
	}
	return f, nil
}

// add adds a row. A value that fits not makes the whole row none.
func (f *file) add(row []any) error {
	for i, v := range row {
		_, number := v.(int64)
		if _, text := v.(string); v != nil && (number != (f.schema[i].Type == client.IntegerFieldType) || !number && !text) {
			return eddy.Errorf(eddy.CodeInternal, "column %s is of type %s, and not for a %T", f.schema[i].Name, f.schema[i].Type, v)
		}
	}
	for i, v := range row {
		switch v := v.(type) {
		case nil:
			f.rows.Field(i).AppendNull()
		case int64:
			f.rows.Field(i).(*array.Int64Builder).Append(v)
		case string:
			f.rows.Field(i).(*array.StringBuilder).Append(strings.ToValidUTF8(v, "\ufffd"))
			f.bytes += len(v)
		}
	}
	if f.held++; f.held < groupRows && f.bytes < groupBytes {
		return nil
	}
	return f.group()
}

// group writes the rows that were gathered.
func (f *file) group() error {
	if f.held == 0 {
		return nil
	}
	batch := f.rows.NewRecordBatch()
	defer batch.Release()
	f.held, f.bytes = 0, 0
	if err := f.to.Write(batch); err != nil {
		return fmt.Errorf("write a Parquet file: %w", err)
	}
	return nil
}

// end ends the file, once, and says whether it has rows.
func (f *file) end() (bool, error) {
	if f.to == nil {
		return true, nil
	}
	if f.held == 0 && f.to.NumRows() == 0 {
		return false, nil
	}
	if err := f.group(); err != nil {
		return false, err
	}
	err := f.to.Close()
	f.to = nil
	f.rows.Release()
	if err != nil {
		return false, fmt.Errorf("end a Parquet file: %w", err)
	}
	return true, nil
}

// flush loads what waits.
func (e *engine) flush(ctx context.Context) error {
	e.loads.mu.Lock()
	defer e.loads.mu.Unlock()
	return e.send(ctx)
}

// send loads the files that wait. One that could not be loaded waits on: no later statement may
// succeed without it.
func (e *engine) send(ctx context.Context) error {
	for len(e.loads.files) > 0 {
		f := e.loads.files[0]
		some, err := f.end()
		if err == nil && some {
			err = patiently(ctx, func() error { return e.load(ctx, f) })
		}
		if err != nil {
			return e.own(err)
		}
		e.loads.files = e.loads.files[1:]
	}
	return nil
}

// load runs the job of a file, or looks what became of it.
func (e *engine) load(ctx context.Context, f *file) error {
	if f.id == "" {
		f.id = jobID()
	}
	source := client.NewReaderSource(bytes.NewReader(f.file.Bytes()))
	source.SourceFormat, source.Schema = client.Parquet, f.schema
	loader := e.table(f.table).LoaderFrom(source)
	loader.CreateDisposition, loader.WriteDisposition = client.CreateNever, client.WriteAppend
	loader.Labels, loader.JobID = e.defaults.Labels, f.id
	ended, err := e.finish(ctx, loader, f.id)
	if err != nil && ended != nil {
		f.id = "" // nothing of it is there, and another job may try again
	}
	return err
}
