package jobs

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	gosync "sync"

	"riverqueue.com/riverui"
)

// Page is River's own page about the jobs, for those who keep the server: under a prefix
// such as /river. It shows and changes jobs, which only carry the news that a run waits; what
// becomes of runs is told by the store. Who may see it is for the caller to say. Its
// counts are refreshed from the first visit on, until the context ends.
func (m *Manager) Page(ctx context.Context, prefix string) (http.Handler, error) {
	h, err := m.queue.page(&riverui.HandlerOpts{Prefix: prefix, Logger: m.logger.With("part", "river page")})
	if err != nil {
		return nil, fmt.Errorf("make the page of jobs: %w", err)
	}
	return &page{handler: h, ctx: ctx, logger: m.logger}, nil
}

func (c client[T]) page(opts *riverui.HandlerOpts) (*riverui.Handler, error) {
	opts.Endpoints = riverui.NewEndpoints(c.Client, nil)
	return riverui.NewHandler(opts)
}

// page starts what the handler does in the background when somebody looks at it: most
// servers never show it, and an idle one should be idle.
type page struct {
	handler *riverui.Handler
	ctx     context.Context //nolint:containedctx // the server's, which outlives every request
	logger  *slog.Logger
	once    gosync.Once
}

// ServeHTTP shows the page.
func (p *page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.once.Do(func() {
		if err := p.handler.Start(p.ctx); err != nil {
			p.logger.WarnContext(r.Context(), "the page of jobs counts anew on each visit", "error", err)
		}
	})
	p.handler.ServeHTTP(w, r)
}
