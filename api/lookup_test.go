package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/eddy-retl/eddy/api"
	"github.com/eddy-retl/eddy/sync"
)

// TestLookup looks people up in all connections: each says how they stand, or why it cannot
// say; the audit log tells who looked and never whom after.
func TestLookup(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", nil)
	w.shop(5)
	for i := range 10 { // and so there is a second page
		w.put("connections", fmt.Sprintf("n%d", i), w.connection(map[string]any{"audience": map[string]any{"create": map[string]any{"name": fmt.Sprintf("N%d", i)}}, "table": "nowhere"}))
	}
	w.put("connections", "zz-phone", w.connection(map[string]any{"mapping": map[string]any{"phone_number": "phone"}, "audience": map[string]any{"create": map[string]any{"name": "Phones"}}}))
	run := w.ended(api.Start{})
	ask := func(by, value, cursor string) (out api.Sightings) {
		t.Helper()
		w.call(w.raw, "POST", "/api/v1/lookup", api.Lookup{By: by, Value: value, Cursor: cursor}, &out)
		return out
	}
	first := ask("email", " USER1@example.com", "")
	if len(first.Items) != 10 || first.NextCursor == "" || first.Items[0].Connection != "n0" || first.Items[0].Answer != nil || !strings.Contains(first.Items[0].Trouble.Detail, "nowhere") {
		t.Fatalf("the first connections: %+v", first)
	}
	rest := ask("email", " USER1@example.com", first.NextCursor)
	if len(rest.Items) != 2 || rest.NextCursor != "" {
		t.Fatalf("the rest: %+v", rest)
	}
	vip, phones := rest.Items[0], rest.Items[1]
	if a := vip.Answer; a == nil || vip.Trouble != nil || a.Standing != sync.In || len(a.Rows) != 1 || len(a.Log) != 1 || a.Log[0].SyncRunID != run.RunID {
		t.Errorf("who is in: %+v", vip)
	}
	if phones.Answer != nil || phones.Trouble == nil || phones.Trouble.Code != "usage" || !strings.Contains(phones.Trouble.Detail, "sends no email") || !strings.Contains(phones.Trouble.Mend, "phone_number") {
		t.Errorf("who cannot be found by that: %+v", phones)
	}
	if a := ask("record_id", "1", first.NextCursor).Items; a[0].Answer == nil || a[0].Answer.Standing != sync.In || a[1].Answer == nil || a[1].Answer.Standing != sync.Out {
		t.Errorf("by the record: %+v", a)
	}

	_, log := w.text(w.admin, "GET", "/api/v1/audit", "")
	if n := strings.Count(log, `"action":"look up"`); n != 3 || !strings.Contains(log, `"by":"record_id"`) || strings.Contains(strings.ToLower(log), "user1@example") {
		t.Errorf("%d look-ups in the audit log: %s", n, log)
	}
}

// TestLookupsAreBounded: they take the right to see values, something that people are found by,
// and one person asks a limited number of them.
func TestLookupsAreBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", nil)
	w.shop(5)
	const question = `{"by":"email","value":"user1@example.com"}`
	if code, text := w.text(w.editor, "POST", "/api/v1/lookup", question); code != http.StatusForbidden || !strings.Contains(text, "raw values") {
		t.Errorf("without the right: %d %s", code, text)
	}
	if code, text := w.text(w.raw, "POST", "/api/v1/lookup", `{"by":"name","value":"Ada"}`); code != http.StatusUnprocessableEntity || !strings.Contains(text, "email") {
		t.Errorf("by what nobody is found by: %d %s", code, text)
	}
	refused := 0
	for range 30 {
		if code, text := w.text(w.raw, "POST", "/api/v1/lookup", `{"by":"record_id","value":"1","cursor":"enp6"}`); code == http.StatusTooManyRequests && strings.Contains(text, "Try again in") {
			refused++
		}
	}
	if refused == 0 {
		t.Error("one person may ask after any number of people")
	}
}
