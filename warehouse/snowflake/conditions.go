package snowflake

import "github.com/eddy-retl/eddy/warehouse"

// Conditions: the session is in UTC.
func (s *source) Conditions() *warehouse.Conditions {
	return &warehouse.Conditions{
		Times: warehouse.Times{
			Day: "DATE '%s'", Moment: "TO_TIMESTAMP_NTZ('%s')", Zoned: "TO_TIMESTAMP_TZ('%s +0000')",
			DaysOn:      "DATEADD(day, %d, CURRENT_DATE())",
			MomentsOn:   "DATEADD(day, %d, CAST(CURRENT_TIMESTAMP() AS TIMESTAMP_NTZ))",
			ZonedDaysOn: "DATEADD(day, %d, CURRENT_TIMESTAMP())",
		},
		Literal:  literalOf,
		AsText:   "CAST(%s AS VARCHAR)",
		Contains: "CONTAINS(%s, %s)", Starts: "STARTSWITH(%s, %s)", Ends: "ENDSWITH(%s, %s)",
		Has: "ARRAY_CONTAINS(CAST(%[2]s AS VARIANT), %[1]s)", Items: "ARRAY_SIZE(%s)",
	}
}
