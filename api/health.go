package api

import (
	"cmp"
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/catalog"
	"github.com/eddy-retl/eddy/schedule"
	"github.com/eddy-retl/eddy/setup"
	"github.com/eddy-retl/eddy/store"
)

// Health is how the server's connections do.
type Health struct {
	// Healthy, Troubled and so on count connections; each is in one of them.
	Summary     HealthSummary      `json:"summary"`
	Connections []ConnectionHealth `json:"connections" nullable:"false"`
	// NextCursor asks for the next page of connections; empty on the last.
	NextCursor string `json:"next_cursor,omitempty"`
}

// HealthSummary counts connections by how they do.
type HealthSummary struct {
	Healthy       int `json:"healthy"`
	Degraded      int `json:"degraded"`
	Failing       int `json:"failing"`
	NeedsApproval int `json:"needs_approval"`
	Paused        int `json:"paused"`
	New           int `json:"new"`
}

// ConnectionHealth is how one connection does.
type ConnectionHealth struct {
	Connection  string `json:"connection"`
	Source      string `json:"source"`
	Destination string `json:"destination"`
	// AudienceID is the audience that it feeds; empty before one was made.
	AudienceID string `json:"audience_id"`
	Schedule   string `json:"schedule" doc:"The schedule in a few words"`
	Paused     bool   `json:"paused"`
	// State sums it up: degraded left records out in its last run, new never ran.
	State string `json:"state" enum:"healthy,degraded,failing,needs_approval,paused,new"`
	// LastRun is the newest that ended, Active the one that is queued or running.
	LastRun     *Run       `json:"last_run,omitempty"`
	Active      *Run       `json:"active,omitempty"`
	LastSuccess *time.Time `json:"last_success,omitempty"`
	OpenAlerts  int        `json:"open_alerts"`
	// NextRun is when its schedule is due next.
	NextRun *time.Time `json:"next_run,omitempty"`
	// Size is the newest size of the audience.
	Size *Size `json:"size,omitempty"`
	// Unusable says why it cannot run as it is configured; empty when it can.
	Unusable string `json:"unusable,omitempty"`
}

// healthQuery chooses connections; the summary counts all.
type healthQuery struct {
	Paging

	Search      string `query:"q" doc:"Only connections whose name has this in it"`
	State       string `query:"state" enum:"healthy,degraded,failing,needs_approval,paused,new"`
	Source      string `query:"source"`
	Destination string `query:"destination"`
}

func (q healthQuery) takes(c ConnectionHealth) bool {
	return strings.Contains(strings.ToLower(c.Connection), strings.ToLower(q.Search)) &&
		(q.State == "" || q.State == c.State) && (q.Source == "" || q.Source == c.Source) && (q.Destination == "" || q.Destination == c.Destination)
}

func (s *server) healthRoutes() {
	op := endpoint("get-health", http.MethodGet, "/api/v1/health", "Tell how all connections do, with their runs, sizes and next times")
	add(s, op, func(ctx context.Context, in *healthQuery) (*answer[Health], error) {
		all, err := s.Store.Health(ctx)
		if err != nil {
			return nil, err
		}
		set, err := s.setup(ctx)
		if err != nil {
			return nil, err
		}
		out := Health{}
		var chosen []ConnectionHealth
		for _, h := range all {
			c := s.healthOf(h, set)
			*out.Summary.count(c.State)++
			if in.takes(c) {
				chosen = append(chosen, c)
			}
		}
		name := func(c ConnectionHealth) string { return c.Connection }
		cut, err := slice(chosen, in.Paging, name, func(c ConnectionHealth) ConnectionHealth { return c })
		if err != nil {
			return nil, err
		}
		out.Connections, out.NextCursor = cut.Body.Items, cut.Body.NextCursor
		return reply(out), nil
	})
}

// healthOf is how a connection does, and what it is made of.
func (s *server) healthOf(h store.ConnectionHealth, set *setup.Setup) ConnectionHealth {
	c := set.Connections[h.Connection]
	out := ConnectionHealth{
		Connection: h.Connection, Source: c.Source, Destination: c.Destination, AudienceID: c.Audience.ID, Paused: h.Paused,
		State: healthState(h), LastRun: runPointer(h.LastRun), Active: runPointer(h.Active), LastSuccess: moment(h.LastSuccess), OpenAlerts: h.OpenAlerts,
	}
	if h.LastRun != nil && h.LastRun.AudienceID != "" {
		out.AudienceID = h.LastRun.AudienceID
	}
	if z := h.Size; z != nil {
		out.Size = &Size{z.At, z.AudienceID, z.Size, z.Targetable, z.Reasons}
	}
	if err := set.Usable(string(store.Connection), h.Connection); err != nil {
		out.Unusable = err.Error()
		if !h.Paused {
			out.State = "failing"
		}
	}
	out.Schedule = scheduleText(c.Schedule)
	if plan, err := schedule.New(c.Schedule); err == nil && !h.Paused {
		if next := plan.Next(s.Now(), 1); len(next) == 1 {
			out.NextRun = &next[0]
		}
	}
	return out
}

// scheduleText is a schedule in a few words.
func scheduleText(s eddy.Schedule) string {
	var words []string
	switch s.Type {
	case eddy.Basic:
		words = append(words, "every "+catalog.Interval(s.Every))
		if s.StartAt != "" {
			words = append(words, "from "+s.StartAt)
		}
	case eddy.Cron:
		words = append(words, s.Expression)
	case eddy.Following:
		return "after " + strings.Join(s.After, ", ")
	case eddy.OnWebhook:
		return store.WebhookTrigger(s.Webhook)
	default:
		return "manual"
	}
	return strings.Join(append(words, cmp.Or(s.Timezone, "UTC")), " ")
}

func (h *HealthSummary) count(state string) *int {
	return map[string]*int{
		"healthy": &h.Healthy, "degraded": &h.Degraded, "failing": &h.Failing,
		"needs_approval": &h.NeedsApproval, "paused": &h.Paused, "new": &h.New,
	}[state]
}

func runPointer(r *store.Run) *Run {
	if r == nil {
		return nil
	}
	out := runOf(*r)
	return &out
}

func healthState(h store.ConnectionHealth) string {
	if h.Paused {
		return "paused"
	}
	if h.LastRun == nil {
		return "new"
	}
	switch eddy.Status(h.LastRun.State) {
	case eddy.Succeeded:
		return "healthy"
	case eddy.CompletedWithErrors, eddy.Cancelled:
		return "degraded"
	case eddy.NeedsApproval:
		return "needs_approval"
	default:
		return "failing"
	}
}
