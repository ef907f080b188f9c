package api_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/api"
	"github.com/eddy-retl/eddy/sandbox"
)

const (
	uploads = "/api/v1/suppressions/optout/identities"
	// user1 is how X has user1@example.com.
	user1 = "b36a83701f1c3191e19722d6f90274bc1b5501fe69ebf33313e440fe4b0fe210"
)

// uploaded makes the list optout and uploads a text to it.
func (w *world) uploaded(text string) {
	w.Helper()
	w.put("suppressions", "optout", map[string]any{"upload": map[string]any{}})
	if code, said := w.text(w.editor, "PUT", uploads, text); code != http.StatusOK {
		w.Fatal(code, said)
	}
}

// inAudience says that X has an identity.
func (w *world) inAudience(digest string) bool {
	return slices.ContainsFunc(w.box.Members(w.audience), func(m string) bool { return strings.Contains(m, digest) })
}

// TestEachValueOfALineCounts: those of columns with the same header, and those of a cell that has
// several; and a line of which one value names nobody is not taken by halves.
func TestEachValueOfALineCounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", nil)
	w.shop(9)
	w.put("suppressions", "optout", map[string]any{"upload": map[string]any{}})
	for _, c := range []struct {
		text                        string
		lines, badLines, identities int
	}{
		{"email,email\nuser1@example.com,user2@example.com\nuser3@example.com,\n", 2, 0, 3},
		{"email\n\"user1@example.com,user2@example.com\"\n", 1, 0, 2},
		{"\"user1@example.com,user2@example.com\"\n", 1, 0, 2},
		{"email;email\nuser1@example.com;nobody\nuser3@example.com;\n", 1, 1, 1},
		{"email\n\"user1@example.com,nobody\"\nuser3@example.com\n", 1, 1, 1},
	} {
		if code, said := w.text(w.editor, "DELETE", uploads, ""); code != http.StatusNoContent {
			t.Fatal(code, said)
		}
		code, said := w.text(w.editor, "POST", uploads, c.text)
		var got api.Uploaded
		w.must(json.Unmarshal([]byte(said), &got))
		if code != http.StatusOK || got.Lines != c.lines || got.BadLines != c.badLines || got.Identities != c.identities {
			t.Errorf("%q: %d %s", c.text, code, said)
		}
	}
	w.uploaded("email,email\nuser1@example.com,user2@example.com\n")
	if r := w.ended(api.Start{}); r.Counts.Suppressed != 2 || w.inAudience(user1) {
		t.Errorf("a run: %+v", r)
	}
}

// TestANullUploadIsNone: a list of a source that says so does not take the place of an uploaded one,
// and is kept without it.
func TestANullUploadIsNone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", nil)
	w.shop(9)
	w.uploaded("user1@example.com\n")
	w.duck("CREATE TABLE optout AS SELECT 'x@y.com' AS mail")
	spec := optout()
	spec["upload"] = nil
	call := api.Call{Method: "PUT", Path: "/api/v1/suppressions/optout", Header: http.Header{"If-Match": {"*"}}, Body: map[string]any{"spec": spec}}
	if p := w.refused(w.editor, call, http.StatusConflict); !strings.Contains(p.Detail, "which it would lose") {
		t.Errorf("%+v", p)
	}
	if r := w.ended(api.Start{}); r.Counts.Suppressed != 1 || w.inAudience(user1) {
		t.Errorf("a run: %+v", r)
	}
	if o := w.put("suppressions", "other", spec); strings.Contains(string(o.Spec), "upload") {
		t.Errorf("kept as %s", o.Spec)
	}
	var out api.OptOuts
	w.call(w.viewer, "GET", "/api/v1/opt-outs", nil, &out)
	if len(out.Lists) != 2 || out.Lists[0].Kind != "upload" || out.Lists[1].Kind != "source" {
		t.Errorf("%+v", out.Lists)
	}
}

// waits is how far the connection is with carrying lists out.
func (w *world) waits() api.OptOut {
	w.Helper()
	var out api.OptOuts
	w.call(w.viewer, "GET", "/api/v1/opt-outs", nil, &out)
	return out.Connections[0]
}

// TestARefusedRemovalIsNotCarriedOut: it is tried again, also where other refused records are not; and
// the opt-out waits also when the runs that show it are forgotten.
func TestARefusedRemovalIsNotCarriedOut(t *testing.T) {
	t.Parallel()
	for name, settings := range map[string]map[string]any{"tried again": {}, "others rest": {"retry_failed_records": false}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, "", nil)
			w.shop(9)
			w.put("connections", "vip", w.connection(map[string]any{"settings": settings}))
			w.ended(api.Start{})
			before := w.waits().CarriedOutAt
			w.uploaded("user1@example.com\n")
			w.box.Fault(sandbox.Fault{On: sandbox.OnUsers, Count: 3, Poison: []string{"email:" + user1}, Shape: sandbox.ShapeOperations})
			r := w.ended(api.Start{})
			if got := w.waits(); string(r.Status) != string(eddy.CompletedWithErrors) || r.Counts.Unremoved != 1 || !w.inAudience(user1) || got.WaitingSince == nil || !got.CarriedOutAt.Equal(*before) {
				t.Errorf("refused: %s %+v, %+v", r.Status, r.Counts, got)
			}
			if _, err := w.st.PruneRuns(t.Context(), time.Now().Add(time.Hour)); err != nil || w.waits().WaitingSince == nil {
				t.Errorf("forgotten with its runs: %v", err)
			}
			w.box.ClearFaults()
			r = w.ended(api.Start{})
			if w.inAudience(user1) || w.waits().WaitingSince != nil || r.Counts.Unremoved != 0 {
				t.Errorf("after X is well again: %+v, %+v", r.Counts, w.waits())
			}
		})
	}
}

// TestAListOfASourceMayWaitFromTheFirstRunOn: also when no run ever ended well.
func TestAListOfASourceMayWaitFromTheFirstRunOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", nil)
	w.shop(9)
	w.duck("CREATE TABLE optout AS SELECT 'x@y.com' AS mail")
	w.put("suppressions", "optout", optout())
	if got := w.waits(); got.MayWaitSince != nil {
		t.Errorf("nobody was ever sent: %+v", got)
	}
	w.box.Fault(sandbox.Fault{On: sandbox.OnUsers, When: sandbox.After, Status: 401})
	r := w.ended(api.Start{})
	if got := w.waits(); string(r.Status) != string(eddy.StatusFailed) || got.CarriedOutAt != nil || got.MayWaitSince == nil {
		t.Errorf("%s: %+v", r.Status, got)
	}
}

// TestAHeldRunCarriesOptOutsOut: the others who leave wait, and go when the run is approved.
func TestAHeldRunCarriesOptOutsOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", nil)
	w.shop(20)
	w.ended(api.Start{})
	w.uploaded("user1@example.com\n")
	w.duck("DELETE FROM customers WHERE id > 3")
	r := w.ended(api.Start{})
	if string(r.Status) != string(eddy.NeedsApproval) || r.Counts.OptedOut != 1 || w.inAudience(user1) || w.waits().WaitingSince != nil {
		t.Fatalf("held: %s %+v, %+v", r.Status, r.Counts, w.waits())
	}
	r = w.ended(api.Start{ApproveRun: r.RunID})
	if string(r.Status) != string(eddy.Succeeded) || w.inAudience(user1) || w.waits().WaitingSince != nil {
		t.Errorf("approved: %s %+v", r.Status, w.waits())
	}
}
