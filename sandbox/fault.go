package sandbox

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"
)

// Fault makes the sandbox misbehave. One fault does one or more of: answer with a status,
// drop the connection, delay, cut the answer off, tell wrong counts; or, apart from all
// these, refuse poisoned identities. Its text form is for [ParseFault], its JSON form for
// POST /_sandbox/faults.
type Fault struct {
	// ID is given by the sandbox.
	ID int `json:"id"`

	// On, Method and Path choose the requests; empty takes all. Path is a part of the path.
	On     Target `json:"on,omitempty"`
	Method string `json:"method,omitempty"`
	Path   string `json:"path,omitempty"`
	// Skip lets so many matching requests pass first.
	Skip int `json:"skip,omitempty"`
	// Count is how often the fault strikes; 0 is for ever.
	Count int `json:"count,omitempty"`
	// Same strikes, after the first time, only requests like the first one struck: same
	// method, path and body. So one request can fail whenever it is sent again, beside
	// others that pass.
	Same bool `json:"same,omitempty"`
	// Probability of striking, of each request that is due; 0 is always. Seed makes the
	// dice fall alike each time.
	Probability float64 `json:"probability,omitempty"`
	Seed        uint64  `json:"seed,omitempty"`

	// When is before (the default) or after the request is carried out.
	When When `json:"when,omitempty"`
	// Status, Body, Code, Message and RetryAfter (in seconds) replace the answer.
	Status     int      `json:"status,omitempty"`
	Body       BodyKind `json:"body,omitempty"`
	Code       string   `json:"code,omitempty"`
	Message    string   `json:"message,omitempty"`
	RetryAfter int      `json:"retry_after,omitempty"`
	// NoLimits leaves the rate limit headers out.
	NoLimits bool `json:"no_limits,omitempty"`
	// Reset drops the connection.
	Reset bool `json:"reset,omitempty"`
	// Delay waits, or until the client goes away.
	Delay Duration `json:"delay,omitempty"`
	// Truncate announces the whole answer and sends half of it.
	Truncate bool `json:"truncate,omitempty"`
	// CountOff is added to success_count, TotalOff to total_count. Before means that
	// nothing is carried out.
	CountOff int `json:"count_off,omitempty"`
	TotalOff int `json:"total_off,omitempty"`

	// Poison are identities that make a users request fail: "field:value" or "value",
	// where an asterisk at the end stands for any rest. When and the fields below it
	// do not apply.
	Poison []string `json:"poison,omitempty"`
	// Shape of the errors about poison.
	Shape Shape `json:"shape,omitempty"`

	// Fired is how often the fault has struck.
	Fired int `json:"fired"`
}

// Target is a kind of requests.
type Target string

// The kinds of requests that a fault can choose.
const (
	OnAny       Target = "any"
	OnUsers     Target = "users"     // POST .../users
	OnAudiences Target = "audiences" // audiences, without users calls
	OnAccounts  Target = "accounts"  // accounts and access
)

// When is the side of carrying a request out.
type When string

// A fault strikes before or after the request is carried out. After leaves a client in
// doubt: the members have changed, and it cannot know.
const (
	Before When = "before"
	After  When = "after"
)

// BodyKind is the kind of body of a status fault.
type BodyKind string

// The kinds of bodies that failures at X have.
const (
	BodyJSON  BodyKind = "json"
	BodyHTML  BodyKind = "html"
	BodyEmpty BodyKind = "empty"
	BodyCut   BodyKind = "cut" // the first half of the JSON, announced as if it were all
)

// Shape is one of the forms that errors about operations may take.
type Shape string

// X publishes no failing body; a client must take all of these.
const (
	ShapeOperations Shape = "operations" // a list of lists beside the operations
	ShapeNulls      Shape = "nulls"      // the same with null for healthy operations
	ShapeFlat       Shape = "flat"       // a flat operation_errors list, with no index
	ShapeErrors     Shape = "errors"     // only errors, with no hint
	ShapeBoth       Shape = "both"       // operations, and errors that say the same
	ShapeEmpty      Shape = "empty"      // operations, beside an empty errors list
	ShapeObject     Shape = "object"     // operations, and a request that is an object as on success
)

// Duration is written like "1.5s" in JSON.
type Duration time.Duration

// MarshalText writes the duration.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText reads a duration.
func (d *Duration) UnmarshalText(b []byte) error {
	v, err := time.ParseDuration(string(b))
	*d = Duration(v)
	return err
}

// faults are the faults in force.
type faults struct {
	mu     sync.Mutex
	list   []*armed
	lastID int
}

type armed struct {
	Fault
	dice *rand.Rand
	seen int
	// first is what the first request struck looked like.
	first [sha256.Size]byte
}

// firing is a fault that strikes one request; nil is none.
type firing struct{ Fault }

// Fault puts a fault in force and returns its id. It panics on a fault that Check
// refuses, since only a test can pass one.
func (s *Server) Fault(f Fault) int {
	if err := f.Check(); err != nil {
		panic(fmt.Sprintf("sandbox: %v", err))
	}
	return s.faults.arm(f)
}

func (fs *faults) arm(f Fault) int {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	fs.lastID++
	f.ID, f.Fired = fs.lastID, 0
	fs.list = append(fs.list, &armed{Fault: f, dice: rand.New(rand.NewPCG(f.Seed, 0))})
	return f.ID
}

// Faults lists the faults in force, spent ones too.
func (s *Server) Faults() []Fault {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	list := []Fault{}
	for _, a := range s.faults.list {
		list = append(list, a.Fault)
	}
	return list
}

// ClearFaults ends all faults.
func (s *Server) ClearFaults() {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.list = nil
}

// pick finds the fault that strikes a request: the first that is due.
func (fs *faults) pick(c *call) *firing {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	for _, a := range fs.list {
		if len(a.Poison) == 0 && a.matches(c) && a.due(c) {
			return &firing{a.Fault}
		}
	}
	return nil
}

// due counts a matching request and says whether the fault strikes it.
func (a *armed) due(c *call) bool {
	a.seen++
	if a.seen <= a.Skip || a.Count > 0 && a.Fired >= a.Count {
		return false
	}
	if a.Same && a.Fired > 0 && a.first != look(c) {
		return false
	}
	if a.Probability > 0 && a.dice.Float64() >= a.Probability {
		return false
	}
	if a.Same && a.Fired == 0 {
		a.first = look(c)
	}
	a.Fired++
	return true
}

// look is what tells one request from another, when the same one is sent again.
func look(c *call) (sum [sha256.Size]byte) {
	h := sha256.New()
	fmt.Fprintf(h, "%s %s\n", c.r.Method, c.r.URL.Path)
	h.Write(c.body)
	h.Sum(sum[:0])
	return sum
}

func (f *Fault) matches(c *call) bool {
	return f.On.has(c.route.endpoint) &&
		(f.Method == "" || strings.EqualFold(f.Method, c.r.Method)) &&
		strings.Contains(c.r.URL.Path, f.Path)
}

func (t Target) has(e endpoint) bool {
	switch t {
	case OnUsers:
		return e == users
	case OnAudiences:
		return e == audienceList || e == oneAudience || e == targeted
	case OnAccounts:
		return e == accountList || e == oneAccount || e == userAccess
	}
	return true
}

// Check says what is wrong with a fault.
func (f *Fault) Check() error {
	switch {
	case !oneOf(f.On, "", OnAny, OnUsers, OnAudiences, OnAccounts):
		return fmt.Errorf("fault: on is %q, want any, users, audiences or accounts", f.On)
	case !oneOf(f.When, "", Before, After):
		return fmt.Errorf("fault: when is %q, want before or after", f.When)
	case !oneOf(f.Body, "", BodyJSON, BodyHTML, BodyEmpty, BodyCut):
		return fmt.Errorf("fault: body is %q, want json, html, empty or cut", f.Body)
	case !oneOf(f.Shape, "", ShapeOperations, ShapeNulls, ShapeFlat, ShapeErrors, ShapeBoth, ShapeEmpty, ShapeObject):
		return fmt.Errorf("fault: shape is %q, want operations, nulls, flat, errors, both, empty or object", f.Shape)
	case f.Status != 0 && (f.Status < 200 || f.Status > 599):
		return fmt.Errorf("fault: status is %d, want 200 to 599", f.Status)
	case !(f.Probability >= 0 && f.Probability <= 1): // refuses NaN as well
		return fmt.Errorf("fault: probability is %v, want 0 to 1", f.Probability)
	case min(f.Skip, f.Count, f.RetryAfter) < 0 || f.Delay < 0:
		return fmt.Errorf("fault: skip, count, retry_after and delay cannot be negative")
	case !f.acts():
		return fmt.Errorf("fault: it does nothing; give status, reset, delay, truncate, count_off, total_off, no_limits or poison")
	}
	return nil
}

func (f *Fault) acts() bool {
	return f.Status != 0 || f.Reset || f.Delay > 0 || f.Truncate || f.CountOff != 0 || f.TotalOff != 0 || f.NoLimits || len(f.Poison) > 0
}

func oneOf[T comparable](v T, list ...T) bool {
	return slices.Contains(list, v)
}

// UnmarshalJSON reads a fault and refuses unknown keys: a misspelt fault that does
// nothing would let a test pass for the wrong reason.
func (f *Fault) UnmarshalJSON(b []byte) error {
	type plain Fault
	dec := json.NewDecoder(strings.NewReader(string(b)))
	dec.DisallowUnknownFields()
	if err := dec.Decode((*plain)(f)); err != nil {
		return err
	}
	return f.Check()
}
