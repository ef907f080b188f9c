package duckdb

import (
	"bytes"
	"context"
	"errors"
	"io"

	"github.com/eddy-retl/eddy"
)

// jsonShape follows the brackets and quotes of a JSON file, because DuckDB takes a list
// that is cut off behind a comma for a whole one. What is between them it checks itself.
type jsonShape struct {
	depth  int
	inside bool // a text
	skip   bool // the next byte of the text
	begun  bool
	// list says that the file is one list; records counts the objects that are rows, other
	// says that there is something else beside them, so that they are not the rows.
	list, comma, ended bool
	records            int64
	other              bool
	line               int
}

// verifyJSON reads a file to its verified end. It gives the number of rows, -1 where that
// cannot be told without reading values.
func verifyJSON(ctx context.Context, path string, p packing) (*input, int64, error) {
	in, err := openInput(path, p)
	if err != nil {
		return nil, 0, err
	}
	in.stop = ctx.Err
	s := jsonShape{line: 1}
	if err = s.read(in); err == nil {
		err = in.unchanged()
	}
	if s.other {
		s.records = -1
	}
	return in, s.records, errors.Join(err, in.Close())
}

func (s *jsonShape) read(in *input) error {
	buf := make([]byte, 1<<18)
	for {
		n, err := in.Read(buf)
		if fault := s.take(buf[:n]); fault != "" {
			return jsonFault(in.path, s.line, fault)
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if err == nil {
			continue
		}
		if fault := s.end(); fault != "" {
			return jsonFault(in.path, s.line, fault)
		}
		if !s.begun {
			return &eddy.Error{Code: eddy.CodeSource, What: in.path + " is empty: it has no record and no list", Mend: "If an export writes it, that failed; run it again. A list without records is []."}
		}
		return nil
	}
}

func jsonFault(path string, line int, what string) error {
	return fault(path, line, what, exportAgain)
}

// take follows some bytes, and says what cannot be.
func (s *jsonShape) take(p []byte) string {
	for len(p) > 0 {
		if s.inside {
			p = s.text(p)
			continue
		}
		b := p[0]
		p = p[1:]
		switch b {
		case '\n':
			s.line++
		case ' ', '\t', '\r', 0xEF, 0xBB, 0xBF:
		case '"':
			s.inside = true
			s.value(b)
		case '{', '[':
			s.open(b)
		case '}', ']':
			if s.depth--; s.depth < 0 {
				return "a bracket is closed that was not opened"
			}
			s.comma = false
			s.ended = s.list && s.depth == 0
		case ',':
			s.comma = true
		default:
			s.value(b)
		}
	}
	return ""
}

// text follows a text to its end.
func (s *jsonShape) text(p []byte) []byte {
	if s.skip {
		s.skip = false
		return p[1:]
	}
	i := bytes.IndexAny(p, "\"\\")
	if i < 0 {
		return nil
	}
	s.inside, s.skip = p[i] == '\\', p[i] == '\\'
	return p[i+1:]
}

func (s *jsonShape) open(b byte) {
	if !s.begun && b == '[' {
		s.list, s.begun = true, true
		s.depth++
		return
	}
	row := s.rowDepth()
	s.value(b)
	if row && b == '{' {
		s.records++
	}
	s.depth++
}

// rowDepth says that the next value is a row of the file.
func (s *jsonShape) rowDepth() bool { return s.list && s.depth == 1 || !s.list && s.depth == 0 }

// value notices a value that begins.
func (s *jsonShape) value(b byte) {
	s.begun, s.comma = true, false
	if s.ended || s.rowDepth() && b != '{' {
		s.other = true
	}
}

func (s *jsonShape) end() string {
	switch {
	case s.inside:
		return "the file is cut off within a text"
	case s.depth > 0:
		return "the file is cut off: a list or an object is not closed"
	case s.comma:
		return "the file is cut off behind a comma"
	}
	return ""
}
