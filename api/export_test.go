package api

import (
	"net/http"

	"github.com/eddy-retl/eddy/store"
)

// Access is the least role for each endpoint, also of those that no document lists.
func Access() map[string]store.Role { return access() }

// Household is what limits count as one.
func Household(address string) string { return household(address) }

// Admit says whether a request is let in to an operation.
func Admit(st *store.Store, r *http.Request, operation string) error {
	_, err := (&server{Config: Config{Store: st}}).admit(r, operation)
	return err
}
