package api //nolint:testpackage // what is tested is an inside of the handler

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/setup"
	"github.com/eddy-retl/eddy/store"
)

// TestAnUploadEndsAtTheMost: what is beyond the most identities is not worked out, nor is a line
// that has as much as a whole upload.
func TestAnUploadEndsAtTheMost(t *testing.T) {
	t.Parallel()
	read := func(text string) (*uploading, error) {
		how, err := setup.Hashings(eddy.Upload{})
		if err != nil {
			t.Fatal(err)
		}
		u := &uploading{digests: eddy.Digests{}, hashing: how}
		return u, u.read([]byte(text))
	}
	var text strings.Builder
	for i := range store.MostDigests + 50_000 {
		fmt.Fprintf(&text, "%x@a.co\n", i)
	}
	if text.Len() > uploadBody {
		t.Fatalf("%d bytes are refused before they are read", text.Len())
	}
	u, err := read(text.String())
	p, ok := errors.AsType[*Problem](err)
	if n := u.digests.Len(); !ok || !strings.Contains(p.Detail, "1,000,000") || p.Mend == "" || n != store.MostDigests+1 {
		t.Errorf("%v, with %d digests", err, n)
	}
	u, err = read("email\n\"" + strings.Repeat("a@b.co,", longestLine/7+1) + "\"\nc@b.co\n")
	if err != nil || u.digests.Len() != 1 || u.answer.BadLines != 1 {
		t.Errorf("a long line: %v, %d digests, %+v", err, u.digests.Len(), u.answer)
	}
}
