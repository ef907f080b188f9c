package api

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"time"

	"golang.org/x/time/rate"

	"github.com/eddy-retl/eddy/store"
	"github.com/eddy-retl/eddy/webhook"
)

// Webhook hears of work that another tool has done, and starts the connections that name it.
type Webhook struct {
	Name string `json:"name"`
	Kind string `json:"kind" enum:"dbt_cloud,fivetran,airbyte,other"`
	// About is the one dbt job, Fivetran or Airbyte connection that counts, by its id; empty is any.
	About string `json:"about,omitempty"`
	// Path is where it is sent to, on this server.
	Path      string    `json:"path"`
	CreatedAt time.Time `json:"created_at"`
	// LastAt is when it heard something last, LastEvent what, and LastStarted what that started.
	LastAt      *time.Time `json:"last_at" nullable:"true"`
	LastEvent   string     `json:"last_event,omitempty"`
	LastStarted []string   `json:"last_started" nullable:"false"`
}

// WebhookWithSecret is a webhook with what signs what it is sent. It is shown this once.
type WebhookWithSecret struct {
	Webhook

	Secret string `json:"secret"`
}

// NewWebhook makes a webhook.
type NewWebhook struct {
	Name  string `json:"name" minLength:"1" maxLength:"63" pattern:"^[a-z0-9][a-z0-9_-]*$"`
	Kind  string `json:"kind" enum:"dbt_cloud,fivetran,airbyte,other"`
	About string `json:"about,omitempty" maxLength:"200"`
	WebhookSecret
}

// WebhookSecret is what signs what a webhook is sent.
type WebhookSecret struct {
	// Secret is the one that the other tool has made; without it, one is made.
	Secret string `json:"secret,omitempty" minLength:"16" maxLength:"500"`
}

// HookAnswer is what whoever calls a webhook is told.
type HookAnswer struct {
	// Started are the connections that start.
	Started []string `json:"started" nullable:"false"`
	// Detail says why others, or none, do.
	Detail string `json:"detail"`
}

func webhookOf(h store.Webhook) Webhook {
	out := Webhook{Name: h.Name, Kind: h.Kind, About: h.About, Path: "/hooks/" + h.Name, CreatedAt: h.CreatedAt, LastAt: moment(h.LastAt), LastEvent: h.LastEvent, LastStarted: h.LastStarted}
	if out.LastStarted == nil {
		out.LastStarted = []string{}
	}
	return out
}

func (s *server) webhookRoutes() {
	const all = "/api/v1/webhooks"
	add(s, endpoint("list-webhooks", http.MethodGet, all, "List webhooks by name"), func(ctx context.Context, in *Paging) (*list[Webhook], error) {
		hooks, err := s.Store.Webhooks(ctx)
		if err != nil {
			return nil, err
		}
		return slice(hooks, *in, func(h store.Webhook) string { return h.Name }, webhookOf)
	})
	op := endpoint("create-webhook", http.MethodPost, all, "Make a webhook")
	op.Description = "Its secret is in this answer, and never again. dbt Cloud makes its own, which is sent here."
	op.DefaultStatus = http.StatusCreated
	add(s, op, func(ctx context.Context, in *answer[NewWebhook]) (*answer[WebhookWithSecret], error) {
		b := in.Body
		secret, err := s.Store.CreateWebhook(ctx, store.Webhook{Name: b.Name, Kind: b.Kind, About: b.About}, b.Secret, who(ctx).actor)
		if err != nil {
			return nil, versionProblem(err, store.CreateOnly)
		}
		return s.showWebhook(ctx, b.Name, secret)
	})
	op = endpoint("renew-webhook", http.MethodPost, all+"/{name}/secret", "Give a webhook another secret; the one before ends at once")
	add(s, op, func(ctx context.Context, in *struct {
		ByName

		Body WebhookSecret
	},
	) (*answer[WebhookWithSecret], error) {
		secret, err := s.Store.RenewWebhook(ctx, in.Name, in.Body.Secret, who(ctx).actor)
		if err != nil {
			return nil, err
		}
		return s.showWebhook(ctx, in.Name, secret)
	})
	op = endpoint("delete-webhook", http.MethodDelete, all+"/{name}", "Delete a webhook that no connection waits for")
	op.DefaultStatus = http.StatusNoContent
	add(s, op, func(ctx context.Context, in *ByName) (*struct{}, error) {
		return nil, s.Store.DeleteWebhook(ctx, in.Name, who(ctx).actor)
	})
	s.plain("hear-webhook", "POST /hooks/{name}", s.hearWebhook(rand.Text()))
}

func (s *server) showWebhook(ctx context.Context, name, secret string) (*answer[WebhookWithSecret], error) {
	h, _, err := s.Store.Webhook(ctx, name)
	return &answer[WebhookWithSecret]{Body: WebhookWithSecret{webhookOf(h), secret}}, err
}

// How often webhooks are called from one address: at once, and then one every so often. Refusals
// are noted so often, whoever they come from.
const (
	hookBurst    = 120
	hookEvery    = time.Second
	refusedBurst = 20
	refusedEvery = time.Minute
)

// oldest is how old work may be that still starts something.
const oldest = 72 * time.Hour

// hearWebhook answers those who call a webhook. nobody is the secret of webhooks that are not there:
// they are refused after the same work as a wrong signature.
func (s *server) hearWebhook(nobody string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		out, err := s.hear(r, nobody)
		if err != nil {
			s.write(w, r, s.problem(r.Context(), err))
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(out) // who has gone away learns nothing
	}
}

func (s *server) hear(r *http.Request, nobody string) (HookAnswer, error) {
	ctx := r.Context()
	if err := s.limits.hook("hook "+household(s.Proxies.Address(r)), hookEvery, hookBurst); err != nil {
		return HookAnswer{}, err
	}
	body, err := io.ReadAll(r.Body) // in memory already, and bounded: see take
	if err != nil {
		return HookAnswer{}, err
	}
	name := r.PathValue("name")
	if !hookName.MatchString(name) {
		name = "_" // which none is called
	}
	h, secret, err := s.Store.Webhook(ctx, name)
	if errors.Is(err, store.ErrNotFound) {
		h, secret, err = store.Webhook{Kind: string(webhook.Other)}, nobody, nil
	}
	if err != nil {
		return HookAnswer{}, err
	}
	if !webhook.Signed(webhook.Kind(h.Kind), secret, r, body, s.Now()) {
		return HookAnswer{}, s.refuseHook(ctx, name)
	}
	if err := countValues(body, hookValues); err != nil {
		return HookAnswer{}, err
	}
	event, err := webhook.Read(webhook.Kind(h.Kind), body)
	if err != nil {
		return HookAnswer{}, bad("", "%v", err)
	}
	return s.heard(ctx, h, event)
}

// hookName is how webhooks are called.
var hookName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,62}$`)

// refuseHook refuses a wrong signature, and says the same where there is no such webhook.
func (s *server) refuseHook(ctx context.Context, name string) error {
	if s.limits.hook("refused hooks", refusedEvery, refusedBurst) == nil {
		err := s.Store.Note(ctx, store.Audit{Actor: store.Actor{ID: "system", Via: "webhook"}, Action: "refuse", Kind: "webhook", Name: name})
		if err != nil {
			return err
		}
	}
	return &Problem{Status: http.StatusUnauthorized, Code: "unauthorized", Detail: "the signature is missing or wrong", Mend: "Check the address and the secret on both sides."}
}

// heard puts what a webhook heard on record, and begins what that starts.
func (s *server) heard(ctx context.Context, h store.Webhook, e webhook.Event) (HookAnswer, error) {
	why := ""
	switch {
	case !e.Succeeded:
		why = "nothing starts: only work that ended well starts connections"
	case h.About != "" && h.About != e.About:
		why = "nothing starts: this webhook is about another job or connection"
	case !e.At.IsZero() && s.Now().Sub(e.At) > oldest:
		why = fmt.Sprintf("nothing starts: that was more than %d hours ago", int(oldest.Hours()))
	}
	started, err := s.Store.Hear(ctx, h.Name, store.Heard{ID: e.ID, Text: e.Text, Starts: why == ""})
	if errors.Is(err, store.ErrHeard) {
		return HookAnswer{Started: []string{}, Detail: "nothing starts: this was heard before"}, nil
	}
	if err != nil {
		return HookAnswer{}, err
	}
	switch {
	case why != "":
	case len(started) == 0:
		why = "nothing starts: no connection waits for this webhook, or all that do are paused"
	default:
		why = "these connections start; one that runs already does so afterwards"
		if s.Begin != nil {
			if err := s.Begin(ctx); err != nil { // it is on record: a tick begins it
				s.Logger.WarnContext(ctx, "what a webhook starts begins later", "webhook", h.Name, "error", err)
			}
		}
	}
	return HookAnswer{Started: slices.Clip(started), Detail: why}, nil
}

// hook counts a call of webhooks, or says when the next one may be made.
func (l *limits) hook(key string, every time.Duration, burst int) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	wait := l.wait(l.now(), key, rate.Every(every), burst)
	if wait == 0 {
		return nil
	}
	return tooManyOf(wait, "webhooks are called too often")
}
