package storetest

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/store"
)

func keyChecks() []check {
	return []check{
		{"first start together", "servers that start on an empty database at once agree on its tables and its key", checkFirstStart},
		{"another key", "a server without the key of the store does not start, and says which key it lacks", checkAnotherKey},
		{"rotation", "after a rotation all secrets open with the new key, and the old one is in neither the file nor use", checkRotation},
		{"rotation while others write", "servers that write and read secrets during a rotation lose none", checkRotationRace},
		{"rotation that died", "wherever a rotation dies, every secret opens, and the next rotation cleans up", checkRotationDied},
		{"keys of the environment", "keys of the environment are exchanged without a moment at which a server lacks one", checkEnvironment},
	}
}

func none(string) (string, bool) { return "", false }

// env has one variable, that of the keys.
func env(value string) func(string) (string, bool) {
	return func(name string) (string, bool) { return value, name == "EDDY_SECRET_KEY" }
}

func testKey(letter string) string {
	return base64.StdEncoding.EncodeToString([]byte(strings.Repeat(letter, 32)))
}

// another opens the store as a server with keys of its own.
func (w *world) another(keys store.Keys) (*store.Store, error) {
	cfg := w.cfg
	cfg.Keys = keys
	s, err := store.Open(w.Context(), cfg)
	if err == nil {
		w.Cleanup(func() { _ = s.Close() })
	}
	return s, err
}

// loaded is a server that reads the key file now, as one that starts does.
func (w *world) loaded() *store.Store {
	w.Helper()
	keys, err := store.LoadKeys(w.cfg.Dir, none)
	w.must(err)
	s, err := w.another(keys)
	w.must(err)
	return s
}

// password is what a server reads as the secret of the source.
func (w *world) password(s *store.Store) string {
	w.Helper()
	o, err := s.Object(w.Context(), store.Source, "shop")
	if err != nil {
		w.Error(err)
	}
	return o.Secrets["password"]
}

func (w *world) keyFile() string {
	w.Helper()
	data, err := os.ReadFile(filepath.Join(w.cfg.Dir, "secret.key"))
	w.must(err)
	return string(data)
}

func checkFirstStart(w *world) {
	cfg := w.fresh()
	if err := os.Remove(filepath.Join(cfg.Dir, "secret.key")); err != nil {
		w.Fatal(err)
	}
	stores, errs := make([]*store.Store, 6), make([]error, 6)
	var wg sync.WaitGroup
	for i := range stores {
		wg.Go(func() {
			mine := cfg
			if mine.Keys, errs[i] = store.LoadKeys(cfg.Dir, none); errs[i] == nil {
				stores[i], errs[i] = store.Open(w.Context(), mine)
			}
		})
	}
	wg.Wait()
	for i, s := range stores {
		if errs[i] != nil {
			w.Errorf("server %d: %v", i, errs[i])
			continue
		}
		w.Cleanup(func() { _ = s.Close() })
		o := source()
		o.Name = fmt.Sprint("shop ", i)
		w.must(second(s.Put(w.Context(), o, store.CreateOnly, anna())))
	}
	for i, s := range stores {
		if all, err := s.Objects(w.Context(), store.Source, "", 0); err != nil || len(all) != len(stores) || all[5-i].Secrets["password"] != "hunter2" {
			w.Errorf("server %d sees %d of %d, %v", i, len(all), len(stores), err)
		}
	}
}

func checkAnotherKey(w *world) {
	keys, err := store.LoadKeys(w.TempDir(), none)
	w.must(err)
	_, err = w.another(keys)
	w.code("another file", err, eddy.CodeConfig, "is not in")
	if err != nil && !strings.Contains(err.Error(), "copy secret.key from the server") {
		w.Errorf("does not say what to do: %v", err)
	}
	keys, err = store.LoadKeys(w.cfg.Dir, env(testKey("a")))
	w.must(err)
	_, err = w.another(keys)
	w.code("another variable", err, eddy.CodeConfig, "is not in EDDY_SECRET_KEY")
}

func checkRotation(w *world) {
	ctx := w.Context()
	w.must(second(w.s.Put(ctx, source(), store.CreateOnly, anna())))
	w.must(second(w.s.PutAlertRule(ctx, rule(), store.AnyVersion, anna())))
	running := w.loaded()
	oldFile, sealed := w.keyFile(), w.rows("SELECT sealed FROM eddy_secrets ORDER BY owner, name")
	w.must(w.s.RotateKey(ctx))
	if lines := strings.Split(strings.TrimSpace(w.keyFile()), "\n"); len(lines) != 2 || strings.Contains(oldFile, lines[1]) {
		w.Errorf("the key file has %d lines; want a comment and one new key", len(lines))
	}
	for i, row := range w.rows("SELECT sealed FROM eddy_secrets ORDER BY owner, name") {
		if strings.Split(row[0], ".")[1] == strings.Split(sealed[i][0], ".")[1] {
			w.Errorf("secret %d is still sealed with the old key", i)
		}
	}
	for what, s := range map[string]*store.Store{"the rotating server": w.s, "one that ran before": running, "one that starts": w.loaded()} {
		if p := w.password(s); p != "hunter2" {
			w.Errorf("%s reads %q", what, p)
		}
		o := source()
		o.Name, o.Secrets["password"] = what, "of "+what
		w.must(second(s.Put(ctx, o, store.CreateOnly, anna())))
	}
	all, err := w.loaded().Objects(ctx, store.Source, "", 0)
	if err != nil || len(all) != 4 {
		w.Errorf("what was written since: %d, %v", len(all), err)
	}
	w.must(w.s.RotateKey(ctx)) // and again
	if rules, err := w.loaded().AlertRules(ctx); err != nil || rules[0].Secrets["url"] != rule().Secrets["url"] {
		w.Errorf("the alert rule: %v", err)
	}
	info, err := os.Stat(filepath.Join(w.cfg.Dir, "secret.key"))
	if err != nil || info.Mode().Perm() != 0o600 {
		w.Errorf("mode of the key file: %v %v", info.Mode(), err)
	}
}

func checkRotationRace(w *world) {
	ctx := w.Context()
	w.must(second(w.s.Put(ctx, source(), store.CreateOnly, anna())))
	writers := []*store.Store{w.loaded(), w.loaded()}
	rotating, done := context.WithCancel(ctx)
	defer done()
	written := make([]atomic.Int64, len(writers))
	var wg sync.WaitGroup
	for i, s := range writers {
		wg.Go(func() {
			for rotating.Err() == nil {
				o := source()
				o.Name = fmt.Sprintf("by %d no %d", i, written[i].Load())
				o.Secrets["password"] = "of " + o.Name
				if _, err := s.Put(ctx, o, store.CreateOnly, anna()); err != nil {
					w.Errorf("write: %v", err)
					done()
					return
				}
				if p := w.password(s); p != "hunter2" {
					w.Errorf("read %q", p)
					done()
					return
				}
				written[i].Add(1)
			}
		})
	}
	idle := func(n *atomic.Int64) bool { return n.Load() == 0 }
	for n := 0; rotating.Err() == nil && (n < 5 || idle(&written[0]) || idle(&written[1])); n++ {
		w.must(w.s.RotateKey(ctx))
	}
	done()
	wg.Wait()
	n := int(written[0].Load() + written[1].Load())
	all, err := w.loaded().Objects(ctx, store.Source, "", 0)
	if err != nil || len(all) != 1+n {
		w.Errorf("%d sources after %d writes, %v", len(all), n, err)
	}
	for _, o := range all {
		if p := o.Secrets["password"]; p != "of "+o.Name && o.Name != "shop" {
			w.Errorf("%s has password %q", o.Name, p)
		}
	}
}

func checkRotationDied(w *world) {
	ctx := w.Context()
	w.must(second(w.s.Put(ctx, source(), store.CreateOnly, anna())))
	path := filepath.Join(w.cfg.Dir, "secret.key")
	write := func(text string) { w.must(os.WriteFile(path, []byte(text), 0o600)) }
	// It died with the new key in the file, and nothing sealed with it.
	write(testKey("n") + "\n" + w.keyFile())
	if p := w.password(w.loaded()); p != "hunter2" {
		w.Errorf("new key in the file only: %q", p)
	}
	changed := source()
	changed.Secrets["password"] = "changed meanwhile"
	w.must(second(w.loaded().Put(ctx, changed, 1, anna())))
	if p := w.password(w.s); p != "changed meanwhile" {
		w.Errorf("a server with the old key reads %q", p)
	}
	// It died with everything sealed anew, and the old key still in the file.
	left := w.keyFile()
	w.must(w.loaded().RotateKey(ctx))
	write(w.keyFile() + left)
	if p := w.password(w.loaded()); p != "changed meanwhile" {
		w.Errorf("old keys left in the file: %q", p)
	}
	w.must(w.loaded().RotateKey(ctx))
	if n := strings.Count(strings.TrimSpace(w.keyFile()), "\n"); n != 1 {
		w.Errorf("%d keys after the next rotation, want 1", n)
	}
	if p := w.password(w.loaded()); p != "changed meanwhile" {
		w.Errorf("after the next rotation: %q", p)
	}
	// It was called off: nothing may have changed but the file, which has both keys.
	stopped, stop := context.WithCancel(ctx)
	stop()
	if err := w.loaded().RotateKey(stopped); !errors.Is(err, context.Canceled) {
		w.Errorf("called off: %v", err)
	}
	if p := w.password(w.loaded()); p != "changed meanwhile" {
		w.Errorf("called off: %q", p)
	}
	// One secret cannot be opened: nothing is sealed anew, and the error says which it is.
	w.must(second(w.loaded().Put(ctx, dest(), store.CreateOnly, anna())))
	w.exec("UPDATE eddy_secrets SET sealed = 'rubbish' WHERE kind = 'destination'")
	before := fmt.Sprint(w.rows("SELECT sealed FROM eddy_secrets ORDER BY kind"))
	w.code("a damaged secret", w.loaded().RotateKey(ctx), eddy.CodeConfig, "the secret consumer_secret of destination x is damaged")
	if after := fmt.Sprint(w.rows("SELECT sealed FROM eddy_secrets ORDER BY kind")); after != before {
		w.Error("a rotation that failed has changed secrets")
	}
}

func checkEnvironment(w *world) {
	ctx := w.Context()
	cfg := w.fresh()
	with := func(text string) (*store.Store, error) {
		mine := cfg
		var err error
		if mine.Keys, err = store.LoadKeys(cfg.Dir, env(text)); err != nil {
			return nil, err
		}
		s, err := store.Open(ctx, mine)
		if err == nil {
			w.Cleanup(func() { _ = s.Close() })
		}
		return s, err
	}
	old, err := with(testKey("a"))
	w.must(err)
	w.must(second(old.Put(ctx, source(), store.CreateOnly, anna())))
	w.code("nothing to rotate to", old.RotateKey(ctx), eddy.CodeUsage, "Put a new key before it")
	// Servers are restarted one after the other with both keys; nothing changes yet.
	both, err := with(testKey("b") + ", " + testKey("a"))
	w.must(err)
	changed := source()
	changed.Secrets["password"] = "changed"
	w.must(second(both.Put(ctx, changed, 1, anna())))
	if p := w.password(old); p != "changed" {
		w.Errorf("a server that was not restarted reads %q", p)
	}
	w.must(both.RotateKey(ctx))
	after, err := with(testKey("b"))
	w.must(err)
	if p := w.password(after); p != "changed" {
		w.Errorf("with the new key alone: %q", p)
	}
	_, err = with(testKey("a"))
	w.code("with the old key alone", err, eddy.CodeConfig, "is not in EDDY_SECRET_KEY")
}
