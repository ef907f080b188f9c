package api

import (
	"context"
	"net/http"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/store"
)

// Days sum up runs by day.
type Days struct {
	// Days are all from since until today, also those without a run, oldest first.
	Days []Day `json:"days" nullable:"false"`
}

// Day sums up the runs that were asked for on one day in UTC.
type Day struct {
	Day string `json:"day" format:"date"`
	// Runs are all of them; Succeeded and so on are those that ended so.
	Runs                int64 `json:"runs"`
	Succeeded           int64 `json:"succeeded"`
	CompletedWithErrors int64 `json:"completed_with_errors"`
	NeedsApproval       int64 `json:"needs_approval"`
	FailedRuns          int64 `json:"failed_runs"`
	Cancelled           int64 `json:"cancelled"`
	Skipped             int64 `json:"skipped"`
	// Rows are those that the runs read; the others count records and requests.
	Rows      int64 `json:"rows"`
	Invalid   int64 `json:"invalid"`
	Inserted  int64 `json:"inserted"`
	Updated   int64 `json:"updated"`
	Removed   int64 `json:"removed"`
	Renewed   int64 `json:"renewed"`
	Delivered int64 `json:"delivered"`
	Rejected  int64 `json:"rejected"`
	Failed    int64 `json:"failed"`
	Requests  int64 `json:"requests"`
	Bytes     int64 `json:"bytes"`
}

const (
	usualDays = 30
	mostDays  = 400
)

// since bounds how far back sums go.
type since struct {
	Since time.Time `query:"since" doc:"The first day; 30 days ago unless it is given, and at most 400"`
}

func (s *server) dayRoutes() {
	add(s, endpoint("list-days", http.MethodGet, "/api/v1/days", "Sum up the runs of all connections by day"), func(ctx context.Context, in *since) (*answer[Days], error) {
		return s.days(ctx, "", in.Since)
	})
	add(s, endpoint("list-connection-days", http.MethodGet, "/api/v1/connections/{name}/days", "Sum up the runs of a connection by day"), func(ctx context.Context, in *struct {
		ByName
		since
	},
	) (*answer[Days], error) {
		if _, err := s.Store.Object(ctx, store.Connection, in.Name); err != nil {
			return nil, err
		}
		return s.days(ctx, in.Name, in.Since)
	})
}

func (s *server) days(ctx context.Context, connection string, first time.Time) (*answer[Days], error) {
	const day = 24 * time.Hour
	today := s.Now().UTC().Truncate(day)
	if first.IsZero() {
		first = today.Add(-(usualDays - 1) * day)
	}
	if first = first.UTC().Truncate(day); first.Before(today.Add(-mostDays * day)) {
		return nil, bad("", "since is more than %s ago", eddy.Plural(mostDays, "day"))
	}
	sums, err := s.Store.Days(ctx, connection, first)
	if err != nil {
		return nil, err
	}
	out := Days{Days: []Day{}}
	for at := first; !at.After(today); at = at.Add(day) {
		d := store.Day{Day: at}
		if len(sums) > 0 && sums[0].Day.Equal(at) {
			d, sums = sums[0], sums[1:]
		}
		out.Days = append(out.Days, dayOf(d))
	}
	return reply(out), nil
}

func dayOf(d store.Day) Day {
	c := d.Counts
	ended := func(s eddy.Status) int64 { return d.Runs[store.RunState(s)] }
	out := Day{
		Day: d.Day.Format(time.DateOnly), Succeeded: ended(eddy.Succeeded), CompletedWithErrors: ended(eddy.CompletedWithErrors),
		NeedsApproval: ended(eddy.NeedsApproval), FailedRuns: ended(eddy.StatusFailed), Cancelled: ended(eddy.Cancelled), Skipped: d.Runs[store.Skipped],
		Rows: c.Rows, Invalid: c.Invalid, Inserted: c.Insert, Updated: c.Update, Removed: c.Delete, Renewed: c.Renew,
		Delivered: c.Delivered, Rejected: c.Rejected, Failed: c.Failed, Requests: c.Requests, Bytes: c.Bytes,
	}
	for _, n := range d.Runs {
		out.Runs += n
	}
	return out
}
