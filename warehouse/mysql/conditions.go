package mysql

import (
	"strings"

	"github.com/eddy-retl/eddy/warehouse"
)

// Conditions: sessions are in UTC. Collations take A, a and á for one, and character sets have
// other bytes for one letter: texts are compared as the bytes of UTF-8.
func (s *source) Conditions() *warehouse.Conditions {
	return &warehouse.Conditions{
		Times: warehouse.Times{
			Day: "DATE '%s'", Moment: "TIMESTAMP '%s'", Zoned: "TIMESTAMP '%s'",
			DaysOn:      "UTC_DATE() + INTERVAL %d DAY",
			MomentsOn:   "UTC_TIMESTAMP() + INTERVAL %d DAY",
			ZonedDaysOn: "UTC_TIMESTAMP() + INTERVAL %d DAY",
		},
		Literal: func(text string) string {
			if s.syntax.Quotes[0].Escapes {
				text = strings.ReplaceAll(text, `\`, `\\`)
			}
			return warehouse.QuoteText(text)
		},
		Exact:    "CAST(CONVERT(%s USING utf8mb4) AS BINARY)",
		AsText:   "CAST(%s AS CHAR)",
		Contains: "LOCATE(%[2]s, %[1]s) > 0", Starts: "LEFT(%[1]s, LENGTH(%[2]s)) = %[2]s", Ends: "RIGHT(%[1]s, LENGTH(%[2]s)) = %[2]s",
	}
}
