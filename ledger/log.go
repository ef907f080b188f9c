package ledger

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

// Runs lists a connection's runs in the ledgers of an engine, the newest first. Several attempts
// at one are one run: it began with the first, and came to what the last did.
func Runs(ctx context.Context, e warehouse.Engine, connection string, limit int) ([]eddy.Run, error) {
	runs := map[string]*eddy.Run{}
	var order []string
	sql := fmt.Sprintf("SELECT run_id, event, detail FROM %s.runs WHERE connection_id = %s AND event IN ('opened', 'closed', 'rejected') ORDER BY seq",
		e.Schema(), e.Dialect().Literal(connection))
	err := e.Query(ctx, sql, func(row [][]byte) error {
		id := string(row[0])
		if string(row[1]) == eventRejected {
			if r := runs[id]; r != nil {
				r.Status = eddy.Cancelled // a person said no
			}
			return nil
		}
		if string(row[1]) == eventClosed {
			var d closedDetail
			if err := json.Unmarshal(row[2], &d); err != nil {
				return fmt.Errorf("run %s: %w", id, err)
			}
			id = cmp.Or(d.Run.RunID, id)
			if r := runs[id]; r == nil {
				order = append(order, id)
			} else {
				d.Run.StartedAt = r.StartedAt
			}
			runs[id] = &d.Run
			return nil
		}
		var d openedDetail
		if err := json.Unmarshal(row[2], &d); err != nil {
			return fmt.Errorf("run %s: %w", id, err)
		}
		id = cmp.Or(d.As, id)
		r := &eddy.Run{RunID: id, Connection: connection, Status: eddy.Running, Trigger: d.Trigger, StartedAt: d.Started}
		if before := runs[id]; before == nil {
			order = append(order, id)
		} else {
			r.StartedAt = before.StartedAt
		}
		runs[id] = r
		return nil
	})
	if err != nil {
		return nil, err
	}
	var out []eddy.Run
	for i := len(order) - 1; i >= 0 && len(out) < limit; i-- {
		r := *runs[order[i]]
		if r.Errors == nil {
			r.Errors = []eddy.RunError{}
		}
		if r.Warnings == nil { // it ended before there were any
			r.Warnings = []eddy.Warning{}
		}
		out = append(out, r)
	}
	return out, nil
}

// StatementsOf lists what some runs had the warehouse carry out, in order. Those of a run
// that died are not known.
func StatementsOf(ctx context.Context, e warehouse.Engine, connection string, runs ...string) (out []eddy.Statement, err error) {
	if len(runs) == 0 {
		return nil, nil
	}
	names, err := Names(ctx, e, connection)
	for _, name := range names {
		err = errors.Join(err, ends(ctx, e, name, runs, func(d closedDetail) { out = append(out, d.Statements...) }))
	}
	return out, err
}

// ends reads how all attempts at some runs ended, in order.
func ends(ctx context.Context, e warehouse.Engine, connection string, runs []string, each func(closedDetail)) error {
	of := make([]string, len(runs))
	for i, run := range runs {
		// A detail begins with its run, and that with its id: an attempt's own may be another.
		of[i] = "detail LIKE " + e.Dialect().Literal(`{"run":{"run_id":"`+run+`",%`)
	}
	sql := fmt.Sprintf("SELECT detail FROM %s.runs WHERE connection_id = %s AND event = 'closed' AND (%s) ORDER BY seq",
		e.Schema(), e.Dialect().Literal(connection), strings.Join(of, " OR "))
	return e.Query(ctx, sql, func(row [][]byte) error {
		var d closedDetail
		if err := json.Unmarshal(row[0], &d); err != nil {
			return fmt.Errorf("read the end of a run: %w", err)
		}
		if slices.Contains(runs, d.Run.RunID) {
			each(d)
		}
		return nil
	})
}

// quoted is a list of texts in SQL.
func quoted(e warehouse.Engine, texts []string) string {
	out := make([]string, len(texts))
	for i, text := range texts {
		out[i] = e.Dialect().Literal(text)
	}
	return join(out)
}

// LogFilter narrows the sync log; empty fields match all.
type LogFilter struct {
	Run, Status, RecordID, Reason string
	// Search is a text that the record's id has in it.
	Search string
	// Runs are several runs in place of one.
	Runs []string
	// Value narrows the log of a connection that keeps several audiences to that of one.
	Value string
	// Undelivered leaves out what was delivered.
	Undelivered bool
	// Limit bounds the rows, Offset leaves out the first ones: those of a run that ended
	// stay in their order.
	Limit, Offset int
}

// Logs streams a connection's sync log, and that of its parts, the newest run first.
func Logs(ctx context.Context, e warehouse.Engine, connection string, f LogFilter, each func(eddy.LogEntry) error) error {
	if f.Value != "" {
		return logs(ctx, e, []string{eddy.PartName(connection, f.Value)}, f, each)
	}
	names, err := Names(ctx, e, connection)
	if err != nil {
		return err
	}
	return logs(ctx, e, names, f, each)
}

func logs(ctx context.Context, e warehouse.Engine, names []string, f LogFilter, each func(eddy.LogEntry) error) error {
	t := e.Dialect().Text
	where := []string{"connection_id IN (" + quoted(e, names) + ")"}
	for _, c := range []struct{ column, value string }{{"sync_run_id", f.Run}, {"status", f.Status}, {"primary_key", f.RecordID}, {"error_reason", f.Reason}} {
		if c.value != "" {
			where = append(where, c.column+" = "+e.Dialect().Literal(c.value))
		}
	}
	if len(f.Runs) > 0 {
		where = append(where, "sync_run_id IN ("+quoted(e, f.Runs)+")")
	}
	if f.Search != "" { // every engine has replace, and each another word for contains
		where = append(where, "replace(primary_key, "+e.Dialect().Literal(f.Search)+", '') <> primary_key")
	}
	if f.Undelivered {
		where = append(where, "status <> 'delivered'")
	}
	sql := fmt.Sprintf("SELECT connection_id, sync_run_id, primary_key, operation, status, error_reason, CAST(sync_started_at AS %[1]s), CAST(sync_finished_at AS %[1]s) FROM %[2]s.sync_log WHERE %[3]s ORDER BY sync_run_id DESC, sync_started_at DESC, status, primary_key, operation, error_reason",
		t, e.Schema(), strings.Join(where, " AND "))
	if f.Limit > 0 {
		sql += fmt.Sprintf(" LIMIT %d", f.Limit)
	}
	if f.Offset > 0 {
		sql += fmt.Sprintf(" OFFSET %d", f.Offset)
	}
	return e.Query(ctx, sql, func(row [][]byte) error {
		return each(eddy.LogEntry{
			ConnectionID: string(row[0]), SyncRunID: string(row[1]), PrimaryKey: string(row[2]), Operation: string(row[3]),
			Status: string(row[4]), ErrorReason: string(row[5]), SyncStartedAt: parseTime(row[6]), SyncFinishedAt: parseTime(row[7]),
		})
	})
}

// Log streams the connection's sync log. A look before the first run finds no log, which
// is an empty one.
func (l *Ledger) Log(ctx context.Context, f LogFilter, each func(eddy.LogEntry) error) error {
	if l.past.Last == "" {
		return nil
	}
	return logs(ctx, l.e, []string{l.connection}, f, each)
}

// parseTime reads a timestamp as engines print it in UTC, with or without saying so; zero when
// it cannot.
func parseTime(b []byte) time.Time {
	for _, layout := range []string{"2006-01-02 15:04:05.999999999-07", "2006-01-02 15:04:05.999999999-07:00", "2006-01-02 15:04:05.999999999", "2006-01-02 15:04:05.999999999 UTC", time.RFC3339Nano} {
		if t, err := time.Parse(layout, string(b)); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}
