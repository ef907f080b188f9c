package catalog

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/config"
	"github.com/eddy-retl/eddy/connectors"
	"github.com/eddy-retl/eddy/store"
)

// Mask stands where a secret is set. Sent back, it keeps the secret as it is.
const Mask = "********"

// declaration is what a kind of source or destination says of its options.
type declaration struct {
	options []eddy.Option
	// place and apart are nil where the kind has none.
	place, apart func(map[string]string) (map[string]string, error)
}

func declared(kind store.Kind, typ string) declaration {
	switch kind {
	case store.Source:
		k, _ := connectors.Warehouse(typ)
		return declaration{k.Options, k.Place, k.Apart}
	case store.Destination:
		k, _ := connectors.Destination(typ)
		return declaration{options: k.Options, place: k.Place}
	default:
		return declaration{}
	}
}

// Options are the options that the type of a source or destination declares.
func Options(kind store.Kind, typ string) []eddy.Option { return declared(kind, typ).options }

// texts are the values of an object's options as a configuration has them, without those
// that are of another kind than a configuration takes.
func (d declaration) texts(o object) map[string]string {
	out := map[string]string{}
	for _, option := range d.options {
		in := o
		group, key := option.Group()
		if group != "" {
			v, _ := o.get(group)
			in, _ = v.(object)
		}
		v, _ := in.get(key)
		if list, ok := v.([]any); ok {
			parts := make([]string, len(list))
			for i := range list {
				parts[i] = fmt.Sprint(list[i])
			}
			v = strings.Join(parts, ",")
		}
		switch v := v.(type) {
		case nil:
			if option.Default != "" {
				out[option.Name] = option.Default
			}
		case string, json.Number, bool:
			out[option.Name] = fmt.Sprint(v)
		}
	}
	return out
}

// takeApart puts what a whole amounts to in its place. What stands beside it wins.
func (d declaration) takeApart(o object) (object, error) {
	some := false
	for _, option := range d.options {
		if v, set := o.get(option.Name); set && option.Part == eddy.WholePart {
			some = some || v != ""
			if v == Mask {
				return nil, fmt.Errorf("%s: is masked, and no value of it is stored", option.Name)
			}
			if _, ok := v.(string); !ok {
				return nil, fmt.Errorf("%s: expected text", option.Name)
			}
		}
	}
	var parts map[string]string
	if some && d.apart != nil {
		var err error
		if parts, err = d.apart(d.texts(o)); err != nil {
			return nil, err
		}
	}
	for _, option := range d.options {
		if option.Part == eddy.WholePart {
			o = slices.DeleteFunc(o, func(m member) bool { return m.name == option.Name })
		}
		group, _ := option.Group() // a group stays as it is: no whole says anything of it
		if value, set := parts[option.Name]; set && option.Part != eddy.WholePart && group == "" {
			o = o.set(option.Name, optionValue(option, value))
		}
	}
	return o, nil
}

// Leads refuses options, without their secrets, that lead nowhere or where a server does not
// go. They are a correct configuration otherwise.
func Leads(kind store.Kind, spec json.RawMessage) error {
	o, err := decode(spec)
	if err != nil {
		return err
	}
	if d := declared(kind, o.typeOf()); d.place != nil {
		_, err = d.place(d.texts(o))
	}
	return err
}

// set gives a key a value, in its place if it is there.
func (o object) set(name string, value any) object {
	for i := range o {
		if o[i].name == name {
			o[i].value = value
			return o
		}
	}
	return append(o, member{name, value})
}

// Current is a stored object as this version stores it: one that holds a whole, such as the
// URL of a connection, is taken apart. One that cannot be is as it was.
func Current(o store.Object) store.Object {
	spec, err := decode(o.Spec)
	if err != nil || len(o.Secrets) == 0 {
		return o
	}
	d := declared(o.Kind, spec.typeOf())
	if !slices.ContainsFunc(d.options, func(option eddy.Option) bool { return option.Part == eddy.WholePart && o.Secrets[option.Name] != "" }) {
		return o
	}
	for name, value := range o.Secrets {
		spec = spec.within(name, value)
	}
	if spec, err = d.takeApart(spec); err != nil {
		return o
	}
	if open, secrets, err := d.separate(spec); err == nil {
		o.Secrets = secrets
		if data, err := json.Marshal(open); err == nil {
			o.Spec = data
			return o
		}
	}
	return o
}

// typeOf is the type that a source or destination names.
func (o object) typeOf() string {
	v, _ := o.get("type")
	s, _ := v.(string)
	return s
}

// Separate takes the secrets out of a source's or destination's value, and a whole apart. A
// secret that is masked is taken from old, the object as it is stored. One that is empty is
// none.
func Separate(kind store.Kind, spec json.RawMessage, old store.Object) (json.RawMessage, store.Secrets, error) {
	o, err := decode(spec)
	if err != nil {
		return nil, nil, err
	}
	if kind == store.Suppression { // what is null is absent, and the document has no null
		o = slices.DeleteFunc(o, func(m member) bool { return m.value == nil })
	}
	d := declared(kind, o.typeOf())
	if o, err = d.takeApart(o); err != nil {
		return nil, nil, err
	}
	open, secrets, err := d.separate(o)
	if err != nil {
		return nil, nil, err
	}
	old = Current(old)
	var kept []string
	for _, name := range slices.Sorted(maps.Keys(secrets)) {
		if secrets[name] != Mask {
			continue
		}
		stored, ok := old.Secrets[name]
		if !ok {
			return nil, nil, fmt.Errorf("%s: is masked, and no value of it is stored", name)
		}
		secrets[name] = stored
		kept = append(kept, name)
	}
	if err := elsewhere(open, old, kept); err != nil {
		return nil, nil, err
	}
	data, err := json.Marshal(open)
	return data, secrets, err
}

// separate parts the secrets of an object from what everybody may see. A secret that is
// empty is none. One of a group has the group's name before its own, with a dot between.
func (d declaration) separate(o object) (open object, secrets store.Secrets, err error) {
	secret := map[string]bool{}
	for _, option := range d.options {
		secret[option.Name] = option.Secret()
	}
	secrets = store.Secrets{}
	open, err = part(o, "", secret, secrets)
	return open, secrets, err
}

// part takes the secrets out of an object, and out of its groups.
func part(o object, prefix string, secret map[string]bool, secrets store.Secrets) (open object, err error) {
	open = object{}
	for _, m := range o {
		if group, ok := m.value.(object); ok && prefix == "" {
			if m.value, err = part(group, m.name+".", secret, secrets); err != nil {
				return nil, err
			}
		}
		name := prefix + m.name
		if !secret[name] {
			open = append(open, m)
			continue
		}
		text, ok := m.value.(string)
		if !ok {
			return nil, fmt.Errorf("%s: expected text", name)
		}
		if text != "" {
			secrets[name] = text
		}
	}
	return open, nil
}

// within adds the value of an option, in its group if it is of one.
func (o object) within(name string, value any) object {
	group, key := eddy.Option{Name: name}.Group()
	if group == "" {
		return append(o, member{name, value})
	}
	in, _ := o.get(group)
	members, _ := in.(object)
	return o.set(group, append(slices.Clone(members), member{key, value}))
}

// elsewhere refuses to send stored secrets to another place: whoever may change where a
// source is, but never saw its password, must not have it sent to a server of theirs. What
// options mean is compared, as their kind says it; where one of the two means nothing, their
// texts are.
func elsewhere(now object, old store.Object, kept []string) error {
	if len(kept) == 0 {
		return nil
	}
	before, err := decode(old.Spec)
	if err != nil {
		return err
	}
	changed := ""
	if now.typeOf() != before.typeOf() {
		changed = "type"
	}
	d := declared(old.Kind, before.typeOf())
	a, b := d.texts(before), d.texts(now)
	if d.place != nil {
		x, err1 := d.place(a)
		y, err2 := d.place(b)
		if err1 == nil && err2 == nil {
			a, b = x, y
		}
	}
	for _, option := range d.options {
		if place := !option.Secret() && option.Part != eddy.PlainPart; place && changed == "" && a[option.Name] != b[option.Name] {
			changed = option.Name
		}
	}
	if changed == "" {
		return nil
	}
	return &eddy.Error{
		Code: eddy.CodeConfig, What: fmt.Sprintf("%s: enter it again: %s changed, and a stored secret is not sent to another place", strings.Join(kept, " and "), changed),
	}
}

// Complete is an object's value with its secrets in place, in the order in which their
// kind declares them.
func Complete(o store.Object) (json.RawMessage, error) {
	return fill(o, func(_, secret string) string { return secret })
}

// Masked is an object's value as people may see it: that a secret is set, not what it is.
func Masked(o store.Object) (json.RawMessage, error) {
	return fill(Current(o), func(string, string) string { return Mask })
}

func fill(o store.Object, show func(name, secret string) string) (json.RawMessage, error) {
	spec, err := decode(o.Spec)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", o.Kind, o.Name, err)
	}
	names := slices.Sorted(maps.Keys(o.Secrets))
	order := map[string]int{}
	for i, option := range Options(o.Kind, spec.typeOf()) {
		order[option.Name] = i
	}
	slices.SortStableFunc(names, func(a, b string) int { return order[a] - order[b] })
	for _, name := range names {
		spec = spec.within(name, show(name, o.Secrets[name]))
	}
	return json.Marshal(spec)
}

// Pointer turns the key of a problem into a JSON pointer within the value of one object.
// ok is false for problems of other objects.
func Pointer(key string, kind store.Kind, name string) (pointer string, ok bool) {
	parts := split(key)
	if len(parts) < 2 || parts[0] != section(kind) || parts[1] != name {
		return "", false
	}
	var b strings.Builder
	for _, part := range parts[2:] {
		b.WriteString("/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(part))
	}
	return b.String(), true
}

// split takes the path of a key apart: keys that are not plain are quoted, and entries of
// lists are in brackets.
func split(key string) (parts []string) {
	for key != "" {
		var part string
		if quoted, err := quotedPrefix(key); err == nil {
			part, key = quoted.text, key[quoted.length:]
		} else {
			end := strings.IndexAny(key, ".[")
			if end < 0 {
				end = len(key)
			}
			part, key = key[:end], key[end:]
		}
		parts = append(parts, part)
		for strings.HasPrefix(key, "[") {
			var index string
			index, key, _ = strings.Cut(key[1:], "]")
			parts = append(parts, index)
		}
		key = strings.TrimPrefix(key, ".")
	}
	return parts
}

// Problems finds the mistakes that an error tells of.
func Problems(err error) (config.Problems, bool) { return errors.AsType[config.Problems](err) }
