package warehouse

import (
	"fmt"
	"strings"
	"time"

	"github.com/eddy-retl/eddy"
)

// Conditioned is the ability of a source to have conditions written in its SQL.
type Conditioned interface {
	Conditions() *Conditions
}

// Conditions is how conditions on rows are written in a source's SQL, as data. The letters %s
// stand for expressions that are put in; texts and names are those of [Conditions.Literal] and
// [QuoteFor].
type Conditions struct {
	Times
	// Literal writes any text so that it is taken as one.
	Literal func(text string) string
	// Table is how a query names the table of a model that names one; nil is [From].
	Table func(name string) string
	// Exact is the text %s, so that two are equal where their letters are the same; empty where
	// texts compare so.
	Exact string
	// AsText is any value %s as a text.
	AsText string
	// Contains says that the text %[1]s has the text %[2]s in it, Starts that it begins with it,
	// and Ends that it ends with it.
	Contains, Starts, Ends string
	// Has says that the list %[1]s has the text %[2]s among its values, as texts, and Items is how
	// many values the list has; empty where there are no lists.
	Has, Items string
	// Number is the text %s as a number, or NULL where it is none, and Time the same as a
	// [Timestamp]; empty where a text is a text.
	Number, Time string
}

// Times are how days and times are written: literals of 2006-01-02 and of 2006-01-02 15:04:05 in
// UTC, and what is %d days from now, or ago where that is negative.
type Times struct {
	Day, Moment, Zoned             string
	DaysOn, MomentsOn, ZonedDaysOn string
}

// At is a time as values of a class are compared with it: a day, midnight of it or a moment.
func (t *Times) At(c Class, at time.Time) string {
	at = at.UTC()
	switch c {
	case Date:
		return fmt.Sprintf(t.Day, at.Format(time.DateOnly))
	case TimestampTZ:
		return fmt.Sprintf(t.Zoned, at.Format(time.DateTime))
	default:
		return fmt.Sprintf(t.Moment, at.Format(time.DateTime))
	}
}

// FromNow is the time some days from now as values of a class are compared with it.
func (t *Times) FromNow(c Class, days int) string {
	switch c {
	case Date:
		return fmt.Sprintf(t.DaysOn, days)
	case TimestampTZ:
		return fmt.Sprintf(t.ZonedDaysOn, days)
	default:
		return fmt.Sprintf(t.MomentsOn, days)
	}
}

// PropertyOf is what the values of a column are to conditions; empty where they are nothing that a
// condition can be about but whether there is one.
func PropertyOf(c Column) eddy.Property {
	switch c.Class {
	case Text:
		return eddy.TextProperty
	case Date, Timestamp, TimestampTZ:
		return eddy.TimeProperty
	case List:
		return eddy.ListProperty
	case Decimal, Single, Double:
		return eddy.NumberProperty
	case Plain:
	}
	typ := strings.ToLower(c.Type)
	for _, around := range []string{"nullable(", "lowcardinality("} {
		typ = strings.TrimPrefix(typ, around)
	}
	typ = strings.TrimSuffix(strings.TrimPrefix(typ, "unsigned "), " unsigned")
	typ, _, _ = strings.Cut(typ, "(")
	switch strings.TrimRight(typ, ") ") {
	case "boolean", "bool":
		return eddy.YesNoProperty
	case "tinyint", "smallint", "mediumint", "int", "integer", "bigint", "hugeint", "utinyint", "usmallint", "uinteger", "ubigint", "uhugeint",
		"int2", "int4", "int8", "int16", "int32", "int64", "int128", "int256", "uint8", "uint16", "uint32", "uint64", "uint128", "uint256",
		"byte", "short", "long", "number", "year":
		return eddy.NumberProperty
	default:
		return eddy.TextProperty
	}
}
