package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
)

// scanner walks over JSON in memory. It is written by hand because benchmarks send five
// megabytes a request: encoding/json would be the slow part. Everything unusual (escapes,
// unknown values) is handed to encoding/json; a fuzz test holds the two together.
type scanner struct {
	data []byte
	at   int
}

// errSyntax is all a client learns about a body that is no JSON.
var errSyntax = errors.New("not valid JSON")

// peek skips white space and returns the next byte, 0 at the end.
func (s *scanner) peek() byte {
	for s.at < len(s.data) {
		switch c := s.data[s.at]; c {
		case ' ', '\t', '\n', '\r':
			s.at++
		default:
			return c
		}
	}
	return 0
}

// take skips the byte if it comes next.
func (s *scanner) take(c byte) bool {
	if s.peek() != c || s.at >= len(s.data) {
		return false
	}
	s.at++
	return true
}

// end is an error if anything but white space is left.
func (s *scanner) end() error {
	if s.peek(); s.at < len(s.data) {
		return errSyntax
	}
	return nil
}

// null skips a null.
func (s *scanner) null() bool {
	if s.peek() == 'n' && bytes.HasPrefix(s.data[s.at:], []byte("null")) {
		s.at += len("null")
		return true
	}
	return false
}

// array calls each for every element; the scanner stands before its opening bracket.
func (s *scanner) array(each func() error) error {
	if !s.take('[') {
		return errSyntax
	}
	if s.take(']') {
		return nil
	}
	for {
		if err := each(); err != nil {
			return err
		}
		if s.take(']') {
			return nil
		}
		if !s.take(',') {
			return errSyntax
		}
	}
}

// object calls each with every key; each must consume the value. The key is valid
// until the next call.
func (s *scanner) object(each func(key []byte) error) error {
	if !s.take('{') {
		return errSyntax
	}
	if s.take('}') {
		return nil
	}
	for {
		key, err := s.text()
		if err != nil {
			return err
		}
		if !s.take(':') {
			return errSyntax
		}
		if err := each(key); err != nil {
			return err
		}
		if s.take('}') {
			return nil
		}
		if !s.take(',') {
			return errSyntax
		}
	}
}

// raw returns the text between the next string's quotes as it stands if it holds no
// escape, which only plain tells for certain.
func (s *scanner) raw() ([]byte, error) {
	if s.peek() != '"' {
		return nil, errSyntax
	}
	n := bytes.IndexByte(s.data[s.at+1:], '"')
	if n < 0 {
		return nil, errSyntax
	}
	return s.data[s.at+1 : s.at+1+n], nil
}

// text reads a string and undoes its escapes.
func (s *scanner) text() ([]byte, error) {
	raw, err := s.raw()
	if err != nil {
		return nil, err
	}
	if plain(raw) {
		s.at += len(raw) + 2
		return raw, nil
	}
	literal, err := s.skip()
	if err != nil {
		return nil, err
	}
	var text string
	if json.Unmarshal(literal, &text) != nil {
		return nil, errSyntax
	}
	return []byte(text), nil
}

// plain says whether a string means its bytes: ASCII, no control bytes, no escapes.
func plain(b []byte) bool {
	for _, c := range b {
		if c < ' ' || c > '~' || c == '\\' {
			return false
		}
	}
	return true
}

// skip passes over any value and returns it, checked by encoding/json.
func (s *scanner) skip() ([]byte, error) {
	s.peek()
	start, depth := s.at, 0
	for {
		switch c := s.peek(); c {
		case 0:
			return nil, errSyntax
		case '{', '[':
			depth++
			s.at++
		case '}', ']':
			depth--
			s.at++
		case ',', ':':
			if depth == 0 {
				return nil, errSyntax
			}
			s.at++
		case '"':
			if !s.skipString() {
				return nil, errSyntax
			}
		default:
			s.skipWord()
		}
		if depth <= 0 {
			value := s.data[start:s.at]
			if !json.Valid(value) {
				return nil, errSyntax
			}
			return value, nil
		}
	}
}

// skipString passes over a string, escapes and all.
func (s *scanner) skipString() bool {
	for s.at++; s.at < len(s.data); s.at++ {
		switch s.data[s.at] {
		case '\\':
			s.at++
		case '"':
			s.at++
			return true
		}
	}
	return false
}

// skipWord passes over a number, true, false, null, or what is none of them.
func (s *scanner) skipWord() {
	n := bytes.IndexAny(s.data[s.at:], " \t\n\r,:{}[]\"")
	if n < 0 {
		n = len(s.data) - s.at
	}
	s.at += n
}
