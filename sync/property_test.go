package sync_test

import (
	"context"
	"fmt"
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
)

// TestAudienceIsTheTruth makes random worlds: people with shared, swapped, re-cased,
// several and changing identities, changing configurations, a moving clock, and answers
// that fail. After each clean run the audience must be the truth (promises 1, 2, 6, 7,
// 8 and 9).
func TestAudienceIsTheTruth(t *testing.T) {
	for _, place := range []string{"duckdb", "postgres", "postgres local"} {
		t.Run(place, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, place)
			dir := w.dir
			n := 0
			rapid.Check(t, func(rt *rapid.T) {
				n++
				w.dir = filepath.Join(dir, fmt.Sprint(n))
				if err := os.Mkdir(w.dir, 0o700); err != nil {
					t.Fatal(err)
				}
				w.t = rt
				w.afresh(place)
				(&story{w: w, rt: rt, faults: rapid.Bool().Draw(rt, "faults")}).tell()
				_ = os.RemoveAll(w.dir)
			})
		})
	}
}

// afresh makes the world as new.
func (w *world) afresh(place string) {
	if place != "duckdb" {
		w.exec("DROP SCHEMA IF EXISTS _eddy CASCADE")
		w.exec("DROP TABLE IF EXISTS customers")
	}
	w.exec("CREATE TABLE customers (id text, alt text, email text, phone text, expires timestamp)")
	w.sandbox.Reset()
	id, err := w.sandbox.NewAudience("18ce54d4x5t", "VIP")
	if err != nil {
		w.t.Fatal(err)
	}
	w.audience = id
	w.now = time.Now().UTC().Truncate(time.Second)
	w.conn.Audience.ID = id
	w.conn.SyncMode, w.conn.Identifier = eddy.Mirror, "id"
	w.conn.Mapping = eddy.Mapping{{Field: "email", Column: "email"}, {Field: "phone_number", Column: "phone"}}
	w.conn.Settings.Guard = eddy.Guard{MaxRemovedPercent: 100, AllowEmpty: true}
}

// story is one world's history.
type story struct {
	w      *world
	rt     *rapid.T
	faults bool
	rows   []person
	truth  truth
	log    []string
}

// note adds a line to the story, which a failure tells.
func (s *story) note(format string, args ...any) { s.log = append(s.log, fmt.Sprintf(format, args...)) }

func (s *story) fail(format string, args ...any) {
	s.rt.Helper()
	s.rt.Fatalf("%s\nthe story:\n  %s", fmt.Sprintf(format, args...), strings.Join(s.log, "\n  "))
}

func (p person) String() string {
	expires := ""
	if !p.expires.IsZero() {
		expires = " until " + p.expires.Format(time.DateOnly)
	}
	return fmt.Sprintf("{%s/%s %s %s%s}", p.id, p.alt, p.email, p.phone, expires)
}

func (s *story) tell() {
	for range rapid.IntRange(2, 6).Draw(s.rt, "runs") {
		for range rapid.IntRange(0, 4).Draw(s.rt, "edits") {
			s.edit()
		}
		if rapid.IntRange(0, 3).Draw(s.rt, "configure") == 0 {
			s.configure()
		}
		s.store()
		if s.faults && rapid.Bool().Draw(s.rt, "broken") {
			s.brokenRun()
			continue
		}
		s.cleanRun()
	}
	s.cleanRun()
}

func (s *story) pick(label string, from ...string) string {
	return rapid.SampledFrom(from).Draw(s.rt, label)
}

func (s *story) email() string {
	one := func() string {
		return s.pick("email", "a@x.com", " A@X.com", "b@x.com", "B@x.COM", "kim@x.com", "Kim@x.com", "K\u212A@x.com", "ü@x.com", "Ü@x.com", hexDigest("a@x.com"), strings.ToUpper(hexDigest("b@x.com")), "nobody", "d@x.com")
	}
	switch rapid.IntRange(0, 9).Draw(s.rt, "email kind") {
	case 0:
		return ""
	case 1:
		return one() + "," + one()
	default:
		return one()
	}
}

func (s *story) phone() string {
	return s.pick("phone", "", "", "+14155550101", "(415) 555-0101", "4155550102", "+1 415 555 0102", "12", "+14155550101,+14155550103", hexDigest("+14155550102"))
}

func (s *story) person() person {
	p := person{id: s.pick("id", "1", "2", "3", "4", "5", "6"), alt: s.pick("alt", "x1", "x2", "x3", "x4", "x5", "x6"), email: s.email(), phone: s.phone()}
	if rapid.IntRange(0, 3).Draw(s.rt, "expires") == 0 {
		p.expires = s.w.now.AddDate(0, 0, rapid.SampledFrom([]int{-3, 20, 90}).Draw(s.rt, "days"))
	}
	if !s.faults && rapid.IntRange(0, 15).Draw(s.rt, "no id") == 0 {
		p.id = ""
	}
	return p
}

// edit changes the warehouse: a record is added or replaced, changed, or removed.
// Contradicting copies come in worlds without faults only, because what is frozen of a
// record that is in doubt is not for the truth to say.
func (s *story) edit() {
	p := s.person()
	same := func(q person) bool { return q.id == p.id || q.alt == p.alt }
	if s.faults || rapid.IntRange(0, 9).Draw(s.rt, "copy") > 0 {
		s.rows = slices.DeleteFunc(s.rows, same)
	}
	switch rapid.IntRange(0, 9).Draw(s.rt, "edit") {
	case 0, 1:
	case 2:
		s.rows = append(s.rows, p, p)
	default:
		s.rows = append(s.rows, p)
	}
}

// configure changes the connection.
func (s *story) configure() {
	c := &s.w.conn
	switch rapid.IntRange(0, 3).Draw(s.rt, "what") {
	case 0:
		c.Identifier = s.pick("identifier", "id", "alt")
	case 1:
		all := eddy.Mapping{{Field: "email", Column: "email"}, {Field: "phone_number", Column: "phone"}, {Field: "expires_at", Column: "expires"}}
		c.Mapping = rapid.SampledFrom([]eddy.Mapping{all, all[:2], all[:1], all[1:2], all[1:]}).Draw(s.rt, "mapping")
	case 2:
		if !s.faults {
			c.SyncMode = rapid.SampledFrom([]eddy.SyncMode{eddy.Mirror, eddy.Upsert}).Draw(s.rt, "mode")
		}
	case 3:
		next := s.w.now.AddDate(0, 0, rapid.SampledFrom([]int{1, 30, 200, 380}).Draw(s.rt, "days pass"))
		s.w.sandbox.Advance(next.Sub(s.w.now))
		s.w.now = next
	}
}

// store writes the rows into the warehouse.
func (s *story) store() {
	s.note("%s %s by %s, mapped %v, rows %v", s.w.now.Format(time.DateOnly), s.w.conn.SyncMode, s.w.conn.Identifier, len(s.w.conn.Mapping), s.rows)
	s.w.exec("DELETE FROM customers")
	if len(s.rows) == 0 {
		return
	}
	quote := func(v string) string {
		if v == "" {
			return "NULL"
		}
		return "'" + v + "'"
	}
	var values []string
	for _, p := range s.rows {
		expires := ""
		if !p.expires.IsZero() {
			expires = p.expires.Format("2006-01-02 15:04:05")
		}
		values = append(values, "("+strings.Join([]string{quote(p.id), quote(p.alt), quote(p.email), quote(p.phone), quote(expires)}, ", ")+")")
	}
	s.w.exec("INSERT INTO customers VALUES " + strings.Join(values, ", "))
}

func (s *story) cleanRun() {
	s.w.sandbox.ClearFaults()
	full := rapid.IntRange(0, 7).Draw(s.rt, "full") == 0
	run := s.w.sync(func(j *sync.Job) { j.Full = full })
	s.note("clean run, full %v: %s %+v", full, run.Status, run.Counts)
	if run.Status != eddy.Succeeded && run.Status != eddy.CompletedWithErrors || run.Counts.Rejected+run.Counts.Failed > 0 {
		s.fail("a clean run ended %+v", run)
	}
	s.truth.run(s.w.conn, s.rows, s.w.now)
	if s.w.conn.SyncMode == eddy.Upsert || len(s.truth.left) > 0 {
		s.upserted()
		return
	}
	got, want := s.w.sandbox.Members(s.w.audience), s.truth.members()
	slices.Sort(got)
	if !slices.Equal(got, want) {
		s.fail("the audience is not the truth\n got %v\nwant %v", got, want)
	}
}

// upserted checks what upsert promises: all that is wanted is there, and nobody is
// there who never was wanted.
func (s *story) upserted() {
	got, want := s.w.sandbox.Members(s.w.audience), s.truth.members()
	for _, p := range s.rows {
		for _, id := range p.identities(s.w.conn, s.w.now) {
			if slices.Contains(want, id) && !slices.Contains(got, id) && !s.frozen(p) {
				s.fail("upsert lost %s\n got %v\nwant %v", id, got, want)
			}
		}
	}
	for _, id := range got {
		if !slices.Contains(want, id) {
			s.fail("upsert holds %s, which nobody ever wanted\n got %v\nwant %v", id, got, want)
		}
	}
}

func (s *story) frozen(p person) bool {
	return slices.ContainsFunc(s.rows, func(q person) bool {
		return q.key(s.w.conn.Identifier) == p.key(s.w.conn.Identifier) && q.mappedOnly(s.w.conn) != p.mappedOnly(s.w.conn)
	})
}

// brokenRun runs against an X that fails; whatever it leaves, the next clean run mends.
func (s *story) brokenRun() {
	f := sandbox.Fault{On: "users", Count: rapid.IntRange(1, 12).Draw(s.rt, "faulty requests"), Skip: rapid.IntRange(0, 1).Draw(s.rt, "skip")}
	switch rapid.IntRange(0, 4).Draw(s.rt, "fault") {
	case 0:
		f.Status = rapid.SampledFrom([]int{400, 401, 403, 500, 503, 504}).Draw(s.rt, "status")
	case 1:
		f.Status, f.When = rapid.SampledFrom([]int{500, 504}).Draw(s.rt, "status"), "after"
	case 2:
		f.Reset = true
	case 3:
		f.Reset, f.When = true, "after"
	case 4:
		f.CountOff, f.When = 1, "after"
	}
	s.w.sandbox.Fault(f)
	job := s.w.job()
	defer job.Source.Close()
	run, err := sync.Run(context.Background(), job)
	s.note("broken run, %s: %s %+v", f, run.Status, run.Counts)
	if err == nil && (run.Status == eddy.Succeeded || run.Status == eddy.CompletedWithErrors) && run.Counts.Rejected+run.Counts.Failed == 0 {
		s.truth.run(s.w.conn, s.rows, s.w.now)
	}
}
