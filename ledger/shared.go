package ledger

import (
	"context"
	"fmt"
	"strconv"

	"github.com/eddy-retl/eddy"
)

// EachSampled streams some of the staged rows, about as many as asked for, from all over the
// model: a record id and one text for each field, as Each does.
func (s *Staged) EachSampled(ctx context.Context, rows int64, each func(id string, values []string) error) error {
	const all = 100
	percent := min(all, all*float64(rows)/float64(max(s.Rows, 1)))
	return s.each(ctx, "sample the stage", fmt.Sprintf(s.l.d.Sample, percent, rows), each)
}

// Text is a staged text, and in how many rows it stands.
type Text struct {
	// Field is the field that it is mapped to, and Form the canonical form of the value for
	// which it is told: a list of several may be told several times.
	Field int
	Form  string
	Text  string
	Rows  int64
}

// EachShared streams the texts of some identity fields that may name an identity which
// stands in more than so many rows. Those of one form come one after another, so that the
// caller, who knows which of them are one identity, counts one form at a time. A digest and
// the text that it was made of have two forms, and count apart.
func (s *Staged) EachShared(ctx context.Context, fields []int, rows int64, each func(Text) error) error {
	q := struct {
		staging
		Often []column
		// Blank are the fields in which an empty canonical form names nobody.
		Blank string
		Rows  int64
	}{staging: s.staging, Rows: rows}
	var blank []string
	for _, field := range fields {
		f := s.l.columns()[field]
		q.Often = append(q.Often, f)
		if s.l.form.apart || f.Canonical == eddy.CanonicalDigits {
			blank = append(blank, strconv.Itoa(field))
		}
	}
	q.Blank = join(blank)
	return s.l.query(ctx, "count who shares", s.l.render("shared", q), func(row [][]byte) error {
		return each(Text{Field: int(number(row[0])), Form: string(row[1]), Text: string(row[2]), Rows: number(row[3])})
	})
}
