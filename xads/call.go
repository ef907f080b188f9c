package xads

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// readWindow is the length of X's windows for reads; those for writes have a minute
// (X Ads API docs, Rate Limiting).
const readWindow = 15 * time.Minute

// call is one method of the API: what to send, how to read the answer, and what
// trying it twice would mean.
type call struct {
	method   string
	endpoint string // X's own pattern, without ids: good for metrics
	path     string // the pattern with the ids in it
	query    url.Values
	body     []byte // JSON, or none
	pace     pace   // the rate limit that counts this call
	// once marks a call whose effect must not be repeated after a clear "done".
	once bool
	// people marks a call whose refusals may quote what it carried about people.
	people bool
	// decode reads a 2xx body; its errors never quote it.
	decode func(body []byte) error
	// invalid is why the call cannot be sent at all.
	invalid error
}

// pace is one rate limit: so many calls in a window, counted under a key.
type pace struct {
	key    string
	limit  int
	window time.Duration
}

// newCall puts the ids in place of the names behind colons, in their order.
func newCall(method, endpoint string, ids ...string) call {
	k := call{method: method, endpoint: endpoint}
	parts := strings.Split(endpoint, "/")
	for i, part := range parts {
		name, isID := strings.CutPrefix(part, ":")
		if !isID {
			continue
		}
		if parts[i], ids = ids[0], ids[1:]; !isPlain(parts[i]) && k.invalid == nil {
			k.invalid = fmt.Errorf("%s must be given, in letters and digits as X shows it", name)
		}
	}
	k.path = strings.Join(parts, "/")
	k.pace = defaultPace(k)
	return k
}

// defaultPace holds the documented limits (X Ads API docs, Rate Limiting): all
// writes together 450 a minute, account reads 2,000 in 15 minutes for each endpoint.
func defaultPace(k call) pace {
	if k.writes() {
		return pace{key: "writes", limit: 450, window: time.Minute}
	}
	account := strings.Split(k.path+"/", "/")[1]
	return pace{key: k.endpoint + " " + account, limit: 2000, window: readWindow}
}

func (k call) writes() bool { return k.method != http.MethodGet }

// isPlain keeps ids from changing the path. X's are letters and digits in base 36;
// dashes and underscores do no harm.
func isPlain(id string) bool {
	odd := func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '-' && r != '_'
	}
	return id != "" && strings.IndexFunc(id, odd) < 0
}

// fail makes an error of a call that was not sent.
func (k call) fail(why error) *Error {
	return &Error{Method: k.method, Endpoint: k.shown(), Err: why}
}

// shown is the path for people; an id that is no id may be anything, and stays out.
func (k call) shown() string {
	if k.invalid != nil {
		return k.endpoint
	}
	return k.path
}
