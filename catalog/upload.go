package catalog

import (
	"context"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/config"
	"github.com/eddy-retl/eddy/store"
)

// uploaded are the digests of the uploaded lists of a configuration.
func uploaded(ctx context.Context, st *store.Store, f *config.File) (map[string]eddy.Digests, error) {
	out := map[string]eddy.Digests{}
	for _, list := range f.Suppress {
		if list.Upload == nil {
			continue
		}
		digests, err := st.Digests(ctx, list.Name)
		if err != nil {
			return nil, err
		}
		out[list.Name] = digests
	}
	return out, nil
}
