package postgres

import "github.com/eddy-retl/eddy/warehouse"

// Conditions are written so that an index can be used where one fits.
func (s *source) Conditions() *warehouse.Conditions {
	return &warehouse.Conditions{
		Times: warehouse.Times{
			Day: "DATE '%s'", Moment: "TIMESTAMP '%s'", Zoned: "TIMESTAMPTZ '%s+00'",
			DaysOn:      "CAST(now() AT TIME ZONE 'UTC' AS date) + (%d)",
			MomentsOn:   "(now() AT TIME ZONE 'UTC') + (%d) * INTERVAL '1 day'",
			ZonedDaysOn: "now() + (%d) * INTERVAL '24 hours'",
		},
		Literal:  warehouse.QuoteText,
		AsText:   "CAST(%s AS text)",
		Contains: "strpos(%s, %s) > 0", Starts: "left(%[1]s, length(%[2]s)) = %[2]s", Ends: "right(%[1]s, length(%[2]s)) = %[2]s",
		Has: "%[2]s = ANY(CAST(%[1]s AS text[]))", Items: "cardinality(%s)",
	}
}
