package duckdb

import (
	"errors"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// The encodings of CSV files, as the option csv.encoding names them.
const (
	encodingUTF8        = "utf-8"
	encodingUTF16       = "utf-16"
	encodingLatin1      = "latin-1"
	encodingWindows1252 = "windows-1252"
)

var (
	errEncoding = errors.New("not valid in its encoding")
	errMark     = errors.New("no byte order mark")
)

// decoder reads a file of another encoding as UTF-8. What its encoding does not have is
// errEncoding, never a replacement.
type decoder struct {
	in     io.Reader
	decode func(out, in []byte, last bool) (_ []byte, used int, err error)
	raw    []byte
	out    []byte
	rest   []byte // of out
	err    error
}

// decoded reads in of an encoding as UTF-8; UTF-8 itself is checked by line elsewhere.
func decoded(in io.Reader, encoding string) io.Reader {
	switch encoding {
	case encodingUTF16:
		d := &decoder{in: in}
		d.decode = d.mark
		return d
	case encodingLatin1:
		return &decoder{in: in, decode: latin1}
	case encodingWindows1252:
		return &decoder{in: in, decode: windows1252}
	default:
		return in
	}
}

// Read gives what is decoded.
func (d *decoder) Read(p []byte) (int, error) {
	for len(d.rest) == 0 {
		if d.err != nil {
			return 0, d.err
		}
		d.more()
	}
	n := copy(p, d.rest)
	d.rest = d.rest[n:]
	return n, nil
}

func (d *decoder) more() {
	const block = 1 << 16
	at := len(d.raw)
	d.raw = append(d.raw, make([]byte, block)...)
	n, err := d.in.Read(d.raw[at:])
	d.raw = d.raw[:at+n]
	if err != nil {
		d.err = err
	}
	out, used, wrong := d.decode(d.out[:0], d.raw, errors.Is(err, io.EOF))
	d.out, d.rest = out, out
	d.raw = d.raw[:copy(d.raw, d.raw[used:])]
	if wrong != nil {
		d.err = wrong
	}
}

func latin1(out, in []byte, _ bool) ([]byte, int, error) {
	for _, b := range in {
		out = utf8.AppendRune(out, rune(b))
	}
	return out, len(in), nil
}

func windows1252(out, in []byte, _ bool) ([]byte, int, error) {
	const high = "€\x00‚ƒ„…†‡ˆ‰Š‹Œ\x00Ž\x00\x00‘’“”•–—˜™š›œ\x00žŸ" // 0x80 to 0x9F; 0 where there is none
	table := []rune(high)
	for i, b := range in {
		r := rune(b)
		if b >= 0x80 && b < 0xA0 {
			if r = table[b-0x80]; r == 0 {
				return out, i, errEncoding
			}
		}
		out = utf8.AppendRune(out, r)
	}
	return out, len(in), nil
}

// mark reads the byte order mark, and from then on what it says.
func (d *decoder) mark(out, in []byte, last bool) ([]byte, int, error) {
	if len(in) < 2 {
		if last {
			return out, 0, errMark
		}
		return out, 0, nil
	}
	big := in[0] == 0xFE && in[1] == 0xFF
	if !big && (in[0] != 0xFF || in[1] != 0xFE) {
		return out, 0, errMark
	}
	d.decode = func(out, in []byte, last bool) ([]byte, int, error) { return utf16Text(out, in, last, big) }
	out, used, err := d.decode(out, in[2:], last)
	return out, used + 2, err
}

func utf16Text(out, in []byte, last, big bool) ([]byte, int, error) {
	unit := func(at int) rune {
		if big {
			return rune(in[at])<<8 | rune(in[at+1])
		}
		return rune(in[at+1])<<8 | rune(in[at])
	}
	at := 0
	for at+1 < len(in) {
		r, width := unit(at), 2
		if utf16.IsSurrogate(r) {
			if at+3 >= len(in) {
				break
			}
			width = 4
			if r = utf16.DecodeRune(r, unit(at+2)); r == utf8.RuneError {
				return out, at, errEncoding
			}
		}
		out = utf8.AppendRune(out, r)
		at += width
	}
	if last && at < len(in) {
		return out, at, errEncoding
	}
	return out, at, nil
}
