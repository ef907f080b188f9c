package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/eddy-retl/eddy"
)

// AlertRule says who hears of what.
type AlertRule struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// Connection is the one it is about; empty for all.
	Connection string `json:"connection"`
	// Events are the names of what it is told about.
	Events []string `json:"events"`
	// Channel is where it is told, such as {"type":"webhook","url":...}, without secrets.
	Channel   json.RawMessage `json:"channel"`
	Secrets   Secrets         `json:"-"`
	Threshold Threshold       `json:"threshold"`
	Quiet     QuietHours      `json:"quiet,omitzero"`
	Disabled  bool            `json:"disabled"`
	Version   int64           `json:"version"`
}

// Threshold is from where on something is worth an alert; zero leaves it to the server.
type Threshold struct {
	// FailedRecords is how many records a run may fail to deliver without an alert.
	FailedRecords int64 `json:"failed_records,omitempty" minimum:"0"`
	// FailedPercent is the share of changes that a run may fail to deliver without one.
	FailedPercent float64 `json:"failed_percent,omitempty" minimum:"0" maximum:"100"`
	// StaleHours is how long nothing may have succeeded.
	StaleHours float64 `json:"stale_hours,omitempty" minimum:"0" maximum:"10000"`
	// MinAudience is how many people an audience must match.
	MinAudience int64 `json:"min_audience,omitempty" minimum:"0"`
	// SizePercent is by how many percent of its usual the audience may grow or shrink.
	SizePercent float64 `json:"size_percent,omitempty" minimum:"0" maximum:"10000"`
	// RowsDownPercent is by how many percent of their usual the model's rows may become fewer.
	RowsDownPercent float64 `json:"rows_down_percent,omitempty" minimum:"0" maximum:"100"`
	// RejectedPoints is by how many percentage points the share of the model's rows that are
	// invalid or rejected may lie above its usual.
	RejectedPoints float64 `json:"rejected_points,omitempty" minimum:"0" maximum:"100"`
	// LateMinutes is how long after its time a scheduled run may begin, or end.
	LateMinutes float64 `json:"late_minutes,omitempty" minimum:"0" maximum:"10000"`
	// OptOutHours is how long an opt-out may wait to be carried out.
	OptOutHours float64 `json:"opt_out_hours,omitempty" minimum:"0" maximum:"10000"`
}

// QuietHours is when a rule tells nobody anything; the zero QuietHours is never. What happens
// then is told when they end, if it still is so.
type QuietHours struct {
	// From and To are when they begin and end, such as 22:00 and 07:00; where To is not after
	// From, on the next day.
	From string `json:"from,omitempty" maxLength:"5"`
	To   string `json:"to,omitempty" maxLength:"5"`
	// Timezone is a name of the IANA list; empty is UTC.
	Timezone string `json:"timezone,omitempty" maxLength:"100"`
	// Days are those on which they begin, mon to sun; none are all.
	Days []string `json:"days,omitempty" maxItems:"7" nullable:"false"`
}

// IsZero says that there are none.
func (q QuietHours) IsZero() bool {
	return q.From == "" && q.To == "" && q.Timezone == "" && len(q.Days) == 0
}

const ruleColumns = "id, name, connection, events, channel, threshold, quiet, disabled, version"

func readRule(row scanner) (r AlertRule, err error) {
	var events, channel, threshold, quiet string
	if err := row.Scan(&r.ID, &r.Name, &r.Connection, &events, &channel, &threshold, &quiet, &r.Disabled, &r.Version); err != nil {
		return r, err
	}
	r.Channel = json.RawMessage(channel)
	err = errors.Join(json.Unmarshal([]byte(events), &r.Events), json.Unmarshal([]byte(threshold), &r.Threshold), json.Unmarshal([]byte(quiet), &r.Quiet))
	return r, err
}

// AlertRules lists all rules by name.
func (s *Store) AlertRules(ctx context.Context) ([]AlertRule, error) {
	c := s.conn()
	rules, err := all(ctx, c, readRule, "SELECT "+ruleColumns+" FROM eddy_alert_rules ORDER BY "+c.byName()+", id")
	if err != nil {
		return nil, fmt.Errorf("list alert rules: %w", err)
	}
	secrets, err := s.secrets(ctx, c, "alert_rule", "")
	if err != nil {
		return nil, err
	}
	for i := range rules {
		rules[i].Secrets = secrets[rules[i].ID]
	}
	return rules, nil
}

// AlertRule finds a rule; ErrNotFound when there is none.
func (s *Store) AlertRule(ctx context.Context, id string) (AlertRule, error) {
	return s.alertRule(ctx, s.conn(), id)
}

func (s *Store) alertRule(ctx context.Context, c conn, id string) (AlertRule, error) {
	r, err := one(ctx, c, readRule, "SELECT "+ruleColumns+" FROM eddy_alert_rules WHERE id = ?", id)
	if err != nil {
		return r, fmt.Errorf("alert rule %s: %w", id, err)
	}
	secrets, err := s.secrets(ctx, c, "alert_rule", id)
	r.Secrets = secrets[id]
	return r, err
}

// PutAlertRule makes a rule, when the id is empty, or changes one. ifVersion is as for Put.
func (s *Store) PutAlertRule(ctx context.Context, r AlertRule, ifVersion int64, by Actor) (AlertRule, error) {
	texts, err := r.texts()
	if err := errors.Join(err, eddy.CheckName("an alert rule", r.Name)); err != nil {
		return AlertRule{}, err
	}
	var out AlertRule
	err = s.change(ctx, nil, func(c conn) error {
		old, action := AlertRule{}, "create"
		if r.ID == "" {
			r.ID, ifVersion = newID("a_"), CreateOnly
		} else if old, err = s.alertRule(ctx, c, r.ID); err == nil {
			action = "update"
		} else if !errors.Is(err, ErrNotFound) {
			return err
		}
		if err := versionFits("alert rule "+r.ID, action == "update", old.Version, ifVersion); err != nil {
			return err
		}
		if _, err := c.exec(ctx, "INSERT INTO eddy_alert_rules ("+ruleColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1) ON CONFLICT (id) DO UPDATE SET
		        name = excluded.name, connection = excluded.connection, events = excluded.events, channel = excluded.channel,
		        threshold = excluded.threshold, quiet = excluded.quiet, disabled = excluded.disabled, version = eddy_alert_rules.version + 1`,
			r.ID, r.Name, r.Connection, texts.events, string(r.Channel), texts.threshold, texts.quiet, r.Disabled); err != nil {
			return fmt.Errorf("write alert rule %s: %w", r.ID, err)
		}
		if action == "update" && r.tellsElsewhere(old) {
			if err := s.endOfRule(ctx, c, old); err != nil {
				return err
			}
		}
		if err := s.putSecrets(ctx, c, "alert_rule", r.ID, r.Secrets); err != nil {
			return err
		}
		if out, err = s.alertRule(ctx, c, r.ID); err != nil {
			return err
		}
		return note(ctx, c, Audit{Actor: by, Action: action, Kind: "alert_rule", Name: r.ID, Detail: difference(old.public(), out.public(), old.Secrets, out.Secrets)})
	})
	return out, err
}

// public is the rule without secrets; nothing for no rule.
func (r AlertRule) public() json.RawMessage {
	if r.ID == "" {
		return nil
	}
	r.Version = 0
	text, err := json.Marshal(r)
	if err != nil {
		return nil
	}
	return text
}

// ruleTexts are the parts of a rule that are kept as JSON.
type ruleTexts struct{ events, threshold, quiet string }

func (r AlertRule) texts() (ruleTexts, error) {
	var fields map[string]any
	if err := json.Unmarshal(r.Channel, &fields); err != nil || fields == nil {
		return ruleTexts{}, &eddy.Error{Code: eddy.CodeUsage, What: "the alert rule's channel is not a JSON object", Mend: `Send an object with a type, such as {"type":"webhook","url":"https://..."}.`}
	}
	if r.Events == nil {
		r.Events = []string{}
	}
	e, err1 := json.Marshal(r.Events)
	t, err2 := json.Marshal(r.Threshold)
	q, err3 := json.Marshal(r.Quiet)
	return ruleTexts{string(e), string(t), string(q)}, errors.Join(err1, err2, err3)
}

// DeleteAlertRule removes a rule and what is open because of it; see AlertEnding.
func (s *Store) DeleteAlertRule(ctx context.Context, id string, by Actor) error {
	return s.change(ctx, nil, func(c conn) error {
		old, err := s.alertRule(ctx, c, id)
		if err != nil {
			return err
		}
		if err := s.endOfRule(ctx, c, old); err != nil {
			return err
		}
		if err := s.putSecrets(ctx, c, "alert_rule", id, nil); err != nil {
			return err
		}
		if _, err := c.exec(ctx, "DELETE FROM eddy_alert_rules WHERE id = ?", id); err != nil {
			return fmt.Errorf("delete alert rule %s: %w", id, err)
		}
		return note(ctx, c, Audit{Actor: by, Action: "delete", Kind: "alert_rule", Name: id, Detail: difference(old.public(), nil, old.Secrets, nil)})
	})
}

// AlertState is what was told about one event of one connection because of one rule.
type AlertState struct {
	RuleID     string `json:"rule_id"`
	Connection string `json:"connection"`
	Event      string `json:"event"`
	// Since is when it began; LastSent when it was last told, or was over in quiet hours.
	Since    time.Time `json:"since"`
	LastSent time.Time `json:"last_sent"`
	// Count is how often it happened since.
	Count int  `json:"count"`
	Open  bool `json:"open"`
	// Told says that it was told to be so; in quiet hours it may be otherwise.
	Told bool `json:"told"`
	// Detail and RunID are what it began with.
	Detail string `json:"detail"`
	RunID  string `json:"run_id"`
}

const stateColumns = "rule_id, connection, event, since, last_sent, count, is_open, told, detail, run_id"

func readState(row scanner) (a AlertState, err error) {
	var since, sent int64
	err = row.Scan(&a.RuleID, &a.Connection, &a.Event, &since, &sent, &a.Count, &a.Open, &a.Told, &a.Detail, &a.RunID)
	a.Since, a.LastSent = moment(since), moment(sent)
	return a, err
}

// AlertState finds what was told; ErrNotFound when nothing was.
func (s *Store) AlertState(ctx context.Context, rule, connection, event string) (AlertState, error) {
	return alertState(ctx, s.conn(), rule, connection, event)
}

func alertState(ctx context.Context, c conn, rule, connection, event string) (AlertState, error) {
	return one(ctx, c, readState, "SELECT "+stateColumns+" FROM eddy_alert_states WHERE rule_id = ? AND connection = ? AND event = ?", rule, connection, event)
}

// FoldAlert changes what was told about one event of one connection because of one rule;
// only these three of a are read. fold gets what stands, with nothing but these three when
// nothing was told, and gives what stands now; what it does with the transaction stays or
// goes with that. Others that fold for the rule wait. ErrNotFound when the rule is gone.
func (s *Store) FoldAlert(ctx context.Context, a AlertState, fold func(tx Tx, old AlertState) (AlertState, error)) error {
	err := s.tx(ctx, func(c conn) error {
		if _, err := one(ctx, c, plain[string], "SELECT id FROM eddy_alert_rules WHERE id = ?"+c.lock(), a.RuleID); err != nil {
			return err
		}
		old, err := alertState(ctx, c, a.RuleID, a.Connection, a.Event)
		if errors.Is(err, ErrNotFound) {
			old, err = AlertState{RuleID: a.RuleID, Connection: a.Connection, Event: a.Event}, nil
		}
		if err != nil {
			return err
		}
		stands, err := fold(c.raw, old)
		if err != nil || stands == old {
			return err
		}
		_, err = c.exec(ctx, "INSERT INTO eddy_alert_states ("+stateColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (rule_id, connection, event)
		    DO UPDATE SET since = excluded.since, last_sent = excluded.last_sent, count = excluded.count, is_open = excluded.is_open, told = excluded.told,
		        detail = excluded.detail, run_id = excluded.run_id`,
			a.RuleID, a.Connection, a.Event, micro(stands.Since), micro(stands.LastSent), stands.Count, stands.Open, stands.Told, stands.Detail, stands.RunID)
		return err
	})
	if err != nil {
		return fmt.Errorf("note the alert %s of rule %s: %w", a.Event, a.RuleID, err)
	}
	return nil
}

// OpenAlerts lists what is wrong now, or was last told to be, oldest first.
func (s *Store) OpenAlerts(ctx context.Context) ([]AlertState, error) {
	return all(ctx, s.conn(), readState, "SELECT "+stateColumns+" FROM eddy_alert_states WHERE is_open OR told ORDER BY since, rule_id, connection, event")
}
