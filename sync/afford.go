package sync

import (
	"context"
	"fmt"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

// costing looks at what reading the model costs.
type costing struct{ *flow }

// afford asks the warehouse how much it would read for the model, where it can tell, and refuses
// a run for which that is more than max_bytes. Nothing was read by then.
func (f costing) afford(ctx context.Context) error {
	most := int64(f.job.Connection.Settings.MaxBytes)
	source, tells := f.job.Source.(warehouse.Estimator)
	if !tells {
		if most == 0 {
			return nil
		}
		return &eddy.Error{
			Code: eddy.CodeConfig,
			What: fmt.Sprintf("connection %s: max_bytes is set, and this warehouse cannot tell beforehand how much it would read", f.job.Connection.Name),
			Mend: "Leave max_bytes out of the settings: a limit that nobody can keep is none.",
		}
	}
	bytes, err := source.Estimate(ctx, f.model.Model, f.model.Selected())
	if err != nil {
		return fmt.Errorf("ask how much would be read: %w", err)
	}
	f.estimated = &bytes
	if most == 0 || bytes <= most {
		return nil
	}
	return &eddy.Error{
		Code: eddy.CodeSource,
		What: fmt.Sprintf("connection %s: the warehouse would read %s bytes for the model; max_bytes is %s", f.job.Connection.Name, eddy.Thousands(bytes), eddy.Thousands(most)),
		Mend: "Have the model read less: fewer columns, or a condition on the column that the table is partitioned by. Or raise max_bytes in the settings. Nothing was read or sent.",
	}
}
