package catalog

import (
	"context"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/config"
	"github.com/eddy-retl/eddy/store"
)

// IsUpload says that an object is a list that was uploaded.
func IsUpload(o store.Object) bool {
	if o.Kind != store.Suppression {
		return false
	}
	spec, err := decode(o.Spec)
	_, is := spec.get("upload")
	return err == nil && is
}

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
