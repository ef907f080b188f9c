package api

import (
	"context"
	"net/http"

	"github.com/eddy-retl/eddy/setup"
	"github.com/eddy-retl/eddy/store"
)

// ModelToCount is a model whose rows are counted.
type ModelToCount struct {
	Model

	// Identifier is the column that names a record, for conditions about other audiences.
	Identifier string `json:"identifier,omitempty"`
}

// RowCount is how many rows a model has.
type RowCount struct {
	// Rows is null where there are less than 5 and the caller may not see raw values.
	Rows *int64 `json:"rows" nullable:"true"`
	// SQL is the model in its source's own language; missing for a table without conditions.
	SQL string `json:"sql,omitempty"`
}

func (s *server) conditionRoutes() {
	op := endpoint("count-rows", http.MethodPost, "/api/v1/sources/{name}/count", "Count the rows of a table or query, and show the SQL of its conditions")
	op.Description = "The warehouse counts for it, for up to ten minutes; it is told to stop where nobody waits any more."
	add(s, op, s.countRows)
}

func (s *server) countRows(ctx context.Context, in *struct {
	ByName

	Body ModelToCount
},
) (*answer[RowCount], error) {
	set, err := s.having(ctx, store.Source, in.Name)
	if err != nil {
		return nil, err
	}
	m, err := in.Body.model(set, in.Name, in.Body.Identifier)
	if err != nil {
		return nil, err
	}
	l := &setup.RowsLook{Source: in.Name, Model: m}
	if err := s.look(ctx, planTimeout, set, l); err != nil {
		return nil, err
	}
	return reply(RowCount{Rows: fewer(l.Found.Rows, who(ctx).raw), SQL: l.Found.SQL}), nil
}
