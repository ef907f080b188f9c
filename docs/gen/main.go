// Command gen writes the tables of the documentation that repeat what the code
// declares: options of sources and destinations, fields, flags of the sandbox.
//
//	go run ./docs/gen
//	go run ./docs/gen -results FILE         also takes in what tests have shown of warehouses
//	go run ./docs/gen -results FILE -check  fails where the pages say something else
//
// A table stands in a page between a line "<!-- gen: options duckdb -->" and a line
// "<!-- end -->". A test fails when a page is not what gen would write.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	results := flag.String("results", "", "a `file` that tests wrote, of what they have shown")
	check := flag.Bool("check", false, "compare it with the pages, and write nothing")
	flag.Parse()
	if err := gather("docs", *results, *check); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

// gather takes in results, or compares them, and rewrites the pages.
func gather(dir, results string, check bool) error {
	if results == "" {
		return run(dir)
	}
	now, err := readResults(results)
	if err != nil {
		return err
	}
	path := filepath.Join(dir, resultsPath)
	claimed, err := readResults(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if check {
		return shown(claimed, now)
	}
	if err := keep(path, claimed, now); err != nil {
		return err
	}
	return run(dir)
}

// run rewrites the pages of a folder in place.
func run(dir string) error {
	pages, err := filepath.Glob(filepath.Join(dir, "*.md"))
	results, missing := readResults(filepath.Join(dir, resultsPath))
	if err == nil && !errors.Is(missing, fs.ErrNotExist) {
		err = missing
	}
	if err != nil {
		return err
	}
	if len(pages) == 0 {
		return errors.New("no pages here; run it in the module's root folder")
	}
	for _, name := range pages {
		old, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		text, err := fill(string(old), results)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if text == string(old) {
			continue
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil { //nolint:gosec // a page is for everybody
			return err
		}
		fmt.Println("wrote", name)
	}
	return nil
}

// The lines around a table.
const (
	begin = "<!-- gen: "
	shut  = " -->"
	end   = "<!-- end -->"
)

// fill puts fresh tables into a page.
func fill(page string, results []result) (string, error) {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(page, begin)
		b.WriteString(before)
		if !found {
			return b.String(), nil
		}
		name, rest, closed := strings.Cut(rest, shut+"\n")
		_, after, ended := strings.Cut(rest, end)
		if !closed || !ended || strings.Contains(name, "\n") {
			return "", fmt.Errorf("a table does not end: %q", name)
		}
		made, err := table(name, results)
		if err != nil {
			return "", err
		}
		b.WriteString(begin + name + shut + "\n\n" + made + "\n" + end)
		page = after
	}
}
