package sync_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/sandbox"
	"github.com/eddy-retl/eddy/sync"
	"github.com/eddy-retl/eddy/warehouse"
)

// optout is the list of the tests, in the model's own source.
func optout() sync.List {
	return sync.List{Suppression: eddy.Suppression{
		Name: "optout", Model: eddy.Model{Table: "optout"},
		Mapping: eddy.Mapping{{Field: "email", Column: "mail"}, {Field: "phone_number", Column: "tel"}},
	}}
}

// list makes the list hold these texts, e-mail and telephone in turn.
func (w *world) list(texts ...[2]string) {
	w.t.Helper()
	statements := []string{"DROP TABLE IF EXISTS optout", "CREATE TABLE optout (mail " + w.spelling.Text + ", tel " + w.spelling.Text + ")"}
	for _, x := range texts {
		statements = append(statements, fmt.Sprintf("INSERT INTO optout VALUES (nullif('%s', ''), nullif('%s', ''))", x[0], x[1]))
	}
	w.exec(statements...)
}

func suppressed(j *sync.Job) { j.Suppress = []sync.List{optout()} }

// overhear has all requests to X pass by, and gives the identities that Updates carried since it
// was asked last.
func (w *world) overhear(t *testing.T) (added func() []string) {
	t.Helper()
	heard := make(chan []string, 100_000)
	srv := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		var operations []struct {
			Type   string `json:"operation_type"`
			Params struct {
				Users []map[string]any `json:"users"`
			} `json:"params"`
		}
		if strings.HasSuffix(r.URL.Path, "/users") && json.Unmarshal(body, &operations) != nil {
			t.Errorf("%s was not understood", r.URL.Path)
		}
		for _, o := range operations {
			if o.Type != "Delete" {
				heard <- []string{fmt.Sprint(o.Params.Users)}
			}
		}
		w.ServeHTTP(rw, r)
	}))
	t.Cleanup(srv.Close)
	w.dest["api_url"] = srv.URL
	return func() (out []string) {
		for len(heard) > 0 {
			out = append(out, <-heard...)
		}
		return out
	}
}

// TestNobodySuppressedIsEverSent: whoever has an identity on the list, however it is written
// there, is in no audience and in no request but a Delete; everybody else is.
func TestNobodySuppressedIsEverSent(t *testing.T) {
	t.Parallel()
	for _, place := range places() {
		t.Run(place, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, place)
			added, dir, n := w.overhear(t), memoryDir(t), 0
			rapid.Check(t, sparing(2, func(rt *rapid.T) {
				n++
				w.dir = filepath.Join(dir, fmt.Sprint(n))
				if err := os.Mkdir(w.dir, 0o700); err != nil {
					t.Fatal(err)
				}
				defer os.RemoveAll(w.dir)
				w.t = rt
				w.wipe()
				w.sandbox.Reset()
				w.audience, _ = w.sandbox.NewAudience("18ce54d4x5t", "VIP")
				w.conn.Audience.ID = w.audience
				w.conn.Settings.Guard = eddy.Guard{} // nothing may be removed, but who is suppressed
				w.table(w.simple()...)
				_ = added()
				s := &story{w: w, rt: rt}
				v := view{hash: true, forms: "e164"}
				rows := map[string]person{}
				for range 2 + s.one("runs", 3) {
					w.conn.SyncMode = choose(s, "mode", []eddy.SyncMode{eddy.Mirror, eddy.Upsert})
					for range 1 + s.one("rows", 5) { // rows only come: none leaves by itself
						id := fmt.Sprint(len(rows) + 1)
						rows[id] = person{id: id, email: s.email(), phone: s.phone()}
					}
					var texts [][2]string
					out := map[string]bool{}
					for range s.one("listed", 4) {
						x := [2]string{s.pick("mail", emails()...), s.pick("tel", phones()...)}
						texts = append(texts, x)
						for _, id := range append(v.identities("email", x[0]), v.identities("phone_number", x[1])...) {
							out[id] = true
						}
					}
					texts = append(texts, [2]string{"listed@x.com", "+14155550199"}) // so that a field has some that are usable
					all := slices.Collect(func(yield func(person) bool) {
						for i := range len(rows) {
							if !yield(rows[fmt.Sprint(i+1)]) {
								return
							}
						}
					})
					w.fill(all)
					w.list(texts...)
					w.now = w.now.Add(time.Minute)
					w.sandbox.Advance(time.Minute)
					run := w.sync(suppressed)
					if run.Status != eddy.Succeeded && run.Status != eddy.CompletedWithErrors {
						rt.Fatalf("%+v", run)
					}
					var in []person
					count := int64(0)
					for _, p := range all {
						if slices.ContainsFunc(identities([]person{p}), func(id string) bool { return out[id] }) {
							count++
						} else {
							in = append(in, p)
						}
					}
					if wrong := w.exact(in); wrong != "" || run.Counts.Suppressed != count {
						rt.Fatalf("%s; %d are suppressed, and the run says %d\nlist %q\nrows %v", wrong, count, run.Counts.Suppressed, texts, all)
					}
					for _, users := range added() {
						for id := range out {
							if _, digest, _ := strings.Cut(id, ":"); strings.Contains(users, digest) {
								rt.Fatalf("%s is on the list and was sent: %s", named([]string{id}), users)
							}
						}
					}
				}
			}))
		})
	}
}

// TestAListThatCannotBeReadSendsNobody: without its lists a run ends before the first request.
func TestAListThatCannotBeReadSendsNobody(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		w.fill(bulk(5))
		added := w.overhear(t)
		for name, c := range map[string]struct {
			list func(*sync.List)
			want string
		}{
			"no table":  {func(l *sync.List) { l.Model.Table = "nosuch" }, "suppress.optout"},
			"no column": {func(l *sync.List) { l.Mapping[0].Column = "mial" }, `no column "mial"`},
			"nobody":    {func(l *sync.List) { l.Mapping = eddy.Mapping{{Field: "phone_number", Column: "mail"}} }, "name nobody"},
			"unreachable": {func(l *sync.List) {
				l.Open = func(context.Context) (warehouse.Source, error) { return nil, io.ErrUnexpectedEOF }
			}, "suppress.optout"},
		} {
			w.list([2]string{"bulk1@x.com", ""})
			job := w.job()
			list := optout()
			c.list(&list)
			job.Suppress = []sync.List{list}
			run, err := sync.Run(context.Background(), job)
			if err == nil || !strings.Contains(err.Error(), c.want) || run.Status != eddy.StatusFailed || run.Counts.Requests != 0 || len(added()) > 0 {
				t.Errorf("%s: %v %+v", name, err, run)
			}
			if err := job.Source.Close(); err != nil {
				t.Error(err)
			}
		}
	})
}

// TestWhoIsSuppressedLeaves: at the next run, whatever the guard allows, also where the model has no
// row of them any more or contradicts itself, and the log and why say so.
func TestWhoIsSuppressedLeaves(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		rows := bulk(6)
		w.fill(rows)
		w.list()
		w.sync(suppressed)
		w.conn.SyncMode = eddy.Upsert
		w.conn.Settings.Guard = eddy.Guard{}
		w.list([2]string{"BULK0@x.com", ""}, [2]string{hexDigest("bulk1@x.com"), ""}, [2]string{"bulk2@x.com", "12"}, [2]string{"", "+14155550101"})
		// 0 has no row any more, the rows of 1 contradict each other.
		w.fill(append(slices.Clone(rows[1:]), person{id: rows[1].id, email: "other@x.com"}))
		w.now = w.now.Add(time.Minute)
		run := w.sync(suppressed)
		if run.Status != eddy.Succeeded || run.Counts.Delete != 3 || run.Counts.Suppressed != 2 || run.Counts.Unchanged != 3 || len(run.Warnings) != 1 {
			t.Errorf("%+v", run)
		}
		if wrong := w.exact(rows[3:]); wrong != "" {
			t.Error(wrong)
		}
		if left := w.logged("", "delivered"); len(slices.DeleteFunc(left, func(l eddy.LogEntry) bool { return l.ErrorReason != "suppressed" })) == 0 {
			t.Error("the log does not say who left because they are suppressed")
		}
		job := w.job()
		defer job.Source.Close()
		suppressed(&job)
		a, err := sync.Why(context.Background(), job, sync.Question{Field: "email", Value: "bulk2@x.com"})
		if err != nil || len(a.Rows) != 1 || a.Rows[0].Invalid != "suppressed" || !strings.HasPrefix(a.Verdict, "Not in the audience: it is suppressed.") {
			t.Errorf("%+v: %v", a, err)
		}
	})
}

// uploads is a list that was uploaded.
func uploads(email, phone []string) sync.List {
	digests := eddy.Digests{}
	for field, texts := range map[string][]string{"email": email, "phone_number": phone} {
		for _, text := range texts {
			d := sha256.Sum256([]byte(text))
			digests[field] = append(digests[field], d[:]...)
		}
	}
	return sync.List{Suppression: eddy.Suppression{Name: "uploaded", Upload: &eddy.Upload{}}, Digests: digests}
}

// TestWhoIsUploadedLeaves: by digests alone, wherever the state lies and however the model has it
// written, past the guard and beside a list of the source; an empty upload suppresses nobody.
func TestWhoIsUploadedLeaves(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		rows := bulk(8)
		rows[1].email = "  BULK1@X.com"
		rows[2].email = hexDigest("bulk2@x.com")
		rows[3].email = "other@x.com, bulk3@x.com"
		rows[4].phone = "+1 (415) 555-0144"
		w.fill(rows)
		w.conn.Settings.Guard = eddy.Guard{}
		w.list([2]string{"bulk5@x.com", ""})
		first := w.sync(func(j *sync.Job) { j.Suppress = []sync.List{uploads(nil, nil)} })
		if first.Status != eddy.Succeeded || first.Counts.Suppressed != 0 || len(first.Warnings) != 1 || !strings.HasPrefix(first.Warnings[0].Reason, "suppress.uploaded has nobody") {
			t.Fatalf("an empty list: %+v", first)
		}
		list := uploads([]string{"bulk1@x.com", "bulk2@x.com", "bulk3@x.com", "nobody@x.com"}, []string{"+14155550144"})
		w.now = w.now.Add(time.Minute)
		run := w.sync(func(j *sync.Job) { j.Suppress = []sync.List{optout(), list} })
		if run.Status != eddy.Succeeded || run.Counts.Delete != 5 || run.Counts.Suppressed != 5 || run.Counts.Unchanged != 3 || len(run.Warnings) > 0 {
			t.Errorf("%+v", run)
		}
		if wrong := w.exact([]person{rows[0], rows[6], rows[7]}); wrong != "" {
			t.Error(wrong)
		}
		// Who has no row any more, and would be kept in upsert, leaves as well.
		w.conn.SyncMode = eddy.Upsert
		w.fill(rows[:7])
		w.now = w.now.Add(time.Minute)
		run = w.sync(func(j *sync.Job) { j.Suppress = []sync.List{optout(), list, uploads([]string{rows[7].email}, nil)} })
		if run.Status != eddy.Succeeded || run.Counts.Delete != 1 {
			t.Errorf("%+v", run)
		}
		job := w.job()
		defer job.Source.Close()
		job.Suppress = []sync.List{list}
		a, err := sync.Why(context.Background(), job, sync.Question{Field: "email", Value: "bulk2@x.com"})
		if err != nil || len(a.Rows) != 1 || a.Rows[0].Invalid != "suppressed" {
			t.Errorf("%+v: %v", a, err)
		}
	})
}

// TestAnOptOutNeverRests: a removal that X refuses is tried again in each run, as long as its record
// has an identity of a list, and is told as not carried out; also where that is of a version that was
// sent before, and that rested until the list had it.
func TestAnOptOutNeverRests(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		rows := bulk(6)
		w.fill(rows)
		w.list([2]string{"listed@x.com", "+14155550199"})
		w.conn.Settings.RetryFailedRecords = false
		w.sync(suppressed)
		w.sandbox.Fault(sandbox.Fault{On: sandbox.OnUsers, Poison: []string{"email:" + hexDigest("bulk0@x.com"), "email:" + hexDigest("bulk1@x.com")}, Shape: sandbox.ShapeOperations})
		rows[1].email = "other@x.com" // bulk1@x.com is refused to leave, and rests
		w.fill(rows)
		step := func(what string, unremoved int64, in ...person) {
			t.Helper()
			w.now = w.now.Add(time.Minute)
			w.sandbox.Advance(time.Minute)
			run := w.sync(suppressed)
			if run.Counts.Unremoved != unremoved || run.Counts.Operations() != unremoved && unremoved > 0 {
				t.Errorf("%s: %s %+v", what, run.Status, run.Counts)
			}
			if wrong := w.exact(in); wrong != "" {
				t.Errorf("%s: %s", what, wrong)
			}
		}
		before := append(slices.Clone(rows), person{id: "old", email: "bulk1@x.com"})
		step("nobody is listed", 0, before...)
		step("a removal rests", 0, before...)
		w.list([2]string{"bulk0@x.com", "+14155550199"}, [2]string{"bulk1@x.com", ""})
		step("both are listed", 2, before...)
		step("they are tried again", 2, before...)
		w.sandbox.ClearFaults()
		step("X is well again", 0, rows[1:]...)
		step("nothing is left", 0, rows[1:]...)
	})
}

// TestAListThatShrinksIsWarnedOf: in a plan and in each run, until one ends well; so is one of which
// more is gone than the guard lets a run remove, and not a smaller loss, nor a list that grows.
func TestAListThatShrinksIsWarnedOf(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		w.fill(bulk(6))
		var texts [][2]string
		for i := range 10 {
			texts = append(texts, [2]string{fmt.Sprintf("listed%d@x.com", i), ""})
		}
		texts[0][1] = "+14155550199"
		lists := func(uploaded int) func(*sync.Job) {
			var emails []string
			for i := range uploaded {
				emails = append(emails, fmt.Sprintf("up%d@x.com", i))
			}
			return func(j *sync.Job) { j.Suppress = []sync.List{optout(), uploads(emails, nil)} }
		}
		step := func(what string, listed, uploaded int, fails bool, want ...string) {
			t.Helper()
			w.now = w.now.Add(time.Minute)
			w.list(texts[:listed]...)
			job := w.job()
			defer job.Source.Close()
			lists(uploaded)(&job)
			plan, err := sync.Look(t.Context(), job)
			if err != nil {
				t.Fatal(err)
			}
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			job.Progress = func(p sync.Progress) {
				if fails && p.Step == "compare" {
					stop()
				}
			}
			run, err := sync.Run(ctx, job)
			if fails != (err != nil) {
				t.Errorf("%s: %v", what, err)
			}
			for _, warnings := range [][]eddy.Warning{plan.Warnings, run.Warnings} {
				var got []string
				for _, x := range warnings {
					text, _, _ := strings.Cut(x.Reason, " values that")
					got = append(got, fmt.Sprintf("%s (%d)", text, x.Count))
				}
				if !slices.Equal(got, want) {
					t.Errorf("%s: %q, want %q", what, got, want)
				}
			}
		}
		step("first", 10, 4, false)
		step("half is gone", 5, 4, false) // 11 texts are 6
		gone := []string{"suppress.optout has 2 of the 6 (4)", "suppress.uploaded has 1 of the 4 (3)"}
		step("more is gone, and the run is stopped", 1, 1, true, gone...)
		step("the next says so again", 1, 1, false, gone...)
		step("and the one after it does not", 1, 1, false)
		step("a list grows", 3, 4, false)
	})
}
