package clickhouse

import "github.com/eddy-retl/eddy/warehouse"

// Conditions: all times are moments, and a text is bytes.
func (s *source) Conditions() *warehouse.Conditions {
	return &warehouse.Conditions{
		Times: warehouse.Times{
			Day: "toDate32('%s')", Moment: "toDateTime64('%s', 0, 'UTC')", Zoned: "toDateTime64('%s', 0, 'UTC')",
			DaysOn:      "toDate32(now('UTC')) + (%d)",
			MomentsOn:   "addSeconds(now64(6, 'UTC'), (%d) * 86400)",
			ZonedDaysOn: "addSeconds(now64(6, 'UTC'), (%d) * 86400)",
		},
		Literal:  literal,
		AsText:   "toString(%s)",
		Contains: "position(%s, %s) > 0", Starts: "startsWith(%s, %s)", Ends: "endsWith(%s, %s)",
		Has: "has(arrayMap(x -> toString(x), %s), %s)", Items: "length(%s)",
	}
}
