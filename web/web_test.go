package web_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/eddy-retl/eddy/web"
)

func get(t *testing.T, h http.Handler, path string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func handler(t *testing.T) http.Handler {
	t.Helper()
	h, err := web.Handler()
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// The page knows its own addresses, so each of them is answered with the page; what is
// missing among the built files is missing, or a browser would take a page for a script.
func TestEveryAddressIsThePage(t *testing.T) {
	t.Parallel()
	if !web.Built() {
		if os.Getenv("CI") != "" {
			t.Fatal("the page is not built: run make page")
		}
		t.Skip("the page is not built: run make page")
	}
	h := handler(t)
	for _, path := range []string{"/", "/connections/vip", "/settings/people", "/connections/a.b"} {
		w := get(t, h, path)
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `<div id="root">`) || w.Header().Get("Cache-Control") != "no-cache" {
			t.Errorf("%s answered %d %v", path, w.Code, w.Header())
		}
	}
	if w := get(t, h, "/assets/none.js"); w.Code != http.StatusNotFound {
		t.Errorf("a missing file answered %d", w.Code)
	}
}

// What the page loads keeps for good, because its name changes with it, and is compressed.
func TestAssetsAreKeptAndCompressed(t *testing.T) {
	t.Parallel()
	h := handler(t)
	found := regexp.MustCompile(`src="(/assets/[^"]+\.js)"`).FindStringSubmatch(get(t, h, "/").Body.String())
	if !web.Built() {
		if found != nil {
			t.Fatal("there is a script without a build")
		}
		return
	}
	if found == nil {
		t.Fatal("the page loads no script")
	}
	plain, packed := get(t, h, found[1]), get(t, h, found[1], "Accept-Encoding", "gzip")
	if !strings.Contains(plain.Header().Get("Cache-Control"), "immutable") || !strings.Contains(plain.Header().Get("Content-Type"), "javascript") {
		t.Errorf("headers: %v", plain.Header())
	}
	if packed.Header().Get("Content-Encoding") != "gzip" || packed.Body.Len()*2 > plain.Body.Len() {
		t.Errorf("compressed from %d to %d: %v", plain.Body.Len(), packed.Body.Len(), packed.Header())
	}
}
