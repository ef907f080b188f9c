package sync_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/destination/xaudience"
	"github.com/eddy-retl/eddy/ledger"
	"github.com/eddy-retl/eddy/warehouse"
)

// lastDay is more than 13 months after the first.
const lastDay = 430

// runDays are the days with a run: those around which something is due and some between
// them. With EDDY_RENEWAL=daily there is a run each day.
func runDays() []int {
	if os.Getenv("EDDY_RENEWAL") != "daily" {
		return []int{0, 10, 20, 60, 110, 160, 199, 200, 201, 250, 300, 350, 365, 366, 367, 375, 376, 377, 385, 386, 387, 394, 395, 396, 397, 410, 424, 425, 426, lastDay}
	}
	days := make([]int, lastDay+1)
	for i := range days {
		days[i] = i
	}
	return days
}

// Over more than 13 months of runs that find nothing changed, no member lapses: each is
// sent again once, in time, on the day that its own age asks for (promise 9). A row with an
// expires_at of its own stays until then and no longer, and is not held after it.
func TestThirteenMonthsOfUnchangedRowsLoseNobody(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		w.conn.Mapping = eddy.Mapping{{Field: "email", Column: "email"}, {Field: "expires_at", Column: "expires"}}
		start := w.now
		at := func(day int) time.Time { return start.AddDate(0, 0, day).Truncate(time.Second) }
		rows := []renewed{
			{name: "a1", from: 0},
			{name: "a2", from: 0},
			{name: "b1", from: 10},
			{name: "c1", from: 20},
			{name: "half", from: 0, expires: at(200)},
			{name: "long", from: 0, expires: at(425)},
		}
		renewals, days := int64(0), 0
		all := runDays()
		for i, day := range all {
			for i := range rows {
				if r := &rows[i]; !r.there && day >= r.from {
					r.there = true
					w.exec(r.insert(i + 1))
				}
			}
			run := w.sync()
			if run.Status != eddy.Succeeded {
				t.Fatalf("day %d: %+v", day, run)
			}
			if run.Counts.Renew > 0 {
				renewals, days = renewals+run.Counts.Renew, days+1
			}
			w.want(w.present(rows)...)
			w.wantHeld(rows)
			// Time passes before anybody runs: whoever lapses, lapses now.
			if i+1 < len(all) {
				w.pass(all[i+1] - day)
			}
			w.want(w.present(rows)...)
		}
		// Nobody knows whether X keeps a member for longer than 13 months if it is asked to.
		if renewals != 5 || days != 3 {
			t.Errorf("%d renewals on %d days, want one of each row that stays for more than 13 months, on three days", renewals, days)
		}
	})
}

// renewed is a row of the renewal test.
type renewed struct {
	name    string
	from    int
	expires time.Time
	there   bool
}

func (r *renewed) insert(id int) string {
	expires := "NULL"
	if !r.expires.IsZero() {
		expires = "'" + r.expires.Format("2006-01-02 15:04:05") + "'"
	}
	return fmt.Sprintf("INSERT INTO customers VALUES (%d, '%s@x.com', NULL, %s)", id, r.name, expires)
}

// wanted says that the row is in the table and its time has not passed.
func (r *renewed) wanted(now time.Time) bool {
	return r.there && (r.expires.IsZero() || now.Before(r.expires))
}

// present are the people of the rows that must be in the audience now.
func (w *world) present(rows []renewed) (people []string) {
	for i := range rows {
		if rows[i].wanted(w.now) {
			people = append(people, "email="+rows[i].name+"@x.com")
		}
	}
	return people
}

// wantHeld checks that the state holds the rows that must be in the audience and no others.
func (w *world) wantHeld(rows []renewed) {
	w.t.Helper()
	var got, want []string
	for i := range rows {
		if rows[i].wanted(w.now) {
			want = append(want, fmt.Sprint(i+1, " held"))
		}
	}
	w.inState(func(s warehouse.Engine) error {
		l, err := ledger.Open(context.Background(), ledger.Config{Engine: s, Connection: w.conn.Name, Fields: xaudience.Kind().Fields, Digests: w.local, Dry: true})
		if err != nil {
			return err
		}
		return l.EachVersion(context.Background(), func(v ledger.Version) error {
			got = append(got, v.RecordID+" "+v.State)
			return nil
		})
	})
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		w.t.Errorf("on %s held has %v, want %v", w.now.Format(time.DateOnly), got, want)
	}
}

// A row whose text changed and whose identity did not needs no request, unless its member
// lapses: then it is sent as a new one would be (promise 9).
func TestRowThatIsWrittenAnewDoesNotLapse(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		w.exec("INSERT INTO customers (id, email) VALUES (1, 'a@x.com')")
		w.sync()
		for _, step := range []struct {
			days     int
			email    string
			requests bool
		}{
			{10, "A@x.com", false}, // nothing is new, and nothing due
			{366, "a@X.com", true}, // due soon
			{30, "a@x.com", false},
			{410, "A@X.com", true}, // lapsed, because nobody ran
		} {
			w.pass(step.days)
			w.exec("UPDATE customers SET email = '" + step.email + "'")
			if run := w.sync(); run.Status != eddy.Succeeded || run.Counts.Requests > 0 != step.requests {
				t.Errorf("%d days later, as %s: %+v", step.days, step.email, run)
			}
			w.want("email=a@x.com")
		}
	})
}

// A text that is empty is no time: who has one is a member for as long as X keeps members,
// and is renewed like all others (promise 9).
func TestEmptyTextOfATimeDoesNotKeepARowFromRenewal(t *testing.T) {
	blank, endless := " ", "infinity"
	for name, from := range map[string]eddy.FieldMapping{"column": {Column: "phone"}, "constant": {Constant: &blank}, "endless": {Constant: &endless}, "timestamp": {Column: "expires"}} {
		t.Run(name, func(t *testing.T) {
			worlds(t, func(t *testing.T, w *world) {
				from.Field = "expires_at"
				w.conn.Mapping = eddy.Mapping{{Field: "email", Column: "email"}, from}
				w.exec("INSERT INTO customers VALUES (1, 'a@x.com', '', NULL), (2, 'b@x.com', ' ', 'infinity'), (3, 'c@x.com', 'Infinity', 'infinity')")
				w.sync()
				w.pass(380)
				if run := w.sync(); run.Counts.Renew != 3 || run.Counts.Invalid != 0 {
					t.Errorf("%+v", run.Counts)
				}
				w.pass(380)
				w.want("email=a@x.com", "email=b@x.com", "email=c@x.com")
			})
		})
	}
}
