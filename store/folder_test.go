package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/store"
)

// open opens the store of a folder as a server does.
func open(t *testing.T, dir string) (*store.Store, error) {
	t.Helper()
	keys, err := store.LoadKeys(dir, func(string) (string, bool) { return "", false })
	if err != nil {
		return nil, err
	}
	return store.Open(t.Context(), store.Config{Dir: dir, Keys: keys})
}

// made is a folder with a store in which something is.
func made(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	st, err := open(t, dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := st.Put(t.Context(), store.Object{Kind: store.Source, Name: "shop", Spec: []byte(`{"type":"duckdb"}`)}, store.AnyVersion, store.Actor{ID: "system"}); err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// files are what lies in a folder, with what is in it.
func files(t *testing.T, dir string) (out []string) {
	t.Helper()
	all, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		if text, err := os.ReadFile(filepath.Join(dir, e.Name())); err == nil && !strings.HasSuffix(e.Name(), ".lock") {
			out = append(out, e.Name()+":"+string(text))
		}
	}
	return out
}

// TestLostStoresAreNotTakenForNew: a file that is empty or cut off was one, and nothing is
// made in its place.
func TestLostStoresAreNotTakenForNew(t *testing.T) {
	t.Parallel()
	whole, err := os.ReadFile(filepath.Join(made(t), "eddy.db"))
	if err != nil || len(whole) < 3*4096 {
		t.Fatalf("%d bytes, %v", len(whole), err)
	}
	for name, text := range map[string][]byte{
		"empty": {}, "a byte": whole[:1], "half a header": whole[:50], "a page": whole[:4096], "half": whole[:len(whole)/2], "all but a byte": whole[:len(whole)-1],
		"another file": []byte(strings.Repeat("not a store ", 5000)), "zeros": make([]byte, len(whole)),
	} {
		// What a process that died wrote last may lie beside it, or what is left of that.
		for beside, wal := range map[string]string{"alone": "", "with a log": strings.Repeat("x", 5000), "with a byte of a log": "x"} {
			dir := made(t)
			if err := os.WriteFile(filepath.Join(dir, "eddy.db"), text, 0o600); err != nil {
				t.Fatal(err)
			}
			if wal != "" {
				if err := os.WriteFile(filepath.Join(dir, "eddy.db-wal"), []byte(wal), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			before := files(t, dir)
			st, err := open(t, dir)
			if err == nil {
				_ = st.Close()
			}
			if e, ok := errors.AsType[*eddy.Error](err); !ok || e.Code != eddy.CodeConfig || !strings.Contains(e.Mend, "backup") || !strings.Contains(err.Error(), "eddy.db") {
				t.Errorf("%s, %s: %v", name, beside, err)
			}
			if !slices.Equal(before, files(t, dir)) {
				t.Errorf("%s, %s: something was written", name, beside)
			}
		}
	}
}

// TestAStoreIsWholeWithItsLog: a process that was killed leaves most of a new store in the
// log beside it, which is no loss.
func TestAStoreIsWholeWithItsLog(t *testing.T) {
	t.Parallel()
	dir, killed := t.TempDir(), t.TempDir()
	st, err := open(t, dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = st.Close() }()
	if _, err := st.Put(t.Context(), store.Object{Kind: store.Source, Name: "shop", Spec: []byte(`{"type":"duckdb"}`)}, store.AnyVersion, store.Actor{ID: "system"}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"eddy.db", "eddy.db-wal", "secret.key"} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(killed, name), text, 0o600)
		}
		if err != nil || len(text) == 0 {
			t.Fatalf("%s: %d bytes, %v", name, len(text), err)
		}
	}
	again, err := open(t, killed)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = again.Close() }()
	if _, err := again.Object(t.Context(), store.Source, "shop"); err != nil {
		t.Error(err)
	}
}

// TestAFirstStartThatDiedGoesOn: what it left is a store that is being made, not a lost one.
func TestAFirstStartThatDiedGoesOn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if _, err := store.LoadKeys(dir, func(string) (string, bool) { return "", false }); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"eddy.db.making", "eddy.db"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	st, err := open(t, dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "eddy.db.making")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the mark is still there: %v", err)
	}
	if st, err = open(t, dir); err != nil {
		t.Fatal(err)
	}
	_ = st.Close()
}

// TestAMissingKeyIsNotReplaced: another key would open nothing, and look like the right one.
func TestAMissingKeyIsNotReplaced(t *testing.T) {
	t.Parallel()
	dir := made(t)
	if err := os.Remove(filepath.Join(dir, "secret.key")); err != nil {
		t.Fatal(err)
	}
	before := files(t, dir)
	_, err := open(t, dir)
	if e, ok := errors.AsType[*eddy.Error](err); !ok || !strings.Contains(e.What, "secret.key is missing") || !strings.Contains(e.Mend, "backup") {
		t.Errorf("got %v", err)
	}
	if !slices.Equal(before, files(t, dir)) {
		t.Error("something was written")
	}
}

// TestRestoredFilesAreClosedToOthers: a backup often brings files back that all may read.
func TestRestoredFilesAreClosedToOthers(t *testing.T) {
	t.Parallel()
	dir := made(t)
	state := filepath.Join(dir, "state")
	if err := os.Mkdir(state, 0o700); err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(dir, "notes.txt")
	for _, path := range []string{filepath.Join(state, "vip.duckdb"), filepath.Join(dir, "key"), filepath.Join(dir, "server-id"), other} {
		if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	paths, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	paths = append(paths, dir, filepath.Join(state, "vip.duckdb"))
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, info.Mode().Perm()|0o055); err != nil {
			t.Fatal(err)
		}
	}
	st, err := open(t, dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = st.Close() }()
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			continue // files of SQLite come and go
		}
		if others := info.Mode().Perm() & 0o077; others != 0 && path != other || others == 0 && path == other {
			t.Errorf("%s has mode %04o", path, info.Mode().Perm())
		}
	}
}

func TestRoom(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := store.Room(dir); err != nil {
		t.Error(err)
	}
	if left := files(t, dir); len(left) != 0 {
		t.Errorf("something is left: %.100q", left)
	}
	if full, ok := errors.AsType[*store.FullError](store.Room(filepath.Join(dir, "gone"))); !ok || !strings.Contains(full.Error(), dir) {
		t.Errorf("a folder that is gone: %v", full)
	}
}
