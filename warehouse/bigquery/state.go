package bigquery

import (
	"context"
	"fmt"
	"strings"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

// CheckState says whether the dataset is there, and where it is: what a query reads and writes
// must lie in one location. Rights on it are found by the first run.
func (s *source) CheckState(ctx context.Context, schema string) error {
	e := s.engine(schema)
	m, err := e.there(ctx)
	if err != nil || m == nil {
		return e.cannot(err, "dataset "+e.Schema()+" cannot be used for the state")
	}
	if l := s.client.Location; l != "" && !strings.EqualFold(l, m.Location) {
		return &eddy.Error{Code: eddy.CodeSource, What: fmt.Sprintf("source %s: dataset %s lies in %s, and queries run in %s", s.name, e.Schema(), m.Location, l), Mend: "Make a dataset in " + l + " and name it by schema, or set location to " + m.Location + "."}
	}
	return nil
}

// Existing opens a dataset in which state was left; nil when there is none. It makes nothing.
func (s *source) Existing(ctx context.Context, schema string) (warehouse.Engine, error) {
	e := s.engine(schema)
	_, err := e.client.DatasetInProject(e.project, e.dataset).Table("runs").Metadata(ctx)
	switch reason(err) {
	case "":
		if err == nil {
			return e, nil
		}
	case "notFound", "404", "accessDenied":
		// An account that may not read the state never kept any there.
		return nil, nil //nolint:nilnil // there is none
	}
	return nil, explain(ctx, err, true)
}
