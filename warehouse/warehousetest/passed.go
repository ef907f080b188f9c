package warehousetest

import (
	"fmt"
	"os"
	"testing"
)

// resultsVariable names the file that tests add to what a warehouse has passed.
const resultsVariable = "EDDY_RESULTS"

// Passed puts on record, once a test has passed with all its parts, what a warehouse has shown
// by it: a capability, such as "engine", and on what, such as "MariaDB 10.11". The table of
// warehouses in the documentation is made of these lines. It does nothing where nobody
// collects them.
func Passed(t *testing.T, warehouse, capability, on string) {
	t.Helper()
	path := os.Getenv(resultsVariable)
	if path == "" || warehouse == "" {
		return
	}
	t.Cleanup(func() {
		if t.Failed() || t.Skipped() {
			return
		}
		f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
		if err == nil {
			_, err = fmt.Fprintf(f, "%s\t%s\t%s\n", warehouse, capability, on)
		}
		if err == nil {
			err = f.Close()
		}
		if err != nil {
			t.Error(err)
		}
	})
}
