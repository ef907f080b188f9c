package duckdb

import (
	"archive/zip"
	"bufio"
	"encoding/xml"
	"errors"
	"io"
	"strings"
)

const (
	// maxPart bounds what one part of a workbook unpacks to, so that a small file does not
	// take a machine for hours; maxList the parts of which Eddy keeps something.
	maxPart = 4_000_000_000
	maxList = 64_000_000
	// maxDirectory bounds the list of what is in a workbook.
	maxDirectory = 8_000_000
	// maxDepth is far deeper than a workbook's parts are.
	maxDepth = 64
)

// xmlPart is one file of XML in a workbook, read as a stream. It is whole only at its end,
// where its checksum is compared (promise 3).
type xmlPart struct {
	in   *input
	file io.ReadCloser
	d    *xml.Decoder
	// path are the elements that are open.
	path []string
	// since is what was read since the last token.
	since int
}

func openPart(in *input, f *zip.File, limit uint64) (*xmlPart, error) {
	switch {
	case f.Flags&1 != 0:
		return nil, hasPassword(in.path)
	case f.Method != zip.Store && f.Method != zip.Deflate:
		return nil, fault(in.path, 0, "the workbook is packed in a way that is not read", saveAgain)
	case f.UncompressedSize64 > limit:
		return nil, fault(in.path, 0, "the workbook unpacks to more than Eddy takes", "Save the sheet as CSV UTF-8, which has no limit.")
	}
	file, err := f.Open()
	if err != nil {
		return nil, brokenWorkbook(in.path, err)
	}
	p := &xmlPart{in: in, file: file}
	p.d = xml.NewDecoder(bufio.NewReaderSize(p, 1<<16))
	return p, nil
}

var errLongToken = errors.New("a text that does not end")

// Read unpacks, unless whoever wants the file gave up or one text takes all memory.
func (p *xmlPart) Read(b []byte) (int, error) {
	if err := p.in.stop(); err != nil {
		return 0, err
	}
	if p.since > maxRow {
		return 0, errLongToken
	}
	n, err := p.file.Read(b)
	p.since += n
	return n, err
}

// next is the next start or end of an element, or a text. The element that starts is the
// last one of path; one that ended is not in it any more.
func (p *xmlPart) next() (xml.Token, error) {
	for {
		token, err := p.d.RawToken()
		p.since = 0
		if errors.Is(err, io.EOF) && len(p.path) == 0 {
			return nil, io.EOF
		} else if err != nil {
			return nil, p.broken(err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			if len(p.path) == maxDepth {
				return nil, damaged(p.in.path, "its XML is too deep")
			}
			p.path = append(p.path, t.Name.Local)
			return t, nil
		case xml.EndElement:
			if len(p.path) == 0 || p.path[len(p.path)-1] != t.Name.Local {
				return nil, damaged(p.in.path, "its XML is not well-formed")
			}
			p.path = p.path[:len(p.path)-1]
			return t, nil
		case xml.CharData:
			return t, nil
		case xml.Directive: // entities are declared here; no spreadsheet program writes one
			return nil, damaged(p.in.path, "its XML declares something of its own")
		}
	}
}

// each calls visit with every element of a part, and closes it at its verified end.
func (p *xmlPart) each(visit func(path string, e xml.StartElement)) error {
	for {
		switch t, err := p.next(); {
		case errors.Is(err, io.EOF):
			return p.Close()
		case err != nil:
			return errors.Join(err, p.Close())
		default:
			if e, ok := t.(xml.StartElement); ok {
				visit(strings.Join(p.path, "/"), e)
			}
		}
	}
}

// Close closes the part.
func (p *xmlPart) Close() error { return p.file.Close() }

func (p *xmlPart) broken(err error) error {
	if stopped := p.in.stop(); stopped != nil {
		return stopped
	}
	if errors.Is(err, errLongToken) {
		return damaged(p.in.path, "a text in it is longer than 16,000,000 bytes")
	}
	return brokenWorkbook(p.in.path, err)
}

// attribute is the value of an element's attribute, whatever its prefix.
func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

const saveAgain = "Nothing was changed. Open it in a spreadsheet program, save it as an Excel workbook (.xlsx), and run again."

func damaged(path, what string) error {
	return fault(path, 0, "the workbook is damaged: "+what, saveAgain)
}

func hasPassword(path string) error {
	return fault(path, 0, "the workbook has a password", "Save a copy without one. In Excel: File, Info, Protect Workbook, Encrypt with Password; leave the field empty.")
}

// brokenWorkbook says what unpacking found. Its own words may have values of the file.
func brokenWorkbook(path string, err error) error {
	switch {
	case errors.Is(err, zip.ErrChecksum):
		return fault(path, 0, "the workbook is damaged: its checksum does not fit its content", exportAgain)
	case errors.Is(err, zip.ErrFormat), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return fault(path, 0, "the workbook is cut off, or is none", exportAgain)
	case isPathError(err):
		return readFault(path, err)
	}
	return damaged(path, "it cannot be unpacked, or its XML is not well-formed")
}
