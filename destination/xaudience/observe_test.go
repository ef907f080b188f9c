package xaudience_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/destination"
	"github.com/eddy-retl/eddy/destination/xaudience"
	"github.com/eddy-retl/eddy/dial"
	"github.com/eddy-retl/eddy/sandbox"
)

// TestObserveTellsOfEveryRequest looks at what a metric would get to see: the endpoint
// without ids, the answer, and X's own count of the rate limit.
func TestObserveTellsOfEveryRequest(t *testing.T) {
	t.Parallel()
	cfg := sandbox.Default()
	srv := httptest.NewServer(sandbox.New(cfg))
	t.Cleanup(srv.Close)
	d, err := xaudience.Open(eddy.Destination{Dialer: dial.Anywhere(), Name: "x", Type: xaudience.Type, Options: map[string]string{
		"account_id": cfg.Account, "consumer_key": "ck", "consumer_secret": "cs", "access_token": "at", "access_token_secret": "ats", "api_url": srv.URL,
	}})
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var seen []destination.Request
	d.(destination.Observed).Observe(func(r destination.Request) {
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, r)
	})
	if _, err := d.(destination.Audiences).ListAudiences(t.Context()); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	if len(seen) == 0 {
		t.Fatal("nothing was told of a request that was sent")
	}
	r := seen[0]
	if r.Status != http.StatusOK || r.Method != http.MethodGet || r.Duration <= 0 || strings.Contains(r.Endpoint, cfg.Account) {
		t.Errorf("told %+v; want a GET that was answered 200, without the account's id", r)
	}
	if r.Limit <= 0 || r.Remaining >= r.Limit {
		t.Errorf("told %d requests left of %d; want X's count after one request", r.Remaining, r.Limit)
	}
}
