package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/eddy-retl/eddy"
)

// maxSize is the largest file that is read: thousands of connections fit, and
// whatever is larger is not a configuration file.
const maxSize = 1 << 20

// read returns the text of the file.
func read(path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case path == "":
		return nil, unreadable("no configuration file is named", "name it with -f FILE")
	case errors.Is(err, fs.ErrNotExist):
		return nil, unreadable(fmt.Sprintf("%s: there is no such file", path), guess(path))
	case err != nil:
		return nil, unreadable(fmt.Sprintf("%s: cannot be read: %v", path, reason(err)), "")
	case info.IsDir():
		return nil, unreadable(fmt.Sprintf("%s: is a folder, not a file", path), guess(filepath.Join(path, "eddy.yaml")))
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, unreadable(fmt.Sprintf("%s: cannot be read: %v", path, reason(err)), "")
	}
	defer f.Close() //nolint:errcheck // nothing was written
	data, err := io.ReadAll(io.LimitReader(f, maxSize+1))
	if err != nil {
		return nil, unreadable(fmt.Sprintf("%s: cannot be read: %v", path, reason(err)), "")
	}
	return data, nil
}

// unreadable is the error of a file that could not be read at all.
func unreadable(what, mend string) error {
	return &eddy.Error{Code: eddy.CodeConfig, What: what, Mend: mend}
}

// reason drops the operation and the path from a file error: the message has them.
func reason(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	return err
}

// guess names a YAML file beside the missing one that may have been meant.
func guess(path string) string {
	var found []string
	for _, pattern := range []string{"*.yaml", "*.yml"} {
		// The only error is a malformed pattern, from a folder's name with brackets.
		matches, _ := filepath.Glob(filepath.Join(filepath.Dir(path), pattern))
		found = append(found, matches...)
	}
	if near, ok := eddy.Nearest(path, found); ok {
		return fmt.Sprintf("Did you mean %s?", near)
	}
	return "Name the configuration file with -f FILE."
}
