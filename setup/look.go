package setup

import (
	"context"
	"maps"
	"reflect"
	"strings"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/destination"
	"github.com/eddy-retl/eddy/sync"
	"github.com/eddy-retl/eddy/warehouse"
)

// Task is something to be done with a source or a connection: a [Run], or a look, which
// changes nothing and keeps the answer in itself. It opens what it needs. Because it runs what
// a user wrote, a server has it done in another process: what it asks and what it answers
// pass through JSON, and so does the news on the way.
type Task interface {
	// Do does it, and tells the setup's Hear of what happens meanwhile.
	Do(ctx context.Context, s *Setup) error
	// About says which things of the configuration are opened.
	About() About
}

// News is what is told of a task on the way; one of its fields is there.
type News struct {
	// Progress is how far a run is.
	Progress *sync.Progress `json:",omitempty"`
	// Request was sent to a destination.
	Request *Request `json:",omitempty"`
	// Entries are some lines of the sync log.
	Entries []eddy.LogEntry `json:",omitempty"`
	// Events are some record events.
	Events []eddy.Record `json:",omitempty"`
}

// Request is a request to a destination.
type Request struct {
	Destination string
	destination.Request
}

// About names the things of a configuration that something opens; empty where it does not.
type About struct{ Source, Destination, Connection string }

// Tasks gives an empty task of each kind by its name, for whoever was sent one.
func Tasks() map[string]Task {
	out := map[string]Task{}
	for _, t := range []Task{
		&SampleLook{}, &RowsLook{}, &IdentifierLook{}, &ValuesLook{}, &FitLook{}, &TablesLook{}, &PreflightLook{}, &PlanLook{}, &WhyLook{}, &EventsLook{}, &LogLook{}, &StatementsLook{}, &CountLook{}, &Run{},
	} {
		out[NameOf(t)] = t
	}
	return out
}

// NameOf is the name of a task's kind.
func NameOf(t Task) string { return reflect.TypeOf(t).Elem().Name() }

// SampleLook asks for the first rows of a model; see [Setup.Sample].
type SampleLook struct {
	Source string
	Model  eddy.Model
	Limit  int
	Times  []string
	// Found is the answer.
	Found Sample
}

// About is the source.
func (l *SampleLook) About() About { return About{Source: l.Source} }

// Do reads the rows.
func (l *SampleLook) Do(ctx context.Context, s *Setup) (err error) {
	l.Found, err = s.Sample(ctx, l.Source, l.Model, l.Limit, l.Times...)
	return err
}

// RowsLook asks how many rows a model has, which the warehouse counts.
type RowsLook struct {
	Source string
	Model  eddy.Model
	// Found is the answer.
	Found Counted
}

// About is the source.
func (l *RowsLook) About() About { return About{Source: l.Source} }

// Do counts.
func (l *RowsLook) Do(ctx context.Context, s *Setup) (err error) {
	l.Found, err = countRows(ctx, s, l.Source, l.Model)
	return err
}

// IdentifierLook asks how well a column names the records of a model; see [Setup.Identifier].
type IdentifierLook struct {
	Source string
	Model  eddy.Model
	Column string
	// Counts and Known are the answer.
	Counts Uniqueness
	Known  bool
}

// About is the source.
func (l *IdentifierLook) About() About { return About{Source: l.Source} }

// Do counts.
func (l *IdentifierLook) Do(ctx context.Context, s *Setup) (err error) {
	l.Counts, l.Known, err = s.Identifier(ctx, l.Source, l.Model, l.Column)
	return err
}

// FitLook asks how the columns of a model fit the fields of a destination; see [Setup.Fit].
type FitLook struct {
	Source, Destination string
	Model               eddy.Model
	// Found is the answer.
	Found Fitting
}

// About is the source and the destination.
func (l *FitLook) About() About { return About{Source: l.Source, Destination: l.Destination} }

// Do tries the values of a sample.
func (l *FitLook) Do(ctx context.Context, s *Setup) (err error) {
	l.Found, err = s.Fit(ctx, l.Source, l.Model, l.Destination)
	return err
}

// TablesLook asks for the tables and views of a source.
type TablesLook struct {
	Source string
	// Reached says that the source was opened; an error after that is of the list.
	Reached bool
	// Lists says that the source has a list; Tables is it.
	Lists  bool
	Tables []warehouse.Table
	// WithRole asks as well what the source's role may do beside reading; Role is the answer.
	WithRole bool
	Role     toldSteps
}

// About is the source.
func (l *TablesLook) About() About { return About{Source: l.Source} }

// Do lists.
func (l *TablesLook) Do(ctx context.Context, s *Setup) (err error) {
	src, err := s.OpenSource(ctx, l.Source)
	if err != nil {
		return err
	}
	defer func() { _ = src.Close() }()
	l.Reached = true
	if l.WithRole {
		if step, ok := s.CheckRole(ctx, l.Source, src); ok {
			l.Role.add(step)
		}
	}
	t, ok := src.(warehouse.Tables)
	if l.Lists = ok; ok {
		l.Tables, err = t.ListTables(ctx)
	}
	return err
}

// PreflightLook tests what a run of a connection would refuse; see [Setup.Preflight].
type PreflightLook struct {
	Connection string
	// Found is the answer.
	Found toldSteps
}

// toldSteps are steps of a test as another process can be told of them.
type toldSteps []toldStep

type toldStep struct {
	Name, Detail string
	Warning      bool
	Err          *Told
}

func (t *toldSteps) add(x destination.CheckStep) {
	*t = append(*t, toldStep{x.Name, x.Detail, x.Warning, Tell(x.Err)})
}

// Steps are the steps, in order.
func (t toldSteps) Steps() (out []destination.CheckStep) {
	for _, x := range t {
		out = append(out, destination.CheckStep{Name: x.Name, Detail: x.Detail, Warning: x.Warning, Err: x.Err.Heard()})
	}
	return out
}

// About is the connection.
func (l *PreflightLook) About() About { return About{Connection: l.Connection} }

// Do tests.
func (l *PreflightLook) Do(ctx context.Context, s *Setup) error {
	for _, x := range s.Preflight(ctx, s.Connections[l.Connection]) {
		l.Found.add(x)
	}
	return ctx.Err()
}

// PlanLook asks what a run of a connection would do; see [sync.Look].
type PlanLook struct {
	Connection string
	Full       bool
	// Found is the answer.
	Found sync.Plan
}

// About is the connection.
func (l *PlanLook) About() About { return About{Connection: l.Connection} }

// Do plans.
func (l *PlanLook) Do(ctx context.Context, s *Setup) error {
	return s.looking(ctx, l.Connection, func(job sync.Job) (err error) {
		job.Full = l.Full
		l.Found, err = sync.Look(ctx, job)
		return err
	})
}

// WhyLook asks why a person is or is not in an audience; see [sync.Why].
type WhyLook struct {
	Connection string
	Question   sync.Question
	// Found is the answer.
	Found sync.Answer
}

// About is the connection.
func (l *WhyLook) About() About { return About{Connection: l.Connection} }

// Do asks.
func (l *WhyLook) Do(ctx context.Context, s *Setup) error {
	return s.looking(ctx, l.Connection, func(job sync.Job) (err error) {
		l.Found, err = sync.Why(ctx, job, l.Question)
		return err
	})
}

// EventsLook asks for what a run would deliver; see [sync.Records]. It comes as [News], some
// at a time.
type EventsLook struct {
	Connection string
	Full       bool
}

// About is the connection.
func (l *EventsLook) About() About { return About{Connection: l.Connection} }

// Do reads them.
func (l *EventsLook) Do(ctx context.Context, s *Setup) error {
	var events []eddy.Record
	err := s.looking(ctx, l.Connection, func(job sync.Job) error {
		job.Full = l.Full
		return sync.Records(ctx, job, func(r eddy.Record) error {
			if events = append(events, r); len(events) == entriesAtOnce {
				s.Hear(News{Events: events})
				events = nil
			}
			return nil
		})
	})
	if err == nil && len(events) > 0 {
		s.Hear(News{Events: events})
	}
	return err
}

// looking opens the job of a connection for somebody who only looks.
func (s *Setup) looking(ctx context.Context, connection string, work func(sync.Job) error) error {
	job, err := s.Job(ctx, s.Connections[connection], true)
	if err != nil {
		return err
	}
	defer func() { _ = job.Source.Close() }()
	return work(job)
}

// Only is a copy of the configuration that has what is opened, with the lists of people who are
// in no audience, and no more: the secrets of
// nothing else, and of other connections the name alone, because an audience may be one's.
func (s *Setup) Only(a About) *Setup {
	f := *s.File
	out := *s
	f.Suppress, out.Uploaded = nil, nil
	f.Sources, f.Destinations, f.Connections = map[string]eddy.Source{}, map[string]eddy.Destination{}, map[string]eddy.Connection{}
	for name := range s.Connections {
		f.Connections[name] = eddy.Connection{Name: name}
	}
	if c, ok := s.Connections[a.Connection]; ok {
		f.Connections[a.Connection] = c
		a.Source, a.Destination = c.Source, c.Destination
		f.Suppress, out.Uploaded = s.Suppress, s.Uploaded
		for _, list := range s.Suppress {
			if src, ok := s.Sources[list.Source]; ok {
				f.Sources[list.Source] = src
			}
		}
	}
	if src, ok := s.Sources[a.Source]; ok {
		f.Sources[a.Source] = src
	}
	if d, ok := s.Destinations[a.Destination]; ok {
		f.Destinations[a.Destination] = d
	}
	out.File, out.Unusable = &f, maps.Clone(s.Unusable)
	maps.DeleteFunc(out.Unusable, func(ref, _ string) bool { return !strings.HasPrefix(ref, listKind+" ") })
	return &out
}
