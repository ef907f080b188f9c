package jobs

import (
	"context"
	"encoding/json"
	"log/slog"

	"github.com/eddy-retl/eddy/sync"
)

// Told is what the store keeps of a run after some progress, which was told one after the other.
func Told(ctx context.Context, all ...sync.Progress) json.RawMessage {
	a := &attempt{m: &Manager{}, logger: slog.New(slog.DiscardHandler)}
	for _, p := range all {
		a.hear(ctx, p)
	}
	return a.told()
}
