package api

import (
	"context"
	"net/http"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/catalog"
	"github.com/eddy-retl/eddy/schedule"
	"github.com/eddy-retl/eddy/store"
)

// shownRuns is how many runs of a schedule are told ahead.
const shownRuns = 5

// Verdict is what a check of a connection finds that keeps nobody from storing it.
type Verdict struct {
	// NextRuns are the next times of its schedule.
	NextRuns []time.Time `json:"next_runs" nullable:"false"`
	// Warnings are what a person should know.
	Warnings []string `json:"warnings" nullable:"false"`
}

// Size is how large an audience was at a time.
type Size struct {
	At         time.Time `json:"at"`
	AudienceID string    `json:"audience_id"`
	// Size is null while X does not tell it.
	Size       *int64   `json:"size" nullable:"true"`
	Targetable bool     `json:"targetable"`
	Reasons    []string `json:"reasons,omitempty" doc:"Why it is not targetable"`
}

func (s *server) connectionRoutes() {
	const one = "/api/v1/connections/{name}"
	for verb, paused := range map[string]bool{"pause": true, "resume": false} {
		op := endpoint(verb+"-connection", http.MethodPost, one+"/"+verb, "Stop the schedule of a connection")
		if !paused {
			op.Summary = "Start the schedule of a connection again"
		}
		add(s, op, func(ctx context.Context, in *ByName) (*objectAnswer, error) {
			if err := s.Store.SetPaused(ctx, in.Name, paused, who(ctx).actor); err != nil {
				return nil, err
			}
			o, err := s.Store.Object(ctx, store.Connection, in.Name)
			if err != nil {
				return nil, err
			}
			return s.showObject(ctx, o)
		})
	}
	op := endpoint("check-connection", http.MethodPost, one+"/check", "Check what a connection would be made of; stores nothing")
	add(s, op, func(ctx context.Context, in *struct {
		ByName

		Body Replacement
	},
	) (*answer[Verdict], error) {
		f, err := s.object(ctx, store.Connection, in.Name, in.Body.Spec)
		if err != nil {
			return nil, err
		}
		return reply(s.verdict(f.Connections[in.Name])), nil
	})
	add(s, endpoint("list-sizes", http.MethodGet, one+"/sizes", "List the sizes of a connection's audience, newest first"), s.listSizes)
}

func (s *server) nextRuns(ctx context.Context, name string) []time.Time {
	set, err := s.setup(ctx)
	if err != nil {
		return nil // the list of connections is how one gets to mend it
	}
	plan, err := schedule.New(set.Connections[name].Schedule)
	if err != nil {
		return nil
	}
	return plan.Next(s.Now(), shownRuns)
}

// X needs 6 to 8 hours to match people, and its agreement gives 24 hours for opt-outs.
const (
	matchingWindow = 6 * time.Hour
	optOutWindow   = 24 * time.Hour
)

func (s *server) verdict(c eddy.Connection) Verdict {
	v := Verdict{NextRuns: []time.Time{}, Warnings: []string{}}
	plan, err := schedule.New(c.Schedule)
	if err != nil {
		return v
	}
	times := plan.Next(s.Now(), 100)
	v.NextRuns = append(v.NextRuns, times[:min(len(times), shownRuns)]...)
	var shortest, longest time.Duration
	for i := 1; i < len(times); i++ {
		gap := times[i].Sub(times[i-1])
		if shortest == 0 || gap < shortest {
			shortest = gap
		}
		longest = max(longest, gap)
	}
	if shortest > 0 && shortest < matchingWindow {
		v.Warnings = append(v.Warnings, "It runs every "+catalog.Interval(shortest)+". X takes 6 to 8 hours to match people, so the audience changes no faster than that.")
	}
	if longest > optOutWindow {
		v.Warnings = append(v.Warnings, "Up to "+catalog.Interval(longest)+" pass between two runs. X's agreement wants people who opt out to be gone within 24 hours.")
	}
	return v
}

func (s *server) listSizes(ctx context.Context, in *struct {
	ByName
	Paging

	Since time.Time `query:"since"`
},
) (*list[Size], error) {
	if _, err := s.Store.Object(ctx, store.Connection, in.Name); err != nil {
		return nil, err
	}
	all, err := s.Store.Sizes(ctx, in.Name, in.Since, 0)
	if err != nil {
		return nil, err
	}
	after, err := in.after()
	if err != nil {
		return nil, err
	}
	if after != "" {
		before, err := time.Parse(time.RFC3339Nano, after)
		if err != nil {
			return nil, bad("", "the cursor is not one of this list")
		}
		for len(all) > 0 && !all[0].At.Before(before) {
			all = all[1:]
		}
	}
	out := make([]Size, 0, len(all))
	for _, z := range all {
		out = append(out, Size{z.At, z.AudienceID, z.Size, z.Targetable, z.Reasons})
	}
	return reply(page(out, in.Limit, func(z Size) string { return z.At.Format(time.RFC3339Nano) })), nil
}
