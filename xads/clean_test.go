package xads

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func TestTextsAreBounded(t *testing.T) {
	cleaner := newCleaner(testCredentials)
	for in, want := range map[string]string{
		strings.Repeat("x", 10_000):             strings.Repeat("x", maxTextRunes-1) + "…",
		"it isn't so":                           "it isn't so",
		"two\r\nlines\u200b\u202e":              "two  lines",
		"bad \xff byte":                         "bad  byte",
		"mail <a.b+c@d.example>":                "mail <[e-mail]>",
		"@jack is not in the list":              "@jack is not in the list",
		"got " + strings.Repeat("aB12", 16):     "got [digest]",
		"key cs-test-secret":                    "key [secret]",
		`header oauth_signature="a%3D", and on`: `header [secret], and on`,
	} {
		if got := cleaner.clean(in); got != want {
			t.Errorf("%.40q: got %q", in, got)
		}
	}
	for _, odd := range []string{`said {\"id\":\"zq\\"x\"} for "+1 201-555-0173"`, `got "5" pipe" for "+1 201-555-0173"`, `got "+1 201-555-0173`, `a \ and "b" or "c" 201-555-0173 "`} {
		if got := cleaner.cleanWithoutQuotes(odd); strings.Contains(got, "0173") || !strings.HasSuffix(got, `"…"`) {
			t.Errorf("%s: left %s", odd, got)
		}
	}
	if got := cleaner.cleanWithoutQuotes(`got "a" and “b” and 'c d' for users, it isn't`); got != `got "…" and "…" and "…" for users, it isn't` {
		t.Error(got)
	}
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
	cleaner := newCleaner(testCredentials)
	f.Fuzz(func(t *testing.T, text string) {
		for name, out := range map[string]string{"clean": cleaner.clean(text), "cleanWithoutQuotes": cleaner.cleanWithoutQuotes(text)} {
			if len([]rune(out)) > maxTextRunes || cleaner.digest.MatchString(out) || cleaner.address.MatchString(out) {
				t.Fatalf("%s: %q", name, out)
			}
			if strings.ContainsFunc(out, func(r rune) bool { return printable(r) != r }) {
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

func TestErrorsNameNobody(t *testing.T) {
	const digest = "4798b8bbdcf6f2a52e527f46a3d7a7c9aefb541afda03af79c74809ecc6376f3"
	message := `Expected Long, got "cust-123" for 'cust-124', jane@example.com, jane%40example.com, ` + digest[:30] + "\u0000" + digest[30:] +
		` OAuth oauth_token="at-x", at-test-token` + "\x1b[31m"
	item := fmt.Sprintf(`{"code":"INVALID","message":%s,"parameter":"users","value":"cust-123","details":"cust-125"}`, quoteJSON(message))
	client, _ := scriptedClient(t, answer(400, `{"errors":[`+item+`],"operation_errors":[[`+item+`]]}`))
	_, err := client.Users(t.Context(), testAccount, testAudience, []byte(`[{"cust-123":1}]`))
	e, ok := errors.AsType[*Error](err)
	if !ok || len(e.Items) != 1 || len(e.OperationErrors) != 1 {
		t.Fatalf("got %v", err)
	}
	marshalled, _ := json.Marshal(e)
	for _, s := range []string{err.Error(), fmt.Sprintf("%+v %#v", *e, e.Items), string(marshalled)} {
		for _, secret := range []string{"cust-12", "jane", "ecc6376f3", "at-test", "at-x", "\x1b", "\x00"} {
			if strings.Contains(s, secret) {
				t.Errorf("%q is in %q", secret, s)
			}
		}
	}
}

func quoteJSON(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

// TestRefusalHidesPartnerIDs: X repeats a partner's id in a message, with quotes and
// without; what is told and logged does not (promise 10).
func TestRefusalHidesPartnerIDs(t *testing.T) {
	client, _ := scriptedClient(t, answer(http.StatusBadRequest, `{"errors":[{"code":"INVALID","parameter":"Ada","message":"User crm-0815 (ADA Lovelace) is unknown; 'crm-0815' or \"crm-0815\", crm/0815"}]}`))
	body := `[{"operation_type":"Update","params":{"users":[{"partner_user_id":["crm-0815"]},{"partner_user_id" : ["Ada Lovelace"]}]}}]`
	_, err := client.Users(t.Context(), "a1", "b2", []byte(body))
	if err == nil {
		t.Fatal("the refusal is no error")
	}
	for _, word := range []string{"crm", "0815", "Ada", "ADA", "Lovelace"} {
		if strings.Contains(err.Error(), word) {
			t.Errorf("%s is told: %v", word, err)
		}
	}
	if !strings.Contains(err.Error(), "User …-… (… …) is unknown") {
		t.Errorf("more was hidden than the ids: %v", err)
	}
}

// FuzzPartnerIDWords: no word of an id that was sent is left in a message, whatever both hold.
func FuzzPartnerIDWords(f *testing.F) {
	f.Add("crm-0815", "User crm-0815 is unknown")
	f.Add("é\"\\\x00", "É")
	f.Add("ſ", "S K \u212a")
	f.Fuzz(func(t *testing.T, id, message string) {
		list, err := json.Marshal([]string{id})
		if err != nil {
			t.Fatal(err)
		}
		words := partnerIDWords([]byte(`[{"operation_type":"Update","params":{"users":[{"email":["x"],"partner_user_id": ` + string(list) + `}]}}]`))
		said := words.hideIn(message)
		for _, word := range strings.FieldsFunc(said, isWordBreak) {
			if words[strings.ToLower(word)] {
				t.Fatalf("%q is left in %q", word, said)
			}
		}
		if words.hideIn(said) != said {
			t.Fatalf("%q is cleaned again", said)
		}
		for word := range words {
			if !strings.Contains(strings.ToLower(strings.ToValidUTF8(id, "\ufffd")), word) {
				t.Fatalf("%q is no word of %q", word, id)
			}
		}
	})
}
