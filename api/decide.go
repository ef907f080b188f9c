package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/store"
)

// Decision is what a person says of a run that the guard held.
type Decision struct {
	Note string `json:"note,omitempty" maxLength:"500" doc:"Why; kept with the run and in the audit log"`
}

type decision struct {
	ByID

	Body *Decision
}

func (d decision) note() string {
	if d.Body == nil {
		return ""
	}
	return strings.TrimSpace(d.Body.Note)
}

// waiting is a run that a person can decide about: one that the guard held, and the newest of its
// connection, which may be left open. What an older one showed is not what is there by now.
func (s *server) waiting(ctx context.Context, id, connection string) (store.Run, error) {
	r, err := s.Store.Run(ctx, id)
	if err != nil {
		return r, err
	}
	if connection != "" && r.Connection != connection {
		return r, missing("run %s is not one of connection %s", id, connection)
	}
	if r.State != store.RunState(eddy.NeedsApproval) {
		return r, undecidable(r.RunID, "run "+r.RunID+" does not wait for approval: it is "+string(r.State))
	}
	newer, err := s.Store.NewerRun(ctx, r)
	if err == nil && newer != "" {
		err = undecidable(r.RunID, "run "+newer+" of the connection is newer than "+r.RunID+": look at that one")
	}
	return r, err
}

// undecidable says that nobody can decide about a run.
func undecidable(run, detail string) error {
	return &Problem{
		Status: http.StatusConflict, Code: "approval", Detail: detail, RunID: run,
		Mend: "Run the connection without an approval; if the guard holds that run, look at what it shows and approve or reject it.",
	}
}

func (s *server) approveRun(ctx context.Context, in *decision) (*runAnswer, error) {
	r, err := s.waiting(ctx, in.ID, "")
	if err != nil {
		return nil, err
	}
	n := store.NewRun{Connection: r.Connection, Trigger: "approval", RequestedBy: who(ctx).actor.Name, IdempotencyKey: "approve " + r.RunID, Full: r.Full, Approval: store.Approval{Approve: true, ApproveRun: last(r)}}
	about := map[string]any{"connection": r.Connection, "held": r.RunID}
	if note := in.note(); note != "" {
		n.Message, about["note"] = "approved: "+note, note
	}
	next, err := s.start(ctx, n, about)
	if err != nil {
		return nil, err
	}
	return started(next), nil
}

func (s *server) rejectRun(ctx context.Context, in *decision) (*answer[Run], error) {
	if _, err := s.waiting(ctx, in.ID, ""); err != nil {
		return nil, err
	}
	r, err := s.Store.Reject(ctx, in.ID, in.note(), who(ctx).actor)
	return reply(runOf(r)), err
}
