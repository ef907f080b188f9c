package api_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	gosync "sync"
	"testing"
	"time"
)

// TestBodiesAreBounded: what holds too much is refused before it is parsed, and what is
// wrong with a body is told in few words.
func TestBodiesAreBounded(t *testing.T) {
	w := newWorld(t, "", nil)
	array := func(n int) string { return `{"email":[` + strings.Repeat("{},", n) + `{}]}` }
	keys := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `"k%d":1,`, i)
		}
		return "{" + b.String() + `"email":"a@b.c","password":"x"}`
	}
	const session, sources = "/api/v1/session", "/api/v1/sources"
	for _, c := range []struct {
		what, path, body string
		status           int
	}{
		{"8 MB of empty objects", session, array(2_700_000), 413},
		{"16 KiB of them", session, array(5_000), 413},
		{"100 of them", session, array(100), 413},
		{"a few", session, array(10), 422},
		{"16 KiB of brackets", session, strings.Repeat("[", 16_000), 413},
		{"a long password", session, `{"email":"a@b.c","password":"` + strings.Repeat("a", 17_000) + `"}`, 413},
		{"unknown names", session, keys(1_000), 413},
		{"some unknown names", session, keys(45), 422},
		{"the first administrator", "/api/v1/setup", array(2_700_000), 413},
		{"what the editor sends", sources, array(400_000), 413},
		{"many values", sources, "[" + strings.Repeat("1,", 60_000) + "1]", 413},
		{"deep ones", sources, strings.Repeat(`{"spec":`, 40) + "1" + strings.Repeat("}", 40), 413},
		{"unknown names by an editor", sources, keys(20_000), 422},
	} {
		client := w.editor
		if c.path != sources {
			anonymous := *w.editor
			anonymous.Token = ""
			client = &anonymous
		}
		began := time.Now()
		status, text := w.text(client, http.MethodPost, c.path, c.body)
		var p struct {
			Errors []any  `json:"errors"`
			Detail string `json:"detail"`
		}
		if err := json.Unmarshal([]byte(text), &p); err != nil || status != c.status || len(p.Errors) > 20 || len(text) > 8<<10 || p.Detail == "" {
			t.Errorf("%s: %d with %d errors in %d bytes, %v; want %d: %.300s", c.what, status, len(p.Errors), len(text), err, c.status, text)
		}
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("%s: took %s", c.what, took)
		}
	}
	if status, text := w.text(w.editor, http.MethodPost, "/api/v1/config", `{"config":"`+strings.Repeat("#", 2<<20)+`"}`); status == 413 {
		t.Errorf("a long configuration file: %d %s", status, text)
	}
}

// TestBodiesInFlight: whoever holds many bodies open takes no room of others, and what
// does not arrive ends.
func TestBodiesInFlight(t *testing.T) {
	w := newWorld(t, "", nil)
	address := strings.TrimPrefix(w.url, "http://")
	var open []net.Conn
	t.Cleanup(func() {
		for _, c := range open {
			c.Close()
		}
	})
	// Forty bodies that never come, each of which may be of 16 KiB.
	answers := make(chan string, 100)
	var all gosync.WaitGroup
	for range 40 {
		c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
		w.must(err)
		open = append(open, c)
		_, err = io.WriteString(c, "POST /api/v1/session HTTP/1.1\r\nHost: eddy\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
		w.must(err)
		all.Go(func() {
			buf := make([]byte, 64)
			_ = c.SetReadDeadline(time.Now().Add(3 * time.Second))
			n, _ := c.Read(buf)
			answers <- string(buf[:n])
		})
	}
	all.Wait()
	close(answers)
	waiting, refused := 0, 0
	for a := range answers {
		switch {
		case a == "":
			waiting++
		case strings.HasPrefix(a, "HTTP/1.1 429"):
			refused++
		default:
			t.Errorf("answered %q", a)
		}
	}
	if waiting != 32 || refused != 8 {
		t.Errorf("%d wait and %d are refused, want 32 and 8", waiting, refused)
	}
	// Those who have logged in notice nothing.
	if status, text := w.text(w.viewer, http.MethodGet, "/api/v1/me", ""); status != 200 {
		t.Errorf("a viewer: %d %s", status, text)
	}
	if status, text := w.text(w.editor, http.MethodPost, "/api/v1/sources", `{}`); status != 422 {
		t.Errorf("an editor: %d %s", status, text)
	}
	for _, c := range open {
		c.Close()
	}
	// Who goes away gives up the room.
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	for end := time.Now().Add(20 * time.Second); ; <-look.C {
		anonymous := *w.editor
		anonymous.Token = ""
		if status, text := w.text(&anonymous, http.MethodPost, "/api/v1/session", `{"email":"a@b.c","password":"x"}`); status == 401 {
			break
		} else if time.Now().After(end) {
			t.Fatalf("afterwards: %d %s", status, text)
		}
	}
}
