package redshift

import "github.com/eddy-retl/eddy/warehouse"

// Conditions: GETDATE() is the time in UTC, without a zone, and sessions are in UTC.
// https://docs.aws.amazon.com/redshift/latest/dg/r_GETDATE.html
func (s *source) Conditions() *warehouse.Conditions {
	return &warehouse.Conditions{
		Times: warehouse.Times{
			Day: "DATE '%s'", Moment: "TIMESTAMP '%s'", Zoned: "TIMESTAMPTZ '%s+00'",
			DaysOn:      "CAST(GETDATE() + INTERVAL '%d days' AS DATE)",
			MomentsOn:   "GETDATE() + INTERVAL '%d days'",
			ZonedDaysOn: "CAST(GETDATE() + INTERVAL '%d days' AS TIMESTAMPTZ)",
		},
		Literal:  s.dialect.Literal,
		AsText:   "CAST(%s AS " + text + ")",
		Contains: "STRPOS(%s, %s) > 0", Starts: "LEFT(%[1]s, LENGTH(%[2]s)) = %[2]s", Ends: "RIGHT(%[1]s, LENGTH(%[2]s)) = %[2]s",
	}
}
