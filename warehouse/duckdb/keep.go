package duckdb

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse/sealed"
)

// Sheet is a sheet of a workbook that was left out, and why.
type Sheet struct {
	Title, Reason string
}

// Kept is what became of a file that was taken in.
type Kept struct {
	// Key opens it.
	Key    string
	Tables []sealed.Table
	// Left are the sheets that are no tables. What a workbook hides, and what is empty, is not
	// among them.
	Left []Sheet
}

// What an upload may hold at most, of which the server's own process has something in memory. How
// much its rows may take, package sealed says.
const (
	// mostTables is how many tables it has, mostColumns how many columns one of them, mostName
	// how many bytes the name of either, and mostNames all names together.
	mostTables  = 100
	mostColumns = 1000
	mostName    = 255
	mostNames   = 1 << 20
	// mostTexts are the bytes of the texts that a workbook's cells share, mostTextCount how many
	// there are, and mostList what its other parts unpack to of which something is kept.
	mostTexts     = 64 << 20
	mostTextCount = 4_000_000
	mostList      = 16 << 20
)

const (
	// fileWords is what errors call a file that somebody uploaded: its name is not repeated.
	fileWords = "the file"
	// plainTable is what a table is called where nothing else says it.
	plainTable = "data"
	longest    = 60
)

// Upload is a file that somebody uploaded.
type Upload struct {
	// Name is what it is called, and says what it is.
	Name string
	Text []byte
	// Before are the tables of the file that it takes the place of.
	Before []string
	// Room is how many bytes of the disk it may take.
	Room int64
}

// Keep reads a CSV file or a workbook that somebody uploaded, and seals its rows into a new file at
// a path. A file that is cut off, or that says anything that is not certain, is refused whole and
// leaves nothing. The table of a file that has one is called as before, where that is told.
func Keep(ctx context.Context, up Upload, path string) (kept Kept, err error) {
	w, key, err := sealed.Create(path, min(up.Room, shareOf(freeSpace(filepath.Dir(path)))))
	if err != nil {
		return Kept{}, fmt.Errorf("keep the upload: %w", err)
	}
	k := &keeper{w: w, name: up.Name}
	if err := k.take(ctx, up.Text); err != nil {
		return Kept{}, errors.Join(forUpload(err), w.Abandon())
	}
	k.callTables(up.Before)
	if err := w.Close(); err != nil {
		return Kept{}, k.written(err)
	}
	if err := opens(path, key); err != nil {
		return Kept{}, fmt.Errorf("keep the upload: %w", errors.Join(err, os.Remove(path)))
	}
	return Kept{Key: key, Tables: w.Tables(), Left: k.left}, nil
}

// shareOf is how much of what a disk has free one upload may take; what is not known bounds nothing.
func shareOf(free uint64) int64 {
	if free == 0 {
		return math.MaxInt64
	}
	return int64(min(free/4, math.MaxInt64))
}

// opens says that a file which was just written can be read: only then it takes another one's place.
func opens(path, key string) error {
	f, err := sealed.Open(path, key)
	if err != nil {
		return err
	}
	return f.Close()
}

// keeper takes a file in.
type keeper struct {
	w    *sealed.Writer
	name string
	left []Sheet
	// names are the bytes of the names so far.
	names int
	// whole says that what was met concerns all of the file, and no table alone.
	whole bool
}

// take reads a file as what its name and its first bytes say that it is.
func (k *keeper) take(ctx context.Context, text []byte) error {
	ending := fileEnding(k.name)
	switch {
	case len(text) == 0:
		return empty(fileWords)
	case slices.Contains(otherWorkbooks(), ending) && !bytes.HasPrefix(text, []byte(oldOfficeSign)):
		return fault(fileWords, 0, "this is a workbook of a form that is not read", saveAs)
	case !slices.Contains([]string{".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls"}, ending):
		return fault(fileWords, 0, "its name ends like that of neither a CSV file nor an Excel workbook", saveAs)
	case ending == ".xlsx", ending == ".xlsm", bytes.HasPrefix(text, []byte(zipSign)), bytes.HasPrefix(text, []byte(oldOfficeSign)):
		return k.workbook(ctx, text)
	}
	return k.csv(ctx, text)
}

const saveAs = "Save it as an Excel workbook (.xlsx) or as CSV UTF-8, and upload that."

func (k *keeper) csv(ctx context.Context, text []byte) error {
	f := usualForm()
	f.cells = mostColumns
	if fileEnding(k.name) == ".tsv" {
		f.delimiter = "\t"
	}
	if bytes.HasPrefix(text, []byte("\xff\xfe")) || bytes.HasPrefix(text, []byte("\xfe\xff")) {
		f.encoding = encodingUTF16
	}
	in, err := beginInput(fileWords, inMemory(text), packingOf(k.name))
	if err != nil {
		return err
	}
	c, err := beginCSV(ctx, in, f)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }() // it is in memory
	title, _, _ := strings.Cut(filepath.Base(k.name), ".")
	return k.table(ctx, title, c)
}

func (k *keeper) workbook(ctx context.Context, text []byte) error {
	book, err := beginWorkbook(ctx, fileWords, inMemory(text), bookLimits{mostList, mostTexts, mostTextCount, mostTables})
	if err != nil {
		return err
	}
	defer func() { _ = book.in.Close() }() // it is in memory
	var first error
	for _, s := range book.sheets {
		if s.hidden {
			continue
		}
		if len(s.name) > mostName {
			return damaged(fileWords, fmt.Sprintf("the name of a sheet is longer than %d bytes", mostName))
		}
		err := k.sheet(ctx, book, s)
		e, ours := errors.AsType[*eddy.Error](err)
		switch {
		case err == nil, errors.Is(err, errNoCells):
		case !ours || k.whole || ctx.Err() != nil:
			return err
		default:
			k.left = append(k.left, Sheet{s.name, e.What})
			first = cmpErr(first, err)
		}
	}
	if len(k.w.Tables()) > 0 {
		return nil
	}
	return cmpErr(first, fault(fileWords, 0, "no sheet that is to be seen has a value", "Show the sheet that the customers are on, and upload the workbook again."))
}

// cmpErr is the first error of two.
func cmpErr(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

func (k *keeper) sheet(ctx context.Context, book *workbook, s sheet) error {
	f, err := beginSheet(book, s, sheetForm{area: wholeSheet()})
	if err != nil {
		return err
	}
	err = k.table(ctx, s.name, f)
	if e := f.part.Close(); err == nil {
		err = e
	}
	return err
}

// table takes in the rows of one table; one that cannot be read is left out.
func (k *keeper) table(ctx context.Context, title string, f rowFile) error {
	if err := headed(f); err != nil {
		return err
	}
	if err := k.named(title, f.columns()); err != nil {
		return err
	}
	if err := k.w.Table(nameOf(title), title, f.columns()); err != nil {
		return k.written(err)
	}
	err := k.rows(ctx, f)
	if err != nil {
		return errors.Join(err, k.w.Drop())
	}
	return nil
}

func (k *keeper) rows(ctx context.Context, f rowFile) error {
	values := make([][]byte, len(f.columns()))
	for {
		row, err := f.row()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		}
		clear(values)
		for i, x := range row {
			if text, ok := f.value(x); ok {
				values[i] = text
			}
		}
		if err := k.w.Row(values); err != nil {
			return k.written(err)
		}
	}
}

// written says why the rows could not be kept.
func (k *keeper) written(err error) error {
	switch {
	case errors.Is(err, sealed.ErrTooLarge):
		return k.tooMuch("it unpacks to more than an upload may hold")
	case errors.Is(err, sealed.ErrNoRoom):
		k.whole = true
		return &eddy.Error{Code: eddy.CodeConflict, What: "the server has no room for what the file unpacks to", Mend: "Delete sources whose files are not needed any more; or the operator makes room on the disk of the state folder."}
	}
	return fmt.Errorf("keep the upload: %w", err)
}

// tooMuch refuses the whole of a file that holds more than an upload may.
func (k *keeper) tooMuch(what string) error {
	k.whole = true
	return fault(fileWords, 0, what, "Put it into a database, or into a folder that models may read, and make a source of that.")
}

// named counts the names of a table: all of them are in memory wherever the file is open, and in
// each answer about it.
func (k *keeper) named(title string, columns []string) error {
	k.names += len(title)
	for _, name := range columns {
		k.names += len(name)
	}
	if k.names > mostNames {
		return k.tooMuch(fmt.Sprintf("the names of its columns are longer than %d KiB together", mostNames>>10))
	}
	return nil
}

// headed refuses a header that is none: what stands there would be shown as the names of columns
// wherever they are, and a value is nobody's name for one (promise 10).
func headed(f rowFile) error {
	names := f.columns()
	if len(names) > mostColumns {
		return f.headFault(fmt.Sprintf("it has %d columns, and a table of an upload has at most %d", len(names), mostColumns), "Leave out the columns that are not needed.")
	}
	for i, name := range names {
		if isValue(name) {
			return f.headFault(fmt.Sprintf("column %d of the first row looks like a value and not like a name", i+1), "The first row has the columns' names, such as id and email: put one above the values.")
		}
		if len(name) > mostName {
			return f.headFault(fmt.Sprintf("the name of column %d is longer than %d bytes", i+1, mostName), "Give the column a short name.")
		}
		if strings.ContainsFunc(name, unicode.IsControl) {
			return f.headFault(fmt.Sprintf("the name of column %d has a line break, or another sign that is not to be seen", i+1), "Write the name anew, in one line.")
		}
	}
	return nil
}

var valueForms = regexp.MustCompile(`.@.+\.|^[0-9A-Fa-f]{40,}$|^[+(]?[0-9](?:[ ()/.+-]*[0-9]){6,}$`)

// isValue says that a text is an address, a number or a digest, and no name.
func isValue(name string) bool { return valueForms.MatchString(name) }

// nameOf is what a table is called in models: letters, digits and underscores.
func nameOf(title string) string {
	if isValue(title) {
		return plainTable
	}
	words := strings.FieldsFunc(strings.ToLower(title), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	name := []rune(strings.Join(words, "_"))
	if len(name) == 0 {
		return plainTable
	}
	return string(name[:min(len(name), longest)])
}

// callTables gives each table a name of its own.
func (k *keeper) callTables(before []string) {
	tables := k.w.Tables()
	if len(tables) == 1 && len(before) == 1 {
		tables[0].Name = before[0]
		return
	}
	taken := map[string]bool{}
	for i := range tables {
		name := tables[i].Name
		for n := 2; taken[name]; n++ {
			name = fmt.Sprintf("%s_%d", tables[i].Name, n)
		}
		taken[name] = true
		tables[i].Name = name
	}
}

// forUpload says what to do about a file to somebody who uploads it: no option of a source and no
// SQL says how it is written.
func forUpload(err error) error {
	e, ok := errors.AsType[*eddy.Error](err)
	if ok && regexp.MustCompile(`csv:|read_|sql|ending|no limit|run again`).MatchString(e.Mend) {
		told := *e
		told.Mend = "Mend it in a spreadsheet program, save it as an Excel workbook (.xlsx) or as CSV UTF-8, and upload that."
		return &told
	}
	return err
}

// memory is a file that is in memory alone.
type memory struct {
	*bytes.Reader
}

func inMemory(text []byte) content {
	return memory{bytes.NewReader(text)}
}

// Stat says how long it is.
func (m memory) Stat() (os.FileInfo, error) { return memoryInfo{size: m.Size()}, nil }

// memoryInfo is what is to be known of a file in memory: how long it is.
type memoryInfo struct {
	os.FileInfo

	size int64
}

// Size is how long the file is.
func (m memoryInfo) Size() int64 { return m.size }

// IsDir says that it is no folder.
func (m memoryInfo) IsDir() bool { return false }

// Close has nothing to close.
func (m memory) Close() error { return nil }
