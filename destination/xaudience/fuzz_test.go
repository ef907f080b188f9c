package xaudience

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eddy-retl/eddy/destination"
	"github.com/eddy-retl/eddy/destination/destinationtest"
	"github.com/eddy-retl/eddy/sandbox"
	"github.com/eddy-retl/eddy/xads"
)

// FuzzNormalise normalises arbitrary texts as each field: to do it twice changes nothing,
// what it makes of a text looks like the text to SQL (promise 2), and a reason never
// holds a part of the value (promise 10).
func FuzzNormalise(f *testing.F) {
	for _, s := range []string{
		"0000000000", "14155552671.0", "1.4155552671E10", "tel:+14155552671;ext=5", "'٠٣٠٩٠١٨٢٠", "Ada@Example.COM", " ada@x.com\u200b", "İ@x.com", "K@\u212a.com", "ß@x.com", "a@b", "+1 (415) 555-2671", "0049 (0) 30/901820", "＋49 30 901820", "@Handle_1",
		`["a@b.c"]`, "{a@b.c}", "'a@b.c'", "mailto:a@b.c", "Ada <a@b.c>", "<{a@b.c>", "a@b.c;", "jose\u0301@x.com", "info@münchen.de", "info@XN--mnchen-3ya.de", `"a b"@c.d`, "N/A", "@", "-", "(null)",
		`\x4798b8bbdcf6f2a52e527f46a3d7a7c9aefb541afda03af79c74809ecc6376f3`,
		"38400000-8cf0-11bd-b23e-10b96e40000d", "0012345", "crm-1", "4798B8BBDCF6F2A52E527F46A3D7A7C9AEFB541AFDA03AF79C74809ECC6376F3", "\xff", "a\x00b",
	} {
		f.Add(s)
	}
	p := newPreparer(settings{hash: true, region: "DE", e164: true}, sharedPlans)
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, ",") {
			t.Skip("SQL looks at one value at a time")
		}
		for field, declared := range Kind().Fields[:identityCount] {
			once, reason, some := normalisedOnce(p, field, text)
			if !some {
				continue
			}
			if reason != "" {
				if told, found := strings.CutPrefix(reason, declared.Name+": "); !found || len(text) > 12 && strings.Contains(told, text) {
					t.Fatalf("%q is refused as %s: %q", text, declared.Name, reason)
				}
				continue
			}
			twice, reason, _ := normalisedOnce(p, field, once)
			if reason != "" || once != twice {
				t.Fatalf("%s: %q becomes %q, and that %q (%s)", declared.Name, text, once, twice, reason)
			}
			if a, b := destinationtest.CanonicalForm(declared.Canonical, text), destinationtest.CanonicalForm(declared.Canonical, once); a != b {
				t.Fatalf("%s: %q looks like %q to SQL, and %q like %q", declared.Name, text, a, once, b)
			}
		}
	})
}

// normalisedOnce gives the one value of a text as it is hashed, or why it is refused.
func normalisedOnce(p *preparer, field int, text string) (value, reason string, some bool) {
	v := p.valuesOf(field, text)
	if !v.next() {
		return "", "", false
	}
	if v.reason != "" {
		return "", v.reason, true
	}
	out, _, reason := p.plain(nil, field, v.one)
	return string(out), reason, true
}

// FuzzShort: what is prepared the short way is what the long way makes of it.
func FuzzShort(f *testing.F) {
	for _, s := range []string{
		"Ada.Lovelace+x@Sub-1.Example.COM", ".a.@x.com", "a..b@x.com", "a@x..com", "a@.x.com", "a@x.com.", "a@-x.com", "a@x-.com", "a@x.c_m", "a_b@c_d.com", "a@x.123", "a@x", "@x.com", "a@",
		"a@b@c.de", "a+b@c+d.de", "a@xn--mnchen-3ya.de", "a@xn--0.de", "a@XN--a.de", " a@x.com", "a@x.com;", "[a@x.com]", "'a@x.com'", "a@x.com,b@x.com", "%41@x.com", "!#@x.com", "test@x.com", "k\u0301@x.com", "\u212a@x.com",
		strings.Repeat("a", 64) + "@" + strings.Repeat("b", 63) + ".com", "a@" + strings.Repeat("b", 64) + ".com", strings.Repeat("a", 248) + "@x.com", strings.Repeat("a", 249) + "@x.com",
		"4798B8BBDCF6F2A52E527F46A3D7A7C9AEFB541AFDA03AF79C74809ECC6376F3", "4798b8bbdcf6f2a52e527f46a3d7a7c9aefb541afda03af79c74809ecc6376f", strings.Repeat("0", 64), emptyDigest, strings.ToUpper(emptyDigest), " " + emptyDigest,
	} {
		f.Add(s)
	}
	var all []*preparer
	for i := range 8 {
		all = append(all, newPreparer(settings{hash: i&1 != 0, e164: i&2 != 0, first: i&4 != 0, region: "US"}, sharedPlans))
	}
	f.Fuzz(func(t *testing.T, text string) {
		if text == "" {
			t.Skip("nothing is prepared of it")
		}
		for _, r := range all {
			for field := range identityCount {
				var short, long destination.Prepared
				if !r.short(&short, field, text) {
					if len(short.Buf) > 0 || len(short.Identities) > 0 {
						t.Fatalf("field %d of %s: %q is not for the short way, which left something of it", field, r.Settings(), text)
					}
					continue
				}
				if !r.long(&long, field, text) || !reflect.DeepEqual(short.Identities, long.Identities) || len(long.Problems) > 0 {
					t.Fatalf("field %d of %s: %q is %v the short way and %v %v the long way", field, r.Settings(), text, short.Identities, long.Identities, long.Problems)
				}
			}
		}
	})
}

// FuzzLists: the people of a list are those of its parts, in whatever order and however
// often each comes. Brackets stand around a whole list, and say nothing.
func FuzzLists(f *testing.F) {
	f.Add("a@x.com", " b@x.com ", "A@X.com")
	f.Add("+14155552671", "(415) 555-2671", "")
	f.Add("@a", "\"a,b\"", ",,")
	p := newPreparer(settings{hash: true, region: "US", e164: true, digits: true}, sharedPlans)
	f.Fuzz(func(t *testing.T, a, b, c string) {
		// A part with these is a list of its own, or bytes.
		plain := strings.NewReplacer("[", "", "]", "", "{", "", "}", "", `\`, "")
		a, b, c = plain.Replace(a), plain.Replace(b), plain.Replace(c)
		for field := range identityCount {
			people := func(text string) []string {
				values := make([]string, identityCount+2)
				values[field] = text
				var out destination.Prepared
				p.Prepare(values, &out)
				list := identitiesOf(&out)
				slices.Sort(list)
				return slices.Compact(list)
			}
			want := slices.Concat(people(a), people(b), people(c))
			slices.Sort(want)
			want = slices.Compact(want)
			list := c + "," + a + "," + b + "," + a
			for _, text := range []string{list, "[" + list + "]", " {" + list + "}\n"} {
				if got := people(text); !slices.Equal(got, want) {
					t.Fatalf("%s: %q, %q and %q are %q, %q is %q", fieldName(field), a, b, c, want, text, got)
				}
			}
		}
	})
}

// FuzzPhoneLibrary: the fast way to judge a number agrees with libphonenumber, whatever
// digits it has.
func FuzzPhoneLibrary(f *testing.F) {
	for _, s := range []string{"14155552671", "4930901820", "39061234567", "800123456789", "88213123456", "5491123456789", "999", "1", "80000000000"} {
		f.Add(s, uint8(0))
	}
	regions := append(regions(), "")
	f.Fuzz(func(t *testing.T, text string, region uint8) {
		digits := []byte(text[:min(len(text), 25)])
		for i := range digits {
			digits[i] = '0' + digits[i]%'0'%10 // digits stay as they are
		}
		compareWithLibrary(t, "+"+string(digits), regions[int(region)%len(regions)])
		if len(digits) > 0 {
			compareWithLibrary(t, string(digits), regions[int(region)%len(regions)])
		}
	})
}

// FuzzRequests packs arbitrary people into bodies, sends them to the sandbox over HTTP,
// and finds exactly these people in the audience: what is encoded is what X reads.
func FuzzRequests(f *testing.F) {
	f.Add("a@x.com", "crm \"1\"", int64(0), int64(0))
	f.Add("b@x.com", "\u2028\\\x01\u007f", int64(1893456000), int64(1924992000))
	f.Add("", "é🙂\ufffd\ufeff", int64(-1), int64(253402300799))
	cfg := sandbox.Default()
	cfg.Limits.Off = true
	box := sandbox.New(cfg)
	server := httptest.NewServer(box)
	f.Cleanup(server.Close)
	p := newPreparer(settings{hash: true, region: "US", e164: true}, sharedPlans)
	f.Fuzz(func(t *testing.T, email, partner string, from, until int64) {
		// A client of its own: one for all would keep to X's 1,500 requests a minute.
		client, err := xads.New(xads.Credentials{ConsumerKey: "ck", ConsumerSecret: "cs", AccessToken: "at", AccessTokenSecret: "ats"}, xads.Options{BaseURL: server.URL, HTTPClient: server.Client()})
		if err != nil {
			t.Fatal(err)
		}
		audience, err := box.NewAudience(cfg.Account, fmt.Sprintf("%s %d", t.Name(), time.Now().UnixNano()))
		if err != nil {
			t.Fatal(err)
		}
		var out destination.Prepared
		p.Prepare([]string{email, "", "", "", partner, ""}, &out)
		if out.Invalid != "" {
			t.Skip("nobody is left to send: " + out.Invalid)
		}
		want := make([]string, 0, len(out.Identities))
		for _, id := range out.Identities {
			want = append(want, fieldName(id.Field)+":"+string(id.Value))
		}
		pack := NewRenderer(func(body []byte, users int) error {
			if !json.Valid(body) || len(body) > xads.MaxBodyBytes {
				t.Fatalf("a body is %s", body)
			}
			reply, err := client.Users(t.Context(), cfg.Account, audience, body)
			if err == nil && (reply.Success != users || reply.Total != users) {
				t.Fatalf("the sandbox counts %+v, sent were %d", reply, users)
			}
			return err
		}, nil)
		item := destination.Item{Seq: 1, Identities: out.Identities}
		data := pack.Encode(nil, &item)
		x := destination.Encoded{Seq: 1, Len: len(data)}
		if from > 0 && from < until && until < 253402300799 {
			x.EffectiveAt, x.ExpiresAt = from, until
		}
		if err := pack.Add(t.Context(), &destination.Page{Verb: destination.Add, From: 1, To: 1, Items: []destination.Encoded{x}, Data: data}); err != nil {
			t.Fatal(err)
		}
		if err := pack.Finish(t.Context()); err != nil {
			t.Fatalf("the sandbox refuses %q: %v", data, err)
		}
		if x.EffectiveAt != 0 {
			return // whether it is a member already is the sandbox's clock's affair
		}
		got := box.Members(audience)
		slices.Sort(got)
		slices.Sort(want)
		if want = slices.Compact(want); !slices.Equal(got, want) {
			t.Fatalf("the audience has %q, sent were %q", got, want)
		}
	})
}
