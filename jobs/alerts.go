package jobs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/riverqueue/river"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/alert"
	"github.com/eddy-retl/eddy/store"
)

// What a rule that does not say goes by.
const (
	defaultStale = 24 * time.Hour
	// defaultAudience is the least that X can target: 100 people who were active in the
	// last 90 days (X Ads API docs, Custom Audiences).
	defaultAudience = 100
)

// found is what was found out about one event of one connection.
type found struct {
	connection string
	event      alert.Event
	// on says whether it is so, under a rule's threshold; asIs that it is as it was, and only
	// looked at for what is to be told.
	on, asIs bool
	// since is when it began, as well as can be told: two servers that find the same thing
	// must say the same time. Zero is now.
	since time.Time
	// cases is how many new cases of it there are.
	cases  int
	detail string
	runID  string
}

// alerting is the part of the work that tells people what is wrong.
type alerting struct{ *Manager }

// runEnded tells alerts how a run ended; cause is why it failed, or nil.
func (m alerting) runEnded(ctx context.Context, asked store.Run, run eddy.Run, cause error) error {
	ended := store.Run{Run: run, State: store.RunState(run.Status)}
	ended.RunID, ended.Connection = asked.RunID, asked.Connection
	rules, err := m.rules(ctx, asked.Connection)
	if err != nil || len(rules) == 0 {
		return err
	}
	before, err := m.before(ctx, rules, ended)
	if err != nil {
		return err
	}
	var errs []error
	for _, rule := range rules {
		for _, f := range ofRun(ended, before, rule.Threshold, 1) {
			errs = append(errs, m.fold(ctx, rule, f))
		}
		if isRefused(cause) {
			errs = append(errs, m.fold(ctx, rule, found{
				connection: asked.Connection, event: alert.CredentialsRefused, on: true, since: finished(ended), cases: 1,
				detail: firstLine(cause.Error()), runID: asked.RunID,
			}))
		}
	}
	return errors.Join(errs...)
}

// ofRun is what the end of a run says about events, beside the good runs before it. A run
// that was cancelled says nothing.
func ofRun(run store.Run, before []store.Run, t store.Threshold, cases int) []found {
	one := func(event alert.Event, on bool, detail string) found {
		return found{connection: run.Connection, event: event, on: on, since: finished(run), cases: cases, detail: detail, runID: run.RunID}
	}
	reason := ""
	if len(run.Errors) > 0 {
		reason = run.Errors[0].Reason
	}
	switch run.Status {
	case eddy.StatusFailed:
		return []found{one(alert.RunFailed, true, reason)}
	case eddy.NeedsApproval:
		return []found{one(alert.ApprovalNeeded, true, reason)}
	case eddy.Succeeded, eddy.CompletedWithErrors:
		left, many := leftOut(run.Counts, t)
		detail := fmt.Sprintf("%s left out: %d invalid, %d rejected, %d failed", eddy.Plural(left, "record was", "records were"), run.Counts.Invalid, run.Counts.Rejected, run.Counts.Failed)
		if !many {
			detail = ""
		}
		return append(unusual(run, before, t, cases),
			one(alert.RunFailed, false, ""), one(alert.ApprovalNeeded, false, ""), one(alert.CredentialsRefused, false, ""),
			one(alert.RecordsFailed, many, detail))
	default:
		return nil
	}
}

// leftOut counts the records that a run left out, and says whether they are too many.
func leftOut(c eddy.Counts, t store.Threshold) (left int64, many bool) {
	left = c.Invalid + c.Rejected + c.Failed
	share := 100 * float64(left) / float64(max(1, c.Operations()+c.Invalid))
	switch {
	case t.FailedRecords > 0 && t.FailedPercent > 0:
		return left, left > t.FailedRecords || share > t.FailedPercent
	case t.FailedPercent > 0:
		return left, share > t.FailedPercent
	default:
		return left, left > t.FailedRecords
	}
}

func finished(run store.Run) time.Time {
	if run.FinishedAt == nil {
		return time.Time{}
	}
	return *run.FinishedAt
}

// watch looks for what no run tells of, reminds of what goes on, and catches up on runs
// whose worker died before it could tell.
func (m alerting) watch(ctx context.Context) error {
	rules, err := m.store.AlertRules(ctx)
	if err != nil {
		return err
	}
	errs := []error{m.endings(ctx)}
	if slices.ContainsFunc(rules, func(r store.AlertRule) bool { return !r.Disabled }) {
		errs = append(errs, m.watchAll(ctx, rules))
	}
	return errors.Join(append(errs, m.remind(ctx, rules))...)
}

// watchAll looks at all connections.
func (m alerting) watchAll(ctx context.Context, rules []store.AlertRule) error {
	objects, err := m.store.Objects(ctx, store.Connection, "", 0)
	if err != nil {
		return err
	}
	health, err := m.store.Health(ctx)
	if err != nil {
		return err
	}
	created := map[string]time.Time{}
	for _, o := range objects {
		created[o.Name] = o.CreatedAt
	}
	plans, err := m.schedules(ctx, rules)
	errs := []error{err}
	waiting, err := m.optOuts(ctx, rules)
	errs = append(errs, err)
	for _, h := range health {
		if at, ok := created[h.Connection]; ok {
			errs = append(errs, m.watchOne(ctx, about(rules, h.Connection), seen{h, plans[h.Connection], waiting[h.Connection], at}))
		}
	}
	return errors.Join(errs...)
}

// seen is what is known of a connection.
type seen struct {
	health store.ConnectionHealth
	plan   plan
	// waiting is since when opt-outs wait, or may; zero when none do.
	waiting time.Time
	created time.Time
}

// watchOne looks at one connection, for the rules that are about it.
func (m alerting) watchOne(ctx context.Context, rules []store.AlertRule, of seen) error {
	h := of.health
	lateFor, err := m.lateness(ctx, rules, of.plan, h)
	if err != nil {
		return err
	}
	var before []store.Run
	if h.LastRun != nil {
		if before, err = m.before(ctx, rules, *h.LastRun); err != nil {
			return err
		}
	}
	var errs []error
	for _, rule := range rules {
		all := []found{m.stale(h, of.created, rule.Threshold), lateFor(rule.Threshold), m.optOutLate(h.Connection, of.waiting, rule.Threshold)}
		if h.LastRun != nil {
			all = append(all, ofRun(*h.LastRun, before, rule.Threshold, 0)...)
		}
		if h.Size != nil && h.Size.At.After(m.now().AddDate(0, 0, -7)) {
			all = append(all, small(*h.Size, rule.Threshold)...)
		}
		for _, f := range all {
			errs = append(errs, m.fold(ctx, rule, f))
		}
	}
	return errors.Join(errs...)
}

// stale says whether nothing has succeeded for too long. What is paused is not waited for.
func (m alerting) stale(h store.ConnectionHealth, created time.Time, t store.Threshold) found {
	after := cmp.Or(time.Duration(t.StaleHours*float64(time.Hour)), defaultStale)
	last := h.LastSuccess
	detail := fmt.Sprintf("the last run that succeeded ended %s", clockText(last))
	if last.Before(created) {
		last, detail = created, "no run has succeeded yet"
	}
	since := last.Add(after)
	return found{connection: h.Connection, event: alert.Stale, on: !h.Paused && m.now().After(since), since: since, detail: detail}
}

// small says whether X knows too few of an audience's people; nothing while X does not say.
func small(z store.Size, t store.Threshold) []found {
	least := cmp.Or(t.MinAudience, defaultAudience)
	if z.Size == nil {
		return nil
	}
	return []found{{
		connection: z.Connection, event: alert.AudienceSmall, on: *z.Size < least, since: z.At,
		detail: fmt.Sprintf("X knows %d people of audience %s; at least %d are needed", *z.Size, z.AudienceID, least),
	}}
}

// remind sees to alerts that are open and that nothing finds again or over: those of
// credentials, and those that their rule does not ask for any more. It also tells, when quiet
// hours have ended, of what was over within.
func (m alerting) remind(ctx context.Context, rules []store.AlertRule) error {
	open, err := m.store.OpenAlerts(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, s := range open {
		i := slices.IndexFunc(rules, func(r store.AlertRule) bool { return r.ID == s.RuleID })
		switch {
		case i < 0: // it was deleted meanwhile, and what it had told with it
		case !asks(rules[i], s):
			errs = append(errs, m.close(ctx, rules[i], s))
		case !s.Open || !slices.Contains([]alert.Event{alert.Stale, alert.RunLate, alert.OptOutLate, alert.AudienceSmall}, alert.Event(s.Event)):
			errs = append(errs, m.fold(ctx, rules[i], found{connection: s.Connection, event: alert.Event(s.Event), asIs: true}))
		}
	}
	return errors.Join(errs...)
}

// rules are those that are about a connection.
func (m alerting) rules(ctx context.Context, connection string) ([]store.AlertRule, error) {
	all, err := m.store.AlertRules(ctx)
	return about(all, connection), err
}

// about chooses the rules that are on and about a connection.
func about(rules []store.AlertRule, connection string) (out []store.AlertRule) {
	for _, r := range rules {
		if !r.Disabled && (r.Connection == "" || r.Connection == connection) {
			out = append(out, r)
		}
	}
	return out
}

// observe takes what was found to every rule that asks for it.
func (m alerting) observe(ctx context.Context, f found) error {
	rules, err := m.rules(ctx, f.connection)
	if err != nil {
		return err
	}
	var errs []error
	for _, rule := range rules {
		errs = append(errs, m.fold(ctx, rule, f))
	}
	return errors.Join(errs...)
}

// fold takes in what was found, and sends what is to be told.
func (m alerting) fold(ctx context.Context, rule store.AlertRule, f found) error {
	if !slices.Contains(rule.Events, string(f.event)) {
		return nil
	}
	key := store.AlertState{RuleID: rule.ID, Connection: f.connection, Event: string(f.event)}
	err := m.store.FoldAlert(ctx, key, func(tx store.Tx, s store.AlertState) (store.AlertState, error) {
		now := m.now().UTC()
		old := alert.Standing{Open: s.Open, Told: s.Told, Since: s.Since, LastSent: s.LastSent, Count: s.Count}
		if f.saysNothingNew(old) {
			return s, nil
		}
		on, cases := f.on, f.cases
		if f.asIs {
			on = old.Open
		}
		if old.Open && s.Since.Sub(f.since).Abs() < time.Millisecond {
			cases = 0 // the watch came between this run's end and its own word of it
		}
		stands, turn := old.Fold(on, cases, now, alert.Quiet(rule.Quiet).At(now))
		begins := stands.Open && !old.Open && !old.Told
		if begins && !f.since.IsZero() {
			stands.Since = f.since
		}
		if begins || f.on && s.Detail == "" {
			s.Detail, s.RunID = eddy.VisibleLines(f.detail), f.runID
		}
		if f.asIs && stands.Open {
			f.detail, f.runID = s.Detail, s.RunID
		}
		s.Since, s.LastSent, s.Count, s.Open, s.Told = stands.Since, stands.LastSent, stands.Count, stands.Open, stands.Told
		if turn == "" {
			return s, nil
		}
		return s, m.send(ctx, tx, rule, f, alert.Message{Turn: turn, Held: turn == alert.Begins && old.Open, Since: stands.Since.UTC(), Count: stands.Count, At: now})
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil // the rule is gone, and nobody waits to hear
	}
	return err
}

// saysNothingNew says that a run is meant that ended before the alert was told to be over.
func (f found) saysNothingNew(old alert.Standing) bool {
	ofNow := f.event == alert.Stale || f.event == alert.RunLate || f.event == alert.OptOutLate // and not of a run that ended
	return !ofNow && f.on && !old.Open && f.cases == 0 && !f.since.IsZero() && f.since.Before(old.LastSent)
}

// send makes a job of a message, which is there if what it tells was noted. What the message
// says of its turn is there already.
func (m alerting) send(ctx context.Context, tx store.Tx, rule store.AlertRule, f found, msg alert.Message) error {
	msg.Series, msg.Rule = alert.Series(rule.ID, f.connection, f.event, msg.Since), rule.Name
	msg.Event, msg.Connection, msg.RunID, msg.Detail = f.event, f.connection, f.runID, f.detail
	return m.queue.insertTx(ctx, tx, tellArgs{RuleID: rule.ID, Message: msg}, &river.InsertOpts{Queue: queueHouse, MaxAttempts: 8})
}

// TestAlert sends a test message of a rule now, and says why it did not arrive.
func (m *Manager) TestAlert(ctx context.Context, rule store.AlertRule) error {
	channel, err := alert.Parse(rule.Channel, rule.Secrets)
	if err != nil {
		return err
	}
	now := m.now().UTC()
	return m.cfg.Sender.Send(ctx, channel, alert.Message{
		Rule: rule.Name, Event: alert.Test, Turn: alert.Tested, Connection: rule.Connection, Detail: "Nothing has happened.", Since: now, At: now,
	})
}

// CheckAlert refuses a rule that could not tell anybody anything.
func CheckAlert(rule store.AlertRule) error {
	if _, err := alert.Parse(rule.Channel, rule.Secrets); err != nil {
		return err
	}
	if err := alert.Quiet(rule.Quiet).Check(); err != nil {
		return err
	}
	var known []string
	for _, e := range alert.Events() {
		known = append(known, string(e))
	}
	for _, e := range rule.Events {
		if !slices.Contains(known, e) {
			return &eddy.Error{Code: eddy.CodeUsage, What: fmt.Sprintf("the alert: there is no event %q", e), Mend: "The events are " + strings.Join(known, ", ") + "."}
		}
	}
	return nil
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}
