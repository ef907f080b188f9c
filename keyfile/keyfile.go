// Package keyfile reads the small files that options name: keys, tokens and certificates.
package keyfile

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// most is how large such a file may be, in bytes; a bundle of all public authorities has a quarter
// of it.
const most = 1 << 20

// Read gives the content of a plain file of 1 byte to 1 MiB. What has no size, as the files of
// /proc, may never end, and a pipe never begin: neither is opened. Errors do not name the path.
func Read(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, bare(err)
	}
	if size := info.Size(); !info.Mode().IsRegular() || size == 0 || size > most {
		return nil, fmt.Errorf("no plain file of 1 byte to %d MiB", most>>20)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, bare(err)
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && len(text) > most {
		err = fmt.Errorf("it has more than %d MiB", most>>20)
	}
	return text, bare(err)
}

// bare is an error without the path that the library put before it.
func bare(err error) error {
	if e, ok := errors.AsType[*os.PathError](err); ok {
		return e.Err
	}
	return err
}
