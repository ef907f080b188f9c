package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestNobodyWithoutALogInHoldsMemory: whatever is sent by those who have not said who they
// are, the server's memory stays near what it takes idle.
func TestNobodyWithoutALogInHoldsMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("a process without the race detector's memory is measured")
	}
	dir := t.TempDir()
	cmd, out := startServe(t, linkProgram(t, dir), filepath.Join(dir, "state"), nil)
	url := out.announced(t, `eddy serves (http://[0-9.:]+),`)
	address := strings.TrimPrefix(url, "http://")
	resident := func(which string) int {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid))
		if errors.Is(err, fs.ErrNotExist) {
			t.Fatal("the server has ended")
		}
		if err != nil {
			t.Fatal(err)
		}
		m := regexp.MustCompile(which + `:\s+(\d+) kB`).FindSubmatch(text)
		if m == nil {
			t.Fatalf("no %s in %s", which, text)
		}
		kib, _ := strconv.Atoi(string(m[1]))
		return kib >> 10
	}
	post := func(path, body string) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+path, io.NopCloser(strings.NewReader(body))) // of no known length
		if err != nil {
			t.Error(err)
			return
		}
		r.Header.Set("Content-Type", "application/json")
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			return // the server hangs up on what is too large
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
	}
	objects := `{"email":[` + strings.Repeat("{},", 2_700_000) + `{}]}`
	var names strings.Builder
	for i := range 1_500 {
		fmt.Fprintf(&names, `"k%d":{},`, i)
	}
	var open []net.Conn
	dial := func(text string) {
		c, err := (&net.Dialer{Timeout: 5 * time.Second}).DialContext(t.Context(), "tcp", address)
		if err != nil {
			return // no more are taken
		}
		open = append(open, c)
		_ = c.SetWriteDeadline(time.Now().Add(time.Second))
		_, _ = io.WriteString(c, text)
	}
	defer func() {
		for _, c := range open {
			c.Close()
		}
	}()
	post("/api/v1/session", `{"email":"a@b.c","password":"x"}`)
	idle := resident("VmRSS")
	for name, load := range map[string]func(){
		"large bodies": func() { post("/api/v1/session", objects) },
		"to set up":    func() { post("/api/v1/setup", objects) },
		"names":        func() { post("/api/v1/session", "{"+names.String()+`"email":1}`) },
		"depth":        func() { post("/api/v1/session", strings.Repeat("[", 16_000)) },
		"log-ins":      func() { post("/api/v1/session", `{"email":"a@b.c","password":"`+strings.Repeat("x", 900)+`"}`) },
	} {
		var all sync.WaitGroup
		for range 40 {
			all.Go(load)
		}
		all.Wait()
		t.Logf("%s: %d MiB at most, %d MiB idle before", name, resident("VmHWM"), idle)
	}
	for i := range 1_500 {
		dial(fmt.Sprintf("GET /?%d HTTP/1.1\r\nHost: eddy\r\nX-Long: %s", i, strings.Repeat("h", 20<<10)))
	}
	if most := resident("VmHWM"); most > idle+150 {
		t.Errorf("the server took %d MiB, %d MiB idle", most, idle)
	} else {
		t.Logf("%d MiB at most, %d MiB idle", most, idle)
	}
}

// TestSlowClientsEnd: whoever sends headers or a body a byte at a time, or nothing at all, is
// hung up on, and holds no place for good.
func TestSlowClientsEnd(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	_, out := startServe(t, linkProgram(t, dir), filepath.Join(dir, "state"), nil)
	address := strings.TrimPrefix(out.announced(t, `eddy serves (http://[0-9.:]+),`), "http://")
	const post = "POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
	var all sync.WaitGroup
	for what, c := range map[string]struct {
		head, drip, want string
		within           time.Duration
	}{
		"nothing":             {"", "", "", 12 * time.Second},
		"half a header":       {"GET / HTT", "", "", 12 * time.Second},
		"headers, drop wise":  {"GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: ", "a", "", 12 * time.Second},
		"no body":             {post + "Content-Length: 100\r\n\r\n", "", "HTTP/1.1 408", 33 * time.Second},
		"a body, drop wise":   {post + "Content-Length: 10000\r\n\r\n{\"email\":\"", "a", "HTTP/1.1 408", 33 * time.Second},
		"chunks, drop wise":   {post + "Transfer-Encoding: chunked\r\n\r\n", "1\r\na\r\n", "HTTP/1.1 408", 33 * time.Second},
		"a second, drop wise": {"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\nGET / HTTP/1.1\r\nX: ", "a", "HTTP/1.1 200", 14 * time.Second},
	} {
		all.Go(func() {
			conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			began := time.Now()
			_, _ = io.WriteString(conn, c.head)
			over := make(chan struct{})
			if c.drip != "" {
				tick := time.NewTicker(500 * time.Millisecond)
				defer tick.Stop()
				go func() {
					for {
						select {
						case <-tick.C:
							_, _ = io.WriteString(conn, c.drip)
						case <-over:
							return
						}
					}
				}()
			}
			_ = conn.SetReadDeadline(began.Add(c.within))
			answer, err := io.ReadAll(conn)
			close(over)
			if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() || !strings.HasPrefix(string(answer), c.want) {
				t.Errorf("%s: after %s answered %.100q, %v", what, time.Since(began), answer, err)
			}
		})
	}
	all.Wait()
}
