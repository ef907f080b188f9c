package store_test

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/store"
)

// A key that cannot be used is refused with what is wrong and how to mend it, and never
// repeated: what cannot be read may be most of a key.
func TestBadKeys(t *testing.T) {
	short := base64.StdEncoding.EncodeToString([]byte("too short a key"))
	const broken = "hunter2/hunter2/hunter2/hunter2/hunter2/!!="
	good := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("k", 32)))
	for what, c := range map[string]struct {
		env, file string
		mode      os.FileMode
		want      string
	}{
		"short":             {env: short, want: "EDDY_SECRET_KEY holds no usable key: key 1 has 15 bytes, not 32"},
		"second one broken": {env: good + "," + broken, want: "key 2 is not base64"},
		"ends in a comma":   {env: good + ",", want: "key 2 has 0 bytes, not 32"},
		"short in the file": {file: "# a comment\n\n" + short + "\n", mode: 0o600, want: "key 1 has 15 bytes"},
		"broken file":       {file: broken, mode: 0o600, want: "key 1 is not base64"},
		"empty file":        {file: "# nothing\n", mode: 0o600, want: "it is empty"},
	} {
		dir := t.TempDir()
		path := filepath.Join(dir, "secret.key")
		if c.file != "" {
			if err := os.WriteFile(path, []byte(c.file), c.mode); err != nil {
				t.Fatal(err)
			}
		}
		_, err := store.LoadKeys(dir, func(string) (string, bool) { return c.env, c.env != "" })
		if err == nil || !strings.Contains(err.Error(), c.want) || eddy.ErrorCode(err) != eddy.CodeConfig || strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), short) {
			t.Errorf("%s: %v, want %q", what, err, c.want)
		}
		if data, err := os.ReadFile(path); c.file != "" && (err != nil || string(data) != c.file) {
			t.Errorf("%s: the file was changed: %v", what, err)
		}
	}
}

// The key file is made once, for its owner alone, and an empty variable is none.
func TestKeyFile(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	for range 2 {
		keys, err := store.LoadKeys(dir, func(string) (string, bool) { return " ", true })
		if err != nil {
			t.Fatal(err)
		}
		s, err := store.Open(t.Context(), store.Config{Dir: dir, Keys: keys})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if text := fmt.Sprintf("%v %+v %#v %s", keys, keys, keys, []store.Keys{keys}); text != "keys keys keys [keys]" {
			t.Errorf("keys print as %s", text)
		}
	}
	for _, name := range []string{"secret.key", "eddy.db"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v; nobody else may read it", name, info.Mode(), err)
		}
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the state folder: %v %v", info.Mode(), err)
	}
}
