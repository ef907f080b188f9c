package warehousetest

import (
	"context"
	"slices"
	"testing"

	"github.com/eddy-retl/eddy/warehouse"
)

// Harness tells the suite about one engine, and one place of its state.
type Harness struct {
	// New gives a fresh, empty warehouse.
	New func(t *testing.T) *Warehouse
	// Setup are statements that make what Types needs, such as an enum.
	Setup []string
	// Types are the engine's column types, each with a value and the texts it becomes.
	Types []Type
	// Refused are the statements of this engine that a model must not run, beside the
	// common ones.
	Refused []string
	// Digests says that the state is local and keeps digests.
	Digests bool
	// Locks says that the lock is the warehouse's: two sessions may open one connection's
	// state, and the second to want it is told of a conflict.
	Locks bool
}

// Warehouse is one warehouse under test, from the user's side and from Eddy's.
type Warehouse struct {
	// Exec runs a statement as the user who owns the warehouse.
	Exec func(sql string) error
	// Value runs a query as that user and gives its one value as text.
	Value func(sql string) (string, error)
	// Open opens the warehouse as a source.
	Open func(ctx context.Context) (warehouse.Source, error)
	// State opens a session where a connection's state lies; it may use src.
	State func(ctx context.Context, src warehouse.Source, connection string) (warehouse.Session, error)
}

// Type is one column type with one value, written as SQL, and what it becomes.
type Type struct {
	Type, Value string
	// Text is the value as a record id or an identity.
	Text string
	// Time is the value as a time; empty for types that hold none.
	Time string
}

// check is one case of the suite: the rule that it guards, in a sentence.
type check struct {
	name, rule string
	run        func(*world)
	// alone says that nothing else may run meanwhile: it measures.
	alone bool
}

// Run runs the suite. Each case has a warehouse of its own; a failure tells its rule.
func Run(t *testing.T, h Harness) {
	t.Helper()
	for _, c := range slices.Concat(modelChecks(), statementChecks(), stateChecks(), compareChecks(), settleChecks(), historyChecks()) {
		t.Run(c.name, func(t *testing.T) {
			if !c.alone {
				t.Parallel()
			}
			t.Cleanup(func() {
				if t.Failed() {
					t.Logf("the rule: %s", c.rule)
				}
			})
			c.run(newWorld(t, &h))
		})
	}
}
