package duckdb

import (
	"errors"
	"io"
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// TestEncodings: what is longer than any buffer comes whole, whichever letter lies across
// its end; what an encoding does not have comes up to there, with an error.
func TestEncodings(t *testing.T) {
	for shift := range 4 {
		text := strings.Repeat("a", shift) + strings.Repeat("é€ß", 30_000)
		for name, e := range map[string]*encoding.Encoder{
			encodingUTF16:       unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewEncoder(),
			encodingLatin1:      charmap.ISO8859_1.NewEncoder(),
			encodingWindows1252: charmap.Windows1252.NewEncoder(),
		} {
			want := text
			if name == encodingLatin1 {
				want = strings.ReplaceAll(text, "€", "ñ")
			}
			file, err := e.String(want)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := io.ReadAll(decoded(strings.NewReader(file), name)); err != nil || string(got) != want {
				t.Errorf("%s, %d letters before: %d bytes of %d, %v", name, shift, len(got), len(want), err)
			}
			if name == encodingLatin1 {
				continue // has all bytes
			}
			if got, err := io.ReadAll(decoded(strings.NewReader(file+map[string]string{encodingUTF16: "\xd8\x00\x00a", encodingWindows1252: "\x81a"}[name]), name)); !errors.Is(err, errEncoding) || string(got) != want {
				t.Errorf("%s, wrong at its end: %d bytes of %d, %v", name, len(got), len(want), err)
			}
		}
	}
	if _, err := io.ReadAll(decoded(strings.NewReader("a\x00"), encodingUTF16)); !errors.Is(err, unicode.ErrMissingBOM) {
		t.Errorf("no mark: %v", err)
	}
}
