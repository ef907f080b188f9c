package destination

import "time"

// Observed is the optional ability to tell of every request that was sent, for metrics.
type Observed interface {
	// Observe names the one who is told from now on. It may be called by several
	// goroutines at once.
	Observe(tell func(Request))
}

// Request is one request that was sent. It holds no data of records and no secrets.
type Request struct {
	// Method and Endpoint say what was asked; ids in the endpoint are replaced by names.
	Method, Endpoint string
	// Status is the answer's, 0 if none came.
	Status int
	// Duration is the time to the end of the answer, Wait the time before it was sent.
	Duration, Wait time.Duration
	// Bytes are those of the body that was sent.
	Bytes int
	// Limit and Remaining are the requests of the rate limit's window, as the answer
	// told them; a Limit of 0 was not told.
	Limit, Remaining int
}
