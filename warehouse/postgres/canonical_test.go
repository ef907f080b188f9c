package postgres_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/destination"
	"github.com/eddy-retl/eddy/destination/destinationtest"
	"github.com/eddy-retl/eddy/destination/xaudience"
	"github.com/eddy-retl/eddy/warehouse/warehousetest"
)

// What the destination reads as a number looks to SQL like that number, however it is
// written, so that no row with a shared number is overlooked (promise 2).
func TestNumbersLookLikeTheirTexts(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(1, 2))
	one := func(list ...string) string { return list[rnd.IntN(len(list))] }
	digits := func() string {
		number := one("4155552671", "14155552671", "2125550000", "12125550100", "011491716783154", "0171678315", "1716783154", "491716783154", "143567", "10000000000")
		switch at := 1 + rnd.IntN(len(number)-1); rnd.IntN(4) {
		case 0:
			return number[:at] + one(".", " ", "-", "\u00a0", ") ", "\u2011", "x", "e") + number[at:]
		case 1:
			return fmt.Sprintf("%s.%s%s%d", number[:1], number[1:], one("E", "e", "E+", "e-", "e+0"), len(number)-rnd.IntN(2))
		case 2:
			return number[:3] + one(".", " ", "-") + number[3:6] + one(".", " ", ". ") + number[6:]
		default:
			return number
		}
	}
	script := func(s string) string {
		zero := []rune("000０٠۰")[rnd.IntN(6)]
		out := []rune(s)
		for i, r := range out {
			if r >= '0' && r <= '9' {
				out[i] = r - '0' + zero
			}
		}
		return string(out)
	}
	texts := []string{`\357\274\220`, `4155552671\`, "4155552671\u0663"}
	for range 5000 {
		texts = append(texts, script(one("", "", "'", `"`, "+", "＋", "tel:", "tel:+", " ", "00")+digits()+one("", "", ".", ".0", ".00 ", ".000000", ".5", "E0", "'", `"`, " x5", "#12", ";ext=1234567", " Ext. 12345678", " extension 5", "  ", "\u200b", "x")))
	}
	seen := canonicalOf(t, eddy.CanonicalDigits, texts)
	read := map[string]int{}
	for _, region := range []string{"US", "DE"} {
		p, err := xaudience.NewPreparer(true, region)
		if err != nil {
			t.Fatal(err)
		}
		for field, name := range xaudience.Kind().Fields {
			if name.Name != "phone_number" && name.Name != "twitter_id" {
				continue
			}
			var numbers, of []string
			for i, text := range texts {
				for _, number := range p.(destination.Normaliser).Normalised(field, text) {
					numbers, of = append(numbers, number), append(of, seen[i])
				}
			}
			read[name.Name] += len(numbers)
			for i, form := range canonicalOf(t, eddy.CanonicalDigits, numbers) {
				if form != of[i] {
					t.Errorf("%s in %s: %s looks like %s to SQL, and what it was read of like %s", name.Name, region, numbers[i], form, of[i])
				}
			}
		}
	}
	if read["phone_number"] < 1000 || read["twitter_id"] < 100 {
		t.Errorf("%v were read: the test shows little", read)
	}
	for i, text := range texts {
		if want := destinationtest.CanonicalForm(eddy.CanonicalDigits, text); want != seen[i] {
			t.Errorf("%q is %q to SQL, and %q to the suite of destinations", text, seen[i], want)
		}
	}
}

// canonicalOf gives the canonical form of each text, worked out by the server.
func canonicalOf(t *testing.T, form eddy.Canonical, texts []string) (forms []string) {
	t.Helper()
	ctx := context.Background()
	src, err := open(ctx, map[string]string{"url": warehousetest.Postgres(t)})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	engine, err := src.Engine(ctx, "")
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close()
	if _, err := engine.Exec(ctx, "CREATE TEMP TABLE texts (n bigint, s text)"); err != nil {
		t.Fatal(err)
	}
	rows := make([][]any, len(texts))
	for i, s := range texts {
		rows[i] = []any{int64(i), s}
	}
	if err := engine.Load(ctx, "texts", []string{"n", "s"}, slices.Values(rows)); err != nil {
		t.Fatal(err)
	}
	err = engine.Query(ctx, fmt.Sprintf("SELECT %s FROM texts ORDER BY n", fmt.Sprintf(engine.Dialect().Canonical[form], "s")), func(row [][]byte) error {
		forms = append(forms, string(row[0]))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return forms
}
