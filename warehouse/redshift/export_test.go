package redshift

import (
	"context"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

// OpenWith opens a source whose claims live so long.
func OpenWith(ctx context.Context, src eddy.Source, life time.Duration) (warehouse.Source, error) {
	s, err := open(ctx, src)
	if err != nil {
		return nil, err
	}
	s.life = life
	return s, nil
}
