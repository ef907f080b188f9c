package jobs

import (
	"context"
	"encoding/json"
	"errors"
	gosync "sync"
	"time"

	"github.com/eddy-retl/eddy/store"
	"github.com/eddy-retl/eddy/sync"
)

// hear takes a run's progress for the next beat.
func (a *attempt) hear(ctx context.Context, p sync.Progress) {
	a.clock.enter(p.Step)
	a.mu.Lock()
	a.news = &p
	a.mu.Unlock()
	if p.Note != "" {
		a.logger.InfoContext(ctx, p.Note)
	}
	if hook := a.m.cfg.Hooks.Progress; hook != nil {
		hook(ctx, a.run, p)
	}
}

// progress is what the store keeps of a run at work.
type progress struct {
	Step     string             `json:"step"`
	Rows     int64              `json:"rows"`
	Compared int64              `json:"compared"`
	Done     int64              `json:"done"`
	Total    int64              `json:"total"`
	Sent     int64              `json:"sent"`
	ToSend   int64              `json:"to_send"`
	Requests int64              `json:"requests"`
	Bytes    int64              `json:"bytes"`
	Phases   map[string]float64 `json:"phases"`
	// Note is what a person should know, until the run tells how far it is.
	Note string `json:"note,omitempty"`
	// Audience is that of several that the run is at.
	Audience string `json:"audience,omitempty"`
}

// told is the progress since the last beat as the store keeps it; nil is no news.
func (a *attempt) told() json.RawMessage {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.news == nil {
		return nil
	}
	p := *a.news
	a.news = nil
	text, err := json.Marshal(progress{
		Step: p.Step, Rows: p.Rows, Compared: p.Compared, Done: p.Done, Total: p.Total, Sent: p.Sent, ToSend: p.ToSend,
		Requests: p.Requests, Bytes: p.Bytes, Phases: a.clock.seconds(), Note: p.Note, Audience: p.Audience,
	})
	if err != nil {
		return nil
	}
	return text
}

// nudge makes the attempt beat now.
func (a *attempt) nudge() {
	select {
	case a.wake <- struct{}{}:
	default:
	}
}

// beat tells that the worker lives until the context ends: often while there is news, else now
// and then. It cancels the run when somebody asks for that, and when it was taken back.
func (a *attempt) beat(ctx context.Context) {
	t := a.m.timing
	look := time.NewTicker(t.Progress)
	defer look.Stop()
	last, tried := time.Now(), time.Now() // of the last beat that was taken, and that was tried
	for {
		var due bool
		select {
		case <-ctx.Done():
			return
		case <-a.wake:
			due = true
		case <-look.C:
			due = time.Since(tried) >= t.Beat
		}
		news := a.told()
		if news == nil && !due {
			continue
		}
		tried = time.Now()
		call, done := context.WithTimeout(ctx, t.Lease/2)
		cancelled, err := a.m.store.Beat(call, a.run.RunID, a.owner, news)
		done()
		switch {
		case err == nil:
			last = tried
			if cancelled {
				a.cancel(errCancelled)
			}
		case errors.Is(err, store.ErrConflict), errors.Is(err, store.ErrNotFound), time.Since(last) > t.Lease:
			a.cancel(errLost)
			return
		}
	}
}

// phases adds up how long a run is in each step.
type phases struct {
	mu    gosync.Mutex
	step  string
	since time.Time
	spent map[string]time.Duration
}

// enter says that a step begins or goes on.
func (p *phases) enter(step string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if step == p.step {
		return
	}
	p.settle()
	p.step = step
}

// settle adds the time since the last change to the step at hand.
func (p *phases) settle() {
	now := time.Now()
	if p.spent == nil {
		p.spent = map[string]time.Duration{}
	}
	if p.step != "" {
		p.spent[p.step] += now.Sub(p.since)
	}
	p.since = now
}

// seconds are those of each step until now.
func (p *phases) seconds() map[string]float64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.settle()
	out := map[string]float64{}
	for step, d := range p.spent {
		out[step] = d.Round(time.Millisecond).Seconds()
	}
	return out
}
