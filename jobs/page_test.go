package jobs

import (
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/eddy-retl/eddy"
)

// TestPage: River's page is there with what it loads, and knows the jobs of both stores.
func TestPage(t *testing.T) {
	worlds(t, func(w *world) {
		w.connect("vip")
		s := w.start()
		w.want(w.run(s, "vip"), eddy.Succeeded, 1)
		page, err := s.Page(t.Context(), "/river")
		w.must(err)
		srv := httptest.NewServer(page)
		t.Cleanup(srv.Close)
		get := func(path string) string {
			resp, err := http.Get(srv.URL + path)
			w.must(err)
			defer resp.Body.Close()
			body, err := io.ReadAll(resp.Body)
			w.must(err)
			if resp.StatusCode != http.StatusOK {
				t.Fatalf("%s: %s %s", path, resp.Status, body)
			}
			return string(body)
		}
		index := get("/river/")
		script := regexp.MustCompile(`src="(/river/assets/[^"]+\.js)"`).FindStringSubmatch(index)
		if script == nil || len(get(script[1])) < 10_000 {
			t.Errorf("the page loads no script: %s", index)
		}
		w.until("the run's job is shown", func() bool { // the run ends a moment before its job does
			return strings.Contains(get("/river/api/jobs?state=completed&limit=20"), `"kind":"`+runArgs{}.Kind()+`"`)
		})
		for _, path := range []string{"/river/api/states", "/river/api/queues?limit=10"} {
			if text := get(path); !strings.HasPrefix(strings.TrimSpace(text), "{") {
				t.Errorf("%s: %s", path, text)
			}
		}
	})
}
