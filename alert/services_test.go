package alert_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	gosync "sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/alert"
	"github.com/eddy-retl/eddy/dial"
)

// teamsServer takes what Teams takes: one message below 28 KB, whose attachments are
// Adaptive Cards with a body of elements that it knows.
func teamsServer(t *testing.T) (string, <-chan []byte) {
	t.Helper()
	got := make(chan []byte, 10)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var m struct {
			Type        string
			Attachments []struct {
				ContentType string
				Content     struct {
					Type, Version string
					Body          []struct {
						Type    string
						Inlines []struct{ Type, Text string }
					}
				}
			}
		}
		ok := json.Unmarshal(body, &m) == nil && r.Method == http.MethodPost && r.Header.Get("Content-Type") == "application/json" &&
			len(body) < 28<<10 && m.Type == "message" && len(m.Attachments) == 1
		if ok {
			a := m.Attachments[0]
			ok = a.ContentType == "application/vnd.microsoft.card.adaptive" && a.Content.Type == "AdaptiveCard" && a.Content.Version == "1.2" && len(a.Content.Body) > 0
			for _, e := range a.Content.Body {
				ok = ok && e.Type == "RichTextBlock" && len(e.Inlines) == 1 && e.Inlines[0].Type == "TextRun" && e.Inlines[0].Text != ""
			}
		}
		if !ok {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		got <- body
		w.WriteHeader(http.StatusAccepted)
	}))
	t.Cleanup(srv.Close)
	return srv.URL + "/workflows/hush", got
}

func TestTeams(t *testing.T) {
	address, got := teamsServer(t)
	s := alert.Sender{Dialer: dial.Anywhere()}
	c := parse(t, `{"type":"teams"}`, map[string]string{"url": address})
	m := message()
	m.Detail = "see [the wiki](https://evil.example) & <b>*co*</b>"
	if err := s.Send(t.Context(), c, m); err != nil {
		t.Fatal(err)
	}
	var body any
	if err := json.Unmarshal(<-got, &body); err != nil {
		t.Fatal(err)
	}
	line := func(text string, more ...string) map[string]any {
		run := map[string]any{"type": "TextRun", "text": text}
		if len(more) > 0 {
			run["weight"], run["color"] = more[0], more[1]
		}
		return map[string]any{"type": "RichTextBlock", "inlines": []any{run}}
	}
	want := map[string]any{
		"type": "message", "summary": "vip: the run failed",
		"attachments": []any{map[string]any{
			"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": nil,
			"content": map[string]any{
				"$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "type": "AdaptiveCard", "version": "1.2",
				"body": []any{
					line("vip: the run failed", "Bolder", "Attention"), line("see [the wiki](https://evil.example) & <b>*co*</b>"),
					line("Run 20260814060000abcdef."), line(`Rule "night watch" of Eddy.`),
				},
			},
		}},
	}
	if diff := cmp.Diff(any(want), body); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	m.Turn, m.Detail = alert.Recovered, strings.Repeat("ü", 40<<10)
	if err := s.Send(t.Context(), c, m); err != nil {
		t.Errorf("a long one: %v", err)
	} else if text := string(<-got); !strings.Contains(text, `"color":"Good"`) || !strings.Contains(text, "ü…") {
		t.Error("a long one is cut otherwise")
	}
}

// pagerDuty takes what PagerDuty's Events API v2 takes, under its own name, and keeps the
// incidents that are open.
type pagerDuty struct {
	roots *x509.CertPool
	addr  string
	key   string

	mu     gosync.Mutex
	hosts  []string
	events []map[string]any
	open   map[string]int // triggers by dedup_key
}

func startPagerDuty(t *testing.T) *pagerDuty {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		DNSNames: []string{"events.pagerduty.com", "events.eu.pagerduty.com"},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	p := &pagerDuty{roots: x509.NewCertPool(), key: strings.Repeat("R0", 16), open: map[string]int{}}
	p.roots.AddCert(cert)
	srv := httptest.NewUnstartedServer(http.HandlerFunc(p.take))
	srv.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	srv.StartTLS()
	t.Cleanup(srv.Close)
	p.addr = srv.Listener.Addr().String()
	return p
}

// DialContext reaches it wherever a call leads.
func (p *pagerDuty) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	p.mu.Lock()
	p.hosts = append(p.hosts, address)
	p.mu.Unlock()
	return (&net.Dialer{}).DialContext(ctx, network, p.addr)
}

// Proxy is none.
func (*pagerDuty) Proxy(*http.Request) (*url.URL, error) { return nil, nil } //nolint:nilnil // as http.Transport has it

var severities = []string{"critical", "error", "warning", "info"}

// wrong says what is wrong with an event; empty where nothing is.
func (p *pagerDuty) wrong(r *http.Request, e map[string]any) string {
	text := func(m map[string]any, name string) string { s, _ := m[name].(string); return s }
	switch {
	case r.Method != http.MethodPost || r.URL.Path != "/v2/enqueue" || r.Header.Get("Content-Type") != "application/json":
		return "the request"
	case !regexp.MustCompile(`^\w{32}$`).MatchString(text(e, "routing_key")):
		return "routing_key"
	case text(e, "dedup_key") == "" || len(text(e, "dedup_key")) > 255:
		return "dedup_key"
	case text(e, "event_action") == "resolve":
		return ""
	case text(e, "event_action") != "trigger":
		return "event_action"
	}
	payload, _ := e["payload"].(map[string]any)
	_, err := time.Parse(time.RFC3339, text(payload, "timestamp"))
	switch {
	case text(payload, "summary") == "" || len([]rune(text(payload, "summary"))) > 1024:
		return "summary"
	case text(payload, "source") == "" || err != nil:
		return "source or timestamp"
	case !slices.Contains(severities, text(payload, "severity")):
		return "severity"
	}
	return ""
}

func (p *pagerDuty) take(w http.ResponseWriter, r *http.Request) {
	var e map[string]any
	err := json.NewDecoder(io.LimitReader(r.Body, 512<<10)).Decode(&e)
	if what := p.wrong(r, e); err != nil || what != "" || e["routing_key"] != p.key {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.events = append(p.events, e)
	key := e["dedup_key"].(string)
	if e["event_action"] == "trigger" {
		p.open[key]++
	} else {
		delete(p.open, key)
	}
	w.WriteHeader(http.StatusAccepted)
}

// TestPagerDuty tells a series: what begins and goes on is one incident, what is over ends it.
func TestPagerDuty(t *testing.T) {
	p := startPagerDuty(t)
	s := alert.Sender{Dialer: p, Roots: p.roots}
	c := parse(t, `{"type":"pagerduty"}`, map[string]string{"routing_key": p.key})
	m := message()
	m.Series = alert.Series("a_1", m.Connection, m.Event, m.Since)
	send := func(turn alert.Turn, open map[string]int) {
		t.Helper()
		m.Turn = turn
		if err := s.Send(t.Context(), c, m); err != nil {
			t.Fatalf("%s: %v", turn, err)
		}
		if diff := cmp.Diff(open, p.open); diff != "" {
			t.Errorf("%s (-want +got)\n%s", turn, diff)
		}
	}
	send(alert.Begins, map[string]int{m.Series: 1})
	send(alert.Continues, map[string]int{m.Series: 2})
	send(alert.Recovered, map[string]int{})
	send(alert.Tested, map[string]int{}) // nobody is left with an incident
	want := map[string]any{
		"routing_key": p.key, "event_action": "trigger", "dedup_key": m.Series, "client": "Eddy",
		"payload": map[string]any{
			"summary": "vip: the run failed", "source": "vip", "severity": "error", "timestamp": "2026-08-14T06:00:00Z", "component": "eddy", "class": "run_failed",
			"custom_details": map[string]any{
				"series": m.Series, "rule": "night watch", "event": "run_failed", "turn": "begins", "connection": "vip", "run_id": "20260814060000abcdef",
				"detail": "the warehouse <shop> & co cannot be reached", "since": "2026-08-14T06:00:00Z", "at": "2026-08-14T06:00:00Z", "count": 1.0,
			},
		},
	}
	if diff := cmp.Diff(want, p.events[0]); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if diff := cmp.Diff(map[string]any{"routing_key": p.key, "event_action": "resolve", "dedup_key": m.Series}, p.events[2]); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	m.Connection = strings.Repeat("ü", 2000)
	send(alert.Begins, map[string]int{m.Series: 1})
	c = parse(t, `{"type":"pagerduty","region":"eu"}`, map[string]string{"routing_key": strings.Repeat("x", 32)})
	if err := s.Send(t.Context(), c, m); !isRefused(err) || err.Error() != "PagerDuty answered with status 400" {
		t.Errorf("a key that is not known: %v", err)
	}
	if first, last := p.hosts[0], p.hosts[len(p.hosts)-1]; first != "events.pagerduty.com:443" || last != "events.eu.pagerduty.com:443" {
		t.Errorf("called %s and %s", first, last)
	}
}

// TestSeries: what differs in anything is another series, also when written one after another
// it looks the same.
func TestSeries(t *testing.T) {
	at := time.Date(2026, 8, 14, 6, 0, 0, 0, time.UTC)
	one := alert.Series("a_1", "vip", alert.RunFailed, at)
	if one != alert.Series("a_1", "vip", alert.RunFailed, at.In(time.FixedZone("x", 3600)).Add(time.Nanosecond)) {
		t.Error("the same is another")
	}
	for _, other := range []string{
		alert.Series("a_2", "vip", alert.RunFailed, at), alert.Series("a_1", "vip ", alert.RunFailed, at), alert.Series("a_1", "vip", alert.Stale, at),
		alert.Series("a_1", "vip", alert.RunFailed, at.Add(time.Microsecond)), alert.Series("a_1 vip", "", alert.RunFailed, at),
	} {
		if other == one {
			t.Error("another is the same")
		}
	}
}

// TestWhatServicesTake reads what is refused, without a word of a secret.
func TestWhatServicesTake(t *testing.T) {
	key := map[string]string{"routing_key": strings.Repeat("R0", 16)}
	for text, c := range map[string]struct {
		secrets map[string]string
		want    string
	}{
		`{"type":"teams"}`: {nil, "url is missing"},
		`{"type":"teams","url":"https://x.example","region":"eu"}`:        {nil, "region is for type pagerduty only"},
		`{"type":"teams","url":"https://x.example"}`:                      {key, `takes no secret "routing_key"`},
		`{"type":"teams","url":"https://x.example","host":"h"}`:           {nil, "for type email only"},
		`{"type":"pagerduty"}`:                                            {nil, "routing_key is missing"},
		`{"type":"pagerduty" }`:                                           {map[string]string{"routing_key": "hush"}, "no key of an integration"},
		`{"type":"pagerduty","region":"mars"}`:                            {key, `"mars" is not known`},
		`{"type":"pagerduty","url":"https://evil.example"}`:               {key, "url is for webhook, slack and teams only"},
		`{"type":"pagerduty","from":"a@x.com"}`:                           {key, "for type email only"},
		`{"type":"email","host":"h","from":"a@x.com","url":"http://x.y"}`: {nil, "url is for webhook, slack and teams only"},
	} {
		_, err := alert.Parse(json.RawMessage(text), c.secrets)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "hush") || eddy.ErrorCode(err) != eddy.CodeUsage {
			t.Errorf("%s: %v, want %q", text, err, c.want)
		}
	}
}
