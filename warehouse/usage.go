package warehouse

import (
	"context"
	"sync"
	"time"

	"github.com/eddy-retl/eddy"
)

// Meter adds up what statements use of a warehouse, and keeps what is told of them. It is safe for concurrent use.
type Meter struct {
	mu   sync.Mutex
	used eddy.Usage
	told []eddy.Warning
}

// meterKey is the context key of a meter.
type meterKey struct{}

// WithMeter has the statements of a context counted.
func WithMeter(ctx context.Context, m *Meter) context.Context {
	return context.WithValue(ctx, meterKey{}, m)
}

// Used counts a statement that was sent to a warehouse, whatever came of it, and what it used as
// far as the warehouse tells: bytes that it read, or that are paid for, and the time for which it
// worked.
func Used(ctx context.Context, bytes int64, worked time.Duration) {
	m, _ := ctx.Value(meterKey{}).(*Meter)
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.used.Statements++
	m.used.BytesScanned += bytes
	m.used.Seconds += worked.Seconds()
}

// Warn tells whoever has the statements of a context counted what a person should know of them.
func Warn(ctx context.Context, w eddy.Warning) {
	m, _ := ctx.Value(meterKey{}).(*Meter)
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.told = append(m.told, w)
}

// Warnings hands over what was told since it was last asked.
func (m *Meter) Warnings() []eddy.Warning {
	m.mu.Lock()
	defer m.mu.Unlock()
	told := m.told
	m.told = nil
	return told
}

// Usage is what was used so far; nil where no statement was counted, as of a warehouse that is a
// file.
func (m *Meter) Usage() *eddy.Usage {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.used.Statements == 0 {
		return nil
	}
	used := m.used
	return &used
}
