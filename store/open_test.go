package store_test

import (
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/store"
	"github.com/eddy-retl/eddy/warehouse/warehousetest"
)

// A store that cannot be opened says what is wrong, where, and what to do, without the
// password.
func TestCannotOpen(t *testing.T) {
	base := warehousetest.Postgres(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	as := func(change func(*url.URL)) string {
		u, err := url.Parse(base)
		if err != nil {
			t.Fatal(err)
		}
		u.User = url.UserPassword("eddy", "hunter2")
		change(u)
		return u.String()
	}
	for what, c := range map[string]struct{ url, want string }{
		"wrong password":   {as(func(*url.URL) {}), "cannot be reached"},
		"closed port":      {as(func(u *url.URL) { u.Host = closed }), "on " + closed + " cannot be reached"},
		"unknown database": {as(func(u *url.URL) { u.Path = "/nowhere"; u.User = url.UserPassword("eddy", "eddy") }), "database nowhere"},
		"not a URL":        {"postgres://eddy:hunter2@:x/?", "postgres://user:password@host:5432/database"},
		"another kind":     {"mysql://eddy:hunter2@localhost/eddy", "postgres://user:password@host:5432/database"},
	} {
		cfg := onSQLite(t)
		cfg.DatabaseURL = c.url
		_, err := store.Open(t.Context(), cfg)
		if err == nil || !strings.Contains(err.Error(), c.want) || eddy.ErrorCode(err) != eddy.CodeConfig || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v, want %q", what, err, c.want)
		}
	}
}

// A file that is no store, or lost its tables, is told as that.
func TestDamagedFile(t *testing.T) {
	t.Parallel()
	cfg := onSQLite(t)
	path := filepath.Join(cfg.Dir, "eddy.db")
	if err := os.WriteFile(path, []byte(strings.Repeat("this is no database. ", 400)), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := store.Open(t.Context(), cfg)
	if err == nil || eddy.ErrorCode(err) != eddy.CodeConfig || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "backup") {
		t.Errorf("no database: %v", err)
	}
	if _, err := store.Open(t.Context(), store.Config{Dir: t.TempDir()}); err == nil || !strings.Contains(err.Error(), "no keys") {
		t.Errorf("without keys: %v", err)
	}
}

// What was committed is there after the process is gone, and a copy that SQLite makes
// while the server runs is a store with everything in it.
func TestBackup(t *testing.T) {
	t.Parallel()
	cfg := onSQLite(t)
	fillSources(t, cfg, 3)
	s, err := store.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	restored := t.TempDir()
	if _, err := s.DB().ExecContext(t.Context(), "VACUUM INTO ?", filepath.Join(restored, "eddy.db")); err != nil {
		t.Fatal(err)
	}
	key, err := os.ReadFile(filepath.Join(cfg.Dir, "secret.key"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(restored, "secret.key"), key, 0o600); err != nil {
		t.Fatal(err)
	}
	if objects := reopened(t, store.Config{Dir: restored}); len(objects) != 3 || objects[2].Secrets["url"] != "hunter2" {
		t.Errorf("restored %d sources", len(objects))
	}
}
