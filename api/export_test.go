package api

import "github.com/eddy-retl/eddy/store"

// Access is the least role for each endpoint, also of those that no document lists.
func Access() map[string]store.Role { return access() }

// Household is what limits count as one.
func Household(address string) string { return household(address) }
