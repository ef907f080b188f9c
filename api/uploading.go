package api

import (
	"bytes"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/destination"
	"github.com/eddy-retl/eddy/setup"
	"github.com/eddy-retl/eddy/store"
)

// uploading takes in a list of people. Nothing of it is kept but digests, and nothing of it is told
// but the numbers of lines (promise 10).
type uploading struct {
	hashing []setup.Hashing
	// header are the fields of the columns; nil where each line is one value.
	header []string
	out    destination.Prepared

	digests eddy.Digests
	answer  Uploaded
}

// read takes in a whole upload.
func (u *uploading) read(text []byte) error {
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	if !utf8.Valid(text) {
		return bad("", "the list is not UTF-8 text: save it as CSV in UTF-8")
	}
	r := csv.NewReader(bytes.NewReader(text))
	r.FieldsPerRecord, r.ReuseRecord, r.TrimLeadingSpace = -1, true, true
	if line, _, _ := bytes.Cut(text, []byte("\n")); bytes.ContainsRune(line, ';') && !bytes.ContainsRune(line, ',') {
		r.Comma = ';'
	}
	for first := true; ; first = false {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if e, ok := errors.AsType[*csv.ParseError](err); ok { // what it says of it beside has no value
			return bad("", "line %d is not CSV: %v", e.Line, e.Err)
		}
		if err != nil {
			return bad("", "the list is not CSV")
		}
		line, _ := r.FieldPos(0)
		if first && u.isHeader(row) {
			if err := u.readHeader(row); err != nil {
				return err
			}
			continue
		}
		u.row(line, row)
		if u.digests.Len() > store.MostDigests {
			return tooManyDigests()
		}
	}
}

// longestLine bounds what one line is worked out from, in bytes: nobody has as many addresses.
const longestLine = 64 << 10

// tooManyDigests ends an upload that no store would take, before all of it is in memory.
func tooManyDigests() *Problem {
	p := bad("", "the list has more than %s identities, where one that comes twice counts twice", eddy.Thousands(store.MostDigests))
	p.Mend = "Put the list into a table of the warehouse, and make a list of that."
	return p
}

// field is an identity field by its name, as a header has it.
func (u *uploading) field(name string) (eddy.Field, bool) {
	name = strings.ToLower(strings.TrimSpace(name))
	for _, h := range u.hashing {
		for _, f := range h.Fields {
			if f.Identity && f.Name == name {
				return f, true
			}
		}
	}
	return eddy.Field{}, false
}

// isHeader says that a first line names fields, or would have to.
func (u *uploading) isHeader(row []string) bool {
	return len(row) > 1 || slices.ContainsFunc(row, func(name string) bool {
		_, is := u.field(name)
		return is
	})
}

func (u *uploading) readHeader(row []string) error {
	for i, name := range row {
		f, known := u.field(name)
		switch {
		case !known:
			p := bad("", "column %d of the first line names no field", i+1)
			p.Mend = "Columns of a list are named " + strings.Join(u.names(), ", ") + "; leave all others out."
			return p
		case f.Plain:
			return bad("", "%s is sent as it is, and only digests are kept of an upload: put this list into a table", f.Name)
		}
		u.header = append(u.header, f.Name)
	}
	return nil
}

// names are the fields that can be uploaded.
func (u *uploading) names() (out []string) {
	for _, h := range u.hashing {
		for _, f := range h.Fields {
			if f.Identity && !f.Plain {
				out = append(out, f.Name)
			}
		}
	}
	return out
}

// row takes in one line.
func (u *uploading) row(line int, row []string) {
	if !slices.ContainsFunc(row, func(text string) bool { return strings.TrimSpace(text) != "" }) {
		return
	}
	header := u.header
	if header == nil {
		field, reason := guess(row)
		if reason != "" {
			u.bad(line, reason)
			return
		}
		header = []string{field}
	}
	if len(row) > len(header) {
		u.bad(line, "more columns than the first line has")
		return
	}
	values, length := map[string][]string{}, 0
	for i, text := range row {
		if length += len(text); length > longestLine {
			u.bad(line, "longer than a line may be")
			return
		}
		if text = strings.TrimSpace(text); text != "" {
			values[header[i]] = append(values[header[i]], text)
		}
	}
	if reason := u.hash(values); reason != "" {
		u.bad(line, reason)
		return
	}
	u.answer.Lines++
}

// digest is one identity of a line.
type digest struct {
	field string
	value []byte
}

// hash takes in the values of a line by field, all or, with a reason, none.
func (u *uploading) hash(values map[string][]string) (reason string) {
	var found []digest
	for _, h := range u.hashing {
		texts := make([]string, len(h.Fields))
		for i, f := range h.Fields {
			for _, text := range values[f.Name] {
				texts[i] = text
				if found, reason = u.prepare(h, texts, found); reason != "" {
					return reason
				}
			}
			texts[i] = ""
		}
	}
	if len(found) == 0 {
		return "names nobody"
	}
	for _, d := range found {
		u.digests[d.field] = append(u.digests[d.field], d.value...)
	}
	return ""
}

// prepare adds the digests of a cell, which may have several values separated by commas.
func (u *uploading) prepare(h setup.Hashing, texts []string, found []digest) (all []digest, reason string) {
	h.Preparer.Prepare(texts, &u.out)
	if len(u.out.Problems) > 0 {
		return nil, u.out.Problems[0].Reason
	}
	for _, id := range u.out.Identities {
		value, err := hex.DecodeString(string(id.Value))
		if err != nil {
			return nil, h.Fields[id.Field].Name + ": is no digest once it is prepared"
		}
		found = append(found, digest{h.Fields[id.Field].Name, value})
	}
	return found, ""
}

func (u *uploading) bad(line int, reason string) {
	u.answer.BadLines++
	if len(u.answer.Bad) < badLines {
		u.answer.Bad = append(u.answer.Bad, BadLine{line, reason})
	}
}

// guess tells the field of a line that is one value.
func guess(row []string) (field, reason string) {
	text := strings.TrimSpace(row[0])
	switch {
	case len(row) > 1:
		return "", "several columns, and the first line does not name fields"
	case strings.Contains(text, "@") && !strings.HasPrefix(text, "@"):
		return "email", ""
	case len(text) >= hex.EncodedLen(32):
		return "", "neither an address nor a number; for digests, name the field in the first line"
	case strings.ContainsAny(text, "0123456789") && !strings.ContainsFunc(text, func(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }):
		return "phone_number", ""
	default:
		return "", "neither an address nor a number"
	}
}
