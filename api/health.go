package api

import (
	"context"
	"net/http"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/store"
)

// Health is how the server's connections do.
type Health struct {
	// Healthy, Troubled and so on count connections; each is in one of them.
	Summary     HealthSummary      `json:"summary"`
	Connections []ConnectionHealth `json:"connections" nullable:"false"`
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
	Connection string `json:"connection"`
	// State sums it up: degraded left records out in its last run, new never ran.
	State string `json:"state" enum:"healthy,degraded,failing,needs_approval,paused,new"`
	// LastRun is the newest that ended, Active the one that is queued or running.
	LastRun     *Run       `json:"last_run,omitempty"`
	Active      *Run       `json:"active,omitempty"`
	LastSuccess *time.Time `json:"last_success,omitempty"`
	OpenAlerts  int        `json:"open_alerts"`
}

func (s *server) healthRoutes() {
	add(s, endpoint("get-health", http.MethodGet, "/api/v1/health", "Tell how all connections do"), func(ctx context.Context, _ *struct{}) (*answer[Health], error) {
		all, err := s.Store.Health(ctx)
		if err != nil {
			return nil, err
		}
		out := Health{Connections: []ConnectionHealth{}}
		for _, h := range all {
			c := ConnectionHealth{Connection: h.Connection, State: healthState(h), LastRun: runPointer(h.LastRun), Active: runPointer(h.Active), LastSuccess: moment(h.LastSuccess), OpenAlerts: h.OpenAlerts}
			out.Connections = append(out.Connections, c)
			*out.Summary.count(c.State)++
		}
		return reply(out), nil
	})
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
