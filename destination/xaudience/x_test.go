package xaudience

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/destination"
	"github.com/eddy-retl/eddy/xads"
)

// tinyX answers the users endpoint as X documents it: a request is applied as a whole
// or not at all. Tests say which users are bad, or answer a request themselves.
type tinyX struct {
	server *httptest.Server
	// bad tells users that X refuses; names makes it say which operations they are in.
	bad   func(user string) bool
	names bool
	// script answers a request in place of the rules when it returns true. Requests count from 1.
	script func(w http.ResponseWriter, number int, ops []operation) bool

	mu      sync.Mutex
	bodies  []int             // the sizes of all requests
	adds    map[string]int    // how often each user was added by an accepted request
	removes map[string]int    // and removed
	periods map[string]string // the times each user was added with
	faults  []string          // what no request may do
}

type operation struct {
	Type   string `json:"operation_type"`
	Params struct {
		From  string            `json:"effective_at"`
		Until string            `json:"expires_at"`
		Users []json.RawMessage `json:"users"`
	} `json:"params"`
}

func startX(t testing.TB) *tinyX {
	x := &tinyX{}
	x.forget()
	x.server = httptest.NewServer(x)
	t.Cleanup(x.server.Close)
	t.Cleanup(func() {
		for _, fault := range x.faults {
			t.Error(fault)
		}
	})
	return x
}

func (x *tinyX) forget() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.bodies, x.adds, x.removes, x.periods = nil, map[string]int{}, map[string]int{}, map[string]string{}
}

func (x *tinyX) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	var ops []operation
	if err := json.Unmarshal(body, &ops); err != nil {
		x.fault("body is not JSON: %v", err)
	}
	x.mu.Lock()
	x.bodies = append(x.bodies, len(body))
	number, script := len(x.bodies), x.script
	x.mu.Unlock()
	x.check(r, body, ops)
	for _, h := range []string{"limit", "remaining"} {
		w.Header().Set("x-rate-limit-"+h, "1000000")
	}
	w.Header().Set("x-rate-limit-reset", fmt.Sprint(time.Now().Add(time.Hour).Unix()))
	if script == nil || !script(w, number, ops) {
		x.apply(w, ops)
	}
}

func (x *tinyX) fault(format string, args ...any) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.faults = append(x.faults, fmt.Sprintf(format, args...))
}

// check holds requests to X's limits and to the rule that verbs do not mix.
func (x *tinyX) check(r *http.Request, body []byte, ops []operation) {
	if len(body) > xads.MaxBodyBytes || len(ops) > xads.MaxOperations || len(ops) == 0 {
		x.fault("a request has %d bytes and %d operations", len(body), len(ops))
	}
	if r.URL.Path != "/12/accounts/acc/custom_audiences/aud/users" || r.Method != http.MethodPost {
		x.fault("%s %s", r.Method, r.URL.Path)
	}
	for _, op := range ops {
		if op.Type != ops[0].Type || len(op.Params.Users) == 0 {
			x.fault("a request has verbs %s and %s, %d users", ops[0].Type, op.Type, len(op.Params.Users))
		}
		if op.Type == "Delete" && op.Params.From+op.Params.Until != "" {
			x.fault("a removal has times")
		}
	}
}

func (x *tinyX) apply(w http.ResponseWriter, ops []operation) {
	if x.bad != nil && x.refuse(w, ops) {
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	users := 0
	for _, op := range ops {
		for _, u := range op.Params.Users {
			users++
			if op.Type == "Delete" {
				x.removes[string(u)]++
				continue
			}
			x.adds[string(u)]++
			x.periods[string(u)] = op.Params.From + "/" + op.Params.Until
		}
	}
	counted(w, users, users)
}

func counted(w http.ResponseWriter, success, total int) {
	fmt.Fprintf(w, `{"request":{"params":{}},"data":{"success_count":%d,"total_count":%d}}`, success, total)
}

// refuse answers 400 when an operation has a bad user.
func (x *tinyX) refuse(w http.ResponseWriter, ops []operation) bool {
	errs, found := make([]string, len(ops)), false
	for i, op := range ops {
		errs[i] = "[]"
		if slices.ContainsFunc(op.Params.Users, func(u json.RawMessage) bool { return x.bad(string(u)) }) {
			errs[i], found = `[{"code":"INVALID_PARAMETER","message":"not a valid user","parameter":"users"}]`, true
		}
	}
	switch {
	case !found:
	case x.names:
		refusal(w, 400, `{"operation_errors":[`+strings.Join(errs, ",")+`]}`)
	default:
		refusal(w, 400, `{"errors":[{"code":"INVALID_PARAMETER","message":"not a valid user","parameter":"users"}]}`)
	}
	return found
}

func refusal(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	fmt.Fprint(w, body)
}

func (x *tinyX) requests() int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return len(x.bodies)
}

// client is the real client, pointed at x and in a hurry.
func (x *tinyX) client(t testing.TB) *xads.Client {
	t.Helper()
	c, err := xads.New(
		xads.Credentials{ConsumerKey: "ck", ConsumerSecret: "cs", AccessToken: "at", AccessTokenSecret: "ats"},
		xads.Options{BaseURL: x.server.URL, MaxAttempts: 2, FirstWait: time.Microsecond},
	)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// ledger collects reports, which must cover every Seq once.
type ledger struct {
	reports []destination.Report
	signal  chan struct{} // one for each report, if there is room
}

func (l *ledger) take(r destination.Report) {
	l.reports = append(l.reports, r)
	select {
	case l.signal <- struct{}{}:
	default:
	}
}

// settled checks that the reports cover every Seq from 1 to last exactly once and
// returns the outcomes of those that were not delivered.
func (l *ledger) settled(t testing.TB, last int64) map[int64]eddy.Outcome {
	t.Helper()
	slices.SortFunc(l.reports, func(a, b destination.Report) int { return int(a.From - b.From) })
	next, outcomes := int64(1), map[int64]eddy.Outcome{}
	for _, r := range l.reports {
		if r.From != next || r.To < r.From {
			t.Fatalf("a report covers %d to %d; %d is next", r.From, r.To, next)
		}
		for i, o := range r.Outcomes {
			if o.Seq < r.From || o.Seq > r.To || i > 0 && o.Seq <= r.Outcomes[i-1].Seq || o.Result < eddy.Rejected {
				t.Fatalf("outcome %+v in the report of %d to %d", o, r.From, r.To)
			}
			outcomes[o.Seq] = o
		}
		next = r.To + 1
	}
	if next != last+1 {
		t.Fatalf("reports end at %d, want %d", next-1, last)
	}
	return outcomes
}

// start begins a delivery to x without waits between attempts.
func (x *tinyX) start(t testing.TB, ctx context.Context) (*delivery, *ledger) {
	t.Helper()
	return x.startPatient(t, ctx, Patience{Pauses: []time.Duration{0, 0}})
}

// startPatient begins a delivery to x with a patience.
func (x *tinyX) startPatient(t testing.TB, ctx context.Context, patience Patience) (*delivery, *ledger) {
	t.Helper()
	l := &ledger{signal: make(chan struct{}, 1000)}
	return newDelivery(ctx, x.client(t), "acc", "aud", patience, l.take), l
}

// page makes a page of items that follow after: users by partner id, named by their Seq.
func page(d *delivery, verb destination.Verb, from int64, n int, adjust func(*destination.Encoded)) *destination.Page {
	p := &destination.Page{Verb: verb, From: from, To: from + int64(n)}
	for seq := from + 1; seq <= p.To; seq++ {
		start := len(p.Data)
		p.Data = d.Encode(p.Data, &destination.Item{Seq: seq, Identities: []destination.Identity{
			{Field: fieldPartner, Value: []byte(partner(seq))},
		}})
		e := destination.Encoded{Seq: seq, Len: len(p.Data) - start}
		if adjust != nil {
			adjust(&e)
		}
		p.Items = append(p.Items, e)
	}
	return p
}

// partner is as long as a digest, so that requests have the usual size.
func partner(seq int64) string { return fmt.Sprintf("%064d", seq) }

// userOf is the user object of an item of page.
func userOf(seq int64) string { return `{"partner_user_id":["` + partner(seq) + `"]}` }

func must(t interface {
	Helper()
	Fatal(args ...any)
}, err error,
) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
