package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/config"
	"github.com/eddy-retl/eddy/destination"
	"github.com/eddy-retl/eddy/setup"
	"github.com/eddy-retl/eddy/store"
	"github.com/eddy-retl/eddy/sync"
)

// payloadRows is how many rows a preview of payloads shows.
const payloadRows = 3

// Payload shows what becomes of a few rows of a connection's model.
type Payload struct {
	Rows []PayloadRow `json:"rows" nullable:"false"`
	// Masked says that rows and body are left out: they hold values, and digests of values.
	Masked bool `json:"masked"`
	// Body is the request that would be sent for these rows.
	Body JSON `json:"body,omitempty"`
}

// PayloadRow is one row of the model.
type PayloadRow struct {
	RecordID string         `json:"record_id"`
	Fields   []PayloadField `json:"fields" nullable:"false"`
	// Invalid says why the row cannot be sent; empty when it can.
	Invalid string `json:"invalid,omitempty"`
}

// PayloadField is one mapped field of a row.
type PayloadField struct {
	Field string `json:"field"`
	// Column is where the value is from; empty for a constant.
	Column string `json:"column,omitempty"`
	// Value is the model's, Normalised what is hashed.
	Value      *string  `json:"value" nullable:"true"`
	Normalised []string `json:"normalised,omitempty"`
	// Sent is what the destination gets: digests, where it hashes.
	Sent []string `json:"sent,omitempty"`
	// Problems are why values were dropped.
	Problems []string `json:"problems,omitempty"`
}

func (s *server) payloadRoutes() {
	op := endpoint("preview-payload", http.MethodPost, "/api/v1/connections/{name}/payload", "Show what would be sent for a few rows of a connection, also one that is not stored yet")
	op.Description = "Without the right to see raw values there are no rows, and no body: digests tell values to whoever chooses what is hashed."
	add(s, op, s.previewPayload)
}

func (s *server) previewPayload(ctx context.Context, in *draft) (*answer[Payload], error) {
	set, err := s.object(ctx, store.Connection, in.Name, in.spec())
	if err != nil {
		return nil, err
	}
	f := set.File
	c := f.Connections[in.Name]
	d, err := set.OpenDestination(c.Destination)
	if err != nil {
		return nil, err
	}
	l := &setup.SampleLook{Source: c.Source, Model: c.Model, Limit: payloadRows, Times: times(f, c, d)}
	if err := s.look(ctx, probeTimeout, set, l); err != nil {
		return nil, err
	}
	p, err := newPreview(c, d, l.Found, who(ctx).raw)
	if err != nil {
		return nil, err
	}
	out, err := p.run(ctx)
	return reply(out), err
}

// times are the columns that fill times.
func times(_ *config.File, c eddy.Connection, d destination.Destination) (out []string) {
	for _, m := range c.Mapping {
		for _, f := range d.Fields() {
			if f.Name == m.Field && !f.Identity && m.Column != "" {
				out = append(out, m.Column)
			}
		}
	}
	return out
}

// preview prepares rows as a run would.
type preview struct {
	c        eddy.Connection
	d        destination.Destination
	preparer destination.Preparer
	rows     setup.Sample
	columns  map[string]int
	raw      bool
	prepared destination.Prepared
}

func newPreview(c eddy.Connection, d destination.Destination, rows setup.Sample, raw bool) (*preview, error) {
	preparer, err := d.Preparer("")
	if err != nil {
		return nil, err
	}
	p := &preview{c: c, d: d, preparer: preparer, rows: rows, columns: map[string]int{}, raw: raw}
	for i, column := range rows.Columns {
		p.columns[column.Name] = i
	}
	if _, ok := p.columns[c.Identifier]; !ok {
		return nil, bad("/spec/identifier", "the model has no column %q", c.Identifier)
	}
	for _, m := range c.Mapping {
		if _, ok := p.columns[m.Column]; !ok && m.Constant == nil {
			return nil, bad("/spec/mapping/"+m.Field, "the model has no column %q", m.Column)
		}
	}
	return p, nil
}

func (p *preview) run(ctx context.Context) (Payload, error) {
	out := Payload{Rows: []PayloadRow{}, Masked: !p.raw}
	if !p.raw {
		return out, nil // a digest of a chosen text tells the text
	}
	var delivery destination.Delivery
	if r, ok := p.d.(sync.Renderer); ok {
		delivery = r.Render(func(body []byte, _ int) error {
			out.Body = append(JSON(nil), body...)
			return nil
		})
	}
	page := &destination.Page{Verb: destination.Add, To: int64(len(p.rows.Rows))}
	for i, row := range p.rows.Rows {
		out.Rows = append(out.Rows, p.row(row))
		if delivery == nil || p.prepared.Invalid != "" {
			continue
		}
		item := destination.Item{Seq: int64(i + 1), Identities: p.prepared.Identities, EffectiveAt: p.prepared.EffectiveAt, ExpiresAt: p.prepared.ExpiresAt}
		before := len(page.Data)
		page.Data = delivery.Encode(page.Data, &item)
		e := destination.Encoded{Seq: item.Seq, Len: len(page.Data) - before}
		if !item.EffectiveAt.IsZero() {
			e.EffectiveAt = item.EffectiveAt.Unix()
		}
		if !item.ExpiresAt.IsZero() {
			e.ExpiresAt = item.ExpiresAt.Unix()
		}
		page.Items = append(page.Items, e)
	}
	if delivery == nil || len(page.Items) == 0 {
		return out, nil
	}
	if err := errors.Join(delivery.Add(ctx, page), delivery.Finish(ctx)); err != nil {
		return out, err
	}
	if len(out.Body) > 0 && !json.Valid(out.Body) {
		return out, errors.New("the preview of a request is not JSON")
	}
	return out, nil
}

// row prepares one row, and leaves it in p.prepared.
func (p *preview) row(row []*string) PayloadRow {
	out := PayloadRow{Fields: []PayloadField{}}
	if id := row[p.columns[p.c.Identifier]]; id != nil {
		out.RecordID = *id
	}
	fields := p.d.Fields()
	values := make([]string, len(fields))
	at := map[string]int{}
	for i, f := range fields {
		at[f.Name] = i
	}
	for _, m := range p.c.Mapping {
		value := m.Constant
		if value == nil {
			value = row[p.columns[m.Column]]
		}
		field := PayloadField{Field: m.Field, Column: m.Column}
		if value != nil {
			field.Value = value
			values[at[m.Field]] = *value
			if n, ok := p.preparer.(destination.Normaliser); ok {
				field.Normalised = n.Normalised(at[m.Field], *value)
			}
		}
		out.Fields = append(out.Fields, field)
	}
	p.preparer.Prepare(values, &p.prepared)
	out.Invalid = p.prepared.Invalid
	p.results(out.Fields, at)
	return out
}

// results tells what became of each field.
func (p *preview) results(fields []PayloadField, at map[string]int) {
	for i := range fields {
		f := &fields[i]
		for _, id := range p.prepared.Identities {
			if id.Field == at[f.Field] {
				f.Sent = append(f.Sent, string(id.Value))
			}
		}
		for _, x := range p.prepared.Problems {
			if x.Field == at[f.Field] {
				f.Problems = append(f.Problems, x.Reason)
			}
		}
	}
}

func number(n int) string { return fmt.Sprint(n) }
