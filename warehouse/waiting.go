package warehouse

import "context"

// waitingKey is the context key of who is told what is waited for.
type waitingKey struct{}

// WithWaiting has a person told what opening a source waits for, where that takes long. tell is
// called by whoever opens, and not any more once the source is open.
func WithWaiting(ctx context.Context, tell func(text string)) context.Context {
	return context.WithValue(ctx, waitingKey{}, tell)
}

// Waiting is who is told what opening a source waits for; nobody where none was named.
func Waiting(ctx context.Context) func(text string) {
	if tell, _ := ctx.Value(waitingKey{}).(func(text string)); tell != nil {
		return tell
	}
	return func(string) {}
}
