package ledger

import (
	"context"
	"fmt"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

// Together counts what several runs that were one to whoever asked for it did: one that
// died or was stopped, and those that took it up. last are the counts of the last. A
// record counts once: by what the first of them was to do, and by what the last came to.
// The sync log knows; where it has no lines, last stands as it is.
func Together(ctx context.Context, e warehouse.Engine, connection string, runs []string, last eddy.Counts) (eddy.Counts, error) {
	newest := e.Dialect().Literal(runs[len(runs)-1])
	sql := fmt.Sprintf(`WITH lines AS (
  SELECT primary_key, operation, status, sync_run_id,
    row_number() OVER (PARTITION BY primary_key ORDER BY sync_run_id) AS first,
    row_number() OVER (PARTITION BY primary_key ORDER BY sync_run_id DESC) AS last
  FROM %s.sync_log
  WHERE connection_id = %s AND sync_run_id IN (%s)
    AND operation IN ('insert', 'update', 'delete', 'renew', 'reassert') AND status IN ('delivered', 'rejected', 'failed')
)
SELECT f.operation, l.status, CASE WHEN l.sync_run_id = %s THEN 1 ELSE 0 END, count(*)
FROM lines f
JOIN lines l ON l.primary_key = f.primary_key AND l.last = 1
WHERE f.first = 1
GROUP BY f.operation, l.status, CASE WHEN l.sync_run_id = %[4]s THEN 1 ELSE 0 END`, e.Schema(), e.Dialect().Literal(connection), quoted(e, runs), newest)
	out := eddy.Counts{Rows: last.Rows, Invalid: last.Invalid, Unchanged: last.Unchanged, Requests: last.Requests, Bytes: last.Bytes}
	ofLast := int64(0)
	err := e.Query(ctx, sql, func(row [][]byte) error {
		line := Line{Operation: string(row[0]), Status: string(row[1]), Count: number(row[3])}
		switch {
		case number(row[2]) == 1:
			ofLast += line.Count
		case line.Operation != string(eddy.Delete) && line.Status == "delivered":
			out.Unchanged -= line.Count // to the last run it was
		}
		count(&out, line)
		return nil
	})
	if err != nil || ofLast != last.Operations() {
		return last, err
	}
	out.Unchanged = max(0, out.Unchanged)
	all, err := Runs(ctx, e, connection, 10*len(runs))
	for _, r := range all {
		for _, id := range runs[:len(runs)-1] {
			if r.RunID == id {
				out.Requests, out.Bytes = out.Requests+r.Counts.Requests, out.Bytes+r.Counts.Bytes
			}
		}
	}
	return out, err
}
