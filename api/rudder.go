package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/store"
)

// RudderStart starts a sync as RudderStack's API does.
type RudderStart struct {
	SyncType string `json:"syncType,omitempty" enum:"incremental,full"`
}

// RudderStarted names the sync that was started.
type RudderStarted struct {
	SyncID string `json:"syncId"`
}

// RudderSync is a run as RudderStack's API tells it.
type RudderSync struct {
	ID string `json:"id"`
	// Status is running, succeeded or failed: what polls for it takes nothing else as the end.
	Status     string        `json:"status" enum:"running,succeeded,failed"`
	StartedAt  *time.Time    `json:"startedAt,omitempty"`
	FinishedAt *time.Time    `json:"finishedAt,omitempty"`
	Error      string        `json:"error,omitempty"`
	Metrics    RudderMetrics `json:"metrics"`
}

// RudderMetrics are the counts of a sync.
type RudderMetrics struct {
	Succeeded RudderTotal `json:"succeeded"`
	Failed    RudderTotal `json:"failed"`
	Changed   RudderTotal `json:"changed"`
	Total     int64       `json:"total"`
}

// RudderTotal is one count.
type RudderTotal struct {
	Total int64 `json:"total"`
}

// RudderSyncs is a page of syncs.
type RudderSyncs struct {
	Syncs  []RudderSync `json:"syncs" nullable:"false"`
	Paging RudderPaging `json:"paging"`
}

// RudderPaging says where the page is.
type RudderPaging struct {
	Total int    `json:"total"`
	Next  string `json:"next,omitempty"`
}

// rudderRuns bounds the syncs that a list counts.
const rudderRuns = 10_000

func (s *server) rudderRoutes() {
	const root = "/v2/retl-connections/{name}"
	add(s, rudder("rudder-start", http.MethodPost, root+"/start", "Start a sync"), s.rudderStart)
	op := rudder("rudder-stop", http.MethodPost, root+"/stop", "Stop the sync that is under way")
	op.DefaultStatus = http.StatusNoContent
	add(s, op, s.rudderStop)
	add(s, rudder("rudder-list-syncs", http.MethodGet, root+"/syncs", "List syncs, newest first"), s.rudderSyncs)
	add(s, rudder("rudder-get-sync", http.MethodGet, root+"/syncs/{sync}", "Show a sync"), func(ctx context.Context, in *struct {
		ByName

		Sync string `path:"sync"`
	},
	) (*answer[RudderSync], error) {
		r, err := s.Store.Run(ctx, in.Sync)
		if err == nil && r.Connection != in.Name {
			err = fmt.Errorf("sync %s: %w", in.Sync, store.ErrNotFound)
		}
		return reply(rudderSync(r)), err
	})
}

func rudder(id, method, path, summary string) huma.Operation {
	op := endpoint(id, method, path, summary)
	op.Tags = []string{"rudderstack"}
	op.Description = "As in RudderStack's public API, for the integrations that call it: change their base URL, and give them an API token."
	return op
}

func (s *server) rudderStart(ctx context.Context, in *struct {
	ByName

	Body *RudderStart
},
) (*answer[RudderStarted], error) {
	if _, err := s.having(ctx, store.Connection, in.Name); err != nil {
		return nil, err
	}
	n := store.NewRun{Connection: in.Name, Trigger: "api", RequestedBy: who(ctx).actor.Name}
	n.Full = in.Body != nil && in.Body.SyncType == "full"
	r, err := s.start(ctx, n, map[string]any{"connection": n.Connection})
	return reply(RudderStarted{r.RunID}), err
}

func (s *server) rudderStop(ctx context.Context, in *ByName) (*struct{}, error) {
	if _, err := s.Store.Object(ctx, store.Connection, in.Name); err != nil {
		return nil, err
	}
	for _, state := range []store.RunState{store.Queued, store.Running} {
		runs, err := s.Store.Runs(ctx, store.RunFilter{Connection: in.Name, State: state, Limit: 1})
		if err != nil {
			return nil, err
		}
		for _, r := range runs {
			_, err := s.Runner.Cancel(ctx, r.RunID, who(ctx).actor)
			if err != nil && !errors.Is(err, store.ErrConflict) { // it ended by itself
				return nil, err
			}
		}
	}
	return nil, nil //nolint:nilnil // no body is the answer
}

func (s *server) rudderSyncs(ctx context.Context, in *struct {
	ByName

	Status  string    `query:"status" enum:"running,succeeded,failed"`
	After   time.Time `query:"started_after"`
	Before  time.Time `query:"started_before"`
	PerPage int       `query:"per_page" default:"25" minimum:"1" maximum:"100"`
	Page    int       `query:"page" default:"1" minimum:"1"`
},
) (*answer[RudderSyncs], error) {
	if _, err := s.Store.Object(ctx, store.Connection, in.Name); err != nil {
		return nil, err
	}
	runs, err := s.Store.Runs(ctx, store.RunFilter{Connection: in.Name, Since: in.After, Until: in.Before, Limit: rudderRuns})
	if err != nil {
		return nil, err
	}
	out := RudderSyncs{Syncs: []RudderSync{}}
	for _, r := range runs {
		sync := rudderSync(r)
		if in.Status != "" && in.Status != sync.Status {
			continue
		}
		if page := out.Paging.Total / in.PerPage; page == in.Page-1 {
			out.Syncs = append(out.Syncs, sync)
		}
		out.Paging.Total++
	}
	if in.Page*in.PerPage < out.Paging.Total {
		q := url.Values{"page": {number(in.Page + 1)}, "per_page": {number(in.PerPage)}}
		if in.Status != "" {
			q.Set("status", in.Status)
		}
		for name, at := range map[string]time.Time{"started_after": in.After, "started_before": in.Before} {
			if !at.IsZero() {
				q.Set(name, at.Format(time.RFC3339Nano))
			}
		}
		out.Paging.Next = "/v2/retl-connections/" + url.PathEscape(in.Name) + "/syncs?" + q.Encode()
	}
	return reply(out), nil
}

// rudderSync tells a run in three states. A run that the guard holds has failed as far as
// an orchestrator is concerned: it would wait for ever for a person.
func rudderSync(r store.Run) RudderSync {
	out := RudderSync{ID: r.RunID, Status: "running", StartedAt: moment(r.StartedAt)}
	c := r.Counts
	out.Metrics = RudderMetrics{
		Succeeded: RudderTotal{c.Delivered}, Failed: RudderTotal{c.Rejected + c.Failed + c.Invalid},
		Changed: RudderTotal{c.Operations()}, Total: c.Rows,
	}
	if out.StartedAt == nil {
		out.StartedAt = moment(r.RequestedAt)
	}
	switch {
	case !r.State.Ended():
		return out
	case r.State == store.RunState(eddy.Succeeded), r.State == store.RunState(eddy.CompletedWithErrors):
		out.Status = "succeeded"
	default:
		out.Status = "failed"
		reasons := []string{strings.ReplaceAll(string(r.State), "_", " ")}
		for _, e := range r.Errors {
			reasons = append(reasons, e.Reason)
		}
		if r.Message != "" {
			reasons = append(reasons, r.Message)
		}
		out.Error = strings.Join(reasons, ": ")
	}
	out.FinishedAt = r.FinishedAt
	return out
}
