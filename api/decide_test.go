package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/api"
)

// start is the call that starts a run of the connection.
func (w *world) start(how api.Start) api.Call {
	return api.Call{Method: "POST", Path: "/api/v1/connections/vip/runs", Body: how}
}

// undecidable starts a run that nobody may approve, and expects that none begins and nobody leaves.
func (w *world) undecidable(how api.Start, says string) {
	w.Helper()
	before := w.newestRun()
	p := w.refused(w.editor, w.start(how), http.StatusConflict)
	if p.Code != "approval" || !strings.Contains(p.Detail, says) || p.Mend == "" {
		w.Errorf("%+v: got %+v, want %q", how, p, says)
	}
	if after := w.newestRun(); after != before {
		w.Errorf("%+v: run %s began", how, after)
	}
	if left := len(w.box.Members(w.audience)); left == 0 {
		w.Errorf("%+v: the audience is empty", how)
	}
}

func (w *world) newestRun() string {
	w.Helper()
	var page api.Page[api.Run]
	w.call(w.viewer, "GET", "/api/v1/runs?connection=vip&limit=1", nil, &page)
	return page.Items[0].RunID
}

// A run that a person rejected is approved by no start, whether it is named or not.
func TestARejectedRunIsNotApprovedByAStart(t *testing.T) {
	t.Parallel()
	both(t, func(w *world) {
		w.shop(20)
		w.ended(api.Start{})
		w.undecidable(api.Start{Approve: true}, "has no run that waits")
		w.duck("DELETE FROM customers")
		old, held := w.ended(api.Start{}), w.ended(api.Start{})
		_, err := w.editor.Reject(t.Context(), held.RunID)
		w.must(err)
		w.undecidable(api.Start{ApproveRun: held.RunID}, "it is cancelled")
		w.undecidable(api.Start{Approve: true, ApproveRun: held.RunID}, "it is cancelled")
		// Without a name it is not the run before in its place, either.
		w.undecidable(api.Start{Approve: true}, held.RunID+" of the connection is newer than "+old.RunID)
		w.refused(w.editor, w.start(api.Start{ApproveRun: "absent"}), http.StatusNotFound)
	})
}

// What an older run showed is not approved where a newer one showed less.
func TestAnOldRunIsNotApprovedByAStart(t *testing.T) {
	t.Parallel()
	both(t, func(w *world) {
		w.shop(20)
		w.ended(api.Start{})
		w.duck("DELETE FROM customers")
		old := w.ended(api.Start{})
		w.duck("INSERT INTO customers SELECT i, 'user' || i || '@example.com', NULL FROM range(1, 6) r(i)")
		held := w.ended(api.Start{})
		if old.Status != status(eddy.NeedsApproval) || held.Status != status(eddy.NeedsApproval) {
			t.Fatalf("%s, then %s", old.Status, held.Status)
		}
		w.undecidable(api.Start{ApproveRun: old.RunID}, held.RunID+" of the connection is newer")
		w.put("connections", "other", w.connection(map[string]any{"audience": map[string]any{"create": map[string]any{"name": "other"}}}))
		w.refused(w.editor, api.Call{Method: "POST", Path: "/api/v1/connections/other/runs", Body: api.Start{ApproveRun: held.RunID}}, http.StatusNotFound)
		if r := w.ended(api.Start{Approve: true}); r.Status != status(eddy.Succeeded) || r.Counts.Delete != 15 {
			t.Errorf("the newest, which showed what leaves: %s %+v", r.Status, r.Counts)
		}
	})
}

// Who did not hear the answer asks again with the same key, and hears of the run that began.
func TestAnApprovalIsAskedForAgainWithItsKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", nil)
	w.shop(20)
	w.ended(api.Start{})
	w.duck("DELETE FROM customers")
	held := w.ended(api.Start{})
	var ids []string
	for range 2 {
		r, err := w.editor.Start(t.Context(), "vip", api.Start{ApproveRun: held.RunID}, "key")
		w.must(err)
		r, err = w.editor.Watch(t.Context(), r.RunID, func(api.Run) {})
		w.must(err)
		if r.Status != status(eddy.Succeeded) || r.Counts.Delete != 20 {
			t.Errorf("approved: %s %+v", r.Status, r.Counts)
		}
		ids = append(ids, r.RunID)
	}
	if ids[0] != ids[1] {
		t.Errorf("two runs: %v", ids)
	}
}
