package trino

import "github.com/eddy-retl/eddy/warehouse"

// Conditions: whether the session is in UTC is of no matter.
func (s *source) Conditions() *warehouse.Conditions {
	return &warehouse.Conditions{
		Times: warehouse.Times{
			Day: "DATE '%s'", Moment: "TIMESTAMP '%s'", Zoned: "TIMESTAMP '%s UTC'",
			DaysOn:      "date_add('day', %d, CAST(current_timestamp AT TIME ZONE 'UTC' AS date))",
			MomentsOn:   "date_add('day', %d, CAST(current_timestamp AT TIME ZONE 'UTC' AS timestamp))",
			ZonedDaysOn: "date_add('day', %d, current_timestamp AT TIME ZONE 'UTC')",
		},
		Literal:  warehouse.QuoteText,
		AsText:   "CAST(%s AS varchar)",
		Contains: "strpos(%s, %s) > 0", Starts: "starts_with(%s, %s)", Ends: "substr(%[1]s, GREATEST(length(%[1]s) - length(%[2]s), 0) + 1) = %[2]s",
		Has: "contains(transform(%s, x -> CAST(x AS varchar)), %s)", Items: "cardinality(%s)",
	}
}
