package api_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"testing"

	"github.com/eddy-retl/eddy/api"
)

var rewrite = flag.Bool("rewrite", false, "write docs/openapi.json")

// The document that is checked in is the one that is served.
func TestTheDocumentIsCheckedIn(t *testing.T) {
	t.Parallel()
	got, err := api.Document()
	if err != nil {
		t.Fatal(err)
	}
	const path = "../docs/openapi.json"
	if *rewrite {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("docs/openapi.json is not what a server serves; go test ./api -run Document -rewrite writes it")
	}
	var doc struct {
		OpenAPI string                               `json:"openapi"`
		Paths   map[string]map[string]map[string]any `json:"paths"`
	}
	if err := json.Unmarshal(got, &doc); err != nil || doc.OpenAPI != "3.1.0" || len(doc.Paths) < 40 {
		t.Errorf("OpenAPI %s with %d paths: %v", doc.OpenAPI, len(doc.Paths), err)
	}
	if bytes.Contains(got, []byte("ErrorModel")) {
		t.Error("the library's own errors are in the document")
	}
}
