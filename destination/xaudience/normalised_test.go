package xaudience

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	"github.com/eddy-retl/eddy/destination"
)

// What is shown as normalised is what is hashed: its digests are the identities.
func TestNormalisedIsWhatIsHashed(t *testing.T) {
	t.Parallel()
	p, err := NewPreparer(true, "US")
	if err != nil {
		t.Fatal(err)
	}
	digest := strings.Repeat("AB", 32)
	for field, text := range []string{" Ada@Example.com , bob@example.com,ada@example.com, none,," + digest, "(650) 253-0000", "", "12345", "Partner 1", "@Ada"} {
		values := make([]string, len(p.(*preparer).settings.String())) // more than there are fields
		values[field] = text
		var prepared destination.Prepared
		p.Prepare(values[:len(fields())], &prepared)
		var want []string
		for _, id := range prepared.Identities {
			want = append(want, string(id.Value))
		}
		var got []string
		for _, value := range p.(destination.Normaliser).Normalised(field, text) {
			sum := sha256.Sum256([]byte(value))
			switch {
			case field == fieldPartner, value == strings.ToLower(digest):
				got = append(got, value)
			default:
				got = append(got, hex.EncodeToString(sum[:]))
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("field %d: got %v, want %v", field, got, want)
		}
	}
	if got := p.(destination.Normaliser).Normalised(len(fields())-1, "2027-01-01"); got != nil {
		t.Errorf("a time is not an identity, got %v", got)
	}
}
