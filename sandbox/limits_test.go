package sandbox_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/eddy-retl/eddy/sandbox"
)

// serve starts a handler and returns its address.
func serve(t *testing.T, h http.Handler) string {
	t.Helper()
	web := httptest.NewServer(h)
	t.Cleanup(web.Close)
	return web.URL
}

// direct calls the handler without a network, for tests on a false clock.
func (b *box) direct(method, path, body string) *httptest.ResponseRecorder {
	req := httptest.NewRequest(method, "http://127.0.0.1:1"+path, strings.NewReader(body))
	contentType := ""
	if body != "" {
		contentType = "application/json"
		req.Header.Set("Content-Type", contentType)
	}
	b.sign(req, contentType, body)
	w := httptest.NewRecorder()
	b.ServeHTTP(w, req)
	return w
}

func TestRateLimits(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		method, path, body string
		limit              int
		window             time.Duration
		account            bool
	}{
		"users":       {"POST", audiences + "/1nmth/users", "[" + op("Update", "a") + "]", 1500, time.Minute, false},
		"writes":      {"PUT", audiences + "/1nmth?description=x", "", 450, time.Minute, false},
		"reads":       {"GET", audiences + "/1nmth", "", 2000, 15 * time.Minute, true},
		"accounts":    {"GET", "/12/accounts", "", 5, 15 * time.Minute, false},
		"total count": {"GET", audiences + "?with_total_count=true", "", 200, 15 * time.Minute, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			now := time.Unix(1_800_000_000, 500)
			s := sandbox.New(sandbox.Config{Now: func() time.Time { return now }})
			b := &box{Server: s, t: t, now: func() time.Time { return now }}
			b.audience("x")
			first := b.direct(c.method, c.path, c.body)
			for range c.limit - 1 {
				first := b.direct(c.method, c.path, c.body)
				if first.Code != 200 {
					t.Fatalf("%d %s", first.Code, first.Body)
				}
			}
			now = now.Add(c.window - 1)
			over := b.direct(c.method, c.path, c.body)
			if over.Code != 429 || codes(answer{body: over.Body.String()}.decode(t)["errors"]) != "TOO_MANY_REQUESTS" {
				t.Fatalf("after %d calls: %d %s", c.limit, over.Code, over.Body)
			}
			for _, w := range []*httptest.ResponseRecorder{first, over} {
				if w.Header().Get("x-rate-limit-reset") == "" || (w.Header().Get("x-account-rate-limit-reset") != "") != c.account {
					t.Errorf("headers: %v", w.Header())
				}
			}
			if first.Header().Get("x-rate-limit-reset") != over.Header().Get("x-rate-limit-reset") {
				t.Error("the window moved")
			}
			now = now.Add(1)
			if w := b.direct(c.method, c.path, c.body); w.Code != 200 {
				t.Errorf("in the next window: %d %s", w.Code, w.Body)
			}
		})
	}
}

// Buckets are apart, and a call may be made to count in two.
func TestSharedBuckets(t *testing.T) {
	t.Parallel()
	b := start(t, func(c *sandbox.Config) {
		c.WritesCountUsers = true
		c.Limits = sandbox.Limits{Writes: sandbox.Limit{Calls: 2, Window: time.Hour}}
	})
	id := b.audience("x")
	for i, want := range []int{200, 200, 429} {
		if got := b.users(id, "["+op("Update", "a")+"]").status; got != want {
			t.Errorf("call %d: %d", i, got)
		}
	}
	if got := b.get(audiences).status; got != 200 {
		t.Errorf("a read: %d", got)
	}
}
