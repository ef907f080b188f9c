package store

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"time"
)

// Actor is who does something.
type Actor struct {
	// ID is a user's id, or "system".
	ID   string `json:"id"`
	Name string `json:"name"`
	// Via says by what means, such as "session", "token laptop" or "schedule".
	Via string `json:"via"`
}

// Audit is one line of the audit log.
type Audit struct {
	ID     int64     `json:"id"`
	At     time.Time `json:"at"`
	Actor  Actor     `json:"actor"`
	Action string    `json:"action"`
	// Kind and Name say what was acted on.
	Kind string `json:"kind"`
	Name string `json:"name"`
	// Detail is what changed, without secrets.
	Detail json.RawMessage `json:"detail,omitempty"`
}

// Note adds a line to the audit log, for what changes nothing in the store.
func (s *Store) Note(ctx context.Context, a Audit) error {
	return s.tx(ctx, func(c conn) error { return note(ctx, c, a) })
}

// note adds a line as part of the change that it tells of.
func note(ctx context.Context, c conn, a Audit) error {
	id, err := c.next(ctx, "audit")
	if err != nil {
		return err
	}
	if a.At.IsZero() {
		a.At = atOnce()
	}
	_, err = c.exec(ctx, "INSERT INTO eddy_audit (id, at, actor_id, actor_name, via, action, kind, name, detail) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
		id, micro(a.At), a.Actor.ID, a.Actor.Name, a.Actor.Via, a.Action, a.Kind, a.Name, string(a.Detail))
	if err != nil {
		return fmt.Errorf("write the audit log: %w", err)
	}
	return nil
}

// AuditLog lists the audit log, newest first: lines before an id, or all for 0.
func (s *Store) AuditLog(ctx context.Context, before int64, limit int) ([]Audit, error) {
	if before <= 0 {
		before = math.MaxInt64
	}
	return all(ctx, s.conn(), readAudit, "SELECT id, at, actor_id, actor_name, via, action, kind, name, detail FROM eddy_audit WHERE id < ? ORDER BY id DESC"+limited(limit), before)
}

// PruneAudit deletes lines older than a time and counts them.
func (s *Store) PruneAudit(ctx context.Context, before time.Time) (int64, error) {
	return s.conn().exec(ctx, "DELETE FROM eddy_audit WHERE at < ?", micro(before))
}

func readAudit(row scanner) (a Audit, err error) {
	var at int64
	var detail string
	err = row.Scan(&a.ID, &at, &a.Actor.ID, &a.Actor.Name, &a.Actor.Via, &a.Action, &a.Kind, &a.Name, &detail)
	a.At = moment(at)
	if detail != "" {
		a.Detail = json.RawMessage(detail)
	}
	return a, err
}

// limited bounds a list; 0 and less mean no bound.
func limited(limit int) string {
	if limit <= 0 {
		return ""
	}
	return fmt.Sprintf(" LIMIT %d", limit)
}
