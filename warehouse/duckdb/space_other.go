//go:build !linux

package duckdb

// freeSpace is not known; DuckDB takes no more than nine tenths of it.
func freeSpace(string) uint64 { return 0 }
