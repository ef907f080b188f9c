package duckdb

import (
	"bytes"
	"errors"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// The encodings of CSV files, as the option csv.encoding names them.
const (
	encodingUTF8        = "utf-8"
	encodingUTF16       = "utf-16"
	encodingLatin1      = "latin-1"
	encodingWindows1252 = "windows-1252"
)

var errEncoding = errors.New("not valid in its encoding")

// decoded reads in of an encoding as UTF-8; UTF-8 itself is checked by line elsewhere.
// What an encoding does not have is errEncoding, never a replacement.
func decoded(in io.Reader, name string) io.Reader {
	var e encoding.Encoding
	switch name {
	case encodingUTF16:
		e = unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM)
	case encodingLatin1:
		e = charmap.ISO8859_1
	case encodingWindows1252:
		e = charmap.Windows1252
	default:
		return in
	}
	return transform.NewReader(in, transform.Chain(e.NewDecoder(), certain{}))
}

// certain passes UTF-8 on and ends with errEncoding at U+FFFD, which a decoder writes for
// what it could not read. A file that has this letter itself lost something before.
type certain struct{ transform.NopResetter }

// Transform implements transform.Transformer.
func (certain) Transform(dst, src []byte, _ bool) (nDst, nSrc int, err error) {
	good, _, lost := bytes.Cut(src, []byte(string(utf8.RuneError)))
	if lost {
		err = errEncoding
	}
	n := copy(dst, good)
	if n < len(good) {
		err = transform.ErrShortDst
	}
	return n, n, err
}
