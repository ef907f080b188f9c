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
	"github.com/eddy-retl/eddy/catalog"
	"github.com/eddy-retl/eddy/store"
)

// Alert is a rule that says who hears of what.
type Alert struct {
	ID string `json:"id"`
	AlertRule

	Version int64 `json:"version"`
}

// AlertRule is what a rule is made of.
type AlertRule struct {
	Name string `json:"name" minLength:"1" maxLength:"200"`
	// Connection is the one it is about; empty for all.
	Connection string   `json:"connection,omitempty"`
	Events     []string `json:"events" minItems:"1" maxItems:"50" nullable:"false"`
	// Channel is where it is told, such as {"type":"webhook","url":"https://..."}.
	Channel map[string]any `json:"channel"`
	// Secrets belong to the channel. They read as ********; sent back so, they stay.
	Secrets   map[string]string `json:"secrets,omitempty"`
	Threshold store.Threshold   `json:"threshold,omitzero" required:"false"`
	Disabled  bool              `json:"disabled,omitempty"`
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
	out := Alert{ID: r.ID, Version: r.Version, AlertRule: AlertRule{
		Name: r.Name, Connection: r.Connection, Events: r.Events, Channel: map[string]any{}, Threshold: r.Threshold, Disabled: r.Disabled,
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
	r := store.AlertRule{
		ID: old.ID, Name: in.Name, Connection: in.Connection, Events: in.Events, Channel: channel,
		Secrets: store.Secrets(maps.Clone(in.Secrets)), Threshold: in.Threshold, Disabled: in.Disabled,
	}
	if in.Connection != "" {
		if _, err := s.Store.Object(ctx, store.Connection, in.Connection); errors.Is(err, store.ErrNotFound) {
			return nil, bad("/connection", "there is no connection %q", in.Connection)
		} else if err != nil {
			return nil, err
		}
	}
	for name, value := range r.Secrets {
		if value != catalog.Mask {
			continue
		}
		kept, ok := old.Secrets[name]
		if !ok {
			return nil, bad("/secrets/"+name, "%s is masked, and no value of it is stored", name)
		}
		if !sameChannel(old.Channel, channel) || in.Secrets[urlSecret] != catalog.Mask && in.Secrets[urlSecret] != old.Secrets[urlSecret] {
			return nil, bad("/secrets/"+name, "enter %s again: the channel changed, and a stored secret is not sent to another place", name)
		}
		r.Secrets[name] = kept
	}
	if s.CheckAlert != nil {
		if err := s.CheckAlert(r); err != nil {
			return nil, err
		}
	}
	stored, err := s.Store.PutAlertRule(ctx, r, version, who(ctx).actor)
	return &alertAnswer{etag(stored.Version), alertOf(stored)}, versionProblem(err, version)
}

// urlSecret is the secret that says where a channel is.
const urlSecret = "url"

// sameChannel says whether two channels lead to the same place.
func sameChannel(a, b json.RawMessage) bool {
	var x, y map[string]any
	if json.Unmarshal(a, &x) != nil || json.Unmarshal(b, &y) != nil {
		return false
	}
	p, err1 := json.Marshal(x)
	q, err2 := json.Marshal(y)
	return err1 == nil && err2 == nil && string(p) == string(q)
}
