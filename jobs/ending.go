package jobs

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/riverqueue/river"

	"github.com/eddy-retl/eddy/alert"
	"github.com/eddy-retl/eddy/store"
)

// notAsked is what the end of an alert says that is over for its rule alone.
const notAsked = "The rule does not ask any more."

// longestEnding is how long the end of an alert is tried to be told. It is not for ever: whoever
// takes a channel away may have taken what is behind it away as well.
const longestEnding = 24 * time.Hour

// keepsIncidents says whether what a rule told stays open until it is told to be over.
func keepsIncidents(rule store.AlertRule) bool {
	channel, err := alert.Parse(rule.Channel, rule.Secrets)
	return err == nil && channel.KeepsIncidents()
}

// asks says whether a rule that is on asks for what stands.
func asks(rule store.AlertRule, s store.AlertState) bool {
	return !rule.Disabled && slices.Contains(rule.Events, s.Event) && (rule.Connection == "" || rule.Connection == s.Connection)
}

// close ends what a rule does not ask for any more. Nobody waits to hear of it, but for
// incidents, which would stay open.
func (m alerting) close(ctx context.Context, rule store.AlertRule, s store.AlertState) error {
	return m.store.FoldAlert(ctx, s, func(tx store.Tx, s store.AlertState) (store.AlertState, error) {
		told := s.Told
		s.Open, s.Told = false, false
		if !told || !keepsIncidents(rule) {
			return s, nil
		}
		f := found{connection: s.Connection, event: alert.Event(s.Event), detail: notAsked}
		return s, m.send(ctx, tx, rule, f, alert.Message{Turn: alert.Recovered, Since: s.Since, Count: s.Count, At: m.now().UTC()})
	})
}

// endings makes jobs of the ends that are still to be told, one of each.
func (m alerting) endings(ctx context.Context) error {
	all, err := m.store.AlertEndings(ctx)
	errs := []error{err}
	for id, e := range all {
		if m.now().Sub(e.At) > longestEnding {
			m.logger.WarnContext(ctx, "the end of an alert was never told", "rule", e.Rule.Name, "event", e.State.Event, "connection", e.State.Connection)
			errs = append(errs, m.store.DropAlertEnding(ctx, id))
			continue
		}
		_, err := m.queue.Insert(ctx, endArgs{id}, &river.InsertOpts{Queue: queueHouse, MaxAttempts: 8, UniqueOpts: river.UniqueOpts{ByArgs: true}})
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// end sends the end of an alert over the channel that it was told over.
func (m alerting) end(ctx context.Context, args endArgs) error {
	e, err := m.store.AlertEnding(ctx, args.EndingID)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	s := e.State
	msg := alert.Message{
		Series: alert.Series(s.RuleID, s.Connection, alert.Event(s.Event), s.Since), Rule: e.Rule.Name, Event: alert.Event(s.Event), Turn: alert.Recovered,
		Connection: s.Connection, Detail: notAsked, Since: s.Since, At: e.At, Count: s.Count,
	}
	if err := m.afterOlder(ctx, msg); err != nil {
		return err
	}
	err = m.deliver(ctx, e.Rule, msg)
	if _, refused := errors.AsType[*river.JobCancelError](err); err == nil || refused {
		return errors.Join(err, m.store.DropAlertEnding(ctx, e.ID))
	}
	return err
}
