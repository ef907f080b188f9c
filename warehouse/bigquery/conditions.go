package bigquery

import "github.com/eddy-retl/eddy/warehouse"

// Conditions compare columns as they are, so that partitions and clusters are used.
func (s *source) Conditions() *warehouse.Conditions {
	return &warehouse.Conditions{
		Times: warehouse.Times{
			Day: "DATE '%s'", Moment: "DATETIME '%s'", Zoned: "TIMESTAMP '%s+00'",
			DaysOn:      "DATE_ADD(CURRENT_DATE('UTC'), INTERVAL %d DAY)",
			MomentsOn:   "DATETIME_ADD(CURRENT_DATETIME('UTC'), INTERVAL %d DAY)",
			ZonedDaysOn: "TIMESTAMP_ADD(CURRENT_TIMESTAMP(), INTERVAL %d DAY)",
		},
		Literal:  literal,
		AsText:   "CAST(%s AS STRING)",
		Contains: "STRPOS(%s, %s) > 0", Starts: "STARTS_WITH(%s, %s)", Ends: "ENDS_WITH(%s, %s)",
		Has: "EXISTS(SELECT 1 FROM UNNEST(%[1]s) AS item WHERE CAST(item AS STRING) = %[2]s)", Items: "ARRAY_LENGTH(%s)",
	}
}
