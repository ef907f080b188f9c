package xads

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// FuzzAnswers reads arbitrary answers as each of the calls does. What cannot be read is an
// error whose text is fixed: one that quoted the answer could quote a person.
func FuzzAnswers(f *testing.F) {
	for _, seed := range []string{
		"", "null", "[]", `{"data":null}`, `{"data":[]}`, `{"data":[{"success_count":1,"total_count":"1"}]}`, `{"data":{"success_count":1.5,"total_count":1e3}}`,
		`{"data":[{"id":"1nmth","name":null,"audience_size":"12","created_at":"2026-01-02T03:04:05+0100","reasons_not_targetable":"TOO_SMALL"}],"next_cursor":7}`,
		`{"data":{"id":["x"]},"next_cursor":{}}`, `{"data":[null]}`, `{"data":"\ud800"}`,
	} {
		f.Add([]byte(seed))
	}
	fixed := []string{
		"the answer is not the JSON object that X documents", "the answer has no data", "the answer's data is not one object", "the answer's data is not an object",
		"the answer's data is not a list", "the answer's data holds something that is not an object", "the answer lacks success_count or total_count",
		"the answer holds an audience without an id",
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var one audienceJSON
		var many []audienceJSON
		_, counted := readCounts(body)
		_, paged := readPage(body, &many)
		errs := []error{counted, paged, readOne(body, &one)}
		for _, a := range append(many, one) {
			got, err := a.audience()
			errs = append(errs, err)
			if err == nil && got.CreatedAt.Location() != time.UTC {
				t.Fatalf("%v is not in UTC", got.CreatedAt)
			}
		}
	told:
		for _, err := range errs {
			for _, text := range fixed {
				if err == nil || err.Error() == text {
					continue told
				}
			}
			t.Fatalf("an answer that cannot be read is told as %q", err)
		}
	})
}

// FuzzHeaders reads arbitrary headers: nobody is told to wait for less than nothing, and
// what a limit allows is only read where the header says so.
func FuzzHeaders(f *testing.F) {
	f.Add("60", "1500", "3", "1767225660", "Thu, 01 Jan 2026 00:00:00 GMT", 429)
	f.Add("Fri, 02 Jan 2026 00:00:00 GMT", "", "", "9223372036854775807", "Mon, 01 Jan 0001 00:00:00 GMT", 503)
	f.Add("-9223372036854775808", "-1", "99999999999999999999", "-1", "x", 429)
	f.Add("99999999999", "0x10", "", "1", "", 200)
	f.Fuzz(func(t *testing.T, retry, limit, remaining, reset, date string, status int) {
		r := reply{status: status, header: http.Header{}}
		for name, value := range map[string]string{"Retry-After": retry, "x-rate-limit-limit": limit, "x-rate-limit-remaining": remaining, "x-rate-limit-reset": reset, "Date": date} {
			r.header.Set(name, value)
		}
		now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		if wait := retryAfter(r, now); wait < 0 {
			t.Fatalf("the wait is %v", wait)
		}
		q, ok := readQuota(r, now)
		if ok && q.reset <= 0 || !ok && q != (quota{}) {
			t.Fatalf("read %+v, %t", q, ok)
		}
		b := newBucket(pace{key: "k", limit: 10, window: time.Minute})
		if b.try(now) <= 0 {
			b.leave(r, now)
		}
		if b.inflight != 0 {
			t.Fatalf("%d calls are in flight for ever", b.inflight)
		}
	})
}

// FuzzClean: no secret, address, digest or quoted value passes, a text stays within its
// bound, and to clean it again changes nothing.
func FuzzClean(f *testing.F) {
	for _, seed := range []string{
		`Expected Long, got "ada@example.com" for twitter_id`, "ada%40example.com", `oauth_token="x", oauth_nonce=y`, "it's 'quoted' and “so” and `so`", `"open`,
		strings.Repeat("a", 5000), "4798b8bbdcf6f2a52e527f46a3d7a7c9aefb541afda03af79c74809ecc6376f3", "a\x00\u200b\u202eb\xff",
	} {
		f.Add(seed)
	}
	clean := newCleaner(testCredentials)
	f.Fuzz(func(t *testing.T, text string) {
		for name, out := range map[string]string{"text": clean.text(text), "anonymous": clean.anonymous(text)} {
			if len([]rune(out)) > maxText || clean.digest.MatchString(out) || clean.address.MatchString(out) {
				t.Fatalf("%s: %q", name, out)
			}
			if strings.ContainsFunc(out, func(r rune) bool { return visible(r) != r }) {
				t.Fatalf("%s: %q has an odd character", name, out)
			}
			testCredentials.each(func(what, value string) {
				if len(value) >= 8 && strings.Contains(out, value) {
					t.Fatalf("%s tells the %s: %q", name, what, out)
				}
			})
		}
	})
}

// FuzzSign signs requests with arbitrary queries and has the signature checked by code
// that shares nothing with the signer.
func FuzzSign(f *testing.F) {
	f.Add("q", "a b+c%&=", "cursor", "é~*'()")
	f.Add("", "", "", "")
	f.Add("", "0", "0", "") // = sorts behind 0, and yet the empty name comes first
	f.Add("a", "1", "a", "0")
	f.Add("\x00", "\xff\ufeff", "a[]", "/?:@-._~!$&'()*+,;=")
	f.Fuzz(func(t *testing.T, k1, v1, k2, v2 string) {
		var signature error
		base := roundTrip(func(r *http.Request) (*http.Response, error) {
			v := verifier{testCredentials.ConsumerSecret, testCredentials.AccessTokenSecret}
			signature = v.verify(r.Method, "http://"+r.URL.Host, r.URL.RequestURI(), r.Header.Get("Authorization"), "")
			return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: http.NoBody}, nil
		})
		client := newClient(t, "http://x.example", Options{HTTPClient: &http.Client{Transport: base}})
		k := newCall(http.MethodGet, "accounts/:account_id/custom_audiences", "a1")
		// No call gives a name twice, and the library would sign only the first.
		k.query = url.Values{k1: {v1}}
		k.query.Set(k2, v2)
		k.decode = func([]byte) error { return nil }
		if failed := client.do(t.Context(), k); failed != nil || signature != nil {
			t.Fatal(failed, signature)
		}
	})
}
