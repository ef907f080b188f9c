package databricks

import "github.com/eddy-retl/eddy/warehouse"

// Conditions: whatever the zone of a session is, the clock is read in UTC.
func (s *source) Conditions() *warehouse.Conditions {
	return &warehouse.Conditions{
		Times: warehouse.Times{
			Day: "DATE '%s'", Moment: "TIMESTAMP_NTZ '%s'", Zoned: "TIMESTAMP '%sZ'",
			DaysOn:      "date_add(CAST(to_utc_timestamp(current_timestamp(), current_timezone()) AS DATE), %d)",
			MomentsOn:   "timestampadd(DAY, %d, CAST(to_utc_timestamp(current_timestamp(), current_timezone()) AS TIMESTAMP_NTZ))",
			ZonedDaysOn: "timestampadd(DAY, %d, current_timestamp())",
		},
		Literal:  literal,
		AsText:   "CAST(%s AS STRING)",
		Contains: "contains(%s, %s)", Starts: "startswith(%s, %s)", Ends: "endswith(%s, %s)",
		Has: "array_contains(transform(%s, x -> CAST(x AS STRING)), %s)", Items: "size(%s)",
	}
}
