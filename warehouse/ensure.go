package warehouse

import (
	"context"
	"fmt"
	"strings"

	"github.com/eddy-retl/eddy"
)

// heldColumns is the shape of held, whatever the mapping.
func (st *State) heldColumns() string {
	t := st.d.Text
	return fmt.Sprintf(`record_id %[1]s NOT NULL, version %[1]s NOT NULL, seq %[2]s NOT NULL, state %[1]s NOT NULL,
  prepared INTEGER, lapses_at %[1]s, attempts INTEGER, reason %[1]s, fingerprint %[3]s, `, t, st.d.Bigint, st.d.RowKeyType) +
		st.list(", ", func(f eddy.Field) string { return Quote(f.Name) + " " + t })
}

// ensure makes what is missing of Eddy's own schema.
func (st *State) ensure(ctx context.Context) error {
	t, n := st.d.Text, st.d.Bigint
	if err := EnsureShared(ctx, st.s); err != nil {
		return err
	}
	if err := st.lost(ctx); err != nil {
		return err
	}
	if err := st.exec(ctx, "CREATE TABLE IF NOT EXISTS "+st.held()+" ("+st.heldColumns()+")"); err != nil {
		return err
	}
	return st.exec(ctx, fmt.Sprintf("CREATE TABLE IF NOT EXISTS %s (run_id %s NOT NULL, phase %s NOT NULL, from_seq %s NOT NULL, to_seq %s NOT NULL, result %s NOT NULL, reason %s)",
		st.outcomes(), t, t, n, n, t, t))
}

// lost stops a connection whose held is gone although it ran before. An empty held would
// say that the audience is empty, and those it holds would never be removed (promise 1).
func (st *State) lost(ctx context.Context) error {
	name := "held_" + st.slug
	missing := st.exec(ctx, "SELECT 1 FROM "+st.table(name)+" LIMIT 0")
	st.madeHeld = missing != nil
	if missing == nil || st.Anew {
		return nil
	}
	runs, err := st.count(ctx, "SELECT count(*) FROM "+st.table("sync_runs")+" WHERE connection_id = "+QuoteText(st.Connection))
	if err != nil || runs == 0 {
		return ctx.Err() // no runs, or not even a table of them: this is the first
	}
	there, err := st.count(ctx, "SELECT count(*) FROM information_schema.tables WHERE table_schema = "+QuoteText(st.schemaName())+" AND table_name = "+QuoteText(name))
	if err != nil {
		return err
	}
	if there > 0 {
		return missing
	}
	return &eddy.Error{
		Code: eddy.CodeApproval,
		What: fmt.Sprintf("connection %s: table %s is gone, which knew whom the audience holds; %d runs are on record", st.Connection, name, runs),
		Mend: "Restore it from a backup. Without it Eddy cannot remove people who have left the model: " +
			"name a new audience, or run with --approve to begin anew, and those people stay in the audience.",
	}
}

func (st *State) outcomes() string { return st.table("outcomes_" + st.slug) }

// EnsureShared makes the tables that all connections share: the sync log, the runs,
// the audiences that connections feed, and the settings that values were prepared with.
func EnsureShared(ctx context.Context, s Session) error {
	d := s.Dialect()
	tables := map[string]string{
		"sync_log": `connection_id %[1]s NOT NULL, sync_run_id %[1]s NOT NULL, primary_key %[1]s, operation %[1]s, status %[1]s NOT NULL,
  error_reason %[1]s, sync_started_at TIMESTAMPTZ NOT NULL, sync_finished_at TIMESTAMPTZ NOT NULL`,
		"sync_runs": `run_id %[1]s NOT NULL, connection_id %[1]s NOT NULL, status %[1]s NOT NULL, trigger_type %[1]s NOT NULL, started_at TIMESTAMPTZ NOT NULL,
  finished_at TIMESTAMPTZ, audience_id %[1]s, counts %[1]s, errors %[1]s, owner %[1]s`,
		"connections":   `connection_id %[1]s NOT NULL, account %[1]s NOT NULL, audience_id %[1]s, creating %[1]s`,
		"prepared_with": `id INTEGER NOT NULL, settings %[1]s NOT NULL`,
	}
	return inTx(ctx, s, func() error {
		// CREATE TABLE IF NOT EXISTS fails when two first runs make a table at once.
		if d.MakeAlone != "" {
			if _, err := s.Exec(ctx, d.MakeAlone); err != nil {
				return err
			}
		}
		for _, name := range []string{"sync_log", "sync_runs", "connections", "prepared_with"} {
			if _, err := s.Exec(ctx, "CREATE TABLE IF NOT EXISTS "+s.Schema()+"."+Quote(name)+" ("+fmt.Sprintf(tables[name], d.Text)+")"); err != nil {
				return err
			}
		}
		return nil
	})
}

// ensureDry looks whether held exists; a plan before the first run makes do with an
// empty temporary one.
func (st *State) ensureDry(ctx context.Context) error {
	name := st.table("held_" + st.slug)
	st.dryHeld = name
	if err := st.exec(ctx, "SELECT 1 FROM "+name+" LIMIT 0"); err == nil {
		return nil
	}
	if err := st.lost(ctx); err != nil {
		return err
	}
	st.dryHeld = "eddy_held"
	return st.exec(ctx, "CREATE TEMP TABLE eddy_held ("+st.heldColumns()+")")
}

// PreparedWith gives the number under which held keeps the settings that values are
// prepared with, so that an old version's identities can be made again later. The
// fields that are mapped are part of it: another mapping is another preparation.
func (st *State) PreparedWith(ctx context.Context, settings string, mapped ...string) (int64, error) {
	if len(mapped) > 0 {
		settings += mappedMark + strings.Join(mapped, ",")
	}
	all, err := st.preparedWith(ctx)
	if err != nil {
		return 0, err
	}
	next := int64(1)
	for id, s := range all {
		if s == settings {
			return id, nil
		}
		next = max(next, id+1)
	}
	if st.Dry {
		return next, nil
	}
	// The lock is per connection; two connections may add the same settings twice, harmlessly.
	return next, st.exec(ctx, "INSERT INTO "+st.table("prepared_with")+" (id, settings) VALUES ($1, $2)", next, settings)
}

// mappedMark parts settings from the fields that were mapped.
const mappedMark = "|"

// Prepared lists the settings that values of held were prepared with, by their number.
func (st *State) Prepared(ctx context.Context) (map[int64]string, error) {
	out, err := st.preparedWith(ctx)
	for id, s := range out {
		out[id], _, _ = strings.Cut(s, mappedMark)
	}
	return out, err
}

func (st *State) preparedWith(ctx context.Context) (map[int64]string, error) {
	out := map[int64]string{}
	err := st.s.Query(ctx, "SELECT CAST(id AS "+st.d.Text+"), settings FROM "+st.table("prepared_with"), func(row [][]byte) error {
		out[number(row[0])] = string(row[1])
		return nil
	})
	if err != nil && st.Dry {
		return out, nil
	}
	return out, err
}
