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

// Options are the options that the type of a source or destination declares.
func Options(kind store.Kind, typ string) []eddy.Option {
	switch kind {
	case store.Source:
		k, _ := connectors.Warehouse(typ)
		return k.Options
	case store.Destination:
		k, _ := connectors.Destination(typ)
		return k.Options
	default:
		return nil
	}
}

// typeOf is the type that a source or destination names.
func (o object) typeOf() string {
	v, _ := o.get("type")
	s, _ := v.(string)
	return s
}

// Separate takes the secrets out of a source's or destination's value. A secret that is
// masked is taken from old, the object as it is stored. One that is empty is none.
func Separate(kind store.Kind, spec json.RawMessage, old store.Object) (json.RawMessage, store.Secrets, error) {
	o, err := decode(spec)
	if err != nil {
		return nil, nil, err
	}
	secret := map[string]bool{}
	for _, option := range Options(kind, o.typeOf()) {
		secret[option.Name] = option.Secret
	}
	open, secrets := object{}, store.Secrets{}
	var kept []string
	for _, m := range o {
		if !secret[m.name] {
			open = append(open, m)
			continue
		}
		text, ok := m.value.(string)
		if !ok {
			return nil, nil, fmt.Errorf("%s: expected text", m.name)
		}
		if text == Mask {
			if text, ok = old.Secrets[m.name]; !ok {
				return nil, nil, fmt.Errorf("%s: is masked, and no value of it is stored", m.name)
			}
			kept = append(kept, m.name)
		}
		if text != "" {
			secrets[m.name] = text
		}
	}
	if err := elsewhere(open, secrets, old, kept); err != nil {
		return nil, nil, err
	}
	data, err := json.Marshal(open)
	return data, secrets, err
}

// elsewhere refuses to send stored secrets to another place: whoever may change where a
// source is, but never saw its password, must not have it sent to a server of theirs. An
// option says where unless it is declared plain, also one that is a secret itself, such as
// a connection's URL.
func elsewhere(now object, secrets store.Secrets, old store.Object, kept []string) error {
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
	for _, option := range Options(old.Kind, before.typeOf()) {
		if option.Plain || slices.Contains(kept, option.Name) || changed != "" {
			continue
		}
		a, _ := before.get(option.Name)
		b, _ := now.get(option.Name)
		if option.Secret {
			a, b = old.Secrets[option.Name], secrets[option.Name]
		}
		if fmt.Sprint(a) != fmt.Sprint(b) {
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
	return fill(o, func(string, string) string { return Mask })
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
		spec = append(spec, member{name, show(name, o.Secrets[name])})
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
