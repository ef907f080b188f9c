// Package web is the page: the sources of the front end, and its embedded build.
package web

import (
	"bytes"
	"embed"
	"errors"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/klauspost/compress/gzhttp"
	"github.com/klauspost/compress/gzip"
)

// page is what "npm run build" made, in the folder built; without Node there is only
// unbuilt.html.
//
//go:embed all:page
var page embed.FS

// Built says whether the page is part of this program.
func Built() bool {
	_, err := fs.Stat(page, "page/built/index.html")
	return err == nil
}

// Handler serves the page. Every path that is no file is the page itself, which knows its
// own addresses. Answers are compressed for those who take it. Headers that keep browsers
// careful are the business of who mounts it.
func Handler() (http.Handler, error) {
	files, err := fs.Sub(page, "page/built")
	if err != nil {
		return nil, err
	}
	if !Built() {
		text, err := page.ReadFile("page/unbuilt.html")
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Cache-Control", "no-store")
			http.ServeContent(w, r, "unbuilt.html", time.Time{}, bytes.NewReader(text))
		}), err
	}
	// A browser asks for a file once, so that it may cost some milliseconds to pack it well. As
	// fast as zstd is made here, files come out larger by a tenth.
	compress, err := gzhttp.NewWrapper(gzhttp.CompressionLevel(gzip.BestCompression), gzhttp.EnableZstd(false))
	if err != nil {
		return nil, err
	}
	static := http.FileServerFS(files)
	return compress(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			http.Error(w, "the page can only be read", http.StatusMethodNotAllowed)
			return
		}
		h := w.Header()
		name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
		switch _, err := fs.Stat(files, name); {
		case name == "" || name == "index.html" || errors.Is(err, fs.ErrNotExist) && !strings.HasPrefix(name, "assets/"):
			h.Set("Cache-Control", "no-cache")
			http.ServeFileFS(w, r, files, "index.html")
		case strings.HasPrefix(name, "assets/"):
			// Their names change with what they hold.
			h.Set("Cache-Control", "public, max-age=31536000, immutable")
			static.ServeHTTP(w, r)
		default:
			static.ServeHTTP(w, r)
		}
	})), nil
}
