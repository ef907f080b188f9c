package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/eddy-retl/eddy"
)

// Day sums up the runs that were asked for on one day.
type Day struct {
	// Day is its midnight in UTC.
	Day time.Time
	// Runs counts runs by state.
	Runs map[RunState]int64
	// Counts are the sums over these runs; changes are those of runs that sent something.
	Counts eddy.Counts
}

// summed are the counts of a run, by their names in JSON, and where a day has their sums.
func summed(c *eddy.Counts) ([]string, []*int64) {
	return []string{"rows", "invalid", "held_out", "suppressed", "insert", "update", "delete", "renew", "reassert", "unchanged", "delivered", "rejected", "failed", "requests", "bytes"},
		[]*int64{&c.Rows, &c.Invalid, &c.HeldOut, &c.Suppressed, &c.Insert, &c.Update, &c.Delete, &c.Renew, &c.Reassert, &c.Unchanged, &c.Delivered, &c.Rejected, &c.Failed, &c.Requests, &c.Bytes}
}

// changing says that a count is of changes: those of a run that sent nothing were only what it
// would have done.
func changing(name string) bool {
	return slices.Contains([]string{"insert", "update", "delete", "renew", "reassert"}, name)
}

// Days sums up the runs that were asked for since a time, by day, oldest first; an empty
// connection means all. Days without a run are left out.
func (s *Store) Days(ctx context.Context, connection string, since time.Time) ([]Day, error) {
	c := s.conn()
	number := "COALESCE(json_extract(counts, '$.%s'), 0)"
	if c.postgres {
		number = "COALESCE((counts::json->>'%s')::bigint, 0)"
	}
	names, _ := summed(&eddy.Counts{})
	const day = int64(24 * time.Hour / time.Microsecond)
	columns := []string{fmt.Sprintf("requested_at / %d AS day", day), "state", "count(*)"}
	for _, name := range names {
		n := fmt.Sprintf(number, name)
		if changing(name) {
			n = "CASE WHEN " + fmt.Sprintf(number, "requests") + " > 0 THEN " + n + " ELSE 0 END"
		}
		columns = append(columns, "CAST(sum("+n+") AS BIGINT)")
	}
	where, args := "requested_at >= ?", []any{micro(since)}
	if connection != "" {
		where, args = where+" AND connection = ?", append(args, connection)
	}
	out := []Day{}
	_, err := all(ctx, c, func(row scanner) (none struct{}, err error) {
		var at, runs int64
		var state RunState
		var counts eddy.Counts
		_, into := summed(&counts)
		places := []any{&at, &state, &runs}
		for _, p := range into {
			places = append(places, p)
		}
		if err := row.Scan(places...); err != nil {
			return none, err
		}
		midnight := moment(at * day)
		if len(out) == 0 || !out[len(out)-1].Day.Equal(midnight) {
			out = append(out, Day{Day: midnight, Runs: map[RunState]int64{}})
		}
		d := &out[len(out)-1]
		d.Runs[state] += runs
		_, sums := summed(&d.Counts)
		for i, p := range into {
			*sums[i] += *p
		}
		return none, nil
	}, "SELECT "+strings.Join(columns, ", ")+" FROM eddy_runs WHERE "+where+" GROUP BY 1, 2 ORDER BY 1", args...)
	if err != nil {
		return nil, fmt.Errorf("sum up runs by day: %w", err)
	}
	return out, nil
}
