// Package catalog reads the objects of a server's store as a configuration. What a file
// says in YAML, the store keeps as one JSON value for each source, destination,
// connection and list of people; put together they are the same document, and package config checks it by
// the same rules. So a server and a file mean the same by the same words.
//
// Texts in the store are meant as they stand: ${NAME} is a thing of files, and a server
// reads no variable of its own environment on behalf of somebody else.
package catalog

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/config"
	"github.com/eddy-retl/eddy/setup"
	"github.com/eddy-retl/eddy/store"
)

// Name is what errors call the configuration of a server.
const Name = "this server"

// Load reads the whole store as a configuration. Relative paths start where the server
// was started; files says what of its disks models may read.
func Load(ctx context.Context, st *store.Store, stateDir string, files setup.Files) (*setup.Setup, error) {
	objects, err := objects(ctx, st)
	if err != nil {
		return nil, err
	}
	f, unusable, err := usable(objects)
	if err != nil {
		return nil, err
	}
	s := &setup.Setup{File: f, StateDir: stateDir, Files: files, Unusable: map[string]string{}}
	if s.Uploaded, err = uploaded(ctx, st, f); err != nil {
		return nil, err
	}
	for ref, reason := range unusable {
		s.Unusable[ref.String()] = reason
	}
	return s, nil
}

// Cache keeps what Load made for as long as the store does not change.
type Cache struct {
	store    *store.Store
	stateDir string
	files    setup.Files

	mu       sync.Mutex
	revision int64
	loaded   *setup.Setup
}

// NewCache makes an empty cache.
func NewCache(st *store.Store, stateDir string, files setup.Files) *Cache {
	return &Cache{store: st, stateDir: stateDir, files: files}
}

// Setup is the store's configuration as it stands. Callers must not change it.
func (c *Cache) Setup(ctx context.Context) (*setup.Setup, error) {
	revision, err := c.store.Revision(ctx)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.loaded != nil && c.revision == revision {
		return c.loaded, nil
	}
	// The objects are read after the revision: what is kept may be newer than its number
	// and is then read once more, but never older.
	s, err := Load(ctx, c.store, c.stateDir, c.files)
	if err != nil {
		return nil, err
	}
	c.loaded, c.revision = s, revision
	return s, nil
}

// Change is an object as it would be, or with Delete one that would be gone.
type Change struct {
	store.Object
	Delete bool
}

// Check tells what would be wrong with the configuration after some changes, as
// config.Problems. It changes nothing.
func Check(ctx context.Context, st *store.Store, changes ...Change) error {
	_, err := Preview(ctx, st, changes...)
	return err
}

// Preview reads the store as a configuration as it would be after some changes.
func Preview(ctx context.Context, st *store.Store, changes ...Change) (*config.File, error) {
	objects, err := objects(ctx, st)
	if err != nil {
		return nil, err
	}
	return preview(objects, changes)
}

// preview reads objects as they would be after some changes. What could not be used before
// and is not changed does not keep others from being changed.
func preview(objects []store.Object, changes []Change) (*config.File, error) {
	after := with(objects, changes)
	f, err := parse(after)
	if _, ok := Problems(err); !ok {
		return f, err
	}
	_, before, failed := usable(objects)
	if failed != nil || len(before) == 0 {
		return nil, err
	}
	changed := map[store.Ref]bool{}
	for _, c := range changes {
		changed[store.Ref{Kind: c.Kind, Name: c.Name}] = true
	}
	return parse(slices.DeleteFunc(after, func(o store.Object) bool {
		ref := store.Ref{Kind: o.Kind, Name: o.Name}
		return before[ref] != "" && !changed[ref]
	}))
}

// usable reads objects as a configuration and leaves out those with mistakes: what an
// older version stored and this one refuses makes only what it is part of unusable. It
// says why of each that is left out.
func usable(objects []store.Object) (*config.File, map[store.Ref]string, error) {
	out := map[store.Ref]string{}
	for {
		f, err := parse(objects)
		problems, ok := Problems(err)
		if !ok {
			return f, out, err
		}
		var left []store.Object
		for _, o := range objects {
			reason := mistakesOf(problems, o)
			if reason == "" {
				left = append(left, o)
				continue
			}
			out[store.Ref{Kind: o.Kind, Name: o.Name}] = reason
		}
		if len(left) == len(objects) {
			return nil, nil, err // nobody's mistake: there is nothing to leave out
		}
		objects = left
	}
}

// mistakesOf are the mistakes of one object, in words.
func mistakesOf(problems config.Problems, o store.Object) string {
	var out []string
	for _, p := range problems {
		if pointer, ok := Pointer(p.Key, o.Kind, o.Name); ok {
			out = append(out, strings.TrimPrefix(strings.TrimPrefix(pointer, "/")+": "+p.Message, ": "))
		}
	}
	return strings.Join(out, "; ")
}

// objects reads everything that there is, by kind and name.
func objects(ctx context.Context, st *store.Store) ([]store.Object, error) {
	var out []store.Object
	for _, kind := range Kinds() {
		some, err := st.Objects(ctx, kind, "", 0)
		if err != nil {
			return nil, err
		}
		for _, o := range some {
			out = append(out, Current(o))
		}
	}
	return out, nil
}

// Kinds are the kinds of objects, in the order in which they need one another.
func Kinds() []store.Kind {
	return []store.Kind{store.Source, store.Destination, store.Connection, store.Suppression}
}

// with makes changes to a list of objects.
func with(objects []store.Object, changes []Change) []store.Object {
	out := make([]store.Object, 0, len(objects)+len(changes))
	gone := map[store.Ref]bool{}
	for _, c := range changes {
		gone[store.Ref{Kind: c.Kind, Name: c.Name}] = true
	}
	for _, o := range objects {
		if !gone[store.Ref{Kind: o.Kind, Name: o.Name}] {
			out = append(out, o)
		}
	}
	for _, c := range changes {
		if !c.Delete {
			out = append(out, c.Object)
		}
	}
	return out
}

// parse checks objects as the configuration that they are together.
func parse(objects []store.Object) (*config.File, error) {
	known := setup.Known()
	if len(objects) == 0 { // a file without anything is a mistake, a new server is not
		return &config.File{Path: Name, Dir: "."}, nil
	}
	data, err := compose(objects)
	if err != nil {
		return nil, err
	}
	known.Upload = func(u eddy.Upload) error {
		_, err := setup.Hashings(u)
		return err
	}
	f, err := config.Parse(data, filepath.Join(".", Name), known, nil)
	if err == nil {
		for name, src := range f.Sources {
			src.Served = true
			f.Sources[name] = src
		}
	}
	if problems, ok := errors.AsType[config.Problems](err); ok {
		return nil, onServer(problems)
	}
	return f, err
}

// onServer words problems for people who see no file.
func onServer(problems config.Problems) config.Problems {
	words := strings.NewReplacer(" of this file", " of this server", "this file has", "this server has")
	for i := range problems {
		p := &problems[i]
		p.Line, p.Column, p.Excerpt = 0, 0, "" // of a document that nobody wrote
		p.Message, p.Suggestion = words.Replace(p.Message), words.Replace(p.Suggestion)
	}
	return problems
}

// section is where a kind of objects stands in a configuration.
func section(kind store.Kind) string {
	if kind == store.Suppression {
		return "suppress"
	}
	return string(kind) + "s"
}

// compose writes objects as the text of a configuration.
func compose(objects []store.Object) ([]byte, error) {
	doc := make(object, 0, 4)
	for _, kind := range Kinds() {
		named := object{}
		for _, o := range objects {
			if o.Kind != kind {
				continue
			}
			spec, err := Complete(o)
			if err != nil {
				return nil, err
			}
			named = append(named, member{o.Name, spec})
		}
		if len(named) > 0 {
			doc = append(doc, member{section(kind), named})
		}
	}
	data, err := json.MarshalIndent(doc, "", "  ")
	// The text is read by the rules of files, where ${ begins a variable.
	return []byte(strings.ReplaceAll(string(data), "${", "$${")), err
}
