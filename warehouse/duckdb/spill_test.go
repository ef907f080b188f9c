package duckdb

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// TestSpilledValuesCannotBeRead: what does not fit in memory lies on disk while a run
// goes on, and after it was killed; nobody can read a value there, neither of many small
// cells nor of large ones (promise 10). With encryption switched off the same search
// finds them, which shows that it would.
func TestSpilledValuesCannotBeRead(t *testing.T) {
	const mark = "zqxjkvwpyh"
	for name, model := range map[string]string{
		"small cells": "SELECT i, sha256(i::VARCHAR) || '-" + mark + "-' || md5(i::VARCHAR) AS v FROM range(600000) t(i)",
		"large cells": "SELECT i, repeat(sha256(i::VARCHAR) || '-" + mark + "-' || md5(i::VARCHAR), 80) AS v FROM range(8000) t(i)",
	} {
		t.Run(name, func(t *testing.T) {
			if n := spilled(t, model, mark, true); n != 0 {
				t.Errorf("%d values can be read", n)
			}
			if spilled(t, model, mark, false) == 0 {
				t.Error("no value is found even without encryption")
			}
		})
	}
}

// spilled counts the marks in the temporary files of an engine that keeps a model in a
// temporary table, as a run does.
func spilled(t *testing.T, model, mark string, encrypted bool) int {
	t.Helper()
	path := filepath.Join(t.TempDir(), "c.duckdb")
	opened, err := Engine{Path: path, MemoryLimit: "48MB"}.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = opened.Close() }()
	s := opened.(*session)
	if !encrypted {
		if _, err := s.Exec(t.Context(), "SET temp_file_encryption = false"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Exec(t.Context(), "CREATE TEMP TABLE spilled AS "+model); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(path + ".tmp/*")
	if err != nil || len(files) == 0 {
		t.Fatalf("nothing was spilled: %v", err)
	}
	n := 0
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		n += bytes.Count(data, []byte(mark)) + bytes.Count(data, []byte(strings.ToUpper(mark)))
	}
	return n
}

// TestEnginesSpillApart: engines that work at the same time, in one working folder and on one
// state, do not write over what others could not hold in memory; and nothing of it is left
// behind, nor put where the program was started, which may be open to models.
func TestEnginesSpillApart(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("TMPDIR", t.TempDir())
	state := filepath.Join(t.TempDir(), "c.duckdb")
	made, err := Engine{Path: state}.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := made.Close(); err != nil {
		t.Fatal(err)
	}
	left := func() (files []string) {
		for _, dir := range []string{".", os.TempDir(), state + ".tmp"} {
			found, _ := filepath.Glob(filepath.Join(dir, "*"))
			hidden, _ := filepath.Glob(filepath.Join(dir, ".*"))
			files = append(append(files, found...), hidden...)
		}
		return files
	}
	var all sync.WaitGroup
	for i := range 4 {
		e := Engine{MemoryLimit: "48MB"}
		if i%2 == 1 {
			e.Path, e.ReadOnly = state, true
		}
		opened, err := e.Open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		all.Go(func() {
			s := opened.(*session)
			sum := ""
			_, err := s.Exec(t.Context(), fmt.Sprintf("CREATE TEMP TABLE spilled AS SELECT i, md5((i + %d)::VARCHAR) || sha256(i::VARCHAR) AS v FROM range(900000) AS r(i)", i))
			if err == nil {
				err = s.Query(t.Context(), fmt.Sprintf("SELECT count(*)::VARCHAR FROM spilled WHERE v = md5((i + %d)::VARCHAR) || sha256(i::VARCHAR)", i), func(row [][]byte) error {
					sum = string(row[0])
					return nil
				})
			}
			if err != nil || sum != "900000" || len(left()) == 0 {
				t.Errorf("engine %d: %s rows are right, %v; spilled: %v", i, sum, err, left())
			}
			if err := opened.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if files := left(); len(files) > 0 {
		t.Errorf("left behind: %v", files)
	}
}
