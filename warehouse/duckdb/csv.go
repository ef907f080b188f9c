package duckdb

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/unicode"

	"github.com/eddy-retl/eddy"
)

// form is how a CSV file is written. Nothing of it is guessed from rows.
type form struct {
	delimiter string // empty: the one that the header line has
	quote     byte   // 0: none
	escape    byte
	comment   byte // 0: none
	headless  bool
	skip      int
	null      string // another text than the empty one that stands for no value
	encoding  string
	cells     int // the most of a row
}

func usualForm() form { return form{quote: '"', escape: '"', encoding: encodingUTF8, cells: maxCells} }

// maxCells bounds the cells of a row, each of which takes more memory than its text.
const maxCells = 100_000

// maxRow bounds a row, so that a quote that is never closed does not take the memory.
const maxRow = 16_000_000

// cell is one value of a row. Its text is valid until the next row is read.
type cell struct {
	text   []byte
	quoted bool
}

// csvFile reads the rows of one CSV file, strictly: each row has as many cells as the
// header, quotes are closed, texts are valid in their encoding. Whatever is not so is an
// error with its line, and without a value (promise 10).
type csvFile struct {
	in    *input
	text  io.Reader
	form  form
	names []string
	// line is where the last row began, next where the following one does.
	line, next int
	eol        byte
	buf        []byte
	at         int // in buf, the next row
	end        error
	cells      []cell
	// first is the first row where there is no header line, until it is given.
	first []cell
}

// csvTable is CSV files of one form as a table, and the delimiter of the first one.
func csvTable(ctx context.Context, files []string, p packing, f form) (t *fileTable, delimiter string, err error) {
	t, err = newFileTable(files, func(path string) (rowFile, error) {
		packs := p
		if packs == "" {
			packs = packingOf(path)
		}
		c, err := openCSV(ctx, path, packs, f)
		if err != nil {
			return nil, err
		}
		if delimiter == "" {
			delimiter = c.form.delimiter
		}
		return c, nil
	})
	return t, delimiter, err
}

// openCSV opens a file and reads its header line.
func openCSV(ctx context.Context, path string, p packing, f form) (*csvFile, error) {
	in, err := openInput(path, p)
	if err != nil {
		return nil, err
	}
	return beginCSV(ctx, in, f)
}

// beginCSV reads the header line of a file that is open, and closes it where there is none.
func beginCSV(ctx context.Context, in *input, f form) (*csvFile, error) {
	in.stop = ctx.Err
	c := &csvFile{in: in, text: decoded(in, f.encoding), form: f, next: 1, eol: '\n'}
	if err := c.header(); err != nil {
		return nil, errors.Join(err, in.Close())
	}
	return c, nil
}

func (c *csvFile) columns() []string { return c.names }

func (c *csvFile) input() *input { return c.in }

func (c *csvFile) headFault(what, mend string) error { return c.fault(c.line, what, mend) }

func (c *csvFile) fault(line int, what, mend string) error { return fault(c.in.path, line, what, mend) }

// fill reads more of the file behind what is still to be read.
func (c *csvFile) fill() error {
	if c.end != nil {
		return nil //nolint:nilerr // it was told; what was read before is still to be taken
	}
	const block = 1 << 18
	c.buf = c.buf[:copy(c.buf, c.buf[c.at:])]
	c.at = 0
	n := len(c.buf)
	if n > maxRow {
		return c.fault(c.next, "it is longer than 16,000,000 bytes, or a quote is opened there and never closed", "Mend the file, or say with csv: {quote} how it quotes.")
	}
	more := max(block, n)
	c.buf = append(c.buf, make([]byte, more)...)
	for n < len(c.buf) && c.end == nil {
		var got int
		got, c.end = c.text.Read(c.buf[n:])
		n += got
	}
	c.buf = c.buf[:n]
	switch {
	case errors.Is(c.end, errEncoding):
		return c.fault(c.next+bytes.Count(c.buf, []byte{c.eol}), "it is not valid "+c.form.encoding, "Say in csv: {encoding} how the file is written, or export it as UTF-8.")
	case errors.Is(c.end, unicode.ErrMissingBOM):
		return c.fault(0, "it does not begin with the byte order mark of utf-16", "Export it with its mark, or as UTF-8.")
	case c.end != nil && !errors.Is(c.end, io.EOF):
		return c.end
	}
	return nil
}

// header reads what comes before the rows: the mark, lines to skip, the names.
func (c *csvFile) header() error {
	if err := c.fill(); err != nil {
		return err
	}
	if len(c.buf) == 0 {
		return empty(c.in.path)
	}
	c.at = len(c.buf) - len(bytes.TrimPrefix(c.buf, []byte("\xef\xbb\xbf")))
	head, _, _ := bytes.Cut(c.buf, []byte("\n"))
	if bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff")) || bytes.IndexByte(head, 0) >= 0 {
		return c.fault(0, "the file is UTF-16, and is read as UTF-8", "Set csv: {encoding: utf-16} of its source, or export the file as UTF-8.")
	}
	if i := bytes.IndexAny(c.buf[c.at:], "\r\n"); i >= 0 && c.buf[c.at+i] == '\r' && !bytes.HasPrefix(c.buf[c.at+i+1:], []byte("\n")) && c.at+i+1 < len(c.buf) {
		c.eol = '\r'
	}
	for range c.form.skip {
		if err := c.skipLine(); err != nil {
			return err
		}
	}
	if err := c.findDelimiter(); err != nil {
		return err
	}
	return c.takeNames()
}

// skipLine leaves out one line, whatever it says.
func (c *csvFile) skipLine() error {
	for bytes.IndexByte(c.buf[c.at:], c.eol) < 0 && c.end == nil {
		if err := c.fill(); err != nil {
			return err
		}
	}
	i := bytes.IndexByte(c.buf[c.at:], c.eol)
	if i < 0 {
		return c.fault(0, "the file has no more lines than csv: {skip} leaves out", "Check skip, and the file.")
	}
	c.at += i + 1
	c.next++
	return nil
}

// findDelimiter takes the delimiter that the header line has, if there is only one kind.
func (c *csvFile) findDelimiter() error {
	if c.form.delimiter != "" {
		return nil
	}
	name := strings.TrimSuffix(strings.TrimSuffix(strings.ToLower(c.in.path), ".gz"), ".zst")
	if filepath.Ext(name) == ".tsv" {
		c.form.delimiter = "\t"
		return nil
	}
	line := c.buf[c.at:]
	for c.form.comment != 0 && len(line) > 0 && line[0] == c.form.comment {
		_, line, _ = bytes.Cut(line, []byte{c.eol})
	}
	found := map[byte]bool{}
	inside := false
	for _, b := range line {
		switch {
		case b == c.form.quote && b != 0:
			inside = !inside
		case inside:
		case b == c.eol:
			return c.oneDelimiter(found)
		case strings.IndexByte(",;\t|", b) >= 0:
			found[b] = true
		}
	}
	return c.oneDelimiter(found)
}

func (c *csvFile) oneDelimiter(found map[byte]bool) error {
	if len(found) > 1 {
		return c.fault(c.next, "more than one of comma, semicolon, tab and bar is in the first line, so what separates its cells is not certain", "Say it: csv: {delimiter: \";\"} on the source, or delim in read_csv.")
	}
	c.form.delimiter = ","
	for b := range found {
		c.form.delimiter = string(b)
	}
	return nil
}

// takeNames reads the header line, or without one counts the cells of the first row.
func (c *csvFile) takeNames() error {
	cells, err := c.record()
	if errors.Is(err, io.EOF) {
		return c.fault(0, "the file has no header line", "Have the export write one, or say csv: {header: false}.")
	} else if err != nil {
		return err
	}
	for i, x := range cells {
		name := strings.TrimSpace(string(x.text))
		if c.form.headless || name == "" {
			name = fmt.Sprintf("column%d", i)
		}
		for at, other := range c.names {
			if strings.EqualFold(other, name) {
				return c.fault(c.line, fmt.Sprintf("columns %d and %d of the header have the same name", at+1, i+1), "Columns are told apart by their names, whatever the case of their letters: rename one in the export.")
			}
		}
		c.names = append(c.names, name)
	}
	if c.form.headless {
		c.first = c.first[:0]
		for _, x := range cells {
			c.first = append(c.first, cell{bytes.Clone(x.text), x.quoted})
		}
	}
	return nil
}

// row gives the next row, or io.EOF when the file was read to its verified end.
func (c *csvFile) row() ([]cell, error) {
	if cells := c.first; cells != nil {
		c.first = nil
		return cells, nil
	}
	for {
		cells, err := c.record()
		if err != nil {
			return nil, err
		}
		if len(cells) == 1 && len(c.names) > 1 && len(cells[0].text) == 0 && !cells[0].quoted {
			continue // an empty line has no values
		}
		if len(cells) != len(c.names) {
			return nil, c.fault(c.line, fmt.Sprintf("%s, the header has %d", eddy.Plural(int64(len(cells)), "field"), len(c.names)), "Mend the file or its export: a cell with the delimiter or a line's end in it stands in quotes.")
		}
		return cells, nil
	}
}

// record reads one line of cells, and leaves out comments.
func (c *csvFile) record() ([]cell, error) {
	for {
		rest, last := c.buf[c.at:], c.end != nil
		if len(rest) == 0 && last {
			return nil, io.EOF
		}
		c.line = c.next
		used, err := 0, error(nil)
		comment := len(rest) > 0 && c.form.comment != 0 && rest[0] == c.form.comment
		if comment {
			used = lineLength(rest, c.eol, last)
		} else if len(rest) > 0 {
			used, err = c.parse(rest, last)
		}
		if err != nil {
			return nil, err
		}
		if used == 0 {
			if err := c.fill(); err != nil {
				return nil, err
			}
			continue
		}
		if c.form.encoding == encodingUTF8 && !utf8.Valid(rest[:used]) {
			return nil, c.fault(c.line, "it is not valid UTF-8", "Say in csv: {encoding} of the source how the file is written: windows-1252, latin-1 or utf-16; or export it as UTF-8.")
		}
		c.at += used
		c.next += max(1, bytes.Count(rest[:used], []byte{c.eol}))
		if !comment {
			return c.cells, nil
		}
	}
}

// lineLength is the length of the first line with its end; 0 when more is needed.
func lineLength(rest []byte, eol byte, last bool) int {
	i := bytes.IndexByte(rest, eol)
	if i < 0 && last {
		return len(rest)
	}
	return i + 1
}

// parse takes the cells of one row, and says how long it is; 0 when more is needed.
func (c *csvFile) parse(rest []byte, last bool) (int, error) {
	c.cells = c.cells[:0]
	used := lineLength(rest, c.eol, last)
	if used == 0 {
		return 0, nil
	}
	if c.form.quote == 0 || bytes.IndexByte(rest[:used], c.form.quote) < 0 {
		line, err := c.bare(rest[:used])
		for more := err == nil; more; {
			if len(c.cells) == c.form.cells {
				return 0, c.tooWide()
			}
			var text []byte
			text, line, more = bytes.Cut(line, []byte(c.form.delimiter))
			c.cells = append(c.cells, cell{text: text})
		}
		return used, err
	}
	for at := 0; ; {
		if len(c.cells) == c.form.cells {
			return 0, c.tooWide()
		}
		n, ended, err := c.cell(rest[at:], last)
		if err != nil || n < 0 {
			return 0, err
		}
		if at += n; ended {
			return at, nil
		}
	}
}

func (c *csvFile) tooWide() error {
	return c.fault(c.line, fmt.Sprintf("it has more than %d cells", c.form.cells), "Leave out the columns that are not needed; if there are none, check what parts the cells.")
}

// bare is a text outside quotes without the end of its line; another end inside is not
// certain to be one.
func (c *csvFile) bare(text []byte) ([]byte, error) {
	text = bytes.TrimSuffix(text, []byte{c.eol})
	other := byte('\r')
	if c.eol == '\r' {
		other = '\n'
	} else {
		text = bytes.TrimSuffix(text, []byte("\r"))
	}
	if bytes.IndexByte(text, other) >= 0 {
		return nil, c.fault(c.line, "another sign of a line's end is in a cell without quotes", "Have the export quote such cells, and end all lines alike.")
	}
	return text, nil
}

// cell takes one cell with what ends it, and says how long that is, -1 when more is
// needed, and whether it ended the row.
func (c *csvFile) cell(rest []byte, last bool) (n int, ended bool, err error) {
	open := 0
	for open < len(rest) && rest[open] == ' ' && c.form.delimiter != " " {
		open++
	}
	if open == len(rest) && !last {
		return -1, false, nil
	}
	if open < len(rest) && rest[open] == c.form.quote {
		text, n, err := c.unquote(rest[open+1:], last)
		if err != nil || n < 0 {
			return -1, false, err
		}
		c.cells = append(c.cells, cell{text, true})
		n += open + 1
		more, ended, err := c.closed(rest[n:], last)
		if more < 0 {
			n = 0
		}
		return n + more, ended, err
	}
	stop := lineLength(rest, c.eol, last)
	if stop == 0 && !last {
		return -1, false, nil
	}
	if i := bytes.Index(rest[:stop], []byte(c.form.delimiter)); i >= 0 {
		text, err := c.bare(rest[:i])
		c.cells = append(c.cells, cell{text: text})
		return i + len(c.form.delimiter), false, err
	}
	text, err := c.bare(rest[:stop])
	c.cells = append(c.cells, cell{text: text})
	return stop, true, err
}

// unquote takes a text up to its closing quote, and says how long it is with that.
func (c *csvFile) unquote(rest []byte, last bool) (text []byte, n int, err error) {
	q, esc := c.form.quote, c.form.escape
	copied := false
	from := 0
	for i := 0; i < len(rest); i++ {
		b := rest[i]
		if b != q && (b != esc || esc == 0) {
			continue
		}
		if i+1 == len(rest) && !last {
			return nil, -1, nil
		}
		escaped := b == esc && i+1 < len(rest) && (rest[i+1] == q || rest[i+1] == esc)
		switch {
		case escaped:
			text, copied = append(text, rest[from:i]...), true
			from = i + 1
			i++
		case b == q && copied:
			return append(text, rest[from:i]...), i + 1, nil
		case b == q:
			return rest[:i], i + 1, nil
		default:
			return nil, 0, c.fault(c.line, "the escape character stands before something else than a quote", "Say with csv: {escape} how the file writes a quote in a cell.")
		}
	}
	if last {
		return nil, 0, c.fault(c.line, "a quote is opened and not closed", "The file may be cut off: have it exported again. If it does not quote cells at all, set csv: {quote: \"\"}.")
	}
	return nil, -1, nil
}

// closed takes what follows a closing quote: a delimiter or the end of the row.
func (c *csvFile) closed(rest []byte, last bool) (n int, ended bool, err error) {
	for n < len(rest) && rest[n] == ' ' && c.form.delimiter != " " {
		n++
	}
	rest = rest[n:]
	switch {
	case len(rest) == 0 && last:
		return n, true, nil
	case bytes.HasPrefix(rest, []byte(c.form.delimiter)):
		return n + len(c.form.delimiter), false, nil
	case len(rest) > 0 && rest[0] == c.eol:
		return n + 1, true, nil
	case len(rest) > 1 && rest[0] == '\r' && rest[1] == c.eol:
		return n + 2, true, nil
	case string(rest) == "\r" && last:
		return n + 1, true, nil
	case !last && len(rest) < max(2, len(c.form.delimiter)):
		return -1, false, nil
	}
	return 0, false, c.fault(c.line, "something else than the delimiter follows a closing quote", "Mend the file: a quote in a cell is written twice. If it does not quote cells at all, set csv: {quote: \"\"}.")
}

// value is a cell's text; ok false is none.
func (c *csvFile) value(x cell) (text []byte, ok bool) {
	return x.text, len(x.text) > 0 && (x.quoted || c.form.null == "" || string(x.text) != c.form.null)
}

// Close closes the file.
func (c *csvFile) Close() error { return c.in.Close() }
