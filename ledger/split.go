package ledger

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

// Part is a part of a connection that keeps several audiences, as it is on record.
type Part struct {
	// Connection is the part's own name, and Value the value of its rows.
	Connection, Value string
	// LastRun is its newest run.
	LastRun string
}

// Parts lists the parts of a connection that are on record, by value; none where nothing ran yet.
func Parts(ctx context.Context, e warehouse.Engine, connection string) (out []Part, err error) {
	if e.Schema() == "" || !exists(ctx, e, e.Schema()+".runs") {
		return nil, nil
	}
	sql := fmt.Sprintf("SELECT connection_id, max(run_id) FROM %s.runs GROUP BY connection_id", e.Schema())
	err = e.Query(ctx, sql, func(row [][]byte) error {
		of, value, part := eddy.PartOf(string(row[0]))
		if part && of == connection {
			out = append(out, Part{Connection: string(row[0]), Value: value, LastRun: string(row[1])})
		}
		return nil
	})
	slices.SortFunc(out, func(a, b Part) int { return strings.Compare(a.Value, b.Value) })
	return out, err
}

// Logged says which of some connections have lines in the sync log.
func Logged(ctx context.Context, e warehouse.Engine, connections []string) (map[string]bool, error) {
	out := map[string]bool{}
	if len(connections) == 0 {
		return out, nil
	}
	sql := fmt.Sprintf("SELECT DISTINCT connection_id FROM %s.sync_log WHERE connection_id IN (%s)", e.Schema(), quoted(e, connections))
	return out, e.Query(ctx, sql, func(row [][]byte) error {
		out[string(row[0])] = true
		return nil
	})
}

// Other is the ledger of another connection in the same place. It has no lock, and is there as long
// as this one is open.
func (l *Ledger) Other(ctx context.Context, connection string) (*Ledger, error) {
	s := *l.statements
	s.connection, s.lease = connection, nil
	t := &tables{statements: &s, schema: l.schema, slug: warehouse.Slug(connection), dry: true, there: map[string]table{}}
	other := &Ledger{&history{tables: t, writer: l.writer}}
	return other, other.read(ctx)
}

// Leave puts on record that the connection feeds its audience no longer, and that nobody is to be
// asked about whoever is in it: a person said so.
func (l *Ledger) Leave(ctx context.Context) error {
	feed := l.Feed()
	if feed.Left || feed.AudienceID == "" && feed.Creating == "" {
		return nil
	}
	feed.Left = true
	if l.run == "" { // beside any run: it is on record with the newest
		l.run = l.past.Last
	}
	return l.SetFeed(ctx, feed)
}

// Names are the connection's own name and those of its parts: under them the tables that all
// connections share have what is its.
func Names(ctx context.Context, e warehouse.Engine, connection string) ([]string, error) {
	parts, err := Parts(ctx, e, connection)
	out := []string{connection}
	for _, p := range parts {
		out = append(out, p.Connection)
	}
	return out, err
}

// TogetherParts is [Together] of a connection that keeps several audiences: of each part, and of the
// rows that are in none.
func TogetherParts(ctx context.Context, e warehouse.Engine, c eddy.Connection, runs []string, last eddy.Run) (eddy.Counts, error) {
	out, left := eddy.Counts{}, last.Counts
	parts, err := Parts(ctx, e, c.Name)
	if err != nil {
		return last.Counts, err
	}
	for _, p := range last.Parts {
		at := slices.IndexFunc(parts, func(k Part) bool { return eddy.SameName(k.Value) == eddy.SameName(p.Value) })
		if at < 0 {
			continue
		}
		own, err := Runs(ctx, e, parts[at].Connection, 1)
		if err != nil || len(own) == 0 {
			return last.Counts, err
		}
		counts, err := Together(ctx, e, parts[at].Connection, runs, own[0])
		if err != nil {
			return last.Counts, err
		}
		out.Add(counts)
		left.Rows -= p.Counts.Rows
		left.Invalid -= p.Counts.Invalid
	}
	out.Rows += left.Rows
	out.Invalid += left.Invalid
	return out, nil
}

// PartRuns lists the runs of a connection that keeps several audiences, the newest first: of each
// what its parts did, added up.
func PartRuns(ctx context.Context, e warehouse.Engine, c eddy.Connection, limit int) ([]eddy.Run, error) {
	parts, err := Parts(ctx, e, c.Name)
	if err != nil {
		return nil, err
	}
	runs := map[string]*eddy.Run{}
	for _, p := range parts {
		of, err := Runs(ctx, e, p.Connection, limit)
		if err != nil {
			return nil, err
		}
		for i := range of {
			r := runs[of[i].RunID]
			if r == nil {
				r = &eddy.Run{RunID: of[i].RunID, Connection: c.Name, Trigger: of[i].Trigger, StartedAt: of[i].StartedAt, Errors: []eddy.RunError{}, Warnings: []eddy.Warning{}}
				runs[r.RunID] = r
			}
			r.AddPart(eddy.PartRun{Value: p.Value, Audience: c.AudienceOf(p.Value)}, of[i])
		}
	}
	out := make([]eddy.Run, 0, len(runs))
	for _, r := range runs {
		out = append(out, *r)
	}
	slices.SortFunc(out, func(a, b eddy.Run) int { return cmp.Compare(b.RunID, a.RunID) })
	return out[:min(limit, len(out))], nil
}
