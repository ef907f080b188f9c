package xaudience

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/eddy-retl/eddy/destination"
)

// preparing makes a preparer of settings text.
func preparing(t testing.TB, text string) *preparer {
	t.Helper()
	s, err := parseSettings(text)
	if err != nil {
		t.Fatal(err)
	}
	return newPreparer(s, sharedPlans)
}

// record fills the texts of a record by field name.
func record(texts map[string]string) []string {
	values := make([]string, fieldCount)
	for i, f := range fields() {
		values[i] = texts[f.Name]
	}
	return values
}

// identitiesOf lists a record's identities as "field:value".
func identitiesOf(p *destination.Prepared) []string {
	var list []string
	for _, id := range p.Identities {
		list = append(list, fields()[id.Field].Name+":"+string(id.Value))
	}
	return list
}

func sum(s string) string {
	d := sha256.Sum256([]byte(s))
	return hex.EncodeToString(d[:])
}

// The digests are those that X prints. Its documentation was renamed from twitter to x
// in the texts but not in the digests, so the inputs here are the names of before.
func TestPreparePrintedVectors(t *testing.T) {
	for _, v := range []struct{ field, text, digest string }{
		{"handle", "adsapi", "49e0be2aeccfb51a8dee4c945c8a70a9ac500cf6f5cb08112575f74db9b1470d"},
		{"handle", "@AdsAPI ", "49e0be2aeccfb51a8dee4c945c8a70a9ac500cf6f5cb08112575f74db9b1470d"},
		{"handle", "twitter", "7352f353c460e74c7ae226952d04f8aa307b12329c5512ec8cb6f1a0f8f9b2cb"},
		{"email", "abc@twitter.com", "4798b8bbdcf6f2a52e527f46a3d7a7c9aefb541afda03af79c74809ecc6376f3"},
		{"email", "\t ABC@Twitter.com\u00a0", "4798b8bbdcf6f2a52e527f46a3d7a7c9aefb541afda03af79c74809ecc6376f3"},
		{"email", "edf@twitter.com", "5bf13d5ad4200407c5bc8b9bb578e425d05ef936fd488e3799a9d0806669223c"},
		{"email", "test@twitter.com", "d360d510a224510f373931ce2d6215a799f5a9c1cef221b0149b6b6b50cced62"},
		{"email", "abc@x.com", "95b54d5474c8618a3676340df71489dfb79eda1083176da1816339b3db7524f6"},
		{"email", "test@x.com", "5806dc6b2f04fb728708a8f7b81c14edcd4fba36f77914cf0c9368d9a3a25f76"},
		{"handle", "x", "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"},
		{"device_id", "123456", "8d969eef6ecad3c29a3a629280e686cf0c3f5d5a86aff3ca12020c923adc6c92"},
		{"handle", "123333", "461222f5dd690a20651c3d19848015cb0369db3f8e937571ffb775de70750847"},
		{"twitter_id", "123346", "c623c7e163984493b46c547088542e95d0aaa529bc52bbecce3ff91eb6b7843b"},
		{"twitter_id", "2175506941", "858cdc7f313f84a3f3c48e9a6323307c1ef1bb7439b8e3623e140454b0fd8fa5"},
		{"twitter_id", "2176516941", "bb074e154657b91d99bd1bb3757409149670e8ae7a0fe9136fae29a26a7881c8"},
		{"device_id", "2f5f5391-3e45-4d02-b645-4575a08f86e", sum("2f5f5391-3e45-4d02-b645-4575a08f86e")},
		{"device_id", "4B61639E-47CC-4056-A16A-C8217E029462", sum("4b61639e-47cc-4056-a16a-c8217e029462")},
		{"device_id", "AF3802A465767E36", sum("af3802a465767e36")},
	} {
		var p destination.Prepared
		preparing(t, "v2;hash=true;region=US;phones=e164;ambiguous=refuse").Prepare(record(map[string]string{v.field: v.text}), &p)
		if got, want := identitiesOf(&p), []string{v.field + ":" + v.digest}; !cmp.Equal(got, want) || p.Invalid != "" {
			t.Errorf("%s %q: got %q, %q, %v; want %q", v.field, v.text, got, p.Invalid, p.Problems, want)
		}
	}
}

// X's printed number is nobody's, and is refused; its digest is that of E.164 with the +.
func TestPhonePrintedVector(t *testing.T) {
	const digest = "1fa6b8d986d9b9cd01bf36951815158bbde9f520c0567c835dfe34783d0a4231"
	if got := sum("+11234567890"); got != digest {
		t.Errorf("got %s", got)
	}
	var p destination.Prepared
	preparing(t, "v2;hash=true;region=US;phones=e164;ambiguous=refuse").Prepare(record(map[string]string{"phone_number": "+1 (123) 456-7890"}), &p)
	if want := "no usable identity (" + phonePlaceholder + ")"; p.Invalid != want {
		t.Errorf("got %q, want %q", p.Invalid, want)
	}
}

func TestPrepareAcceptsTheUnusual(t *testing.T) {
	for _, v := range []struct{ field, text, normal string }{
		{"email", "a@b.c", "a@b.c"},
		{"email", "first.last+tag@sub-domain.example.co.uk", "first.last+tag@sub-domain.example.co.uk"},
		{"email", `"very@odd"@Example.com`, `"very@odd"@example.com`},
		{"email", "a.@docomo.ne.jp", "a.@docomo.ne.jp"},
		{"email", "info@MÜNCHEN.de", "info@xn--mnchen-3ya.de"},
		{"email", "\u212aelvin@example.com", "kelvin@example.com"},
		{"email", "\ufeffa@b.c\u200b", "a@b.c"},
		{"email", "o'neil!#$%&@example.com", "o'neil!#$%&@example.com"},
		{"handle", "@@Twenty_characters_ok", "twenty_characters_ok"},
		{"twitter_id", "18446744073709551615", "18446744073709551615"},
		{"phone_number", "\u202a+49 (0)30 901820\u202c", "+4930901820"},
		{"phone_number", "＋44\u00a020\u20097946–0958", "+442079460958"},
		{"phone_number", "0049 30 901820", "+4930901820"},
		{"phone_number", "030/901820", "+4930901820"},
	} {
		var p destination.Prepared
		preparing(t, "v2;hash=true;region=DE;phones=e164;ambiguous=refuse").Prepare(record(map[string]string{v.field: v.text}), &p)
		if got, want := identitiesOf(&p), []string{v.field + ":" + sum(v.normal)}; !cmp.Equal(got, want) {
			t.Errorf("%s %q: got %q, %q; want %q, the digest of %q", v.field, v.text, got, p.Invalid, want, v.normal)
		}
	}
}

func TestPrepareRefuses(t *testing.T) {
	for _, v := range []struct{ field, text, reason string }{
		{"email", "abc", "email: no @"},
		{"email", "@x.com", "email: nothing before the @"},
		{"email", "a@", "email: no domain"},
		{"email", "a@b@c.com", "email: more than one @"},
		{"email", "a@b..com", "email: two dots in a row"},
		{"email", "a@.", "email: dot at an end of the domain"},
		{"email", "a b@c.com", "email: space inside"},
		{"email", "a@c\x00.com", "email: control character or invisible mark inside"},
		{"email", "ä\u2003@c.com", "email: space inside"},
		{"email", "a\xff@c.com", "email: broken text"},
		{"handle", "@", "handle: placeholder"},
		{"handle", "a-b", "handle: not only letters, digits and underscores"},
		{"handle", "abcdefghijklmnopqrstu", "handle: longer than 20 characters"},
		{"twitter_id", "12a", "twitter_id: not only digits"},
		{"twitter_id", "-12", "twitter_id: not only digits"},
		{"twitter_id", "012", "twitter_id: leading zero"},
		{"twitter_id", "123456789012345678901", "twitter_id: longer than 20 digits"},
		{"device_id", "abc", "device_id: too short"},
		{"device_id", strings.Repeat("g", 65), "device_id: too long"},
		{"device_id", "af3802 a465767e36", "device_id: not only letters, digits and dashes"},
		{"partner_user_id", "a\xffb", "partner_user_id: broken text"},
		{"partner_user_id", "a\x01b", "partner_user_id: control character inside"},
		{"phone_number", "none given", phoneLetters},
		{"phone_number", "1-800-FLOWERS", phoneLetters},
		{"phone_number", "+1 415 555 2671 app. 5", phoneLetters},
		{"phone_number", "०३०९०१८२०", phoneLetters},
		{"partner_user_id", "rounded 9.007199254740992e+15", "partner_user_id" + asRounded},
		{"twitter_id", "rounded 9.007199254740992e+15", "twitter_id" + asRounded},
		{"phone_number", "rounded 1.4155553e+10", phoneRounded},
		{"phone_number", "12+34567890", phonePlus},
		{"phone_number", "++4930901820", phonePlus},
		{"phone_number", "110", phoneShort},
		{"phone_number", "12345", phoneShort},
		{"phone_number", "012345", phoneAmbiguous},
		{"phone_number", "+2101234567", phoneCountry},
		{"phone_number", "+1415555267", phoneShort},
		{"phone_number", "+141555526711", phoneLong},
		{"phone_number", strings.Repeat("1", 41), phoneLong},
	} {
		var p destination.Prepared
		preparing(t, "v2;hash=true;region=DE;phones=e164;ambiguous=refuse").Prepare(record(map[string]string{v.field: v.text}), &p)
		if want := "no usable identity (" + v.reason + ")"; p.Invalid != want || len(p.Identities) != 0 {
			t.Errorf("%s %q: got %q, %q; want %q", v.field, v.text, p.Invalid, identitiesOf(&p), want)
		}
	}
}

func TestPrepareLists(t *testing.T) {
	p := destination.Prepared{}
	preparing(t, "v2;hash=true;region=;phones=e164,digits;ambiguous=refuse").Prepare(record(map[string]string{
		"email":           " A@b.c ,, a@B.C,d@e.f, nobody ," + strings.ToUpper(sum("a@b.c")),
		"phone_number":    "+14155552671,415 555 2671",
		"partner_user_id": "Id 7," + strings.ToUpper(sum("x")),
	}), &p)
	want := []string{
		"email:" + sum("a@b.c"), "email:" + sum("d@e.f"),
		"phone_number:" + sum("+14155552671"), "phone_number:" + sum("14155552671"),
		"partner_user_id:Id 7", "partner_user_id:" + strings.ToUpper(sum("x")),
	}
	if diff := cmp.Diff(want, identitiesOf(&p)); diff != "" {
		t.Error(diff)
	}
	problems := []destination.Problem{{Field: fieldEmail, Reason: "email: no @"}, {Field: fieldPhone, Reason: phoneNoRegion}}
	if diff := cmp.Diff(problems, p.Problems); diff != "" || p.Invalid != "" {
		t.Error(diff, p.Invalid)
	}
}

// A long list must not be compared each with each.
func TestPrepareLongLists(t *testing.T) {
	var text strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&text, "%d@example.com,", i%5_000)
	}
	var p destination.Prepared
	preparing(t, "v2;hash=true;region=;phones=e164;ambiguous=refuse").Prepare([]string{text.String()}, &p)
	if len(p.Identities) != 5_000 {
		t.Errorf("got %d identities, want 5000", len(p.Identities))
	}
	for i, id := range p.Identities {
		if want := sum(fmt.Sprintf("%d@example.com", i)); string(id.Value) != want {
			t.Fatalf("identity %d is %q, want %q: growing the buffer must not spoil it", i, id.Value, want)
		}
	}
}

func TestPrepareWithoutHashing(t *testing.T) {
	var p destination.Prepared
	r := preparing(t, "v2;hash=false;region=;phones=e164;ambiguous=refuse")
	r.Prepare(record(map[string]string{"email": "a@b.c," + sum("x"), "partner_user_id": "7"}), &p)
	want := []string{"email:" + sum("x"), "partner_user_id:7"}
	if diff := cmp.Diff(want, identitiesOf(&p)); diff != "" {
		t.Error(diff)
	}
	r.Prepare(record(map[string]string{"handle": "jack"}), &p)
	if want := "no usable identity (handle: not a SHA-256 digest, and hashing is off)"; p.Invalid != want {
		t.Errorf("got %q, want %q", p.Invalid, want)
	}
}

func TestPrepareInvalid(t *testing.T) {
	for _, v := range []struct{ email, from, until, want string }{
		{"", "", "", "no identity: all identity fields are empty"},
		{" , ", "", "", "no identity: all identity fields are empty"},
		{"a@b.c", "soon", "", "effective_at: not a time in ISO 8601 between 1970 and 9999"},
		{"a@b.c", "", "2026-02-30", "expires_at: not a time in ISO 8601 between 1970 and 9999"},
		{"a@b.c", "2026-01-02", "2026-01-02T00:00:00Z", "expires_at: not later than effective_at"},
		{"a@b.c", "2026-01-02", "2026-01-02T00:00:01Z", ""},
		{"a@b.c", " ", "1999-01-01", ""},
		{"a@b.c", "-infinity", "infinity", ""},
		{"a@b.c", "0044-03-15 BC", "", ""},
		{"a@b.c", "1969-12-31", "1970-01-01", ""},
		{"a@b.c", "infinity", "", "effective_at: after 9999; X takes times from 1970 to 9999"},
		{"a@b.c", "", "-infinity", "expires_at: -infinity, which is before any beginning"},
		{"a@b.c", "", "1969-12-31", ""},
		{"a@b.c", "", "10000-01-01", ""},
	} {
		var p destination.Prepared
		preparing(t, "v2;hash=true;region=;phones=e164;ambiguous=refuse").Prepare(record(map[string]string{
			"email": v.email, "effective_at": v.from, "expires_at": v.until,
		}), &p)
		if p.Invalid != v.want || (p.Invalid == "") != (len(p.Identities) == 1) {
			t.Errorf("%+v: got %q with %d identities", v, p.Invalid, len(p.Identities))
		}
	}
}

// Lower-casing by hand gives what strings.ToLower does, for every text.
func TestLowerIsToLower(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "s")
		if got, ok := appendLower(nil, s); ok && string(got) != strings.ToLower(s) {
			t.Fatalf("%q: got %q, want %q", s, got, strings.ToLower(s))
		}
	})
}

func TestSettingsAreStrict(t *testing.T) {
	for _, text := range []string{
		"v2;hash=true;region=US;phones=e164;ambiguous=refuse", "v2;hash=false;region=;phones=e164,digits;ambiguous=international", "v2;hash=true;region=DE;phones=digits;ambiguous=national",
		"v1;hash=true;region=US;phones=e164", "v1;hash=false;region=;phones=e164,digits", "v1;hash=true;region=;phones=digits",
	} {
		if got := preparing(t, text).Settings(); got != text {
			t.Errorf("%q came back as %q", text, got)
		}
	}
	for _, text := range []string{
		"x", "v3;hash=true;region=US;phones=e164;ambiguous=refuse", "v2;hash=true;region=US;phones=e164", "v2;hash=true;region=US;phones=e164;ambiguous=", "v2;hash=true;region=US;phones=e164;ambiguous=both",
		"v2;hash=true;region=QQ;phones=e164;ambiguous=refuse", "v2;hash=true;region=US;phones=e164;ambiguous=refuse;more=1", "v1;hash=true;region=US;phones=e164;ambiguous=refuse",
		"v1;hash=True;region=US;phones=e164", "v1;hash=true;region=us;phones=e164",
		"v1;hash=true;region=US;phones=", "v1;hash=true;region=US;phones=digits,e164", "v1;hash=true;region=QQ;phones=e164",
		"v1;hash=true;region=US;phones=e164;more=1",
	} {
		if _, err := parseSettings(text); err == nil {
			t.Errorf("%q was understood", text)
		}
	}
}

// What was sent under settings of version 1 leaves as what it was sent as, though no number
// would be read like that today (promise 1).
func TestFirstRulesStay(t *testing.T) {
	for _, v := range []struct{ region, field, text, was string }{
		{"DE", "phone_number", "491716783154", "+49491716783154"},
		{"DE", "phone_number", "030/901820", "+4930901820"},
		{"IN", "phone_number", "98765432.0", "+91987654320"},
		{"US", "phone_number", "123 456-7890", "+11234567890"},
		{"", "phone_number", "+80012345678", "+80012345678"},
		{"US", "phone_number", "+1 415 555 2671 x5", ""},
		{"US", "phone_number", "（415）555-2671", ""},
		{"", "phone_number", "4155552671", ""},
		{"US", "phone_number", "12345", ""},
		{"US", "phone_number", "+1415555267", ""},
		{"US", "phone_number", "+141555526711", ""},
		{"US", "phone_number", "+2101234567", ""},
		{"US", "twitter_id", "143567", "143567"},
		{"US", "twitter_id", "143567.0", ""},
	} {
		var p destination.Prepared
		preparing(t, "v1;hash=true;region="+v.region+";phones=e164").Prepare(record(map[string]string{v.field: v.text}), &p)
		want := []string{v.field + ":" + sum(v.was)}
		if v.was == "" {
			want = nil
		}
		if diff := cmp.Diff(want, identitiesOf(&p)); diff != "" {
			t.Errorf("%s %q: %s %s", v.field, v.text, p.Invalid, diff)
		}
	}
}

func FuzzPrepare(f *testing.F) {
	f.Add("A@b.c, ,x", "+1 415", "id", "12", "p", "@h", "2026-01-01", "2026-01-02 00:00:00+02")
	f.Fuzz(func(t *testing.T, a, b, c, d, e, g, h, i string) {
		var p destination.Prepared
		preparing(t, "v2;hash=true;region=US;phones=e164,digits;ambiguous=refuse").Prepare([]string{a, b, c, d, e, g, h, i}, &p)
		if (p.Invalid == "") != (len(p.Identities) > 0) {
			t.Fatalf("invalid %q, %d identities", p.Invalid, len(p.Identities))
		}
		for _, id := range p.Identities {
			if id.Field != fieldPartner && !isDigest(string(id.Value)) {
				t.Fatalf("%s goes out as %q", fieldName(id.Field), id.Value)
			}
		}
	})
}

// Email-only records are the common case; they take no memory in steady state.
func BenchmarkPrepareEmail(b *testing.B) {
	benchmarkPrepare(b, map[string]string{"email": "Some.Body@Example.com"})
}

// What the ledger keeps as a digest is prepared again when it is sent.
func BenchmarkPrepareDigest(b *testing.B) {
	benchmarkPrepare(b, map[string]string{"email": "4798b8bbdcf6f2a52e527f46a3d7a7c9aefb541afda03af79c74809ecc6376f3"})
}

func BenchmarkPreparePhone(b *testing.B) {
	benchmarkPrepare(b, map[string]string{"phone_number": "+14155552671"})
}

func BenchmarkPreparePhoneNational(b *testing.B) {
	benchmarkPrepare(b, map[string]string{"phone_number": "(415) 555-2671"})
}

func BenchmarkPrepareAll(b *testing.B) {
	benchmarkPrepare(b, map[string]string{
		"email": "some.body@example.com", "phone_number": "+14155552671", "handle": "@jack",
		"twitter_id": "12", "partner_user_id": "p-7", "effective_at": "2026-01-01T00:00:00Z", "expires_at": "2027-01-01 00:00:00+00",
	})
}

func benchmarkPrepare(b *testing.B, texts map[string]string) {
	r, values := preparing(b, "v2;hash=true;region=US;phones=e164;ambiguous=refuse"), record(texts)
	var p destination.Prepared
	r.Prepare(values, &p)
	b.ReportAllocs()
	for b.Loop() {
		r.Prepare(values, &p)
	}
	if p.Invalid != "" || len(p.Problems) > 0 {
		b.Fatal(p.Invalid, p.Problems)
	}
}

func TestPrepareAllocatesNothing(t *testing.T) {
	r := preparing(t, "v2;hash=true;region=US;phones=e164;ambiguous=refuse")
	values := record(map[string]string{"email": "Some.Body@Example.com", "phone_number": "+14155552671, (415) 555-2672", "expires_at": "2027-01-01T00:00:00Z"})
	var p destination.Prepared
	r.Prepare(values, &p)
	if n := testing.AllocsPerRun(100, func() { r.Prepare(values, &p) }); n != 0 {
		t.Errorf("a record takes %v allocations, want none in steady state", n)
	}
}
