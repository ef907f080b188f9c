package sandbox

import (
	"bytes"
	"errors"
	"io"
)

// counted is what counting mode knows of a body.
type counted struct {
	bytes             int64
	operations, users int
}

// The depths at which an opening brace means something in a users body:
// [ { params: { users: [ { … } ] } } ].
const (
	operationDepth = 2
	userDepth      = 5
)

// tally counts braces by depth in text that comes in pieces. It trusts the text to be
// JSON of the right shape; strings are jumped over, so it is as fast as the search for a
// quote.
type tally struct {
	counted
	depth    int
	inString bool
	escaped  bool // the piece before ended in a backslash within a string
}

// count reads to the end. It uses the buffer if that is large enough.
func count(r io.Reader, buffer []byte) (counted, error) {
	const size = 256 << 10
	if cap(buffer) < size {
		buffer = make([]byte, size)
	}
	buffer = buffer[:size]
	var t tally
	for {
		n, err := r.Read(buffer)
		t.bytes += int64(n)
		t.add(buffer[:n])
		if errors.Is(err, io.EOF) {
			return t.counted, nil
		}
		if err != nil {
			return t.counted, err
		}
	}
}

func (t *tally) add(b []byte) {
	for len(b) > 0 {
		if t.inString {
			b = t.string(b)
			continue
		}
		n := bytes.IndexByte(b, '"')
		if n < 0 {
			t.structure(b)
			return
		}
		t.structure(b[:n])
		t.inString = true
		b = b[n+1:]
	}
}

// string goes on within a string and returns what is left behind its closing quote.
func (t *tally) string(b []byte) []byte {
	if t.escaped {
		t.escaped = false
		b = b[1:]
	}
	n := bytes.IndexByte(b, '"')
	text := b
	if n >= 0 {
		text = b[:n]
	}
	// Only a backslash makes the closing quote doubtful, and digests have none.
	if slash := bytes.IndexByte(text, '\\'); slash >= 0 {
		t.escaped = true
		return b[slash+1:]
	}
	if n < 0 {
		return nil
	}
	t.inString = false
	return b[n+1:]
}

func (t *tally) structure(b []byte) {
	for _, c := range b {
		switch c {
		case '{', '[':
			t.depth++
			if c == '{' && t.depth == userDepth {
				t.users++
			} else if c == '{' && t.depth == operationDepth {
				t.operations++
			}
		case '}', ']':
			t.depth--
		}
	}
}
