package databricks

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/dbsql"
	"github.com/eddy-retl/eddy/warehouse"
)

// mostOfFile is how much is loaded at once through a volume.
const mostOfFile = 32 << 20 // bytes

// removesWithin is how long a file may take to be removed from a volume.
const removesWithin = 30 * time.Second

// volumeOf is the path of a volume that is named catalog.schema.volume; empty for none.
func volumeOf(name string) (string, error) {
	if name == "" {
		return "", nil
	}
	parts := warehouse.SplitName(name)
	odd := func(part string) bool { return strings.Trim(part, ".") == "" || strings.Contains(part, "/") }
	if len(parts) != 3 || slices.ContainsFunc(parts, odd) {
		return "", wrong("volume names no volume", "Write it as catalog.schema.volume.")
	}
	return "/Volumes/" + strings.Join(parts, "/"), nil
}

// through loads a batch by a file of the volume, which is removed whatever becomes of it: what is
// in it is nobody else's to read.
func (e *engine) through(ctx context.Context, table string, b *batch) (n int64, err error) {
	content, err := b.parquet()
	if err != nil {
		return 0, err
	}
	file := e.source.volume + "/eddy_" + strings.ToLower(rand.Text()) + ".parquet"
	defer func() {
		bounded, stop := context.WithTimeout(context.WithoutCancel(ctx), removesWithin)
		defer stop()
		failed := e.client.Remove(bounded, file)
		if e, ok := errors.AsType[*dbsql.Error](failed); ok && e.Status == http.StatusNotFound {
			return // it never came there, or a try before removed it
		}
		if failed != nil && err == nil {
			err = e.cannotFile(failed, "a file of a load could not be removed from the volume: "+file)
		}
	}()
	if err := e.client.Upload(ctx, file, content); err != nil {
		if ctx.Err() != nil {
			return 0, ctx.Err()
		}
		return 0, e.cannotFile(err, "nothing can be put into the volume "+e.source.volume)
	}
	return e.Exec(ctx, warehouse.Comment(ctx)+b.insert(table, "c%d")+"parquet."+quote(file)+" loaded")
}

// cannotFile says why a volume cannot be used.
func (e *engine) cannotFile(err error, what string) error {
	said, answered := errors.AsType[*dbsql.Error](err)
	if !answered {
		return explain(context.Background(), err)
	}
	return &eddy.Error{
		Code: eddy.CodeSource, What: "source " + e.source.name + ": " + what, Err: quietly(said),
		Mend: "Check volume, and have its owner grant the user READ VOLUME and WRITE VOLUME on it, and USE CATALOG and USE SCHEMA above it; or take volume out: then loads are parameters of statements.",
	}
}

// parquet is the rows as a file, with columns c0, c1 and so on of texts.
func (b *batch) parquet() ([]byte, error) {
	fields, columns := make([]arrow.Field, len(b.columns)), make([]arrow.Array, len(b.columns))
	for i := range b.columns {
		fields[i] = arrow.Field{Name: fmt.Sprintf("c%d", i), Type: arrow.BinaryTypes.String, Nullable: true}
		texts := array.NewStringBuilder(memory.DefaultAllocator)
		for _, row := range b.rows {
			if row[i] == nil {
				texts.AppendNull()
			} else {
				texts.Append(*row[i])
			}
		}
		columns[i] = texts.NewArray()
	}
	schema := arrow.NewSchema(fields, nil)
	var out bytes.Buffer
	w, err := pqarrow.NewFileWriter(schema, &out, parquet.NewWriterProperties(parquet.WithCompression(compress.Codecs.Snappy)), pqarrow.DefaultWriterProps())
	if err != nil {
		return nil, err
	}
	// The end of the file is written when it is closed.
	err = errors.Join(w.Write(array.NewRecordBatch(schema, columns, int64(len(b.rows)))), w.Close())
	return out.Bytes(), err
}
