package store

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"time"
)

// AlertEnding is the end of an alert that whoever was told of it has still to hear, over a
// channel that its rule has no more: the rule or the connection is gone, or the channel is
// another. Nobody but Eddy resolves an incident that Eddy began.
type AlertEnding struct {
	ID string
	// Rule is the rule as it was, with its channel.
	Rule AlertRule
	// State is what was told, At when nobody asked for it any more.
	State AlertState
	At    time.Time
}

// sealedEnding is an ending as it is sealed.
type sealedEnding struct {
	Rule    AlertRule         `json:"rule"`
	Secrets map[string]string `json:"secrets"`
	State   AlertState        `json:"state"`
	At      time.Time         `json:"at"`
}

// An ending is sealed as a whole beside the secrets: it has those of its channel.
const (
	endingKind = "alert_ending"
	endingName = "ending"
)

// keepsIncidents says whether a rule's channel has what stays open until it is resolved.
func (r AlertRule) keepsIncidents() bool {
	var channel struct {
		Type string `json:"type"`
	}
	return json.Unmarshal(r.Channel, &channel) == nil && channel.Type == "pagerduty"
}

// tellsElsewhere says that a rule has another channel than it had.
func (r AlertRule) tellsElsewhere(old AlertRule) bool {
	return !bytes.Equal(r.Channel, old.Channel) || !maps.Equal(r.Secrets, old.Secrets)
}

// endOfRule forgets what a rule, as it was, had told, and keeps what is still to be heard of it.
func (s *Store) endOfRule(ctx context.Context, c conn, rule AlertRule) error {
	if !rule.keepsIncidents() {
		return nil
	}
	// The lock that whoever folds for the rule takes as well: see FoldAlert.
	if _, err := one(ctx, c, plain[string], "SELECT id FROM eddy_alert_rules WHERE id = ?"+c.lock(), rule.ID); err != nil {
		return err
	}
	states, err := all(ctx, c, readState, "DELETE FROM eddy_alert_states WHERE rule_id = ? AND told RETURNING "+stateColumns, rule.ID)
	if err != nil {
		return fmt.Errorf("end the alerts of rule %s: %w", rule.ID, err)
	}
	return s.keepEndings(ctx, c, rule, states...)
}

// endOfConnection forgets what was told of a connection, and keeps what is still to be heard of it.
func (s *Store) endOfConnection(ctx context.Context, c conn, connection string) error {
	states, err := all(ctx, c, readState, "DELETE FROM eddy_alert_states WHERE connection = ? RETURNING "+stateColumns, connection)
	if err != nil {
		return fmt.Errorf("end the alerts of connection %s: %w", connection, err)
	}
	for _, state := range states {
		rule, err := s.alertRule(ctx, c, state.RuleID)
		if err != nil {
			return err
		}
		if state.Told && rule.keepsIncidents() {
			if err := s.keepEndings(ctx, c, rule, state); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Store) keepEndings(ctx context.Context, c conn, rule AlertRule, states ...AlertState) error {
	for _, state := range states {
		text, err := json.Marshal(sealedEnding{Rule: rule, Secrets: rule.Secrets, State: state, At: atOnce()})
		if err != nil {
			return err
		}
		if err := s.putSecrets(ctx, c, endingKind, newID("e_"), Secrets{endingName: string(text)}); err != nil {
			return fmt.Errorf("keep the end of an alert of rule %s: %w", rule.ID, err)
		}
	}
	return nil
}

// AlertEndings lists what is still to be heard, by id.
func (s *Store) AlertEndings(ctx context.Context) (map[string]AlertEnding, error) {
	return s.alertEndings(ctx, "")
}

// AlertEnding finds one; ErrNotFound when it was heard.
func (s *Store) AlertEnding(ctx context.Context, id string) (AlertEnding, error) {
	found, err := s.alertEndings(ctx, id)
	if err != nil {
		return AlertEnding{}, err
	}
	e, ok := found[id]
	if !ok {
		return AlertEnding{}, fmt.Errorf("ending %s: %w", id, ErrNotFound)
	}
	return e, nil
}

// alertEndings finds one, or all for no id.
func (s *Store) alertEndings(ctx context.Context, id string) (map[string]AlertEnding, error) {
	sealed, err := s.secrets(ctx, s.conn(), endingKind, id)
	if err != nil {
		return nil, fmt.Errorf("read the ends of alerts: %w", err)
	}
	out := map[string]AlertEnding{}
	for id, text := range sealed {
		var e sealedEnding
		if err := json.Unmarshal([]byte(text[endingName]), &e); err != nil {
			return nil, fmt.Errorf("read the end of an alert %s: %w", id, err)
		}
		e.Rule.Secrets = e.Secrets
		out[id] = AlertEnding{ID: id, Rule: e.Rule, State: e.State, At: e.At}
	}
	return out, nil
}

// DropAlertEnding forgets one that was heard, or that nobody will hear.
func (s *Store) DropAlertEnding(ctx context.Context, id string) error {
	return s.putSecrets(ctx, s.conn(), endingKind, id, nil)
}
