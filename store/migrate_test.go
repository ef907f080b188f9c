package store

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse/warehousetest"
)

// each runs a test on both databases, with a store that was opened and not migrated.
func each(t *testing.T, test func(t *testing.T, s *Store, dir string)) {
	t.Helper()
	for _, kind := range []string{"SQLite", "PostgreSQL"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			test(t, bare(t, kind == "PostgreSQL", dir), dir)
		})
	}
}

func bare(t *testing.T, postgres bool, dir string) *Store {
	t.Helper()
	keys, err := LoadKeys(dir, func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatal(err)
	}
	s := &Store{keys: keys}
	if postgres {
		err = s.openPostgres(t.Context(), warehousetest.Postgres(t))
	} else {
		err = s.openSQLite(t.Context(), dir)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func embedded(t *testing.T) fstest.MapFS {
	t.Helper()
	out := fstest.MapFS{}
	files, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		data, err := migrations.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		out[filepath.Base(f)] = &fstest.MapFile{Data: data}
	}
	return out
}

// schema is the shape of all tables and indexes.
func schema(t *testing.T, s *Store) string {
	t.Helper()
	queries := []string{"SELECT type || ' ' || name || ': ' || COALESCE(sql, '') FROM sqlite_master WHERE name LIKE '%eddy_%' ORDER BY 1"}
	if s.IsPostgres() {
		queries = []string{
			"SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' ' || COALESCE(column_default, '') FROM information_schema.columns WHERE table_schema = current_schema() ORDER BY table_name, column_name",
			"SELECT indexdef FROM pg_indexes WHERE schemaname = current_schema() ORDER BY 1",
			"SELECT conrelid::regclass || ' ' || pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid <> 0 AND connamespace = current_schema()::regnamespace ORDER BY 1",
		}
	}
	var lines []string
	for _, q := range queries {
		rows, err := all(t.Context(), s.conn(), plain[string], q)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, rows...)
	}
	text := strings.Join(lines, "\n")
	if !strings.Contains(text, "eddy_runs") {
		t.Fatalf("no tables in:\n%s", text)
	}
	return text
}

// A store that was upgraded step by step, with data in it, has the tables of a fresh one
// and still has its data.
func TestUpgradedIsFresh(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *Store, dir string) {
		ctx, files := t.Context(), embedded(t)
		fresh := bare(t, s.IsPostgres(), t.TempDir())
		if err := fresh.prepare(ctx, t.TempDir()); err != nil {
			t.Fatal(err)
		}
		so := fstest.MapFS{}
		for i, name := range sorted(files) {
			so[name] = files[name]
			if err := s.migrate(ctx, dir, so); err != nil {
				t.Fatal(err)
			}
			if i == 0 {
				first(t, s)
			}
		}
		if d := cmp.Diff(schema(t, fresh), schema(t, s)); d != "" {
			t.Errorf("-fresh +upgraded:\n%s", d)
		}
		stillThere(t, s, dir)
	})
}

func sorted(files fstest.MapFS) (names []string) {
	names, err := fs.Glob(files, "*")
	if err != nil {
		panic(err)
	}
	return names
}

// first puts rows into the tables of version 1, as that version did.
func first(t *testing.T, s *Store) {
	t.Helper()
	for _, q := range []string{
		"INSERT INTO eddy_objects (kind, name, spec, source, destination, paused, version, created_at, updated_at) VALUES ('source', 'shop', '{\"type\":\"duckdb\"}', '', '', FALSE, 3, 1000000, 2000000)",
		"INSERT INTO eddy_objects (kind, name, spec, source, destination, paused, version, created_at, updated_at) VALUES ('connection', 'vip', '{\"source\":\"shop\"}', 'shop', 'x', TRUE, 4, 1000000, 3000000)",
		"INSERT INTO eddy_users (id, email, name, role, raw_values, password_hash, disabled, created_at, last_login) VALUES ('u_1', 'a@example.com', 'Anna', 'admin', TRUE, 'h', FALSE, 1000000, 0)",
		"INSERT INTO eddy_runs (id, connection, state, trigger_type, requested_at, requested_by, scheduled_for, full_run, approved, idempotency_key, attempt, sync_run_id, started_at, finished_at, audience_id, counts, errors, progress, phases, owner, lease_until, cancel_requested, message) VALUES ('r1', 'vip', 'succeeded', 'manual', 1000000, '', 0, FALSE, TRUE, '', 1, 'r1', 1000000, 2000000, 'a', '{\"rows\":7}', '[]', '', '{\"stage\":0.5}', 'w', 0, FALSE, '')",
	} {
		if _, err := s.conn().exec(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
}

func stillThere(t *testing.T, s *Store, dir string) {
	t.Helper()
	ctx := t.Context()
	if err := s.prepare(ctx, dir); err != nil {
		t.Fatal(err)
	}
	o, err := s.Object(ctx, Source, "shop")
	if err != nil || o.Version != 3 || string(o.Spec) != `{"type":"duckdb"}` || o.CreatedAt.Unix() != 1 {
		t.Errorf("object: %+v %v", o.Version, err)
	}
	v, err := s.Versions(ctx, "vip", 0, 0)
	if err != nil || len(v) != 1 || v[0].Version != 4 || string(v[0].Spec) != `{"source":"shop"}` || !v[0].Paused || v[0].At.Unix() != 3 || v[0].By != (Actor{}) {
		t.Errorf("history: %+v %v", v, err)
	}
	u, err := s.UserByEmail(ctx, "a@example.com")
	if err != nil || !u.RawValues || u.Role != Admin {
		t.Errorf("user: %#v %v", u, err)
	}
	r, err := s.Run(ctx, "r1")
	if err != nil || r.Counts.Rows != 7 || !r.Approve || r.Phases["stage"] != 0.5 {
		t.Errorf("run: %+v %v", r, err)
	}
}

// TestAnotherKeyChangesNothing: a server that has not the key of an older store leaves its
// tables as they are, and the one that has it brings them up to date.
func TestAnotherKeyChangesNothing(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *Store, dir string) {
		ctx, files := t.Context(), embedded(t)
		oldest := sorted(files)[0]
		if err := s.migrate(ctx, dir, fstest.MapFS{oldest: files[oldest]}); err != nil {
			t.Fatal(err)
		}
		if err := s.checkKeys(ctx); err != nil {
			t.Fatal(err)
		}
		before := schema(t, s)
		own := s.keys
		s.keys = Keys{&ring{keys: []key{randomKey()}}}
		err := s.prepare(ctx, dir)
		if eddy.ErrorCode(err) != eddy.CodeConfig || !strings.Contains(err.Error(), "sealed with key") {
			t.Errorf("with another key: %v", err)
		}
		if schema(t, s) != before {
			t.Error("its tables were changed")
		}
		made, err := LoadKeys(t.TempDir(), func(string) (string, bool) { return "", false })
		if err != nil {
			t.Fatal(err)
		}
		s.keys = made
		err = s.prepare(ctx, dir)
		if _, there := os.Stat(made.ring.path); eddy.ErrorCode(err) != eddy.CodeConfig || !errors.Is(there, os.ErrNotExist) {
			t.Errorf("with a key that was made just now: %v, and its file: %v", err, there)
		}
		s.keys = own
		if err := s.prepare(ctx, dir); err != nil || schema(t, s) == before {
			t.Errorf("with its own key: %v", err)
		}
	})
}

// An upgrade that fails half-way changes nothing: the version before still runs on it. A
// version that is older than the store refuses it.
func TestUpgradeFailsWhole(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *Store, dir string) {
		ctx, files := t.Context(), embedded(t)
		oldest := sorted(files)[0]
		if err := s.migrate(ctx, dir, fstest.MapFS{oldest: files[oldest]}); err != nil {
			t.Fatal(err)
		}
		first(t, s)
		if err := s.migrate(ctx, dir, files); err != nil {
			t.Fatal(err)
		}
		before := schema(t, s)
		next := func(sql string) fstest.MapFS {
			more := fstest.MapFS{"99999_next.sql": &fstest.MapFile{Data: []byte("-- +goose Up\n" + sql)}}
			maps.Copy(more, files)
			return more
		}
		err := s.migrate(ctx, dir, next("ALTER TABLE eddy_objects ADD COLUMN label TEXT NOT NULL DEFAULT '';\nUPDATE eddy_objects SET no_such_column = 1;\n"))
		if err == nil || !strings.Contains(err.Error(), "bring the store up to date") {
			t.Errorf("a broken upgrade: %v", err)
		}
		if d := cmp.Diff(before, schema(t, s)); d != "" {
			t.Errorf("a broken upgrade left:\n%s", d)
		}
		stillThere(t, s, dir)
		if err := s.migrate(ctx, dir, next("ALTER TABLE eddy_objects ADD COLUMN label TEXT NOT NULL DEFAULT 'none';\n")); err != nil {
			t.Fatal(err)
		}
		label, err := one(ctx, s.conn(), plain[string], "SELECT label FROM eddy_objects")
		if err != nil || label != "none" {
			t.Errorf("upgraded: %q %v", label, err)
		}
		err = s.prepare(ctx, dir)
		if eddy.ErrorCode(err) != eddy.CodeConfig || !strings.Contains(fmt.Sprint(err), "written by a newer version of eddy (its tables are at 99999") {
			t.Errorf("an older version: %v", err)
		}
	})
}

// Migrations are never edited once they are committed: stores have them behind them. Add
// a file, and its line here.
func TestMigrationsAreNotEdited(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join("testdata", "migrations.sum"))
	if err != nil {
		t.Fatal(err)
	}
	var now strings.Builder
	files := embedded(t)
	for _, name := range sorted(files) {
		fmt.Fprintf(&now, "%s  %s\n", digest(string(files[name].Data)), name)
	}
	if now.String() != string(data) {
		t.Errorf("testdata/migrations.sum does not match; an old migration may not change, a new one needs its line:\n%s", now.String())
	}
}
