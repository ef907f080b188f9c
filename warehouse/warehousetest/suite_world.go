package warehousetest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

// fields are the suite's destination: two kinds of identities and the times.
var fields = []eddy.Field{ //nolint:gochecknoglobals // constant
	{Name: "email", Identity: true, Canonical: eddy.CanonicalText},
	{Name: "phone_number", Identity: true, Canonical: eddy.CanonicalDigits},
	{Name: "effective_at"},
	{Name: "expires_at"},
}

// world is one warehouse, one connection that mirrors it, and the audience it feeds.
type world struct {
	*testing.T
	*Warehouse
	h    *Harness
	ctx  context.Context
	now  time.Time
	name string
	mode eddy.SyncMode
	// full sends every row again; dry changes nothing.
	full, dry bool
	// settings are what values are prepared with.
	settings string
	attempts int
	model    eddy.Model
	id       string
	mapping  []mapped
	runs     int
	audience map[string]bool
	// doubtApplied says that requests without an answer were applied.
	doubtApplied bool
}

// mapped fills a field from a column, or from a constant where column is empty.
type mapped struct{ field, column, constant string }

func newWorld(t *testing.T, h *Harness) *world {
	return &world{
		T: t, Warehouse: h.New(t), h: h, ctx: t.Context(), now: time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC), name: "vip", mode: eddy.Mirror,
		settings: "v1", attempts: 5, model: eddy.Model{Table: "customers"}, id: "id", mapping: []mapped{{"email", "email", ""}, {"phone_number", "phone", ""}},
		audience: map[string]bool{},
	}
}

// exec runs statements on the user's side.
func (w *world) exec(statements ...string) {
	w.Helper()
	if sql := strings.Join(statements, ";\n"); sql != "" {
		if err := w.Exec(sql); err != nil {
			w.Fatalf("%.1000s: %v", sql, err)
		}
	}
}

// customers makes the table that most cases mirror, with rows as SQL tuples.
func (w *world) customers(rows ...string) {
	w.Helper()
	w.exec("CREATE TABLE customers (id text, email text, phone text, expires timestamp)")
	w.insert(rows...)
}

func (w *world) insert(rows ...string) {
	w.Helper()
	if len(rows) > 0 {
		w.exec("INSERT INTO customers (id, email, phone) VALUES " + strings.Join(rows, ", "))
	}
}

// open opens the source for the length of the test.
func (w *world) open() warehouse.Source {
	w.Helper()
	src, err := w.Open(w.ctx)
	if err != nil {
		w.Fatalf("open the source: %v", err)
	}
	w.Cleanup(func() { _ = src.Close() })
	return src
}

// flow is one run, as far as the case lets it go.
type flow struct {
	*world
	src     warehouse.Source
	session warehouse.Session
	st      *warehouse.State
	run     eddy.Run
	model   warehouse.Model
	staged  warehouse.Staged
	summary warehouse.Summary
	died    string
	tally   warehouse.Tally
	// after is held when the run had ended.
	after []string
}

// start opens source and state. The caller, or the end of the test, closes them.
func (w *world) start() (*flow, error) {
	w.Helper()
	f := &flow{world: w, src: w.open()}
	var err error
	if f.session, err = w.State(w.ctx, f.src, w.name); err != nil {
		return nil, err
	}
	if fns, ok := f.session.(warehouse.Functions); ok && w.h.Digests {
		for i, field := range fields {
			if err := fns.Register(warehouse.FieldFunction(i), func(text string) (string, bool) { return prepared(field, text) }); err != nil {
				return nil, errors.Join(err, f.session.Close())
			}
		}
	}
	f.st, err = warehouse.Open(w.ctx, warehouse.Config{Session: f.session, Connection: w.name, Fields: fields, Digests: w.h.Digests, Key: []byte("key"), Dry: w.dry})
	if err != nil {
		return nil, errors.Join(err, f.session.Close())
	}
	w.Cleanup(f.close)
	return f, nil
}

func (f *flow) close() {
	if f.st != nil {
		_ = f.st.Close()
		f.st = nil
	}
}

// begin starts a run and puts it on record.
func (w *world) begin() *flow {
	w.Helper()
	f, err := w.start()
	if err != nil {
		w.Fatalf("open the state: %v", err)
	}
	w.runs++
	f.run = eddy.Run{RunID: fmt.Sprintf("2026%010daaaa", w.runs), Connection: w.name, Status: eddy.Running, Trigger: "manual", StartedAt: w.now.Add(time.Duration(w.runs) * time.Second)}
	if f.died, err = f.st.Begin(w.ctx, f.run, "suite"); err != nil {
		w.Fatalf("begin: %v", err)
	}
	return f
}

// resolve finds the model's columns.
func (w *world) resolve(src warehouse.Source) (warehouse.Model, error) {
	m := warehouse.Model{Model: w.model, Settings: w.settings}
	columns, err := src.Columns(w.ctx, w.model)
	if err != nil {
		return m, err
	}
	find := func(name string) (*warehouse.Column, error) {
		if i := slices.IndexFunc(columns, func(c warehouse.Column) bool { return c.Name == name }); i >= 0 {
			return &columns[i], nil
		}
		return nil, fmt.Errorf("the model has no column %q but %v", name, columns)
	}
	id, err := find(w.id)
	if err != nil {
		return m, err
	}
	m.Identifier = *id
	for _, x := range w.mapping {
		s := warehouse.Selected{As: x.field, Constant: x.constant, Time: strings.HasSuffix(x.field, "_at")}
		if x.column != "" {
			if s.Column, err = find(x.column); err != nil {
				return m, err
			}
		}
		m.Mapped = append(m.Mapped, s)
	}
	return m, nil
}

// identities are what a field's text stands for: several values, trimmed and lowered.
func identities(text string) (out []string) {
	for v := range strings.SplitSeq(text, ",") {
		if v = strings.ToLower(strings.TrimSpace(v)); v != "" && v != "bad" {
			out = append(out, digest(v))
		}
	}
	return out
}

func digest(v string) string {
	sum := sha256.Sum256([]byte(v))
	return hex.EncodeToString(sum[:8])
}

// prepared is a field's text as a local state keeps it; the value bad is dropped.
func prepared(field eddy.Field, text string) (string, bool) {
	if !field.Identity {
		return text, text != ""
	}
	out := strings.Join(identities(text), ",")
	if strings.Contains(text, "bad") {
		out += warehouse.Dropped + field.Name + ": bad"
	}
	return out, out != ""
}
