package api

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// turns bounds the plans, previews and tests, and the uploads, that are worked out at once: each may use a
// warehouse's and this machine's whole strength. A person has a few at a time, and the last
// places are for people who have none: whoever asks for a lot does not keep others out.
type turns struct {
	// work is what they are called.
	work string
	// all and each are the most in all and of one person; kept of them are for people who have
	// none. patience is how long one waits for a place.
	all, each, kept int
	patience        time.Duration

	mu sync.Mutex
	// atWork and waiting count those of each person; total all that are at work.
	atWork, waiting map[string]int
	total           int
	// freed is closed when a place is given up.
	freed chan struct{}
}

func newTurns(work string, all, each, kept int, patience time.Duration) *turns {
	return &turns{work: work, all: all, each: each, kept: kept, patience: patience, atWork: map[string]int{}, waiting: map[string]int{}, freed: make(chan struct{})}
}

// mostWaiting is how many requests of one person wait for a place.
const mostWaiting = 8

// begin takes a place for a person, until done is called. It waits a moment for one.
func (t *turns) begin(ctx context.Context, person string) (done func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, t.patience)
	defer cancel()
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.waiting[person] >= mostWaiting {
		return nil, t.tooMany()
	}
	count(t.waiting, person, 1)
	defer count(t.waiting, person, -1)
	for {
		own := t.atWork[person]
		if own < t.each && (t.total < t.all-t.kept || own == 0 && t.total < t.all) {
			break
		}
		freed := t.freed
		t.mu.Unlock()
		select {
		case <-freed:
		case <-ctx.Done():
		}
		t.mu.Lock()
		switch {
		case ctx.Err() == nil:
		case t.atWork[person] >= t.each:
			return nil, t.tooMany()
		default:
			return nil, &Problem{
				Status: http.StatusServiceUnavailable, Code: "busy", Detail: "the server has as many " + t.work + " at work as it can",
				Mend: "Try again in a moment.", header: http.Header{"Retry-After": {"5"}},
			}
		}
	}
	t.total++
	count(t.atWork, person, 1)
	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.total--
		count(t.atWork, person, -1)
		close(t.freed)
		t.freed = make(chan struct{})
	}, nil
}

func (t *turns) tooMany() *Problem {
	return &Problem{
		Status: http.StatusTooManyRequests, Code: "too_many", Detail: "as many " + t.work + " of yours are at work as one person may have",
		Mend: "Wait until one has ended, or give it up.", header: http.Header{"Retry-After": {"5"}},
	}
}

// count adds to a person's number, and forgets people without one.
func count(of map[string]int, person string, n int) {
	if of[person] += n; of[person] == 0 {
		delete(of, person)
	}
}
