package store_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/eddy-retl/eddy/store"
)

// rotating names the variable that makes this test binary a process that rotates keys
// until it is killed.
const rotating = "EDDY_TEST_ROTATE"

// rotateForever opens the store that the variable describes and rotates its key.
func rotateForever(text string) error {
	var at struct{ Dir, DatabaseURL string }
	if err := json.Unmarshal([]byte(text), &at); err != nil {
		return err
	}
	ctx, cfg := context.Background(), store.Config{Dir: at.Dir, DatabaseURL: at.DatabaseURL}
	var err error
	if cfg.Keys, err = store.LoadKeys(cfg.Dir, noEnv); err != nil {
		return err
	}
	s, err := store.Open(ctx, cfg)
	for err == nil {
		fmt.Println("next")
		err = s.RotateKey(ctx)
	}
	return err
}

// A process that rotates the key is killed again and again, wherever it is. Whoever opens
// the store next reads every secret.
func TestRotationIsKilled(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(*testing.T) store.Config{"SQLite": onSQLite, "PostgreSQL": onPostgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := open(t)
			const sources = 40 // enough to be killed among them
			fillSources(t, cfg, sources)
			for round := range 8 {
				killWhileRotating(t, cfg, 1+round%2, round%4 > 1)
				for i, o := range reopened(t, cfg) {
					if o.Secrets["password"] != "of "+o.Name || o.Secrets["url"] != "hunter2" {
						t.Fatalf("round %d: secrets of %d, %s: %d", round, i, o.Name, len(o.Secrets))
					}
				}
				if left, err := filepath.Glob(filepath.Join(cfg.Dir, "secret.key*")); err != nil || len(left) != 2 {
					t.Errorf("round %d: key files that dead processes left: %v %v", round, left, err)
				}
			}
		})
	}
}

func fillSources(t *testing.T, cfg store.Config, n int) {
	t.Helper()
	s, err := store.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var puts []store.Object
	for i := range n {
		name := fmt.Sprint("source ", i)
		puts = append(puts, store.Object{Kind: store.Source, Name: name, Spec: json.RawMessage(`{}`), Secrets: store.Secrets{"password": "of " + name, "url": "hunter2"}})
	}
	if err := s.Apply(t.Context(), puts, nil, store.Actor{ID: "system"}); err != nil {
		t.Fatal(err)
	}
}

// killWhileRotating kills the process when its nth rotation begins or, with sealing, when
// the new key is in the file and secrets are about to be sealed with it.
func killWhileRotating(t *testing.T, cfg store.Config, nth int, sealing bool) {
	t.Helper()
	text, err := json.Marshal(map[string]string{"Dir": cfg.Dir, "DatabaseURL": cfg.DatabaseURL})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), rotating+"="+string(text))
	cmd.Stderr = t.Output()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for range nth {
		if !lines.Scan() {
			t.Fatalf("the process ended by itself: %v", cmd.Wait())
		}
	}
	for deadline := time.Now().Add(20 * time.Second); sealing && keysIn(t, cfg) < 2 && time.Now().Before(deadline); {
		select {
		case <-t.Context().Done():
		case <-time.After(100 * time.Microsecond):
		}
	}
	_ = cmd.Process.Kill()
	if exit, ok := errors.AsType[*exec.ExitError](cmd.Wait()); !ok || exit.Exited() {
		t.Fatalf("the process was not killed: %v", exit)
	}
}

// keysIn counts the keys of the key file.
func keysIn(t *testing.T, cfg store.Config) int {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(cfg.Dir, "secret.key"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Count(string(data), "=\n")
}

// reopened reads all sources as a server that starts now.
func reopened(t *testing.T, cfg store.Config) []store.Object {
	t.Helper()
	var err error
	if cfg.Keys, err = store.LoadKeys(cfg.Dir, noEnv); err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	objects, err := s.Objects(t.Context(), store.Source, "", 0)
	if err != nil || len(objects) == 0 {
		t.Fatal(len(objects), err)
	}
	return objects
}
