package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/setup"
	"github.com/eddy-retl/eddy/store"
	"github.com/eddy-retl/eddy/sync"
)

// Run is one execution of a connection. Its first fields are those of eddy sync --json.
type Run struct {
	RunID      string          `json:"run_id"`
	Connection string          `json:"connection"`
	Status     store.RunState  `json:"status" enum:"queued,running,succeeded,completed_with_errors,needs_approval,failed,cancelled,skipped"`
	Trigger    string          `json:"trigger"`
	StartedAt  *time.Time      `json:"started_at" nullable:"true"`
	FinishedAt *time.Time      `json:"finished_at" nullable:"true"`
	AudienceID string          `json:"audience_id"`
	Counts     eddy.Counts     `json:"counts"`
	Errors     []eddy.RunError `json:"errors" nullable:"false"`
	// Warnings are what a person should know of the run, although it kept nothing from delivery.
	Warnings []eddy.Warning `json:"warnings" nullable:"false"`
	// Usage is what it used of its warehouse; absent where that is a file.
	Usage *eddy.Usage `json:"usage,omitempty"`

	// Parts are the audiences of a connection that keeps one for each value of a column, by value.
	Parts []eddy.PartRun `json:"parts,omitempty"`

	RequestedAt time.Time `json:"requested_at"`
	RequestedBy string    `json:"requested_by,omitempty"`
	// ScheduledFor is when a scheduled run was due.
	ScheduledFor *time.Time `json:"scheduled_for,omitempty"`
	// Full runs send every row again; Approve lets the guard's verdict pass as far as was shown.
	Full    bool `json:"full"`
	Approve bool `json:"approve"`
	// Attempt counts the workers that took it: more than 1 after a crash, or a restart. The run is
	// the same one, by the same id.
	Attempt int `json:"attempt"`
	// Progress is how far a run is that is under way.
	Progress *Progress `json:"progress,omitempty"`
	// Phases are seconds by phase.
	Phases          map[string]float64 `json:"phases,omitempty"`
	CancelRequested bool               `json:"cancel_requested"`
	// Message says what errors do not, such as why it was skipped.
	Message string `json:"message,omitempty"`
	// Statements are what the run had the warehouse carry out, where they are asked for.
	Statements []eddy.Statement `json:"statements,omitempty"`
}

// Progress is how far a run is.
type Progress struct {
	// Step is the step that is under way: begin, stage, compare, share, seal, remove, add, settle, prune.
	Step string `json:"step"`
	// Rows are the model's rows read so far; Done of Total changes of the step are settled.
	Rows  int64 `json:"rows"`
	Done  int64 `json:"done"`
	Total int64 `json:"total"`
	// Compared are the model's records that were compared with what the audience holds.
	Compared int64 `json:"compared"`
	// Sent of ToSend changes of all steps are settled; ToSend is 0 until the run knows them.
	Sent     int64 `json:"sent"`
	ToSend   int64 `json:"to_send"`
	Requests int64 `json:"requests"`
	Bytes    int64 `json:"bytes"`
	// Phases are seconds by step so far.
	Phases map[string]float64 `json:"phases,omitempty"`
	// Note is something a person should know; usually empty.
	Note string `json:"note,omitempty"`
	// Audience is that of several that the run is at.
	Audience string `json:"audience,omitempty"`
}

func runOf(r store.Run) Run {
	out := Run{
		RunID: r.RunID, Connection: r.Connection, Status: r.State, Trigger: r.Trigger, StartedAt: moment(r.StartedAt), FinishedAt: r.FinishedAt,
		AudienceID: r.AudienceID, Counts: r.Counts, Errors: r.Errors, Warnings: r.Warnings, Usage: r.Usage, Parts: r.Parts, RequestedAt: r.RequestedAt, RequestedBy: r.RequestedBy,
		ScheduledFor: moment(r.ScheduledFor), Full: r.Full, Approve: r.Approve, Attempt: r.Attempt,
		Phases: r.Phases, CancelRequested: r.CancelRequested, Message: r.Message,
	}
	if out.Errors == nil {
		out.Errors = []eddy.RunError{}
	}
	if out.Warnings == nil {
		out.Warnings = []eddy.Warning{}
	}
	var p Progress
	if len(r.Progress) > 0 && json.Unmarshal(r.Progress, &p) == nil {
		out.Progress = &p
	}
	return out
}

// Start says how to run.
type Start struct {
	// Full sends every row again.
	Full bool `json:"full,omitempty"`
	// Approve lets the run go on where the guard would hold it, as far as a held run showed it.
	Approve bool `json:"approve,omitempty"`
	// ApproveRun is that held run; without it, the newest. It must be the newest run of the
	// connection, and wait for approval.
	ApproveRun string `json:"approve_run,omitempty"`
	// ApproveRemovals is in its place how many identities, and people, may leave.
	ApproveRemovals int64 `json:"approve_removals,omitempty" minimum:"0"`
}

// PlanRequest says what to plan.
type PlanRequest struct {
	Full bool `json:"full,omitempty"`
	Spec Spec `json:"spec,omitempty" doc:"The connection as it is to be, which may not be stored yet; leave it out to take what is stored"`
}

type runAnswer struct {
	Location string `header:"Location"`
	Body     Run
}

func started(r store.Run) *runAnswer {
	return &runAnswer{Location: "/api/v1/runs/" + r.RunID, Body: runOf(r)}
}

// planTimeout is how long a plan may take: a plan reads the whole model.
const planTimeout = 10 * time.Minute

func (s *server) runRoutes() {
	const connection = "/api/v1/connections/{name}"
	op := endpoint("plan-connection", http.MethodPost, connection+"/plan", "Tell what a run would do, also of a connection that is not stored yet; sends nothing, changes nothing")
	op.Description = "The answer comes when the plan is ready, which may take minutes for a large model: wait for up to ten. " +
		"Nothing is kept, so that any server can be asked. Ending the request ends the plan."
	add(s, op, s.plan)
	op = endpoint("start-run", http.MethodPost, connection+"/runs", "Start a run")
	op.DefaultStatus = http.StatusAccepted
	op.Description = "409 while the connection has one. The same Idempotency-Key within a day gives the same run."
	add(s, op, s.startRun)
	add(s, endpoint("list-runs", http.MethodGet, "/api/v1/runs", "List runs, newest first"), s.listRuns)
	const one = "/api/v1/runs/{id}"
	add(s, endpoint("get-run", http.MethodGet, one, "Show a run"), s.getRun)
	op = endpoint("cancel-run", http.MethodPost, one+"/cancel", "Cancel a run")
	op.DefaultStatus = http.StatusAccepted
	op.Description = "What is on its way is waited for and settled: the run ends a little later, as cancelled."
	add(s, op, func(ctx context.Context, in *ByID) (*answer[Run], error) {
		r, err := s.Runner.Cancel(ctx, in.ID, who(ctx).actor)
		return reply(runOf(r)), err
	})
	op = endpoint("approve-run", http.MethodPost, one+"/approve", "Approve a run that the guard held")
	op.DefaultStatus = http.StatusAccepted
	op.Description = "Starts a new run of the connection that the guard lets pass as far as this one showed it, and guard.approve_slack_percent more. If more would leave by now, " +
		"it is held again. Only the newest run of a connection can be approved: what it showed is what is approved."
	add(s, op, s.approveRun)
	op = endpoint("reject-run", http.MethodPost, one+"/reject", "Drop a run that the guard held")
	op.Description = "It ends as cancelled, and cannot be approved any more. Nothing of it was sent. Only the newest run of a connection can be rejected."
	add(s, op, s.rejectRun)
	s.eventRoutes()
}

func (s *server) plan(ctx context.Context, in *struct {
	ByName

	Body *PlanRequest
},
) (*answer[sync.Plan], error) {
	var asked PlanRequest
	if in.Body != nil {
		asked = *in.Body
	}
	set, err := s.object(ctx, store.Connection, in.Name, asked.Spec)
	if err != nil {
		return nil, err
	}
	if err := s.atHome(ctx, set.Local(set.Connections[in.Name]), in.Name); err != nil {
		return nil, err
	}
	l := &setup.PlanLook{Connection: in.Name, Full: asked.Full}
	err = s.look(ctx, planTimeout, set, l)
	veilPlan(&l.Found, who(ctx).raw)
	return reply(l.Found), err
}

func (s *server) startRun(ctx context.Context, in *struct {
	ByName

	Key  string `header:"Idempotency-Key" maxLength:"200"`
	Body *Start
},
) (*runAnswer, error) {
	if _, err := s.having(ctx, store.Connection, in.Name); err != nil {
		return nil, err
	}
	// Who asks again with the same key hears of the run that there is: what that one was
	// approved for does not wait any more.
	if again, err := s.Store.Asked(ctx, in.Name, in.Key); !errors.Is(err, store.ErrNotFound) {
		return started(again), err
	}
	n := store.NewRun{Connection: in.Name, Trigger: "manual", RequestedBy: who(ctx).actor.Name, IdempotencyKey: in.Key}
	if in.Body != nil {
		var err error
		if n.Approval, err = s.approval(ctx, in.Name, *in.Body); err != nil {
			return nil, err
		}
		n.Full = in.Body.Full
	}
	r, err := s.start(ctx, n, map[string]any{"connection": in.Name})
	if err != nil {
		return nil, err
	}
	return started(r), nil
}

// approval is what a new run of a connection may do: what the held run showed that is named,
// or the newest that was held, if a person can still decide about it. The ledger knows it by
// the id of its last attempt.
func (s *server) approval(ctx context.Context, connection string, asked Start) (store.Approval, error) {
	a := store.Approval{Approve: asked.Approve || asked.ApproveRun != "" || asked.ApproveRemovals > 0, ApproveRemovals: asked.ApproveRemovals}
	if !a.Approve || a.ApproveRemovals > 0 {
		return a, nil
	}
	id := asked.ApproveRun
	if id == "" {
		held, err := s.Store.Runs(ctx, store.RunFilter{Connection: connection, State: store.RunState(eddy.NeedsApproval), Limit: 1})
		if err != nil {
			return a, err
		}
		if len(held) == 0 {
			return a, undecidable("", "connection "+connection+" has no run that waits for approval")
		}
		id = held[0].RunID
	}
	r, err := s.waiting(ctx, id, connection)
	if err != nil {
		return a, err
	}
	a.ApproveRun = last(r)
	return a, nil
}

// last is the run's last attempt, as the ledger knows it.
func last(r store.Run) string { return attempts(r)[len(attempts(r))-1] }

// start starts a run and puts on record who did.
func (s *server) start(ctx context.Context, n store.NewRun, about map[string]any) (store.Run, error) {
	r, err := s.Runner.Start(ctx, n)
	if err != nil {
		return r, err
	}
	action := "start"
	if n.Approve {
		action = "approve"
	}
	detail, err := json.Marshal(about)
	if err != nil {
		return r, err
	}
	return r, s.Store.Note(ctx, store.Audit{Actor: who(ctx).actor, Action: action, Kind: "run", Name: r.RunID, Detail: detail})
}

func (s *server) getRun(ctx context.Context, in *struct {
	ByID

	Statements bool `query:"statements" doc:"With the statements that the warehouse carried out for it, once it has ended: they are read from there"`
},
) (_ *answer[Run], err error) {
	r, err := s.Store.Run(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	out := runOf(r)
	if !in.Statements || !r.State.Ended() {
		return reply(out), nil
	}
	_, set, l, err := s.logged(ctx, RecordFilter{ByID: in.ByID})
	if err != nil {
		return nil, err
	}
	if l != nil {
		look := &setup.StatementsLook{Connection: l.Connection, Runs: attempts(r)}
		err = s.look(ctx, recordsTimeout, set, look)
		out.Statements = look.Found
	}
	return reply(out), err
}

func (s *server) listRuns(ctx context.Context, in *struct {
	Paging

	Connection string         `query:"connection"`
	Status     store.RunState `query:"status" enum:"queued,running,succeeded,completed_with_errors,needs_approval,failed,cancelled,skipped"`
	Since      time.Time      `query:"since" doc:"Asked for at this time or later"`
	Until      time.Time      `query:"until" doc:"Asked for before this time"`
},
) (*list[Run], error) {
	after, err := in.after()
	if err != nil {
		return nil, err
	}
	runs, err := s.Store.Runs(ctx, store.RunFilter{Connection: in.Connection, State: in.Status, Before: after, Since: in.Since, Until: in.Until, Limit: in.Limit + 1})
	if after != "" && errors.Is(err, store.ErrNotFound) {
		return nil, badCursor()
	}
	if err != nil {
		return nil, err
	}
	cut := page(runs, in.Limit, func(r store.Run) string { return r.RunID })
	out := Page[Run]{Items: make([]Run, 0, len(cut.Items)), NextCursor: cut.NextCursor}
	for _, r := range cut.Items {
		out.Items = append(out.Items, runOf(r))
	}
	return reply(out), nil
}
