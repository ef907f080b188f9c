package warehousetest

import (
	"context"
	"testing"

	"github.com/eddy-retl/eddy/warehouse"
)

// Harness tells the suites about one warehouse, as a source and as an engine.
type Harness struct {
	// Warehouse is the kind, On what was started to test it, and Local says that models are
	// staged in the embedded engine: for the record ([Passed]).
	Warehouse, On string
	Local         bool
	// New gives a fresh, empty warehouse.
	New func(t *testing.T) *Warehouse
	// Spelling is how the user's side writes SQL.
	Spelling Spelling
	// Names says which odd names the warehouse lets a schema, a table and a column have, as
	// they are written; nil for all.
	Names func(name string) bool
	// Viewless says that the stand-in's list of tables has no views, which the warehouse's own has.
	Viewless bool
	// Setup are statements that make what Types and Refused need, such as an enum.
	Setup []string
	// Types are the warehouse's column types, each with a value and the texts it becomes.
	Types []Type
	// Usable are models of this warehouse's own SQL, beside the common ones: each gives the
	// only row of the table customers, id and email.
	Usable []string
	// Refused are the statements of this warehouse that a model must not run, beside the
	// common ones, and Unchanged what some queries give before and after.
	Refused   []string
	Unchanged map[string]string
}

// Warehouse is one warehouse under test, from the user's side and from Eddy's.
type Warehouse struct {
	// Exec runs a statement as the user who owns the warehouse.
	Exec func(sql string) error
	// Value runs a query as that user and gives its one value as text.
	Value func(sql string) (string, error)
	// Schema makes a schema of about this name and gives its name; nil where CREATE SCHEMA
	// does, and nobody else has schemas beside.
	Schema func(name string) (string, error)
	// Open opens the warehouse as a source.
	Open func(ctx context.Context) (warehouse.Source, error)
	// Engine opens the engine that models are staged in; it may use src.
	Engine func(ctx context.Context, src warehouse.Source) (warehouse.Engine, error)
}

// Type is one column type with one value, written as SQL, and what it becomes.
type Type struct {
	Type, Value string
	// Text is the value as a record id or an identity.
	Text string
	// Time is the value as a time; empty for types that hold none.
	Time string
}

// check is one case of the suite of sources: the rule that it guards, in a sentence.
type check struct {
	name, rule string
	run        func(*world)
	// alone says that nothing else may run meanwhile: it measures.
	alone bool
}

// RunSource runs the suite of sources. Each case has a warehouse of its own; a failure
// tells its rule.
func RunSource(t *testing.T, h Harness) {
	t.Helper()
	Passed(t, h.Warehouse, "source", h.On)
	if h.Local {
		Passed(t, h.Warehouse, "local state", h.On)
	}
	for _, c := range append(modelChecks(), statementChecks()...) {
		t.Run(c.name, func(t *testing.T) {
			if !c.alone {
				t.Parallel()
			}
			told(t, c.rule)
			c.run(newWorld(t, &h))
		})
	}
}

// told lets a case that fails tell its rule.
func told(t *testing.T, rule string) {
	t.Helper()
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the rule: %s", rule)
		}
	})
}
