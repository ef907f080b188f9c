package warehouse

import "context"

// readingKey is the context key of who is told how many rows were read.
type readingKey struct{}

// readingEach is how many rows pass before whoever watches is told again.
const readingEach = 10_000

// WithReading has a person told how many rows of a model were read so far, where they come
// through Eddy: a statement of the warehouse's own tells nothing until it is done. tell is
// called by whoever reads, every few thousand rows, and not any more once all are read.
func WithReading(ctx context.Context, tell func(rows int64)) context.Context {
	return context.WithValue(ctx, readingKey{}, tell)
}

// reading is who is told how many rows were read; nobody where none was named.
func reading(ctx context.Context) func(rows int64) {
	if tell, _ := ctx.Value(readingKey{}).(func(rows int64)); tell != nil {
		return tell
	}
	return func(int64) {}
}
