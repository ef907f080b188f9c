package keyfile_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/eddy-retl/eddy/keyfile"
)

func TestRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name string, size int) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, bytes.Repeat([]byte("x"), size), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{1, 1 << 20} {
		if text, err := keyfile.Read(write("key", size)); err != nil || len(text) != size {
			t.Errorf("%d bytes: read %d, %v", size, len(text), err)
		}
	}
	for path, want := range map[string]string{
		write("empty", 0): "no plain file of 1 byte to 1 MiB", write("large", 1<<20+1): "no plain file of 1 byte to 1 MiB",
		dir: "no plain file", pipe: "no plain file", "/dev/zero": "no plain file", "/proc/self/environ": "no plain file",
		filepath.Join(dir, "none"): "no such file or directory",
	} {
		text, err := keyfile.Read(path)
		if text != nil || err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), path) {
			t.Errorf("%s: %d bytes, %v", path, len(text), err)
		}
	}
}
