package api

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/alert"
	"github.com/eddy-retl/eddy/catalog"
	"github.com/eddy-retl/eddy/store"
)

// Alert is a rule that says who hears of what.
type Alert struct {
	ID string `json:"id"`
	// Host is where a webhook's address leads; the address itself is a secret.
	Host string `json:"host,omitempty"`
	AlertRule

	Version int64 `json:"version"`
}

// AlertRule is what a rule is made of.
type AlertRule struct {
	Name string `json:"name" minLength:"1" maxLength:"200"`
	// Connection is the one it is about; empty for all.
	Connection string   `json:"connection,omitempty"`
	Events     []string `json:"events" minItems:"1" maxItems:"50" nullable:"false"`
	// Channel is where it is told, such as {"type":"webhook","url":"https://..."}; the types
	// are webhook, slack, teams, pagerduty and email. The url is kept as a secret, and is not
	// among what is read.
	Channel map[string]any `json:"channel"`
	// Secrets belong to the channel. They read as ********; sent back so, they stay.
	Secrets   map[string]string `json:"secrets,omitempty"`
	Threshold store.Threshold   `json:"threshold,omitzero" required:"false"`
	// Quiet is when nothing is told: what happens then is told when it ends, if it still is so.
	Quiet    store.QuietHours `json:"quiet,omitzero" required:"false"`
	Disabled bool             `json:"disabled,omitempty"`
}

// Tested is what became of a test message.
type Tested struct {
	OK bool `json:"ok"`
	// Detail says what happened.
	Detail string `json:"detail"`
	Mend   string `json:"mend,omitempty"`
}

type alertAnswer struct {
	ETag string `header:"ETag"`
	Body Alert
}

func alertOf(r store.AlertRule) Alert {
	r = sealed(r)
	out := Alert{ID: r.ID, Version: r.Version, Host: alert.Host(r.Secrets[alert.SecretURL]), AlertRule: AlertRule{
		Name: r.Name, Connection: r.Connection, Events: r.Events, Channel: map[string]any{}, Threshold: r.Threshold, Quiet: r.Quiet, Disabled: r.Disabled,
	}}
	_ = json.Unmarshal(r.Channel, &out.Channel) // it was stored as an object
	for name := range r.Secrets {
		if out.Secrets == nil {
			out.Secrets = map[string]string{}
		}
		out.Secrets[name] = catalog.Mask
	}
	return out
}

func (s *server) alertRoutes() {
	const one = "/api/v1/alerts/{id}"
	add(s, endpoint("list-alerts", http.MethodGet, "/api/v1/alerts", "List alert rules"), func(ctx context.Context, in *Paging) (*list[Alert], error) {
		rules, err := s.Store.AlertRules(ctx)
		if err != nil {
			return nil, err
		}
		id := func(r store.AlertRule) string { return r.ID }
		slices.SortFunc(rules, func(a, b store.AlertRule) int { return strings.Compare(id(a), id(b)) })
		return slice(rules, *in, id, alertOf)
	})
	op := endpoint("create-alert", http.MethodPost, "/api/v1/alerts", "Make an alert rule")
	op.DefaultStatus = http.StatusCreated
	add(s, op, func(ctx context.Context, in *answer[AlertRule]) (*alertAnswer, error) {
		return s.putAlert(ctx, store.AlertRule{}, in.Body, store.CreateOnly)
	})
	add(s, endpoint("get-alert", http.MethodGet, one, "Show an alert rule"), func(ctx context.Context, in *ByID) (*alertAnswer, error) {
		r, err := s.Store.AlertRule(ctx, in.ID)
		return &alertAnswer{etag(r.Version), alertOf(r)}, err
	})
	add(s, endpoint("replace-alert", http.MethodPut, one, "Change an alert rule"), func(ctx context.Context, in *struct {
		ByID
		Precondition

		Body AlertRule
	},
	) (*alertAnswer, error) {
		version, err := in.version()
		if err != nil {
			return nil, err
		}
		old, err := s.Store.AlertRule(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		return s.putAlert(ctx, old, in.Body, version)
	})
	op = endpoint("test-alert", http.MethodPost, one+"/test", "Send a test message of an alert rule, and tell what happened")
	op.Description = "As the rule is stored. An answer with ok false is no problem of the request: it says why the message did not arrive."
	add(s, op, s.testAlert)
	op = endpoint("delete-alert", http.MethodDelete, one, "Delete an alert rule")
	op.DefaultStatus = http.StatusNoContent
	add(s, op, func(ctx context.Context, in *struct {
		ByID
		Precondition
	},
	) (*struct{}, error) {
		version, err := in.version()
		if err != nil {
			return nil, err
		}
		r, err := s.Store.AlertRule(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		if version != store.AnyVersion && version != r.Version {
			return nil, stale("it was changed by somebody else meanwhile")
		}
		return nil, s.Store.DeleteAlertRule(ctx, in.ID, who(ctx).actor)
	})
}

// testAlert sends a test message, also for a rule that is switched off.
func (s *server) testAlert(ctx context.Context, in *ByID) (*answer[Tested], error) {
	r, err := s.Store.AlertRule(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if s.TestAlert == nil {
		return nil, &Problem{Status: http.StatusNotImplemented, Detail: "this server sends no alerts"}
	}
	out := Tested{OK: true, Detail: "the message was taken"}
	if err := s.TestAlert(ctx, r); err != nil {
		out = Tested{Detail: err.Error()}
		if e, ok := errors.AsType[*eddy.Error](err); ok {
			out = Tested{Detail: strings.TrimSuffix(err.Error(), "\n  "+e.Mend), Mend: e.Mend}
		}
	}
	return reply(out), nil
}

func (s *server) putAlert(ctx context.Context, old store.AlertRule, in AlertRule, version int64) (*alertAnswer, error) {
	channel, err := json.Marshal(in.Channel)
	if err != nil {
		return nil, bad("/channel", "the channel cannot be read")
	}
	for key := range in.Channel {
		if strings.EqualFold(key, alert.SecretURL) && in.Secrets[alert.SecretURL] != "" {
			return nil, bad("/channel/"+key, "url is given twice: give it in the channel or as a secret")
		}
	}
	r := sealed(store.AlertRule{
		ID: old.ID, Name: in.Name, Connection: in.Connection, Events: in.Events, Channel: channel,
		Secrets: store.Secrets(maps.Clone(in.Secrets)), Threshold: in.Threshold, Quiet: in.Quiet, Disabled: in.Disabled,
	})
	if in.Connection != "" {
		if _, err := s.Store.Object(ctx, store.Connection, in.Connection); errors.Is(err, store.ErrNotFound) {
			return nil, bad("/connection", "there is no connection %q", in.Connection)
		} else if err != nil {
			return nil, err
		}
	}
	if err := keep(&r, sealed(old)); err != nil {
		return nil, err
	}
	if s.CheckAlert != nil {
		if err := s.CheckAlert(r); err != nil {
			return nil, err
		}
	}
	stored, err := s.Store.PutAlertRule(ctx, r, version, who(ctx).actor)
	return &alertAnswer{etag(stored.Version), alertOf(stored)}, versionProblem(err, version)
}

// sealed is a rule with the address of its channel among its secrets. Older versions left it
// in the channel.
func sealed(r store.AlertRule) store.AlertRule {
	var channel map[string]any
	if json.Unmarshal(r.Channel, &channel) != nil {
		return r
	}
	address := ""
	for _, key := range slices.Sorted(maps.Keys(channel)) { // JSON's names are read in any case
		if text, ok := channel[key].(string); ok && strings.EqualFold(key, alert.SecretURL) {
			address = text
			delete(channel, key)
		}
	}
	if address == "" {
		return r
	}
	open, err := json.Marshal(channel)
	if err != nil {
		return r
	}
	secrets := store.Secrets{alert.SecretURL: address} // one that is there wins, as when it is told
	maps.Copy(secrets, r.Secrets)
	r.Channel, r.Secrets = open, secrets
	return r
}

// keep puts stored secrets in the place of masks, while the channel leads where they were
// given for.
func keep(r *store.AlertRule, old store.AlertRule) error {
	var kept []string
	for _, name := range slices.Sorted(maps.Keys(r.Secrets)) {
		if r.Secrets[name] != catalog.Mask {
			continue
		}
		stored, ok := old.Secrets[name]
		if !ok {
			return bad("/secrets/"+name, "%s is masked, and no value of it is stored", name)
		}
		r.Secrets[name] = stored
		kept = append(kept, name)
	}
	if len(kept) == 0 {
		return nil
	}
	now, err := alert.Parse(r.Channel, r.Secrets)
	if err != nil {
		return err
	}
	before, err := alert.Parse(old.Channel, old.Secrets)
	if err != nil {
		return bad("/secrets/"+kept[0], "enter %s again: where the channel led cannot be told", strings.Join(kept, " and "))
	}
	a, b := before.Place(), now.Place()
	for _, name := range slices.Sorted(maps.Keys(b)) {
		if a[name] != b[name] {
			return bad("/secrets/"+kept[0], "enter %s again: %s changed, and a stored secret is not sent to another place", strings.Join(kept, " and "), name)
		}
	}
	return nil
}
