package main

import (
	"bytes"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eddy-retl/eddy/sandbox"
)

// passing is what of an output is of one run: its id, how long it took, and when members lapse.
var passing = regexp.MustCompile(`\d{14}[a-z0-9]{4}|in \d+\.\d s|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ|[ ]+\n`)

// TestFiveMinutes walks the README's five minutes as they stand there: its files, its commands,
// and what it says that they print.
func TestFiveMinutes(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(readme), "\n## Five minutes")
	section, _, _ = strings.Cut(section, "\n## ")
	srv := httptest.NewServer(sandbox.New(sandbox.Default()))
	defer srv.Close()
	t.Chdir(t.TempDir())
	steady := func(s string) string {
		return passing.ReplaceAllStringFunc(s, func(x string) string {
			if strings.HasSuffix(x, "\n") {
				return "\n"
			}
			return "…"
		})
	}
	told := 0
	for i, block := range strings.Split(section, "\n```") {
		kind, text, _ := strings.Cut(block, "\n")
		switch {
		case i%2 == 0: // between two blocks
		case kind == "yaml":
			write(t, "eddy.yaml", strings.ReplaceAll(text, "http://127.0.0.1:8089", srv.URL))
		case strings.HasPrefix(text, "customer_id,"):
			write(t, "customers.csv", text)
		case strings.HasPrefix(text, "sed "):
			if out, err := exec.Command("sh", "-ec", text).CombinedOutput(); err != nil {
				t.Fatalf("%s: %v: %s", text, err, out)
			}
		case strings.HasPrefix(text, "$ eddy "):
			for _, command := range strings.Split("\n"+text, "\n$ eddy ")[1:] {
				line, want, _ := strings.Cut(command, "\n")
				if strings.HasPrefix(line, "sandbox") {
					continue
				}
				if strings.HasPrefix(want, "needs_approval") { // "if most rows vanish"
					rows, err := os.ReadFile("customers.csv")
					if err != nil {
						t.Fatal(err)
					}
					write(t, "customers.csv", strings.Join(strings.SplitAfter(string(rows), "\n")[:2], ""))
				}
				var out bytes.Buffer
				m := &Main{Stdin: strings.NewReader(""), Stdout: &out, Stderr: new(bytes.Buffer), Getenv: os.LookupEnv}
				m.Run(t.Context(), strings.Fields(line))
				if diff := cmp.Diff(steady(strings.TrimRight(want, "\n")+"\n"), steady(out.String())); diff != "" {
					t.Errorf("eddy %s prints something else than the README says (-README +printed)\n%s", line, diff)
				}
				told++
			}
		}
	}
	if told < 7 {
		t.Errorf("only %d commands were found in the README", told)
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Clean(name), []byte(strings.TrimRight(text, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
}
