package eddy

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Split keeps an audience for each value of a column in place of one: rows of one value are a
// part of the connection, with an audience of their own.
type Split struct {
	// Column is the model's column whose values part the rows.
	Column string
	// MaxAudiences is how many values the column may have: a run of a model with more is refused.
	MaxAudiences int
}

// The cap of a split: DefaultAudiences unless a connection says otherwise, and MostAudiences
// whatever it says.
const (
	DefaultAudiences = 50
	MostAudiences    = 500
)

// MaxAudienceName is the longest name of an audience, in characters.
const MaxAudienceName = 255

// partMark stands between the name of a connection and a value: no connection's name has it.
const partMark = "/"

// Part is the connection that keeps the audience of one value: it has the name of this one and the
// value, and mirrors a model, which is that of the value's rows.
func (c *Connection) Part(value string, m Model) Connection {
	part := *c
	part.Name, part.Model, part.Split = PartName(c.Name, value), m, nil
	if c.Split != nil && c.Audience.Create != nil {
		part.Audience.Create = &NewAudience{Name: c.AudienceOf(value), Description: c.Split.Fill(c.Audience.Create.Description, value)}
	}
	return part
}

// AudienceOf is the name that the audience of a value has, or is to have; empty where no audience is
// to be made.
func (c *Connection) AudienceOf(value string) string {
	if c.Split == nil || c.Audience.Create == nil {
		return ""
	}
	return c.Split.Fill(c.Audience.Create.Name, value)
}

// PartName is the name of a connection's part for a value.
func PartName(connection, value string) string { return connection + partMark + value }

// PartOf is the connection that a name is of, and the value of a part; a name that is no part's is
// its own connection's.
func PartOf(name string) (connection, value string, part bool) { return strings.Cut(name, partMark) }

// Placeholder is where the value stands in the name of an audience.
func (s *Split) Placeholder() string { return "{" + s.Column + "}" }

// Fill puts a value where a text has the column in braces. A value is not looked at for braces.
func (s *Split) Fill(template, value string) string {
	return strings.ReplaceAll(template, s.Placeholder(), value)
}

// Refuses says why no audience can be named after a value; empty where one can.
func (s *Split) Refuses(template, value string) string {
	switch name := s.Fill(template, value); {
	case strings.TrimSpace(value) == "":
		return "no value in " + s.Column
	case BadName(value) != "":
		return fmt.Sprintf("the value of %s %s", s.Column, BadName(value))
	case utf8.RuneCountInString(name) > MaxAudienceName:
		return fmt.Sprintf("the value of %s makes a name of more than %d characters", s.Column, MaxAudienceName)
	}
	return ""
}

// SameName is what two names of audiences, or two values, have in common where they differ only by
// case and blanks: X takes such names for one.
func SameName(name string) string {
	return strings.Join(strings.Fields(strings.Map(lowest, name)), " ")
}

// lowest is one letter for all that are the same but for case.
func lowest(r rune) rune {
	least := r
	for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
		least = min(least, f)
	}
	return least
}

// PartRun is what a run did about one of several audiences.
type PartRun struct {
	// Value is what the column has in the rows of this audience.
	Value string `json:"value"`
	// Audience is its name, as it was or would be made.
	Audience   string `json:"audience"`
	AudienceID string `json:"audience_id"`
	Status     Status `json:"status"`
	// New says that the value was not there in any run before, Gone that no row has it any more.
	New    bool   `json:"new,omitempty"`
	Gone   bool   `json:"gone,omitempty"`
	Counts Counts `json:"counts"`
	// Reason says why this part was held or stopped.
	Reason string `json:"reason,omitempty"`
	// Removal is what it would have removed, where the guard held it.
	Removal *Removal `json:"removal,omitempty"`
}

// AddPart adds what was done about one of several audiences: its figures, its errors and warnings,
// which say whose they are, and itself. What stopped a part stands before the rest.
func (r *Run) AddPart(p PartRun, of Run) {
	p.AudienceID, p.Status, p.Counts = of.AudienceID, of.Status, of.Counts
	for i, e := range of.Errors {
		at := len(r.Errors)
		if i == 0 && (of.Status == NeedsApproval || of.Status == StatusFailed) {
			p.Reason, p.Removal = e.Reason, e.Removal
			at = r.stopped(of.Status == StatusFailed)
		}
		e.Reason = p.Audience + ": " + e.Reason
		r.Errors = slices.Insert(r.Errors, at, e)
	}
	r.Counts.Add(of.done())
	for _, w := range of.Warnings {
		w.Reason = p.Audience + ": " + w.Reason
		r.Warnings = append(r.Warnings, w)
	}
	r.AddUsage(of.Usage)
	if r.Status = of.Status.Worse(r.Status); r.FinishedAt == nil || of.FinishedAt != nil && of.FinishedAt.After(*r.FinishedAt) {
		r.FinishedAt = of.FinishedAt
	}
	if of.StartedAt.Before(r.StartedAt) {
		r.StartedAt = of.StartedAt
	}
	r.Parts = append(r.Parts, p)
}

// done are the figures of a run without what it would have done but for the guard, which is told of
// its part. Of those who opted out, who leave all the same, it keeps how many they are and what was
// sent for them; what became of each stays with the part, because the operations there are those of
// all, and a sum of them would not come to what was delivered (promise 5).
func (r Run) done() Counts {
	c := r.Counts
	if r.Status != NeedsApproval && !r.guarded() {
		return c
	}
	return Counts{Rows: c.Rows, Invalid: c.Invalid, LeftOut: c.LeftOut, Requests: c.Requests, Bytes: c.Bytes}
}

// stopped counts the parts that were stopped, or those that failed alone.
func (r *Run) stopped(failed bool) (n int) {
	for _, p := range r.Parts {
		if p.Reason != "" && (!failed || p.Status == StatusFailed) {
			n++
		}
	}
	return n
}

// AddUsage adds what another part used of the warehouse.
func (r *Run) AddUsage(u *Usage) {
	if u == nil {
		return
	}
	if r.Usage == nil {
		r.Usage = &Usage{}
	}
	r.Usage.Statements += u.Statements
	r.Usage.BytesScanned += u.BytesScanned
	r.Usage.Seconds += u.Seconds
}

// Add adds the figures of another run, or of another part of one.
func (c *Counts) Add(o Counts) {
	c.Rows += o.Rows
	c.Invalid += o.Invalid
	c.HeldOut += o.HeldOut
	c.Suppressed += o.Suppressed
	c.OptedOut += o.OptedOut
	c.Unremoved += o.Unremoved
	c.Insert += o.Insert
	c.Update += o.Update
	c.Delete += o.Delete
	c.Renew += o.Renew
	c.Reassert += o.Reassert
	c.Unchanged += o.Unchanged
	c.Delivered += o.Delivered
	c.Rejected += o.Rejected
	c.Failed += o.Failed
	c.Requests += o.Requests
	c.Bytes += o.Bytes
}

// Add adds what leaves another audience; it empties one where any of them is emptied.
func (r *Removal) Add(o Removal) {
	r.Identities += o.Identities
	r.HeldIdentities += o.HeldIdentities
	r.People += o.People
	r.HeldPeople += o.HeldPeople
	r.Empties = r.Empties || o.Empties
}

// Worse is the worse of two statuses of parts: that of the whole.
func (s Status) Worse(o Status) Status {
	worst := []Status{Cancelled, StatusFailed, Running, NeedsApproval, CompletedWithErrors, Succeeded}
	for _, one := range worst {
		if s == one || o == one {
			return one
		}
	}
	return o
}
