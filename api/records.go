package api

import (
	"context"
	"encoding/csv"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/ledger"
	"github.com/eddy-retl/eddy/store"
	"github.com/eddy-retl/eddy/warehouse"
)

// Record is what became of one record in a run.
type Record struct {
	// SyncRunID is the attempt at the run, as it stands in the warehouse's sync log.
	SyncRunID  string    `json:"sync_run_id"`
	RecordID   string    `json:"record_id"`
	Operation  string    `json:"operation"`
	Status     string    `json:"status" enum:"delivered,rejected,failed,invalid,held"`
	Reason     string    `json:"reason,omitempty"`
	StartedAt  time.Time `json:"started_at"`
	FinishedAt time.Time `json:"finished_at"`
}

// RecordFilter chooses records of a run.
type RecordFilter struct {
	ByID

	Status string `query:"status" enum:"delivered,rejected,failed,invalid,held,all" doc:"Without it, all that were not delivered"`
	Record string `query:"record" doc:"Only the record with this id"`
}

func (f RecordFilter) of(r store.Run) ledger.LogFilter {
	out := ledger.LogFilter{Runs: attempts(r), RecordID: f.Record, Status: f.Status, Undelivered: f.Status == ""}
	if f.Status == "all" {
		out.Status = ""
	}
	return out
}

// attempts are the runs of the ledger that a run was made in, the newest last.
func attempts(r store.Run) []string {
	if len(r.SyncRunIDs) == 0 {
		return []string{r.RunID}
	}
	return r.SyncRunIDs
}

func (s *server) recordRoutes() {
	const root = "/api/v1/runs/{id}/records"
	op := endpoint("list-records", http.MethodGet, root, "List what became of a run's records, from the warehouse's sync log")
	op.Description = "Records have ids, statuses and reasons here, and no values."
	add(s, op, s.listRecords)
	op = endpoint("download-records", http.MethodGet, root+".csv", "Download what became of a run's records as CSV")
	op.Responses = map[string]*huma.Response{"200": {
		Description: "A table with a line of names",
		Content:     map[string]*huma.MediaType{"text/csv": {Schema: &huma.Schema{Type: huma.TypeString}}},
	}}
	op.Description = "A cell that a spreadsheet would take for a formula begins with an apostrophe more than its text does."
	add(s, op, s.downloadRecords)
}

// history opens the state where a run's records are; nil when there are none.
func (s *server) history(ctx context.Context, id string) (store.Run, warehouse.Engine, func() error, error) {
	nothing := func() error { return nil }
	r, err := s.Store.Run(ctx, id)
	if err != nil {
		return r, nil, nothing, err
	}
	set, err := s.setup(ctx)
	if err != nil {
		return r, nil, nothing, err
	}
	c, ok := set.Connections[r.Connection]
	if !ok {
		return r, nil, nothing, missing("connection %s is not there any more, and its records are where its state was", r.Connection)
	}
	if err := s.atHome(ctx, set.Local(c), c.Name); err != nil {
		return r, nil, nothing, err
	}
	if set.Local(c) && !r.State.Ended() {
		return r, nil, nothing, nil // the run has the state to itself, and writes the log at its end
	}
	e, done, err := set.History(ctx, c)
	if err != nil {
		return r, nil, nothing, errors.Join(err, done())
	}
	return r, e, done, nil
}

// atHome refuses to look for local state that lies on another server.
func (s *server) atHome(ctx context.Context, local bool, connection string) error {
	if !local {
		return nil
	}
	home, err := s.Store.Home(ctx, connection)
	if err != nil || home == "" {
		return err
	}
	here, err := os.ReadFile(filepath.Join(s.StateDir, "server-id"))
	if err == nil && strings.TrimSpace(string(here)) == home {
		return nil
	}
	return &Problem{
		Status: http.StatusConflict, Code: "elsewhere", Detail: "the state of connection " + connection + " lies in the state folder of another server, " + home,
		Mend: "Ask that server, or give the source state: warehouse.",
	}
}

func recordOf(e eddy.LogEntry) Record {
	return Record{e.SyncRunID, e.PrimaryKey, e.Operation, e.Status, e.ErrorReason, e.SyncStartedAt, e.SyncFinishedAt}
}

func (s *server) listRecords(ctx context.Context, in *struct {
	RecordFilter
	Paging
},
) (_ *list[Record], err error) {
	after, err := in.after()
	if err != nil {
		return nil, err
	}
	r, e, done, err := s.history(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, done()) }()
	out := Page[Record]{Items: []Record{}}
	if e == nil {
		return reply(out), nil
	}
	f := in.of(r)
	f.Limit = in.Limit + 1
	if after != "" {
		if f.Offset, err = strconv.Atoi(after); err != nil || f.Offset < 0 {
			return nil, badCursor()
		}
	}
	err = ledger.Logs(ctx, e, r.Connection, f, func(l eddy.LogEntry) error {
		out.Items = append(out.Items, recordOf(l))
		return nil
	})
	if err != nil {
		return nil, err
	}
	next := strconv.Itoa(f.Offset + in.Limit)
	return reply(page(out.Items, in.Limit, func(Record) string { return next })), nil
}

func (s *server) downloadRecords(ctx context.Context, in *RecordFilter) (*huma.StreamResponse, error) {
	r, e, done, err := s.history(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(c huma.Context) {
		req, w := humago.Unwrap(c)
		ctx, cancel := s.welcome(c.Context(), req, "download-records")
		defer cancel()
		_ = http.NewResponseController(w).SetWriteDeadline(time.Time{}) // a large log takes long
		w.Header().Set("Content-Type", "text/csv; charset=utf-8")
		w.Header().Set("Content-Disposition", `attachment; filename="records-`+r.RunID+`.csv"`)
		err := errors.Join(writeCSV(ctx, w, e, r, in.of(r)), done())
		if err != nil {
			s.Logger.ErrorContext(c.Context(), "download records", "run", r.RunID, "error", err)
			panic(http.ErrAbortHandler) // so that nobody takes a part for the whole
		}
	}}, nil
}

func writeCSV(ctx context.Context, w http.ResponseWriter, e warehouse.Engine, r store.Run, f ledger.LogFilter) error {
	out := csv.NewWriter(w)
	if err := out.Write(eddy.Cells("record_id", "operation", "status", "reason", "started_at", "finished_at")); err != nil {
		return err
	}
	if e != nil {
		err := ledger.Logs(ctx, e, r.Connection, f, func(l eddy.LogEntry) error {
			return out.Write(eddy.Cells(l.PrimaryKey, l.Operation, l.Status, l.ErrorReason, l.SyncStartedAt.Format(time.RFC3339), l.SyncFinishedAt.Format(time.RFC3339)))
		})
		if err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}
