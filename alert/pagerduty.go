package alert

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"regexp"
	"time"
)

// The regions of PagerDuty, where an account lives (PagerDuty, "Service Regions").
const (
	regionUS = "us"
	regionEU = "eu"
)

// pagerDutyAddress is where a region takes events.
func pagerDutyAddress(region string) string {
	if region == regionEU {
		return "https://events.eu.pagerduty.com/v2/enqueue"
	}
	return "https://events.pagerduty.com/v2/enqueue"
}

// routingKey says whether a text can be the key of an integration: 32 letters and digits.
func routingKey(text string) bool { return regexp.MustCompile(`^[0-9A-Za-z]{32}$`).MatchString(text) }

// incident is an event of the Events API v2 (PagerDuty, "Send an Alert Event",
// developer.pagerduty.com/docs/send-alert-event). All of one series have one DedupKey, so
// that what is told again stays one incident, and what is over resolves it.
type incident struct {
	RoutingKey string           `json:"routing_key"`
	Action     string           `json:"event_action"` // trigger or resolve
	DedupKey   string           `json:"dedup_key"`
	Client     string           `json:"client,omitempty"`
	Payload    *incidentPayload `json:"payload,omitempty"`
}

type incidentPayload struct {
	Summary   string    `json:"summary"` // at most 1,024 characters
	Source    string    `json:"source"`
	Severity  string    `json:"severity"` // critical, error, warning or info
	Timestamp time.Time `json:"timestamp"`
	Component string    `json:"component"`
	Class     Event     `json:"class"`
	Details   Message   `json:"custom_details"`
}

const longestSummary = 1024

// pagerDuty triggers an incident or resolves it. A test does both: nobody is left with an
// incident that nothing ends.
func (s Sender) pagerDuty(ctx context.Context, c Channel, m Message) error {
	e := incident{RoutingKey: c.routingKey, Action: "trigger", DedupKey: m.Series, Client: "Eddy", Payload: &incidentPayload{
		Summary: shorten(m.Subject(), longestSummary), Source: m.Connection, Severity: m.Event.severity(), Timestamp: m.At.UTC(),
		Component: "eddy", Class: m.Event, Details: m,
	}}
	switch m.Turn {
	case Recovered:
		return s.resolve(ctx, c, e)
	case Tested:
		e.DedupKey, e.Payload.Source = "eddy-test-"+rand.Text(), "eddy"
		if err := s.event(ctx, c, e); err != nil {
			return err
		}
		return s.resolve(ctx, c, e)
	default:
		return s.event(ctx, c, e)
	}
}

// resolve ends the incident that an event began.
func (s Sender) resolve(ctx context.Context, c Channel, e incident) error {
	return s.event(ctx, c, incident{RoutingKey: e.RoutingKey, Action: "resolve", DedupKey: e.DedupKey})
}

func (s Sender) event(ctx context.Context, c Channel, e incident) error {
	body, err := json.Marshal(e)
	if err != nil {
		return err
	}
	return s.post(ctx, "PagerDuty", pagerDutyAddress(c.Region), http.Header{}, body)
}

// severity is how bad an event is, in PagerDuty's words.
func (e Event) severity() string {
	switch e {
	case RunFailed, CredentialsRefused:
		return "error"
	case Test:
		return "info"
	default:
		return "warning"
	}
}
