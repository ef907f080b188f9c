package sync

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/destination"
	"github.com/eddy-retl/eddy/warehouse"
	"github.com/eddy-retl/eddy/where"
)

// CheckModel tests that a connection's model can be read and has the columns that are
// mapped. It describes them: "email <- mail (text)".
func CheckModel(ctx context.Context, c eddy.Connection, src warehouse.Source, d destination.Destination) ([]string, error) {
	f := newFlow(Job{Connection: c, Source: src, Destination: d})
	var err error
	if f.prepare.now, err = d.Preparer(""); err != nil {
		return nil, err
	}
	m, err := f.resolve(ctx)
	if err != nil {
		return nil, err
	}
	if r, ok := src.(warehouse.ReadChecker); ok {
		if err := r.CheckRead(ctx, m.Model, m.Selected()); err != nil {
			return nil, fmt.Errorf("read the model: %w", err)
		}
	}
	out := []string{fmt.Sprintf("identifier %s (%s)", m.Identifier.Name, m.Identifier.Type)}
	for _, s := range m.Mapped {
		if s.Column == nil {
			out = append(out, s.As+" <- a constant")
			continue
		}
		out = append(out, fmt.Sprintf("%s <- %s (%s)", s.As, s.Column.Name, s.Column.Type))
	}
	return out, nil
}

// Preflight tests what a run of a job would refuse before it reads the whole model. The job
// is a look's: nothing is sent or made, and no lock is taken.
func Preflight(ctx context.Context, job Job) []destination.CheckStep {
	if job.split() {
		return preflightSplit(ctx, job)
	}
	columns, err := CheckModel(ctx, job.Connection, job.Source, job.Destination)
	model := destination.CheckStep{Name: "model", Detail: strings.Join(columns, ", "), Err: err}
	feeds, err := feeds(ctx, job)
	steps := []destination.CheckStep{model, {Name: "audience", Detail: feeds, Err: err}}
	if clock, known := clockOf(job.Destination); known {
		steps = append(steps, clock)
	}
	if model.Err != nil || err != nil {
		return steps
	}
	return append(steps, values(ctx, job)...)
}

// A test is quick whatever the size of the model: it looks at so many rows, those that the
// source happens to give first, and gives up where even that takes long.
const (
	checkRows    = 100_000
	checkPatient = 20 * time.Second
)

// values tells of values that many of the model's first rows share; nothing where none are.
func values(ctx context.Context, job Job) []destination.CheckStep {
	looking, cancel := context.WithTimeout(ctx, checkPatient)
	defer cancel()
	step := destination.CheckStep{Name: "values"}
	warnings, err := warningsOf(looking, job)
	switch {
	case ctx.Err() == nil && looking.Err() != nil:
		step.Detail = fmt.Sprintf("not looked at, because to read the first rows took longer than %s; a plan reads all", checkPatient)
	case err != nil:
		step.Err = err
	case len(warnings) == 0:
		return nil
	default:
		var what, mend []string
		for _, w := range warnings {
			what, mend = append(what, w.Reason), append(mend, w.Mend)
		}
		step.Detail, step.Warning = strings.Join(what, "; ")+"\n"+strings.Join(mend, " "), true
	}
	return []destination.CheckStep{step}
}

// warningsOf are what a run would say of the values of a model's first rows. What it would
// refuse is an error: whatever stands in too many of some rows stands in too many of all.
func warningsOf(ctx context.Context, job Job) (_ []eddy.Warning, err error) {
	model, _, err := where.Describe(ctx, job.Source, job.Connection.Model)
	if err != nil {
		return nil, err
	}
	job.Connection.Model = warehouse.First(job.Source, model, checkRows)
	f := newFlow(job)
	if err := f.open(ctx, true); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.l.Close()) }()
	if err := f.begin(ctx); err != nil {
		return nil, err
	}
	staged, err := f.stage(ctx)
	if err != nil {
		return nil, err
	}
	of := ""
	if staged.Rows == checkRows {
		of = "the first "
	}
	err = counting{f}.refuse(ctx, of)
	return f.run.Warnings, err
}

// clockOf compares the clocks, once the destination has answered.
func clockOf(d destination.Destination) (step destination.CheckStep, known bool) {
	if c, ok := d.(destination.Clocked); ok {
		return c.Clock()
	}
	return step, false
}

// feeds says which audience a run would feed.
func feeds(ctx context.Context, job Job) (_ string, err error) {
	f := newFlow(job)
	if err := f.openLedger(ctx, true); err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, f.l.Close()) }()
	if err := f.begin(ctx); err != nil {
		return "", err
	}
	a, err := f.findAudience(ctx)
	switch {
	case err != nil:
		return "", err
	case a.found.ID != "":
		return fmt.Sprintf("%s, %q", a.found.ID, a.found.Name), nil
	case a.feed.Creating != "":
		return fmt.Sprintf("%q, made by the first run", a.feed.Creating), nil
	default:
		return a.feed.AudienceID, nil
	}
}
