package api

import (
	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// request is what an endpoint may want to know beside its parameters.
type request struct {
	from    origin
	session string
}

// Resolve reads it.
func (q *request) Resolve(ctx huma.Context) []error {
	r, _ := humago.Unwrap(ctx)
	q.from, _ = r.Context().Value(originKey{}).(origin)
	q.session = sessionSecret(r)
	return nil
}
