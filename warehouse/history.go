package warehouse

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/eddy-retl/eddy"
)

// Prune drops snapshots beyond the newest keep of them, and sync log rows of runs that
// started before the given time.
func (st *State) Prune(ctx context.Context, keep int, logsBefore time.Time) error {
	var runs []string
	err := st.s.Query(ctx, "SELECT table_name FROM information_schema.tables WHERE table_schema = $1 AND strpos(table_name, $2) = 1 ORDER BY table_name DESC", func(row [][]byte) error {
		// Another connection's slug may begin with this one's; a run id holds no underscore.
		if !strings.Contains(strings.TrimPrefix(string(row[0]), st.snapshotName("")), "_") {
			runs = append(runs, string(row[0]))
		}
		return nil
	}, st.schemaName(), st.snapshotName(""))
	if err != nil {
		return fmt.Errorf("prune: %w", err)
	}
	for i, name := range runs {
		if i < keep {
			continue
		}
		if err := st.exec(ctx, "DROP TABLE IF EXISTS "+st.table(name)); err != nil {
			return fmt.Errorf("prune: %w", err)
		}
	}
	err = st.exec(ctx, "DELETE FROM "+st.table("sync_log")+" WHERE connection_id = $1 AND sync_started_at < CAST($2 AS TIMESTAMPTZ)", st.Connection, logsBefore.UTC().Format(time.RFC3339))
	if err != nil {
		return fmt.Errorf("prune: %w", err)
	}
	return st.refresh(ctx)
}

// refresh tells the planner about a held that grew or changed much: the next run's joins
// depend on it.
func (st *State) refresh(ctx context.Context) error {
	if 10*st.has(eddy.Insert, eddy.Update) < st.heldRows {
		return nil
	}
	return st.execAll(ctx, analyze(st.d, st.held()))
}

// schemaName is the plain name of Eddy's own schema.
func (st *State) schemaName() string {
	parts := SplitName(st.s.Schema())
	return parts[len(parts)-1]
}

// Runs lists a connection's runs on the engine of s, the newest first.
func Runs(ctx context.Context, s Session, connection string, limit int) ([]eddy.Run, error) {
	var out []eddy.Run
	t := s.Dialect().Text
	sql := fmt.Sprintf("SELECT run_id, connection_id, status, trigger_type, CAST(started_at AS %[1]s), CAST(finished_at AS %[1]s), audience_id, counts, errors FROM %[2]s.%[3]s WHERE connection_id = $1 ORDER BY run_id DESC LIMIT %[4]d",
		t, s.Schema(), Quote("sync_runs"), limit)
	err := s.Query(ctx, sql, func(row [][]byte) error {
		r := eddy.Run{RunID: string(row[0]), Connection: string(row[1]), Status: eddy.Status(row[2]), Trigger: string(row[3]), AudienceID: string(row[6]), Errors: []eddy.RunError{}}
		r.StartedAt = parseTime(row[4])
		if row[5] != nil {
			at := parseTime(row[5])
			r.FinishedAt = &at
		}
		if row[7] != nil {
			if err := json.Unmarshal(row[7], &r.Counts); err != nil {
				return fmt.Errorf("run %s: counts: %w", r.RunID, err)
			}
		}
		if row[8] != nil {
			if err := json.Unmarshal(row[8], &r.Errors); err != nil {
				return fmt.Errorf("run %s: errors: %w", r.RunID, err)
			}
		}
		out = append(out, r)
		return nil
	}, connection)
	return out, err
}

// parseTime reads a timestamp as engines print it in UTC; zero when it cannot.
func parseTime(b []byte) time.Time {
	for _, layout := range []string{"2006-01-02 15:04:05.999999999-07", "2006-01-02 15:04:05.999999999-07:00", time.RFC3339Nano} {
		if t, err := time.Parse(layout, string(b)); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}

// LogFilter narrows the sync log; empty fields match all.
type LogFilter struct {
	Run, Status, RecordID string
	// Undelivered leaves out what was delivered.
	Undelivered bool
	// Limit bounds the rows, Offset leaves out the first ones: those of a run that ended
	// stay in their order.
	Limit, Offset int
}

// Logs streams a connection's sync log, the newest run first.
func Logs(ctx context.Context, s Session, connection string, f LogFilter, each func(eddy.LogEntry) error) error {
	t := s.Dialect().Text
	where, args := "connection_id = $1", []any{connection}
	for _, c := range []struct{ column, value string }{{"sync_run_id", f.Run}, {"status", f.Status}, {"primary_key", f.RecordID}} {
		if c.value != "" {
			args = append(args, c.value)
			where += fmt.Sprintf(" AND %s = $%d", c.column, len(args))
		}
	}
	if f.Undelivered {
		where += " AND status <> 'delivered'"
	}
	sql := fmt.Sprintf("SELECT connection_id, sync_run_id, primary_key, operation, status, error_reason, CAST(sync_started_at AS %[1]s), CAST(sync_finished_at AS %[1]s) FROM %[2]s.%[3]s WHERE %[4]s ORDER BY sync_run_id DESC, status, primary_key, operation, error_reason",
		t, s.Schema(), Quote("sync_log"), where)
	if f.Limit > 0 {
		sql += fmt.Sprintf(" LIMIT %d", f.Limit)
	}
	if f.Offset > 0 {
		sql += fmt.Sprintf(" OFFSET %d", f.Offset)
	}
	return s.Query(ctx, sql, func(row [][]byte) error {
		return each(eddy.LogEntry{
			ConnectionID: string(row[0]), SyncRunID: string(row[1]), PrimaryKey: string(row[2]), Operation: string(row[3]),
			Status: string(row[4]), ErrorReason: string(row[5]), SyncStartedAt: parseTime(row[6]), SyncFinishedAt: parseTime(row[7]),
		})
	}, args...)
}

// Feed says which audience a connection feeds, as the state remembers it.
type Feed struct {
	Connection, Account, AudienceID string
	// Creating is the name of an audience that is being made: if the run dies before its
	// id is known, the next run looks for the name instead of making a second one.
	Creating string
}

// Feeds lists what all connections of this state feed.
func (st *State) Feeds(ctx context.Context) ([]Feed, error) {
	var out []Feed
	err := st.s.Query(ctx, "SELECT connection_id, account, audience_id, creating FROM "+st.table("connections"), func(row [][]byte) error {
		out = append(out, Feed{string(row[0]), string(row[1]), string(row[2]), string(row[3])})
		return nil
	})
	if err != nil && st.Dry {
		return nil, nil
	}
	return out, err
}

// SetFeed remembers which audience the connection feeds. Whom it held in the one before is
// forgotten with that, if [State.Forget] said so.
func (st *State) SetFeed(ctx context.Context, f Feed) error {
	err := st.inTx(ctx, func() error {
		if st.fresh {
			if err := st.exec(ctx, "DELETE FROM "+st.table("held_"+st.slug)); err != nil {
				return err
			}
		}
		if err := st.exec(ctx, "DELETE FROM "+st.table("connections")+" WHERE connection_id = $1", f.Connection); err != nil {
			return err
		}
		return st.exec(ctx, "INSERT INTO "+st.table("connections")+" (connection_id, account, audience_id, creating) VALUES ($1, $2, $3, $4)", f.Connection, f.Account, f.AudienceID, f.Creating)
	})
	st.fresh = st.fresh && err != nil
	return err
}

// HeldRecords counts the records that the audience holds, or may hold, because of this connection.
func (st *State) HeldRecords(ctx context.Context) (int64, error) {
	return st.count(ctx, "SELECT count(DISTINCT record_id) FROM "+st.held()+" WHERE state IN ('held', 'doubt', 'left')")
}

// Forget lets the run begin with nobody held, for an audience that is no longer fed. A run
// that ends before it has put another one on record has forgotten nobody (promise 1).
func (st *State) Forget(ctx context.Context) error {
	st.fresh = true
	return st.execAll(ctx, "DROP TABLE IF EXISTS "+st.held(), "CREATE TEMP TABLE "+st.held()+" ("+st.heldColumns()+")")
}
