package xaudience

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/destination"
	"github.com/eddy-retl/eddy/xads"
)

// job settles one batch: it finds an outcome for each of its users.
type job struct {
	d *delivery
	b *batch
	// outcomes has one for each user, by place; its zero Result is a user not settled
	// yet. It is nil as long as nothing went wrong.
	outcomes []eddy.Outcome
	// scratch is the memory of bodies that carry a part of the users.
	scratch         []byte
	requests, bytes int64
	// doubt is set when an attempt may have been applied though no answer said so.
	doubt bool
	// over is why no more of the batch is sent.
	over string

	bisect
}

func newJob(d *delivery, b *batch) *job {
	return &job{d: d, b: b, bisect: bisect{patience: refusals}}
}

// run settles and reports the batch. A batch that was never sent because the delivery
// stopped is not reported.
func (j *job) run() {
	j.resolve(j.b.all, false)
	if j.requests == 0 {
		return
	}
	j.d.tell(destination.Report{
		From: j.b.from, To: j.b.to, Items: len(j.b.users) + len(j.b.outcomes),
		Outcomes: j.undelivered(), Requests: j.requests, Bytes: j.bytes,
	})
}

// undelivered lists the outcomes of users that were not delivered, in the order of Seq.
// Users that fit no request come first: nothing was packed before they were refused.
func (j *job) undelivered() []eddy.Outcome {
	list := j.b.outcomes
	for i, o := range j.outcomes {
		switch o.Result {
		case eddy.Delivered:
		case 0:
			list = append(list, eddy.Outcome{Seq: j.b.users[i].seq, Result: j.failed(), Reason: j.over})
		default:
			list = append(list, o)
		}
	}
	return list
}

// failed is the result of a user that was not delivered for no fault of its own.
func (j *job) failed() eddy.Result {
	if j.doubt {
		return eddy.Doubt
	}
	return eddy.Failed
}

// answer is what one request came to.
type answer struct {
	kind answerKind
	// reason says why, for a person, without any values.
	reason string
	// named are the reasons of the operations that X found fault with, by their place in
	// the body.
	named map[int]string
	err   error
}

type answerKind uint8

const (
	accepted  answerKind = iota + 1
	refused              // nothing was applied: some user, or all, are wrong
	tooBig               // nothing was applied: fewer users may pass
	unsettled            // tried to the end, and not known to be applied
	fatal                // concerns every request
	stopped              // not sent
)

// send sends the users of set as one request until an answer settles it. X asks that a
// request whose counts do not add up be sent again as it is; Update and Delete may be
// repeated without harm.
func (j *job) send(set []int32) answer {
	body := j.b.body
	if len(set) < len(j.b.users) {
		j.scratch = j.b.part(j.scratch, set)
		body = j.scratch
	}
	var a answer
	for try := 0; ; try++ {
		if j.d.live.Err() != nil {
			return answer{kind: stopped, reason: "not sent: the run was stopped"}
		}
		a = j.attempt(body, len(set))
		if a.kind != unsettled || a.err != nil || try == len(j.d.pauses) {
			return a
		}
		pause(j.d.live, j.d.pauses[try])
	}
}

// attempt sends a body once. What the client could not settle by its own retries comes
// with an error; counts that do not add up come without.
func (j *job) attempt(body []byte, users int) answer {
	reply, err := j.d.client.Users(j.d.sending, j.d.account, j.d.audience, body)
	sent := attempts(err)
	j.requests += sent
	j.bytes += sent * int64(len(body))
	switch {
	case err != nil:
		return j.judge(err)
	case reply.Success == users && reply.Total == users:
		return answer{kind: accepted}
	default:
		j.doubt = true
		return answer{kind: unsettled, reason: fmt.Sprintf("X counted %d of %d users as processed and %d as received",
			reply.Success, users, reply.Total)}
	}
}

// attempts is how many requests a call came to, as far as its error tells.
func attempts(err error) int64 {
	if e, ok := errors.AsType[*xads.Error](err); ok {
		return int64(e.Attempts)
	}
	return 1
}

// judge sorts an error of the client. One that is not the API's may have come at any
// time, so that the request may have been applied.
func (j *job) judge(err error) answer {
	e, ok := errors.AsType[*xads.Error](err)
	if !ok {
		j.doubt = true
		return answer{kind: unsettled, reason: "no answer from X", err: err}
	}
	j.doubt = j.doubt || e.MaybeApplied()
	a := answer{kind: unsettled, reason: reasonOf(e), err: err}
	switch {
	case e.Unauthorized(), e.Forbidden(), e.NotFound():
		a.kind = fatal
	case e.Retryable(), e.Status < 400, e.Status >= 500:
	case e.Status == 413, hasCode(e, "REQUEST_TOO_COMPLEX"):
		a.kind = tooBig
	case e.Status == 400, e.Status == 422:
		a.kind, a.named = refused, named(e)
	default:
		a.kind = fatal
	}
	return a
}

// pause waits, but not longer than ctx lives.
func pause(ctx context.Context, wait time.Duration) {
	if wait <= 0 {
		return
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
