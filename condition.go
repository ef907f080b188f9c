package eddy

import "slices"

// Condition says of a row of a table whether it is in a model: a group of conditions, or one thing
// about the row. Exactly one of All, Any, None, Test, Related and Member is set. A condition is
// true or false, never unknown: about a value that is missing, only that it is empty and what
// begins with not are true.
type Condition struct {
	// All holds where each one holds, also of none; Any where one does; None where no one does.
	All  []Condition `json:",omitempty"`
	Any  []Condition `json:",omitempty"`
	None []Condition `json:",omitempty"`
	// Test is about a column of the row.
	Test *Test `json:",omitempty"`
	// Related is about the rows of another table that belong to the row.
	Related *Related `json:",omitempty"`
	// Member is about whether the row's record is in the model of another connection.
	Member *Member `json:",omitempty"`
}

// Test compares a column with values.
type Test struct {
	Column string
	Op     Op
	// Values are as many as the operator takes, as texts: a number as its digits, a day as
	// 2006-01-02, a moment as RFC 3339, yes and no as true and false.
	Values []string
}

// Op is what a test asks of a value.
type Op string

// The operators. Which columns they are for says [Property.Asks].
const (
	Is          Op = "is"
	IsNot       Op = "is_not"
	OneOf       Op = "one_of"
	NotOneOf    Op = "not_one_of"
	Contains    Op = "contains"
	NotContains Op = "not_contains"
	StartsWith  Op = "starts_with"
	EndsWith    Op = "ends_with"
	Above       Op = "above"
	AtLeast     Op = "at_least"
	Below       Op = "below"
	AtMost      Op = "at_most"
	On          Op = "on"
	Before      Op = "before"
	After       Op = "after"
	Since       Op = "since"
	InLastDays  Op = "in_last_days"
	OverDaysAgo Op = "over_days_ago"
	InNextDays  Op = "in_next_days"
	Empty       Op = "empty"
)

// Ops lists the operators.
func Ops() []Op {
	return []Op{
		Is, IsNot, OneOf, NotOneOf, Contains, NotContains, StartsWith, EndsWith, Above, AtLeast, Below, AtMost,
		On, Before, After, Since, InLastDays, OverDaysAgo, InNextDays, Empty,
	}
}

// Property is what the values of a column are to conditions.
type Property string

// The properties.
const (
	TextProperty   Property = "text"
	NumberProperty Property = "number"
	YesNoProperty  Property = "yes_no"
	TimeProperty   Property = "time"
	ListProperty   Property = "list"
)

// Asks are the operators of columns of a property.
func (p Property) Asks() []Op {
	switch p {
	case TextProperty:
		return []Op{Is, IsNot, OneOf, NotOneOf, Contains, NotContains, StartsWith, EndsWith, Empty}
	case NumberProperty:
		return []Op{Is, IsNot, OneOf, NotOneOf, Above, AtLeast, Below, AtMost, Empty}
	case YesNoProperty:
		return []Op{Is, IsNot, Empty}
	case TimeProperty:
		return []Op{On, Before, After, Since, InLastDays, OverDaysAgo, InNextDays, Empty}
	case ListProperty:
		return []Op{Contains, NotContains, Empty}
	default:
		return nil
	}
}

// Numeric are the operators that compare numbers, as those of [Related] do.
func Numeric() []Op { return []Op{Is, IsNot, Above, AtLeast, Below, AtMost} }

// Relation is a second table whose rows belong to the rows of a first one: the orders of customers.
type Relation struct {
	Name string
	// Table has the rows that belong, and Key is its column that says to whom.
	Table, Key string
	// Of is the first table, and OfKey its column that Key refers to.
	Of, OfKey string
}

// Aggregate is what of the rows that belong is compared.
type Aggregate string

// The aggregates. Exists asks for nothing but that there is a row, or none.
const (
	Exists  Aggregate = "exists"
	Count   Aggregate = "count"
	Sum     Aggregate = "sum"
	Average Aggregate = "avg"
	Least   Aggregate = "min"
	Most    Aggregate = "max"
)

// Aggregates lists them.
func Aggregates() []Aggregate { return []Aggregate{Exists, Count, Sum, Average, Least, Most} }

// Related asks of the rows of a relation that fulfil a condition whether there are any, how many,
// or what their numbers come to. Where there is none, their count and their sum are 0, and no
// comparison holds of the other aggregates.
type Related struct {
	Relation Relation
	// Where is what a row fulfils to count; nil is nothing.
	Where     *Condition `json:",omitempty"`
	Aggregate Aggregate
	// Column is what is added up or compared; empty for Exists and Count.
	Column string `json:",omitempty"`
	// Op and Value are the comparison, one of [Numeric] with a number; for Exists, Op is Is and
	// Value true or false.
	Op    Op
	Value string
}

// Member asks whether the row's record is one of those that another connection's model has.
type Member struct {
	// Connection is the other one's name.
	Connection string
	// Model and Identifier are its model, and the column there that names a record. Own is the
	// identifier of the connection that asks.
	Model      Model
	Identifier string
	Own        string
	// Not asks whether it is none of them.
	Not bool
}

// Each hands a condition and all within it to visit; those of other connections' models are their
// own.
func (c *Condition) Each(visit func(*Condition)) {
	if c == nil {
		return
	}
	visit(c)
	for _, group := range [][]Condition{c.All, c.Any, c.None} {
		for i := range group {
			group[i].Each(visit)
		}
	}
	if c.Related != nil {
		c.Related.Where.Each(visit)
	}
}

// Many says that an operator takes several values.
func (o Op) Many() bool { return o == OneOf || o == NotOneOf }

// What conditions may be. What is beyond would be too large a statement for some warehouse.
const (
	// MaxOneOf is how many values one test names.
	MaxOneOf = 1_000
	// MaxConditions is how many conditions a model has, with those of the audiences that it asks
	// about.
	MaxConditions = 500
	// MaxNested is how deep they nest.
	MaxNested = 10
	// MaxValue is the length of a value in bytes.
	MaxValue = 1_000
	// MaxDays is how many days an operator counts.
	MaxDays = 36_500
)

// IsDays says that an operator's value is a number of days.
func (o Op) IsDays() bool { return slices.Contains([]Op{InLastDays, OverDaysAgo, InNextDays}, o) }
