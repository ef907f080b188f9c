package warehouse_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/eddy-retl/eddy/warehouse"
)

// longest is the longest table name that a slug stands in, without the slug.
const longest = len("snapshot_") + len("_20260102030405abcd")

func TestSlug(t *testing.T) {
	plain := rapid.StringMatching(`[a-z0-9_]{1,32}`)
	names := rapid.OneOf(rapid.String(), plain, rapid.StringMatching(`[A-Za-z0-9_ .é北-]{0,80}`), rapid.StringN(30, 300, -1))
	rapid.Check(t, func(t *rapid.T) {
		a, b := names.Draw(t, "a"), names.Draw(t, "b")
		sa, sb := warehouse.Slug(a), warehouse.Slug(b)
		if a != b && sa == sb {
			t.Fatalf("%q and %q share the slug %q", a, b, sa)
		}
		// The slug of a name is a name too, and another connection may bear it.
		if sa != a && warehouse.Slug(sa) == sa {
			t.Fatalf("a connection named %q would share the state of %q", sa, a)
		}
		if len(sa)+longest > 63 || strings.Trim(sa, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" {
			t.Fatalf("%q does not fit into a table name", sa)
		}
	})
	for _, name := range []string{"vip", "vip_2", "a_b_c", "customers_2026", strings.Repeat("x", 32)} {
		if got := warehouse.Slug(name); got != name {
			t.Errorf("the plain name %q becomes %q", name, got)
		}
	}
}

func TestQuoteNameAndSplitName(t *testing.T) {
	for name, want := range map[string][]string{
		"customers":         {"customers"},
		"main.customers":    {"main", "customers"},
		`"a.b".c`:           {"a.b", "c"},
		`"a""b"."c d"`:      {`a"b`, "c d"},
		`"x"."a"".""b"`:     {"x", `a"."b`},
		`Sales."My ""own""`: {"Sales", `My "own"`},
	} {
		if got := warehouse.SplitName(name); !slices.Equal(got, want) {
			t.Errorf("%s splits into %q, want %q", name, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(rapid.String(), 1, 4).Draw(t, "parts")
		var quoted []string
		for _, p := range parts {
			quoted = append(quoted, warehouse.Quote(p))
		}
		name := strings.Join(quoted, ".")
		if got := warehouse.SplitName(name); !slices.Equal(got, parts) {
			t.Fatalf("%s splits into %q, want %q", name, got, parts)
		}
		if got := warehouse.QuoteName(name); got != name {
			t.Fatalf("%s is quoted again as %s", name, got)
		}
	})
}
