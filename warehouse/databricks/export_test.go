package databricks

import (
	"time"

	"github.com/eddy-retl/eddy/warehouse"
)

// Claiming has a source's engines lock with claims of some life.
func Claiming(src warehouse.Source, life time.Duration) { src.(*source).claim = life }
