package xaudience

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/eddy-retl/eddy/destination"
)

// around puts signs around a text.
func around(before, behind string) func(string) string {
	return func(s string) string { return before + s + behind }
}

// addressWritings are ways in which an address is written without becoming another one. The first
// ones are read; those behind broken may be.
func addressWritings() (certain, broken []func(string) string) {
	certain = []func(string) string{
		around("", ""), around(" ", "\t"), around("\u00a0", "\u200b"), around("\ufeff", "\r\n"),
		strings.ToLower, strings.ToUpper, norm.NFD.String, norm.NFC.String,
		around(`"`, `"`), around("'", "'"), around("[", "]"), around("{", "}"), around(`["`, `"]`), around(",", ","),
		around("mailto:", ""), around("MailTo: ", ";"), around("<", ">"), around("Ada Lovelace <", ">"), around(`"Lovelace, A." <`, "> ; "),
	}
	broken = []func(string) string{
		around("'", ""), around("", `"`), around("[", ""), around("{", ""), around("", "}"), around("<", ""), around("", ">"), around("%20", ""), around("", "%20"),
		around(`\u0022`, ""), around("to ", ""), around("", " (Ada)"), around("cc;", ""), around("y.z ", ""), around("", "\x00"), around("..", ""), around("", ".."),
	}
	return certain, broken
}

// Whatever stands around an address, and however often: what is read is that address, or
// it is refused; never is it another one (promise 11).
func TestWritingsAreOneAddressOrNone(t *testing.T) {
	t.Parallel()
	p := preparing(t, "v2;hash=true;region=;phones=e164;ambiguous=refuse")
	certain, broken := addressWritings()
	seen := map[string]bool{}
	for _, address := range []string{"Ada@Example.com", "ada.king+x@mail.example.co.uk", "o'neil_7@x-y.io", "josé@example.com", "Ünal@Bücher.example", "info@xn--mnchen-3ya.de", "почта@пример.рф"} {
		want := asSent(address)
		for i, outer := range slices.Concat(certain, broken) {
			for j, inner := range slices.Concat(certain, broken) {
				text := outer(inner(address))
				if seen[text] {
					continue
				}
				seen[text] = true
				got := p.Normalised(fieldEmail, text)
				if len(got) > 1 || len(got) == 1 && got[0] != want {
					t.Errorf("%q is read as %q, want %q or none", text, got, want)
				}
				if i < len(certain) && j == 0 && len(got) == 0 {
					t.Errorf("%q is refused", text)
				}
			}
		}
	}
	if len(seen) < 200 {
		t.Errorf("only %d writings", len(seen))
	}
}

// asSent writes an address as it is hashed, with the ASCII forms of the domains of this test.
func asSent(address string) string {
	return strings.NewReplacer("bücher", "xn--bcher-kva", "пример.рф", "xn--e1afmkfd.xn--p1ai").Replace(strings.ToLower(address))
}

// An address may be as long as mail servers take, in bytes, and no longer.
func TestLengthOfAddresses(t *testing.T) {
	t.Parallel()
	domain := "@" + strings.Repeat("a", 63) + "." + strings.Repeat("b", 63) + ".com"
	for _, c := range []struct{ text, reason string }{
		{strings.Repeat("x", emailMax-len(domain)) + domain, ""},
		{strings.Repeat("x", emailMax-len(domain)+1) + domain, emailLong},
		{strings.Repeat("é", (emailMax-len(domain))/2+1) + domain, emailLong},
		{"x@a" + domain[1:], domainLong},
		{"x@" + strings.Repeat("ü", 60) + ".com", domainUnicode},
	} {
		out, reason := appendEmail(nil, c.text)
		if reason != c.reason || reason == "" && string(out) != c.text {
			t.Errorf("%d letters: %q, %q; want %q", utf8.RuneCountInString(c.text), out, reason, c.reason)
		}
	}
}

// DuckDB writes a byte that is a visible letter as itself, a comma and a space among them.
func TestDigestsInColumnsOfBytes(t *testing.T) {
	t.Parallel()
	p := preparing(t, "v2;hash=false;region=;phones=e164;ambiguous=refuse")
	for i := range 300 {
		digest := sum(fmt.Sprint(i))
		for _, text := range []string{`\x` + digest, duckBlob(t, digest)} {
			var out destination.Prepared
			p.Prepare([]string{text}, &out)
			if got, want := identitiesOf(&out), []string{"email:" + digest}; !slices.Equal(got, want) {
				t.Errorf("%q is %q (%s), want %q", text, got, out.Invalid, want)
			}
			if got := p.Normalised(fieldEmail, text); !slices.Equal(got, []string{digest}) {
				t.Errorf("%q is shown as %q, want %q", text, got, digest)
			}
		}
	}
	for _, text := range []string{`\x`, `\x` + emptyDigest, `\x00`, `\x` + sum("a")[2:], `\x` + sum("a") + "00", `\xZZ` + sum("a"), `\x` + strings.Repeat("g", 64)} {
		if got := p.Normalised(fieldEmail, text); len(got) != 0 {
			t.Errorf("%q is read as %q", text, got)
		}
	}
}

// duckBlob is how DuckDB writes the bytes of a digest.
func duckBlob(t *testing.T, digest string) string {
	t.Helper()
	var b strings.Builder
	for i := 0; i < len(digest); i += 2 {
		var c byte
		if _, err := fmt.Sscanf(digest[i:i+2], "%02x", &c); err != nil {
			t.Fatal(err)
		}
		if c < ' ' || c > '~' || c == '\\' || c == '\'' || c == '"' {
			fmt.Fprintf(&b, `\x%02X`, c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// Placeholders are nobody in any field, however they are written.
func TestPlaceholdersAreNobody(t *testing.T) {
	t.Parallel()
	p := preparing(t, "v2;hash=true;region=US;phones=e164;ambiguous=refuse")
	for field := range identityCount {
		for _, word := range []string{
			"unknown", "undefined", "null", "none", "n/a", "N.A.", "#N/A", "test", "-", "--", "?", "@", ".", `\N`, "(null)", "<none>", "Not set", "#REF!", "[object Object]", "—",
			"00000000-0000-0000-0000-000000000000", "00000000000000000000000000000000", "{00000000-0000-0000-0000-000000000000}", "FFFFFFFF-ffff-ffff-ffff-ffffffffffff",
			"9774d56d682e549c", emptyDigest, strings.Repeat("0", 64),
		} {
			for _, vary := range []func(string) string{around("", ""), strings.ToUpper, around(" ", "\n"), around(`"`, `"`), around("['", "']"), around("@", "")} {
				text := vary(word)
				var out destination.Prepared
				p.Prepare(record(map[string]string{fieldName(field): text}), &out)
				if want := "no usable identity (" + fieldName(field) + ": placeholder)"; out.Invalid != want {
					t.Errorf("%s %q: %q, %q; want %q", fieldName(field), text, out.Invalid, identitiesOf(&out), want)
				}
			}
		}
	}
	for field, text := range map[int]string{
		fieldHandle: "_", fieldPartner: "0", fieldEmail: "null@example.com", fieldDevice: "000000000000000a", fieldTwitterID: "12",
	} {
		if got := p.Normalised(field, text); !slices.Equal(got, []string{text}) {
			t.Errorf("%s %q is read as %q", fieldName(field), text, got)
		}
	}
	if got := p.Normalised(fieldHandle, "tester, nullable"); !slices.Equal(got, []string{"tester", "nullable"}) {
		t.Errorf("handles that begin like placeholders are read as %q", got)
	}
}

// What was sent under the first settings leaves as that, whatever it would be called today
// (promise 1).
func TestFirstRulesStayAsTheyWere(t *testing.T) {
	t.Parallel()
	p := preparing(t, "v1;hash=true;region=US;phones=e164")
	for _, c := range []struct{ field, text, want string }{
		{"email", " MailTo:Ada@b.c,{d@e.f}", "mailto:ada@b.c {d@e.f}"},
		{"email", "a@b", "a@b"},
		{"email", "a..b@docomo.ne.jp;", "a..b@docomo.ne.jp;"},
		{"email", `["a@b.c","d@e.f"]`, `["a@b.c" "d@e.f"]`},
		{"email", "info@MÜNCHEN.de,Jose\u0301@x.com", "info@münchen.de jose\u0301@x.com"},
		{"email", "İ@x.com", "i@x.com"},
		{"email", "'a@b.c'", "'a@b.c'"},
		{"email", emptyDigest, emptyDigest},
		{"email", `\x` + emptyDigest, ""},
		{"email", "n/a,@x.com,a@,a@b@c.d,a@b..c,a@.c,a b@c.d,a@c\x00.d", ""},
		{"email", `"a@b"@c.d`, `"a@b"@c.d`},
		{"handle", "test,@None,@", "test none"},
		{"device_id", "00000000-0000-0000-0000-000000000000,9774D56D682E549C", "00000000-0000-0000-0000-000000000000 9774d56d682e549c"},
		{"partner_user_id", `-,"x",[y]`, `- "x" [y]`},
	} {
		var out destination.Prepared
		p.Prepare(record(map[string]string{c.field: c.text}), &out)
		var want []string
		for text := range strings.FieldsSeq(c.want) {
			if c.field != "partner_user_id" && text != emptyDigest {
				text = sum(text)
			}
			want = append(want, c.field+":"+text)
		}
		if got := identitiesOf(&out); !slices.Equal(got, want) {
			t.Errorf("%s %q: got %q, %v; want the digests of %q", c.field, c.text, got, out.Problems, c.want)
		}
	}
}
