package sync

import (
	"context"
	"fmt"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/destination"
	"github.com/eddy-retl/eddy/warehouse"
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
		sel := append([]warehouse.Selected{{As: "record_id", Column: &m.Identifier}}, m.Mapped...)
		if err := r.CheckRead(ctx, c.Model, sel); err != nil {
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
