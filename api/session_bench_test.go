package api_test

import (
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/eddy-retl/eddy/api"
)

// BenchmarkLogIn logs in over HTTP on a store of SQLite: with the password, with a wrong one,
// and as somebody who is not there. Each is to stay below 300 ms, and nobody is to learn
// from the time which accounts there are.
func BenchmarkLogIn(b *testing.B) {
	for _, c := range []struct {
		name, email, password string
		want                  int
	}{
		{"right", "editor@example.com", password, http.StatusOK},
		{"wrong", "editor@example.com", "another good password", http.StatusUnauthorized},
		{"nobody", "nobody@example.com", password, http.StatusUnauthorized},
	} {
		b.Run(c.name, func(b *testing.B) {
			var asked atomic.Int64
			w := makeWorld(b, "", func(cfg *api.Config) { // time flies, or guesses would be answered 429
				cfg.Now = func() time.Time { return time.Now().Add(time.Duration(asked.Add(1)) * time.Minute) }
			}, false)
			body := map[string]any{"email": c.email, "password": c.password}
			for b.Loop() {
				if code, text, _ := w.send(http.DefaultClient, "POST", "/api/v1/session", body, nil); code != c.want {
					b.Fatalf("%d %s, want %d", code, text, c.want)
				}
			}
		})
	}
}
