package duckdb

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/eddy-retl/eddy"
)

// TestFilesThatChange: a file that is changed or replaced after it was verified fails the run,
// whatever its size and its time are then. One that is only read does not.
func TestFilesThatChange(t *testing.T) {
	for name, text := range map[string]string{"c.csv": "id\n1\n", "j.json": "[{\"id\": 1}]", "t.txt": "one"} {
		for how, change := range map[string]func(path string, info os.FileInfo) error{
			"nothing": func(string, os.FileInfo) error { return nil },
			"longer":  func(path string, _ os.FileInfo) error { return os.WriteFile(path, []byte(text+"\n"), 0o600) },
			"later": func(path string, info os.FileInfo) error {
				return os.Chtimes(path, time.Time{}, info.ModTime().Add(time.Second))
			},
			"gone": func(path string, _ os.FileInfo) error { return os.Remove(path) },
			"replaced": func(path string, info os.FileInfo) error {
				if err := os.WriteFile(path+".new", []byte(text), 0o600); err != nil {
					return err
				}
				if err := os.Chtimes(path+".new", time.Time{}, info.ModTime()); err != nil {
					return err
				}
				return os.Rename(path+".new", path)
			},
		} {
			dir := t.TempDir()
			path := filepath.Join(dir, name)
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			s, err := open(eddy.Source{Dir: dir, Opened: []string{dir}})
			if err != nil {
				t.Fatal(err)
			}
			sql := "FROM '" + name + "'"
			if name == "t.txt" {
				sql = "FROM read_text('t.txt')"
			}
			r, err := s.read(t.Context(), eddy.Model{SQL: sql})
			if err != nil {
				t.Fatal(err)
			}
			if err := r.verify(t.Context()); err != nil {
				t.Fatal(err)
			}
			info, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := change(path, info); err != nil {
				t.Fatal(err)
			}
			err = r.unchanged()
			if told := err != nil && strings.Contains(err.Error(), "was changed while it was read"); told != (how != "nothing") {
				t.Errorf("%s, %s: %v", name, how, err)
			}
		}
	}
}

// TestFilesAreNamedOnce: what DuckDB may open is what was found and verified, so that a file
// that comes to match a pattern meanwhile is not read.
func TestFilesAreNamedOnce(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a.csv", "b.csv"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("id\n1\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s, err := open(eddy.Source{Dir: dir, Opened: []string{dir}})
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.read(t.Context(), eddy.Model{SQL: "SELECT * FROM '*.csv'"})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "c.csv"), []byte("id\n1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	rows := 0
	err = s.with(t.Context(), r.paths(), func(ses *session) error {
		from, err := r.bind(t.Context(), ses)
		if err != nil {
			return err
		}
		return ses.query(t.Context(), "SELECT * FROM "+from, func([][]byte) error { rows++; return nil })
	})
	if err != nil || rows != 2 {
		t.Errorf("%d rows, %v", rows, err)
	}
}
