package ledger_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/ledger"
	"github.com/eddy-retl/eddy/warehouse"
)

// What the ledger remembers is told here a second time, in Go and record by record, from
// the tables that a run leaves: the page of package ledger as code.

// wrote is a row of changes; an empty text is null.
type wrote struct {
	bucket                                               int64
	record, side, state, email, until, heldUntil, reason string
	attempts                                             int64
}

// left is what a run left behind.
type left struct {
	id      string
	changes []wrote
	// sealed runs count, but those of another audience.
	sealed, other bool
	// answered are ranges of buckets, with both ends.
	answered   [][2]int64
	exceptions []ledger.Exception
	// excepted says that an event names the table of exceptions.
	excepted bool
}

// known is what the exceptions of one record say.
type known struct {
	status map[ledger.Status]bool
	why    string
	until  string
}

func (r *left) known(record string) known {
	k := known{status: map[ledger.Status]bool{}}
	for _, x := range r.exceptions {
		if r.excepted && x.RecordID == record {
			k.status[x.Status] = true
			k.why, k.until = max(k.why, x.Reason), max(k.until, x.Until)
		}
	}
	return k
}

// outcome is what became of a record: in a bucket that was not answered for, anything.
func (r *left) outcome(c *wrote, k *known) string {
	answered := slices.ContainsFunc(r.answered, func(s [2]int64) bool { return s[0] <= c.bucket && c.bucket <= s[1] })
	if !answered || k.status[ledger.Failed] {
		return "doubt"
	}
	for _, s := range []ledger.Status{ledger.Invalid, ledger.Rejected, ledger.Unsent, ledger.Same} {
		if k.status[s] {
			return string(s)
		}
	}
	return "delivered"
}

// remembered is a version that the ledger is to remember.
type remembered struct {
	record, email, state, until, reason string
	attempts                            int64
}

// remember is what a run makes of a row of its changes; false is nothing.
func (r *left) remember(c *wrote) (v remembered, ok bool) {
	k := r.known(c.record)
	out := r.outcome(c, &k)
	stays := k.status[ledger.Refused] || k.status[ledger.Unremoved]
	v = remembered{record: c.record, email: c.email, until: c.until}
	switch c.side {
	case ".": // left as it was
		v.state, v.attempts, v.reason = c.state, c.attempts, c.reason
		return v, true
	case "-":
		return removed(c, v, &k, out, stays)
	}
	// A version that could be in before is in still, whatever was said of sending it again.
	before := c.side == "="
	switch out {
	case "doubt":
		v.state = "doubt"
	case "unsent":
		v.state, v.until = "doubt", c.heldUntil
		return v, before
	case "invalid", "rejected":
		v.state, v.reason = out, k.why
		if out == "rejected" {
			v.attempts = c.attempts + 1
		}
		if !before {
			v.until = ""
		}
	default:
		v.state = "held"
		if stays || c.state == "beside" {
			v.state = "beside"
		}
		if out == "same" {
			v.until = k.until
		}
	}
	return v, true
}

// removed is what is left of a version that was not wanted: what may still be in is leaving.
func removed(c *wrote, v remembered, k *known, out string, stays bool) (remembered, bool) {
	// Nobody asked for its removal, because a version that did not get in was to replace it.
	kept := k.status[ledger.Spared] && (out == "invalid" || out == "rejected" || out == "unsent")
	v.state, v.attempts = "leaving", c.attempts
	if k.status[ledger.Refused] {
		v.attempts, v.reason = c.attempts+1, k.why
	}
	return v, c.until != "" && (out == "doubt" || stays || kept)
}

// fold is what is remembered after some runs: a run says all about the records it names.
func fold(runs []*left) (out []remembered) {
	for _, r := range runs {
		if !r.sealed || r.other {
			continue
		}
		named := map[string]bool{}
		for i := range r.changes {
			named[r.changes[i].record] = true
		}
		out = slices.DeleteFunc(out, func(v remembered) bool { return named[v.record] })
		for i := range r.changes {
			if v, ok := r.remember(&r.changes[i]); ok {
				out = append(out, v)
			}
		}
	}
	return out
}

// TestHeldIsTheTableOfOutcomes: whatever runs left behind, the ledger remembers what the
// rules say, before and after all is put together in a base.
func TestHeldIsTheTableOfOutcomes(t *testing.T) {
	s := onDuckDB(t)
	s.digest = false
	if _, err := s.e.Exec(context.Background(), "SET threads = 1"); err != nil { // or threads cost more than the work
		t.Fatal(err)
	}
	l := s.open() // makes the shared tables
	l.Close()
	rapid.Check(t, func(t *rapid.T) {
		h := &history{T: t, story: s}
		s.t = t
		h.begin()
		for range rapid.IntRange(0, 4).Draw(t, "runs that were") {
			h.write(h.drawRun())
		}
		h.same("as it was left")
		for range rapid.IntRange(1, 2).Draw(t, "runs to come") {
			h.live()
		}
	})
}

// history is a connection's runs, as its tables tell them and as they are told here.
type history struct {
	*rapid.T
	*story
	runs []*left
	seq  int
	day  int
}

func (h *history) exec(sql string) {
	h.T.Helper()
	if _, err := h.e.Exec(context.Background(), sql); err != nil {
		h.Fatalf("%s: %v", sql, err)
	}
}

func (h *history) query(sql string, each func(row [][]byte)) {
	h.T.Helper()
	err := h.e.Query(context.Background(), sql, func(row [][]byte) error {
		each(row)
		return nil
	})
	if err != nil {
		h.Fatalf("%s: %v", sql, err)
	}
}

// begin forgets the history before.
func (h *history) begin() {
	h.e.statements = nil
	var drop []string
	h.query("SELECT table_type, table_name FROM information_schema.tables WHERE table_name LIKE '%\\_vip\\_%' ESCAPE '\\'", func(row [][]byte) {
		kind := strings.TrimPrefix(string(row[0]), "BASE ")
		drop = append(drop, "DROP "+kind+" "+h.table(string(row[1])))
	})
	slices.SortFunc(drop, func(a, b string) int { return strings.Compare(b, a) }) // views first
	for _, sql := range append(drop, "DELETE FROM "+h.e.Schema()+".runs") {
		h.exec(sql)
	}
	h.event("", "audience", feed())
}

func (h *history) table(name string) string { return h.e.Schema() + "." + warehouse.Quote(name) }

func (h *history) event(run, event string, detail any) {
	text, err := json.Marshal(detail)
	h.check(err)
	h.seq++
	h.exec(fmt.Sprintf("INSERT INTO %s.runs VALUES ('vip', %s, %d, %s, CURRENT_TIMESTAMP, %s)",
		h.e.Schema(), warehouse.QuoteText(run), h.seq, warehouse.QuoteText(event), warehouse.QuoteText(string(text))))
}

// check stops the case.
func (h *history) check(err error) {
	h.T.Helper()
	if err != nil {
		h.Fatalf("%v", err)
	}
}

// moment is of the next run.
func (h *history) moment() (now time.Time, id string) {
	h.day++
	now = time.Date(2026, 11, h.day, 9, 0, 0, 0, time.UTC)
	return now, now.Format("20060102150405") + "abcd"
}

// records are many: the rules are of one record each, and a statement costs the same for all.
func records() []string {
	out := make([]string, 25)
	for i := range out {
		out[i] = fmt.Sprintf("r%02d", i)
	}
	return out
}

func (h *history) pick(label string, from ...string) string {
	return rapid.SampledFrom(from).Draw(h.T, label)
}

// drawRun makes up a run: some of its rows no comparison would write. But what an audience
// is fed first is new.
func (h *history) drawRun() *left {
	_, id := h.moment()
	r := &left{id: id, sealed: h.pick("sealed", "yes", "yes", "yes", "no") == "yes", other: h.pick("audience", "ours", "ours", "ours", "another") == "another"}
	first := !slices.ContainsFunc(h.runs, func(r *left) bool { return r.sealed && !r.other })
	for _, record := range records() {
		bucket := rapid.Int64Range(0, warehouse.Buckets-1).Draw(h.T, "bucket")
		for _, email := range []string{"a@x.com", "b@x.com"} {
			side := h.pick("side", "", "+", "=", "-", ".")
			if side == "" {
				continue
			}
			c := wrote{bucket: bucket, record: record, side: side, email: email, until: h.until(), state: "held"}
			switch {
			case first:
				c.side = "+"
			case side == "+" || side == "=":
				c.state = h.pick("state", "held", "beside")
				c.heldUntil, c.attempts = h.until(), rapid.Int64Range(0, 3).Draw(h.T, "attempts")
			default:
				c.state = h.pick("state", "held", "beside", "doubt", "leaving", "rejected", "invalid")
				c.heldUntil, c.attempts = c.until, rapid.Int64Range(0, 3).Draw(h.T, "attempts")
			}
			if c.side == "." {
				c.reason = "as before"
			}
			r.changes = append(r.changes, c)
		}
		r.exceptions = append(r.exceptions, h.drawExceptions(record)...)
	}
	if !r.sealed {
		return r
	}
	from := int64(0)
	for range rapid.IntRange(0, 3).Draw(h.T, "rounds") {
		to := rapid.Int64Range(from, warehouse.Buckets-1).Draw(h.T, "to")
		if h.pick("last", "no", "yes") == "yes" {
			to = warehouse.Buckets - 1
		}
		if h.pick("answered", "yes", "yes", "no") == "yes" {
			r.answered = append(r.answered, [2]int64{from, to})
		}
		if from = to + 1; from >= warehouse.Buckets {
			break
		}
	}
	r.excepted = len(r.answered) > 0 && len(r.exceptions) > 0
	return r
}

func (h *history) until() string {
	return h.pick("until", "", "2027-03-01T00:00:00Z", "2027-10-01T00:00:00Z")
}

// drawExceptions says what is known of a record: often nothing, sometimes twice.
func (h *history) drawExceptions(record string) (out []ledger.Exception) {
	for range rapid.SampledFrom([]int{0, 0, 1, 1, 2}).Draw(h.T, "exceptions") {
		x := ledger.Exception{RecordID: record, Status: rapid.SampledFrom([]ledger.Status{
			ledger.Same, ledger.Spared, ledger.Invalid, ledger.Rejected, ledger.Unsent, ledger.Refused, ledger.Unremoved, ledger.Failed,
		}).Draw(h.T, "status")}
		x.Reason = string(x.Status) + " it"
		if x.Status == ledger.Same {
			x.Reason, x.Until = "", "2027-05-01T00:00:00Z"
		}
		out = append(out, x)
	}
	return out
}

// write leaves a run's tables and events behind, as a run that died later does.
func (h *history) write(r *left) {
	h.runs = append(h.runs, r)
	changes := h.table("changes_vip_" + r.id)
	h.exec("CREATE TABLE " + changes + " (bucket INTEGER, record_id VARCHAR, operation VARCHAR, side VARCHAR, state VARCHAR, was VARCHAR, email VARCHAR, phone_number VARCHAR, expires_at VARCHAR, settings INTEGER, fingerprint VARCHAR, until VARCHAR, held_until VARCHAR, attempts INTEGER, reason VARCHAR, present INTEGER)")
	var rows []string
	for _, c := range r.changes {
		rows = append(rows, fmt.Sprintf("(%d, %s, 'update', %s, %s, NULL, %s, NULL, NULL, 1, NULL, %s, %s, %d, %s, 1)", c.bucket,
			text(c.record), text(c.side), text(c.state), text(c.email), text(c.until), text(c.heldUntil), c.attempts, text(c.reason)))
	}
	h.insert(changes, rows)
	if len(r.exceptions) > 0 {
		exceptions := h.table("exceptions_vip_" + r.id)
		h.exec("CREATE TABLE " + exceptions + " (record_id VARCHAR, status VARCHAR, reason VARCHAR, until VARCHAR)")
		rows = nil
		for _, x := range r.exceptions {
			rows = append(rows, fmt.Sprintf("(%s, %s, %s, %s)", text(x.RecordID), text(string(x.Status)), text(x.Reason), text(x.Until)))
		}
		h.insert(exceptions, rows)
	}
	h.event(r.id, "opened", map[string]any{"trigger": "manual", "started": "2026-11-01T09:00:00Z"})
	if !r.sealed {
		return
	}
	to := feed()
	if r.other {
		to.AudienceID = "another"
	}
	h.event(r.id, "sealed", map[string]any{"feed": to, "rows": len(r.changes), "settings": map[int]string{1: "US,e164|"}})
	for _, s := range r.answered {
		h.event(r.id, "answered", map[string]any{"buckets": map[string]int64{"from": s[0], "to": s[1]}, "exceptions": r.excepted})
	}
}

func (h *history) insert(table string, rows []string) {
	if len(rows) > 0 {
		h.exec("INSERT INTO " + table + " VALUES " + strings.Join(rows, ", "))
	}
}

func text(s string) string {
	if s == "" {
		return "NULL"
	}
	return warehouse.QuoteText(s)
}

// same checks what the ledger remembers against the rules.
func (h *history) same(when string) {
	h.T.Helper()
	l := h.open()
	defer l.Close()
	h.sameIn(l, when)
}

func (h *history) sameIn(l *ledger.Ledger, when string) {
	h.T.Helper()
	var got, want []string
	h.check(l.EachVersion(context.Background(), func(v ledger.Version) error {
		got = append(got, fmt.Sprintf("%s %s %s until %q because %q", v.RecordID, v.Values[0], v.State, v.Until, v.Reason))
		return nil
	}))
	for _, v := range fold(h.runs) {
		want = append(want, fmt.Sprintf("%s %s %s until %q because %q", v.record, v.email, v.state, v.until, v.reason))
	}
	h.equal(when, got, want)
}

func (h *history) equal(when string, got, want []string) {
	h.T.Helper()
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		h.Fatalf("%s:\n got %s\nwant %s", when, strings.Join(got, "\n     "), strings.Join(want, "\n     "))
	}
}

var errDied = errors.New("the run died")

// live carries out a run with the ledger's own means, on what the others left.
func (h *history) live() {
	ctx := context.Background()
	l := h.open()
	defer l.Close()
	for _, table := range []string{"eddy_stage", "eddy_times"} {
		h.exec("DROP TABLE IF EXISTS " + table)
	}
	now, id := h.moment()
	end := eddy.Run{RunID: id, Connection: "vip", Trigger: "manual", StartedAt: now, FinishedAt: &now, Errors: []eddy.RunError{}}
	_, err := l.Begin(ctx, end.RunID, end, "host:1", true, func(context.Context) error { return nil })
	h.check(err)
	h.sameIn(l, "once the dead are buried")
	var people []person
	for _, record := range records() {
		if email := h.pick("row", "", "a@x.com", "b@x.com", "c@x.com"); email != "" {
			people = append(people, person{id: record, email: email})
		}
	}
	_, changes := h.story.compare(l, run{people: people, mode: eddy.SyncMode(h.pick("mode", string(eddy.Mirror), string(eddy.Upsert)))}, now)
	if !changes.Any() {
		h.check(changes.Abandon(ctx))
		h.check(l.End(ctx, end, nil))
		return
	}
	r := &left{id: id, sealed: true, changes: h.read(id)}
	h.runs = append(h.runs, r)
	sealed, err := changes.Seal(ctx)
	h.check(err)
	dies := h.pick("dies", "no", "no", "no", "yes") == "yes"
	err = sealed.Rounds(ctx, func(*ledger.Round) error {
		for _, record := range records() {
			r.exceptions = append(r.exceptions, h.drawExceptions(record)...)
		}
		if err := sealed.Except(ctx, r.exceptions); err != nil || !dies {
			return err
		}
		return errDied
	})
	if dies {
		h.same("after a run that died")
		return
	}
	h.check(err)
	r.answered, r.excepted = [][2]int64{{0, warehouse.Buckets - 1}}, len(r.exceptions) > 0
	h.sameIn(l, "after a run")
	settled, err := sealed.Settle(ctx, true, end)
	h.check(err)
	h.check(settled.Tidy(ctx, ledger.Retention{Snapshots: rapid.IntRange(0, 3).Draw(h.T, "pictures")}))
	h.sameIn(l, "after it was tidied")
	h.sameBase(id)
	h.check(l.End(ctx, end, nil))
	h.same("when it is opened anew")
}

// read is what a run's comparison wrote.
func (h *history) read(id string) (out []wrote) {
	h.query("SELECT bucket, record_id, side, state, email, until, held_until, attempts, reason FROM "+h.table("changes_vip_"+id), func(row [][]byte) {
		c := wrote{record: string(row[1]), side: string(row[2]), state: string(row[3]), email: string(row[4]), until: string(row[5]), heldUntil: string(row[6]), reason: string(row[8])}
		for at, into := range map[int]*int64{0: &c.bucket, 7: &c.attempts} {
			_, err := fmt.Sscan(string(row[at]), into)
			h.check(err)
		}
		out = append(out, c)
	})
	return out
}

// sameBase checks the base of a run, if it made one: it has the number of attempts too.
func (h *history) sameBase(id string) {
	h.T.Helper()
	base := 0
	h.query("SELECT table_name FROM information_schema.tables WHERE table_name = 'base_vip_"+id+"'", func([][]byte) { base++ })
	if base == 0 {
		return
	}
	var got, want []string
	h.query("SELECT record_id, email, state, attempts FROM "+h.table("base_vip_"+id), func(row [][]byte) {
		got = append(got, fmt.Sprintf("%s %s %s after %s refusals", row[0], row[1], row[2], row[3]))
	})
	for _, v := range fold(h.runs) {
		want = append(want, fmt.Sprintf("%s %s %s after %d refusals", v.record, v.email, v.state, v.attempts))
	}
	h.equal("in the base", got, want)
}
