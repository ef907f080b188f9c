package warehousetest

import (
	"fmt"

	"github.com/eddy-retl/eddy/warehouse"
)

// ColumnTypes are types of columns that can be NULL. Decimal has two digits behind the point,
// Single and Double are floats; Single is empty where there is one float alone.
type ColumnTypes struct{ Text, Integer, Decimal, Single, Double, Timestamp string }

// Spelling is how the user's side of a warehouse writes what the cases need.
type Spelling struct {
	ColumnTypes
	// Quote writes a name, and Literal a text.
	Quote, Literal func(string) string
	// Union is what stands between two queries whose rows come once each; empty is UNION.
	Union string
	// Moment is the expression of a Timestamp that a text names, as 2026-02-03 04:05:06.1.
	Moment string
	// AsText is the expression %s as a text, Joined two texts as one, and Repeated the text %s,
	// %d times.
	AsText, Joined, Repeated string
	// List is the text %s, split at its commas, as a list; the text itself where there are none.
	List string
	// Replaces empties the table %s, without a transaction around it and what comes next; empty
	// where there are transactions.
	Replaces string
	// Series is a FROM item of the whole numbers i from 1 to %d.
	Series string
	// Endless is a model of id, email and phone that is not read to its end while a test waits.
	Endless string
	// Longest is the most bytes of a text; 0 for those that take any.
	Longest int
	// HalfWay is a model of id and email that fails after many rows, over the value
	// secret@x.com, and HalfWaySays is in the error.
	HalfWay, HalfWaySays string
}

// Standard is the spelling of PostgreSQL, which DuckDB shares.
func Standard() Spelling {
	return Spelling{
		ColumnTypes: ColumnTypes{Text: "text", Integer: "integer", Decimal: "numeric(15, 2)", Single: "real", Double: "float8", Timestamp: "timestamp"},
		Quote:       warehouse.Quote, Literal: warehouse.QuoteText,
		Moment: "TIMESTAMP '%s'", AsText: "CAST(%s AS text)", Joined: "%s || %s", Repeated: "repeat(%s, %d)",
		List:        "string_to_array(%s, ',')",
		Series:      "generate_series(1, %d) AS g(i)",
		Endless:     "SELECT CAST(a.i AS text) AS id, CAST(count(*) AS text) AS email, '' AS phone FROM generate_series(1, 2000000) AS a(i) JOIN generate_series(1, 2000000) AS b(i) ON a.i + b.i > 0 GROUP BY 1",
		HalfWay:     "SELECT CAST(i AS text) AS id, CAST(CAST(CASE WHEN i = 150000 THEN 'secret@x.com' ELSE '1' END AS integer) AS text) AS email FROM generate_series(1, 150000) AS g(i)",
		HalfWaySays: "converted",
	}
}

// long is as many bytes as are asked for, or as a text takes.
func (s *Spelling) long(bytes int) int {
	if s.Longest > 0 {
		return min(bytes, s.Longest)
	}
	return bytes
}

// people is a model of so many customers.
func (s *Spelling) people(rows int) string {
	number := fmt.Sprintf(s.AsText, "i")
	email := fmt.Sprintf(s.Joined, fmt.Sprintf(s.Joined, "'user'", number), "'@example.com'")
	return fmt.Sprintf("SELECT %s AS id, %s AS email, %s AS phone FROM %s", number, email, fmt.Sprintf(s.AsText, "10000000 + i"), fmt.Sprintf(s.Series, rows))
}
