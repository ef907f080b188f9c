package pgwire

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// cancelDeadline is how long a server has to end a statement that was cancelled, before its
// connection is given up.
const cancelDeadline = 5 * time.Second

// cancelSettles is how long a cancel that the server took may need to reach the session that
// it is meant for: what is asked there before that would be cancelled in its place.
const cancelSettles = 100 * time.Millisecond

// cancelAgain is the pause before a cancel is sent once more: one that comes before its statement
// has begun does nothing.
const cancelAgain = 400 * time.Millisecond

// canceller cancels a statement on the server when its context ends; the session lives on: it
// has the run's end to put on record and the lock to release. A cancel that was begun is heard
// to its end, also when the statement ends by itself meanwhile, where the library's own handler
// hangs up: pgbouncer 1.18 ends with all its sessions when who cancels hangs up while the
// request is on its way (disconnect_client: bad client state).
type canceller struct {
	conn *pgconn.PgConn
	// ended is closed when the statement has ended, and over when no cancel is on its way.
	ended, over chan struct{}
}

// HandleCancel sends cancels beside the statement until it ends.
func (c *canceller) HandleCancel(ctx context.Context) {
	deadline := time.Now().Add(cancelDeadline)
	// Where this fails the connection is gone, and what waits for it is told so.
	_ = c.conn.Conn().SetDeadline(deadline)
	ended, over := make(chan struct{}), make(chan struct{})
	c.ended, c.over = ended, over
	go func() {
		defer close(over)
		ctx, stop := context.WithDeadline(context.WithoutCancel(ctx), deadline)
		defer stop()
		for {
			// A cancel that does not arrive leaves the statement to the next one, or the deadline.
			_ = c.conn.CancelRequest(ctx)
			select {
			case <-time.After(cancelSettles):
			case <-ctx.Done():
			}
			select {
			case <-ended:
				return
			case <-ctx.Done():
				return
			case <-time.After(cancelAgain):
			}
		}
	}()
}

// HandleUnwatchAfterCancel waits for the cancel to be over: the next statement is safe from it.
func (c *canceller) HandleUnwatchAfterCancel() {
	close(c.ended)
	<-c.over
	_ = c.conn.Conn().SetDeadline(time.Time{})
}
