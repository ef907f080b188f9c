package main

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/eddy-retl/eddy/connectors"
)

// resultsPath is what the suites have shown of each warehouse, in the folder of pages: a line for
// each warehouse, capability, and what it was shown on.
const resultsPath = "warehouses/results.tsv"

// result is a line of it.
type result struct{ warehouse, capability, on string }

// readResults reads lines of results, each once, sorted.
func readResults(path string) ([]result, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	var list []result
	for lines := bufio.NewScanner(f); lines.Scan(); {
		cells := strings.Split(lines.Text(), "\t")
		if len(cells) != 3 {
			return nil, fmt.Errorf("%s: not a result: %q", path, lines.Text())
		}
		list = append(list, result{cells[0], cells[1], cells[2]})
	}
	slices.SortFunc(list, func(a, b result) int {
		return cmp.Or(cmp.Compare(a.warehouse, b.warehouse), cmp.Compare(a.capability, b.capability), cmp.Compare(a.on, b.on))
	})
	return slices.Compact(list), nil
}

// shown compares what the pages say that suites have shown with what they have shown now. It
// looks at the warehouses of which anything was shown now; a capability that is claimed and was
// not shown is an error, and so is one that was shown and is not claimed.
func shown(claimed, now []result) error {
	var errs []error
	for _, r := range claimed {
		tested := slices.ContainsFunc(now, func(n result) bool { return n.warehouse == r.warehouse })
		if tested && !slices.Contains(now, r) {
			errs = append(errs, fmt.Errorf("%s: %s is said to be shown on %q, and no test has shown it", r.warehouse, r.capability, r.on))
		}
	}
	for _, r := range now {
		if !slices.Contains(claimed, r) {
			errs = append(errs, fmt.Errorf("%s: %s was shown on %q, and %s does not say so", r.warehouse, r.capability, r.on, resultsPath))
		}
	}
	return errors.Join(errs...)
}

// keep writes what was shown now in place of what was claimed of the same warehouses.
func keep(path string, claimed, now []result) error {
	list := slices.DeleteFunc(slices.Clone(claimed), func(r result) bool {
		return slices.ContainsFunc(now, func(n result) bool { return n.warehouse == r.warehouse })
	})
	var b strings.Builder
	for _, r := range append(list, now...) {
		fmt.Fprintf(&b, "%s\t%s\t%s\n", r.warehouse, r.capability, r.on)
	}
	lines := strings.SplitAfter(b.String(), "\n")
	slices.Sort(lines)
	return os.WriteFile(path, []byte(strings.Join(lines, "")), 0o644) //nolint:gosec // for everybody
}

// capabilities are the columns of the table.
func capabilities() []string {
	return []string{"source", "engine", "promises", "local state", "promises, local state", "TLS", "tunnel"}
}

// warehouses is the table of what the suites have shown of each.
func warehouses(results []result) string {
	rows := [][]string{slices.Concat([]string{"warehouse"}, capabilities(), []string{"shown on"})}
	for _, k := range connectors.Warehouses() {
		if k.Uploaded { // what DuckDB shows is shown of them
			continue
		}
		row := []string{code(k.Type)}
		var on []string
		for _, r := range results {
			if r.warehouse == k.Type && r.on != "" && !slices.Contains(on, r.on) {
				on = append(on, r.on)
			}
		}
		for _, c := range capabilities() {
			cell := "–"
			if slices.ContainsFunc(results, func(r result) bool { return r.warehouse == k.Type && r.capability == c }) {
				cell = "yes"
			}
			row = append(row, cell)
		}
		rows = append(rows, append(row, cmp.Or(strings.Join(on, ", "), "nothing yet")))
	}
	return markdown(rows)
}
