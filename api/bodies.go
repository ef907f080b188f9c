package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/eddy-retl/eddy"
)

// What one request may hold is decided here, before anything of it is parsed, and how much
// all requests hold together.
const (
	// anonymousBody is the largest body of an endpoint that takes no log-in.
	anonymousBody = 16 << 10
	// usualBody is that of the others; the longest of them is a model's SQL.
	usualBody = 1 << 20
	// configBody is that of a configuration file, with all its connections.
	configBody = 8 << 20
	// uploadBody is that of a list of addresses and numbers, and badLines how many lines of one
	// that cannot be read are told one by one.
	uploadBody = 16 << 20
	badLines   = 100
	// hookBody is that of what a webhook is sent, and hookValues what it may hold.
	hookBody   = 64 << 10
	hookValues = 2_000
	// fileBody is that of a file that becomes a source.
	fileBody = 32 << 20
	// bodyTime is how long a body may take to arrive, and fileTime that of a file, which comes over
	// lines that send slower than they receive.
	bodyTime = 30 * time.Second
	fileTime = 3 * time.Minute

	// deepest is how deep a body's arrays and objects go; a mapping in a connection in a
	// request has five.
	deepest = 32
	// anonymousValues and usualValues bound the names and values in a body: what each of
	// them takes once it is parsed is many times its text.
	anonymousValues = 100
	usualValues     = 50_000
)

// bodyOf is how large a body an endpoint takes, in bytes and in names and values.
func bodyOf(operation string) (size int64, values int) {
	switch {
	case operation == "hear-webhook":
		return hookBody, 0 // nothing is read of it before its signature
	case access()[operation] == Anybody || access()[operation] == "":
		return anonymousBody, anonymousValues
	case operation == "add-identities" || operation == "replace-identities":
		return uploadBody, uploadBody // lines, which are not parsed as JSON
	case isFile(operation):
		return fileBody, fileBody
	case operation == "apply-config":
		return configBody, usualValues
	default:
		return usualBody, usualValues
	}
}

// isFile says that an endpoint takes a file that becomes a source.
func isFile(operation string) bool { return strings.HasSuffix(operation, "-file") }

// take reads the body of a request into memory, and refuses what holds too much. The
// request has it as its body again; done gives up its place among those in flight.
func (s *server) take(w http.ResponseWriter, r *http.Request, operation, address string) (done func(), err error) {
	if r.Body == nil || r.Body == http.NoBody {
		return func() {}, nil
	}
	size, values := bodyOf(operation)
	if r.ContentLength > size {
		return nil, tooLarge(size)
	}
	flying := s.flights
	switch {
	case access()[operation] == Anybody:
		flying = s.anonymous
	case isFile(operation):
		if flying = s.files; r.ContentLength < 0 {
			return nil, &Problem{
				Status: http.StatusLengthRequired, Code: string(eddy.CodeUsage), Detail: "the request does not say how long the file is",
				Mend: "Send it with a Content-Length, as curl --data-binary @FILE does.", header: http.Header{"Connection": {"close"}},
			}
		}
	}
	// What does not say how large it is may be as large as it can.
	hold := size
	if r.ContentLength >= 0 {
		hold = r.ContentLength
	}
	if done, err = flying.begin(address, hold); err != nil {
		return nil, err
	}
	text, err := readBody(w, r, size)
	if err == nil && values > 0 {
		err = countValues(text, values)
	}
	if err != nil {
		done()
		return nil, err
	}
	r.Body = io.NopCloser(bytes.NewReader(text))
	return done, nil
}

func readBody(w http.ResponseWriter, r *http.Request, size int64) ([]byte, error) {
	patience := bodyTime
	if size == fileBody {
		patience = fileTime
	}
	c := http.NewResponseController(w)
	if err := c.SetReadDeadline(time.Now().Add(patience)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return nil, fmt.Errorf("read the body: %w", err)
	}
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, size))
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return nil, tooLarge(size)
	}
	if err != nil {
		return nil, &Problem{Status: http.StatusRequestTimeout, Detail: fmt.Sprintf("the body did not arrive whole within %s", patience), header: http.Header{"Connection": {"close"}}}
	}
	// Streams that follow are not to end with it.
	if err := c.SetReadDeadline(time.Time{}); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return nil, fmt.Errorf("read the body: %w", err)
	}
	return text, nil
}

func tooLarge(size int64) *Problem {
	return &Problem{
		Status: http.StatusRequestEntityTooLarge, Code: "too_large", Detail: fmt.Sprintf("the body is larger than %d KiB, the most that is taken here", size>>10),
		header: http.Header{"Connection": {"close"}},
	}
}

// countValues refuses a text of JSON with more values than may be parsed, or deeper ones. A
// text that is not JSON is for others to refuse.
func countValues(text []byte, most int) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	depth, n := 0, 0
	for {
		t, err := d.Token()
		if err != nil {
			return nil //nolint:nilerr // its end, or the parser says it better
		}
		switch t {
		case json.Delim('['), json.Delim('{'):
			depth++
		case json.Delim(']'), json.Delim('}'):
			depth--
			continue
		}
		if n++; n > most || depth > deepest {
			return &Problem{
				Status: http.StatusRequestEntityTooLarge, Code: "too_large",
				Detail: fmt.Sprintf("the body has more than %d names and values, or is deeper than %d", most, deepest),
			}
		}
	}
}

// flights bounds the bytes of bodies that are in memory at once.
type flights struct {
	// all and each are the most in all and of one address.
	all, each int64

	mu    sync.Mutex
	bytes int64
	of    map[string]int64
}

func newFlights(all, each int64) *flights {
	return &flights{all: all, each: each, of: map[string]int64{}}
}

// begin takes room for a body, until done is called.
func (f *flights) begin(address string, size int64) (done func(), err error) {
	address = household(address)
	f.mu.Lock()
	defer f.mu.Unlock()
	again := http.Header{"Retry-After": {"1"}, "Connection": {"close"}}
	switch {
	case f.of[address]+size > f.each:
		return nil, &Problem{Status: http.StatusTooManyRequests, Code: "too_many", Detail: "too much is being sent from this address at once", Mend: "Send less at a time.", header: again}
	case f.bytes+size > f.all:
		return nil, &Problem{Status: http.StatusServiceUnavailable, Code: "busy", Detail: "too much is being sent at once", Mend: "Try again.", header: again}
	}
	f.bytes += size
	f.of[address] += size
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.bytes -= size
		if f.of[address] -= size; f.of[address] == 0 {
			delete(f.of, address)
		}
	}, nil
}
