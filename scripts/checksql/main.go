// Command checksql runs the statements of BigQuery's golden files through GoogleSQL's analyzer,
// which is the one that BigQuery has, and leaves the hashes of files without a mistake in a file.
// An ordinary test compares those with the golden files. It is a module of its own, because its
// first build takes minutes and 6 GB.
//
// usage: checksql ROOT
package main

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// passed is where the hashes are left, below the root of the repository.
const passed = "scripts/checksql/passed.txt"

// goldens are the files that are checked.
func goldens(root string) (names []string, err error) {
	for _, pattern := range []string{"ledger/testdata/bigquery/*.sql", "warehouse/bigquery/testdata/*.sql"} {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			return nil, err
		}
		names = append(names, found...)
	}
	slices.Sort(names)
	return names, nil
}

func run(root string) error {
	names, err := goldens(root)
	if err != nil {
		return err
	}
	before, err := os.ReadFile(filepath.Join(root, "scripts/checksql/before.sql"))
	if err != nil {
		return err
	}
	var hashes, wrong string
	statements := 0
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		at, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		n, err := check(at, string(before), string(text))
		if err != nil {
			wrong += err.Error() + "\n"
		}
		statements += n
		hashes += fmt.Sprintf("%x  %s\n", sha256.Sum256(text), filepath.ToSlash(at))
	}
	if wrong != "" {
		return fmt.Errorf("%s%s is left as it was", wrong, passed)
	}
	fmt.Printf("%d statements of %d files have no mistake\n", statements, len(names))
	return os.WriteFile(filepath.Join(root, passed), []byte(hashes), 0o644)
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: checksql ROOT")
		os.Exit(2)
	}
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
