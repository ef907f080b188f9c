package sandbox_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Clients that were not written for Eddy must get along with the sandbox: their
// signatures are the proof that ours is verified as the world signs.
func TestIndependentClients(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, interpreter, check, script, install string }{
		{"python", "/usr/bin/python3", "import requests_oauthlib", "testdata/client.py", "python3-requests-oauthlib"},
		{"ruby", "ruby", "require 'oauth'", "testdata/client.rb", "ruby-oauth"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			flag := map[string]string{"python": "-c", "ruby": "-e"}[c.name]
			if err := exec.Command(c.interpreter, flag, c.check).Run(); err != nil {
				lack(t, "apt-get install -y "+c.install)
			}
			b := start(t)
			cmd := exec.Command(c.interpreter, c.script, b.url)
			cmd.Env = append(os.Environ(), "LANG=C.UTF-8", "NO_PROXY=127.0.0.1", "no_proxy=127.0.0.1", "PYTHONDONTWRITEBYTECODE=1")
			var stderr strings.Builder
			cmd.Stderr = &stderr
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("%v\n%s\nlog: %+v", err, stderr.String(), b.Requests())
			}
			var got map[string]any
			if err := json.Unmarshal(out, &got); err != nil {
				t.Fatalf("%v in %s", err, out)
			}
			want := map[string]any{
				"id": "1nmth", "listed": 4.0, "renamed": "an audience", "deleted": true,
				"members": []any{"email:" + hash("b@example.com"), "partner_user_id:p 1"},
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// lack skips a test on a developer's machine and fails it on CI, where a check that
// quietly does not run would be taken for one that passed.
func lack(t *testing.T, mend string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("missing here: %s", mend)
	}
	t.Skipf("to run this test: %s", mend)
}
