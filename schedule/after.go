package schedule

import (
	"fmt"
	"slices"
	"strings"
)

// MaxAfter is how many connections one may wait for.
const MaxAfter = 20

// checkAfter tells why the names of connections to wait for cannot be used. Whether they are
// there, and do not wait for each other, is for who knows all connections.
func checkAfter(names []string) error {
	bad := func(reason, mend string) error { return &Error{Field: "after", Reason: reason, Mend: mend} }
	switch {
	case len(names) == 0:
		return bad("is missing", "name the connection to run after")
	case len(names) > MaxAfter:
		return bad(fmt.Sprintf("names %d connections, more than %d", len(names), MaxAfter), "let some of them run after each other")
	case slices.ContainsFunc(names, func(n string) bool { return strings.TrimSpace(n) == "" }):
		return bad("has an empty name in it", "")
	}
	for i, n := range names {
		if slices.Contains(names[:i], n) {
			return bad(fmt.Sprintf("names %q twice", n), "")
		}
	}
	return nil
}
