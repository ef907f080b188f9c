package duckdb

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
)

// The size of a sheet.
const (
	maxRows    = 1_048_576
	maxColumns = 16_384
)

// area is a rectangle of cells, counted from 1, with its borders.
type area struct{ top, left, bottom, right int }

func wholeSheet() area { return area{1, 1, maxRows, maxColumns} }

var areaForm = regexp.MustCompile(`^\$?([A-Za-z]{1,3})\$?(\d{0,7}):\$?([A-Za-z]{1,3})\$?(\d{0,7})$`)

// areaOf reads the way of writing an area: A1:D100, A5:Z, E:Z.
func areaOf(s string) (a area, ok bool) {
	m := areaForm.FindStringSubmatch(s)
	if m == nil {
		return a, false
	}
	a = wholeSheet()
	a.left, a.right = columnNumber(m[1]), columnNumber(m[3])
	if m[2] != "" {
		a.top, _ = strconv.Atoi(m[2])
	}
	if m[4] != "" {
		a.bottom, _ = strconv.Atoi(m[4])
	}
	return a, 1 <= a.left && a.left <= a.right && a.right <= maxColumns && 1 <= a.top && a.top <= a.bottom && a.bottom <= maxRows
}

// meets says that two areas have a cell in common.
func (a area) meets(b area) bool {
	return b.top <= b.bottom && a.left <= b.right && a.right >= b.left && a.top <= b.bottom && a.bottom >= b.top
}

// columnNumber is the place of a column, counted from 1.
func columnNumber(letters string) (n int) {
	for _, b := range []byte(strings.ToUpper(letters)) {
		n = 26*n + int(b-'A') + 1
	}
	return n
}

func columnLetters(n int) (s string) {
	for ; n > 0; n = (n - 1) / 26 {
		s = string(rune('A'+(n-1)%26)) + s
	}
	return s
}

func cellName(row, column int) string { return columnLetters(column) + strconv.Itoa(row) }

// sheetForm says which cells of a workbook are read, and how.
type sheetForm struct {
	sheet    string // empty: the only one that is to be seen
	area     area
	headless bool
}

// sheetFile reads the rows of a sheet, strictly: the first row with a value has the names, and
// every other value stands below one of them. Whatever is not certain is an error with its
// cell, and without a value (promise 10).
type sheetFile struct {
	book  *workbook
	part  *xmlPart
	sheet sheet
	form  sheetForm
	names []string
	// table is where the values stand: from below the header down to the last one.
	table area
	// at is the row that was read last, and column the cell.
	at, column int
	// values are the texts of a row one behind the other; spans say where each cell's is.
	values []byte
	spans  []span
	cells  []cell
	// first says that the first row is still to be given, where it is no header.
	first bool
}

// span is the place of a value, by its column.
type span struct{ column, from, to int }

// openSheet opens a workbook and reads up to the first row of a sheet.
func openSheet(ctx context.Context, path string, form sheetForm) (*sheetFile, error) {
	book, err := openWorkbook(ctx, path)
	if err != nil {
		return nil, err
	}
	chosen, err := book.choose(form.sheet)
	if err != nil {
		return nil, errors.Join(err, book.in.Close())
	}
	f, err := beginSheet(book, chosen, form)
	if errors.Is(err, errNoCells) {
		err = fault(fmt.Sprintf("%s, sheet %.40q", path, chosen.name), 0, "there is no value in it, not even a header", "Check the sheet and the range; if an export writes it, that failed.")
	}
	if err != nil {
		return nil, errors.Join(err, book.in.Close())
	}
	return f, nil
}

// errNoCells says that a sheet has no value.
var errNoCells = errors.New("a sheet without a value")

// beginSheet reads up to the first row of a sheet. The workbook stays open where there is none.
func beginSheet(book *workbook, chosen sheet, form sheetForm) (f *sheetFile, err error) {
	f = &sheetFile{book: book, sheet: chosen, form: form}
	if f.part, err = book.open(chosen.part, maxPart); err != nil {
		return nil, err
	}
	if err := f.header(); err != nil {
		return nil, errors.Join(err, f.part.Close())
	}
	return f, nil
}

func (f *sheetFile) columns() []string { return f.names }

func (f *sheetFile) input() *input { return f.book.in }

// value is a cell's text; an empty cell has none.
func (f *sheetFile) value(x cell) (text []byte, ok bool) { return x.text, len(x.text) > 0 }

func (f *sheetFile) headFault(what, mend string) error { return f.sheetFault(what, mend) }

// Close closes the file.
func (f *sheetFile) Close() error {
	return errors.Join(f.part.Close(), f.book.in.Close())
}

func (f *sheetFile) sheetFault(what, mend string) error {
	return fault(fmt.Sprintf("%s, sheet %.40q", f.book.in.path, f.sheet.name), 0, what, mend)
}

// fault is something wrong with a cell.
func (f *sheetFile) fault(column int, what, mend string) error {
	return fault(fmt.Sprintf("%s, sheet %.40q, cell %s", f.book.in.path, f.sheet.name, cellName(f.at, column)), 0, what, mend)
}

// header reads the first row that has a value: the names, or without a header its cells.
func (f *sheetFile) header() error {
	err := f.fill()
	if errors.Is(err, io.EOF) {
		return errNoCells
	} else if err != nil {
		return err
	}
	f.table = area{f.at + 1, f.spans[0].column, f.at, f.spans[len(f.spans)-1].column}
	if f.form.headless {
		f.first, f.table.top = true, f.at
	}
	f.cells = make([]cell, f.table.right-f.table.left+1)
	for i := range f.cells {
		f.names = append(f.names, columnLetters(f.table.left+i))
	}
	if f.form.headless {
		return nil
	}
	known := map[string]int{}
	for _, s := range f.spans {
		if name := strings.TrimSpace(string(f.values[s.from:s.to])); name != "" {
			f.names[s.column-f.table.left] = name
		}
	}
	for i, name := range f.names {
		lower := strings.ToLower(name)
		if other, twice := known[lower]; twice {
			return f.fault(f.table.left+i, "the column has the same name as that of "+cellName(f.at, other), "Columns are told apart by their names, whatever the case of their letters: rename one in the workbook.")
		}
		known[lower] = f.table.left + i
	}
	return nil
}

// row gives the next row that has a value, or io.EOF when the workbook was read to its end.
func (f *sheetFile) row() ([]cell, error) {
	if !f.first {
		if err := f.fill(); err != nil {
			return nil, err
		}
	}
	f.first = false
	clear(f.cells)
	for _, s := range f.spans {
		if s.column < f.table.left || s.column > f.table.right {
			return nil, f.fault(s.column, "a value stands beside the table, whose first row goes from "+columnLetters(f.table.left)+" to "+columnLetters(f.table.right),
				fmt.Sprintf("Give its column a name there, empty the cell, or say in the model's sql which cells count: range = '%s:%s'.", cellName(f.table.top, f.table.left), columnLetters(f.table.right)))
		}
		f.cells[s.column-f.table.left] = cell{text: f.values[s.from:s.to]}
	}
	f.table.bottom = f.at
	return f.cells, nil
}

// fill reads the next row of the area that has a value.
func (f *sheetFile) fill() error {
	f.values, f.spans = f.values[:0], f.spans[:0]
	for {
		token, err := f.part.next()
		if err != nil {
			return err
		}
		switch t := token.(type) {
		case xml.StartElement:
			err = f.element(t)
		case xml.EndElement:
			if t.Name.Local == "row" && len(f.part.path) == 2 && len(f.spans) > 0 {
				return nil
			}
		}
		if err != nil {
			return err
		}
	}
}

// element takes a row's or a cell's beginning, and the areas that are one cell.
func (f *sheetFile) element(e xml.StartElement) error {
	switch strings.Join(f.part.path, "/") {
	case "worksheet/sheetData/row":
		n := f.at + 1
		if r := attribute(e, "r"); r != "" {
			n, _ = strconv.Atoi(r)
		}
		if n <= f.at || n > maxRows {
			return damaged(f.book.in.path, "its rows are not in order")
		}
		f.at, f.column = n, 0
	case "worksheet/sheetData/row/c":
		return f.cell(e)
	case "worksheet/mergeCells/mergeCell":
		a, ok := areaOf(attribute(e, "ref"))
		if ok && a.meets(f.table) {
			return f.sheetFault("the cells "+cellName(a.top, a.left)+" to "+cellName(a.bottom, a.right)+" are merged, so whose their value is, is not certain", "Unmerge them in the workbook, and write the value into each cell that has it.")
		}
	}
	return nil
}
