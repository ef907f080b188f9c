package alert_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/alert"
	"github.com/eddy-retl/eddy/dial"
)

// message is one that says everything.
func message() alert.Message {
	since := time.Date(2026, 8, 14, 6, 0, 0, 0, time.UTC)
	return alert.Message{
		Rule: "night watch", Event: alert.RunFailed, Turn: alert.Begins, Connection: "vip", RunID: "20260814060000abcdef",
		Detail: "the warehouse <shop> & co cannot be reached", Since: since, At: since, Count: 1,
	}
}

// posted is what a receiver got.
type posted struct {
	header http.Header
	body   []byte
}

// receiver answers with a status and hands on what it got.
func receiver(t *testing.T, status int) (string, <-chan posted) {
	t.Helper()
	got := make(chan posted, 10)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got <- posted{r.Header, body}
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(status)
	}))
	t.Cleanup(srv.Close)
	return srv.URL, got
}

func parse(t *testing.T, text string, secrets map[string]string) alert.Channel {
	t.Helper()
	c, err := alert.Parse(json.RawMessage(text), secrets)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestWebhook checks what is posted as a receiver would, which holds the secret.
func TestWebhook(t *testing.T) {
	url, got := receiver(t, 204)
	now := time.Date(2026, 8, 14, 6, 0, 5, 0, time.UTC)
	s := alert.Sender{Dialer: dial.Anywhere(), Now: func() time.Time { return now }}
	if err := s.Send(t.Context(), parse(t, `{"type":"webhook","url":"`+url+`"}`, map[string]string{"secret": "hush"}), message()); err != nil {
		t.Fatal(err)
	}
	p := <-got
	at, err := strconv.ParseInt(p.header.Get("Eddy-Timestamp"), 10, 64)
	if err != nil || at != now.Unix() {
		t.Errorf("timestamp %q", p.header.Get("Eddy-Timestamp"))
	}
	if want := alert.Sign("hush", at, p.body); p.header.Get("Eddy-Signature") != want || want == alert.Sign("other", at, p.body) {
		t.Errorf("signature %q, want %q", p.header.Get("Eddy-Signature"), want)
	}
	var body map[string]any
	if err := json.Unmarshal(p.body, &body); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"rule": "night watch", "event": "run_failed", "turn": "begins", "connection": "vip", "run_id": "20260814060000abcdef",
		"detail": "the warehouse <shop> & co cannot be reached", "since": "2026-08-14T06:00:00Z", "at": "2026-08-14T06:00:00Z", "count": 1.0,
		"subject": "vip: the run failed",
		"text":    "vip: the run failed\nthe warehouse <shop> & co cannot be reached\nRun 20260814060000abcdef.\nRule \"night watch\" of Eddy.\n",
	}
	if diff := cmp.Diff(want, body); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// The vector was made with: printf '%s' '1786687205.{"a":1}' | openssl dgst -sha256 -hmac hush.
func TestSign(t *testing.T) {
	if got, want := alert.Sign("hush", 1786687205, []byte(`{"a":1}`)), "v1=6228c7af024f9b7f8c69c8281419e5334c3819db40060eb0710547cce3d88ce2"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestSlack(t *testing.T) {
	url, got := receiver(t, 200)
	m := message()
	m.Turn, m.Count = alert.Recovered, 3
	if err := (alert.Sender{Dialer: dial.Anywhere()}).Send(t.Context(), parse(t, `{"type":"slack"}`, map[string]string{"url": url}), m); err != nil {
		t.Fatal(err)
	}
	p := <-got
	var body map[string]string
	if err := json.Unmarshal(p.body, &body); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"text": ":white_check_mark: vip: recovered (the run failed)\nthe warehouse &lt;shop&gt; &amp; co cannot be reached\n" +
		"It began 2026-08-14 06:00 UTC and was seen 3 times.\nRun 20260814060000abcdef.\nRule \"night watch\" of Eddy."}
	if diff := cmp.Diff(want, body); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestWhatHelps tells refusals, which last, from trouble that may pass; neither tells
// the address, which may be a secret, and no redirect is followed.
func TestWhatHelps(t *testing.T) {
	for status, final := range map[int]bool{400: true, 404: true, 307: true, 408: false, 429: false, 500: false, 503: false} {
		url, got := receiver(t, status)
		err := alert.Sender{Dialer: dial.Anywhere()}.Send(t.Context(), parse(t, `{"type":"webhook","url":"`+url+`/T0/B0/hush"}`, nil), message())
		if _, refused := errors.AsType[*alert.Refused](err); err == nil || refused != final {
			t.Errorf("%d: %v, refused %v", status, err, refused)
		}
		if err != nil && strings.Contains(err.Error(), "hush") {
			t.Errorf("%d: the address is told: %v", status, err)
		}
		if len(got) != 1 {
			t.Errorf("%d: %d requests", status, len(got))
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	url, _ := receiver(t, 200)
	err := alert.Sender{Dialer: dial.Anywhere()}.Send(ctx, parse(t, `{"type":"webhook","url":"`+url+`/T0/B0/hush"}`, nil), message())
	if !errors.Is(err, context.Canceled) || strings.Contains(err.Error(), "hush") {
		t.Errorf("cancelled: %v", err)
	}
}

// TestParse reads what is refused.
func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		`{`:                                  "it cannot be read",
		`{"type":"pager"}`:                   `"pager" is not a type`,
		`{"type":"webhook","uri":"x"}`:       `unknown field "uri"`,
		`{"type":"webhook"}`:                 "url is missing",
		`{"type":"webhook","url":"file:/x"}`: "no address of a web server",
		`{"type":"slack","url":"https://hooks.example.com/x","host":"h"}`:                        "for type email only",
		`{"type":"email","from":"a@x.com","to":["b@x.com"]}`:                                     "host is missing",
		`{"type":"email","host":"smtp.x.com:25","from":"a@x.com","to":["b@x.com"]}`:              "no name of a mail server",
		`{"type":"email","host":"smtp.x.com","from":"a@x.com"}`:                                  "to is missing",
		`{"type":"email","host":"smtp.x.com","from":"nobody","to":["b@x.com"]}`:                  `"nobody" is not an e-mail address`,
		`{"type":"email","host":"smtp.x.com","from":"a@x.com","to":["b@x.com\r\nBcc: c@x.com"]}`: "is not an e-mail address",
		`{"type":"email","host":"smtp.x.com","from":"a@x.com","to":["b@x.com"],"tls":"maybe"}`:   `"maybe" is not known`,
		`{"type":"email","host":"smtp.x.com","from":"a@x.com","to":["b@x.com"],"username":"u"}`:  "belong together",
		`{"type":"email","host":"smtp.x.com","from":"a@x.com","to":["b@x.com"],"port":70000}`:    "is not a port",
	} {
		_, err := alert.Parse(json.RawMessage(text), nil)
		if err == nil || !strings.Contains(err.Error(), want) || eddy.ErrorCode(err) != eddy.CodeUsage {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
	if _, err := alert.Parse(json.RawMessage(`{"type":"slack","url":"https://x.com"}`), map[string]string{"secret": "s"}); err == nil || !strings.Contains(err.Error(), `takes no secret "secret"`) {
		t.Errorf("a stray secret: %v", err)
	}
}

// TestAlertsGoWhereTheyMay: without a dialer that says otherwise no message goes to an
// address that is not public, on no channel, and trying again is of no use. Where an answer
// sends on to is not asked.
func TestAlertsGoWhereTheyMay(t *testing.T) {
	t.Parallel()
	url, got := receiver(t, 200)
	_, port, _ := strings.Cut(strings.TrimPrefix(url, "http://"), ":")
	for _, channel := range []string{
		`{"type":"webhook","url":"` + url + `/T0/B0/hush"}`, `{"type":"webhook","url":"http://localhost:` + port + `/hush"}`,
		`{"type":"webhook","url":"https://127.0.0.1:` + port + `/hush"}`, `{"type":"webhook","url":"http://[::ffff:127.0.0.1]:` + port + `/hush"}`,
		`{"type":"slack","url":"` + url + `/hush"}`, `{"type":"teams","url":"` + url + `/hush"}`,
		`{"type":"email","host":"localhost","port":` + port + `,"from":"a@x.com","to":["b@x.com"],"tls":"none"}`,
		`{"type":"email","host":"127.0.0.1","port":` + port + `,"from":"a@x.com","to":["b@x.com"]}`,
	} {
		err := alert.Sender{}.Send(t.Context(), parse(t, channel, nil), message())
		if _, refused := errors.AsType[*alert.Refused](err); !refused || !strings.Contains(err.Error(), dial.Flag) || strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: %v", channel, err)
		}
	}
	from := httptest.NewServer(http.RedirectHandler(url, http.StatusTemporaryRedirect))
	t.Cleanup(from.Close)
	if err := (alert.Sender{Dialer: dial.Anywhere()}).Send(t.Context(), parse(t, `{"type":"webhook","url":"`+from.URL+`"}`, nil), message()); err == nil {
		t.Error("sent on")
	}
	if len(got) != 0 {
		t.Errorf("%d messages arrived", len(got))
	}
}
