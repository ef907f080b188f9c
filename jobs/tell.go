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

const (
	// longestTell is how long one attempt to send a message may take.
	longestTell = time.Minute
	// tellAfter is when a message looks again whether an older one has arrived.
	tellAfter = time.Second
	// tellAfterQuiet is when one looks again whether what was over in quiet hours is told so.
	tellAfterQuiet = time.Minute
)

// tell sends a message. What the other side refuses is not tried again.
func (m alerting) tell(ctx context.Context, args tellArgs) error {
	rule, err := m.store.AlertRule(ctx, args.RuleID)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if rule.Disabled && (args.Message.Turn != alert.Recovered || !keepsIncidents(rule)) {
		return nil
	}
	if still, err := m.inTurn(ctx, args); err != nil || !still {
		return err
	}
	return m.deliver(ctx, rule, args.Message)
}

// deliver makes one attempt to send a message over the channel of a rule.
func (m alerting) deliver(ctx context.Context, rule store.AlertRule, msg alert.Message) error {
	channel, err := alert.Parse(rule.Channel, rule.Secrets)
	if err == nil {
		err = m.cfg.Sender.Send(ctx, channel, msg)
	} else {
		err = &alert.Refused{What: firstLine(err.Error())}
	}
	if hook := m.cfg.Hooks.Told; hook != nil {
		hook(msg, err)
	}
	if err == nil {
		return nil
	}
	m.logger.WarnContext(ctx, "alert not told", "rule", rule.Name, "event", msg.Event, "connection", msg.Connection, "error", err)
	if _, refused := errors.AsType[*alert.Refused](err); refused {
		return river.JobCancel(err)
	}
	return err
}

// inTurn says whether a message still is what is to be told: one that is tried again may come
// after what overtook it, and an incident that a late message begins is never resolved. While
// that is open, the error is when to look again. An older message that waits for its next
// attempt need not be waited for: it will find here that it is out of date.
func (m alerting) inTurn(ctx context.Context, args tellArgs) (bool, error) {
	msg := args.Message
	if err := m.afterOlder(ctx, msg); err != nil {
		return false, err
	}
	s, err := m.store.AlertState(ctx, args.RuleID, msg.Connection, string(msg.Event))
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return false, err
	}
	told := s.Told && alert.Series(args.RuleID, msg.Connection, msg.Event, s.Since) == msg.Series
	switch {
	case msg.Turn == alert.Recovered:
		return !told, nil
	case told && !s.Open: // in quiet hours, when it may begin again
		return false, river.JobSnooze(tellAfterQuiet)
	default:
		return told, nil
	}
}

// afterOlder is when to look again while an older message of the same series is on its way.
func (m alerting) afterOlder(ctx context.Context, msg alert.Message) error {
	sending, err := m.queue.telling(ctx)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(sending, func(a tellArgs) bool { return a.Message.Series == msg.Series && a.Message.At.Before(msg.At) }) {
		return river.JobSnooze(tellAfter)
	}
	return nil
}
