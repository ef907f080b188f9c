package duckdb

import "github.com/eddy-retl/eddy/warehouse"

// Conditions are written for a session without the extension for time zones: the clock is read as
// microseconds. Files are read as a table of them is, columns of CSV and Excel as texts: there,
// texts may be asked as the numbers and times that they stand for.
func (s *source) Conditions() *warehouse.Conditions {
	c := &warehouse.Conditions{
		Times: warehouse.Times{
			Day: "DATE '%s'", Moment: "TIMESTAMP '%s'", Zoned: "TIMESTAMPTZ '%s+00'",
			DaysOn:      "CAST(make_timestamp(epoch_us(now())) AS DATE) + (%d)",
			MomentsOn:   "make_timestamp(epoch_us(now()) + (%d) * 86400000000)",
			ZonedDaysOn: "to_timestamp((epoch_us(now()) + (%d) * 86400000000) / 1e6)",
		},
		Literal: warehouse.QuoteText, Table: queried,
		AsText:   "CAST(%s AS VARCHAR)",
		Contains: "contains(%s, %s)", Starts: "starts_with(%s, %s)", Ends: "ends_with(%s, %s)",
		Has: "list_contains(CAST(%s AS VARCHAR[]), %s)", Items: "len(%s)",
	}
	if s.path == "" {
		c.Number, c.Time = "TRY_CAST(%s AS DOUBLE)", "TRY_CAST(%s AS TIMESTAMP)"
	}
	return c
}

// queried is how a query reads what a table names, so that it has the same columns.
func queried(table string) string {
	switch kindOfFile(table) {
	case "":
		return warehouse.QuoteName(table)
	case csvKind:
		return "read_csv(" + warehouse.QuoteText(table) + ", all_varchar = true)"
	default:
		return warehouse.QuoteText(table)
	}
}
