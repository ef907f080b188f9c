package warehouse_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/eddy-retl/eddy/warehouse"
)

// FuzzNames: two connections never share the names of their tables, these fit every
// engine, and a table name of the user's is quoted the same when it is quoted again.
func FuzzNames(f *testing.F) {
	for _, s := range []string{"vip", "VIP", "v i p", "vip_0123456789ab", `a"b`, `"a.b".c`, `"`, `""`, ".", "é", "\xff", "'", strings.Repeat("x", 33)} {
		f.Add(s, s+"_")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		slug := warehouse.Slug(a)
		if a != b && slug == warehouse.Slug(b) {
			t.Fatalf("%q and %q share the slug %q", a, b, slug)
		}
		if len(slug)+longest > 63 || strings.Trim(slug, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" {
			t.Fatalf("%q does not fit into a table name", slug)
		}
		parts, quoted := warehouse.SplitName(a), warehouse.QuoteName(a)
		if again := warehouse.SplitName(quoted); !slices.Equal(parts, again) || warehouse.QuoteName(quoted) != quoted {
			t.Fatalf("%q is split into %q, quoted as %s, and that is split into %q", a, parts, quoted, again)
		}
	})
}
