package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/eddy-retl/eddy/warehouse"
	"github.com/eddy-retl/eddy/warehouse/duckdb"
)

// Marks are in every value that the privacy test plants. They are made of letters or
// digits only, so that they survive every normalisation, and long enough to come about
// nowhere else.
const (
	// markText is in e-mail addresses, handles, device ids, and in what is none of these.
	markText = "zqxjkvwpyh"
	// markPhone are the digits that phone numbers share, markID those of an X user id.
	markPhone = "2015550173"
	markID    = "773051904477"
	// markPartner is in partner_user_id, which X and the state may see as it is.
	markPartner = "qvzpartnerxj"
	// markSecret is in the secrets of the configuration.
	markSecret = "wvhushsecretqx"
)

// personal are the marks that no place may hold but the warehouse.
func personal() []string { return []string{markText, markPhone, markID, markSecret} }

// form is one way to write a mark.
type form struct {
	mark, name string
	text       []byte
	// exact forms are told by case; all others are looked for in lower case.
	exact bool
}

// digits says that the form is a mark of digits as it is, which people set signs between.
func (f form) digits() bool { return f.mark[0] <= '9' && f.name == "text" }

// formsOf are the ways in which a mark may stand somewhere: as it is, in any case, in
// other encodings, and within a longer text that was encoded as a whole.
func formsOf(marks ...string) (out []form) {
	for _, mark := range marks {
		out = append(out, form{mark, "text", []byte(mark), false})
		wide := utf16.Encode([]rune(mark))
		little, big := make([]byte, 0, 2*len(wide)), make([]byte, 0, 2*len(wide))
		for _, u := range wide {
			little, big = append(little, byte(u), byte(u>>8)), append(big, byte(u>>8), byte(u))
		}
		out = append(out, form{mark, "UTF-16LE", little, false}, form{mark, "UTF-16BE", big, false})
		spellings := []string{mark, strings.ToUpper(mark), strings.ToUpper(mark[:1]) + mark[1:]}
		slices.Sort(spellings)
		for _, s := range slices.Compact(spellings) {
			out = append(out, form{mark, "hex", []byte(hex.EncodeToString([]byte(s))), false})
			for shift := range 3 {
				// The first and the last characters depend on what stands beside the mark.
				code := base64.RawStdEncoding.EncodeToString([]byte(strings.Repeat("\x00", shift) + s))
				out = append(out, form{mark, "base64", []byte(code[(shift*4+2)/3 : len(code)-1]), true})
			}
		}
	}
	return out
}

// find names the forms that stand in data. Digits are also found where blanks, brackets,
// dashes and dots are set between them.
func find(data []byte, forms []form) (found []string) {
	lower := slices.Clone(data)
	for i, b := range lower {
		if b >= 'A' && b <= 'Z' {
			lower[i] = b + 'a' - 'A'
		}
	}
	closed := slices.DeleteFunc(slices.Clone(lower), func(b byte) bool { return strings.IndexByte(" ().-+/", b) >= 0 })
	for _, f := range forms {
		in := lower
		if f.exact {
			in = data
		}
		if bytes.Contains(in, f.text) || f.digits() && bytes.Contains(closed, f.text) {
			found = append(found, f.mark+" as "+f.name)
		}
	}
	return found
}

// findFiles names the files below a folder that hold a form, the names of files included.
func findFiles(t *testing.T, dir string, forms []form) (found []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		data := []byte(d.Name() + "\n")
		if d.Type().IsRegular() {
			body, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			data = append(data, body...)
		}
		for _, f := range find(data, forms) {
			found = append(found, strings.TrimPrefix(path, dir)+" has "+f)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestPrivacySearchFinds plants marks in every form and every kind of place: what the
// privacy test does not find is then not there.
func TestPrivacySearchFinds(t *testing.T) {
	wide := func(s string) string {
		var b strings.Builder
		for _, u := range utf16.Encode([]rune(s)) {
			b.WriteByte(byte(u))
			b.WriteByte(byte(u >> 8))
		}
		return b.String()
	}
	for name, text := range map[string]string{
		"as it is": "mail " + markText + "@x.com", "in capitals": strings.ToUpper(markText), "mixed": "\xff" + strings.ToUpper(markText[:4]) + markText[4:],
		"UTF-16": "\x00" + wide("a"+markText), "big UTF-16": "a" + wide(markText+"b"), "hex": hex.EncodeToString([]byte("x" + markText)), "upper hex": strings.ToUpper(hex.EncodeToString([]byte(markText))),
		"base64":       base64.StdEncoding.EncodeToString([]byte(markText + "@example.com")),
		"base64 by 1":  base64.URLEncoding.EncodeToString([]byte("a" + markText + "@example.com")),
		"base64 by 2":  base64.StdEncoding.EncodeToString([]byte("ab" + strings.ToUpper(markText[:1]) + markText[1:])),
		"phone number": "+1 (201) 555-01.73", "phone in hex": hex.EncodeToString([]byte("+1" + markPhone)), "X user id": `"` + markID + `"`, "secret": "k=" + markSecret,
	} {
		if len(find([]byte(text), formsOf(personal()...))) == 0 {
			t.Errorf("%s: not found in %q", name, text)
		}
	}
	if found := find([]byte(strings.Repeat("0123456789abcdef zqxjkvwpy 201555017 ", 1000)), formsOf(personal()...)); found != nil {
		t.Errorf("found where there is nothing: %v", found)
	}
	// A state file as Eddy writes it, with what it must never be given.
	dir := t.TempDir()
	s, err := duckdb.Engine{Path: filepath.Join(dir, "c.duckdb")}.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Exec(t.Context(), "CREATE TABLE "+s.Schema()+".leak AS SELECT i AS n, 'x' || i || '@' || "+warehouse.QuoteText(strings.ToUpper(markText))+" AS v FROM range(5000) t(i)")
	if err == nil {
		err = s.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	if found := findFiles(t, dir, formsOf(markText)); len(found) == 0 {
		t.Error("not found in a state file")
	}
}
