package duckdb

import (
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	// maxTexts bounds the texts of a workbook, which are kept while its sheet is read.
	maxTexts     = 256_000_000
	maxTextCount = 16_000_000
	// maxCell is what a cell can hold in Excel: 32,767 letters of up to four bytes.
	maxCell = 4 * 32_767
)

// sharedTexts are those that the cells of a workbook share, one behind the other.
type sharedTexts struct {
	all  []byte
	ends []uint32
}

func (t *sharedTexts) at(i int) (text []byte, ok bool) {
	if i < 0 || i >= len(t.ends) {
		return nil, false
	}
	from := uint32(0)
	if i > 0 {
		from = t.ends[i-1]
	}
	return t.all[from:t.ends[i]], true
}

// readTexts reads the part of the texts that cells share.
func (b *workbook) readTexts(name string) error {
	p, err := b.open(name, maxPart)
	if err != nil {
		return err
	}
	for {
		t, err := p.next()
		if errors.Is(err, io.EOF) {
			return p.Close()
		}
		if e, ok := t.(xml.StartElement); ok && len(p.path) == 2 && e.Name.Local == "si" {
			b.texts.all, err = p.text(b.texts.all)
			b.texts.ends = append(b.texts.ends, uint32(len(b.texts.all)))
		}
		if err == nil && (len(b.texts.all) > b.most.texts || len(b.texts.ends) > b.most.textCount) {
			err = fault(b.in.path, 0, "the workbook has more text than Eddy takes", "Save the sheet as CSV UTF-8, which has no limit.")
		}
		if err != nil {
			return errors.Join(err, p.Close())
		}
	}
}

// text adds the text of the element that was just opened, whatever parts of it look like,
// and without what says how it is spoken.
func (p *xmlPart) text(to []byte) ([]byte, error) {
	depth, from := len(p.path), len(to)
	for {
		token, err := p.next()
		if err != nil {
			return to, err
		}
		switch t := token.(type) {
		case xml.CharData:
			if p.path[len(p.path)-1] == "t" && !slices.Contains(p.path, "rPh") {
				to = append(to, t...)
			}
		case xml.EndElement:
			if len(p.path) < depth {
				return unescape(to, from), nil
			}
		}
		if len(to)-from > 8*maxCell {
			return to, damaged(p.in.path, "a text in it is longer than a cell can be")
		}
	}
}

// unescape replaces what Excel writes for letters that XML cannot have, _x000D_, in a text
// from a place on.
func unescape(text []byte, from int) []byte {
	s := string(text[from:])
	if !strings.Contains(s, "_x") {
		return text
	}
	text = text[:from]
	for {
		i := strings.Index(s, "_x")
		if i < 0 || len(s) < i+7 {
			return append(text, s...)
		}
		code, err := strconv.ParseUint(s[i+2:i+6], 16, 16)
		if letter := rune(code); err == nil && s[i+6] == '_' && !utf16.IsSurrogate(letter) {
			text = utf8.AppendRune(append(text, s[:i]...), letter)
			s = s[i+7:]
			continue
		}
		text = append(text, s[:i+2]...)
		s = s[i+2:]
	}
}
