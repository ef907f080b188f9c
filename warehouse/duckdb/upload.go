package duckdb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
	"github.com/eddy-retl/eddy/warehouse/sealed"
)

// UploadKind declares files that are uploaded to a server.
func UploadKind() warehouse.Kind {
	return warehouse.Kind{
		Type:      "upload",
		Help:      "A CSV or Excel file that is uploaded to the server.",
		LocalOnly: true,
		Uploaded:  true,
		Options: []eddy.Option{
			{Name: "file", Kind: eddy.TextOption, Part: eddy.PlacePart, Required: true, Example: "5f3c0e6a7d1b4c2f9a8e0d7b6c5a4f31", Help: "The name by which the server keeps the file. It is set when one is uploaded."},
			{Name: "key", Kind: eddy.TextOption, Part: eddy.SecretPart, Required: true, Help: "Opens what the server keeps. It is set when a file is uploaded."},
		},
		Open: func(_ context.Context, src eddy.Source) (warehouse.Source, error) { return openUpload(src) },
	}
}

// keptName is what a server calls a file that it keeps; one that no source has yet ends in .new.
var keptName = regexp.MustCompile(`^[0-9a-f]{32}(?:\.new)?$`)

// openUpload opens what was kept of an upload: a DuckDB source whose tables are read from there.
func openUpload(src eddy.Source) (*source, error) {
	file := src.Options["file"]
	if src.Uploads == "" || !keptName.MatchString(file) {
		return nil, &eddy.Error{
			Code: eddy.CodeSource, What: fmt.Sprintf("source %s: nothing is kept here of an upload of this name", src.Name),
			Mend: "Files are uploaded to a server. For a file that lies where Eddy runs, use type: duckdb and name the file in the model.",
		}
	}
	kept, err := sealed.Open(filepath.Join(src.Uploads, file), src.Options["key"])
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, &eddy.Error{
			Code: eddy.CodeSource, What: fmt.Sprintf("source %s: the file that was uploaded is not here any more, or was replaced just now", src.Name),
			Mend: "Run again. Where that does not help, upload the file again; a backup of the state folder has it, too.",
		}
	case err != nil:
		return nil, &eddy.Error{Code: eddy.CodeSource, What: fmt.Sprintf("source %s: open the file that was uploaded", src.Name), Err: err, Mend: "Upload the file again, or restore the state folder and the store from one backup."}
	}
	s := &source{kept: kept, access: access{none: true}}
	for i := range kept.Tables {
		s.uploads = append(s.uploads, keptTable(kept, i))
	}
	return s, nil
}

// expose makes the tables of an upload views of a session. DuckDB asks Eddy for their rows.
func (s *source) expose(ctx context.Context, ses *session) error {
	if s.kept == nil {
		return nil
	}
	for i, t := range s.kept.Tables {
		name, err := random()
		if err != nil {
			return err
		}
		name = "eddy_upload_" + name
		if err := s.uploads[i].register(ses, name); err != nil {
			return err
		}
		if _, err := ses.Exec(ctx, "CREATE OR REPLACE VIEW memory.main."+warehouse.Quote(t.Name)+" AS SELECT * FROM "+name+"()"); err != nil {
			return fmt.Errorf("make a table of the upload: %w", err)
		}
	}
	return nil
}

// keptTable is a table of an upload as DuckDB reads it.
func keptTable(kept *sealed.File, number int) *fileTable {
	t := kept.Tables[number]
	return &fileTable{
		files: []string{t.Name}, names: t.Columns,
		begin: func(string) (rowFile, error) {
			rows, err := kept.Rows(number)
			if err != nil {
				return nil, err
			}
			return &keptRows{rows: rows, names: t.Columns, values: make([][]byte, len(t.Columns)), cells: make([]cell, len(t.Columns))}, nil
		},
	}
}

// keptRows are the rows of a table of an upload. They were verified when they were taken in.
type keptRows struct {
	rows   *sealed.Rows
	names  []string
	values [][]byte
	cells  []cell
}

func (k *keptRows) columns() []string { return k.names }

func (k *keptRows) row() ([]cell, error) {
	if err := k.rows.Next(k.values); errors.Is(err, io.EOF) {
		return nil, err
	} else if err != nil {
		return nil, &eddy.Error{Code: eddy.CodeSource, What: "read the file that was uploaded", Err: err, Mend: "Nothing was changed. Upload the file again."}
	}
	for i, text := range k.values {
		k.cells[i].text = text
	}
	return k.cells, nil
}

// value is a cell's text; an empty one was kept as none.
func (k *keptRows) value(x cell) (text []byte, ok bool) { return x.text, x.text != nil }

func (k *keptRows) headFault(what, mend string) error { return fault(fileWords, 0, what, mend) }

func (k *keptRows) input() *input { return &input{} }

// Close lets the memory go that reading took.
func (k *keptRows) Close() error { return k.rows.Close() }
