package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/destination/xaudience"
	"github.com/eddy-retl/eddy/sandbox"
	"github.com/eddy-retl/eddy/xads"
)

// FuzzPayload turns arbitrary lines into request bodies. Whatever they hold, it does not
// panic, bodies are what X takes and hold no raw value but partner_user_id, and what is
// wrong with a line is told without its values (promise 10).
func FuzzPayload(f *testing.F) {
	for _, s := range []string{
		`{"type":"record","action":"insert","fields":{"email":"MARK@x.com","phone_number":["+14155550100",14155550100]}}`,
		`{"type":"record","action":"delete","fields":{"handle":"@MARK","expires_at":"MARK"}}`,
		`{"type":"record","action":"update","recordId":"MARK","fields":{"email":{"MARK":"MARK"}}}`,
		`{"type":"MARK","action":"MARK"}`, `{"type":7,"action":99999999999999999999}`, `["MARK"]`, `"MARK`, `{"MARK":`, `MARK`, "null", "{} {}",
		`{"type":"record","action":"insert","fields":"MARK"}`, `{"type":"record","action":"insert","fields":{"email":[["MARK"]]},"context":{"sources":[]}}`,
		`{"type":"record","action":"insert","context":{"sources":{"job_id":14155550100}},"fields":{"email":"a@x.com","effective_at":"2026-01-01","expires_at":"2025-01-01"}}`,
		"\xff\x00", `{"type":"record","action":"insert","fields":{"partner_user_id":"\ud800 \u0000 p"}}` + "\n" + `{"type":"record","action":"delete","fields":{"partner_user_id":"p"}}`,
	} {
		f.Add([]byte(s), true)
		f.Add([]byte(s), false)
	}
	const mark = "zqxjkvwpyh"
	digest := regexp.MustCompile(`^[0-9a-f]{64}$`)
	p, err := xaudience.NewPreparer(true, "US")
	if err != nil {
		f.Fatal(err)
	}
	plain, err := xaudience.NewPreparer(false, "US")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, lines []byte, hash bool) {
		var out, said bytes.Buffer
		m := &Main{Stdin: bytes.NewReader(bytes.ReplaceAll(lines, []byte("MARK"), []byte(mark))), Stdout: &out, Stderr: &said}
		preparer := plain
		if hash {
			preparer = p
		}
		err := newPayload(m, preparer).run(t.Context())
		if status, ok := errors.AsType[exitStatus](err); err != nil && (!ok || status != 1 || said.Len() == 0) {
			t.Fatalf("%v, and said: %s", err, &said)
		}
		if strings.Contains(strings.ToLower(said.String()), mark) {
			t.Fatalf("said: %s", &said)
		}
		for line := range strings.Lines(out.String()) {
			var operations []struct {
				Type   string `json:"operation_type"`
				Params struct {
					Users []map[string][]string `json:"users"`
				} `json:"params"`
			}
			if err := json.Unmarshal([]byte(line), &operations); err != nil || len(line) > xads.MaxBodyBytes || len(operations) > xads.MaxOperations {
				t.Fatalf("%v: %s", err, line)
			}
			for _, o := range operations {
				for _, u := range o.Params.Users {
					for field, values := range u {
						for _, v := range values {
							if field != "partner_user_id" && !digest.MatchString(v) {
								t.Fatalf("%s goes out as %q", field, v)
							}
						}
					}
				}
			}
		}
	})
}

// FuzzPrinted prints arbitrary record ids and reasons: on a terminal no control character
// passes, and as JSON each row stays one line that reads as what it was.
func FuzzPrinted(f *testing.F) {
	f.Add("4711", "email: no @")
	f.Add("\x1b[31m", "a\nb\u2028\u009b\x7f")
	f.Add("<&>\"\\", "\xff")
	f.Fuzz(func(t *testing.T, id, reason string) {
		odd := func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }
		if s := eddy.VisibleLines(id); strings.ContainsFunc(s, odd) || eddy.VisibleLines(s) != s {
			t.Fatalf("%q is printed as %q", id, s)
		}
		var out bytes.Buffer
		want := eddy.LogEntry{PrimaryKey: strings.ToValidUTF8(id, "\ufffd"), ErrorReason: strings.ToValidUTF8(reason, "\ufffd"), SyncStartedAt: time.Unix(0, 0).UTC()}
		if err := printJSON(io.Writer(&out), want); err != nil {
			t.Fatal(err)
		}
		var got eddy.LogEntry
		if err := json.Unmarshal(out.Bytes(), &got); err != nil || got != want || bytes.Count(out.Bytes(), []byte("\n")) != 1 {
			t.Fatalf("%+v is printed as %s, %v", want, &out, err)
		}
	})
}

// FuzzSignedForSandbox signs a call with arbitrary credentials and names: the sandbox,
// which shares no code with the signer, takes it and reads the name that was meant.
func FuzzSignedForSandbox(f *testing.F) {
	f.Add("ck", "cs", "at", "ats", "VIP")
	f.Add("a&b=c", "%", "+", "é~*'()", "a+b c&d=e%20")
	f.Add("\x01", "\"", "\\", ",", "\u2028🙂<>\x7f")
	cfg := sandbox.Default()
	cfg.Limits.Off = true
	var box *sandbox.Server
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { box.ServeHTTP(w, r) }))
	f.Cleanup(server.Close)
	f.Fuzz(func(t *testing.T, key, secret, token, tokenSecret, name string) {
		cfg.ConsumerKey, cfg.ConsumerSecret, cfg.AccessToken, cfg.AccessTokenSecret = key, secret, token, tokenSecret
		box = sandbox.New(cfg)
		client, err := xads.New(xads.Credentials{ConsumerKey: key, ConsumerSecret: secret, AccessToken: token, AccessTokenSecret: tokenSecret}, xads.Options{BaseURL: server.URL, MaxAttempts: 1, HTTPClient: server.Client()})
		if err != nil {
			t.Skip("such credentials are refused before they are used")
		}
		made, err := client.CreateAudience(t.Context(), cfg.Account, name, "")
		if e, ok := errors.AsType[*xads.Error](err); ok && e.Unauthorized() {
			t.Fatalf("the signature is refused: %v", err)
		}
		if err == nil && made.Name != name && strings.TrimSpace(name) == name && strings.ToValidUTF8(name, "") == name {
			t.Fatalf("%q was named %q", name, made.Name)
		}
	})
}
