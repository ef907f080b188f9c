package setup

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/destination"
	"github.com/eddy-retl/eddy/sync"
	"github.com/eddy-retl/eddy/warehouse"
)

// Preflight tests what a run of a connection would refuse before it reads the model: whether
// its state can be kept, whether the model has what is mapped, whether the audience is
// there and nobody else's, and whether the clock is right; and warns of a role that may do
// more than read. It sends nothing and makes nothing. Everybody who tells people
// beforehand what a run would come to asks here.
func (s *Setup) Preflight(ctx context.Context, c eddy.Connection) []destination.CheckStep {
	job, err := s.Job(ctx, c, true)
	if err != nil {
		return []destination.CheckStep{{Name: "source and destination", Err: err}}
	}
	defer func() { _ = job.Source.Close() }()
	steps := []destination.CheckStep{s.checkState(ctx, c, job.Source)}
	if role, ok := s.CheckRole(ctx, c.Source, job.Source); ok {
		steps = append(steps, role)
	}
	return append(steps, sync.Preflight(ctx, job)...)
}

// checkState tests whether the connection's state can be kept where it is to lie.
func (s *Setup) checkState(ctx context.Context, c eddy.Connection, src warehouse.Source) destination.CheckStep {
	if s.Local(c) {
		return destination.CheckStep{Name: "state", Detail: "in " + s.StateDir, Err: writable(s.StateDir)}
	}
	schema := s.Sources[c.Source].Schema
	step := destination.CheckStep{Name: "state", Detail: "in schema " + schema}
	if w, ok := src.(warehouse.StateChecker); ok {
		step.Err = w.CheckState(ctx, schema)
	}
	return step
}

// CheckRole warns of what the role of an open source may do beside reading; ok is false where there
// is nothing to say of it.
func (s *Setup) CheckRole(ctx context.Context, name string, src warehouse.Source) (step destination.CheckStep, ok bool) {
	r, ok := src.(warehouse.RoleChecker)
	if !ok {
		return step, false
	}
	schema := ""
	if s.Sources[name].State == eddy.InWarehouse {
		schema = s.Sources[name].Schema
	}
	more, err := r.CheckRole(ctx, schema)
	step = destination.CheckStep{Name: "role", Detail: "only reads", Err: err}
	if len(more) > 0 {
		step.Detail, step.Warning = "it "+strings.Join(more, "; it ")+roleMend, true
	}
	return step, true
}

// roleMend stands on a line of its own, as the mend of an error does.
const roleMend = "\nGive Eddy a role that only reads: a model is refused what writes, and the database should refuse it, too. See docs/security.md."

// ModelTables are the tables of a source that are not Eddy's own.
func ModelTables(of eddy.Source, tables []warehouse.Table) []warehouse.Table {
	return slices.DeleteFunc(slices.Clone(tables), func(t warehouse.Table) bool {
		return of.State == eddy.InWarehouse && strings.HasPrefix(t.Name, of.Schema+".")
	})
}

// TablesFound says how many tables a test of a source found.
func TablesFound(of eddy.Source, tables []warehouse.Table) string {
	switch n := len(ModelTables(of, tables)); {
	case n > 0:
		return eddy.Plural(int64(n), "table or view", "tables and views")
	case of.Type == "duckdb":
		return "no tables; models may read CSV, Excel, Parquet and JSON files"
	default:
		return "no tables that this role may see"
	}
}

// writable tests whether a folder can be written, or made.
func writable(dir string) error {
	for {
		if info, err := os.Stat(dir); err == nil && info.IsDir() {
			break
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			break
		}
		dir = parent
	}
	f, err := os.CreateTemp(dir, ".eddy-check-*")
	if err != nil {
		return stateError("write in the state folder", err)
	}
	_ = f.Close()
	return os.Remove(f.Name())
}
