package where

import (
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

// test is what a test asks of its column.
func (w *writer) test(s scope, t *eddy.Test) (string, error) {
	c, err := s.pick(t.Column, "where")
	if err != nil {
		return "", err
	}
	name, property := s.name(w, c), warehouse.PropertyOf(c)
	switch {
	case t.Op == eddy.Empty:
		return w.empty(name, property, t.Values[0] == "true"), nil
	case property == eddy.TextProperty && !slices.Contains(property.Asks(), t.Op):
		// A text may be asked as what it stands for, as the values of files are.
		if number, p := w.numeric(name, c); p == eddy.NumberProperty && slices.Contains(p.Asks(), t.Op) {
			name, property = number, p
		} else if w.Time != "" && slices.Contains(eddy.TimeProperty.Asks(), t.Op) {
			name, property, c.Class = fmt.Sprintf(w.Time, w.text(name, c)), eddy.TimeProperty, warehouse.Timestamp
		}
	}
	if !slices.Contains(property.Asks(), t.Op) {
		asks := make([]string, 0, len(property.Asks()))
		for _, op := range property.Asks() {
			asks = append(asks, string(op))
		}
		return "", refused("where: %s is not for column %q, whose type is %s", "Ask it with "+strings.Join(asks, ", ")+"; or write the model as sql:, with another type of the column.", t.Op, c.Name, c.Type)
	}
	switch property {
	case eddy.TimeProperty:
		return w.time(name, c, t)
	case eddy.ListProperty:
		has := fmt.Sprintf(w.Has, name, w.Literal(t.Values[0]))
		return negated(t.Op == eddy.NotContains, has), nil
	case eddy.TextProperty:
		return w.texts(w.text(name, c), t), nil
	case eddy.YesNoProperty, eddy.NumberProperty:
		return w.values(name, property, c, t)
	}
	return "", refused("where: column %q, whose type is %s, can only be asked whether it is empty", "Write the model as sql:.", c.Name, c.Type)
}

func negated(contrary bool, condition string) string {
	if contrary {
		return not(condition)
	}
	return condition
}

// empty is whether there is no value; a text and a list without anything in it are none.
func (w *writer) empty(name string, p eddy.Property, is bool) string {
	has := name + " IS NOT NULL"
	switch {
	case p == eddy.TextProperty:
		has = fmt.Sprintf(w.AsText, name) + " <> ''"
	case p == eddy.ListProperty && w.Items != "":
		has = fmt.Sprintf(w.Items, name) + " > 0"
	}
	return negated(is, has)
}

// text is a column's value as a text.
func (w *writer) text(name string, c warehouse.Column) string {
	if c.Class == warehouse.Text {
		return name
	}
	return fmt.Sprintf(w.AsText, name)
}

// numeric is a column's value as a number, where it is one or, as a text, may stand for one.
func (w *writer) numeric(name string, c warehouse.Column) (string, eddy.Property) {
	p := warehouse.PropertyOf(c)
	if p == eddy.TextProperty && w.Number != "" {
		return fmt.Sprintf(w.Number, w.text(name, c)), eddy.NumberProperty
	}
	return name, p
}

// exact is a text so that two are equal where their letters are the same.
func (w *writer) exact(text string) string {
	if w.Exact == "" {
		return text
	}
	return fmt.Sprintf(w.Exact, text)
}

// texts compares texts letter by letter.
func (w *writer) texts(text string, t *eddy.Test) string {
	text = w.exact(text)
	values := make([]string, len(t.Values))
	for i, v := range t.Values {
		values[i] = w.exact(w.Literal(v))
	}
	pattern := map[eddy.Op]string{eddy.Contains: w.Contains, eddy.NotContains: w.Contains, eddy.StartsWith: w.Starts, eddy.EndsWith: w.Ends}[t.Op]
	if pattern != "" {
		return negated(t.Op == eddy.NotContains, fmt.Sprintf(pattern, text, values[0]))
	}
	return equal(text, values, t.Op)
}

// equal is whether a value is one of some, or none.
func equal(name string, values []string, op eddy.Op) string {
	is := name + " = " + values[0]
	if op == eddy.OneOf || op == eddy.NotOneOf {
		is = name + " IN (" + strings.Join(values, ", ") + ")"
	}
	return negated(op == eddy.IsNot || op == eddy.NotOneOf, is)
}

// values compares numbers, and yes and no, which some warehouses have as numbers.
func (w *writer) values(name string, p eddy.Property, c warehouse.Column, t *eddy.Test) (string, error) {
	values := make([]string, len(t.Values))
	for i, v := range t.Values {
		if v == "true" || v == "false" {
			if t.Op != eddy.Is && t.Op != eddy.IsNot {
				return "", refused("where: column %q is asked whether it is %s %s", "Give a number.", c.Name, t.Op, v)
			}
			yes := name
			if p == eddy.NumberProperty {
				yes = "(" + name + " <> 0)"
			}
			return negated(t.Op == eddy.IsNot, yes+" = "+strings.ToUpper(v)), nil
		}
		if p == eddy.YesNoProperty {
			return "", refused("where: column %q is yes or no, and is asked whether it is %q", "Give true or false.", c.Name, v)
		}
		n, err := number(v)
		if err != nil {
			return "", fmt.Errorf("where: column %q: %w", c.Name, err)
		}
		values[i] = n
	}
	if s := sign(t.Op); s != "" && t.Op != eddy.Is && t.Op != eddy.IsNot {
		return name + " " + s + " " + values[0], nil
	}
	return equal(name, values, t.Op), nil
}

// digits are numbers as conditions have them: exact in every warehouse.
var digits = regexp.MustCompile(`^-?[0-9]{1,18}(\.[0-9]{1,9})?$`)

func number(v string) (string, error) {
	if !digits.MatchString(v) {
		return "", refused("%q is no number that a condition takes", "Write digits, with a point before a fraction: at most 18 before it and 9 behind.", v)
	}
	if strings.HasPrefix(v, "-") {
		return "(" + v + ")", nil
	}
	return v, nil
}

// holdsOfZero is whether a comparison is true of 0.
func holdsOfZero(op eddy.Op, value string) bool {
	n, _ := new(big.Rat).SetString(value)
	if n == nil {
		return false
	}
	switch sign := -n.Sign(); op {
	case eddy.Is:
		return sign == 0
	case eddy.IsNot:
		return sign != 0
	case eddy.Above:
		return sign > 0
	case eddy.AtLeast:
		return sign >= 0
	case eddy.Below:
		return sign < 0
	default:
		return sign <= 0
	}
}

// time compares times. A day is all of it, in UTC; days from now are of 24 hours, and for a column
// of days they are days.
func (w *writer) time(name string, c warehouse.Column, t *eddy.Test) (string, error) {
	if t.Op.IsDays() {
		n, err := strconv.Atoi(t.Values[0])
		if err != nil || n < 0 || n > eddy.MaxDays {
			return "", refused("where: column %q: %q is no number of days", fmt.Sprintf("Write a whole number up to %d.", eddy.MaxDays), c.Name, t.Values[0])
		}
		now := w.FromNow(c.Class, 0)
		switch t.Op {
		case eddy.InLastDays:
			return "(" + name + " >= " + w.FromNow(c.Class, -n) + " AND " + name + " <= " + now + ")", nil
		case eddy.OverDaysAgo:
			return name + " < " + w.FromNow(c.Class, -n), nil
		default:
			return "(" + name + " >= " + now + " AND " + name + " <= " + w.FromNow(c.Class, n) + ")", nil
		}
	}
	at, day, err := Moment(t.Values[0])
	switch {
	case err != nil:
		return "", fmt.Errorf("where: column %q: %w", c.Name, err)
	case !day && (c.Class == warehouse.Date || t.Op == eddy.On):
		return "", refused("where: column %q is asked whether it is %s a moment", "Write a day, such as 2026-01-31.", c.Name, t.Op)
	}
	end := at.AddDate(0, 0, 1)
	switch t.Op {
	case eddy.On:
		return "(" + name + " >= " + w.At(c.Class, at) + " AND " + name + " < " + w.At(c.Class, end) + ")", nil
	case eddy.Before:
		return name + " < " + w.At(c.Class, at), nil
	case eddy.Since:
		return name + " >= " + w.At(c.Class, at), nil
	default:
		if day {
			return name + " >= " + w.At(c.Class, end), nil
		}
		return name + " > " + w.At(c.Class, at), nil
	}
}

// Moment reads a time as conditions have it: a day, or a moment in whole seconds as RFC 3339.
func Moment(v string) (at time.Time, day bool, err error) {
	if at, err := time.Parse(time.DateOnly, v); err == nil && at.Year() > 0 && at.Year() < 9999 {
		return at, true, nil
	}
	at, err = time.Parse(time.RFC3339, v)
	if err != nil || at.Nanosecond() != 0 || at.UTC().Year() < 1 || at.UTC().Year() > 9998 {
		return at, false, refused("%q is no day and no moment", "Write a day, such as 2026-01-31, or a moment, such as 2026-01-31T12:00:00Z.", v)
	}
	return at.UTC(), false, nil
}
