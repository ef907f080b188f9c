package setup_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/setup"
)

// TestUploadsAreBoundedTogether: where all of them take as much as they may, none is taken in.
func TestUploadsAreBoundedTogether(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	keep := func() error {
		k, err := setup.KeepFile(t.Context(), dir, "x.csv", []byte("id\n1\n"), nil)
		if err == nil {
			err = k.Take()
		}
		return err
	}
	if err := keep(); err != nil {
		t.Fatal(err)
	}
	// A file of eight gigabytes that takes nothing of the disk.
	old := filepath.Join(dir, "uploads", strings.Repeat("0", 32))
	if err := os.WriteFile(old, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for size, want := range map[int64]string{8 << 30: "take 8 GiB", 8<<30 - 300: "no room"} {
		if err := os.Truncate(old, size); err != nil {
			t.Fatal(err)
		}
		if err := keep(); eddy.ErrorCode(err) != eddy.CodeConflict || !strings.Contains(err.Error(), want) {
			t.Errorf("beside %d bytes: %v", size, err)
		}
	}
	if left, err := os.ReadDir(filepath.Dir(old)); err != nil || len(left) != 2 {
		t.Errorf("there is %v: %v", left, err)
	}
	if err := os.Remove(old); err != nil {
		t.Fatal(err)
	}
	if err := keep(); err != nil {
		t.Errorf("once there is room again: %v", err)
	}
}
