package api_test

import (
	"fmt"
	"net/http"
	"strings"
	gosync "sync"
	"testing"
	"time"

	"github.com/eddy-retl/eddy/api"
)

// guess tries to log in through a proxy that saw an address.
func (w *world) guess(email, pass, from string) (int, string) {
	w.Helper()
	code, text, resp := w.send(http.DefaultClient, "POST", "/api/v1/session", map[string]any{"email": email, "password": pass}, map[string]string{"X-Forwarded-For": from})
	if code == http.StatusTooManyRequests && resp.Header.Get("Retry-After") == "" {
		w.Error("429 without Retry-After")
	}
	return code, text
}

// proxied is a server behind a proxy on its machine, with a clock that a test moves.
func proxied(t *testing.T) (w *world, later func(time.Duration)) {
	t.Helper()
	var mu gosync.Mutex
	now := time.Now()
	w = newWorld(t, "", func(c *api.Config) {
		c.Proxies = api.Loopback()
		c.Now = func() time.Time {
			mu.Lock()
			defer mu.Unlock()
			return now
		}
	})
	return w, func(d time.Duration) {
		mu.Lock()
		defer mu.Unlock()
		now = now.Add(d)
	}
}

func TestGuessingIsSlow(t *testing.T) {
	t.Parallel()
	w, later := proxied(t)
	for range 5 {
		code, wrong := w.guess("viewer@example.com", "guess", "192.0.2.1")
		_, unknown := w.guess("nobody@example.com", "guess", "192.0.3.1")
		if code != http.StatusUnauthorized || wrong != unknown {
			t.Fatalf("a wrong password tells more than an unknown account: %d %s, %s", code, wrong, unknown)
		}
	}
	// The network is refused, with all its addresses and whatever the password.
	for _, from := range []string{"192.0.2.1", "192.0.2.254", "::ffff:192.0.2.7"} {
		if code, _ := w.guess("viewer@example.com", password, from); code != http.StatusTooManyRequests {
			t.Errorf("the sixth try for an account, from %s: %d", from, code)
		}
	}
	if code, _ := w.guess("viewer@example.com", password, "192.0.4.1"); code != http.StatusOK {
		t.Errorf("the owner, from another network: %d", code)
	}
	if code, _ := w.guess("admin@example.com", password, "192.0.2.1"); code != http.StatusOK {
		t.Errorf("another account: %d", code)
	}
	for i := range 20 {
		w.guess(strings.Repeat("x", i)+"@example.com", "guess", "192.0.5.1")
	}
	if code, _ := w.guess("editor@example.com", password, "192.0.5.1"); code != http.StatusTooManyRequests {
		t.Errorf("try 21 from an address: %d", code)
	}
	later(time.Minute)
	if code, _ := w.guess("viewer@example.com", password, "192.0.2.1"); code != http.StatusOK {
		t.Errorf("a minute later: %d", code)
	}
}

// TestGuessingInOneNetworkOfIPv6: one customer has 2^64 addresses.
func TestGuessingInOneNetworkOfIPv6(t *testing.T) {
	t.Parallel()
	w, _ := proxied(t)
	for i := range 5 {
		w.guess("viewer@example.com", "guess", fmt.Sprintf("2001:db8:1:2:%x::1", i))
	}
	if code, _ := w.guess("viewer@example.com", password, "2001:db8:1:2:ffff::1"); code != http.StatusTooManyRequests {
		t.Errorf("from the same /64: %d", code)
	}
	if code, _ := w.guess("viewer@example.com", password, "2001:db8:1:3::1"); code != http.StatusOK {
		t.Errorf("from the next /64: %d", code)
	}
}

// TestGuessingFromManyNetworks: tries for one account from everywhere wait for their turn,
// and its owner is let in all the same.
func TestGuessingFromManyNetworks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", func(c *api.Config) { c.Proxies = api.Loopback() })
	const owner = "viewer@example.com"
	// The owner has been here before.
	if code, _ := w.guess(owner, password, "203.0.113.5"); code != http.StatusOK {
		t.Fatalf("log in: %d", code)
	}
	// Forty networks, three tries each, as fast as they are answered.
	var all gosync.WaitGroup
	var mu gosync.Mutex
	answers := map[int]int{}
	began := time.Now()
	client := &http.Client{Timeout: 8 * time.Second} // who guesses waits for nothing for long
	for n := range 40 {
		all.Go(func() {
			for i := range 3 {
				r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.url+"/api/v1/session", strings.NewReader(fmt.Sprintf(`{"email":%q,"password":"guess %d"}`, owner, i)))
				if err != nil {
					t.Error(err)
					return
				}
				r.Header.Set("Content-Type", "application/json")
				r.Header.Set("X-Forwarded-For", fmt.Sprintf("198.51.%d.9", n))
				resp, err := client.Do(r)
				mu.Lock()
				if err == nil {
					resp.Body.Close()
					answers[resp.StatusCode]++
				}
				mu.Unlock()
			}
		})
	}
	checked := func() int {
		mu.Lock()
		defer mu.Unlock()
		return answers[http.StatusUnauthorized]
	}
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for checked() < 20 && time.Since(began) < 20*time.Second {
		<-tick.C
	}
	// From where the owner was before, nothing of it is noticed; from elsewhere it takes a while.
	for from, most := range map[string]time.Duration{"203.0.113.77": 3 * time.Second, "192.0.2.1": 30 * time.Second} {
		start := time.Now()
		if code, text := w.guess(owner, password, from); code != http.StatusOK || time.Since(start) > most {
			t.Errorf("the owner, from %s: %d %s after %s", from, code, text, time.Since(start))
		}
	}
	all.Wait()
	// Twenty at once, and then one every three seconds.
	if most := 20 + int(time.Since(began)/(3*time.Second)) + 1; checked() > most || checked() < 20 {
		t.Errorf("%d guesses were checked in %s, want 20 to %d: %v", checked(), time.Since(began), most, answers)
	}
}

// TestAddresses: X-Forwarded-For counts where a proxy wrote it, and as far as proxies did.
func TestAddresses(t *testing.T) {
	t.Parallel()
	proxies, err := api.ParseProxies([]string{"10.0.0.0/24", "192.0.2.10", "2001:db8:5::/48", "::ffff:172.16.0.0/108"})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		peer, forwarded, want string
	}{
		{"10.0.0.7:4711", "", "10.0.0.7"},
		{"10.0.0.7:4711", "1.2.3.4", "1.2.3.4"},
		{"10.0.0.7:4711", "6.6.6.6, 1.2.3.4", "1.2.3.4"}, // what the client claimed, what the proxy saw
		{"10.0.0.7:4711", "6.6.6.6, 1.2.3.4, 192.0.2.10, 10.0.0.9", "1.2.3.4"},
		{"10.0.0.7:4711", "6.6.6.6|1.2.3.4", "1.2.3.4"}, // the header twice
		{"10.0.0.7:4711", "1.2.3.4|10.0.0.8", "1.2.3.4"},
		{"10.0.0.7:4711", "1.2.3.4:5678", "1.2.3.4"},
		{"10.0.0.7:4711", " \t1.2.3.4:5678 ", "1.2.3.4"},
		{"10.0.0.7:4711", "[2001:db8::1]:5678", "2001:db8::1"},
		{"10.0.0.7:4711", "[2001:db8::1]", "2001:db8::1"},
		{"10.0.0.7:4711", "2001:DB8::1", "2001:db8::1"},
		{"10.0.0.7:4711", "fe80::1%eth0", "fe80::1"},
		{"10.0.0.7:4711", "::ffff:1.2.3.4", "1.2.3.4"},
		{"10.0.0.7:4711", "1.2.3.4, 2001:db8:5:1::7", "1.2.3.4"},
		{"[2001:db8:5::1]:4711", "1.2.3.4", "1.2.3.4"},
		{"[::ffff:10.0.0.7]:4711", "1.2.3.4", "1.2.3.4"},
		{"172.16.3.1:4711", "1.2.3.4", "1.2.3.4"},
		{"10.0.0.7:4711", "10.0.0.9, 10.0.0.8", "10.0.0.9"}, // nobody but proxies
		// Garbage is nobody's address: it counts as the proxy's.
		{"10.0.0.7:4711", "nonsense", "10.0.0.7"},
		{"10.0.0.7:4711", "1.2.3.4, unknown", "10.0.0.7"},
		{"10.0.0.7:4711", "1.2.3.4,", "10.0.0.7"},
		{"10.0.0.7:4711", "1.2.3.4, 10.0.0.8, _hidden", "10.0.0.7"},
		{"10.0.0.7:4711", "1.2.3.4, [10.0.0.8", "10.0.0.7"},
		{"10.0.0.7:4711", "1.2.3.999", "10.0.0.7"},
		// Nobody else is believed.
		{"10.0.1.7:4711", "1.2.3.4", "10.0.1.7"},
		{"192.0.2.11:4711", "1.2.3.4", "192.0.2.11"},
		{"127.0.0.1:4711", "1.2.3.4", "127.0.0.1"},
		{"[2001:db8:6::1]:4711", "10.0.0.7", "2001:db8:6::1"},
		{"@", "1.2.3.4", "@"},
	} {
		r := &http.Request{RemoteAddr: c.peer, Header: http.Header{}}
		for line := range strings.SplitSeq(c.forwarded, "|") {
			if c.forwarded != "" {
				r.Header.Add("X-Forwarded-For", line)
			}
		}
		if got := proxies.Address(r); got != c.want {
			t.Errorf("%s says %q: %s, want %s", c.peer, c.forwarded, got, c.want)
		}
	}
	for _, text := range []string{"", "10.0.0", "10.0.0.0/33", "0.0.0.0/0", "::/0", "proxy.example.com", "10.0.0.1:80", "fe80::1%eth0", "::ffff:0:0/96"} {
		if p, err := api.ParseProxies([]string{text}); err == nil {
			t.Errorf("%q was taken as %v", text, p)
		}
	}
}

// TestNobodyElseIsBelieved claims another address with every guess.
func TestNobodyElseIsBelieved(t *testing.T) {
	t.Parallel()
	elsewhere, err := api.ParseProxies([]string{"10.0.0.0/8"})
	if err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]struct {
		proxies api.Proxies
		header  string
	}{
		"no proxy":             {nil, "198.51.%d.1"},
		"a proxy elsewhere":    {elsewhere, "198.51.%d.1"},
		"before what it saw":   {api.Loopback(), "198.51.%d.1, 192.0.2.1"},
		"in a form of its own": {api.Loopback(), "198.51.%d.1, 192.0.2.1:4711"},
		"garbage":              {api.Loopback(), "nonsense %d"},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, "", func(config *api.Config) { config.Proxies = c.proxies })
			for i := range 5 {
				w.guess("viewer@example.com", "guess", fmt.Sprintf(c.header, i))
			}
			if code, _ := w.guess("viewer@example.com", password, fmt.Sprintf(c.header, 99)); code != http.StatusTooManyRequests {
				t.Errorf("the sixth guess: %d", code)
			}
		})
	}
}

// TestHouseholds: one customer has 2^64 addresses of IPv6.
func TestHouseholds(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"192.0.2.7": "192.0.2.7", "::ffff:192.0.2.7": "192.0.2.7", "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64", "fe80::1%eth0": "fe80::/64", "unix": "unix", "": "",
	} {
		if got := api.Household(address); got != want {
			t.Errorf("%s: %s, want %s", address, got, want)
		}
	}
}
