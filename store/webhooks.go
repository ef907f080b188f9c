package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/eddy-retl/eddy"
)

// Webhook hears of work that others have done, so that connections start after it.
type Webhook struct {
	Name string
	// Kind is the tool that it hears from.
	Kind string
	// About is the one job or connection of that tool that counts; empty is any.
	About     string
	CreatedAt time.Time
	// LastAt is when it heard last, LastEvent what, and LastStarted what that started.
	LastAt      time.Time
	LastEvent   string
	LastStarted []string
}

// WebhookTrigger is what runs are called that a webhook starts.
func WebhookTrigger(name string) string { return "webhook " + name }

// The secret of a webhook is sealed as all others are.
const (
	webhookKind   = "webhook"
	webhookSecret = "secret"
)

const webhookColumns = "name, kind, about, created_at, last_at, last_event, last_started"

func readWebhook(row scanner) (h Webhook, err error) {
	var created, last int64
	var started string
	if err := row.Scan(&h.Name, &h.Kind, &h.About, &created, &last, &h.LastEvent, &started); err != nil {
		return h, err
	}
	h.CreatedAt, h.LastAt = moment(created), moment(last)
	return h, json.Unmarshal([]byte(started), &h.LastStarted)
}

// Webhooks lists all by name.
func (s *Store) Webhooks(ctx context.Context) ([]Webhook, error) {
	c := s.conn()
	return all(ctx, c, readWebhook, "SELECT "+webhookColumns+" FROM eddy_webhooks ORDER BY "+c.byName())
}

// Webhook finds one with its secret; ErrNotFound when there is none.
func (s *Store) Webhook(ctx context.Context, name string) (Webhook, string, error) {
	c := s.conn()
	h, err := one(ctx, c, readWebhook, "SELECT "+webhookColumns+" FROM eddy_webhooks WHERE name = ?", name)
	// Also where there is none: whoever asks learns nothing from how long it takes.
	secrets, failed := s.secrets(ctx, c, webhookKind, name)
	if err = errors.Join(err, failed); err != nil {
		return Webhook{}, "", fmt.Errorf("webhook %s: %w", name, err)
	}
	return h, secrets[name][webhookSecret], nil
}

// CreateWebhook makes one; ErrConflict when its name is taken. Without a secret it makes that, too,
// and gives it.
func (s *Store) CreateWebhook(ctx context.Context, h Webhook, secret string, by Actor) (string, error) {
	secret = orNewSecret(secret)
	return secret, s.change(ctx, nil, func(c conn) error {
		n, err := c.exec(ctx, `INSERT INTO eddy_webhooks (name, kind, about, created_at, last_at, last_event, last_started) VALUES (?, ?, ?, ?, 0, '', '[]') ON CONFLICT (name) DO NOTHING`,
			h.Name, h.Kind, h.About, micro(atOnce()))
		if err == nil && n == 0 {
			err = fmt.Errorf("webhook %s is already there: %w", h.Name, ErrConflict)
		}
		if err == nil {
			err = s.putSecrets(ctx, c, webhookKind, h.Name, Secrets{webhookSecret: secret})
		}
		if err != nil {
			return err
		}
		return note(ctx, c, Audit{Actor: by, Action: "create", Kind: webhookKind, Name: h.Name, Detail: detail(map[string]any{"kind": h.Kind, "about": h.About})})
	})
}

// RenewWebhook gives a webhook another secret.
func (s *Store) RenewWebhook(ctx context.Context, name, secret string, by Actor) (string, error) {
	secret = orNewSecret(secret)
	return secret, s.change(ctx, nil, func(c conn) error {
		if _, err := one(ctx, c, plain[string], "SELECT name FROM eddy_webhooks WHERE name = ?", name); err != nil {
			return fmt.Errorf("webhook %s: %w", name, err)
		}
		if err := s.putSecrets(ctx, c, webhookKind, name, Secrets{webhookSecret: secret}); err != nil {
			return err
		}
		return note(ctx, c, Audit{Actor: by, Action: "renew", Kind: webhookKind, Name: name, Detail: detail(map[string]any{"secrets": []string{webhookSecret}})})
	})
}

func orNewSecret(secret string) string {
	if secret == "" {
		return newSecret()
	}
	return secret
}

// DeleteWebhook removes one that no connection waits for.
func (s *Store) DeleteWebhook(ctx context.Context, name string, by Actor) error {
	return s.change(ctx, nil, func(c conn) error {
		users, err := waitingFor(ctx, c, name)
		if err != nil {
			return err
		}
		if len(users) > 0 {
			return &eddy.Error{Code: eddy.CodeConflict, What: fmt.Sprintf("webhook %s starts %s", name, plural("connection", users)), Mend: "Give these another schedule first."}
		}
		n, err := c.exec(ctx, "DELETE FROM eddy_webhooks WHERE name = ?", name)
		if err == nil && n == 0 {
			err = fmt.Errorf("webhook %s: %w", name, ErrNotFound)
		}
		if err == nil {
			_, err = c.exec(ctx, "DELETE FROM eddy_deliveries WHERE webhook = ?", name)
		}
		if err == nil {
			err = s.putSecrets(ctx, c, webhookKind, name, nil)
		}
		if err != nil {
			return err
		}
		return note(ctx, c, Audit{Actor: by, Action: "delete", Kind: webhookKind, Name: name})
	})
}

// Heard is what a webhook heard.
type Heard struct {
	// ID is the sender's own id of it.
	ID string
	// Text says what it was.
	Text string
	// Starts says that connections are to start.
	Starts bool
}

// ErrHeard says that a webhook had heard something before.
var ErrHeard = errors.New("heard before")

// Hear notes what a webhook heard, and in the same transaction that those connections are to start
// which wait for it. It gives them; ErrHeard when they were started because of it before.
func (s *Store) Hear(ctx context.Context, name string, e Heard) (started []string, err error) {
	err = s.tx(ctx, func(c conn) error {
		started = []string{}
		if e.Starts {
			n, err := c.exec(ctx, "INSERT INTO eddy_deliveries (webhook, event, at) VALUES (?, ?, ?) ON CONFLICT (webhook, event) DO NOTHING", name, e.ID, micro(atOnce()))
			if err != nil {
				return err
			}
			if n == 0 {
				return ErrHeard
			}
			users, err := waitingFor(ctx, c, name)
			if err != nil {
				return err
			}
			if started, err = askStarts(ctx, c, WebhookTrigger(name), users); err != nil {
				return err
			}
		}
		text, err := json.Marshal(started)
		if err != nil {
			return err
		}
		if _, err := c.exec(ctx, "UPDATE eddy_webhooks SET last_at = ?, last_event = ?, last_started = ? WHERE name = ?", micro(atOnce()), e.Text, string(text), name); err != nil {
			return err
		}
		return note(ctx, c, Audit{
			Actor: Actor{ID: "system", Name: name, Via: webhookKind}, Action: "hear", Kind: webhookKind, Name: name,
			Detail: detail(map[string]any{"event": e.Text, "started": started}),
		})
	})
	if err != nil {
		return nil, fmt.Errorf("webhook %s: %w", name, err)
	}
	return started, nil
}

// PruneDeliveries forgets what was heard before a time.
func (s *Store) PruneDeliveries(ctx context.Context, before time.Time) (int64, error) {
	return s.conn().exec(ctx, "DELETE FROM eddy_deliveries WHERE at < ?", micro(before))
}

// waitingFor are the connections that a webhook starts.
func waitingFor(ctx context.Context, c conn, webhook string) (names []string, err error) {
	list, err := waitingOnes(ctx, c)
	for _, w := range list {
		if w.webhook == webhook {
			names = append(names, w.name)
		}
	}
	return names, err
}

// lostWebhooks tells of connections that wait for a webhook which is not there.
func lostWebhooks(ctx context.Context, c conn, list []waiting) error {
	there, err := all(ctx, c, plain[string], "SELECT name FROM eddy_webhooks")
	if err != nil {
		return err
	}
	known := map[string]bool{"": true}
	for _, name := range there {
		known[name] = true
	}
	var texts []string
	for _, w := range list {
		if !known[w.webhook] {
			texts = append(texts, fmt.Sprintf("connection %s: there is no webhook %q", w.name, w.webhook))
		}
	}
	if len(texts) == 0 {
		return nil
	}
	return &eddy.Error{Code: eddy.CodeConfig, What: strings.Join(texts, "; "), Mend: "An administrator makes webhooks: on the page under Settings, Webhooks."}
}
