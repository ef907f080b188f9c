package xads

import (
	"net/http"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// limitedServer is a server with X's kind of rate limit: a fixed window that begins with
// its first call, told in headers.
type limitedServer struct {
	mu      sync.Mutex
	limit   int
	window  time.Duration
	reset   time.Time
	used    int
	served  int
	refused int
	latency time.Duration
	silent  bool // tells no headers
}

func (c *limitedServer) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	<-time.After(c.latency)
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := time.Now(); !now.Before(c.reset) {
		// Whole seconds, as a header can tell no other.
		c.reset, c.used = now.Add(c.window).Truncate(time.Second), 0
	}
	c.used++
	if !c.silent {
		w.Header().Set("x-rate-limit-limit", strconv.Itoa(c.limit))
		w.Header().Set("x-rate-limit-remaining", strconv.Itoa(max(0, c.limit-c.used)))
		w.Header().Set("x-rate-limit-reset", strconv.FormatInt(c.reset.Unix(), 10))
	}
	if c.used > c.limit {
		c.refused++
		refuse(429, "TOO_MANY_REQUESTS", "slow down")(w, nil)
		return
	}
	c.served++
	answer(200, countsOf4)(w, nil)
}

// sendAll makes so many calls from parallel senders that share a client.
func sendAll(t *testing.T, client *Client, senders, calls int) {
	t.Helper()
	todo := make(chan int, calls)
	for i := range calls {
		todo <- i
	}
	close(todo)
	var group sync.WaitGroup
	for range senders {
		group.Go(func() {
			for range todo {
				if _, err := client.Users(t.Context(), testAccount, testAudience, []byte(`[{}]`)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
}

// Parallel senders stop before X refuses them, and go on when the window is over.
func TestSendersStayBelowTheLimit(t *testing.T) {
	for name, latency := range map[string]time.Duration{"fast": time.Millisecond, "slow": 3 * time.Second} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := &limitedServer{limit: 20, window: time.Minute, latency: latency}
				sendAll(t, pipedClient(t, c, Options{}), 8, 100)
				if c.refused > 0 || c.served != 100 {
					t.Errorf("%d served, %d refused", c.served, c.refused)
				}
				t.Logf("took %s", time.Since(bubbleStart))
				// Five windows' worth; a window may lose as many calls as there are senders.
				if took := time.Since(bubbleStart); took > 9*time.Minute {
					t.Errorf("took %s", took)
				}
			})
		})
	}
}

// One sender alone uses every call that X allows it.
func TestALoneSenderWastesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &limitedServer{limit: 5, window: time.Minute, latency: time.Millisecond}
		sendAll(t, pipedClient(t, c, Options{}), 1, 15)
		if took := time.Since(bubbleStart); c.refused > 0 || took > 2*time.Minute+5*time.Second {
			t.Errorf("%d refused, took %s", c.refused, took)
		}
	})
}

// Others who use the same credentials are seen through the headers. Their calls may
// still take the last one in between; then the refusal is waited out.
func TestOthersUseTheLimitToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &limitedServer{limit: 10, window: time.Minute, latency: time.Millisecond}
		client := pipedClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			c.mu.Lock()
			c.used++ // somebody else's call, as many as ours
			c.mu.Unlock()
			c.ServeHTTP(w, r)
		}), Options{})
		sendAll(t, client, 1, 15)
		if c.served != 15 || c.refused > 2 {
			t.Errorf("%d served, %d refused", c.served, c.refused)
		}
	})
}

// Without headers, the documented limits pace the calls after one window's worth.
func TestDocumentedLimitsApplyWithoutHeaders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &limitedServer{limit: 1 << 30, window: time.Minute, silent: true}
		client := pipedClient(t, c, Options{})
		sendAll(t, client, 4, 1500)
		if took := time.Since(bubbleStart); took > time.Second {
			t.Errorf("a window's worth took %s", took)
		}
		sendAll(t, client, 4, 250) // 25 a second
		if took := time.Since(bubbleStart).Round(time.Second); took != 10*time.Second {
			t.Errorf("what is beyond a window's worth took %s", took)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		client := pipedClient(t, newScriptedServer(t, answer(200, `{"data":[]}`)), Options{})
		for range 6 { // five accounts calls in 15 minutes
			if _, err := client.Accounts(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(bubbleStart).Round(time.Second); took != 3*time.Minute {
			t.Errorf("took %s", took)
		}
	})
}

// Every rate limit has a bucket of its own: users calls by account, writes together,
// reads by endpoint and account.
func TestCallsShareTheBucketsThatXShares(t *testing.T) {
	key := func(method, endpoint string, ids ...string) string {
		return newCall(method, endpoint, ids...).limit.key
	}
	if key("POST", audiencesEndpoint, "a") != key("DELETE", audienceEndpoint, "b", "x") {
		t.Error("writes are counted apart")
	}
	if key("GET", audienceEndpoint, "a", "x") != key("GET", audienceEndpoint, "a", "y") {
		t.Error("reads of two audiences are counted apart")
	}
	if key("GET", audienceEndpoint, "a", "x") == key("GET", audienceEndpoint, "b", "x") ||
		key("GET", audienceEndpoint, "a", "x") == key("GET", audiencesEndpoint, "a") {
		t.Error("reads of two accounts or endpoints are counted together")
	}
}

// Headers that make no sense change nothing, and never hang a call.
func TestOddRateHeadersAreIgnored(t *testing.T) {
	for _, reset := range []string{"", "soon", "-1", "0", "1", "99999999999999999999"} {
		took, attempts, err := callInBubble(t, Options{},
			answer(500, "", "x-rate-limit-remaining", "0", "x-rate-limit-reset", reset), answer(200, countsOf4))
		if err != nil || took > time.Second || attempts != 2 {
			t.Errorf("reset %q: took %s, %d attempts: %v", reset, took, attempts, err)
		}
	}
}

// FuzzHeaders reads arbitrary headers: nobody is told to wait for less than nothing, and
// what a limit allows is only read where the header says so.
func FuzzHeaders(f *testing.F) {
	f.Add("60", "1500", "3", "1767225660", "Thu, 01 Jan 2026 00:00:00 GMT", 429)
	f.Add("Fri, 02 Jan 2026 00:00:00 GMT", "", "", "9223372036854775807", "Mon, 01 Jan 0001 00:00:00 GMT", 503)
	f.Add("-9223372036854775808", "-1", "99999999999999999999", "-1", "x", 429)
	f.Add("99999999999", "0x10", "", "1", "", 200)
	f.Fuzz(func(t *testing.T, retry, limit, remaining, reset, date string, status int) {
		r := reply{status: status, header: http.Header{}}
		for name, value := range map[string]string{"Retry-After": retry, "x-rate-limit-limit": limit, "x-rate-limit-remaining": remaining, "x-rate-limit-reset": reset, "Date": date} {
			r.header.Set(name, value)
		}
		now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		if wait := retryAfter(r, now); wait < 0 {
			t.Fatalf("the wait is %v", wait)
		}
		q, ok := readQuota(r, now)
		if ok && q.reset <= 0 || !ok && q != (quota{}) {
			t.Fatalf("read %+v, %t", q, ok)
		}
		b := newBucket(rateLimit{key: "k", calls: 10, window: time.Minute})
		if b.tryEnter(now) <= 0 {
			b.leave(r, now)
		}
		if b.inflight != 0 {
			t.Fatalf("%d calls are in flight for ever", b.inflight)
		}
	})
}
