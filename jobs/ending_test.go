package jobs

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/eddy-retl/eddy/alert"
	"github.com/eddy-retl/eddy/store"
)

// pager is PagerDuty as far as Eddy speaks to it: it hears the action and the first letter of
// the routing key of each event.
type pager struct {
	addr  string
	roots *x509.CertPool
	heard chan string
}

// DialContext leads to it, whatever the address.
func (p *pager) DialContext(ctx context.Context, network, _ string) (net.Conn, error) {
	return (&net.Dialer{}).DialContext(ctx, network, p.addr)
}

// Proxy is none.
func (*pager) Proxy(*http.Request) (*url.URL, error) { return nil, nil } //nolint:nilnil // as http.Transport has it

func newPager(w *world) *pager {
	w.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	w.must(err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true, DNSNames: []string{"events.pagerduty.com"},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	w.must(err)
	cert, err := x509.ParseCertificate(der)
	w.must(err)
	p := &pager{roots: x509.NewCertPool(), heard: make(chan string, 100)}
	p.roots.AddCert(cert)
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		var e struct {
			Key    string `json:"routing_key"`
			Action string `json:"event_action"`
		}
		if err := json.NewDecoder(r.Body).Decode(&e); err != nil {
			w.Error(err)
		}
		rw.WriteHeader(http.StatusAccepted)
		p.heard <- e.Action + " " + e.Key[:1]
	}))
	srv.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MinVersion: tls.VersionTLS12}
	srv.StartTLS()
	w.Cleanup(srv.Close)
	p.addr = srv.Listener.Addr().String()
	return p
}

// TestIncidentsEndWithWhatAskedForThem: whatever takes a rule, its channel or its connection
// away resolves the incidents that are open because of it, with the key that began them.
func TestIncidentsEndWithWhatAskedForThem(t *testing.T) {
	by := store.Actor{ID: "system"}
	for name, c := range map[string]struct {
		change func(*world, store.AlertRule) error
		want   []string
	}{
		"other events": {func(w *world, r store.AlertRule) error {
			r.Events = []string{string(alert.RunLate)}
			_, err := w.st.PutAlertRule(w.Context(), r, r.Version, by)
			return err
		}, []string{"resolve A"}},
		"disabled": {func(w *world, r store.AlertRule) error {
			r.Disabled = true
			_, err := w.st.PutAlertRule(w.Context(), r, r.Version, by)
			return err
		}, []string{"resolve A"}},
		"deleted": {func(w *world, r store.AlertRule) error { return w.st.DeleteAlertRule(w.Context(), r.ID, by) }, []string{"resolve A"}},
		"another key": {func(w *world, r store.AlertRule) error {
			r.Secrets = store.Secrets{"routing_key": strings.Repeat("B", 32)}
			_, err := w.st.PutAlertRule(w.Context(), r, r.Version, by)
			return err
		}, []string{"resolve A"}},
		"no connection": {func(w *world, _ store.AlertRule) error {
			return w.st.Delete(w.Context(), store.Connection, "vip", store.AnyVersion, by)
		}, []string{"resolve A"}},
		"another name": {func(w *world, r store.AlertRule) error {
			r.Name = "other"
			_, err := w.st.PutAlertRule(w.Context(), r, r.Version, by)
			return err
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, "sqlite")
			w.size("vip", w.connect("vip"), 100)
			p := newPager(w)
			rule, err := w.st.PutAlertRule(w.Context(), store.AlertRule{
				Name: "test", Events: []string{string(alert.CredentialsRefused)}, Channel: json.RawMessage(`{"type":"pagerduty"}`),
				Secrets: store.Secrets{"routing_key": strings.Repeat("A", 32)},
			}, store.CreateOnly, by)
			w.must(err)
			ticked := make(chan error, 1)
			m := alerting{w.start(func(c *Config) {
				c.Timing.Tick, c.Timing.Sizes = 24*time.Hour, 365*24*time.Hour
				c.Sender = alert.Sender{Dialer: p, Roots: p.roots}
				c.Hooks.Ticked = func(_ time.Duration, err error) { ticked <- err }
			}).Manager}
			w.must(<-ticked) // the rest of the ticks are the test's
			w.must(m.fold(w.Context(), rule, found{connection: "vip", event: alert.CredentialsRefused, on: true}))
			w.hears(p.heard, "trigger A")
			w.must(c.change(w, rule))
			w.must(m.watch(w.Context()))
			w.must(m.watch(w.Context())) // which finds nothing more, or the same
			for _, want := range c.want {
				w.hears(p.heard, want)
			}
			w.until("all was heard", func() bool {
				left, err := w.st.AlertEndings(w.Context())
				w.must(err)
				return len(left) == 0
			})
			open, err := w.st.OpenAlerts(w.Context())
			w.must(err)
			if (len(open) > 0) != (c.want == nil) || len(p.heard) > 0 {
				t.Errorf("open %+v, %d more events", open, len(p.heard))
			}
		})
	}
}
