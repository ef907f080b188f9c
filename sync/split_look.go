package sync

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/destination"
)

// PartPlan is what a run would do about one of several audiences.
type PartPlan struct {
	// Value is what the column has in the rows of this audience.
	Value string `json:"value"`
	// Audience is its name, as it was or would be made.
	Audience   string `json:"audience"`
	AudienceID string `json:"audience_id"`
	// New says that the run would make the audience, Gone that no row has the value any more.
	New    bool        `json:"new,omitempty"`
	Gone   bool        `json:"gone,omitempty"`
	Held   int64       `json:"held"`
	Counts eddy.Counts `json:"counts"`
	Guard  string      `json:"guard"`
	// Removal is what would leave.
	Removal eddy.Removal `json:"removal"`
}

// lookSplit says what a run would do about each part.
func lookSplit(ctx context.Context, job Job) (Plan, error) {
	s := newSplitting(job)
	out := newPlan(job.Connection)
	if err := s.open(ctx); err != nil {
		return out, err
	}
	for _, left := range s.left {
		out.Counts.Rows += left.Count
		out.Counts.Invalid += left.Count
		out.Errors = append(out.Errors, left)
	}
	failed := 0
	var worst error
	for _, p := range s.parts {
		one, err := Look(ctx, s.jobOf(p))
		if ctx.Err() != nil {
			return out, ctx.Err()
		}
		if err != nil {
			worst, failed = fmt.Errorf("audience %s: %w", p.audience, err), failed+1
			one = failedPlan(s.jobOf(p), err)
		}
		out.add(p, one)
	}
	if failed > 0 && failed == len(s.parts) {
		return out, worst
	}
	return out, nil
}

// failedPlan tells of a part that it cannot be planned: the others can.
func failedPlan(job Job, err error) (out Plan) {
	out.Errors = []eddy.RunError{{Reason: firstLine(err), Count: 1, SampleIDs: []string{}}}
	newFlow(job).advise(out.Errors, err)
	if eddy.ErrorCode(err) == eddy.CodeApproval {
		out.Guard = firstLine(err)
	}
	return out
}

// add adds what would be done about a part.
func (p *Plan) add(of part, one Plan) {
	p.Parts = append(p.Parts, PartPlan{
		Value: of.value, Audience: of.audience, AudienceID: one.AudienceID, New: of.known == "", Gone: of.gone,
		Held: one.Held, Counts: one.Counts, Guard: one.Guard, Removal: one.Removal,
	})
	said := func(reason string) string { return of.audience + ": " + reason }
	p.Held += one.Held
	p.Seconds += one.Seconds
	p.Counts.Add(one.Counts)
	p.Removal.Add(one.Removal)
	if one.Guard != "" {
		p.Guard = strings.TrimPrefix(p.Guard+"; "+said(one.Guard), "; ")
	}
	if one.EstimatedBytes != nil {
		if p.EstimatedBytes == nil {
			p.EstimatedBytes = new(int64)
		}
		*p.EstimatedBytes += *one.EstimatedBytes
	}
	for _, e := range one.Errors {
		e.Reason = said(e.Reason)
		p.Errors = append(p.Errors, e)
	}
	for _, w := range one.Warnings {
		w.Reason = said(w.Reason)
		p.Warnings = append(p.Warnings, w)
	}
	for _, x := range one.Samples {
		like := func(y Sample) bool { return y.Operation == x.Operation }
		if n := len(p.Samples) - len(slices.DeleteFunc(slices.Clone(p.Samples), like)); n < samplesEach {
			p.Samples = append(p.Samples, x)
		}
	}
	for _, f := range one.Fields {
		p.addQuality(f)
	}
}

// addQuality adds how well the rows of a part fill a field. Who shares is told for each audience.
func (p *Plan) addQuality(f FieldQuality) {
	at := slices.IndexFunc(p.Fields, func(x FieldQuality) bool { return x.Field == f.Field })
	if at < 0 {
		p.Fields = append(p.Fields, f)
		return
	}
	all := &p.Fields[at]
	all.Filled += f.Filled
	all.Valid += f.Valid
	if all.Shared != nil && f.Shared != nil {
		*all.Shared += *f.Shared
	}
	for _, e := range f.Invalid {
		same := slices.IndexFunc(all.Invalid, func(x eddy.RunError) bool { return x.Reason == e.Reason })
		if same < 0 {
			all.Invalid = append(all.Invalid, e)
		} else {
			all.Invalid[same].Count += e.Count
		}
	}
}

// recordsSplit streams the pending changes of each part.
func recordsSplit(ctx context.Context, job Job, each func(eddy.Record) error) error {
	s := newSplitting(job)
	if err := s.open(ctx); err != nil {
		return err
	}
	for _, p := range s.parts {
		if err := Records(ctx, s.jobOf(p), each); err != nil {
			return fmt.Errorf("audience %s: %w", p.audience, err)
		}
	}
	return nil
}

// PartAnswer says how a person stands to one of several audiences.
type PartAnswer struct {
	Value    string   `json:"value"`
	Audience string   `json:"audience"`
	Standing Standing `json:"standing" enum:"in,leaving,perhaps,out"`
	Verdict  string   `json:"verdict"`
}

// whySplit asks each part after a person, and tells of those that know anything.
func whySplit(ctx context.Context, job Job, q Question) (Answer, error) {
	s := newSplitting(job)
	out := newAnswer(job.Connection)
	if err := s.find(ctx); err != nil {
		return out, err
	}
	for _, p := range s.parts {
		one, err := Why(ctx, s.jobOf(p), q)
		if err != nil {
			return out, fmt.Errorf("audience %s: %w", p.audience, err)
		}
		if len(one.Rows)+len(one.Held)+len(one.Log) == 0 {
			continue
		}
		out.Parts = append(out.Parts, PartAnswer{p.value, p.audience, one.Standing, one.Verdict})
		out.Rows, out.Held, out.Log = append(out.Rows, one.Rows...), append(out.Held, one.Held...), append(out.Log, one.Log...)
	}
	out.sum(s)
	return out, nil
}

// sum makes one verdict of those of the parts: the person is where the best of them says.
func (a *Answer) sum(s *splitting) {
	order := []Standing{In, Leaving, Perhaps, Out}
	rank := func(p PartAnswer) int { return slices.Index(order, p.Standing) }
	slices.SortStableFunc(a.Parts, func(x, y PartAnswer) int { return rank(x) - rank(y) })
	a.Standing = Out
	if len(a.Parts) > 0 {
		a.Standing = a.Parts[0].Standing
	}
	var verdicts []string
	for _, p := range a.Parts {
		verdicts = append(verdicts, p.Audience+": "+p.Verdict)
	}
	if a.Verdict = strings.Join(verdicts, " "); a.Verdict == "" {
		a.Verdict = fmt.Sprintf("In none of %s: no row of the model that has a value of %s carries it, and nothing is held.",
			eddy.Plural(int64(len(s.parts)), "audience"), s.conn.Split.Column)
	}
}

// preflightSplit tests what a run would refuse, each part as one connection is tested.
func preflightSplit(ctx context.Context, job Job) []destination.CheckStep {
	columns, err := CheckModel(ctx, job.Connection, job.Source, job.Destination)
	steps := []destination.CheckStep{{Name: "model", Detail: strings.Join(columns, ", "), Err: err}}
	if err != nil {
		return steps
	}
	s := newSplitting(job)
	audiences := destination.CheckStep{Name: "audience", Err: s.open(ctx)}
	var found []string
	for _, p := range s.parts {
		if audiences.Err != nil {
			break
		}
		fed, err := feeds(ctx, s.jobOf(p))
		if err != nil {
			audiences.Err = fmt.Errorf("audience %s: %w", p.audience, err)
		}
		if fed != "" { // nobody is in one that was deleted when its value was gone
			found = append(found, fed)
		}
	}
	if audiences.Err == nil {
		audiences.Detail = eddy.Plural(int64(len(found)), "audience") + ", one for each value of " + s.conn.Split.Column
		if len(found) > 0 {
			audiences.Detail += ": " + strings.Join(found, "; ")
		}
	}
	for _, left := range s.left {
		steps = append(steps, destination.CheckStep{
			Name: "values", Detail: fmt.Sprintf("%s are in no audience: %s\n%s", eddy.Plural(left.Count, "row"), left.Reason, left.Mend), Warning: true,
		})
	}
	steps = append(steps, audiences)
	if clock, known := clockOf(job.Destination); known {
		steps = append(steps, clock)
	}
	if audiences.Err != nil {
		return steps
	}
	return append(steps, values(ctx, job)...)
}
