package catalog

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/config"
	"github.com/eddy-retl/eddy/setup"
	"github.com/eddy-retl/eddy/store"
)

// Step is what applying a file does to one object.
type Step struct {
	Kind store.Kind `json:"kind"`
	Name string     `json:"name"`
	// Action is create, update, delete or none.
	Action string `json:"action"`
	// Changed are the keys that differ, with the values of before and after; secrets are
	// named and masked.
	Changed []Difference `json:"changed,omitempty"`
}

// Difference is one key of an object that changes.
type Difference struct {
	Key    string          `json:"key"`
	Before json.RawMessage `json:"before,omitempty"`
	After  json.RawMessage `json:"after,omitempty"`
}

// Plan is what applying a file would do.
type Plan struct {
	Steps   []Step
	puts    []store.Object
	deletes []store.Ref
	// revision is that of the objects that the plan was checked against.
	revision int64
}

// The actions of a step.
const (
	Create    = "create"
	Update    = "update"
	Remove    = "delete"
	Unchanged = "none"
)

// PlanApply works out what a configuration file would change. getenv answers for the
// variables of the file; a secret whose variable it does not know stays as it is stored.
// With prune, what the file lacks is deleted.
func PlanApply(ctx context.Context, st *store.Store, name string, text []byte, getenv func(string) (string, bool), prune bool) (Plan, error) {
	revision, err := st.Revision(ctx)
	if err != nil {
		return Plan{}, err
	}
	stored, err := objects(ctx, st)
	if err != nil {
		return Plan{}, err
	}
	known := setup.Known()
	if !prune { // what stays can be named
		if known.Beside, _, err = usable(stored); err != nil {
			return Plan{}, err
		}
	}
	wanted, err := read(name, text, getenv, stored, known)
	if err != nil {
		return Plan{}, err
	}
	p := Plan{Steps: []Step{}, revision: revision}
	before := canonical(stored)
	for _, o := range wanted {
		if err := p.put(find(before, o.Kind, o.Name), o); err != nil {
			return Plan{}, err
		}
	}
	if prune {
		p.prune(stored, wanted)
	}
	if !prune { // what stays beside the file must get along with it
		if _, err := preview(stored, changes(p.puts)); err != nil {
			return Plan{}, err
		}
	}
	return p, nil
}

func changes(puts []store.Object) (out []Change) {
	for _, o := range puts {
		out = append(out, Change{Object: o})
	}
	return out
}

// Apply makes the changes of a plan, all or none: store.ErrMoved when something changed
// since it was made.
func (p Plan) Apply(ctx context.Context, st *store.Store, by store.Actor) error {
	if len(p.puts)+len(p.deletes) == 0 {
		return nil
	}
	return st.Apply(ctx, p.puts, p.deletes, by, p.revision)
}

func find(objects []store.Object, kind store.Kind, name string) store.Object {
	i := slices.IndexFunc(objects, func(o store.Object) bool { return o.Kind == kind && o.Name == name })
	if i < 0 {
		return store.Object{}
	}
	return objects[i]
}

// put plans one object of the file.
func (p *Plan) put(old, o store.Object) error {
	step := Step{Kind: o.Kind, Name: o.Name, Action: Create}
	if old.Name != "" {
		before, err := shown(old)
		if err != nil {
			return err
		}
		after, err := shown(o)
		if err != nil {
			return err
		}
		step.Action, step.Changed = Update, differences(before, after)
		if len(step.Changed) == 0 {
			step.Action = Unchanged
		}
	}
	if step.Action != Unchanged {
		p.puts = append(p.puts, o)
	}
	p.Steps = append(p.Steps, step)
	return nil
}

// prune plans to delete what the file lacks, what uses others first. Uploaded lists are in no file.
func (p *Plan) prune(stored, wanted []store.Object) {
	for _, kind := range slices.Backward(Kinds()) {
		for _, o := range stored {
			if o.Kind == kind && !store.IsUpload(o) && find(wanted, o.Kind, o.Name).Name == "" {
				p.deletes = append(p.deletes, store.Ref{Kind: o.Kind, Name: o.Name})
				p.Steps = append(p.Steps, Step{Kind: o.Kind, Name: o.Name, Action: Remove})
			}
		}
	}
}

// blank is what stands for a variable that is not known, until it is clear whether a stored
// secret can take its place: a name that no text has, with the variable's between two of it.
// It is plain letters, so that it can stand within a URL.
type blank string

func (b blank) of(variable string) string { return string(b) + variable + string(b) }

// is says whether a text is the blank of a variable, and nothing else.
func (b blank) is(text string) bool {
	name := strings.TrimSuffix(strings.TrimPrefix(text, string(b)), string(b))
	return text == b.of(name) && !strings.Contains(name, string(b))
}

// read reads a file as objects.
func read(name string, text []byte, getenv func(string) (string, bool), stored []store.Object, known config.Known) ([]store.Object, error) {
	b := blank(rand.Text())
	stand := func(variable string) (string, bool) {
		if value, ok := getenv(variable); ok {
			return value, true
		}
		return b.of(variable), true
	}
	path := filepath.Join(".", name)
	f, err := config.Parse(text, path, known, stand)
	if err != nil {
		return nil, err
	}
	for _, src := range f.Sources {
		b.wholes(src, find(stored, store.Source, src.Name))
	}
	wanted, err := Objects(f)
	if err != nil && !b.inOptions(f) {
		return nil, err
	}
	if err != nil || b.inSpecs(wanted) { // read again for the lines where they are missing
		_, err := config.Parse(text, path, known, getenv)
		return nil, err
	}
	for i := range wanted {
		old := find(stored, wanted[i].Kind, wanted[i].Name)
		var kept []string
		for _, option := range slices.Sorted(maps.Keys(wanted[i].Secrets)) {
			if stored, ok := old.Secrets[option]; ok && b.is(wanted[i].Secrets[option]) {
				kept = append(kept, option)
				wanted[i].Secrets[option] = stored
			}
		}
		if err := moved(wanted[i], old, kept); err != nil {
			return nil, err
		}
	}
	if b.inSecrets(wanted) {
		_, err := config.Parse(text, path, known, getenv)
		return nil, err
	}
	return wanted, nil
}

// wholes puts what is stored in the place of a whole whose variable is not known, such as
// url: ${PG}: it was taken apart, and its parts stay as they are stored. What the file says
// beside it wins.
func (b blank) wholes(src eddy.Source, old store.Object) {
	spec, err := decode(old.Spec)
	if err != nil || spec.typeOf() != src.Type {
		return
	}
	d := declared(store.Source, src.Type)
	for _, whole := range d.options {
		stands := src.Options[whole.Name]
		if whole.Part != eddy.WholePart || !b.is(stands) {
			continue
		}
		delete(src.Options, whole.Name)
		stored := d.texts(spec)
		for name := range old.Secrets {
			stored[name] = stands
		}
		for name, value := range stored {
			if _, given := src.Options[name]; !given {
				src.Options[name] = value
			}
		}
	}
}

// inOptions says whether a variable that is not known is in use within an option that is
// more than a secret.
func (b blank) inOptions(f *config.File) bool {
	within := func(options []eddy.Option, values map[string]string) bool {
		return slices.ContainsFunc(options, func(o eddy.Option) bool {
			return o.Part != eddy.SecretPart && strings.Contains(values[o.Name], string(b))
		})
	}
	for _, src := range f.Sources {
		if within(Options(store.Source, src.Type), src.Options) {
			return true
		}
	}
	for _, d := range f.Destinations {
		if within(Options(store.Destination, d.Type), d.Options) {
			return true
		}
	}
	return false
}

// moved refuses to send stored secrets to another place.
func moved(now, old store.Object, kept []string) error {
	o, err := decode(now.Spec)
	if err != nil {
		return err
	}
	if err := elsewhere(o, old, kept); err != nil {
		return fmt.Errorf("%s %s: %w", now.Kind, now.Name, err)
	}
	return nil
}

// inSpecs says whether a variable that is not known is in use outside of secrets.
func (b blank) inSpecs(objects []store.Object) bool {
	return slices.ContainsFunc(objects, func(o store.Object) bool {
		return bytes.Contains(o.Spec, []byte(b)) || strings.Contains(o.Name, string(b))
	})
}

// inSecrets says whether a secret is still to be known.
func (b blank) inSecrets(objects []store.Object) bool {
	for _, o := range objects {
		for _, value := range o.Secrets {
			if strings.Contains(value, string(b)) {
				return true
			}
		}
	}
	return false
}

// canonical writes what is stored in the one form that files are read into, so that only
// what is meant is compared. What an older version stored and this one refuses stays as it is.
func canonical(stored []store.Object) []store.Object {
	f, err := parse(stored)
	if err != nil {
		return stored
	}
	same, err := Objects(f)
	if err != nil {
		return stored
	}
	return same
}

// shown is an object with its secrets in it, for comparing only.
func shown(o store.Object) (object, error) {
	spec, err := decode(o.Spec)
	return withSecrets(spec, o.Secrets), err
}

// secret is the value of a secret, for comparing only.
type secret string

// MarshalJSON masks it.
func (secret) MarshalJSON() ([]byte, error) { return json.Marshal(Mask) }

func withSecrets(o object, secrets store.Secrets) object {
	for name, value := range secrets {
		o = append(o, member{name, secret(value)})
	}
	return o
}

// differences lists the keys that differ between two objects.
func differences(before, after object) (out []Difference) {
	show := func(o object, name string) (any, json.RawMessage) {
		v, ok := o.get(name)
		if !ok {
			return nil, nil
		}
		data, err := json.Marshal(v)
		if err != nil {
			return v, nil
		}
		return v, data
	}
	var names []string
	for _, m := range slices.Concat(before, after) {
		if !slices.Contains(names, m.name) {
			names = append(names, m.name)
		}
	}
	for _, name := range names {
		a, was := show(before, name)
		b, is := show(after, name)
		if !reflect.DeepEqual(a, b) {
			out = append(out, Difference{Key: name, Before: was, After: is})
		}
	}
	return out
}
