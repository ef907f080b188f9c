package snowflake

import (
	"regexp"
	"strings"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

// Snowflake keeps a name that was written without quotes in upper case, and finds it however it
// is written. Eddy shows those names in lower case, as people write them, and takes them in any
// case. A name that is in lower case, because somebody quoted it, has quotes as a part of it here.
var (
	plainUpper = regexp.MustCompile(`^[A-Z_][A-Z0-9_$]*$`)
	plainAny   = regexp.MustCompile(`^(?:[a-z_][a-z0-9_$]*|[A-Z_][A-Z0-9_$]*)$`)
	keptLower  = regexp.MustCompile(`^"*[a-z_][a-z0-9_$]*"*$`)
)

// shown is a name of Snowflake's as Eddy shows it.
func shown(name string) string {
	switch {
	case plainUpper.MatchString(name):
		return strings.ToLower(name)
	case keptLower.MatchString(name):
		return `"` + name + `"`
	default:
		return name
	}
}

// quote writes a name that Eddy shows, or that somebody wrote, as SQL has it.
func quote(name string) string {
	switch {
	case plainAny.MatchString(name):
		name = strings.ToUpper(name)
	case len(name) > 2 && name[0] == '"' && name[len(name)-1] == '"' && keptLower.MatchString(name):
		name = name[1 : len(name)-1]
	}
	return warehouse.Quote(name)
}

// Quote writes an identifier so that any text is taken as one name.
func (*source) Quote(name string) string { return quote(name) }

// from is a model as a FROM item named m.
func (s *source) from(m eddy.Model) string { return warehouse.From(s, m) + " AS m" }
