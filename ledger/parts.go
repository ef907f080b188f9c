package ledger

import (
	"context"
	"fmt"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

// Together counts what all attempts at a run did: those that died or were stopped, and the
// last, of which the report is given. A record counts once: by what the first of them was to
// do, and by what the last came to. The sync log knows, under the ids given; where it has no
// lines, the last attempt's counts stand as they are.
func Together(ctx context.Context, e warehouse.Engine, connection string, runs []string, last eddy.Run) (eddy.Counts, error) {
	d := e.Dialect()
	newest := d.MomentOf(d.Literal(stamp(last.StartedAt)))
	sql := fmt.Sprintf(`WITH lines AS (
  SELECT primary_key, operation, status, sync_started_at,
    row_number() OVER (PARTITION BY primary_key ORDER BY sync_started_at) AS first,
    row_number() OVER (PARTITION BY primary_key ORDER BY sync_started_at DESC) AS last
  FROM %s.sync_log
  WHERE connection_id = %s AND sync_run_id IN (%s)
    AND operation IN ('insert', 'update', 'delete', 'renew', 'reassert') AND status IN ('delivered', 'rejected', 'failed')
)
SELECT f.operation, l.status, CASE WHEN l.sync_started_at = %s THEN 1 ELSE 0 END, count(*)
FROM lines f
JOIN lines l ON l.primary_key = f.primary_key AND l.last = 1
WHERE f.first = 1
GROUP BY f.operation, l.status, CASE WHEN l.sync_started_at = %[4]s THEN 1 ELSE 0 END`, e.Schema(), d.Literal(connection), quoted(e, runs), newest)
	c := last.Counts
	out := eddy.Counts{Rows: c.Rows, Invalid: c.Invalid, LeftOut: c.LeftOut, Unchanged: c.Unchanged, Requests: c.Requests, Bytes: c.Bytes}
	ofLast := int64(0)
	err := e.Query(ctx, sql, func(row [][]byte) error {
		line := Line{Operation: string(row[0]), Status: string(row[1]), Count: number(row[3])}
		switch {
		case number(row[2]) == 1:
			ofLast += line.Count
		case line.Operation != string(eddy.Delete) && line.Status == "delivered":
			out.Unchanged -= line.Count // to the last attempt it was
		}
		count(&out, line)
		return nil
	})
	if err != nil || ofLast != c.Operations() {
		return c, err
	}
	out.Unchanged = max(0, out.Unchanged)
	err = ends(ctx, e, connection, runs, func(end closedDetail) {
		if !end.Run.StartedAt.Equal(last.StartedAt) {
			out.Requests, out.Bytes = out.Requests+end.Run.Counts.Requests, out.Bytes+end.Run.Counts.Bytes
		}
	})
	return out, err
}
