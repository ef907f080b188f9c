package main

import (
	"path/filepath"

	"github.com/eddy-retl/eddy/setup"
)

// files is what models may read on a server: the folders of --files, and in them neither the
// certificate, nor the token of the metrics, nor where the log goes. Paths are absolute: a link in them is followed anew
// whenever a model asks, because a renewed certificate is another file.
func (o serving) files() setup.Files {
	var f setup.Files
	for _, dir := range o.opened {
		f.Opened = append(f.Opened, absolute(dir))
	}
	for _, path := range []string{o.cert, o.key, o.tokenFile} {
		if path != "" {
			f.Closed = append(f.Closed, absolute(path))
		}
	}
	for _, stream := range []string{"/dev/stdout", "/dev/stderr"} {
		// What is no file, such as a terminal or a pipe, leads nowhere.
		if path, err := filepath.EvalSymlinks(stream); err == nil {
			f.Closed = append(f.Closed, path)
		}
	}
	return f
}

func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}
