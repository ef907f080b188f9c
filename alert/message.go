package alert

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/eddy-retl/eddy"
)

// Event is what an alert is about.
type Event string

// The events.
const (
	// RunFailed: a run ended as failed.
	RunFailed Event = "run_failed"
	// RecordsFailed: a run left out more records than the rule allows.
	RecordsFailed Event = "records_failed"
	// ApprovalNeeded: the guard holds a run until a person approves (promise 4).
	ApprovalNeeded Event = "approval_needed"
	// Stale: no run has succeeded for as many hours as the rule says.
	Stale Event = "stale"
	// AudienceSmall: X cannot use the audience, because too few of its people are known there.
	AudienceSmall Event = "audience_small"
	// CredentialsRefused: the destination does not accept the credentials.
	CredentialsRefused Event = "credentials_refused"
	// SizeMoved: the audience holds many more or many fewer records than it did as a rule.
	SizeMoved Event = "size_moved"
	// RowsDown: the model has many fewer rows than it had as a rule.
	RowsDown Event = "rows_down"
	// RejectedUp: a larger share of the model's rows was invalid or rejected than as a rule.
	RejectedUp Event = "rejected_up"
	// RunLate: a scheduled run has not begun, or not ended, when it should have.
	RunLate Event = "run_late"
	// OptOutLate: somebody who is on a suppression list may have been in the audience for too long.
	OptOutLate Event = "opt_out_late"
)

// Events lists all events.
func Events() []Event {
	return []Event{RunFailed, RecordsFailed, ApprovalNeeded, Stale, AudienceSmall, CredentialsRefused, SizeMoved, RowsDown, RejectedUp, RunLate, OptOutLate}
}

// headline says in a few words what the event is.
func (e Event) headline() string {
	switch e {
	case RunFailed:
		return "the run failed"
	case RecordsFailed:
		return "records were left out"
	case ApprovalNeeded:
		return "a run waits for approval"
	case Stale:
		return "nothing has succeeded for too long"
	case AudienceSmall:
		return "the audience is too small"
	case CredentialsRefused:
		return "the credentials were refused"
	case SizeMoved:
		return "the size of the audience has jumped"
	case RowsDown:
		return "the model has lost rows"
	case RejectedUp:
		return "more was refused than usual"
	case RunLate:
		return "a scheduled run is late"
	case OptOutLate:
		return "opt-outs wait for too long"
	default:
		return string(e)
	}
}

// Turn is where an alert stands when it is told.
type Turn string

// The turns of an alert.
const (
	// Begins: the first message.
	Begins Turn = "begins"
	// Continues: the reminder of a day.
	Continues Turn = "continues"
	// Recovered: it is over.
	Recovered Turn = "recovered"
	// Tested: nothing has happened; somebody tries whether messages arrive.
	Tested Turn = "test"
)

// Test is the event of a test message.
const Test Event = "test"

// Message is one alert as it is told.
type Message struct {
	// Series names what the message belongs to: it is the same from the beginning of an alert
	// to its end.
	Series     string `json:"series,omitempty"`
	Rule       string `json:"rule"`
	Event      Event  `json:"event"`
	Turn       Turn   `json:"turn"`
	Connection string `json:"connection"`
	// RunID is the run that shows it; may be empty.
	RunID string `json:"run_id,omitempty"`
	// Detail says more, such as the first reason of a failed run.
	Detail string `json:"detail,omitempty"`
	// Since is when it began, At when this message was made.
	Since time.Time `json:"since"`
	At    time.Time `json:"at"`
	// Count is how often it was seen since.
	Count int `json:"count"`
	// Held says that it began in quiet hours, and is told now that they have ended.
	Held bool `json:"held,omitempty"`
}

// Series names an alert of a rule that began at a time.
func Series(rule, connection string, e Event, since time.Time) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %q %d", rule, connection, e, since.UnixMicro()))
	return "eddy-" + hex.EncodeToString(sum[:16])
}

// Subject is the message in one line.
func (m Message) Subject() string {
	switch name := eddy.Visible(m.Connection); m.Turn {
	case Tested:
		return "A test message: alerts of Eddy arrive here"
	case Recovered:
		return fmt.Sprintf("%s: recovered (%s)", name, m.Event.headline())
	case Continues:
		return fmt.Sprintf("%s: still: %s", name, m.Event.headline())
	default:
		return fmt.Sprintf("%s: %s", name, m.Event.headline())
	}
}

// Text is the message in a few lines.
func (m Message) Text() string {
	var b strings.Builder
	b.WriteString(m.Subject() + "\n")
	if m.Detail != "" {
		b.WriteString(eddy.VisibleLines(m.Detail) + "\n")
	}
	if m.Held || m.Turn != Begins && m.Turn != Tested {
		fmt.Fprintf(&b, "It began %s", m.Since.UTC().Format("2006-01-02 15:04 UTC"))
		if m.Count > 1 {
			fmt.Fprintf(&b, " and was seen %d times", m.Count)
		}
		if m.Held {
			b.WriteString(", in quiet hours")
		}
		b.WriteString(".\n")
	}
	if m.RunID != "" {
		fmt.Fprintf(&b, "Run %s.\n", m.RunID)
	}
	fmt.Fprintf(&b, "Rule %q of Eddy.\n", eddy.Visible(m.Rule))
	return b.String()
}
