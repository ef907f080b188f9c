package sync

import (
	"cmp"
	"context"
	"errors"
	"hash/maphash"
	"math"
	"slices"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/destination"
	"github.com/eddy-retl/eddy/ledger"
	"github.com/eddy-retl/eddy/warehouse"
)

// Plan is what a run would do.
type Plan struct {
	Connection string      `json:"connection"`
	AudienceID string      `json:"audience_id"`
	Mode       string      `json:"sync_mode"`
	Held       int64       `json:"held"`
	Counts     eddy.Counts `json:"counts"`
	// Removal is what it would remove.
	Removal eddy.Removal `json:"removal"`
	// Guard says why a run would wait for approval; empty when it would not.
	Guard string `json:"guard"`
	// EstimatedBytes is how much the warehouse says that it reads for the model; nil where it does
	// not tell.
	EstimatedBytes *int64 `json:"estimated_bytes,omitempty"`
	// Seconds is the least time that X's rate limits leave for the requests.
	Seconds float64         `json:"seconds"`
	Samples []Sample        `json:"samples"`
	Fields  []FieldQuality  `json:"fields"`
	Errors  []eddy.RunError `json:"errors"`
	// Warnings are what a person should know of the model's values and of the changes.
	Warnings []eddy.Warning `json:"warnings"`
	// Parts are the audiences of a connection that keeps one for each value of a column.
	Parts []PartPlan `json:"parts,omitempty"`
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
	// Shared counts the identities that more than one row carries; a server leaves it out where it
	// is below 5, for those who may not see values.
	Shared *int64 `json:"shared" nullable:"true"`
	// Invalid groups dropped values by reason.
	Invalid []eddy.RunError `json:"invalid"`
}

// samplesEach is how many changes of each operation a plan shows, out of samplesFrom that are
// looked at for some that can be sent.
const samplesEach, samplesFrom = 3, 100

// Look says what a run would do. It sends nothing and changes nothing: all it writes
// are temporary tables.
func Look(ctx context.Context, job Job) (Plan, error) {
	if job.split() {
		return lookSplit(ctx, job)
	}
	f, p := look{newFlow(job)}, newPlan(job.Connection)
	err := f.plan(warehouse.WithMeter(ctx, &f.used), &p)
	if f.l != nil {
		err = errors.Join(err, f.l.Close())
	}
	return p, err
}

func newPlan(c eddy.Connection) Plan {
	return Plan{Connection: c.Name, AudienceID: c.Audience.ID, Mode: string(c.SyncMode), Samples: []Sample{}, Errors: []eddy.RunError{}, Warnings: []eddy.Warning{}}
}

// look is the part of the flow that sends nothing, and what people ask of it.
type look struct{ *flow }

// front runs the part of the flow that sends nothing, on scratch tables.
func (f look) front(ctx context.Context) error {
	if err := f.open(ctx, true); err != nil {
		return err
	}
	if err := f.begin(ctx); err != nil {
		return err
	}
	if err := united(ctx, f.flow); err != nil {
		return err
	}
	staged, err := f.stage(ctx)
	if err != nil {
		return err
	}
	if err := counting(f).refuse(ctx, ""); err != nil {
		return err
	}
	if _, err := f.compare(ctx, staged, f.fed()); err != nil {
		return err
	}
	return sharing(f).find(ctx)
}

// fed is the audience whose members a run would compare with, as far as the ledger knows it.
func (f look) fed() ledger.Feed {
	feed := f.l.Feed()
	if f.job.gone && feed.Left {
		return ledger.Feed{}
	}
	return feed
}

func (f look) plan(ctx context.Context, p *Plan) error {
	if err := f.front(ctx); err != nil {
		return err
	}
	feed := f.fed()
	p.AudienceID = cmp.Or(p.AudienceID, f.run.AudienceID, feed.AudienceID)
	var err error
	if p.Held, err = f.l.Members(ctx, feed); err != nil {
		return err
	}
	if p.Guard, err = sharing(f).guard(ctx); err != nil {
		return err
	}
	p.Removal, p.EstimatedBytes = f.leaves.removal, f.estimated
	invalid, err := f.rehearse(ctx, p)
	if err != nil {
		return err
	}
	f.account(f.without(invalid))
	f.run.Counts.Delivered, f.run.Counts.OptedOut = 0, int64(len(f.leaves.listed))
	p.Counts = f.run.Counts
	p.Errors = append(p.Errors, f.run.Errors...)
	p.Warnings = append(append(p.Warnings, f.run.Warnings...), f.used.Warnings()...)
	f.advise(p.Errors, nil)
	if per := f.job.Destination.Limits().PerMinute; per > 0 {
		p.Seconds = math.Round(float64(p.Counts.Requests)/float64(per)*60*10) / 10
	}
	fields, err := f.quality(ctx)
	p.Fields = fields
	return err
}

// without are the lines of the report, but for records that turned out to be not sendable.
func (f look) without(invalid *problems) []ledger.Line {
	lines := slices.Clone(f.leaves.lines)
	for _, e := range invalid.list() {
		for i := range lines {
			if l := &lines[i]; l.Operation == string(eddy.Insert) && l.Status == "delivered" {
				l.Count -= e.Count
				l.Present -= e.Count
			}
		}
		lines = append(lines, ledger.Line{Operation: string(eddy.Insert), Status: "invalid", Reason: e.Reason, Count: e.Count, SampleIDs: e.SampleIDs, Present: e.Count})
	}
	return lines
}

// rehearse packs the requests that a run would send, and throws them away. It gives the
// records that cannot be sent.
func (f look) rehearse(ctx context.Context, p *Plan) (*problems, error) {
	c, invalid := &f.run.Counts, newProblems()
	out := renderer(f.job.Destination, func(body []byte, _ int) error {
		c.Requests++
		c.Bytes += int64(len(body))
		return nil
	})
	if out == nil {
		return invalid, nil
	}
	var prepared destination.Prepared
	for _, phase := range []ledger.Phase{ledger.Removing, ledger.Adding} {
		verb := destination.Remove
		if phase == ledger.Adding {
			verb = destination.Add
		}
		err := f.changes.Read(ctx, phase, func(page *ledger.Page) error {
			e := &encoded{page: page, out: &destination.Page{Verb: verb, From: page.From, To: page.To}}
			if err := f.encode(out, e, &prepared); err != nil {
				return err
			}
			for _, m := range e.misses {
				invalid.add(m.Reason, m.RecordID)
			}
			return out.Add(ctx, e.out)
		})
		if err != nil {
			return nil, err
		}
	}
	if err := f.samples(ctx, p); err != nil {
		return nil, err
	}
	return invalid, out.Finish(ctx)
}

// samples shows a few changes of each operation, and none of records that cannot be sent.
func (f look) samples(ctx context.Context, p *Plan) error {
	seen := map[eddy.Operation]int{}
	var prepared destination.Prepared
	err := f.changes.EachSample(ctx, samplesFrom, func(op eddy.Operation, id string, v ledger.Values) error {
		if seen[op] == samplesEach {
			return nil
		}
		if err := f.prepare.old(v, &prepared); err != nil {
			return err
		}
		if op != eddy.Delete && prepared.Invalid != "" {
			return nil
		}
		seen[op]++
		s := Sample{Operation: op, RecordID: id, Fields: []string{}}
		for j, text := range v.Texts {
			if text != "" && op != eddy.Delete {
				s.Fields = append(s.Fields, f.fields[j].Name)
			}
		}
		p.Samples = append(p.Samples, s)
		return nil
	})
	return err
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
func (f look) quality(ctx context.Context) ([]FieldQuality, error) {
	out := make([]FieldQuality, len(f.fields))
	reasons := make([]*problems, len(f.fields))
	seen := map[uint64]bool{} // whether an identity is shared
	seed := maphash.MakeSeed()
	for i := range reasons {
		reasons[i] = newProblems()
		out[i].Shared = new(int64)
	}
	var p destination.Prepared
	one := make([]string, len(f.fields))
	err := f.staged.Each(ctx, func(id string, values []string) error {
		for i, text := range values {
			if text == "" || !f.fields[i].Identity {
				continue
			}
			one[i] = text
			f.prepare.now.Prepare(one, &p)
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
					*out[i].Shared++
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
	if job.split() {
		return recordsSplit(ctx, job, each)
	}
	f := look{newFlow(job)}
	err := f.records(ctx, each)
	if f.l != nil {
		err = errors.Join(err, f.l.Close())
	}
	return err
}

func (f look) records(ctx context.Context, each func(eddy.Record) error) error {
	if err := f.front(ctx); err != nil {
		return err
	}
	// What leaves of a record goes out as a delete with its identities as they were sent.
	var p destination.Prepared
	err := f.changes.EachLeaving(ctx, func(v *ledger.Leaving) error {
		if err := f.prepare.old(v.Old, &p); err != nil {
			return err
		}
		r := f.record(v.RecordID, eddy.ActionDelete)
		for _, id := range p.Identities {
			name := f.fields[id.Field].Name
			if old, ok := r.Fields[name].(string); ok {
				r.Fields[name] = old + "," + string(id.Value)
			} else {
				r.Fields[name] = string(id.Value)
			}
		}
		return each(r)
	})
	if err != nil {
		return err
	}
	return f.changes.EachEvent(ctx, func(op eddy.Operation, id string, v ledger.Values) error {
		r := f.record(id, eddy.ActionUpdate)
		if op == eddy.Insert {
			r.Action = eddy.ActionInsert
		}
		for j, text := range v.Texts {
			if text != "" {
				r.Fields[f.fields[j].Name] = text
			}
		}
		return each(r)
	})
}

func (f look) record(id string, action eddy.Action) eddy.Record {
	return eddy.Record{
		Type: "record", Action: action, Channel: "sources", RecordID: id, Fields: map[string]any{},
		Context: &eddy.RecordContext{Sources: eddy.RecordSources{JobID: f.job.Connection.Name, JobRunID: f.run.RunID, Version: "v1"}},
	}
}
