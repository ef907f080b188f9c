package telemetry

import (
	"context"
	"errors"
	"log/slog"
	"slices"
)

// calm leaves out lines which only say that something ended because it was told to: a
// library that is stopped in the middle of its work says so as if it were an error. Of the
// library that runs jobs it passes warnings only, because it counts its jobs every few seconds.
type calm struct {
	slog.Handler
	jobs bool
}

// Enabled says whether a line of this level is written.
func (h calm) Enabled(ctx context.Context, level slog.Level) bool {
	return (!h.jobs || level >= slog.LevelWarn) && h.Handler.Enabled(ctx, level)
}

// Handle passes on lines that tell more.
func (h calm) Handle(ctx context.Context, r slog.Record) error {
	ended := false
	r.Attrs(func(a slog.Attr) bool {
		switch v := a.Value.Resolve().Any().(type) {
		case error:
			ended = errors.Is(v, context.Canceled)
		case string:
			ended = v == context.Canceled.Error()
		}
		return !ended
	})
	if ended {
		return nil
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs keeps the calm.
func (h calm) WithAttrs(attrs []slog.Attr) slog.Handler {
	river := slices.ContainsFunc(attrs, func(a slog.Attr) bool { return a.Key == "part" && a.Value.String() == "river" })
	return calm{h.Handler.WithAttrs(attrs), h.jobs || river}
}

// WithGroup keeps the calm.
func (h calm) WithGroup(name string) slog.Handler { return calm{h.Handler.WithGroup(name), h.jobs} }
