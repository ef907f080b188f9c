package duckdb

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// workbook is an Excel workbook that is open: which sheets it has, its texts and how it
// shows numbers. Of all else that may be in it, macros and links to other files among it,
// nothing is read.
type workbook struct {
	in     *input
	files  map[string]*zip.File // by their names in lower case
	sheets []sheet
	// since1904 says that days are counted from 1904, and not from 1900.
	since1904 bool
	texts     sharedTexts
	formats   []format
	most      bookLimits
}

// bookLimits bound what of a workbook is in memory.
type bookLimits struct {
	// list is how many bytes a part unpacks to of which Eddy keeps something.
	list uint64
	// texts are the bytes of the texts that cells share, and textCount how many there are.
	texts, textCount int
	// sheets are those that are to be seen; with it, no two are one part.
	sheets int
}

// usualLimits are those of a workbook of which one sheet is read.
func usualLimits() bookLimits {
	return bookLimits{list: maxList, texts: maxTexts, textCount: maxTextCount}
}

// sheet is a sheet with cells, and its part.
type sheet struct {
	name   string
	hidden bool
	part   string
}

// openWorkbook opens a file and reads what is in it beside the sheets.
func openWorkbook(ctx context.Context, path string) (*workbook, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, openFault(path, err)
	}
	return beginWorkbook(ctx, path, file, usualLimits())
}

// beginWorkbook reads a file that is open, and closes it where it is no workbook.
func beginWorkbook(ctx context.Context, path string, file content, most bookLimits) (*workbook, error) {
	b := &workbook{most: most, in: &input{path: path, file: file, done: func() {}, stop: ctx.Err}, files: map[string]*zip.File{}}
	if err := b.begin(); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return b, nil
}

func (b *workbook) begin() (err error) {
	path := b.in.path
	if b.in.info, err = b.in.file.Stat(); err != nil {
		return err
	}
	switch {
	case b.in.info.IsDir():
		return fault(path, 0, "this is a folder", "Name a file in it, or all of one kind: folder/*.xlsx.")
	case b.in.info.Size() == 0:
		return fault(path, 0, "the file is empty", "If an export writes it, that failed; run it again.")
	case packingOf(path) != plain:
		return fault(path, 0, "a workbook is not compressed as a whole", "Unpack it: a workbook compresses what is in it.")
	}
	if err := b.isWorkbook(); err != nil {
		return err
	}
	directory := &bounded{r: b.in.file, left: maxDirectory}
	z, err := zip.NewReader(directory, b.in.info.Size())
	if err != nil {
		return brokenWorkbook(path, err)
	}
	directory.left = -1
	for _, f := range z.File {
		name := strings.ToLower(f.Name)
		if b.files[name] != nil {
			return damaged(path, "two parts of it have one name")
		}
		b.files[name] = f
	}
	return b.parts()
}

// isWorkbook refuses what the first bytes say is something else.
func (b *workbook) isWorkbook() error {
	head := make([]byte, 1<<20)
	n, err := io.ReadFull(io.NewSectionReader(b.in.file, 0, int64(len(head))), head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return readFault(b.in.path, err)
	}
	head = head[:n]
	switch {
	case bytes.HasPrefix(head, []byte(oldOfficeSign)):
		// A workbook with a password is in a file of the old form, beside how it was encrypted.
		if bytes.Contains(head, []byte("E\x00n\x00c\x00r\x00y\x00p\x00t\x00")) {
			return hasPassword(b.in.path)
		}
		return fault(b.in.path, 0, "this is an old Excel workbook (.xls), or one with a password", "Save it as an Excel workbook (.xlsx) without a password.")
	case !bytes.HasPrefix(head, []byte(zipSign)):
		return fault(b.in.path, 0, "this is not an Excel workbook", "Check the name, and how it is exported. A CSV file ends in .csv.")
	}
	return nil
}

// bounded reads no more than some bytes in all, until left is below zero.
type bounded struct {
	r    io.ReaderAt
	left int64
}

// ReadAt implements io.ReaderAt.
func (b *bounded) ReadAt(p []byte, at int64) (int, error) {
	if b.left >= 0 {
		if b.left -= int64(len(p)); b.left < 0 {
			return 0, zip.ErrFormat
		}
	}
	return b.r.ReadAt(p, at)
}

// open opens a part of a name.
func (b *workbook) open(name string, limit uint64) (*xmlPart, error) {
	f := b.files[strings.ToLower(name)]
	if f == nil {
		return nil, damaged(b.in.path, "a part is missing")
	}
	return openPart(b.in, f, limit)
}

// link is a relationship of a part: what another one is to it, and where that is.
type link struct{ kind, part string }

// links are the relationships of a part, by their ids.
func (b *workbook) links(of string) (map[string]link, error) {
	dir, base := path.Split(of)
	p, err := b.open(dir+"_rels/"+base+".rels", b.most.list)
	if err != nil {
		return nil, err
	}
	out := map[string]link{}
	return out, p.each(func(_ string, e xml.StartElement) {
		if e.Name.Local != "Relationship" || attribute(e, "TargetMode") == "External" {
			return
		}
		target := attribute(e, "Target")
		if !strings.HasPrefix(target, "/") {
			target = dir + target
		}
		kind := attribute(e, "Type")
		out[attribute(e, "Id")] = link{kind[strings.LastIndexByte(kind, '/')+1:], strings.TrimPrefix(path.Clean(target), "/")}
	})
}

// parts reads the list of sheets, the texts and the formats.
func (b *workbook) parts() error {
	links, err := b.links("")
	if err != nil {
		return err
	}
	main := ""
	for _, l := range links {
		if l.kind == "officeDocument" {
			main = l.part
		}
	}
	p, err := b.open(main, b.most.list)
	if err != nil {
		return err
	}
	if links, err = b.links(main); err != nil {
		return errors.Join(err, p.Close())
	}
	err = p.each(func(path string, e xml.StartElement) {
		switch l := links[attributeOf(e, "id")]; {
		case path == "workbook/sheets/sheet" && l.kind == "worksheet":
			b.sheets = append(b.sheets, sheet{attribute(e, "name"), strings.HasSuffix(strings.ToLower(attribute(e, "state")), "hidden"), l.part})
		case path == "workbook/workbookPr":
			b.since1904 = isTrue(attribute(e, "date1904"))
		}
	})
	if err == nil && b.most.sheets > 0 {
		err = b.fewSheets()
	}
	for _, l := range links {
		switch {
		case err != nil:
			return err
		case l.kind == "sharedStrings":
			err = b.readTexts(l.part)
		case l.kind == "styles":
			err = b.readFormats(l.part)
		}
	}
	return err
}

// fewSheets refuses more sheets than are read at once, and such that are one part, which unpacks
// for each of them again.
func (b *workbook) fewSheets() error {
	seen, parts := 0, map[string]bool{}
	for _, s := range b.sheets {
		part := strings.ToLower(s.part)
		if parts[part] {
			return damaged(b.in.path, "two of its sheets are one part")
		}
		if parts[part] = true; !s.hidden {
			seen++
		}
	}
	if seen > b.most.sheets {
		return fault(b.in.path, 0, fmt.Sprintf("the workbook has %d sheets, and at most %d are read", seen, b.most.sheets), "Leave out the sheets that are not needed.")
	}
	return nil
}

// attributeOf is the value of an attribute that has a prefix.
func attributeOf(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name && a.Name.Space != "" {
			return a.Value
		}
	}
	return ""
}

func isTrue(s string) bool { return s == "1" || s == "true" }

// choose is the sheet of a name; without one it is the only one that is to be seen.
func (b *workbook) choose(name string) (sheet, error) {
	var seen, all []string
	var only sheet
	for _, s := range b.sheets {
		if name != "" && strings.EqualFold(s.name, name) {
			return s, nil
		}
		quoted := fmt.Sprintf("%.40q", s.name)
		if s.hidden {
			all = append(all, quoted+" (hidden)")
			continue
		}
		only = s
		all, seen = append(all, quoted), append(seen, quoted)
	}
	if name == "" && len(seen) == 1 {
		return only, nil
	}
	if more := len(all) - 20; more > 0 {
		all = append(all[:20], fmt.Sprintf("%d more", more))
	}
	has := "it has " + strings.Join(all, ", ")
	mend := "Say in the model's sql which one: SELECT * FROM read_xlsx('" + filepath.Base(b.in.path) + "', sheet = 'Customers')."
	switch {
	case len(all) == 0:
		return sheet{}, damaged(b.in.path, "it has no sheet with cells")
	case name != "":
		return sheet{}, fault(b.in.path, 0, fmt.Sprintf("the workbook has no sheet %q: %s", name, has), mend)
	case len(seen) == 0:
		return sheet{}, fault(b.in.path, 0, "all sheets of the workbook are hidden: "+has, mend)
	}
	return sheet{}, fault(b.in.path, 0, "the workbook has more than one sheet, and which one is meant is not certain: "+has, mend)
}
