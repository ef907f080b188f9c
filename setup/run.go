package setup

import (
	"context"
	"errors"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/sync"
	"github.com/eddy-retl/eddy/warehouse"
)

// Run is a run of a connection; see [sync.Run].
type Run struct {
	Connection string
	// RunID, Trigger and Owner are the job's.
	RunID, Trigger, Owner string
	Wish                  sync.Wish
	// Report is what it came to; without a status it failed before it was a run.
	Report eddy.Run
}

// About is the connection.
func (r *Run) About() About { return About{Connection: r.Connection} }

// Do makes the run, and tells how far it is.
func (r *Run) Do(ctx context.Context, s *Setup) (err error) {
	opening := ctx
	if s.Hear != nil {
		opening = warehouse.WithWaiting(ctx, func(text string) { s.Hear(News{Progress: &sync.Progress{Step: "begin", Note: text}}) })
	}
	job, err := s.Job(opening, s.Connections[r.Connection], false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, job.Source.Close()) }()
	job.RunID, job.Trigger, job.Owner, job.Wish = r.RunID, r.Trigger, r.Owner, r.Wish
	if s.Hear != nil {
		job.Progress = func(p sync.Progress) { s.Hear(News{Progress: &p}) }
	}
	r.Report, err = sync.Run(ctx, job)
	return err
}
