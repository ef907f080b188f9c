package bigquery

import (
	"context"
	"fmt"
	"strings"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

// location is where queries run, as far as it is known: where the source says, or where its default
// dataset lies. Else BigQuery finds it by the tables of each query.
func (s *source) location(ctx context.Context) (string, error) {
	if s.client.Location != "" || s.dataset == "" {
		return s.client.Location, nil
	}
	m, err := s.client.DatasetInProject(s.project, s.dataset).Metadata(ctx)
	switch reason(err) {
	case "notFound", "404", "accessDenied":
		return "", nil // the model tells
	}
	if err != nil {
		return "", explain(ctx, err, true)
	}
	return m.Location, nil
}

// CheckState says whether the dataset is there, where it is, and whether a table may be made in it,
// which BigQuery is asked without making one. What a query reads and writes must lie in one location.
func (s *source) CheckState(ctx context.Context, schema string) error {
	e := s.engine(schema)
	m, err := e.there(ctx)
	if err != nil || m == nil {
		return e.cannot(err, "dataset "+e.Schema()+" cannot be used for the state")
	}
	where, err := s.location(ctx)
	if err != nil {
		return err
	}
	if where != "" && !strings.EqualFold(where, m.Location) {
		return &eddy.Error{
			Code: eddy.CodeSource, What: fmt.Sprintf("source %s: dataset %s lies in %s, and queries run in %s", s.name, e.Schema(), m.Location, where),
			Mend: "Make a dataset in " + where + " and name it by schema. Where models read what lies in " + m.Location + ", set location to that instead.",
		}
	}
	if _, err := e.dryRun(ctx, warehouse.Comment(ctx)+"CREATE TABLE "+e.Schema()+".eddy_check (record_id STRING)"); err != nil {
		return e.cannot(err, "tables cannot be made in dataset "+e.Schema())
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
