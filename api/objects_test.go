package api_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/eddy-retl/eddy/api"
	"github.com/eddy-retl/eddy/catalog"
	"github.com/eddy-retl/eddy/setup"
	"github.com/eddy-retl/eddy/store"
)

func TestObjectsComeAndGo(t *testing.T) {
	t.Parallel()
	both(t, func(w *world) {
		w.shop(10)
		ctx := t.Context()
		resp, err := w.viewer.Send(ctx, api.Call{Method: "GET", Path: "/api/v1/connections/vip"})
		w.must(err)
		var c api.Object
		w.must(json.NewDecoder(resp.Body).Decode(&c))
		resp.Body.Close()
		if resp.Header.Get("ETag") != `"1"` || c.Version != 1 || c.Name != "vip" || !strings.Contains(string(c.Spec), `"identifier":"id"`) {
			t.Errorf("got %+v, ETag %s", c, resp.Header.Get("ETag"))
		}
		put := func(match string, change map[string]any) api.Call {
			call := api.Call{Method: "PUT", Path: "/api/v1/connections/vip", Body: map[string]any{"spec": w.connection(change)}, Header: http.Header{}}
			if match != "" {
				call.Header.Set("If-Match", match)
			}
			return call
		}
		// Two people change one version: the second is told.
		w.refused(w.editor, put("", nil), http.StatusPreconditionRequired)
		w.must(w.editor.Do(ctx, put(`"1"`, map[string]any{"sync_mode": "upsert"}), &c))
		if c.Version != 2 {
			t.Errorf("version %d after a change", c.Version)
		}
		w.refused(w.editor, put(`"1"`, map[string]any{"identifier": "email"}), http.StatusPreconditionFailed)
		w.refused(w.editor, put(`"nonsense"`, nil), http.StatusPreconditionFailed)
		w.must(w.editor.Do(ctx, put("*", map[string]any{"schedule": map[string]any{"type": "basic", "every": "6h"}}), &c))
		if len(c.NextRuns) != 5 {
			t.Errorf("next runs: %v", c.NextRuns)
		}
		w.refused(w.editor, api.Call{Method: "POST", Path: "/api/v1/sources", Body: map[string]any{"name": "shop", "spec": map[string]any{"type": "duckdb"}}}, http.StatusConflict)

		var paused, resumed api.Object
		w.call(w.editor, "POST", "/api/v1/connections/vip/pause", nil, &paused)
		w.call(w.editor, "POST", "/api/v1/connections/vip/resume", nil, &resumed)
		if !paused.Paused || len(paused.NextRuns) != 0 || resumed.Paused || len(resumed.NextRuns) != 5 {
			t.Errorf("paused: %v with %d runs ahead; resumed: %v with %d", paused.Paused, len(paused.NextRuns), !resumed.Paused, len(resumed.NextRuns))
		}
		del := func(path, match string) api.Call {
			return api.Call{Method: "DELETE", Path: path, Header: http.Header{"If-Match": {match}}}
		}
		if p := w.refused(w.editor, del("/api/v1/sources/shop", "*"), http.StatusConflict); !strings.Contains(p.Detail, "vip") || p.Code != "used" {
			t.Errorf("what uses the source is not told: %s %s", p.Code, p.Detail)
		}
		w.refused(w.editor, del("/api/v1/connections/vip", `"1"`), http.StatusPreconditionFailed)
		w.must(w.editor.Do(ctx, del("/api/v1/connections/vip", "*"), nil))
		w.must(w.editor.Do(ctx, del("/api/v1/sources/shop", "*"), nil))
		w.refused(w.editor, api.Call{Method: "GET", Path: "/api/v1/sources/shop"}, http.StatusNotFound)
		w.refused(w.editor, del("/api/v1/sources/shop", "*"), http.StatusNotFound)
	})
}

func TestMistakesArePointedAt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", nil)
	w.shop(1)
	body := map[string]any{"name": "other", "spec": w.connection(map[string]any{
		"audience": map[string]any{"id": "9"}, "mapping": map[string]any{"emial": "email"},
		"settings": map[string]any{"guard": map[string]any{"max_removed_percent": 101}},
	})}
	p := w.refused(w.editor, api.Call{Method: "POST", Path: "/api/v1/connections", Body: body}, http.StatusUnprocessableEntity)
	got := map[string]string{}
	for _, m := range p.Errors {
		got[m.Pointer] = m.Detail + m.Mend
	}
	if !strings.Contains(got["/spec/mapping/emial"], "email") || got["/spec/settings/guard/max_removed_percent"] == "" || len(got) != 2 {
		t.Errorf("got %v", got)
	}
	for name, spec := range map[string]any{"a/b": map[string]any{"type": "duckdb"}, "list": []int{1}, "nothing": nil, "text": "x"} {
		w.refused(w.editor, api.Call{Method: "POST", Path: "/api/v1/sources", Body: map[string]any{"name": name, "spec": spec}}, http.StatusUnprocessableEntity)
	}
	// One audience is fed by exactly one connection.
	p = w.refused(w.editor, api.Call{Method: "POST", Path: "/api/v1/connections", Body: map[string]any{"name": "second", "spec": w.connection()}}, http.StatusUnprocessableEntity)
	if !strings.Contains(p.Error(), `connection "vip" feeds this audience already`) {
		t.Errorf("got %v", p)
	}
	// The environment of the server is nobody's business: texts are meant as they stand.
	w.put("sources", "env", map[string]any{"type": "duckdb", "path": "${HOME}/x"})
	set, err := catalog.Load(t.Context(), w.st, w.dir, setup.Files{})
	w.must(err)
	if got := set.Sources["env"].Options["path"]; got != "${HOME}/x" {
		t.Errorf("the path became %q", got)
	}
}

func TestAnyNameWorks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", nil)
	for _, name := range []string{"two words", "größe 水 50%", "a.b?c=d#e&f", `"quoted"`, "~", "+1"} {
		w.put("sources", name, map[string]any{"type": "duckdb"})
		var o api.Object
		w.call(w.viewer, "GET", api.Path("api", "v1", "sources", name), nil, &o)
		if o.Name != name {
			t.Errorf("got %q, want %q", o.Name, name)
		}
	}
	n := 0
	for _, err := range api.All[api.Object](t.Context(), w.viewer, "/api/v1/sources", map[string][]string{"limit": {"1"}}) {
		w.must(err)
		n++
	}
	if n != 6 {
		t.Errorf("%d sources in pages of one", n)
	}
}

func TestSecretsAreWrittenAndNeverRead(t *testing.T) {
	t.Parallel()
	both(t, func(w *world) {
		w.shop(1)
		var d api.Object
		w.call(w.admin, "GET", "/api/v1/destinations/x", nil, &d)
		if strings.Contains(string(d.Spec), secretToken) || !strings.Contains(string(d.Spec), `"access_token":"********"`) {
			t.Fatalf("got %s", d.Spec)
		}
		// What was read can be sent back, and the secrets stay.
		call := api.Call{Method: "PUT", Path: "/api/v1/destinations/x", Header: http.Header{"If-Match": {`"1"`}}, Body: map[string]any{"spec": d.Spec}}
		w.must(w.admin.Do(t.Context(), call, nil))
		o, err := w.st.Object(t.Context(), store.Destination, "x")
		w.must(err)
		if o.Secrets["access_token"] != secretToken {
			t.Error("the mask was stored in the place of the secret")
		}
		// They are not sent to another place for somebody who does not know them.
		call.Body = map[string]any{"spec": json.RawMessage(strings.Replace(string(d.Spec), w.boxURL, "https://evil.example", 1))}
		p := w.refused(w.admin, call, http.StatusUnprocessableEntity)
		if !strings.Contains(p.Detail, "enter it again") {
			t.Errorf("got %v", p)
		}
		p = w.refused(w.admin, api.Call{Method: "POST", Path: "/api/v1/destinations/x/test", Body: map[string]any{"spec": call.Body.(map[string]any)["spec"]}}, http.StatusUnprocessableEntity)
		if !strings.Contains(p.Detail, "enter it again") {
			t.Errorf("a test would send them: %v", p)
		}
	})
}

func TestKindsForForms(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", nil)
	var k api.Kinds
	w.call(w.viewer, "GET", "/api/v1/kinds", nil, &k)
	if len(k.Sources) < 2 || len(k.Destinations) != 1 || len(k.Destinations[0].Fields) != 8 {
		t.Fatalf("got %d sources, %d destinations", len(k.Sources), len(k.Destinations))
	}
	for _, o := range k.Destinations[0].Options {
		if secret := strings.Contains(o.Name, "token") || strings.HasPrefix(o.Name, "consumer"); o.Secret != secret {
			t.Errorf("option %s: secret is %v", o.Name, o.Secret)
		}
	}
	// What names something of the server's machine is not asked for.
	for kind, want := range map[string]string{"bigquery": "[service-account-json none] required keyfile_json with [service-account-json]", "trino": "[none ldap jwt] none password with [ldap] jwt_token with [jwt]"} {
		i := slices.IndexFunc(k.Sources, func(s api.SourceKind) bool { return s.Type == kind })
		var told []string
		for _, o := range k.Sources[i].Options {
			switch {
			case o.Name == "method" && o.Required:
				told = append(told, fmt.Sprint(o.Choices), "required")
			case o.Name == "method":
				told = append(told, fmt.Sprint(o.Choices), o.Default)
			case o.Secret:
				told = append(told, fmt.Sprint(o.Name, " with ", o.With.Values))
			case strings.HasPrefix(o.Name, "client_") || o.Name == "keyfile":
				t.Errorf("%s: %s is listed", kind, o.Name)
			}
		}
		if got := strings.Join(told, " "); got != want {
			t.Errorf("%s: %s, not %s", kind, got, want)
		}
	}
	p := w.refused(w.admin, api.Call{Method: "POST", Path: "/api/v1/sources", Body: map[string]any{"name": "snow", "spec": map[string]any{"type": "snowflake", "account": "a", "database": "d", "user": "u", "token": "hush"}}}, http.StatusUnprocessableEntity)
	if len(p.Errors) != 1 || p.Errors[0].Pointer != "/spec/token" || !strings.Contains(p.Errors[0].Detail, "is not used with authenticator: key_pair") {
		t.Errorf("a token for a key pair: %+v", p)
	}
}

func TestCheckBeforeStoring(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", nil)
	w.shop(1)
	var v api.Verdict
	for every, warning := range map[string]string{"1h": "6 to 8 hours", "6h": "", "48h": "within 24h"} {
		spec := w.connection(map[string]any{"audience": map[string]any{"id": "9"}, "schedule": map[string]any{"type": "basic", "every": every}})
		w.call(w.editor, "POST", "/api/v1/connections/draft/check", map[string]any{"spec": spec}, &v)
		if len(v.NextRuns) != 5 || strings.Join(v.Warnings, "") != "" != (warning != "") || !strings.Contains(strings.Join(v.Warnings, ""), warning) {
			t.Errorf("every %s: %+v", every, v)
		}
	}
	w.refused(w.viewer, api.Call{Method: "GET", Path: "/api/v1/connections/draft"}, http.StatusNotFound)
	// A warehouse that is paid for while it is awake.
	w.put("sources", "snow", map[string]any{"type": "snowflake", "account": "myorg-shop", "database": "SHOP", "user": "EDDY", "authenticator": "token", "token": "hush-hush"})
	for every, warned := range map[string]bool{"15m": true, "6h": false} {
		spec := w.connection(map[string]any{"source": "snow", "audience": map[string]any{"id": "9"}, "schedule": map[string]any{"type": "basic", "every": every}})
		w.call(w.editor, "POST", "/api/v1/connections/draft/check", map[string]any{"spec": spec}, &v)
		if strings.Contains(strings.Join(v.Warnings, ""), "runs follow each other after 15m, and each wakes the warehouse") != warned {
			t.Errorf("every %s on Snowflake: %+v", every, v)
		}
	}
}

func TestAlertRules(t *testing.T) {
	t.Parallel()
	both(t, func(w *world) {
		w.shop(1)
		rule := map[string]any{
			"name": "team", "connection": "vip", "events": []string{"run_failed"}, "channel": map[string]any{"type": "webhook", "url": "https://hooks.example"},
			"secrets": map[string]string{"secret": "hush-hush"},
		}
		var a api.Alert
		w.call(w.editor, "POST", "/api/v1/alerts", rule, &a)
		if a.Secrets["secret"] != catalog.Mask || a.Version != 1 || a.Channel["type"] != "webhook" {
			t.Errorf("made %+v", a)
		}
		put := func(match string) api.Call {
			return api.Call{Method: "PUT", Path: "/api/v1/alerts/" + a.ID, Body: rule, Header: http.Header{"If-Match": {match}}}
		}
		// As older versions stored it: with the address in the channel.
		_, err := w.st.PutAlertRule(t.Context(), store.AlertRule{
			ID: a.ID, Name: "team", Connection: "vip", Events: []string{"run_failed"}, Channel: json.RawMessage(`{"type":"webhook","url":"https://hooks.example"}`), Secrets: store.Secrets{"secret": "hush-hush"},
		}, store.AnyVersion, store.Actor{ID: "system"})
		w.must(err)
		rule["channel"] = map[string]any{"type": "webhook"}
		rule["name"], rule["secrets"] = "everybody", map[string]string{"secret": catalog.Mask, "url": catalog.Mask}
		w.must(w.editor.Do(t.Context(), put(`"2"`), &a))
		w.refused(w.editor, put(`"1"`), http.StatusPreconditionFailed)
		r, err := w.st.AlertRule(t.Context(), a.ID)
		w.must(err)
		if r.Secrets["secret"] != "hush-hush" || r.Secrets["url"] != "https://hooks.example" || strings.Contains(string(r.Channel), "hooks") || r.Name != "everybody" {
			t.Errorf("stored %s", r.Name)
		}
		// Where the address leads is seen, the address is not, and a secret is kept for it alone.
		var page api.Page[api.Alert]
		w.call(w.viewer, "GET", "/api/v1/alerts", nil, &page)
		if shown := page.Items[0]; shown.Host != "hooks.example" || len(shown.Channel) != 1 || shown.Secrets["url"] != catalog.Mask {
			t.Errorf("a viewer sees %+v", shown)
		}
		type secrets = map[string]string
		for what, c := range map[string]struct {
			channel map[string]any
			secrets secrets
		}{
			"another address":             {map[string]any{"type": "webhook"}, secrets{"secret": catalog.Mask, "url": "https://evil.example"}},
			"another address, in place":   {map[string]any{"type": "webhook", "url": "https://evil.example"}, secrets{"secret": catalog.Mask}},
			"another path":                {map[string]any{"type": "webhook"}, secrets{"secret": catalog.Mask, "url": "https://hooks.example/other"}},
			"beside the one that is kept": {map[string]any{"type": "webhook", "url": "https://evil.example"}, secrets{"secret": catalog.Mask, "url": catalog.Mask}},
			"the same in capitals":        {map[string]any{"type": "webhook", "URL": "https://evil.example"}, secrets{"secret": catalog.Mask, "url": catalog.Mask}},
			"another type":                {map[string]any{"type": "slack"}, secrets{"url": catalog.Mask}},
			"a mask of nothing":           {map[string]any{"type": "webhook"}, secrets{"url": catalog.Mask, "password": catalog.Mask}},
		} {
			rule["channel"], rule["secrets"] = c.channel, c.secrets
			if p := w.refused(w.editor, put("*"), http.StatusUnprocessableEntity); strings.Contains(p.Detail, "hush") {
				t.Errorf("%s: %s", what, p.Detail)
			}
		}
		rule["channel"], rule["secrets"] = map[string]any{"type": "webhook"}, secrets{"secret": catalog.Mask, "url": catalog.Mask}
		rule["connection"] = "nothing"
		w.refused(w.editor, api.Call{Method: "POST", Path: "/api/v1/alerts", Body: rule}, http.StatusUnprocessableEntity)
		w.refused(w.editor, api.Call{Method: "DELETE", Path: "/api/v1/alerts/" + a.ID}, http.StatusPreconditionRequired)
		w.must(w.editor.Do(t.Context(), api.Call{Method: "DELETE", Path: "/api/v1/alerts/" + a.ID, Header: http.Header{"If-Match": {`"3"`}}}, nil))
		page = api.Page[api.Alert]{}
		w.call(w.viewer, "GET", "/api/v1/alerts", nil, &page)
		if len(page.Items) != 0 {
			t.Errorf("still there: %+v", page.Items)
		}
	})
}

func TestFilesGoInAndOut(t *testing.T) {
	t.Parallel()
	both(t, func(w *world) {
		w.shop(1)
		out, err := w.admin.Export(t.Context())
		w.must(err)
		if strings.Contains(string(out), secretToken) || !strings.Contains(string(out), "access_token: ${X_ACCESS_TOKEN}") {
			t.Fatalf("exported:\n%s", out)
		}
		none := func(string) (string, bool) { return "", false }
		changed := []byte(strings.Replace(string(out), "identifier: id", "identifier: email", 1) + "  new: {source: shop, table: t, destination: x, audience: {id: nine}, identifier: id, mapping: {email: email}}\n")
		dry, err := w.admin.Apply(t.Context(), changed, none, false, true)
		w.must(err)
		text, _ := json.Marshal(dry)
		if dry.Applied || !strings.Contains(string(text), `{"kind":"connection","name":"vip","action":"update","changed":[{"key":"identifier","before":"id","after":"email"}]}`) || !strings.Contains(string(text), `"name":"new","action":"create"`) {
			t.Errorf("dry run: %s", text)
		}
		w.refused(w.admin, api.Call{Method: "GET", Path: "/api/v1/connections/new"}, http.StatusNotFound)
		done, err := w.admin.Apply(t.Context(), changed, none, false, false)
		w.must(err)
		if !done.Applied {
			t.Error("not applied")
		}
		o, err := w.st.Object(t.Context(), store.Destination, "x")
		w.must(err)
		if o.Secrets["access_token"] != secretToken {
			t.Error("a secret was lost")
		}
		// A mistake anywhere, and nothing changes.
		wrong := strings.Replace(string(out), "sync_mode", "snyc_mode", 1) + "  third: {source: nowhere}\n"
		p := w.refused(w.admin, api.Call{Method: "POST", Path: "/api/v1/config", Body: api.Apply{Config: wrong}}, http.StatusUnprocessableEntity)
		if len(p.Errors) < 2 || p.Errors[0].Line == 0 {
			t.Errorf("got %v", p)
		}
		w.refused(w.admin, api.Call{Method: "GET", Path: "/api/v1/connections/third"}, http.StatusNotFound)
		if _, err := w.admin.Apply(t.Context(), out, none, true, false); err != nil {
			t.Fatal(err)
		}
		w.refused(w.admin, api.Call{Method: "GET", Path: "/api/v1/connections/new"}, http.StatusNotFound)
	})
}

// Two servers on one store cannot both accept a connection for one audience.
func TestOneAudienceIsFedOnceAlsoBehindTwoServers(t *testing.T) {
	t.Parallel()
	both(t, func(w *world) {
		w.shop(1)
		handler, err := api.New(w.config)
		w.must(err)
		other := httptest.NewServer(handler)
		t.Cleanup(other.Close)
		for round := range 5 {
			id, err := w.box.NewAudience("18ce54d4x5t", fmt.Sprint("round ", round))
			w.must(err)
			const racers = 6
			errs := make([]error, racers)
			var wait sync.WaitGroup
			for i := range racers {
				c := &api.Client{URL: []string{w.url, other.URL}[i%2], Token: w.editor.Token}
				wait.Go(func() {
					body := map[string]any{"name": fmt.Sprintf("r%d-%d", round, i), "spec": w.connection(map[string]any{"audience": map[string]any{"id": id}})}
					errs[i] = c.Do(t.Context(), api.Call{Method: "POST", Path: "/api/v1/connections", Body: body}, nil)
				})
			}
			wait.Wait()
			accepted := 0
			for _, err := range errs {
				if err == nil {
					accepted++
				} else if p, ok := errors.AsType[*api.Problem](err); !ok || p.Status != http.StatusUnprocessableEntity || !strings.Contains(p.Error(), "feeds this audience already") {
					t.Errorf("got %v", err)
				}
			}
			if accepted != 1 {
				t.Fatalf("round %d: %d connections feed one audience", round, accepted)
			}
		}
	})
}

// A connection that this version does not understand is shown with the reason, and the
// others go on.
func TestAConnectionThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	both(t, func(w *world) {
		w.shop(3)
		spec, err := json.Marshal(w.connection(map[string]any{"audience": map[string]any{"id": "77"}, "sync_mode": "of another version"}))
		w.must(err)
		_, err = w.st.Put(t.Context(), store.Object{Kind: store.Connection, Name: "old", Spec: spec}, store.CreateOnly, store.Actor{ID: "system"})
		w.must(err)
		if r := w.ended(api.Start{}); r.Status != "succeeded" {
			t.Errorf("the other connection: %+v", r)
		}
		var h api.Health
		w.call(w.viewer, "GET", "/api/v1/health", nil, &h)
		if len(h.Connections) != 2 || h.Connections[0].State != "failing" || !strings.Contains(h.Connections[0].Unusable, "sync_mode") || h.Connections[1].State != "healthy" {
			t.Errorf("health: %+v", h)
		}
		for _, path := range []string{"plan", "runs", "payload"} {
			if p := w.refusal(w.editor, "/api/v1/connections/old/"+path, nil); p.Status != http.StatusUnprocessableEntity || !strings.Contains(p.Detail, "sync_mode") {
				t.Errorf("%s: %v", path, p)
			}
		}
		w.put("connections", "old", w.connection(map[string]any{"audience": map[string]any{"id": "77"}})) // which mends it
		h = api.Health{}
		w.call(w.viewer, "GET", "/api/v1/health", nil, &h)
		if h.Connections[0].Unusable != "" || h.Connections[0].State != "new" {
			t.Errorf("mended: %+v", h.Connections[0])
		}
	})
}

// The password of a mail server is kept for that server, that user and that protection; who
// hears of what is changed freely.
func TestAMailPasswordStaysWithItsServer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", nil)
	const channel = `{"type":"email","host":"smtp.example.com","username":"u","from":"a@example.com","to":["b@example.com"]}`
	var a api.Alert
	rule := func(channel, password string) map[string]any {
		return map[string]any{"name": "mail", "events": []string{"run_failed"}, "channel": json.RawMessage(channel), "secrets": map[string]string{"password": password}}
	}
	w.call(w.editor, "POST", "/api/v1/alerts", rule(channel, "hush-hush"), &a)
	for from, c := range map[string]struct{ to, changed string }{
		`["b@example.com"]`:  {`["c@example.com"]`, ""},
		`"a@example.com"`:    {`"z@example.com"`, ""},
		`"smtp.example.com"`: {`"SMTP.example.com","port":587,"tls":"starttls"`, ""},
		`smtp.`:              {`evil.`, "host"},
		`"username"`:         {`"port":25,"username"`, "port"},
		`"u"`:                {`"v"`, "username"},
		`"type"`:             {`"tls":"tls","port":587,"type"`, "tls"},
	} {
		call := api.Call{Method: "PUT", Path: "/api/v1/alerts/" + a.ID, Body: rule(strings.Replace(channel, from, c.to, 1), catalog.Mask), Header: http.Header{"If-Match": {"*"}}}
		if c.changed == "" {
			w.must(w.editor.Do(t.Context(), call, nil))
		} else if p := w.refused(w.editor, call, http.StatusUnprocessableEntity); !strings.Contains(p.Detail, c.changed+" changed") {
			t.Errorf("%s: %s", c.to, p.Detail)
		}
	}
	r, err := w.st.AlertRule(t.Context(), a.ID)
	w.must(err)
	if r.Secrets["password"] != "hush-hush" {
		t.Error("the password is another one")
	}
}

// TestARoutingKeyStaysWithItsRegion: the key of an integration of PagerDuty is kept as a
// secret, and is entered again for another region.
func TestARoutingKeyStaysWithItsRegion(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", nil)
	key := strings.Repeat("R0", 16)
	rule := func(channel, key string) map[string]any {
		return map[string]any{"name": "pager", "events": []string{"run_failed"}, "channel": json.RawMessage(channel), "secrets": map[string]string{"routing_key": key}}
	}
	var a api.Alert
	w.call(w.editor, "POST", "/api/v1/alerts", rule(`{"type":"pagerduty"}`, key), &a)
	if a.Secrets["routing_key"] != catalog.Mask || len(a.Channel) != 1 || a.Host != "" {
		t.Errorf("made %+v", a)
	}
	put := func(channel string) api.Call {
		return api.Call{Method: "PUT", Path: "/api/v1/alerts/" + a.ID, Body: rule(channel, catalog.Mask), Header: http.Header{"If-Match": {"*"}}}
	}
	w.must(w.editor.Do(t.Context(), put(`{"type":"pagerduty","region":"us"}`), nil))
	if p := w.refused(w.editor, put(`{"type":"pagerduty","region":"eu"}`), http.StatusUnprocessableEntity); !strings.Contains(p.Detail, "region changed") {
		t.Errorf("another region: %s", p.Detail)
	}
	if p := w.refused(w.editor, put(`{"type":"webhook","url":"https://evil.example"}`), http.StatusBadRequest); strings.Contains(p.Detail, key) {
		t.Errorf("another type: %s", p.Detail)
	}
	r, err := w.st.AlertRule(t.Context(), a.ID)
	w.must(err)
	if r.Secrets["routing_key"] != key || strings.Contains(string(r.Channel), key) {
		t.Error("the key is another one")
	}
}
