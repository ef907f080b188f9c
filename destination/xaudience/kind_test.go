package xaudience_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/destination"
	"github.com/eddy-retl/eddy/destination/xaudience"
	"github.com/eddy-retl/eddy/dial"
	"github.com/eddy-retl/eddy/sandbox"
)

// accepting is a server that takes all users.
func accepting(t testing.TB) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var ops []struct {
			Params struct {
				Users []json.RawMessage `json:"users"`
			} `json:"params"`
		}
		if err := json.NewDecoder(r.Body).Decode(&ops); err != nil {
			t.Errorf("body: %v", err)
		}
		n := 0
		for _, op := range ops {
			n += len(op.Params.Users)
		}
		fmt.Fprintf(w, `{"data":{"success_count":%d,"total_count":%d}}`, n, n)
	}))
	t.Cleanup(server.Close)
	return server
}

func TestOpenRefuses(t *testing.T) {
	for _, v := range []struct{ option, value, want string }{
		{"account_id", "", `destination "x": account_id is missing`},
		{"account_id", "18c-e", "account_id has characters other than letters and digits"},
		{"consumer_key", "", "consumer_key is missing"},
		{"consumer_secret", "", "consumer_secret is missing"},
		{"access_token", "", "access_token is missing"},
		{"access_token_secret", "", "access_token_secret is missing"},
		{"access_token", "line\n", "access token"},
		{"hash", "maybe", "hash is neither true nor false"},
		{"default_region", "Atlantis", "default_region is not a region"},
		{"ambiguous_phones", "guess", "ambiguous_phones is not a choice that is known"},
		{"phone_formats", "e164,plain", "phone_formats names a format that is not known"},
		{"api_url", "ads.example.com", "api_url is not an address"},
		{"api_url", "https://user:pass@host", "api_url is not an address"},
	} {
		options := map[string]string{
			"account_id": "18ce54d4x5t", "consumer_key": "ck", "consumer_secret": "cs",
			"access_token": "at", "access_token_secret": "ats",
		}
		options[v.option] = v.value
		_, err := xaudience.Open(eddy.Destination{Name: "x", Options: options})
		if eddy.ErrorCode(err) != eddy.CodeConfig || !strings.Contains(err.Error(), v.want) {
			t.Errorf("%s %q: got %v, want %q", v.option, v.value, err, v.want)
		}
		if v.value != "" && strings.Contains(err.Error(), v.value) {
			t.Errorf("the value of %s is told in %q", v.option, err)
		}
	}
}

func TestOptionsAreDeclared(t *testing.T) {
	defaults := map[string]string{}
	for _, o := range xaudience.Kind().Options {
		if o.Help == "" || o.Kind == "" || o.Secret() != (o.Required && o.Name != "account_id") {
			t.Errorf("option %+v", o)
		}
		defaults[o.Name] = o.Default
	}
	if len(defaults) != 10 || defaults["ambiguous_phones"] != "refuse" || defaults["hash"] != "true" || defaults["phone_formats"] != "e164" || defaults["api_url"] != xaudience.DefaultURL {
		t.Errorf("got %v", defaults)
	}
}

func TestOptionsBecomeSettings(t *testing.T) {
	d := open(t, "", map[string]string{"hash": "false", "default_region": "de", "phone_formats": "digits, e164", "ambiguous_phones": "national"})
	p, err := d.Preparer("")
	if err != nil || p.Settings() != "v2;hash=false;region=DE;phones=e164,digits;ambiguous=national" {
		t.Errorf("got %q, %v", p.Settings(), err)
	}
}

// api answers reads; what it answers is by path, with the status in front: "403 {…}".
func api(t *testing.T, answers map[string]string) destination.Destination {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer, ok := answers[r.Method+" "+strings.TrimPrefix(r.URL.Path, "/12/accounts")]
		if !ok {
			answer = `404 {"errors":[{"code":"NOT_FOUND","message":"not here"}]}`
		}
		status, body, _ := strings.Cut(answer, " ")
		code := 0
		fmt.Sscan(status, &code)
		w.WriteHeader(code)
		fmt.Fprint(w, body)
	}))
	t.Cleanup(server.Close)
	return open(t, server.URL, nil)
}

const (
	vip    = `{"id":"1nmth","name":"VIP","audience_size":1470,"targetable":true,"created_at":"2026-01-01T00:00:00Z"}`
	base   = "/18ce54d4x5t/custom_audiences"
	denied = `403 {"errors":[{"code":"ACCOUNT_NOT_FOUND","message":"no"}]}`
)

func TestCheck(t *testing.T) {
	for _, v := range []struct {
		name    string
		answers map[string]string
		steps   int
		failing string // what the last step's error says; "" for none
	}{
		{"all is well", map[string]string{"GET " + base: `200 {"data":[` + vip + `]}`}, 3, ""},
		{"credentials", map[string]string{"GET " + base: `401 {"errors":[{"code":"UNAUTHORIZED_ACCESS","message":"no"}]}`}, 1, "access token"},
		{"account", map[string]string{"GET " + base: denied, "GET ": `200 {"data":[{"id":"abc"}]}`}, 2, "Use one of these as account_id: abc"},
		{"no account", map[string]string{"GET " + base: denied, "GET ": `200 {"data":[]}`}, 2, "Ask the account's administrator"},
		{"audiences", map[string]string{"GET " + base: denied, "GET ": `200 {"data":[{"id":"18CE54D4x5t"}]}`}, 3, "ACCOUNT_NOT_FOUND"},
	} {
		t.Run(v.name, func(t *testing.T) {
			steps := api(t, v.answers).(destination.Checker).Check(t.Context())
			if clock := steps[len(steps)-1]; clock.Name != "clock" || clock.Err != nil {
				t.Errorf("got %+v of the clock", clock)
			}
			steps = steps[:len(steps)-1]
			last := steps[len(steps)-1]
			if len(steps) != v.steps || (last.Err == nil) != (v.failing == "") {
				t.Fatalf("got %+v", steps)
			}
			if last.Err != nil && (!strings.Contains(last.Err.Error(), v.failing) || eddy.ErrorCode(last.Err) != eddy.CodeDestination) {
				t.Errorf("got %v, want %q", last.Err, v.failing)
			}
			// Servers tell only errors with a code to people, and what to do on a line of its own.
			if e, ok := errors.AsType[*eddy.Error](last.Err); last.Err != nil && (!ok || e.Code != eddy.CodeDestination || e.Mend == "") {
				t.Errorf("got %#v", last.Err)
			}
		})
	}
}

// A clock that is off by more than requests may be is told by how much, in which direction
// and how to mend it: by whatever X answers, and with no request of its own.
func TestClock(t *testing.T) {
	for _, v := range []struct {
		name         string
		ahead, grace time.Duration // X's clock is ahead of ours, and takes times that are off by so much
		says         string
	}{
		{"right", 0, 5 * time.Minute, ""},
		{"a little off", 4 * time.Minute, 5 * time.Minute, ""},
		{"behind, and refused", 10 * time.Minute, 5 * time.Minute, "the clock of this machine is 10m behind X's"},
		{"ahead, and refused", -2 * time.Hour, 5 * time.Minute, "the clock of this machine is 2h0m ahead of X's"},
		{"behind, and taken", 10 * time.Minute, time.Hour, "the clock of this machine is 10m behind X's"},
	} {
		t.Run(v.name, func(t *testing.T) {
			cfg := sandbox.Default()
			cfg.ClockWindow = v.grace
			cfg.Now = func() time.Time { return time.Now().Add(v.ahead) }
			x := sandbox.New(cfg)
			server := httptest.NewServer(x)
			defer server.Close()
			d, err := xaudience.Open(eddy.Destination{Dialer: dial.Anywhere(), Name: "x", Type: xaudience.Type, Options: map[string]string{
				"account_id": cfg.Account, "consumer_key": "ck", "consumer_secret": "cs", "access_token": "at", "access_token_secret": "ats", "api_url": server.URL,
			}})
			if err != nil {
				t.Fatal(err)
			}
			if _, known := d.(destination.Clocked).Clock(); known {
				t.Error("the clock is known before any answer")
			}
			steps := d.(destination.Checker).Check(t.Context())
			clock := steps[len(steps)-1]
			switch {
			case clock.Name != "clock":
				t.Errorf("got %+v, want the clock as the last step", steps)
			case v.says == "" && clock.Err != nil:
				t.Errorf("got %v", clock.Err)
			case v.says != "" && (clock.Err == nil || !strings.Contains(clock.Err.Error(), v.says) || !strings.Contains(clock.Err.Error(), "NTP")):
				t.Errorf("got %v, want %q", clock.Err, v.says)
			}
			if refused := v.says != "" && v.grace == 5*time.Minute; (steps[0].Err != nil) != refused {
				t.Errorf("got %v of the credentials", steps[0].Err)
			}
			if n := len(x.Requests()); n != 1 {
				t.Errorf("%d requests, want the one of the check", n)
			}
		})
	}
}

// The accounts are told to a person; trouble with them is X's and comes with advice.
func TestListAccounts(t *testing.T) {
	list := func(answer string) ([]string, error) {
		return api(t, map[string]string{"GET ": answer}).(destination.Accounts).ListAccounts(t.Context())
	}
	names, err := list(`200 {"data":[{"id":"abc","name":"Shop"},{"id":"def"}]}`)
	if err != nil || !slices.Equal(names, []string{"Shop (abc)", "(def)"}) {
		t.Errorf("got %q, %v", names, err)
	}
	_, err = list(`401 {"errors":[{"code":"UNAUTHORIZED_ACCESS","message":"no"}]}`)
	if eddy.ErrorCode(err) != eddy.CodeDestination || !strings.Contains(err.Error(), "access token") {
		t.Errorf("got %v", err)
	}
}

func TestAudiences(t *testing.T) {
	d := api(t, map[string]string{
		"GET " + base:               `200 {"data":[` + vip + `]}`,
		"POST " + base:              `201 {"data":` + vip + `}`,
		"GET " + base + "/1nmth":    `200 {"data":` + vip + `}`,
		"PUT " + base + "/1nmth":    `200 {"data":` + vip + `}`,
		"DELETE " + base + "/1nmth": `200 {"data":` + vip + `}`,
	}).(destination.Audiences)
	ctx := t.Context()
	list, err := d.ListAudiences(ctx)
	if err != nil || len(list) != 1 || list[0].ID != "1nmth" || *list[0].Size != 1470 || !list[0].Targetable {
		t.Errorf("list: %+v, %v", list, err)
	}
	for verb, do := range map[string]func() (destination.AudienceInfo, error){
		"read":   func() (destination.AudienceInfo, error) { return d.ReadAudience(ctx, "1nmth") },
		"create": func() (destination.AudienceInfo, error) { return d.CreateAudience(ctx, "VIP", "Top") },
		"rename": func() (destination.AudienceInfo, error) { return d.RenameAudience(ctx, "1nmth", "VIP") },
	} {
		if a, err := do(); err != nil || a.Name != "VIP" {
			t.Errorf("%s: %+v, %v", verb, a, err)
		}
	}
	if err := d.DeleteAudience(ctx, "1nmth"); err != nil {
		t.Error(err)
	}
	_, err = d.ReadAudience(ctx, "gone")
	if eddy.ErrorCode(err) != eddy.CodeDestination || !strings.Contains(err.Error(), "it was deleted there, or never existed") {
		t.Errorf("got %v", err)
	}
}

// An audience that was made although no answer came is found by its name, unless it is
// older than the wish for it.
func TestCreateInDoubt(t *testing.T) {
	for made, found := range map[string]bool{"2999-01-01T00:00:00Z": true, "2020-01-01T00:00:00Z": false} {
		d := api(t, map[string]string{
			"POST " + base: `200 cut off`,
			"GET " + base:  `200 {"data":[{"id":"1nmth","name":"VIP","created_at":"` + made + `"}]}`,
		}).(destination.Audiences)
		if a, err := d.CreateAudience(t.Context(), "VIP", ""); (err == nil) != found || found && a.ID != "1nmth" {
			t.Errorf("made %s: %+v, %v", made, a, err)
		}
	}
}
