package xaudience

import (
	"sync/atomic"

	"github.com/eddy-retl/eddy/destination"
	"github.com/eddy-retl/eddy/xads"
)

// observer passes on what the client tells of its requests, once somebody listens.
type observer struct {
	tell atomic.Pointer[func(destination.Request)]
}

func (o *observer) take(a xads.Attempt) {
	tell := o.tell.Load()
	if tell == nil {
		return
	}
	(*tell)(destination.Request{
		Method: a.Method, Endpoint: a.Endpoint, Status: a.Status, Duration: a.Duration, Wait: a.Wait,
		Bytes: a.SentBytes, Limit: a.Limit, Remaining: a.Remaining,
	})
}

// Observe names the one who is told of every request to X from now on.
func (d *Destination) Observe(tell func(destination.Request)) { d.observer.tell.Store(&tell) }
