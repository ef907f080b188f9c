package sync

import (
	"cmp"
	"context"
	"errors"
	"hash/maphash"
	"math"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/destination"
	"github.com/eddy-retl/eddy/warehouse"
)

// Plan is what a run would do.
type Plan struct {
	Connection string      `json:"connection"`
	AudienceID string      `json:"audience_id"`
	Mode       string      `json:"sync_mode"`
	Held       int64       `json:"held"`
	Counts     eddy.Counts `json:"counts"`
	// Guard says why a run would wait for approval; empty when it would not.
	Guard string `json:"guard"`
	// Seconds is the least time that X's rate limits leave for the requests.
	Seconds float64         `json:"seconds"`
	Samples []Sample        `json:"samples"`
	Fields  []FieldQuality  `json:"fields"`
	Errors  []eddy.RunError `json:"errors"`
}

// Sample is one change that a run would make, without its values.
type Sample struct {
	Operation eddy.Operation `json:"operation"`
	RecordID  string         `json:"record_id"`
	Fields    []string       `json:"fields"`
}

// FieldQuality says how well the model fills one identity field.
type FieldQuality struct {
	Field string `json:"field"`
	// Filled rows have a text; Valid rows have at least one usable value in it.
	Filled int64 `json:"filled"`
	Valid  int64 `json:"valid"`
	// Shared counts the identities that more than one row carries.
	Shared int64 `json:"shared"`
	// Invalid groups dropped values by reason.
	Invalid []eddy.RunError `json:"invalid"`
}

// samplesEach is how many changes of each operation a plan shows.
const samplesEach = 3

// requestsPerMinute is X's limit on user uploads (X Ads API documentation, Rate limiting).
const requestsPerMinute = 1500

// Look says what a run would do. It sends nothing and changes nothing: all it writes
// are temporary tables.
func Look(ctx context.Context, job Job) (Plan, error) {
	f := newFlow(job)
	p := Plan{Connection: job.Connection.Name, AudienceID: job.Connection.Audience.ID, Mode: string(job.Connection.SyncMode), Samples: []Sample{}, Errors: []eddy.RunError{}}
	err := f.look(ctx, &p)
	if f.st != nil {
		err = errors.Join(err, f.st.Close())
	}
	return p, err
}

// front runs the part of the flow that sends nothing, on temporary tables.
func (f *flow) front(ctx context.Context) error {
	if err := f.open(ctx, true); err != nil {
		return err
	}
	if err := f.begin(ctx); err != nil {
		return err
	}
	if err := f.stage(ctx); err != nil {
		return err
	}
	if err := f.compare(ctx); err != nil {
		return err
	}
	return f.share(ctx)
}

func (f *flow) look(ctx context.Context, p *Plan) error {
	if err := f.front(ctx); err != nil {
		return err
	}
	p.Held, p.Guard = f.summary.Held, f.guard()
	if err := f.known(ctx, p); err != nil {
		return err
	}
	if err := f.rehearse(ctx, p); err != nil {
		return err
	}
	f.counts(f.summary.Operations)
	p.Counts = f.run.Counts
	p.Errors = append(append(p.Errors, f.summary.Invalid...), f.problems.list()...)
	f.advise(p.Errors, nil)
	p.Seconds = math.Round(float64(p.Counts.Requests)/requestsPerMinute*60*10) / 10
	fields, err := f.quality(ctx)
	p.Fields = fields
	return err
}

// known fills in the audience that an earlier run made.
func (f *flow) known(ctx context.Context, p *Plan) error {
	p.AudienceID = cmp.Or(p.AudienceID, f.run.AudienceID)
	feeds, err := f.st.Feeds(ctx)
	for _, x := range feeds {
		if x.Connection == p.Connection && p.AudienceID == "" {
			p.AudienceID = x.AudienceID
		}
	}
	return err
}

// rehearse packs the requests that a run would send, and throws them away.
func (f *flow) rehearse(ctx context.Context, p *Plan) error {
	c := &f.run.Counts
	out := renderer(f.job.Destination, func(body []byte, _ int) error {
		c.Requests++
		c.Bytes += int64(len(body))
		return nil
	})
	if out == nil {
		return nil
	}
	seen := map[eddy.Operation]int{}
	var prepared destination.Prepared
	for _, phase := range []warehouse.Phase{warehouse.Removing, warehouse.Adding} {
		verb := destination.Remove
		if phase == warehouse.Adding {
			verb = destination.Add
		}
		err := f.st.Changes(ctx, phase, func(page *warehouse.Page) error {
			e := &encoded{page: page, out: &destination.Page{Verb: verb, From: page.From, To: page.To}}
			f.encode(out, e, &prepared)
			for _, m := range e.misses {
				f.judged(page, m)
			}
			f.sample(page, seen, p)
			return out.Add(ctx, e.out)
		})
		if err != nil {
			return err
		}
	}
	f.summary.Invalid = append(f.summary.Invalid, f.problems.invalids()...)
	f.sampleDeletes(ctx, p)
	return out.Finish(ctx)
}

// judged moves a record that turned out not to be sendable out of its operation.
func (f *flow) judged(page *warehouse.Page, m eddy.Outcome) {
	for i := range page.Changes {
		if page.Changes[i].Seq == m.Seq {
			f.summary.Operations[string(page.Changes[i].Operation)]--
			if m.Result == eddy.Expired {
				f.summary.Operations["expired"]++
			}
			return
		}
	}
}

func (f *flow) sample(page *warehouse.Page, seen map[eddy.Operation]int, p *Plan) {
	for i := range page.Changes {
		c := &page.Changes[i]
		if seen[c.Operation] >= samplesEach {
			continue
		}
		seen[c.Operation]++
		s := Sample{Operation: c.Operation, RecordID: c.RecordID, Fields: []string{}}
		for j, v := range c.Values {
			if v != "" {
				s.Fields = append(s.Fields, f.fields[j].Name)
			}
		}
		p.Samples = append(p.Samples, s)
	}
}

func (f *flow) sampleDeletes(ctx context.Context, p *Plan) {
	ids, _ := f.st.SampleDeletes(ctx, samplesEach)
	for _, id := range ids {
		p.Samples = append(p.Samples, Sample{Operation: eddy.Delete, RecordID: id, Fields: []string{}})
	}
}

// Renderer is the ability of a destination to pack requests without sending them.
type Renderer interface {
	Render(emit func(body []byte, users int) error) destination.Delivery
}

func renderer(d destination.Destination, emit func([]byte, int) error) destination.Delivery {
	if r, ok := d.(Renderer); ok {
		return r.Render(emit)
	}
	return nil
}

// sharedLimit bounds the identities that are compared for being shared.
const sharedLimit = 20_000_000

// quality judges every row of the model, field by field.
func (f *flow) quality(ctx context.Context) ([]FieldQuality, error) {
	out := make([]FieldQuality, len(f.fields))
	reasons := make([]*problems, len(f.fields))
	seen := map[uint64]bool{} // whether an identity is shared
	seed := maphash.MakeSeed()
	for i := range reasons {
		reasons[i] = newProblems()
	}
	var p destination.Prepared
	one := make([]string, len(f.fields))
	err := f.st.EachStaged(ctx, f.model, func(id string, values []string) error {
		for i, text := range values {
			if text == "" || !f.fields[i].Identity {
				continue
			}
			one[i] = text
			f.preparer.Prepare(one, &p)
			one[i] = ""
			out[i].Filled++
			if len(p.Identities) > 0 {
				out[i].Valid++
			}
			for _, x := range p.Problems {
				reasons[i].add(x.Reason, id)
			}
			for _, x := range p.Identities {
				h := maphash.Bytes(seed, x.Value) + uint64(i)
				shared, known := seen[h]
				if known && !shared {
					out[i].Shared++
					seen[h] = true
				} else if !known && len(seen) < sharedLimit {
					seen[h] = false
				}
			}
		}
		return nil
	})
	var mapped []FieldQuality
	for _, m := range f.model.Mapped {
		for i, x := range f.fields {
			if x.Name == m.As && x.Identity {
				out[i].Field, out[i].Invalid = x.Name, reasons[i].list()
				mapped = append(mapped, out[i])
			}
		}
	}
	return mapped, err
}

// Records streams the pending changes as record events: what leaves first, then what is
// added. It sends nothing and changes nothing.
func Records(ctx context.Context, job Job, each func(eddy.Record) error) error {
	f := newFlow(job)
	err := f.records(ctx, each)
	if f.st != nil {
		err = errors.Join(err, f.st.Close())
	}
	return err
}

func (f *flow) records(ctx context.Context, each func(eddy.Record) error) error {
	if err := f.front(ctx); err != nil {
		return err
	}
	// What leaves of a record goes out as a delete with the identities that leave: they are
	// digests already.
	err := f.st.Changes(ctx, warehouse.Removing, func(page *warehouse.Page) error {
		return f.leaving(ctx, page, each)
	})
	if err != nil {
		return err
	}
	return f.st.Changes(ctx, warehouse.Adding, func(page *warehouse.Page) error {
		for i := range page.Changes {
			c := &page.Changes[i]
			r := f.record(c.RecordID, eddy.ActionUpdate)
			if c.Operation == eddy.Insert {
				r.Action = eddy.ActionInsert
			}
			for j, v := range c.Values {
				if v != "" {
					r.Fields[f.fields[j].Name] = v
				}
			}
			if err := each(r); err != nil {
				return err
			}
		}
		return nil
	})
}

func (f *flow) record(id string, action eddy.Action) eddy.Record {
	return eddy.Record{
		Type: "record", Action: action, Channel: "sources", RecordID: id, Fields: map[string]any{},
		Context: &eddy.RecordContext{Sources: eddy.RecordSources{JobID: f.job.Connection.Name, JobRunID: f.run.RunID, Version: "v1"}},
	}
}

func (f *flow) leaving(ctx context.Context, page *warehouse.Page, each func(eddy.Record) error) error {
	ids, err := f.st.RemovalIDs(ctx, page.From, page.To)
	if err != nil {
		return err
	}
	for i := 0; i < len(page.Leaving); {
		seq := page.Leaving[i].Seq
		r := f.record(ids[seq], eddy.ActionDelete)
		for ; i < len(page.Leaving) && page.Leaving[i].Seq == seq; i++ {
			name := f.fields[page.Leaving[i].Field].Name
			if old, ok := r.Fields[name].(string); ok {
				r.Fields[name] = old + "," + page.Leaving[i].Value
			} else {
				r.Fields[name] = page.Leaving[i].Value
			}
		}
		if err := each(r); err != nil {
			return err
		}
	}
	return nil
}
