package jobs_test

import (
	"encoding/json"
	"testing"

	"github.com/eddy-retl/eddy/jobs"
	"github.com/eddy-retl/eddy/sync"
)

// A note, such as that a warehouse starts, is on record until the run goes on.
func TestNotesAreOnRecord(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		want string
		all  []sync.Progress
	}{
		{"the warehouse starts", []sync.Progress{{Step: "begin"}, {Step: "begin", Note: "the warehouse starts"}}},
		{"", []sync.Progress{{Step: "begin", Note: "the warehouse starts"}, {Step: "stage", Rows: 7}}},
	} {
		var got struct{ Note string }
		if err := json.Unmarshal(jobs.Told(t.Context(), c.all...), &got); err != nil || got.Note != c.want {
			t.Errorf("%q, not %q: %v", got.Note, c.want, err)
		}
	}
}
