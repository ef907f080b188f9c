package store

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/gofrs/flock"

	"github.com/eddy-retl/eddy"
)

// keyVariable names the environment variable that takes the place of the key file.
const keyVariable = "EDDY_SECRET_KEY"

// keySize is the length of a key of AES-256.
const keySize = 32

// Keys seal the secrets in the store. There may be several while they are exchanged; the
// store itself says which one is in use.
type Keys struct{ ring *ring }

// String says nothing about the keys.
func (Keys) String() string { return "keys" }

// GoString says nothing about the keys.
func (Keys) GoString() string { return "keys" }

// LogValue says nothing about the keys.
func (Keys) LogValue() slog.Value { return slog.StringValue("keys") }

// ring is shared by copies of Keys.
type ring struct {
	path string // the key file; empty when the keys came from the environment
	made bool   // the file was made just now

	mu   sync.Mutex
	keys []key
}

type key struct {
	id     string
	secret [keySize]byte
}

func newKey(secret [keySize]byte) key {
	sum := sha256.Sum256(secret[:])
	return key{hex.EncodeToString(sum[:4]), secret}
}

func randomKey() key {
	var secret [keySize]byte
	_, _ = rand.Read(secret[:]) // never fails, says crypto/rand
	return newKey(secret)
}

// LoadKeys reads the keys from EDDY_SECRET_KEY or, without it, from the file secret.key in
// the state folder, which the first call makes; beside a store that is there already a missing
// one is an error, and where a database has a store already, opening that takes it away again. getenv is os.LookupEnv or a stand-in.
func LoadKeys(dir string, getenv func(string) (string, bool)) (Keys, error) {
	if text, ok := getenv(keyVariable); ok && strings.TrimSpace(text) != "" {
		keys, err := parseKeys(strings.Split(text, ","))
		if err != nil {
			return Keys{}, keyError(keyVariable, err)
		}
		return Keys{&ring{keys: keys}}, nil
	}
	r := &ring{path: filepath.Join(dir, "secret.key")}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return Keys{}, &eddy.Error{Code: eddy.CodeConfig, What: "make the state folder", Err: err, Mend: "Name a folder that this user may write with --state-dir."}
	}
	if err := closeToOthers(dir); err != nil {
		return Keys{}, err
	}
	if _, err := os.Stat(r.path); errors.Is(err, os.ErrNotExist) && Exists(dir) {
		return Keys{}, &eddy.Error{
			Code: eddy.CodeConfig, What: fmt.Sprintf("the key file %s is missing, and %s is sealed with it", r.path, file(dir)),
			Mend: "Restore it from the backup, or set " + keyVariable + " if the key was there. Another key opens none of the secrets. Where the key is lost for good, move the store away and begin with an empty one.",
		}
	}
	err := r.locked(func() error {
		err := os.Remove(r.path + unfinished)
		if err == nil || errors.Is(err, os.ErrNotExist) {
			_, err = r.load()
		}
		if errors.Is(err, os.ErrNotExist) {
			r.made = true
			return r.save([]key{randomKey()})
		}
		return err
	})
	return Keys{r}, err
}

// unmake deletes a key file that was made just now, for a store that turned out to have a key.
func (r *ring) unmake() error {
	if !r.made {
		return nil
	}
	return os.Remove(r.path)
}

func keyError(where string, err error) error {
	return &eddy.Error{
		Code: eddy.CodeConfig, What: where + " holds no usable key", Err: err,
		Mend: "A key is 32 random bytes in base64, as from: openssl rand -base64 32. Several are separated by commas, the one to use first. A lost key cannot be made again: restore it from the backup.",
	}
}

// parseKeys never repeats what it could not read: it may be most of a key.
func parseKeys(texts []string) ([]key, error) {
	var keys []key
	for i, text := range texts {
		raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
		if err != nil {
			return nil, fmt.Errorf("key %d is not base64", i+1)
		}
		if len(raw) != keySize {
			return nil, fmt.Errorf("key %d has %d bytes, not %d", i+1, len(raw), keySize)
		}
		keys = append(keys, newKey([keySize]byte(raw)))
	}
	if len(keys) == 0 {
		return nil, errors.New("it is empty")
	}
	return keys, nil
}

// locked keeps other processes from changing the key file meanwhile.
func (r *ring) locked(work func() error) (err error) {
	l := flock.New(r.path+".lock", flock.SetPermissions(0o600))
	if err := l.Lock(); err != nil {
		return fmt.Errorf("lock the key file: %w", err)
	}
	defer func() { err = errors.Join(err, l.Unlock()) }()
	return work()
}

// load reads the key file and gives its keys. Keys that have left it since are still known to this process:
// another part of it may be about to open what it read a moment ago.
func (r *ring) load() ([]key, error) {
	// One that is put back while the server runs may come with more rights than it had.
	if err := narrow(r.path, 0o600); err != nil {
		return nil, err
	}
	data, err := os.ReadFile(r.path)
	if err != nil {
		return nil, err
	}
	var lines []string
	for s := bufio.NewScanner(bytes.NewReader(data)); s.Scan(); {
		if line := strings.TrimSpace(s.Text()); line != "" && !strings.HasPrefix(line, "#") {
			lines = append(lines, line)
		}
	}
	keys, err := parseKeys(lines)
	if err != nil {
		return nil, keyError(r.path, err)
	}
	r.add(keys)
	return keys, nil
}

// save puts keys into the file, whole or not at all, before anything is sealed with them.
func (r *ring) save(keys []key) error {
	lines := []string{"# Seals the secrets in eddy's store. Without this file they are lost: back it up."}
	for _, k := range keys {
		lines = append(lines, base64.StdEncoding.EncodeToString(k.secret[:]))
	}
	err := writeSynced(r.path+unfinished, strings.Join(lines, "\n")+"\n")
	if err == nil {
		err = os.Rename(r.path+unfinished, r.path)
	}
	if err == nil {
		err = syncDir(filepath.Dir(r.path))
	}
	if err != nil {
		return fmt.Errorf("write the key file: %w", err)
	}
	r.add(keys)
	return nil
}

// unfinished ends the name of a key file that is being written. One that a dead process
// left behind is removed by the next.
const unfinished = ".new"

func writeSynced(path, text string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Sync(), f.Close())
}

// syncDir makes sure that a renamed file is still there after a power failure.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// add puts keys before those that are known.
func (r *ring) add(keys []key) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, k := range r.keys {
		if !slices.Contains(keys, k) {
			keys = append(keys, k)
		}
	}
	r.keys = keys
}

func (r *ring) all() []key {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.keys
}

// find looks a key up, and once more in the file: another process may have rotated it.
func (r *ring) find(id string) (key, error) {
	if k, ok := r.has(id); ok {
		return k, nil
	}
	if r.path != "" {
		if _, err := r.load(); err != nil {
			return key{}, err
		}
		if k, ok := r.has(id); ok {
			return k, nil
		}
	}
	return key{}, &eddy.Error{
		Code: eddy.CodeConfig, What: fmt.Sprintf("the store's secrets are sealed with key %s, which is not in %s", id, r.place()),
		Mend: "Give this server the key of the others: copy secret.key from the server (or the backup) that has it, or set " + keyVariable + " to the same value everywhere.",
	}
}

func (r *ring) has(id string) (key, bool) {
	for _, k := range r.all() {
		if k.id == id {
			return k, true
		}
	}
	return key{}, false
}

// place names where the keys are from, for people.
func (r *ring) place() string {
	if r.path == "" {
		return keyVariable
	}
	return r.path
}
