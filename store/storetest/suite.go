// Package storetest is the suite that the store passes on every database it knows. Each
// case has a store of its own and tells the rule it guards when it fails.
package storetest

import (
	"slices"
	"testing"

	"github.com/eddy-retl/eddy/store"
)

// Harness tells the suite about one kind of database.
type Harness struct {
	// New gives the configuration of a fresh, empty store. Every Open of it is another
	// server on the same database.
	New func(t *testing.T) store.Config
}

// check is one case of the suite: the rule that it guards, in a sentence.
type check struct {
	name, rule string
	run        func(*world)
}

// Run runs the suite.
func Run(t *testing.T, h Harness) {
	t.Helper()
	for _, c := range slices.Concat(objectChecks(), runChecks(), startChecks(), peopleChecks(), watchChecks(), keyChecks(), modelChecks(), versionChecks()) {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			t.Cleanup(func() {
				if t.Failed() {
					t.Logf("the rule: %s", c.rule)
				}
			})
			w := &world{T: t, cfg: h.New(t), fresh: func() store.Config { return h.New(t) }}
			w.s = w.open()
			c.run(w)
		})
	}
}

// world is one store, and the servers that share it.
type world struct {
	*testing.T

	cfg store.Config
	s   *store.Store
	// fresh is the configuration of another, empty store.
	fresh func() store.Config
}

// open is another server on the same store.
func (w *world) open() *store.Store {
	w.Helper()
	s, err := store.Open(w.Context(), w.cfg)
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() {
		if err := s.Close(); err != nil {
			w.Error(err)
		}
	})
	return s
}

// anna does what the cases do.
func anna() store.Actor { return store.Actor{ID: "u1", Name: "Anna", Via: "test"} }

// must ends the test on an error.
func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}
