package sync_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse/warehousetest"
)

// ownMounts is set where this test process has mounts of its own.
const ownMounts = "EDDY_OWN_MOUNTS"

// TestFullDisksStopClearlyAndEndExact fills a real disk, once the one that the local state
// lies on, once PostgreSQL's, and leaves the run ever more room: it ends with an error that
// says that the disk is full, and which; once there is room, the next run makes the audience
// the model (promises 1 and 8). Disks are small file systems in memory, which only root may
// mount, in mounts of this test's own. Where it may not, TestFullDisksEndExact of cmd/eddy,
// with a limit on the size of files, is all that is shown.
func TestFullDisksStopClearlyAndEndExact(t *testing.T) {
	if os.Getenv(ownMounts) == "" {
		if out, err := exec.Command("unshare", "--mount", "--propagation", "private", "true").CombinedOutput(); err != nil {
			t.Skipf("no disk can be mounted here (%v %s): only a limit on the size of files is tested, by cmd/eddy", err, out)
		}
		t.Parallel()
		again := exec.Command("unshare", "--mount", "--propagation", "private", "--", os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
		again.Env = append(os.Environ(), ownMounts+"=yes")
		out, err := again.CombinedOutput()
		t.Logf("%s", out)
		if err != nil || strings.Count(string(out), "--- PASS: "+t.Name()+"/") != 2 {
			t.Errorf("with mounts of its own: %v", err)
		}
		return
	}
	t.Run("local state", func(t *testing.T) {
		w := newWorld(t, "duckdb")
		fillUp(t, w, mount(t, filepath.Join(w.dir, "state"), "64m"), func() error { return nil })
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		dir, err := os.MkdirTemp("", "eddy-disk-") //nolint:usetesting // the server is somebody else, whom t.TempDir keeps out
		if err == nil {
			err = os.Chmod(dir, 0o755)
		}
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.Remove(dir) })
		d := mount(t, dir, "256m")
		t.Setenv("TMPDIR", d.dir)
		server, err := warehousetest.StartPostgres("autovacuum=off")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(server.Stop)
		w := newWorld(t, "duckdb")
		w.onServer(t, server.URL("postgres"))
		w.local = false
		w.exec("CREATE TABLE customers (id bigint, email text, phone text, expires timestamp)")
		fillUp(t, w, d, server.Revive)
	})
}

// fillUp gives runs ever more room on a disk, until one ends well. A server that fell over
// is started again once there is room.
func fillUp(t *testing.T, w *world, d disk, revive func() error) {
	t.Helper()
	w.conn.Settings.Guard = eddy.Guard{MaxRemovedPercent: 100, AllowEmpty: true}
	turn := 0
	next := func() (rows []person) {
		turn++
		rows = sides()[turn%2]
		for i := range 800 { // enough to fill some blocks
			rows = append(rows, person{id: strconv.Itoa(100 + i), email: fmt.Sprintf("u%d.%d@x.com", i, turn%2)})
		}
		w.fill(rows)
		return rows
	}
	w.clean("the first run", next())
	failed := 0
	for room := int64(0); ; room += room + 4096 {
		rows := next()
		d.leave(t, room)
		run, err := w.squeezed(rows)
		d.leave(t, -1)
		if err := revive(); err != nil {
			t.Fatal(err)
		}
		if err == nil && len(run.Errors) == 0 {
			t.Logf("%d runs met a full disk; one passed with %d bytes", failed, room)
			break
		}
		failed++
		told := ""
		for _, e := range run.Errors {
			told += e.Reason + "\n"
		}
		if err != nil {
			told += err.Error()
			wantsMending(t, "a full disk", err)
		}
		if !strings.Contains(told, "No space left on device") && !strings.Contains(told, "disk is full") {
			t.Errorf("with %d bytes left the run does not say that the disk is full: %s", room, told)
		}
		if turn%3 != 0 {
			rows = next()
		}
		w.clean("a full disk", rows)
	}
	if failed < 3 {
		t.Errorf("the disk was full %d times", failed)
	}
}

// squeezed is a run on a disk that may be full.
func (w *world) squeezed(rows []person) (run eddy.Run, err error) {
	w.t.Helper()
	job, err := w.tryJob()
	if err != nil {
		return run, err
	}
	defer job.Source.Close()
	return w.brokenJob("a full disk", rows, job)
}

// disk is a small file system.
type disk struct{ dir string }

// mount mounts one of a size in this process's own mounts.
func mount(t *testing.T, dir, size string) disk {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "mode=0777,size="+size); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	return disk{dir}
}

// leave fills the disk up to so much room; less than nothing empties it again.
func (d disk) leave(t *testing.T, room int64) {
	t.Helper()
	ballast := filepath.Join(d.dir, "ballast")
	if err := os.Remove(ballast); err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	if room < 0 {
		return
	}
	var fs syscall.Statfs_t
	if err := syscall.Statfs(d.dir, &fs); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(ballast)
	if err == nil {
		err = syscall.Fallocate(int(f.Fd()), 0, 0, max(1, int64(fs.Bavail)*fs.Bsize-room))
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
}
