package config

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/eddy-retl/eddy"
)

// maxPort is the last port that there is.
const maxPort = 1<<16 - 1

// options checks the declared options of a source or destination and fills in their
// defaults. common are the keys that are not options. Values are not shown in
// problems: a secret in the wrong place is still a secret.
func (c *checker) options(v value, declared []eddy.Option, common ...string) map[string]string {
	valid := slices.Clone(common)
	values := map[string]string{}
	groups := map[string][]string{}
	for _, o := range declared {
		in, key := v, o.Name
		if group, member := o.Group(); group != "" {
			if groups[group] == nil {
				valid = append(valid, group)
			}
			groups[group] = append(groups[group], member)
			in, key = v.get(group), member
		} else {
			valid = append(valid, o.Name)
		}
		option := in.get(key)
		if !option.present() {
			if o.Required {
				option.problem(example(o), "is missing")
			} else if o.Default != "" {
				values[o.Name] = o.Default
			}
			continue
		}
		if s, ok := option.option(o); ok {
			values[o.Name] = s
		}
	}
	for _, o := range declared {
		if option := v.get(o.Name); o.With.Option != "" && option.present() && !slices.Contains(o.With.Values, values[o.With.Option]) {
			option.problem("take it out, or set "+o.With.Option+": "+strings.Join(o.With.Values, " or "), "is not used with %s: %s", o.With.Option, values[o.With.Option])
		}
	}
	v.keys(valid...)
	for _, group := range slices.Sorted(maps.Keys(groups)) {
		if in := v.get(group); in.isMapping() {
			in.keys(groups[group]...)
		}
	}
	return values
}

// example shows how an option that is missing would be written.
func example(o eddy.Option) string {
	if o.Example == "" {
		return o.Help
	}
	return "for example " + o.Name + ": " + o.Example
}

// option reads the value of one option as the text that is kept.
func (v value) option(o eddy.Option) (string, bool) {
	if o.Kind == eddy.ListOption {
		return v.listOption(o)
	}
	if !v.scalar() {
		v.mismatch(wanted(o), "")
		return "", false
	}
	read := v.text
	if o.Required {
		read = v.filled
	}
	t, ok := read()
	if !ok {
		return "", false
	}
	return v.element(o, t)
}

// wanted says what an option takes.
func wanted(o eddy.Option) string {
	switch o.Kind {
	case eddy.BoolOption:
		return "true or false"
	case eddy.NumberOption:
		return "a whole number"
	case eddy.PortOption:
		return "a port, which is a number from 1 to " + strconv.Itoa(maxPort)
	case eddy.PathOption:
		return "a path"
	default:
		return "text"
	}
}

// element checks one text against the option's kind and choices.
func (v value) element(o eddy.Option, t text) (string, bool) {
	switch o.Kind {
	case eddy.BoolOption:
		b, ok := parseBool(t.string)
		if !ok {
			v.misfit(wanted(o), unquoted(scalarBool, v.n.text))
			return "", false
		}
		return strconv.FormatBool(b), true
	case eddy.NumberOption:
		n, err := strconv.ParseUint(t.string, 10, 63)
		if err != nil {
			v.misfit("a whole number of at least 0", "")
			return "", false
		}
		return strconv.FormatUint(n, 10), true
	case eddy.PortOption:
		n, err := strconv.ParseUint(t.string, 10, 16)
		if err != nil || n == 0 {
			v.misfit(wanted(o), "")
			return "", false
		}
		return strconv.FormatUint(n, 10), true
	}
	if len(o.Choices) > 0 && !slices.Contains(o.Choices, t.string) {
		near := ""
		if !o.Secret() {
			near = t.near(o.Choices)
		}
		v.problem(near, "is not one of %s", strings.Join(o.Choices, ", "))
		return "", false
	}
	return t.string, true
}

// misfit reports a scalar that is not what the option takes; what it is goes without
// saying when it is text, and is not shown.
func (v value) misfit(want, suggestion string) {
	v.problem(suggestion, "expected %s, got %s", want, v.n.kind.other(want))
}

// other names the kind, or says that it is another one of the kind that was wanted.
func (k kind) other(want string) string {
	if strings.Contains(want, "number") && k == scalarNumber {
		return "another number"
	}
	return k.String()
}

// listOption reads a list, or one text with commas in it, as the texts joined by commas.
func (v value) listOption(o eddy.Option) (string, bool) {
	items, ok := v.list()
	kept := []string{}
	for _, item := range items {
		if s, itemOK := item.value.element(o, item.text); itemOK {
			kept = append(kept, s)
		} else {
			ok = false
		}
	}
	if o.Required && len(kept) == 0 && ok {
		v.problem(example(o), "is empty")
		return "", false
	}
	return strings.Join(kept, ","), ok
}

// item is one text of a list and where it stands.
type item struct {
	value value
	text  text
}

// list reads the texts of a list.
func (v value) list() (items []item, ok bool) {
	if v.scalar() {
		t, ok := v.text()
		for part := range strings.SplitSeq(t.string, ",") {
			if part = strings.TrimSpace(part); part != "" {
				items = append(items, item{v, text{part, t.raw, t.wrapped}})
			}
		}
		return items, ok
	}
	if v.n.kind != list {
		v.mismatch("a list", "")
		return nil, false
	}
	ok = true
	for i, n := range v.n.items {
		entry := value{c: v.c, key: v.key + "[" + strconv.Itoa(i) + "]", at: v.at, n: n}
		t, textOK := entry.listed()
		ok = ok && textOK
		if textOK {
			items = append(items, item{entry, t})
		}
	}
	return items, ok
}

// listed is one text of a list. Commas join the list, so none can be inside.
func (v value) listed() (text, bool) {
	if !v.present() {
		v.problem("", "is empty")
		return text{}, false
	}
	t, ok := v.filled()
	if ok && strings.Contains(t.string, ",") {
		v.problem("make it two entries of the list", "has a comma in it")
		return t, false
	}
	return t, ok
}
