package xaudience

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/destination"
	"github.com/eddy-retl/eddy/xads"
)

func TestSeventyThousandLeaveInTwoRequests(t *testing.T) {
	x := startX(t)
	d, l := x.start(t, t.Context())
	for from := int64(0); from < 70_000; from += 10_000 {
		must(t, d.Add(t.Context(), page(d, destination.Add, from, 10_000, nil)))
	}
	must(t, d.Finish(t.Context()))
	if out := l.settled(t, 70_000); len(out) != 0 || x.requests() > 2 || len(x.adds) != 70_000 {
		t.Errorf("%d requests for %d users, %d not delivered", x.requests(), len(x.adds), len(out))
	}
}

// The property behind packing: whatever the users, their times and the limits, no
// request exceeds a limit, every user is in exactly one, with its times, and the
// size that is counted is the size that is sent.
func TestPackingProperty(t *testing.T) {
	x := startX(t)
	rapid.Check(t, func(rt *rapid.T) {
		x.forget()
		d, l := x.start(t, t.Context())
		d.limits = destination.Limits{
			Operations: rapid.IntRange(1, 5).Draw(rt, "operations"),
			Bytes:      rapid.IntRange(240, 3_000).Draw(rt, "bytes"),
		}
		verb := rapid.SampledFrom([]destination.Verb{destination.Add, destination.Remove}).Draw(rt, "verb")
		var last int64
		times := map[int64]string{}
		for range rapid.IntRange(0, 4).Draw(rt, "pages") {
			p := page(d, verb, last, rapid.IntRange(0, 30).Draw(rt, "users"), func(e *destination.Encoded) {
				e.EffectiveAt = rapid.Int64Range(0, 2).Draw(rt, "from") * 86_400
				e.ExpiresAt = rapid.Int64Range(0, 2).Draw(rt, "until") * 864_000
				times[e.Seq] = asText(e.EffectiveAt) + "/" + asText(e.ExpiresAt)
			})
			p.To += rapid.Int64Range(0, 3).Draw(rt, "left out")
			last = p.To
			must(rt, d.Add(t.Context(), p))
		}
		must(rt, d.Finish(t.Context()))
		got := x.adds
		if verb == destination.Remove {
			got = x.removes
		}
		if out := l.settled(t, last); len(out) != 0 || len(got) != len(times) {
			rt.Fatalf("%d of %d users sent, not delivered: %v", len(got), len(times), out)
		}
		for seq, when := range times {
			if n := got[userOf(seq)]; n != 1 {
				rt.Fatalf("user %d was sent %d times", seq, n)
			}
			if verb == destination.Add && x.periods[userOf(seq)] != when {
				rt.Fatalf("user %d was sent for %s, want %s", seq, x.periods[userOf(seq)], when)
			}
		}
		for _, size := range x.bodies {
			if size > d.limits.Bytes {
				rt.Fatalf("a request has %d bytes, limit %d", size, d.limits.Bytes)
			}
		}
	})
}

func asText(unix int64) string {
	if unix == 0 {
		return ""
	}
	return time.Unix(unix, 0).UTC().Format("2006-01-02T15:04:05Z")
}

func TestCountedSizeIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var b batch
		b.reset(destination.Add, 1)
		for seq := range int64(rapid.IntRange(1, 50).Draw(t, "users")) {
			e := destination.Encoded{Seq: seq, ExpiresAt: rapid.Int64Range(0, 3).Draw(t, "until")}
			b.add(&e, []byte("{"+strings.Repeat("x", rapid.IntRange(0, 9).Draw(t, "len"))+"}"), destination.Limits{Operations: 9, Bytes: 9_999})
		}
		size := b.size
		b.seal()
		if len(b.body) != size {
			t.Fatalf("%d bytes counted, %d made: %s", size, len(b.body), b.body)
		}
	})
}

// A request is filled to the last byte, and not beyond.
func TestLimitIsExact(t *testing.T) {
	whole := func(limit int) (taken, size int) {
		var b batch
		b.reset(destination.Add, 1)
		for seq := range int64(3) {
			if b.add(&destination.Encoded{Seq: seq, ExpiresAt: 86_400 * (seq / 2)}, []byte(userOf(seq)), destination.Limits{Operations: 2, Bytes: limit}) {
				taken++
			}
		}
		return taken, b.size
	}
	_, size := whole(xads.MaxBodyBytes)
	for limit, want := range map[int]int{size: 3, size - 1: 2} {
		if taken, _ := whole(limit); taken != want {
			t.Errorf("%d users fit %d bytes, want %d", taken, limit, want)
		}
	}
}

func TestOperationsAreLimited(t *testing.T) {
	x := startX(t)
	d, l := x.start(t, t.Context())
	must(t, d.Add(t.Context(), page(d, destination.Add, 0, 6_000, func(e *destination.Encoded) { e.ExpiresAt = 2e9 + e.Seq })))
	must(t, d.Finish(t.Context()))
	if l.settled(t, 6_000); x.requests() != 3 {
		t.Errorf("%d requests for 6000 users with times of their own, want 3", x.requests())
	}
}

func TestOneTooLargeUser(t *testing.T) {
	x := startX(t)
	d, l := x.start(t, t.Context())
	d.limits.Bytes = 1_000
	p := page(d, destination.Add, 0, 2, nil)
	big := `{"partner_user_id":["` + strings.Repeat("x", 1_000) + `"]}`
	p.Items = append(p.Items, destination.Encoded{Seq: 3, Len: len(big)}, destination.Encoded{Seq: 4, Len: p.Items[0].Len})
	p.Data = append(append(p.Data, big...), userOf(4)...)
	p.To = 9
	must(t, d.Add(t.Context(), p))
	must(t, d.Finish(t.Context()))
	out := l.settled(t, 9)
	if len(out) != 1 || out[3] != (eddy.Outcome{Seq: 3, Result: eddy.Invalid, Reason: tooLarge}) || len(x.adds) != 3 {
		t.Errorf("got %v, %d added", out, len(x.adds))
	}
}

func TestOnlyTooLargeUsers(t *testing.T) {
	x := startX(t)
	d, l := x.start(t, t.Context())
	d.limits.Bytes = 100
	must(t, d.Add(t.Context(), page(d, destination.Add, 0, 3, nil)))
	must(t, d.Finish(t.Context()))
	if out := l.settled(t, 3); len(out) != 3 || x.requests() != 0 {
		t.Errorf("got %v after %d requests", out, x.requests())
	}
}

// Removals have settled before the first addition leaves (promise 2).
func TestVerbsDoNotMix(t *testing.T) {
	x := startX(t)
	d, l := x.start(t, t.Context())
	d.limits.Bytes = 2_000
	x.script = func(_ http.ResponseWriter, _ int, ops []operation) bool {
		x.mu.Lock()
		defer x.mu.Unlock()
		if ops[0].Type == "Update" && len(x.removes) != 300 {
			x.faults = append(x.faults, "an addition came before the removals had settled")
		}
		return false
	}
	must(t, d.Add(t.Context(), page(d, destination.Remove, 0, 300, func(e *destination.Encoded) { e.ExpiresAt = 2e9 })))
	must(t, d.Add(t.Context(), page(d, destination.Add, 300, 300, nil)))
	must(t, d.Finish(t.Context()))
	if out := l.settled(t, 600); len(out) != 0 || len(x.adds) != 300 {
		t.Errorf("%d added, not delivered: %v", len(x.adds), out)
	}
}

// What no page accounts for, no report covers.
func TestGapsAreNotCovered(t *testing.T) {
	x := startX(t)
	d, l := x.start(t, t.Context())
	must(t, d.Add(t.Context(), page(d, destination.Add, 100, 5, nil)))
	must(t, d.Add(t.Context(), page(d, destination.Add, 105, 5, nil)))
	must(t, d.Add(t.Context(), page(d, destination.Add, 300, 5, nil)))
	must(t, d.Finish(t.Context()))
	if len(l.reports) != 2 || l.reports[0].From+l.reports[1].From != 402 || l.reports[0].To+l.reports[1].To != 415 {
		t.Errorf("got %+v, want 101 to 110 and 301 to 305", l.reports)
	}
}

func TestBadUsersAreFound(t *testing.T) {
	const few = 8_000
	many := int64(100_000)
	if testing.Short() { // the race detector runs these
		many = 20_000
	}
	bound := 2 + int(2*100*math.Log2(float64(many)/100)) // two requests would do for healthy users
	for _, v := range []struct {
		name  string
		n     int64
		bad   func(seq int64) bool
		k     int
		names bool
		own   bool // each user in an operation of its own
		// limit is of requests; 0 is the general bound. Where X names the operation of each bad
		// user, a request that was refused is sent once more.
		limit int
	}{
		{name: "one", n: few, bad: func(s int64) bool { return s == 7_777 }, k: 1},
		{name: "first and last", n: few, bad: func(s int64) bool { return s == 1 || s == few }, k: 2},
		{name: "spread", n: few, bad: func(s int64) bool { return s%80 == 13 }, k: 100},
		{name: "in a row", n: few, bad: func(s int64) bool { return s > 5_000 && s <= 5_100 }, k: 100},
		{name: "first in a row", n: few, bad: func(s int64) bool { return s <= 100 }, k: 100},
		{name: "named", n: few, bad: func(s int64) bool { return s == 7_777 || s == 42 }, k: 2, names: true},
		{name: "named alone", n: few, bad: func(s int64) bool { return s%80 == 13 }, k: 100, names: true, own: true, limit: 8},
		{name: "spread among many", n: many, bad: func(s int64) bool { return s%(many/100) == 13 }, k: 100, limit: bound},
		{name: "anywhere among many", n: many, bad: func(s int64) bool { return s*7_919%many < 100 }, k: 100, limit: bound},
		{name: "named among many", n: many, bad: func(s int64) bool { return s%(many/100) == 13 }, k: 100, names: true, own: true, limit: 2 * int(many) / xads.MaxOperations},
	} {
		t.Run(v.name, func(t *testing.T) {
			x := startX(t)
			x.names = v.names
			bad := map[string]bool{}
			for s := int64(1); s <= v.n; s++ {
				if v.bad(s) {
					bad[userOf(s)] = true
				}
			}
			x.bad = func(user string) bool { return bad[user] }
			d, l := x.start(t, t.Context())
			must(t, d.Add(t.Context(), page(d, destination.Add, 0, int(v.n), func(e *destination.Encoded) {
				if v.own {
					e.ExpiresAt = 2e9 + e.Seq
				} else if v.names {
					e.ExpiresAt = 2e9 + e.Seq%10
				}
			})))
			must(t, d.Finish(t.Context()))
			out := l.settled(t, v.n)
			for seq, o := range out {
				if !v.bad(seq) || o.Result != eddy.Rejected || o.Reason != "X: INVALID_PARAMETER: not a valid user (users)" {
					t.Fatalf("outcome %+v", o)
				}
			}
			if len(out) != v.k || len(x.adds) != int(v.n)-v.k {
				t.Errorf("%d refused, %d added; want %d and %d", len(out), len(x.adds), v.k, int(v.n)-v.k)
			}
			limit := v.limit
			if limit == 0 {
				limit = 2*v.k*int(math.Ceil(math.Log2(float64(v.n)/float64(v.k)))) + 2*v.k + 10
			}
			if x.requests() > limit {
				t.Errorf("%d requests for %d bad users, want at most %d", x.requests(), v.k, limit)
			}
			t.Logf("%d requests for %d bad users of %d", x.requests(), v.k, v.n)
		})
	}
}

// When X refuses everybody, nobody is asked for one by one.
func TestHopelessBatchesFail(t *testing.T) {
	x := startX(t)
	x.bad = func(string) bool { return true }
	d, l := x.start(t, t.Context())
	for from := int64(0); from < 100_000; from += 50_000 {
		must(t, d.Add(t.Context(), page(d, destination.Add, from, 50_000, nil)))
	}
	must(t, d.Finish(t.Context()))
	failed := 0
	for _, o := range l.settled(t, 100_000) {
		if o.Result == eddy.Failed {
			failed++
		}
	}
	if failed < 99_500 || x.requests() > 600 {
		t.Errorf("%d failed after %d requests", failed, x.requests())
	}
}

func TestTooLargeRequestsAreHalved(t *testing.T) {
	for name, answer := range map[string]func(http.ResponseWriter){
		"413": func(w http.ResponseWriter) { refusal(w, 413, "") },
		"code": func(w http.ResponseWriter) {
			refusal(w, 400, `{"errors":[{"code":"REQUEST_TOO_COMPLEX","message":"less"}]}`)
		},
	} {
		t.Run(name, func(t *testing.T) {
			x := startX(t)
			x.script = func(w http.ResponseWriter, _ int, ops []operation) bool {
				if len(ops[0].Params.Users) > 100 {
					answer(w)
					return true
				}
				return false
			}
			d, l := x.start(t, t.Context())
			must(t, d.Add(t.Context(), page(d, destination.Add, 0, 400, nil)))
			must(t, d.Finish(t.Context()))
			if out := l.settled(t, 400); len(out) != 0 || x.requests() != 7 {
				t.Errorf("%d requests, not delivered: %v", x.requests(), out)
			}
		})
	}
}

func TestCountsThatDoNotAddUp(t *testing.T) {
	for name, v := range map[string]struct {
		wrong          int // how many answers are wrong
		success, total int // of ten users
		want           eddy.Result
	}{
		"once":       {wrong: 1, success: 9, total: 10, want: 0},
		"always":     {wrong: 1_000, success: 9, total: 10, want: eddy.Doubt},
		"more came":  {wrong: 1_000, success: 10, total: 11, want: eddy.Doubt},
		"fewer came": {wrong: 1_000, success: 10, total: 9, want: eddy.Doubt},
	} {
		t.Run(name, func(t *testing.T) {
			x := startX(t)
			x.script = func(w http.ResponseWriter, number int, _ []operation) bool {
				if number > v.wrong {
					return false
				}
				counted(w, v.success, v.total)
				return true
			}
			d, l := x.start(t, t.Context())
			must(t, d.Add(t.Context(), page(d, destination.Add, 0, 10, nil)))
			must(t, d.Finish(t.Context()))
			out := l.settled(t, 10)
			if out[1].Result != v.want || v.want == eddy.Doubt && !strings.Contains(out[1].Reason, fmt.Sprintf("%d of 10 users as processed and %d as received", v.success, v.total)) {
				t.Errorf("got %v", out)
			}
		})
	}
}

// What an answer left open, a later refusal of the whole account does not settle (promise 7).
func TestDoubtOutlivesARefusalOfTheSameRequest(t *testing.T) {
	x := startX(t)
	x.script = func(w http.ResponseWriter, number int, _ []operation) bool {
		if number == 1 {
			counted(w, 9, 10)
		} else {
			refusal(w, 403, `{"errors":[{"code":"NOPE","message":"no"}]}`)
		}
		return true
	}
	d, l := x.start(t, t.Context())
	must(t, d.Add(t.Context(), page(d, destination.Add, 0, 10, nil)))
	if err := d.Finish(t.Context()); err == nil {
		t.Error("Finish found nothing wrong")
	}
	if out := l.settled(t, 10); len(out) != 10 || out[1].Result != eddy.Doubt {
		t.Errorf("got %v", out)
	}
}

// Nor does the refusal of somebody whom X may have taken at the first attempt; in the next
// run they are refused, or not, without such a past.
func TestSomebodyRefusedAfterADoubtIsADoubt(t *testing.T) {
	for _, body := range []string{`{"errors":[{"code":"INVALID_PARAMETER","message":"no"}]}`, `{"operation_errors":[[{"code":"INVALID_PARAMETER","message":"no"}]]}`} {
		x := startX(t)
		x.script = func(w http.ResponseWriter, number int, ops []operation) bool {
			if number == 1 {
				counted(w, 9, 10)
				return true
			}
			for _, user := range ops[0].Params.Users {
				if string(user) == userOf(3) {
					refusal(w, 400, body)
					return true
				}
			}
			return false
		}
		d, l := x.start(t, t.Context())
		must(t, d.Add(t.Context(), page(d, destination.Add, 0, 10, nil)))
		must(t, d.Finish(t.Context()))
		if out := l.settled(t, 10); len(out) != 1 || out[3].Result != eddy.Doubt || len(x.adds) != 9 {
			t.Errorf("%s: %d added, not delivered: %v", body, len(x.adds), out)
		}
	}
}

// The healthy half of a request that is refused is delivered, for the times that it was
// to be (promise 6), whichever of its two words for "invalid" X uses.
func TestRefusedRequestsAreNarrowedDown(t *testing.T) {
	for _, status := range []int{400, 422} {
		x := startX(t)
		x.script = func(w http.ResponseWriter, _ int, ops []operation) bool {
			for _, user := range ops[0].Params.Users {
				if string(user) == userOf(3) {
					refusal(w, status, `{"errors":[{"code":"INVALID_PARAMETER","message":"no"}]}`)
					return true
				}
			}
			return false
		}
		d, l := x.start(t, t.Context())
		must(t, d.Add(t.Context(), page(d, destination.Add, 0, 10, func(e *destination.Encoded) { e.ExpiresAt = 864_000 })))
		must(t, d.Finish(t.Context()))
		if out := l.settled(t, 10); len(out) != 1 || out[3].Result != eddy.Rejected || len(x.adds) != 9 {
			t.Errorf("%d: %d added, not delivered: %v", status, len(x.adds), out)
		}
		for user, when := range x.periods {
			if when != "/"+asText(864_000) {
				t.Errorf("%d: user %s was sent for %s", status, user, when)
			}
		}
	}
}

// A clear refusal is a failure; silence is a doubt (promise 7).
func TestUnansweredRequests(t *testing.T) {
	for name, v := range map[string]struct {
		answer func(http.ResponseWriter)
		want   eddy.Result
	}{
		"busy":   {func(w http.ResponseWriter) { refusal(w, 429, `{"errors":[{"code":"TOO_MANY_REQUESTS"}]}`) }, eddy.Failed},
		"broken": {func(http.ResponseWriter) { panic(http.ErrAbortHandler) }, eddy.Doubt},
		"error":  {func(w http.ResponseWriter) { refusal(w, 500, `{"errors":[{"code":"INTERNAL_ERROR"}]}`) }, eddy.Doubt},
	} {
		t.Run(name, func(t *testing.T) {
			x := startX(t)
			x.script = func(w http.ResponseWriter, _ int, _ []operation) bool {
				w.Header().Del("x-rate-limit-reset")
				v.answer(w)
				return true
			}
			d, l := x.start(t, t.Context())
			must(t, d.Add(t.Context(), page(d, destination.Add, 0, 3, nil)))
			must(t, d.Finish(t.Context()))
			if out := l.settled(t, 3); len(out) != 3 || out[2].Result != v.want || out[2].Reason == "" {
				t.Errorf("got %v, want %v", out, v.want)
			}
		})
	}
}

// When X is down, a run does not try every request for minutes.
func TestSilenceEndsTheDelivery(t *testing.T) {
	x := startX(t)
	x.script = func(http.ResponseWriter, int, []operation) bool { panic(http.ErrAbortHandler) }
	d, _ := x.start(t, t.Context())
	d.limits.Bytes = 2_000
	err := d.Add(t.Context(), page(d, destination.Add, 0, 5_000, nil))
	if eddy.ErrorCode(err) != eddy.CodeDestination || x.requests() > 40 {
		t.Errorf("got %v after %d requests", err, x.requests())
	}
	if again := d.Finish(t.Context()); !errors.Is(again, err) {
		t.Errorf("Finish says %v", again)
	}
}

func TestRefusalsThatConcernEverybody(t *testing.T) {
	for status, says := range map[int]string{401: "consumer", 403: "access", 404: "deleted"} {
		x := startX(t)
		x.script = func(w http.ResponseWriter, number int, _ []operation) bool {
			if number < 3 {
				return false
			}
			refusal(w, status, `{"errors":[{"code":"NOPE","message":"no"}]}`)
			return true
		}
		d, l := x.start(t, t.Context())
		d.limits.Bytes = 2_000
		err := d.Add(t.Context(), page(d, destination.Add, 0, 5_000, nil))
		if eddy.ErrorCode(err) != eddy.CodeDestination || !strings.Contains(err.Error(), says) {
			t.Errorf("%d: got %v", status, err)
		}
		if x.requests() > 2+2*inFlight || len(l.reports) > x.requests() {
			t.Errorf("%d: %d requests and %d reports", status, x.requests(), len(l.reports))
		}
		if err := d.Finish(t.Context()); err == nil {
			t.Errorf("%d: Finish found nothing wrong", status)
		}
	}
}

// A cancelled run lets requests on their way settle, and starts none.
func TestCancelSettlesWhatIsOnItsWay(t *testing.T) {
	x := startX(t)
	arrived, answer := make(chan struct{}, 100), make(chan struct{})
	x.script = func(http.ResponseWriter, int, []operation) bool {
		arrived <- struct{}{}
		<-answer
		return false
	}
	ctx, cancel := context.WithCancel(t.Context())
	d, l := x.start(t, ctx)
	d.limits.Bytes = 2_000
	result := make(chan error, 1)
	go func() { result <- d.Add(ctx, page(d, destination.Add, 0, 5_000, nil)) }()
	for range inFlight {
		<-arrived
	}
	cancel()
	close(answer)
	if err := <-result; !errors.Is(err, context.Canceled) {
		t.Errorf("Add says %v", err)
	}
	if len(l.reports) != inFlight || x.requests() != inFlight {
		t.Errorf("%d requests, %d reports; want %d", x.requests(), len(l.reports), inFlight)
	}
	for _, r := range l.reports {
		if len(r.Outcomes) != 0 {
			t.Errorf("got %+v", r.Outcomes)
		}
	}
}

// Requests that do not settle within the grace time are in doubt.
func TestGraceEnds(t *testing.T) {
	x := startX(t)
	arrived, over := make(chan struct{}), make(chan struct{})
	x.script = func(http.ResponseWriter, int, []operation) bool {
		close(arrived)
		<-over
		return false
	}
	defer close(over)
	ctx, cancel := context.WithCancel(t.Context())
	d, l := x.startPatient(t, t.Context(), Patience{Pauses: []time.Duration{0, 0}, Grace: time.Millisecond})
	must(t, d.Add(ctx, page(d, destination.Add, 0, 3, nil)))
	go func() {
		<-arrived
		cancel()
	}()
	if err := d.Finish(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Finish says %v", err)
	}
	if out := l.settled(t, 3); len(out) != 3 || out[1].Result != eddy.Doubt {
		t.Errorf("got %v", out)
	}
}

// Add waits while all senders are busy, so that memory stays bounded.
func TestAddWaits(t *testing.T) {
	x := startX(t)
	arrived, answer := make(chan struct{}, 100), make(chan struct{})
	x.script = func(http.ResponseWriter, int, []operation) bool {
		arrived <- struct{}{}
		<-answer
		return false
	}
	d, l := x.start(t, t.Context())
	d.limits.Bytes = 2_000
	done := make(chan error, 1)
	go func() { done <- d.Add(t.Context(), page(d, destination.Add, 0, 500, nil)) }()
	for range inFlight {
		<-arrived
	}
	select {
	case err := <-done:
		t.Errorf("Add returned %v while all senders were busy", err)
	case <-arrived:
		t.Error("more requests than senders")
	default:
	}
	close(answer)
	must(t, <-done)
	must(t, d.Finish(t.Context()))
	l.settled(t, 500)
}

// nobody is a client whose requests all succeed without being sent.
type nobody struct{ users int }

func (n nobody) Users(context.Context, string, string, []byte) (xads.UsersReply, error) {
	return xads.UsersReply{Success: n.users, Total: n.users}, nil
}

// One operation of the benchmark is one user, from encoded page to settled request.
func BenchmarkPacking(b *testing.B) {
	const perRequest = 40_000
	d := newDelivery(b.Context(), nobody{perRequest}, "acc", "aud", DefaultPatience(), func(destination.Report) {})
	size := len(userOf(0)) + 1
	var scratch [256]byte
	d.limits.Bytes = bodyFrame + len(appendHead(scratch[:0], destination.Add, period{})) + len(opTail) + perRequest*size
	p := page(d, destination.Add, 0, perRequest, nil)
	b.ReportAllocs()
	b.ResetTimer()
	for done := 0; done < b.N; done += perRequest {
		if err := d.Add(b.Context(), p); err != nil {
			b.Fatal(err)
		}
	}
	must(b, d.Finish(b.Context()))
}
