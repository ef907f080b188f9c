package store

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/eddy-retl/eddy"
)

// Kind says what an object is.
type Kind string

// The kinds of objects.
const (
	Source      Kind = "source"
	Destination Kind = "destination"
	Connection  Kind = "connection"
	// Suppression is a list of people who are in no audience.
	Suppression Kind = "suppression"
)

// Object is a source, destination, connection or list of people who are suppressed.
type Object struct {
	Kind Kind   `json:"kind"`
	Name string `json:"name"`
	// Spec is the object as the configuration file has it, without secret options.
	Spec json.RawMessage `json:"spec"`
	// Secrets are the secret options.
	Secrets Secrets `json:"-"`
	// Paused stops a connection's schedule. Only SetPaused changes it once the connection
	// is there, so that an edit by somebody who does not know of the pause keeps it.
	Paused bool `json:"paused"`
	// Version is 1 for a new object and grows with each change.
	Version   int64     `json:"version"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

// String names the object: specs and secrets do not belong in logs.
func (o Object) String() string { return string(o.Kind) + " " + o.Name }

// LogValue names the object.
func (o Object) LogValue() slog.Value { return slog.StringValue(o.String()) }

// Ref names an object.
type Ref struct {
	Kind Kind
	Name string
}

// String names the object.
func (r Ref) String() string { return string(r.Kind) + " " + r.Name }

// Versions that Put and Delete take in the place of a number.
const (
	// CreateOnly: there must be none yet.
	CreateOnly int64 = 0
	// AnyVersion: whatever is there.
	AnyVersion int64 = -1
)

const objectColumns = "kind, name, spec, paused, version, created_at, updated_at"

func readObject(row scanner) (o Object, err error) {
	var spec string
	var created, updated int64
	err = row.Scan(&o.Kind, &o.Name, &spec, &o.Paused, &o.Version, &created, &updated)
	o.Spec, o.CreatedAt, o.UpdatedAt = json.RawMessage(spec), moment(created), moment(updated)
	return o, err
}

// Objects lists objects of a kind by name, those behind after; limit 0 lists all.
func (s *Store) Objects(ctx context.Context, kind Kind, after string, limit int) ([]Object, error) {
	c := s.conn()
	query := "SELECT " + objectColumns + " FROM eddy_objects WHERE kind = ? AND " + c.byName() + " > ? ORDER BY " + c.byName() + limited(limit)
	objects, err := all(ctx, c, readObject, query, kind, after)
	if err != nil {
		return nil, fmt.Errorf("list %ss: %w", kind, err)
	}
	secrets, err := s.secrets(ctx, c, string(kind), "")
	if err != nil {
		return nil, err
	}
	for i := range objects {
		objects[i].Secrets = secrets[objects[i].Name]
	}
	return objects, nil
}

// Object finds one object; ErrNotFound when there is none.
func (s *Store) Object(ctx context.Context, kind Kind, name string) (Object, error) {
	return s.object(ctx, s.conn(), Ref{kind, name})
}

func (s *Store) object(ctx context.Context, c conn, r Ref) (Object, error) {
	o, err := one(ctx, c, readObject, "SELECT "+objectColumns+" FROM eddy_objects WHERE kind = ? AND name = ?", r.Kind, r.Name)
	if err != nil {
		return o, fmt.Errorf("%s %s: %w", r.Kind, r.Name, err)
	}
	secrets, err := s.secrets(ctx, c, string(r.Kind), r.Name)
	o.Secrets = secrets[r.Name]
	return o, err
}

// Revision grows with every change of objects.
func (s *Store) Revision(ctx context.Context) (int64, error) {
	return one(ctx, s.conn(), plain[int64], "SELECT value FROM eddy_counters WHERE name = 'revision'")
}

// ErrMoved says that objects have changed since a change was checked against them.
var ErrMoved = errors.New("the configuration was changed meanwhile")

// Put makes or changes an object and gives it as it is stored. ifVersion is the version
// that the caller has seen, CreateOnly or AnyVersion; ErrConflict when it is another. checked,
// if it is given, is the revision that the change was checked against: ErrMoved when another
// server has changed anything since, so that what was checked may not hold any more. Nothing
// happens when nothing differs.
func (s *Store) Put(ctx context.Context, o Object, ifVersion int64, by Actor, checked ...int64) (Object, error) {
	var out Object
	err := s.change(ctx, checked, func(c conn) error {
		if err := s.put(ctx, c, o, ifVersion, by); err != nil {
			return err
		}
		if err := checkReferences(ctx, c); err != nil {
			return err
		}
		var err error
		out, err = s.object(ctx, c, Ref{o.Kind, o.Name})
		return err
	})
	return out, err
}

// change runs a change of objects. They are serialised: what is checked stays true.
func (s *Store) change(ctx context.Context, checked []int64, work func(conn) error) error {
	return s.tx(ctx, func(c conn) error {
		revision, err := c.hold(ctx, "revision")
		if err != nil {
			return err
		}
		if len(checked) > 0 && checked[0] != revision {
			return ErrMoved
		}
		return work(c)
	})
}

func (s *Store) put(ctx context.Context, c conn, o Object, ifVersion int64, by Actor) error {
	var err error
	if o.Spec, err = o.compact(); err != nil {
		return err
	}
	old, err := s.object(ctx, c, Ref{o.Kind, o.Name})
	exists := err == nil
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	if err := versionFits(o.String(), exists, old.Version, ifVersion); err != nil {
		return err
	}
	if exists && bytes.Equal(old.Spec, o.Spec) && maps.Equal(old.Secrets, o.Secrets) {
		return nil
	}
	if err := keepsUpload(ctx, c, o); err != nil {
		return err
	}
	if err := write(ctx, c, o, old.Version); err != nil {
		return fmt.Errorf("write %s: %w", o, err)
	}
	if o.Kind == Connection {
		if err := keepVersion(ctx, c, o.Name, by); err != nil {
			return err
		}
	}
	if err := s.putSecrets(ctx, c, string(o.Kind), o.Name, o.Secrets); err != nil {
		return fmt.Errorf("write %s: %w", o, err)
	}
	if _, err := c.next(ctx, "revision"); err != nil {
		return err
	}
	action := "update"
	if !exists {
		action = "create"
	}
	return note(ctx, c, Audit{Actor: by, Action: action, Kind: string(o.Kind), Name: o.Name, Detail: difference(old.Spec, o.Spec, old.Secrets, o.Secrets)})
}

// compact checks what any object must be and gives its spec in one form.
func (o Object) compact() (json.RawMessage, error) {
	bad := func(what, mend string) error {
		return &eddy.Error{Code: eddy.CodeUsage, What: o.String() + ": " + what, Mend: mend}
	}
	switch {
	case o.Kind != Source && o.Kind != Destination && o.Kind != Connection && o.Kind != Suppression:
		return nil, bad("there is no such kind", "The kinds are source, destination, connection and suppression.")
	case strings.TrimSpace(o.Name) == "":
		return nil, bad("the name is empty", "Give it a name.")
	case eddy.BadName(o.Name) != "":
		return nil, eddy.CheckName("a "+string(o.Kind), o.Name)
	}
	var fields map[string]any
	if err := json.Unmarshal(o.Spec, &fields); err != nil || fields == nil {
		return nil, bad("what it is made of is not a JSON object", "Send the value that the configuration file has under its name, as JSON.")
	}
	var b bytes.Buffer
	err := json.Compact(&b, o.Spec)
	return b.Bytes(), err
}

func versionFits(what string, exists bool, have, want int64) error {
	switch {
	case want == AnyVersion:
	case want == CreateOnly && exists:
		return fmt.Errorf("%s is already there: %w", what, ErrConflict)
	case want != CreateOnly && !exists:
		return fmt.Errorf("%s: %w", what, ErrNotFound)
	case want != have && exists:
		return fmt.Errorf("%s is at version %d, not %d: %w", what, have, want, ErrConflict)
	}
	return nil
}

// write stores an object as the version after old.
func write(ctx context.Context, c conn, o Object, old int64) error {
	var uses struct {
		Source      string `json:"source"`
		Destination string `json:"destination"`
	}
	if o.Kind == Connection || o.Kind == Suppression {
		if err := json.Unmarshal(o.Spec, &uses); err != nil {
			return &eddy.Error{Code: eddy.CodeUsage, What: o.String() + ": source and destination must be names"}
		}
	}
	now := micro(atOnce())
	if old > 0 {
		_, err := c.exec(ctx, "UPDATE eddy_objects SET spec = ?, source = ?, destination = ?, version = version + 1, updated_at = ? WHERE kind = ? AND name = ?",
			string(o.Spec), uses.Source, uses.Destination, now, o.Kind, o.Name)
		return err
	}
	_, err := c.exec(ctx, "INSERT INTO eddy_objects (kind, name, spec, source, destination, paused, version, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, 1, ?, ?)",
		o.Kind, o.Name, string(o.Spec), uses.Source, uses.Destination, o.Paused && o.Kind == Connection, now, now)
	return err
}

// checkReferences refuses connections and lists whose source or destination is not there, or the
// connection that one runs after.
func checkReferences(ctx context.Context, c conn) error {
	type missing struct{ user, kind, name string }
	lost, err := all(ctx, c, func(row scanner) (m missing, err error) {
		err = row.Scan(&m.user, &m.kind, &m.name)
		return m, err
	}, `SELECT kind || ' ' || name, 'source', source FROM eddy_objects o WHERE (kind = 'connection' OR kind = 'suppression' AND source <> '')
	        AND NOT EXISTS (SELECT 1 FROM eddy_objects x WHERE x.kind = 'source' AND x.name = o.source)
	    UNION ALL SELECT kind || ' ' || name, 'destination', destination FROM eddy_objects o WHERE kind = 'connection'
	        AND NOT EXISTS (SELECT 1 FROM eddy_objects x WHERE x.kind = 'destination' AND x.name = o.destination)
	    ORDER BY 1, 2`)
	if err != nil {
		return err
	}
	list, err := waitingOnes(ctx, c)
	if err != nil {
		return err
	}
	there, err := all(ctx, c, plain[string], "SELECT name FROM eddy_objects WHERE kind = 'connection'")
	if err != nil {
		return err
	}
	for _, w := range list {
		for _, name := range w.after {
			if !slices.Contains(there, name) {
				lost = append(lost, missing{string(Connection) + " " + w.name, string(Connection), name})
			}
		}
	}
	if len(lost) == 0 {
		return lostWebhooks(ctx, c, list)
	}
	var texts []string
	for _, m := range lost {
		texts = append(texts, fmt.Sprintf("%s: there is no %s %q", m.user, m.kind, m.name))
	}
	return &eddy.Error{Code: eddy.CodeConfig, What: strings.Join(texts, "; "), Mend: "Make it first, or in the same change."}
}

// difference tells what a change changed: old and new values by key, and the names of
// secrets that were set, changed or removed.
func difference(old, changed json.RawMessage, oldSecrets, secrets Secrets) json.RawMessage {
	type pair struct {
		Old json.RawMessage `json:"old,omitempty"`
		New json.RawMessage `json:"new,omitempty"`
	}
	var a, b map[string]json.RawMessage
	_ = json.Unmarshal(old, &a) // the spec of nothing is nothing
	_ = json.Unmarshal(changed, &b)
	d := struct {
		Changed map[string]pair `json:"changed,omitempty"`
		Secrets []string        `json:"secrets,omitempty"`
	}{Changed: map[string]pair{}}
	for _, k := range keys(a, b) {
		if !bytes.Equal(a[k], b[k]) {
			d.Changed[k] = pair{a[k], b[k]}
		}
	}
	for _, k := range keys(oldSecrets, secrets) {
		before, was := oldSecrets[k]
		if after, is := secrets[k]; was != is || before != after {
			d.Secrets = append(d.Secrets, k)
		}
	}
	out, err := json.Marshal(d)
	if err != nil {
		return nil
	}
	return out
}

// keys are those of both maps, each once and in order.
func keys[M ~map[string]V, V any](a, b M) []string {
	return slices.Compact(slices.SortedFunc(func(yield func(string) bool) {
		for k := range a {
			if !yield(k) {
				return
			}
		}
		for k := range b {
			if !yield(k) {
				return
			}
		}
	}, cmp.Compare))
}
