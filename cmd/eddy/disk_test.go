package main

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestFullDisksEndExact gives the program a limit on the size of its files, at which a
// write fails as it does on a full disk: at first at once, then ever later in the run. It
// ends with an error that says so, and the run after it leaves exactly the model's people
// in the audience (promise 8).
func TestFullDisksEndExact(t *testing.T) {
	t.Parallel()
	c := newCrash(t, "files")
	c.edit()
	c.exact("the first run")
	failed := 0
	for round, blocks := 1, 1; ; round, blocks = round+1, blocks+blocks/2+1 {
		c.edit()
		out, err := c.limited(blocks)
		if err == nil {
			break
		}
		failed++
		if !strings.Contains(strings.ToLower(out), "file too large") || strings.Contains(out, "goroutine") {
			t.Fatalf("with %d blocks: %v\n%s", blocks, err, out)
		}
		if round%2 == 0 {
			c.edit()
		}
		c.exact(fmt.Sprintf("a file of %d blocks", blocks))
	}
	if failed < 5 {
		t.Errorf("the limit was met %d times", failed)
	}
}

// limited runs the program with files of at most so many blocks of 512 bytes.
func (c *crash) limited(blocks int) (string, error) {
	script := fmt.Sprintf("ulimit -f %d; exec \"$0\" sync -f \"$1\" \"$2\"", blocks)
	out, err := exec.Command("sh", "-c", script, c.exe, filepath.Join(c.dir, "eddy.yaml"), c.connection).CombinedOutput()
	return string(out), err
}
