package sync_test

import (
	"context"
	"testing"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/sync"
)

// An approved move to another audience that comes to nothing forgets nobody of the first
// one, to which the connection then goes back (promise 1).
func TestMoveThatCameToNothingForgetsNobody(t *testing.T) {
	stopAt := func(step string) func(*sync.Job, context.CancelFunc) {
		return atStep(step, func(stop context.CancelFunc) { stop() })
	}
	for name, change := range map[string]func(*world) func(*sync.Job, context.CancelFunc){
		"no such audience": func(w *world) func(*sync.Job, context.CancelFunc) {
			w.conn.Audience.ID = "nosuch"
			return func(*sync.Job, context.CancelFunc) {}
		},
		"another account": func(*world) func(*sync.Job, context.CancelFunc) {
			return func(j *sync.Job, stop context.CancelFunc) { j.Account = "18ce54d4x5u"; stopAt("stage")(j, stop) }
		},
		"stopped while it reads":    func(*world) func(*sync.Job, context.CancelFunc) { return stopAt("stage") },
		"stopped while it compares": func(*world) func(*sync.Job, context.CancelFunc) { return stopAt("compare") },
		"the model cannot be read": func(w *world) func(*sync.Job, context.CancelFunc) {
			w.conn.Model = eddy.Model{SQL: "SELECT id, CAST(email AS integer) AS email, phone FROM customers"}
			return func(*sync.Job, context.CancelFunc) {}
		},
	} {
		t.Run(name, func(t *testing.T) {
			worlds(t, func(t *testing.T, w *world) {
				w.exec("INSERT INTO customers VALUES (1, 'a@x.com', NULL, NULL), (2, 'b@x.com', NULL, NULL), (3, 'c@x.com', NULL, NULL)")
				w.sync()
				other, err := w.sandbox.NewAudience("18ce54d4x5t", "Other")
				if err != nil {
					t.Fatal(err)
				}
				before := w.conn
				w.conn.Audience.ID = other
				alter := change(w)
				job := w.job()
				job.Approve = true
				ctx, stop := context.WithCancel(t.Context())
				alter(&job, stop)
				if run, err := sync.Run(ctx, job); err == nil {
					t.Fatalf("the move succeeded: %+v", run)
				}
				stop()
				_ = job.Source.Close()
				w.conn = before
				w.exec("DELETE FROM customers WHERE id = 1")
				w.sync()
				w.want("email=b@x.com", "email=c@x.com")
			})
		})
	}
}
