package api_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/api"
	"github.com/eddy-retl/eddy/store"
)

const hookSecret = "a secret of dbt's own"

func hexMAC(secret, text string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	_, _ = io.WriteString(mac, text)
	return hex.EncodeToString(mac.Sum(nil))
}

// dbtBody is what dbt Cloud tells of a run.
func dbtBody(run int, status string, at time.Time) string {
	return fmt.Sprintf(`{"eventType":"job.run.completed","timestamp":%q,"data":{"jobId":"7","runId":"%d","runStatus":%q}}`, at.Format(time.RFC3339), run, status)
}

// post calls a webhook as another tool would.
func (w *world) post(name, body, authorization string) (int, string) {
	w.Helper()
	r, err := http.NewRequestWithContext(w.Context(), http.MethodPost, w.url+"/hooks/"+name, strings.NewReader(body))
	if err != nil {
		w.Fatal(err)
	}
	r.Header.Set("Authorization", authorization)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		w.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		w.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

func (w *world) hears(body, want string, started ...string) {
	w.Helper()
	code, text := w.post("dbt", body, hexMAC(hookSecret, body))
	var got api.HookAnswer
	if err := json.Unmarshal([]byte(text), &got); err != nil || code != http.StatusOK || !strings.Contains(got.Detail, want) || !slices.Equal(got.Started, started) {
		w.Errorf("got %d %s, want %q and %v started", code, text, want, started)
	}
}

// TestWebhookStarts: what ended well starts those that wait for it, once; all else starts nothing
// and says why.
func TestWebhookStarts(t *testing.T) {
	t.Parallel()
	both(t, func(w *world) {
		w.shop(1)
		var made api.WebhookWithSecret
		w.call(w.admin, "POST", "/api/v1/webhooks", map[string]any{"name": "dbt", "kind": "dbt_cloud", "about": "7", "secret": hookSecret}, &made)
		if made.Path != "/hooks/dbt" || made.Secret != hookSecret {
			w.Errorf("made %+v", made)
		}
		w.refused(w.admin, api.Call{Method: "POST", Path: "/api/v1/webhooks", Body: map[string]any{"name": "dbt", "kind": "other"}}, http.StatusConflict)
		w.refused(w.admin, api.Call{Method: "POST", Path: "/api/v1/webhooks", Body: map[string]any{"name": "../x", "kind": "other"}}, http.StatusUnprocessableEntity)
		now := time.Now().UTC()
		w.hears(dbtBody(1, "Success", now), "no connection waits")
		spec := w.connection(map[string]any{"schedule": map[string]any{"webhook": "dbt"}})
		w.put("connections", "vip", spec)
		w.hears(dbtBody(1, "Success", now), "heard before")
		w.hears(dbtBody(2, "Errored", now), "ended well")
		w.hears(dbtBody(2, "Success", now.Add(-73*time.Hour)), "hours ago")
		w.hears(strings.Replace(dbtBody(2, "Success", now), `"7"`, `"8"`, 1), "another job")
		if starts := w.starts(); starts != "" {
			w.Errorf("to start: %s", starts)
		}
		w.hears(dbtBody(2, "Success", now), "these connections start", "vip")
		w.hears(dbtBody(2, "Success", now), "heard before")
		if starts := w.starts(); starts != "vip webhook dbt" {
			w.Errorf("to start: %s", starts)
		}
		var list api.Page[api.Webhook]
		code, text := w.text(w.viewer, "GET", "/api/v1/webhooks", "")
		if err := json.Unmarshal([]byte(text), &list); err != nil || code != http.StatusOK || strings.Contains(text, hookSecret) {
			w.Fatalf("list: %d %s", code, text)
		}
		if h := list.Items[0]; h.LastAt == nil || !slices.Equal(h.LastStarted, []string{"vip"}) || h.LastEvent != "job.run.completed, run 2 of job 7: Success" {
			w.Errorf("listed %+v", h)
		}
		w.refused(w.admin, api.Call{Method: "DELETE", Path: "/api/v1/webhooks/dbt"}, http.StatusConflict)
		w.call(w.admin, "POST", "/api/v1/webhooks/dbt/secret", map[string]any{}, &made)
		body := dbtBody(3, "Success", now)
		if code, _ := w.post("dbt", body, hexMAC(hookSecret, body)); code != http.StatusUnauthorized {
			w.Errorf("with the secret of before: %d", code)
		}
		if code, text := w.post("dbt", body, hexMAC(made.Secret, body)); code != http.StatusOK {
			w.Errorf("with the new secret: %d %s", code, text)
		}
		w.audited("create webhook dbt", "hear webhook dbt", "refuse webhook dbt", "renew webhook dbt")
	})
}

// audited looks for lines of the audit log.
func (w *world) audited(want ...string) {
	w.Helper()
	lines, err := w.st.AuditLog(w.Context(), 0, 0)
	if err != nil {
		w.Fatal(err)
	}
	for _, line := range want {
		if !slices.ContainsFunc(lines, func(a store.Audit) bool { return a.Action+" "+a.Kind+" "+a.Name == line }) {
			w.Errorf("the audit log does not say: %s", line)
		}
	}
	for _, a := range lines {
		if strings.Contains(string(a.Detail), hookSecret) {
			w.Errorf("the audit log has the secret: %s", a.Detail)
		}
	}
}

// starts lists what is to start.
func (w *world) starts() string {
	w.Helper()
	list, err := w.st.Starts(w.Context())
	if err != nil {
		w.Fatal(err)
	}
	var out []string
	for _, s := range list {
		out = append(out, s.Connection+" "+s.Trigger)
	}
	return strings.Join(out, ", ")
}

// TestWebhookTellsStrangersNothing: who has not signed is told the same whatever there is, however
// much is sent and whatever is in it.
func TestWebhookTellsStrangersNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", nil)
	w.call(w.admin, "POST", "/api/v1/webhooks", map[string]any{"name": "dbt", "kind": "dbt_cloud", "secret": hookSecret}, nil)
	body := dbtBody(1, "Success", time.Now())
	_, want := w.post("dbt", body, "")
	for _, name := range []string{"dbt", "nothing", "DBT", "%00", "a%2Fb", strings.Repeat("x", 200)} {
		for _, header := range []string{"", "Bearer " + hookSecret, hexMAC("another", body), hexMAC(hookSecret, body+" ")} {
			for _, sent := range []string{body, "", "no json", strings.Repeat("[", 1000)} {
				if code, text := w.post(name, sent, header); code != http.StatusUnauthorized || text != want {
					w.Errorf("%s with %q: %d %s, want %s", name, header, code, text, want)
				}
			}
		}
	}
	large := strings.Repeat(" ", 64<<10) + body
	if code, _ := w.post("dbt", large, hexMAC(hookSecret, large)); code != http.StatusRequestEntityTooLarge && code != http.StatusTooManyRequests {
		w.Errorf("64 KiB and more: %d", code)
	}
	refused := 0
	for range 130 {
		if code, _ := w.post("dbt", body, ""); code == http.StatusTooManyRequests {
			refused++
		}
	}
	if refused == 0 {
		w.Error("one address calls as often as it likes")
	}
}

// TestWebhookIsNamed: a connection waits for what is there.
func TestWebhookIsNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", nil)
	w.shop(1)
	spec := w.connection(map[string]any{"schedule": map[string]any{"webhook": "dbt"}})
	p := w.refused(w.editor, api.Call{Method: "PUT", Path: "/api/v1/connections/vip", Body: map[string]any{"spec": spec}, Header: http.Header{"If-Match": {"*"}}}, http.StatusUnprocessableEntity)
	if !strings.Contains(p.Detail, `there is no webhook "dbt"`) || p.Code != string(eddy.CodeConfig) {
		t.Errorf("got %+v", p)
	}
}
