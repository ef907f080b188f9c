package api_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/eddy-retl/eddy/api"
)

// TestPublicURLs: what browsers call the server is read whole, and refused where nothing
// could be served.
func TestPublicURLs(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"https://eddy.example.com":          "https://eddy.example.com",
		"https://Eddy.Example.COM/":         "https://eddy.example.com",
		"HTTPS://eddy.example.com:443":      "https://eddy.example.com",
		"https://eddy.example.com:8443/":    "https://eddy.example.com:8443",
		"http://eddy.example.com:80":        "http://eddy.example.com",
		"http://eddy:8484":                  "http://eddy:8484",
		"http://192.0.2.1:8484":             "http://192.0.2.1:8484",
		"https://[2001:DB8:0::1]:8484":      "https://[2001:db8::1]:8484",
		"https://bücher.example":            "https://xn--bcher-kva.example",
		"https://x/eddy":                    "path",
		"https://x/eddy/":                   "path",
		"https://x/%2e/eddy":                "path",
		"https://user:secret@x":             "user",
		"https://x?y=1":                     "query",
		"https://x?":                        "query",
		"https://x/#y":                      "fragment",
		"eddy.example.com":                  "no URL",
		"https://":                          "no URL",
		"https://:8484":                     "no URL",
		"ftp://eddy.example.com":            "no URL",
		"https:eddy.example.com":            "no URL",
		"https://eddy example.com":          "no URL",
		"https://eddy.example.com:port":     "no URL",
		"https://ed_dy\x00.example.com":     "no URL",
		"https://-eddy.example.com":         "no name",
		"https://eddy.example.com,x.y.test": "no name",
	} {
		got, err := api.ParsePublicURL(text)
		if err != nil {
			got = err.Error()
		}
		if ok := err == nil && got == want || err != nil && strings.Contains(got, want); !ok {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

// TestHosts asks a server by names that are its own, and by names that are not.
func TestHosts(t *testing.T) {
	t.Parallel()
	certified := func(name string) bool { return name == "eddy.lan.example" }
	loopback := api.Hosts{PublicURL: "https://eddy.example.com:8443", Certified: certified, Proxies: api.Loopback()}
	network := loopback
	network.Network, network.Proxies = true, nil
	behind := network
	behind.Proxies = api.Loopback()
	for _, c := range []struct {
		host string
		want string // who takes it: of loopback, network and behind a proxy that is trusted
	}{
		{"127.0.0.1:8484", "LNB"},
		{"localhost", "LNB"},
		{"LOCALHOST.:1", "LNB"},
		{"eddy.localhost:8484", "LNB"},
		{"[::1]:8484", "LNB"},
		{"192.168.7.12:8484", "LNB"}, // a number leads where it leads
		{"[2001:db8::1]", "LNB"},
		{"eddy.example.com", "LNB"},
		{"Eddy.Example.com.:443", "LNB"},
		{"eddy:8484", "NB"}, // a service's name between containers
		{"eddy.lan.example", "NB"},
		{"evil.example", "B"},
		{"evil.example:8484", "B"},
		{"eddy.example.com.evil.example", "B"},
		{"evil-eddy.example.com", "B"},
		{"localhost.evil.example", "B"},
		{"notlocalhost.example", "B"},
		{"127.0.0.1.evil.example", "B"},
		{"7f000001.rebind.example", "B"},
		{"eddy.example.com@evil.example", ""},
		{"evil.example#eddy.example.com", ""},
	} {
		for letter, hosts := range map[string]api.Hosts{"L": loopback, "N": network, "B": behind} {
			srv := httptest.NewServer(hosts.Guard(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "open") })))
			code, text := byName(t, srv.URL, "GET", "/", c.host, "")
			srv.Close()
			taken := strings.Contains(c.want, letter)
			if taken != strings.HasSuffix(text, "open") || !taken && code != http.StatusMisdirectedRequest && code != http.StatusBadRequest {
				t.Errorf("%s: %s answers %d %s; want it taken: %v", c.host, letter, code, text, taken)
			}
		}
	}
}

// byName sends a request with a Host as it is, which no client would.
func byName(t *testing.T, url, method, path, host, more string) (code int, text string) {
	t.Helper()
	c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := fmt.Fprintf(c, "%s %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n%s\r\n", method, path, host, more); err != nil {
		t.Fatal(err)
	}
	all, err := io.ReadAll(c)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Sscanf(string(all), "HTTP/1.1 %d", &code); err != nil {
		t.Fatalf("%.200s", all)
	}
	return code, string(all)
}

// TestAProxyThatRewritesHost: a browser's page is the server's when it comes from the public
// URL, whatever name the proxy asks by.
func TestAProxyThatRewritesHost(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", func(c *api.Config) { c.PublicURL = "https://eddy.example.com" })
	for _, c := range []struct {
		origin string // and what else a browser says
		own    bool
	}{
		{"https://eddy.example.com", true},
		{"https://eddy.example.com\r\nSec-Fetch-Site: same-origin", true},
		{"https://eddy.example.com:8443", false},
		{"http://eddy.example.com", false},
		{"https://evil.example", false},
		{"https://eddy.example.com.evil.example", false},
		{"https://evil.example\r\nSec-Fetch-Site: cross-site", false},
		{"null", false},
	} {
		for _, host := range []string{"127.0.0.1:8484", "eddy:8484"} {
			code, text := byName(t, w.url, "POST", "/api/v1/connections/x/pause", host, "Origin: "+c.origin+"\r\nAuthorization: Bearer "+w.editor.Token+"\r\nContent-Length: 0\r\n")
			if own := code == http.StatusNotFound; own != c.own || !own && !strings.Contains(text, "another site") {
				t.Errorf("a page of %s, passed on as %s: %d %.300s", c.origin, host, code, text)
			}
		}
	}
}
