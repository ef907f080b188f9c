// Package quiet keeps Snowflake's driver from looking around on the machine. Whoever imports the
// driver imports this package too: the driver takes no other word for it than the environment's.
package quiet

import "os"

// The driver loads a library of its own from a temporary folder when it is linked in, asks the
// addresses at which clouds answer before it logs in, and tells Snowflake how an account was
// written. Packages are made ready in the order of their import paths as far as what they import
// is ready, and this one imports next to nothing: so this comes before the driver's beginning.
var _ = errorsOf(
	os.Setenv("SF_DISABLE_MINICORE", "true"),
	os.Setenv("SNOWFLAKE_DISABLE_PLATFORM_DETECTION", "true"),
	os.Setenv("SF_TELEMETRY_DISABLE_CONNECTION_SHAPE", "true"),
)

// errorsOf is of no use but to be called: an environment that cannot be set leaves the driver as
// it is.
func errorsOf(errs ...error) []error { return errs }
