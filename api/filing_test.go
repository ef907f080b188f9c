package api //nolint:testpackage // what is tested is an inside of the handler

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestFilesHaveTurnsOfTheirOwn: whoever has a file taken in keeps no list waiting, and nobody else's
// file but for a moment.
func TestFilesHaveTurnsOfTheirOwn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, err := newServer(Config{Version: "1"})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			of     *turns
			person string
			want   int
		}{
			{s.filing, "ada", 0},
			{s.taking, "bob", 0},
			{s.filing, "ada", http.StatusTooManyRequests},
			{s.filing, "bob", 0},
			{s.filing, "cy", http.StatusServiceUnavailable},
		} {
			_, err := c.of.begin(t.Context(), c.person)
			p, refused := errors.AsType[*Problem](err)
			if refused != (c.want != 0) || refused && (p.Status != c.want || !strings.Contains(p.Detail, "uploads of files")) {
				t.Errorf("%s's %s: %v, want %d", c.person, c.of.work, err, c.want)
			}
		}
	})
}

// TestAFileThatTakesTooLong: it is the file that is told of, and no warehouse.
func TestAFileThatTakesTooLong(t *testing.T) {
	t.Parallel()
	s, err := newServer(Config{Version: "1", StateDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.keep(t.Context(), "x.csv", []byte("id\n1\n"), nil); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()
	_, err = s.keep(ctx, "x.csv", []byte("id\n1\n"), nil)
	if p := s.problem(t.Context(), err); p.Status != http.StatusGatewayTimeout || !strings.Contains(p.Detail, "the file was not read to its end within 1m0s") || p.Mend == "" {
		t.Errorf("too long: %+v", p)
	}
}

// TestFilesNeedRoom: a state folder that takes nothing more takes no file, and says so.
func TestFilesNeedRoom(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "gone")
	s, err := newServer(Config{Version: "1", StateDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.keep(t.Context(), "x.csv", []byte("id\n1\n"), nil)
	if p := s.problem(t.Context(), err); p.Status != http.StatusServiceUnavailable || p.Code != "full" {
		t.Errorf("without room: %+v", p)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("something was made where there is no room: %v", err)
	}
}
