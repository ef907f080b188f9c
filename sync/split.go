package sync

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/ledger"
	"github.com/eddy-retl/eddy/warehouse"
	"github.com/eddy-retl/eddy/where"
)

// A connection with split_by keeps an audience for each value of a column. To the ledger and to the
// flow each value is a connection of its own, a part: it has its own lock, tables, feed and guard,
// and its model is that of the rows with the value. What is here lists the values, joins them with
// the parts that are on record, has each of them run, and adds up what they did.

// splitting is a run of such a connection, or a look at it.
type splitting struct {
	job   Job
	conn  *eddy.Connection
	clock func() time.Time
	now   time.Time
	// used is what listing the values used of the warehouse.
	used  warehouse.Meter
	parts []part
	// known are the parts that are on record, here or in the ledger's other place.
	known []ledger.Part
	// held are the parts, by their value on record, that the approved run held.
	held map[string]string
	// left are the rows that are in no part, by reason.
	left []eddy.RunError
}

// part is one value, and the audience of its rows.
type part struct {
	value, audience string
	rows            int64
	// known is its part on record, empty where it is new.
	known string
	// gone: no row has the value any more.
	gone  bool
	model eddy.Model
}

func newSplitting(job Job) *splitting {
	s := &splitting{job: job, conn: &job.Connection, clock: job.Now}
	if s.clock == nil {
		s.clock = time.Now
	}
	s.now = s.clock().UTC()
	return s
}

// split says that a job's connection keeps several audiences.
func (j *Job) split() bool { return j.Connection.Split != nil }

// open finds the parts of a connection that may go on with them.
func (s *splitting) open(ctx context.Context) error {
	if !s.job.Approve {
		if err := s.unsplit(ctx); err != nil {
			return err
		}
	}
	return s.find(ctx)
}

// find lists the parts, in the order of their values. Nothing was sent by then: a model whose values
// cannot each have an audience is refused as a whole.
func (s *splitting) find(ctx context.Context) error {
	ctx = warehouse.WithMeter(ctx, &s.used)
	values, err := s.values(ctx)
	if err != nil {
		return err
	}
	if err := s.recall(ctx); err != nil {
		return err
	}
	if err := s.join(values); err != nil {
		return err
	}
	if err := s.vanished(ctx); err != nil {
		return err
	}
	slices.SortFunc(s.parts, func(a, b part) int { return strings.Compare(a.value, b.value) })
	for i := range s.parts {
		p := &s.parts[i]
		if p.gone {
			p.model, err = where.NoRows(ctx, s.job.Source, s.conn.Model, s.conn.Split.Column)
		} else {
			p.model, err = where.Valued(ctx, s.job.Source, s.conn.Model, s.conn.Split.Column, p.value)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// value is a value of the column, and how many rows have it.
type value struct {
	text string
	rows int64
}

// spareValues is how many groups of rows beside the allowed values are read: one more value, those
// without any and those whose value is too long.
const spareValues = 3

// values reads what the column has. Rows without a usable value are put aside.
func (s *splitting) values(ctx context.Context) (out []value, err error) {
	split := s.conn.Split
	m, err := where.Values(ctx, s.job.Source, s.conn.Model, split.Column, split.MaxAudiences+spareValues)
	if err != nil {
		return nil, fmt.Errorf("connection %s: %w", s.conn.Name, err)
	}
	all := 0
	err = s.read(ctx, m, func(text *string, rows int64) {
		why := "no value in " + split.Column
		if text != nil && *text == "" {
			why = fmt.Sprintf("the value of %s is too long for the name of an audience", split.Column)
		} else if text != nil {
			all++
			why = split.Refuses(s.conn.Audience.Create.Name, *text)
		}
		if why == "" {
			out = append(out, value{*text, rows})
			return
		}
		s.leave(why, rows)
	})
	if err != nil {
		return nil, fmt.Errorf("list the values of %s: %w", split.Column, err)
	}
	if all > split.MaxAudiences {
		return nil, s.refused(
			fmt.Sprintf("%s has more than %s, and max_audiences allows no more", split.Column, eddy.Plural(int64(split.MaxAudiences), "value")),
			fmt.Sprintf("Nothing was sent. Leave rows out of the model, split by a column with fewer values, or raise max_audiences, up to %d.", eddy.MostAudiences),
		)
	}
	return out, nil
}

// leave puts rows aside for a reason.
func (s *splitting) leave(why string, rows int64) {
	for i := range s.left {
		if s.left[i].Reason == why {
			s.left[i].Count += rows
			return
		}
	}
	s.left = append(s.left, eddy.RunError{
		Reason: why, Count: rows, SampleIDs: []string{}, About: eddy.AboutRow,
		Mend: "These rows are in no audience. Give them a value, or leave them out of the model.",
	})
}

// read reads the model of the values into memory, and gives each.
func (s *splitting) read(ctx context.Context, m eddy.Model, each func(text *string, rows int64)) (err error) {
	columns, err := warehouse.Describe(ctx, s.job.Source, m)
	if err != nil {
		return err
	}
	engine, err := s.job.Scratch(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, engine.Close()) }()
	var selected []warehouse.Selected
	for _, name := range []string{where.ValueColumn, where.RowsColumn} {
		column, err := pick(columns, name, "split_by")
		if err != nil {
			return err
		}
		selected = append(selected, warehouse.Selected{As: name, Column: column})
	}
	d := engine.Dialect()
	table := d.Quote("eddy_values")
	if _, err := s.job.Source.Stage(ctx, engine, table, selected, m); err != nil {
		return err
	}
	return engine.Query(ctx, fmt.Sprintf("SELECT %s, %s FROM %s", where.ValueColumn, where.RowsColumn, table), func(row [][]byte) error {
		rows, err := strconv.ParseInt(string(row[1]), 10, 64)
		if err != nil {
			return fmt.Errorf("count rows: %w", err)
		}
		var text *string
		if row[0] != nil {
			t := string(row[0])
			text = &t
		}
		each(text, rows)
		return nil
	})
}

// recall reads which parts are on record, here and in the ledger's other place.
func (s *splitting) recall(ctx context.Context) error {
	if err := s.onRecord(ctx, s.job.State); err != nil {
		return err
	}
	if s.job.Elsewhere == nil {
		return nil
	}
	return s.onRecord(ctx, s.job.Elsewhere)
}

// Values are those values of which a connection that keeps several audiences has one on record.
func Values(ctx context.Context, job Job) ([]string, error) {
	s := newSplitting(job)
	err := s.recall(ctx)
	out := make([]string, len(s.known))
	for i, k := range s.known {
		out[i] = k.Value
	}
	return out, err
}

func (s *splitting) onRecord(ctx context.Context, open func(context.Context) (warehouse.Engine, error)) (err error) {
	e, err := open(ctx)
	if err != nil || e == nil {
		return err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	parts, err := ledger.Parts(ctx, e, s.conn.Name)
	for _, p := range parts {
		at := slices.IndexFunc(s.known, func(k ledger.Part) bool { return k.Value == p.Value })
		if at < 0 {
			s.known = append(s.known, p)
		} else {
			s.known[at].LastRun = max(s.known[at].LastRun, p.LastRun)
		}
	}
	return err
}

// join makes a part of each value. One that is written with other case or blanks than when its
// audience was made goes on with that.
func (s *splitting) join(values []value) error {
	at := map[string]string{}
	for _, v := range values {
		same := eddy.SameName(v.text)
		if other, taken := at[same]; taken {
			return s.refused(
				fmt.Sprintf("%s has the values %q and %q, which differ by case or blanks alone", s.conn.Split.Column, min(other, v.text), max(other, v.text)),
				"Nothing was sent: X takes the names of their audiences for one. Write them alike in the model, as with lower(trim(...)).",
			)
		}
		at[same] = v.text
		p := part{value: v.text, rows: v.rows, audience: s.conn.AudienceOf(v.text)}
		for _, k := range s.known {
			if eddy.SameName(k.Value) == same {
				p.known = k.Value
			}
		}
		s.parts = append(s.parts, p)
	}
	return nil
}

// vanished adds the parts whose value no row has any more, as long as there is anything left of
// them: somebody in their audience, or lines in the sync log, which are deleted in time.
func (s *splitting) vanished(ctx context.Context) error {
	var gone []ledger.Part
	var names []string
	for _, k := range s.known {
		if !slices.ContainsFunc(s.parts, func(p part) bool { return p.known == k.Value }) {
			gone, names = append(gone, k), append(names, k.Connection)
		}
	}
	if len(gone) == 0 {
		return nil
	}
	logged, err := s.logged(ctx, names)
	if err != nil {
		return err
	}
	for _, k := range gone {
		some := logged[k.Connection]
		if !some {
			if some, err = s.holds(ctx, k.Connection); err != nil {
				return err
			}
		}
		if some {
			s.parts = append(s.parts, part{value: k.Value, known: k.Value, gone: true, audience: s.conn.AudienceOf(k.Value)})
		}
	}
	return nil
}

func (s *splitting) logged(ctx context.Context, names []string) (_ map[string]bool, err error) {
	e, err := s.job.State(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	if here, err := ledger.Parts(ctx, e, s.conn.Name); err != nil || len(here) == 0 {
		return nil, err // all of it is in the other place
	}
	return ledger.Logged(ctx, e, names)
}

// holds says that somebody is, or may be, in the audience of a connection, or that nobody knows.
func (s *splitting) holds(ctx context.Context, connection string) (bool, error) {
	n := int64(0)
	count := func(l *ledger.Ledger) (err error) {
		if feed := l.Feed(); !feed.Left {
			n, err = l.Members(ctx, feed)
		}
		return err
	}
	err := s.here(ctx, connection, count)
	if err == nil && n == 0 {
		err = s.there(ctx, connection, count)
	}
	// What the ledger lost, its own run tells.
	return n > 0 || eddy.ErrorCode(err) == eddy.CodeApproval, ignore(err, eddy.CodeApproval)
}

// here reads the ledger of a connection where it is to be, and there where it may have been before.
func (s *splitting) here(ctx context.Context, connection string, work func(*ledger.Ledger) error) error {
	return s.with(ctx, connection, s.job.State, s.job.Digests, work)
}

func (s *splitting) there(ctx context.Context, connection string, work func(*ledger.Ledger) error) error {
	if s.job.Elsewhere == nil {
		return nil
	}
	return s.with(ctx, connection, s.job.Elsewhere, !s.job.Digests, work)
}

// with reads the ledger of a connection.
func (s *splitting) with(ctx context.Context, connection string, open func(context.Context) (warehouse.Engine, error), digests bool, work func(*ledger.Ledger) error) (err error) {
	e, err := open(ctx)
	if err != nil || e == nil {
		return err
	}
	l, err := ledger.Open(ctx, ledger.Config{Engine: e, Connection: connection, Fields: s.job.Destination.Fields(), Digests: digests, Dry: true})
	if err != nil {
		return errors.Join(err, e.Close())
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	return work(l)
}

// ignore is nil in place of an error of a code.
func ignore(err error, code eddy.Code) error {
	if err != nil && eddy.ErrorCode(err) == code {
		return nil
	}
	return err
}

func (s *splitting) refused(what, mend string) error {
	return &eddy.Error{Code: eddy.CodeSource, What: fmt.Sprintf("connection %s: %s", s.conn.Name, what), Mend: mend}
}

// jobOf is the job of a part.
func (s *splitting) jobOf(p part) Job {
	j := s.job
	on := p.value
	if p.known != "" {
		on = p.known
	}
	j.Connection, j.gone = s.conn.Part(p.value, p.model), p.gone
	j.Connection.Name = eddy.PartName(s.conn.Name, on)
	if hear := s.job.Progress; hear != nil {
		j.Progress = func(x Progress) {
			x.Audience = p.audience
			hear(x)
		}
	}
	return j
}

// report is what is told of a part.
func (p part) report() eddy.PartRun {
	return eddy.PartRun{Value: p.value, Audience: p.audience, New: p.known == "", Gone: p.gone}
}
