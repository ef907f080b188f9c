package api

import (
	"context"
	"encoding/csv"
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
	"github.com/eddy-retl/eddy/setup"
	"github.com/eddy-retl/eddy/store"
)

// Record is what became of one record in a run.
type Record struct {
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
	Search string `query:"q" maxLength:"200" doc:"Only records whose id has this in it"`
	Reason string `query:"reason" maxLength:"1000" doc:"Only records with this reason"`
}

func (f RecordFilter) of(r store.Run) ledger.LogFilter {
	out := ledger.LogFilter{Runs: attempts(r), RecordID: f.Record, Search: f.Search, Reason: f.Reason, Status: f.Status, Undelivered: f.Status == ""}
	if f.Status == "all" {
		out.Status = ""
	}
	return out
}

// attempts are the ids under which a run stands in the ledger, the newest last.
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

// recordsTimeout is how long somebody waits for a page of records, downloadTimeout for all.
const (
	recordsTimeout  = time.Minute
	downloadTimeout = time.Hour
)

// logged finds a run, and what to look into for its records; the look is nil when there are none.
func (s *server) logged(ctx context.Context, in RecordFilter) (store.Run, *setup.Setup, *setup.LogLook, error) {
	r, err := s.Store.Run(ctx, in.ID)
	if err != nil {
		return r, nil, nil, err
	}
	set, err := s.setup(ctx)
	if err != nil {
		return r, nil, nil, err
	}
	c, ok := set.Connections[r.Connection]
	if !ok {
		return r, nil, nil, missing("connection %s is not there any more, and its records are where its state was", r.Connection)
	}
	if err := s.atHome(ctx, set.Local(c), c.Name); err != nil {
		return r, nil, nil, err
	}
	if set.Local(c) && !r.State.Ended() {
		return r, nil, nil, nil // the run has the state to itself, and writes the log at its end
	}
	return r, set, &setup.LogLook{Connection: c.Name, Filter: in.of(r)}, nil
}

// logLines reads lines of a log for somebody who waits.
func (s *server) logLines(ctx context.Context, limit time.Duration, set *setup.Setup, l *setup.LogLook, each func(eddy.LogEntry) error) error {
	ctx, give := context.WithCancelCause(ctx)
	defer give(nil)
	heard := *set
	heard.Hear = func(n setup.News) {
		for _, line := range n.Entries {
			if ctx.Err() != nil {
				return
			}
			if err := each(line); err != nil {
				give(err)
			}
		}
	}
	if err := s.look(ctx, limit, &heard, l); err != nil {
		return err
	}
	return context.Cause(ctx)
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
	return Record{e.PrimaryKey, e.Operation, e.Status, e.ErrorReason, e.SyncStartedAt, e.SyncFinishedAt}
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
	_, set, l, err := s.logged(ctx, in.RecordFilter)
	if err != nil {
		return nil, err
	}
	out := Page[Record]{Items: []Record{}}
	if l == nil {
		return reply(out), nil
	}
	f := &l.Filter
	f.Limit = in.Limit + 1
	if after != "" {
		if f.Offset, err = strconv.Atoi(after); err != nil || f.Offset < 0 {
			return nil, badCursor()
		}
	}
	err = s.logLines(ctx, recordsTimeout, set, l, func(line eddy.LogEntry) error {
		out.Items = append(out.Items, recordOf(line))
		return nil
	})
	if err != nil {
		return nil, err
	}
	next := strconv.Itoa(f.Offset + in.Limit)
	return reply(page(out.Items, in.Limit, func(Record) string { return next })), nil
}

func (s *server) downloadRecords(ctx context.Context, in *RecordFilter) (*huma.StreamResponse, error) {
	r, set, l, err := s.logged(ctx, *in)
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(c huma.Context) {
		req, w := humago.Unwrap(c)
		ctx, cancel := s.welcome(c.Context(), req, "download-records")
		defer cancel()
		_ = http.NewResponseController(w).SetWriteDeadline(time.Time{}) // a large log takes long
		d := download{w: w, name: "records-" + r.RunID + ".csv"}
		var err error
		if l != nil {
			err = s.logLines(ctx, downloadTimeout, set, l, d.line)
		}
		if err == nil {
			err = d.end()
		}
		switch {
		case err == nil:
		case d.out == nil:
			s.write(w, req, s.problem(ctx, err))
		default:
			s.Logger.ErrorContext(c.Context(), "download records", "run", r.RunID, "error", err)
			panic(http.ErrAbortHandler) // so that nobody takes a part for the whole
		}
	}}, nil
}

// download is an answer that is a table of records. It begins with the first of them: until
// then an error can be told.
type download struct {
	w    http.ResponseWriter
	name string
	out  *csv.Writer
}

func (d *download) line(l eddy.LogEntry) error {
	if err := d.begin(); err != nil {
		return err
	}
	return d.out.Write(eddy.Cells(l.PrimaryKey, l.Operation, l.Status, l.ErrorReason, l.SyncStartedAt.Format(time.RFC3339), l.SyncFinishedAt.Format(time.RFC3339)))
}

func (d *download) begin() error {
	if d.out != nil {
		return nil
	}
	d.w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	d.w.Header().Set("Content-Disposition", `attachment; filename="`+d.name+`"`)
	d.out = csv.NewWriter(d.w)
	return d.out.Write(eddy.Cells("record_id", "operation", "status", "reason", "started_at", "finished_at"))
}

func (d *download) end() error {
	if err := d.begin(); err != nil {
		return err
	}
	d.out.Flush()
	return d.out.Error()
}
