package warehousetest

import (
	"crypto/md5" //nolint:gosec // as dialects have it
	"fmt"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

func dialectOfEngines() []engineCheck {
	return []engineCheck{
		{"bucket", "a bucket is a whole number from 0 to 1023, the same for one record id in every session, and ids are spread over all of them", checkBucket},
		{"md5", "MD5 is the hash that Go has of a text, whatever the text: who is held out is so in every place", checkMD5},
		{"sample", "a sample is of about as many rows as were asked for, from all over the table, and of no more than there are", checkSample},
		{"same", "Same is true for equal texts and for two NULLs, and false else, never NULL", checkSame},
		{"values", "Values splits a text at its commas, and keeps what is between them as it is", checkValues},
		{"bytes", "texts compare byte by byte, whatever the collation", checkBytes},
		{"types", "the types of a dialect hold texts, whole numbers and moments that know their zone", checkDialectTypes},
		{"canonical", "texts that any normalisation makes one have one canonical form (promise 2)", checkCanonical},
		{"canonical forms differ", "texts that are far apart have different canonical forms, so that a run does not send everybody again", checkCanonicalApart},
	}
}

// texted makes a table of texts, one a row, numbered.
func (e *testEngine) texted(list ...string) string {
	e.p.Helper()
	t := e.table("texts")
	e.exec("CREATE TABLE IF NOT EXISTS %s (n %s, s %s)", t, e.Dialect().Bigint, e.Dialect().Text)
	rows := make([][]any, len(list))
	for i, s := range list {
		rows[i] = []any{int64(i), s}
	}
	e.load(t, []string{"n", "s"}, rows...)
	return t
}

func checkBucket(p *place) {
	const ids = 20_000
	list := slices.Concat(oddTexts, []string{"", strings.Repeat("x", p.Spelling.long(100_000))})
	for i := range ids {
		list = append(list, fmt.Sprint(i))
	}
	e := p.open()
	t := e.texted(list...)
	bucket := fmt.Sprintf(e.Dialect().Bucket, "s")
	e.reads(fmt.Sprintf("0|%d|%d|0", warehouse.Buckets-1, warehouse.Buckets), "SELECT min(b), max(b), count(DISTINCT b), count(CASE WHEN b <> floor(b) OR b IS NULL THEN 1 END) FROM (SELECT %s AS b FROM %s) b", bucket, t)
	before := e.rows("SELECT n, %s FROM %s ORDER BY n", bucket, t)
	e.close()
	e = p.open()
	if after := e.rows("SELECT n, %s FROM %s ORDER BY n", bucket, e.table("texts")); !slices.Equal(before, after) {
		p.Error("a record id is in another bucket in the next session")
	}
}

func checkMD5(p *place) {
	list := append(slices.Clone(oddTexts), "", "1", "007", strings.Repeat("ü", p.Spelling.long(10_000)/2))
	e := p.open()
	t := e.texted(list...)
	for _, salt := range []string{"vip", "", "it's", `back\slash`, `say "hi"`, "żółć 北京市 🙂", "$1 %s {} ${X}", "'; DROP TABLE customers; --"} {
		var want []string
		for i, s := range list {
			want = append(want, fmt.Sprintf("%d|%x", i, md5.Sum([]byte(salt+":"+s)))) //nolint:gosec // spreads, and hides nothing
		}
		got := e.rows("SELECT n, %s FROM %s ORDER BY n", fmt.Sprintf(e.Dialect().MD5, e.Dialect().Literal(salt+":")+" || s"), t)
		if !slices.Equal(got, want) {
			p.Errorf("salt %q\ngot  %q\nwant %q", salt, got, want)
		}
	}
}

func checkSample(p *place) {
	const rows, asked = 20_000, 2_000
	var list []string
	for i := range rows {
		list = append(list, fmt.Sprint(i))
	}
	e := p.open()
	sample := e.texted(list...) + " " + fmt.Sprintf(e.Dialect().Sample, 100*float64(asked)/rows, asked)
	// Each part has a tenth of the rows: 200 of the sample, give or take 80 once in millions.
	for _, part := range []string{"n < 2000", "mod(n, 10) = 3", "n >= 18000"} {
		e.reads("1", "SELECT CASE WHEN count(*) BETWEEN 120 AND 290 THEN 1 ELSE count(*) END FROM (SELECT n FROM %s) s WHERE %s", sample, part)
	}
	few := e.table("few")
	e.exec("CREATE TABLE %s AS SELECT * FROM %s WHERE n < 10", few, e.table("texts"))
	e.reads("10", "SELECT count(*) FROM %s %s", few, fmt.Sprintf(e.Dialect().Sample, 100.0, asked))
}

func checkSame(p *place) {
	e := p.open()
	null, text := "CAST(NULL AS "+e.Dialect().Text+")", func(s string) string { return "CAST(" + warehouse.QuoteText(s) + " AS " + e.Dialect().Text + ")" }
	for _, c := range []struct{ a, b, want string }{
		{null, null, "1"},
		{text("a"), null, "0"},
		{null, text(""), "0"},
		{text(""), text(""), "1"},
		{text("a"), text("a"), "1"},
		{text("a"), text("A"), "0"},
		{text("a"), text("a "), "0"},
		{text("e\u0301"), text("é"), "0"},
	} {
		same := fmt.Sprintf(e.Dialect().Same, c.a, c.b)
		e.reads(c.want, "SELECT CASE WHEN %[1]s THEN 1 WHEN NOT (%[1]s) THEN 0 ELSE 2 END", same)
	}
}

func checkValues(p *place) {
	e := p.open()
	list := []string{"a", "a,b", "a, b ,c", ",a", "it's", "a,,b", "北,🙂"}
	t := e.texted(list...)
	var want []string
	for i, s := range list {
		for v := range strings.SplitSeq(s, ",") {
			want = append(want, fmt.Sprintf("%d|%s", i, v))
		}
	}
	got := e.rows("SELECT t.n, v FROM %s", fmt.Sprintf(e.Dialect().Values, t, "t", "t.s"))
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		p.Errorf("got  %q\nwant %q", got, want)
	}
}

func checkBytes(p *place) {
	e := p.open()
	list := []string{"B", "a", "ä", "Z", "a b", "a-b", "ab", "2026-01-01T00:00:00Z", "2026-01-01", "É"}
	t := e.texted(list...)
	bytes := func(expr string) string {
		if e.Dialect().Bytes == "" {
			return expr
		}
		return fmt.Sprintf(e.Dialect().Bytes, expr)
	}
	slices.Sort(list)
	if got := e.rows("SELECT s FROM %s ORDER BY %s", t, bytes("s")); !slices.Equal(got, list) {
		p.Errorf("in order: %q", got)
	}
	var want []string
	for i, a := range list {
		want = append(want, fmt.Sprintf("%s|%d", a, i))
	}
	got := e.rows("SELECT x.s, count(CASE WHEN %s < %s THEN 1 END) FROM %s x, %[3]s y GROUP BY x.s", bytes("y.s"), bytes("x.s"), t)
	slices.Sort(got)
	if slices.Sort(want); !slices.Equal(got, want) {
		p.Errorf("of each, how many are less: %q", got)
	}
}

func checkDialectTypes(p *place) {
	e := p.open()
	d := e.Dialect()
	t := e.table("t")
	e.exec("CREATE TABLE %s (a %s NOT NULL, b %s, c %s)", t, d.Text, d.Bigint, d.Timestamp)
	e.exec("INSERT INTO %s (a, b, c) SELECT 'x', 9007199254740993, %s", t, d.MomentOf("'2026-02-03T04:05:06.000000Z'"))
	e.exec("INSERT INTO %s (a, b, c) SELECT 'y', 1, %s", t, d.MomentOf("'2026-02-03T04:05:06.000000+09:00'"))
	e.exec("INSERT INTO %s (a, b, c) SELECT 'z', 2, %s", t, d.Now())
	e.reads("y x z", "SELECT a FROM %s ORDER BY c", t)
	if got := e.rows("SELECT CAST(c AS %s) FROM %s WHERE a = 'x'", d.Text, t); len(got) != 1 || !strings.HasPrefix(strings.Replace(got[0], "T", " ", 1), "2026-02-03 04:05:06") {
		p.Errorf("a moment is told as %v", got)
	}
}

// spaced are the ways in which white space and letters are written, beside odd texts.
func spaced() []string {
	return append(slices.Clone(oddTexts), "kim@x.com", "K\u212Aim@x.com", "İstanbul@x.com", "ſtraße@x.com", "ÀÉÎ@x.com", "Ωmega", "a\u00a0b", "x\u2003y", "\u3000z", "A-B_c.D", "+1 (415) 555-0101", "415-555-0100", "4155550000", "10000000007", "jose\u0301.1@x.com", `"a:b"@x.com`, "o'neil@x@y.com", "info@münchen.de", "007", "a1b2c3", "")
}

func checkCanonical(p *place) {
	e := p.open()
	const around = " \t\u00a0\u2003"
	for form, expr := range e.Dialect().Canonical {
		variants := map[string]func(string) string{
			"with white space around it": func(s string) string { return around + s + around + "\n" },
		}
		switch form {
		case eddy.CanonicalText:
			variants["in lower case"] = strings.ToLower
			variants["with an @ in front"] = func(s string) string { return "@" + s }
			variants["in a list"] = func(s string) string { return `["` + s + `"]` }
			variants["as bytes"] = func(s string) string { return `\x` + s }
		case eddy.CanonicalAddress:
			variants = addressVariants()
		case eddy.CanonicalDigits:
			variants["with all but digits left out"] = digitsOf
			for how, vary := range writtenDigits() {
				variants[how] = func(s string) string { return vary(digitsOf(s)) }
			}
			variants["with a prefix"] = func(s string) string { return "tel:+00" + strings.Repeat("1", 4) + s }
		case eddy.CanonicalExact:
			variants["in a list"] = func(s string) string { return "['" + s + `'}` }
		}
		for how, vary := range variants {
			var list []string
			for _, s := range spaced() {
				if form == eddy.CanonicalDigits && !strings.Contains(how, "white space") && len(digitsOf(s)) < 6 {
					continue // it becomes another number, or is none
				}
				list = append(list, s, vary(s))
			}
			e.exec("DROP TABLE IF EXISTS %s", e.table("texts"))
			got := e.rows("SELECT %s FROM %s ORDER BY n", fmt.Sprintf(expr, "s"), e.texted(list...))
			for i := 0; i < len(got); i += 2 {
				if got[i] != got[i+1] || got[i] == "<null>" {
					p.Errorf("%s: %q is %q, and %s it is %q", form, list[i], got[i], how, got[i+1])
				}
			}
		}
	}
}

// writtenDigits are the ways in which a number is written that has more than its digits.
func writtenDigits() map[string]func(string) string {
	script := func(zero rune) func(string) string {
		return func(s string) string {
			return strings.Map(func(r rune) rune { return r - '0' + zero }, s)
		}
	}
	around := func(before, after string) func(string) string {
		return func(s string) string { return before + s + after }
	}
	return map[string]func(string) string{
		"as full-width digits":    script('０'),
		"as Arabic digits":        script('٠'),
		"as Persian digits":       script('۰'),
		"as full-width +":         around("＋", ""),
		"as a float":              around("", ".0"),
		"as a decimal":            around("'", ".00000000 "),
		"as a float with +":       around("+", "."),
		"as an exponent":          func(s string) string { return fmt.Sprintf("%s.%sE%d", s[:1], s[1:], len(s)-1) },
		"as a quoted exponent":    func(s string) string { return fmt.Sprintf("'%s.%se+%02d'", s[:1], s[1:], len(s)-1) },
		"as no exponent":          around("", "E0"),
		"as an extension":         around("+", " ext. 5"),
		"as a long extension":     around("", "x1234567"),
		"as a number of a house":  around("+", " #12"),
		"as a link":               around("tel:+", ";ext=0123"),
		"as a float and extended": around("", ".0 extension 5"),
		"as Arabic and extended":  func(s string) string { return script('٠')(s) + " x" + script('٠')("5") },
		"as quoted":               around(`"`, `"`),
		"as groups":               func(s string) string { return s[:3] + "." + s[3:len(s)-2] + ".\u2011" + s[len(s)-2:] },
	}
}

// addressVariants are writings of an e-mail address that may be read as one.
func addressVariants() map[string]func(string) string {
	around := func(before, behind string) func(string) string {
		return func(s string) string { return before + s + behind }
	}
	return map[string]func(string) string{
		"with white space around it": around(" \t\u00a0\u2003", " \u200b\n"),
		"in lower case":              strings.ToLower,
		"with accents apart":         norm.NFD.String,
		"composed":                   norm.NFC.String,
		"in a list":                  around(`["`, `"]`),
		"behind mailto":              around("MailTo:", ";"),
		"behind a name":              around(`"Zoë, K." <`, "> ;"),
		"as bytes":                   around(`\x`, ""),
		"with another domain":        otherDomain,
	}
}

// otherDomain writes the domain of an address anew, if it has one.
func otherDomain(s string) string {
	if at := strings.LastIndexByte(s, '@'); at >= 0 {
		return s[:at] + "@xn--mnchen-3ya.de"
	}
	return s
}

// digitsOf are the ASCII digits of a text.
func digitsOf(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}

func checkCanonicalApart(p *place) {
	e := p.open()
	for form, list := range map[eddy.Canonical][]string{
		eddy.CanonicalText:    {"a@x.com", "b@x.com", "a@y.com", "ab@x.com", "1"},
		eddy.CanonicalAddress: {"a@x.com", "b@x.com", "a.b@x.com", "ab@x.com", "a+b@x.com", "1", "\u00e92@x.com"},
		eddy.CanonicalDigits:  {"+14155550101", "+14155550102", "555", "0", "14155550103.0", "1.4155550104E10", "415.555.0000", "+1 415 555 0105 x0101"},
		eddy.CanonicalExact:   {"a", "A", "a-b", "ab", "1"},
	} {
		expr, ok := e.Dialect().Canonical[form]
		if !ok {
			continue // a ledger of digests compares them as they are
		}
		e.exec("DROP TABLE IF EXISTS %s", e.table("texts"))
		e.reads(fmt.Sprint(len(list)), "SELECT count(DISTINCT %s) FROM %s", fmt.Sprintf(expr, "s"), e.texted(list...))
	}
}
