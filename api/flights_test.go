package api //nolint:testpackage // what is tested is an inside of the handler

import (
	"errors"
	"fmt"
	"net/http"
	"testing"
)

// TestFlightsAreBounded: bodies of one address, of one network of IPv6, and of all together
// take no more room than there is, and give it back.
func TestFlightsAreBounded(t *testing.T) {
	t.Parallel()
	f := newFlights(100, 30)
	var all []func()
	take := func(address string, size int64, want int) {
		t.Helper()
		done, err := f.begin(address, size)
		p, refused := errors.AsType[*Problem](err)
		switch {
		case want == 0 && err != nil, want != 0 && (!refused || p.Status != want || p.header.Get("Retry-After") == ""):
			t.Errorf("%d bytes from %s: %v, want %d", size, address, err, want)
		case err == nil:
			all = append(all, done)
		}
	}
	take("192.0.2.1", 30, 0)
	take("192.0.2.1", 1, http.StatusTooManyRequests)
	take("::ffff:192.0.2.1", 1, http.StatusTooManyRequests)
	take("2001:db8::1", 20, 0)
	take("2001:db8::ffff:2", 20, http.StatusTooManyRequests)
	take("192.0.2.2", 31, http.StatusTooManyRequests)
	take("192.0.2.2", 30, 0)
	take("192.0.2.3", 21, http.StatusServiceUnavailable) // others have the rest
	take("192.0.2.3", 20, 0)
	take("192.0.2.4", 1, http.StatusServiceUnavailable)
	for _, done := range all {
		done()
	}
	if f.bytes != 0 || len(f.of) != 0 {
		t.Errorf("left behind: %d bytes, %v", f.bytes, f.of)
	}
	for i := range 3 {
		take(fmt.Sprintf("192.0.2.%d", i), 30, 0)
	}
}
