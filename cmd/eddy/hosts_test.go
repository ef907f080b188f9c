package main

import (
	"errors"
	"io"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestServersAnswerToTheirNames asks whole servers by names of theirs and of others: with
// these a page of another site would read metrics, and guess from inside of a network.
func TestServersAnswerToTheirNames(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	exe := linkProgram(t, dir)
	for what, c := range map[string]struct {
		listen       string
		args         []string
		own, foreign []string
	}{
		"loopback": {"127.0.0.1", nil, []string{"127.0.0.1", "localhost:8484", "[::1]"}, []string{"evil.example", "eddy", "evil.example:8484"}},
		"proxied":  {"127.0.0.1", []string{"--public-url", "https://Eddy.example.com/"}, []string{"eddy.example.com", "localhost"}, []string{"evil.example", "eddy.example.com.evil.example"}},
		"network":  {"0.0.0.0", []string{"--insecure-listen"}, []string{"eddy:8484", "192.0.2.1:8484", "localhost"}, []string{"evil.example", "eddy.evil.example"}},
		"worker":   {"127.0.0.1", []string{"--role", "worker"}, []string{"localhost"}, []string{"evil.example"}},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			free, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			_, port, _ := net.SplitHostPort(free.Addr().String())
			free.Close()
			_, out := startServe(t, exe, filepath.Join(dir, what), nil, append([]string{"--listen", c.listen + ":" + port}, c.args...)...)
			out.announced(t, `(?:at|eddy serves) (https?://[^,\s]+)`)
			url := "http://127.0.0.1:" + port
			ask := func(path, host string) int {
				r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+path, http.NoBody)
				if err != nil {
					t.Fatal(err)
				}
				r.Host = host
				resp, err := http.DefaultClient.Do(r)
				if err != nil {
					t.Fatal(err)
				}
				_, _ = io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
				return resp.StatusCode
			}
			for _, path := range []string{"/metrics", "/", "/api/v1/setup"} {
				for _, host := range c.own {
					if code := ask(path, host); code == http.StatusMisdirectedRequest {
						t.Errorf("%s as %s: %d", path, host, code)
					}
				}
				for _, host := range c.foreign {
					if code := ask(path, host); code != http.StatusMisdirectedRequest && (what != "worker" || path == "/metrics") {
						t.Errorf("%s as %s: %d, want it refused", path, host, code)
					}
				}
			}
			for _, path := range []string{"/healthz", "/readyz"} {
				if code := ask(path, "10-1-2-3.pods.example"); code != http.StatusOK {
					t.Errorf("%s: %d", path, code)
				}
			}
		})
	}
}

// TestServeRefusesAPath: below a path half of the page would not be found.
func TestServeRefusesAPath(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	exe := linkProgram(t, dir)
	for _, args := range [][]string{{"--public-url", "https://x/eddy"}, {"--trusted-proxy", "0.0.0.0/0"}} {
		out, err := exec.Command(exe, append([]string{"serve", "--listen", "127.0.0.1:0", "--state-dir", filepath.Join(dir, "state")}, args...)...).CombinedOutput()
		if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != 2 || !strings.Contains(string(out), args[0]) || !strings.Contains(string(out), "\n  ") {
			t.Errorf("%v: %v %s", args, err, out)
		}
	}
}

func TestWhatABrowserOpens(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"127.0.0.1:8484": "127.0.0.1:8484", "0.0.0.0:8484": "localhost:8484", "[::]:8484": "localhost:8484", "[::1]:8484": "[::1]:8484", "192.0.2.1:443": "192.0.2.1:443",
	} {
		a, err := net.ResolveTCPAddr("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		if got := visible(a); got != want {
			t.Errorf("%s: %s, want %s", address, got, want)
		}
	}
}
