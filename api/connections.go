package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/connectors"
	"github.com/eddy-retl/eddy/schedule"
	"github.com/eddy-retl/eddy/store"
)

// shownRuns is how many runs of a schedule are told ahead.
const shownRuns = 5

// Verdict is what a check of a connection or schedule finds that keeps nobody from storing it.
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
		c := f.Connections[in.Name]
		v := s.verdict(c.Schedule)
		if k, ok := connectors.Warehouse(f.Sources[c.Source].Type); ok {
			if w := schedule.Awake(c.Schedule, k.Awake); w != "" {
				v.Warnings = append(v.Warnings, w)
			}
		}
		return reply(v), nil
	})
	add(s, endpoint("preview-schedule", http.MethodPost, "/api/v1/schedules/preview", "Tell the next times of a schedule, and what may surprise"), s.previewSchedule)
	op = endpoint("ask-size", http.MethodPost, one+"/sizes", "Ask for the size and the state of a connection's audience now")
	op.Description = "The answer is noted among the sizes. What was asked a moment ago is told again."
	add(s, op, s.askSize)
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

// Schedule says when a connection runs, as the configuration file has it.
type Schedule struct {
	Type eddy.ScheduleType `json:"type" enum:"manual,basic,cron"`
	// Every is the interval of a basic schedule.
	Every      string `json:"every,omitempty" example:"6h"`
	StartAt    string `json:"start_at,omitempty" example:"02:00"`
	Expression string `json:"expression,omitempty" example:"0 */6 * * *"`
	Timezone   string `json:"timezone,omitempty" example:"Europe/Berlin"`
}

func (s *server) previewSchedule(_ context.Context, in *answer[Schedule]) (*answer[Verdict], error) {
	b := in.Body
	e := eddy.Schedule{Type: b.Type, StartAt: b.StartAt, Expression: b.Expression, Timezone: b.Timezone}
	var err error
	if b.Every != "" {
		e.Every, err = schedule.ParseInterval(b.Every)
	}
	if err == nil {
		err = schedule.Check(e)
	}
	if wrong, ok := errors.AsType[*schedule.Error](err); ok {
		p := bad("/"+wrong.Field, "%s", wrong.Reason)
		p.Errors[0].Mend = wrong.Mend
		return nil, p
	}
	return reply(s.verdict(e)), err
}

func (s *server) verdict(e eddy.Schedule) Verdict {
	v := Verdict{NextRuns: []time.Time{}, Warnings: []string{}}
	plan, err := schedule.New(e)
	if err != nil {
		return v
	}
	v.NextRuns = append(v.NextRuns, plan.Next(s.Now(), shownRuns)...)
	v.Warnings = append(v.Warnings, schedule.Warnings(e)...)
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
			return nil, badCursor()
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

func (s *server) askSize(ctx context.Context, in *ByName) (*answer[Size], error) {
	if _, err := s.having(ctx, store.Connection, in.Name); err != nil {
		return nil, err
	}
	if s.AskSize == nil {
		return nil, missing("this server asks for no sizes")
	}
	var z store.Size
	err := s.inTurn(ctx, probeTimeout, func(ctx context.Context) (err error) {
		z, err = s.AskSize(ctx, in.Name)
		return err
	})
	if err != nil {
		return nil, err
	}
	return reply(Size{z.At, z.AudienceID, z.Size, z.Targetable, z.Reasons}), nil
}
