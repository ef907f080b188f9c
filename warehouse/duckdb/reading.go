package duckdb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

// fileKind is what a file holds.
type fileKind string

const (
	csvKind     fileKind = "csv"
	jsonKind    fileKind = "json"
	parquetKind fileKind = "parquet"
	xlsxKind    fileKind = "xlsx"
	rawKind     fileKind = "raw" // a text or bytes, as they are
)

// kindOfFile is what a name says, whatever it is compressed with; empty where it is no file's.
func kindOfFile(name string) fileKind {
	switch fileEnding(name) {
	case ".csv", ".tsv":
		return csvKind
	case ".parquet":
		return parquetKind
	case ".json", ".jsonl", ".ndjson":
		return jsonKind
	case ".xlsx", ".xlsm":
		return xlsxKind
	default:
		return ""
	}
}

func fileEnding(name string) string {
	return filepath.Ext(strings.TrimSuffix(strings.TrimSuffix(strings.ToLower(name), ".gz"), ".zst"))
}

// part is files that a model reads in one call.
type part struct {
	kind  fileKind
	files []string
	packs packing // empty: as each file's name says
	sheet string  // of a workbook, where the user named one
	// rows reads a CSV file or a sheet as Eddy does; nil where the user's own options say that it is
	// read less strictly, or in a way that Eddy does not know.
	rows *fileTable
	// function is the name under which DuckDB asks rows for its rows; empty where it reads
	// the files itself.
	function string
}

// reading is a model made ready: its FROM item, and the files that it reads. DuckDB may
// open these and no others, so that none is read that was not verified.
type reading struct {
	from string
	// sql is the model's own, which is still to be checked; empty for a table.
	sql   string
	parts []part
	// whole says that the model is the rows of its files, so that they can be counted.
	whole bool
	seen  []*input
	// uploads are the tables of an upload, which were verified when it was taken in.
	uploads []*fileTable
	count   int64 // rows that verified files hold; -1 where that is not known
}

// paths are the files that DuckDB opens itself.
func (r *reading) paths() (out []string) {
	for _, p := range r.parts {
		if p.function == "" {
			out = append(out, p.files...)
		}
	}
	return out
}

// register makes the files that Eddy reads callable.
func (r *reading) register(ses *session) error {
	for _, p := range r.parts {
		if p.function != "" {
			if err := p.rows.register(ses, p.function); err != nil {
				return err
			}
		}
	}
	return nil
}

// verify reads every file to its verified end, but those of which DuckDB gets the rows
// from Eddy and needs them all: they are verified while they are read.
func (r *reading) verify(ctx context.Context) error {
	for _, p := range r.parts {
		if p.function != "" && r.whole {
			continue
		}
		if err := r.verifyPart(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

func (r *reading) verifyPart(ctx context.Context, p part) error {
	if p.rows != nil {
		seen, err := p.rows.verify()
		r.seen = append(r.seen, seen...)
		return err
	}
	for _, path := range p.files {
		packs := p.packs
		if packs == "" {
			packs = packingOf(path)
		}
		in, rows, err := verifyFile(ctx, path, p.kind, packs)
		if err != nil {
			return err
		}
		r.seen = append(r.seen, in)
		if r.count += rows; rows < 0 {
			r.whole = false
		}
	}
	return nil
}

// verifyFile reads one file that DuckDB will read itself, and says how many rows it has, as
// far as is known without DuckDB.
func verifyFile(ctx context.Context, path string, kind fileKind, p packing) (in *input, rows int64, err error) {
	switch kind {
	case jsonKind:
		return verifyJSON(ctx, path, p)
	case parquetKind:
		in, err = verifyParquet(path)
		return in, 0, err
	case rawKind:
		in, err = openRaw(path)
		return in, 0, err
	}
	if in, err = openInput(path, p); err != nil {
		return nil, 0, err
	}
	in.stop = ctx.Err
	_, err = io.Copy(io.Discard, in)
	return in, 0, errors.Join(err, in.unchanged(), in.Close())
}

func openRaw(path string) (*input, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, openFault(path, err)
	}
	return &input{path: path, info: info}, nil
}

// verifyParquet looks at both ends: the footer is written last, and DuckDB reads the file by
// it. A file that was cut has none.
func verifyParquet(path string) (*input, error) {
	if packingOf(path) != plain {
		return nil, fault(path, 0, "a Parquet file is not compressed as a whole", "Unpack it: Parquet compresses what is in it.")
	}
	in, err := openInput(path, plain)
	if err != nil {
		return nil, err
	}
	head, tail := make([]byte, 4), make([]byte, 4)
	_, e1 := in.file.ReadAt(head, 0)
	_, e2 := in.file.ReadAt(tail, max(in.info.Size()-4, 0))
	if err := errors.Join(in.Close(), in.unchanged()); err != nil {
		return nil, err
	}
	switch {
	case e1 != nil || string(head) != "PAR1" && string(head) != "PARE":
		return nil, fault(path, 0, "this is not a Parquet file", "Check the name, and how it is exported.")
	case e2 != nil || string(tail) != string(head) || in.info.Size() < 12:
		return nil, fault(path, 0, "the file is cut off: its footer is missing", exportAgain)
	}
	return in, nil
}

// unchanged says that what DuckDB read by name is what was verified.
func (r *reading) unchanged() error {
	for _, in := range r.seen {
		if err := in.unchanged(); err != nil {
			return err
		}
	}
	return nil
}

// complete compares the rows that were staged with those that the files hold.
func (r *reading) complete(ctx context.Context, ses *session, staged int64) error {
	if !r.whole || len(r.parts) != 1 {
		return nil
	}
	p := r.parts[0]
	held := r.count
	switch p.kind {
	case csvKind, xlsxKind:
		held = p.rows.held()
	case parquetKind:
		err := ses.query(ctx, "SELECT coalesce(sum(num_rows), 0)::BIGINT FROM parquet_file_metadata("+fileList(p.files)+")", func(row [][]byte) error {
			_, err := fmt.Sscan(string(row[0]), &held)
			return err
		})
		if err != nil {
			return err
		}
	}
	if held != staged {
		return fault(p.files[0], 0, fmt.Sprintf("%d rows were read of the %d that its files hold", staged, held), "Nothing was changed. This is a fault of Eddy or of DuckDB: please report it with the form of the file.")
	}
	return nil
}

// explain says what is wrong with a file that DuckDB refuses, if Eddy finds it wrong too:
// it knows the line, and tells no value.
func (r *reading) explain(ctx context.Context, err error) error {
	if err == nil || len(r.parts) == 0 || ctx.Err() != nil {
		return err
	}
	if fault := r.verify(ctx); fault != nil {
		return fault
	}
	return err
}

// fault is why Eddy's own reading of a file failed, in place of what DuckDB says of it.
func (r *reading) fault(err error) error {
	for _, p := range r.parts {
		if p.rows != nil && p.rows.fault() != nil {
			return p.rows.fault()
		}
	}
	for _, t := range r.uploads {
		if t.fault() != nil {
			return t.fault()
		}
	}
	return err
}

// fileList is file names as an argument in SQL.
func fileList(files []string) string {
	if len(files) == 1 {
		return warehouse.QuoteText(files[0])
	}
	return textList(files)
}

func textList(texts []string) string {
	quoted := make([]string, len(texts))
	for i, x := range texts {
		quoted[i] = warehouse.QuoteText(x)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// read makes a model ready. It looks at files, and no further than their header lines.
func (s *source) read(ctx context.Context, m eddy.Model) (r *reading, err error) {
	if m.Table != "" && kindOfFile(m.Table) == "" {
		if err := s.noFile(m.Table); err != nil {
			return nil, err
		}
	}
	err = s.with(ctx, nil, func(ses *session) error {
		if m.Table != "" && kindOfFile(m.Table) == "" {
			r = &reading{from: warehouse.QuoteName(m.Table) + " AS m"}
			return ses.namesOnlyReads(ctx, m.Table)
		}
		if m.Table != "" {
			r, err = s.readFiles(ctx, m.Table)
		} else {
			r, err = s.readSQL(ctx, ses, m)
		}
		return err
	})
	if r != nil {
		r.uploads = s.uploads
	}
	return r, err
}

// otherWorkbooks are the endings of workbooks that are not read.
func otherWorkbooks() []string { return []string{".xls", ".xlsb", ".ods", ".numbers"} }

// noFile refuses names of files that are not read, in place of tables that do not exist.
func (s *source) noFile(name string) error {
	switch ending := fileEnding(name); {
	case slices.Contains(otherWorkbooks(), ending):
		return fault(name, 0, "this is a workbook of a form that is not read", "Save it as an Excel workbook (.xlsx), and name that file.")
	case slices.Contains([]string{".zip", ".7z", ".rar", ".tar", ".tgz", ".bz2", ".xz", ".lz4"}, ending):
		return fault(name, 0, "this is an archive, which is not read", "Unpack it, or compress the file alone with gzip or zstd: customers.csv.gz.")
	case s.path != "", s.kept != nil:
		return nil
	}
	if target, err := s.access.file(s.absolute(name)); err == nil && isDir(target) {
		return fault(name, 0, "this is a folder", "Name a file in it, or all of one kind: "+strings.TrimSuffix(name, "/")+"/*.csv.")
	}
	return fault(name, 0, "the source has no path, so a table is a file, and this name has no ending that says what it holds", "Files end in .csv, .tsv, .parquet, .json, .jsonl or .ndjson, with .gz or .zst behind if they are compressed, or in .xlsx.")
}

// readFiles reads files as they are. CSV columns are texts, so that phone numbers keep
// their + and ids their zeros.
func (s *source) readFiles(ctx context.Context, name string) (*reading, error) {
	files, err := s.need(ctx, name)
	if err != nil {
		return nil, err
	}
	p := part{kind: kindOfFile(name), files: files}
	r := &reading{whole: true}
	switch p.kind {
	case csvKind:
		p.function = "eddy_file_0"
		if p.rows, _, err = csvTable(ctx, files, "", s.csv); err != nil {
			return nil, err
		}
		r.from = p.function + "() AS m"
	case xlsxKind:
		p.function = "eddy_file_0"
		if p.rows, err = sheetTable(ctx, files, sheetForm{area: wholeSheet()}); err != nil {
			return nil, err
		}
		r.from = p.function + "() AS m"
	case jsonKind:
		r.from = "read_json(" + fileList(files) + jsonOptions(nil) + ") AS m"
	default:
		r.from = "read_parquet(" + fileList(files) + ") AS m"
	}
	r.parts = []part{p}
	return r, nil
}

// find finds the files that a name or a pattern means, as DuckDB does, so that it reads
// these and not what else may match a moment later.
func (s *source) find(ctx context.Context, name string) (files []string, err error) {
	if strings.Contains(name, "://") {
		return nil, &eddy.Error{Code: eddy.CodeSource, What: "the model reads " + name + " over the network, which no model does", Mend: "Bring the file into a folder that the source's models may read, and name it there."}
	}
	path := filepath.Clean(s.absolute(name))
	certain := literal(path)
	target, err := s.access.file(certain)
	if err != nil {
		return nil, err
	}
	if certain == path {
		if _, err := os.Stat(target); err != nil || isDir(target) {
			return nil, nil //nolint:nilerr // there is none
		}
		return []string{target}, nil
	}
	err = passing(ctx, func(ses *session) error {
		if err := ses.lock(ctx, s.access.folders, nil); err != nil {
			return err
		}
		return ses.query(ctx, "SELECT file FROM glob($1) ORDER BY 1", func(row [][]byte) error {
			files = append(files, string(row[0]))
			return nil
		}, path)
	})
	if err != nil {
		return nil, err
	}
	return s.access.files(slices.DeleteFunc(files, isMark))
}

// literal is what comes before the first part of a path that is a pattern. A part that is
// there as it is written is none.
func literal(path string) string {
	dir := string(filepath.Separator)
	for part := range strings.SplitSeq(path, dir) {
		next := filepath.Join(dir, part)
		if _, err := os.Lstat(next); err != nil && strings.ContainsAny(part, "*?[") {
			break
		}
		dir = next
	}
	return dir
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// need finds files where at least one must be.
func (s *source) need(ctx context.Context, name string) ([]string, error) {
	files, err := s.find(ctx, name)
	if err != nil || len(files) > 0 {
		return files, err
	}
	path := s.absolute(name)
	if target, err := s.access.file(path); err == nil && isDir(target) {
		return nil, fault(path, 0, "this is a folder", "Name a file in it, or all of one kind: "+name+"/*.csv.")
	}
	return nil, &eddy.Error{Code: eddy.CodeSource, What: `IO Error: No files found that match the pattern "` + path + `"`, Mend: "Check the file's name; relative names start at the configuration file's folder."}
}

// jsonOptions are what read_json must not guess from some of the rows: which columns there
// are. given are options that the user wrote.
func jsonOptions(given map[string]any) string {
	var out strings.Builder
	for _, o := range [][2]string{{"sample_size", "-1"}, {"maximum_sample_files", "1000000000"}, {"ignore_errors", "false"}} {
		if _, ok := given[o[0]]; !ok {
			out.WriteString(", " + o[0] + " = " + o[1])
		}
	}
	return out.String()
}
