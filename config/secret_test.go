package config_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"pgregory.net/rapid"

	"github.com/eddy-retl/eddy/config"
)

// TestGoldenHoldsNoSecret looks through every answer for the secret that the files hold.
func TestGoldenHoldsNoSecret(t *testing.T) {
	paths, err := filepath.Glob("testdata/problems/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range archive.Files {
			if strings.HasSuffix(f.Name, ".want") && strings.Contains(string(f.Data), "hunter2") {
				t.Errorf("%s: %s shows a secret:\n%s", path, f.Name, f.Data)
			}
		}
	}
}

// TestVariablesAreNeverShown puts a variable in the place of every value of the
// contract's example in turn. Whatever then goes wrong, its value is not shown.
func TestVariablesAreNeverShown(t *testing.T) {
	const value = "hunter2"
	getenv := func(string) (string, bool) { return value, true }
	scalars := regexp.MustCompile(`: ("[^"]*"|[^\s{},]+)`)
	for _, at := range scalars.FindAllStringSubmatchIndex(design, -1) {
		text := design[:at[2]] + `"${V}"` + design[at[3]:]
		_, err := config.Parse([]byte(text), "eddy.yaml", known(), getenv)
		if err != nil && strings.Contains(err.Error(), value) {
			t.Errorf("in place of %s:\n%v", design[at[2]:at[3]], err)
		}
	}
}

// TestSecretsAreNeverShown writes secrets of all shapes into the file itself and
// damages it in a random place.
func TestSecretsAreNeverShown(t *testing.T) {
	secrets := regexp.MustCompile(`\$\{[A-Z_]+\}`)
	rapid.Check(t, func(t *rapid.T) {
		secret := rapid.SampledFrom([]string{
			`hunter2`, `"hunter2`, `'hunter2`, `*hunter2`, `&hunter2`, `!hunter2`, `|hunter2`, `>hunter2`, `@hunter2`,
			`%hunter2`, `hunter2: hunter2`, `{hunter2`, `[hunter2`, "\n      hunter2", "|\n      hunter2\n     hunter2",
			"\"hunter2\n      hunter2\"", `${hunter2`, `hunter2${`, "hunter2\n hunter2", "- hunter2", "? hunter2",
		}).Draw(t, "secret")
		text := secrets.ReplaceAllLiteralString(design, secret)
		at := rapid.IntRange(0, len(text)).Draw(t, "at")
		cut := rapid.IntRange(0, 3).Draw(t, "cut")
		insert := rapid.SampledFrom([]string{"", "\t", "{", "}", "[", "]", ":", "\"", "'", "\n", "#", "*", "&a ", "  ", ": "}).Draw(t, "insert")
		text = text[:at] + insert + text[min(at+cut, len(text)):]
		if i := strings.Index(text, "hunter2:"); i >= 0 && !strings.HasPrefix(text[i:], "hunter2: hunter2") {
			t.Skip("a secret became a key, and keys are shown")
		}
		if strings.Contains(text, "${hunter2}") {
			t.Skip("a secret became the name of a variable, and those are shown")
		}
		_, err := config.Parse([]byte(text), "eddy.yaml", known(), environ)
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Fatalf("%v\nof\n%s", err, text)
		}
	})
}

// FuzzParse feeds Parse with damaged files: whatever comes is an answer, never a panic.
func FuzzParse(f *testing.F) {
	f.Add([]byte(design))
	f.Add([]byte(config.Template()))
	for _, seed := range []string{
		"", "\ufeff", "a: *a", "a: &a [*a]", "<<: *a", "<<: [1]", "? ", "- ", "&a", "*a", "!", "!!str", "%", "---\n...\n---\n", "|", ">-", "\"", "'", "{", "[",
		"sources: !!str\n", "sources:\n? a\n", ": a", "a: |2\n b", "sources: {a: &b}", "[]: x", "? [a]: b", "a: !!binary x", "- &a\n- *a : b",
	} {
		f.Add([]byte(seed))
	}
	archives, err := filepath.Glob("testdata/problems/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range archives {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range txtar.Parse(data).Files {
			f.Add(file.Data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := config.Parse(data, "eddy.yaml", known(), environ)
		if (file == nil) == (err == nil) {
			t.Fatalf("neither or both of a file and an error: %v, %v", file, err)
		}
		if err == nil {
			return
		}
		problems, ok := err.(config.Problems) //nolint:errorlint // Parse promises this very type
		if !ok || len(problems) == 0 {
			t.Fatalf("no problems: %T", err)
		}
		for i, p := range problems {
			if i > 0 && p.Line < problems[i-1].Line {
				t.Fatalf("not in the order of the lines:\n%v", err)
			}
		}
		if strings.Contains(err.Error(), secretValue) {
			t.Fatalf("shows the value of a variable:\n%v", err)
		}
	})
}
