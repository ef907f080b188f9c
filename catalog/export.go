package catalog

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/eddy-retl/eddy/store"
)

// Export writes the store as a configuration file. Secrets become variables that are
// named after where they stand: ${SHOP_PASSWORD}. No two secrets have one.
func Export(ctx context.Context, st *store.Store) ([]byte, error) {
	all, err := objects(ctx, st)
	if err != nil {
		return nil, err
	}
	doc, taken := object{}, map[string]bool{}
	for _, kind := range Kinds() {
		named := object{}
		for _, o := range all {
			if o.Kind != kind || store.IsUpload(o) {
				continue
			}
			spec, err := exported(o, taken)
			if err != nil {
				return nil, err
			}
			named = append(named, member{o.Name, spec})
		}
		if len(named) > 0 {
			doc = append(doc, member{section(kind), named})
		}
	}
	if len(doc) == 0 {
		return []byte("# This server has no sources, destinations, connections and suppression lists yet.\n"), nil
	}
	var b bytes.Buffer
	if err := writeYAML(&b, doc, ""); err != nil {
		return nil, fmt.Errorf("write the configuration: %w", err)
	}
	for _, o := range all {
		if store.IsUpload(o) {
			fmt.Fprintf(&b, "# suppress.%s was uploaded: it stays on the server, also with --prune.\n", o.Name)
		}
	}
	return b.Bytes(), nil
}

// exported is an object's value as a file has it. taken are the variables that are in use.
func exported(o store.Object, taken map[string]bool) (object, error) {
	plain := o
	plain.Secrets = nil
	data, err := Complete(plain)
	if err != nil {
		return nil, err
	}
	spec, err := decode([]byte(strings.ReplaceAll(string(data), "${", "$${")))
	if err != nil {
		return nil, err
	}
	for _, option := range Options(o.Kind, spec.typeOf()) {
		if _, set := o.Secrets[option.Name]; set {
			spec = spec.within(option.Name, "${"+freeVariable(o.Name, option.Name, taken)+"}")
		}
	}
	return spec, nil
}

// freeVariable is the name of the environment variable that stands for a secret option: one that is
// not taken yet, because names such as shop-a and shop_a come to the same.
func freeVariable(object, option string, taken map[string]bool) string {
	clean := func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '_':
			return r
		default:
			return '_'
		}
	}
	name := strings.Map(clean, object+"_"+option)
	if name[0] >= '0' && name[0] <= '9' {
		name = "_" + name
	}
	free := name
	for n := 2; taken[free]; n++ {
		free = name + "_" + strconv.Itoa(n)
	}
	taken[free] = true
	return free
}
