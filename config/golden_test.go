package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/eddy-retl/eddy/config"
)

// TestProblems checks the whole text of every problem. Each archive below
// testdata/problems holds pairs: NAME.yaml and what Parse says to it, NAME.want. A file
// before.yaml is put before each of them. EDDY_REWRITE=1 go test ./config writes the
// answers anew; read the difference.
func TestProblems(t *testing.T) {
	archives, err := filepath.Glob("testdata/problems/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatal("no archives", err)
	}
	for _, path := range archives {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		written := &txtar.Archive{Comment: archive.Comment}
		before, want := "", map[string]string{}
		for _, f := range archive.Files {
			want[f.Name] = string(f.Data)
		}
		for _, f := range archive.Files {
			name, isCase := strings.CutSuffix(f.Name, ".yaml")
			if !isCase {
				continue
			}
			written.Files = append(written.Files, f)
			if name == "before" {
				before = string(f.Data)
				continue
			}
			t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar")+"/"+name, func(t *testing.T) {
				got := answer(before + string(f.Data))
				written.Files = append(written.Files, txtar.File{Name: name + ".want", Data: []byte(got)})
				if diff := cmp.Diff(want[name+".want"], got); diff != "" && os.Getenv("EDDY_REWRITE") == "" {
					t.Errorf("(-want +got)\n%s", diff)
				}
			})
		}
		if os.Getenv("EDDY_REWRITE") != "" {
			if err := os.WriteFile(path, txtar.Format(written), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// answer is what Parse says to a text.
func answer(text string) string {
	_, err := config.Parse([]byte(text), "eddy.yaml", known(), environ)
	if err == nil {
		return "no problem\n"
	}
	return err.Error() + "\n"
}
