// Package destination is the contract between the flow and a place that records
// are delivered to. The flow hands over records as texts; the destination knows
// its fields, how their values are normalised and hashed, how much one request
// carries, and what an answer means.
package destination

import (
	"context"
	"time"

	"github.com/eddy-retl/eddy"
)

// Field is one thing that a model's column can be mapped to.
type Field = eddy.Field

// Canonical names the SQL form under which two texts may be the same identity.
type Canonical = eddy.Canonical

// The canonical forms; see the root package.
const (
	CanonicalText    = eddy.CanonicalText
	CanonicalAddress = eddy.CanonicalAddress
	CanonicalDigits  = eddy.CanonicalDigits
	CanonicalExact   = eddy.CanonicalExact
)

// Limits are what one request may carry.
type Limits struct {
	Operations int // operations in a request
	Bytes      int // bytes in a request's body
	PerMinute  int // requests in a minute
	// Months is how many months a member stays who was given no end of its own. Later is the
	// reason that is told of a record whose own end is later than that; it goes out as it is.
	Months int
	Later  string
}

// Lapses is when a member that is sent now, and was given no end of its own, is let go.
func (l Limits) Lapses(now time.Time) time.Time { return now.AddDate(0, l.Months, 0) }

// Remark is what is told of a record that is sent now with an end of its own, though it
// goes out as it is; empty where there is nothing to tell.
func (l Limits) Remark(now, ends time.Time) string {
	if !ends.IsZero() && ends.After(l.Lapses(now)) {
		return l.Later
	}
	return ""
}

// Identity is one normalised and, where the destination wants it, hashed value.
type Identity struct {
	// Field is the index in Fields.
	Field int
	// Value is valid until the Prepared it belongs to is prepared again.
	Value []byte
}

// Problem is a value that was dropped from a record, told without the value.
type Problem struct {
	Field  int
	Reason string
}

// Prepared is a record as the destination wants it. Prepare reuses its memory.
type Prepared struct {
	// Identities in field order, without repeats.
	Identities []Identity
	// EffectiveAt and ExpiresAt are zero when the record sets none.
	EffectiveAt, ExpiresAt time.Time
	// Problems are the values that were dropped.
	Problems []Problem
	// Invalid says why the record cannot be sent at all; empty when it can.
	Invalid string

	// Buf backs the identities' values.
	Buf []byte
}

// Reset empties p and keeps its memory.
func (p *Prepared) Reset() {
	p.Identities, p.Problems, p.Buf = p.Identities[:0], p.Problems[:0], p.Buf[:0]
	p.EffectiveAt, p.ExpiresAt, p.Invalid = time.Time{}, time.Time{}, ""
}

// Preparer turns a record's texts into identities. It is safe for concurrent use.
type Preparer interface {
	// Prepare reads one text for each field ("" is no value) and fills p, after resetting it.
	Prepare(values []string, p *Prepared)
	// Settings is a short stable text of everything that changes what Prepare makes of
	// the same values: Destination.Preparer(Settings()) prepares alike, also years later.
	Settings() string
}

// Normaliser is the ability of a preparer to show what it hashes: for previews, before the
// eyes of people who may see values, and nowhere else (promise 10).
type Normaliser interface {
	// Normalised gives the usable values of one field's text as they are before they are hashed.
	Normalised(field int, text string) []string
}

// Verb is what a request does to the people it names.
type Verb uint8

// The verbs.
const (
	Add Verb = iota + 1
	Remove
)

// Destination is one configured account. An implementation follows these rules:
//
//  1. Fields and Limits are constants of the kind.
//  2. Prepare never fails: what it cannot use it names in Problems or Invalid, by
//     field and reason, never by value.
//  3. Deliver gives one outcome for each item (promise 5), and tells apart what was
//     refused from what may have been applied (promise 7).
//  4. An error of Deliver stops the run; it is for trouble that concerns every item,
//     such as refused credentials or a missing audience.
type Destination interface {
	Fields() []Field
	Limits() Limits
	// Preparer makes a preparer: of the configured settings for "", else of settings that an earlier one returned.
	Preparer(settings string) (Preparer, error)
	// Deliver starts delivery into one audience.
	Deliver(ctx context.Context, audienceID string, report func(Report)) Delivery
}

// Report is what Deliver tells while it works. Calls are not concurrent.
type Report struct {
	// From and To are the first and last item covered, by Seq, both included.
	From, To int64
	// Items is how many items it covers.
	Items int
	// Outcomes are the items that were not delivered; all others from From to To were.
	Outcomes []eddy.Outcome
	// Requests and Bytes are what was sent to learn this.
	Requests, Bytes int64
}

// Item is one record's part in a request.
type Item struct {
	Seq                    int64
	Identities             []Identity
	EffectiveAt, ExpiresAt time.Time
}

// Delivery takes the items of one phase in the order of their Seq, packs them into
// requests and sends those in parallel.
type Delivery interface {
	// Encode appends one item as it stands in a request body. Safe for concurrent use.
	Encode(dst []byte, it *Item) []byte
	// Add queues an encoded page of items; it blocks while too many requests wait. It
	// copies what it needs, so that the page may be filled again when it returns. After
	// an error the delivery is over: requests on their way have settled and were
	// reported, and nothing later was sent.
	Add(ctx context.Context, p *Page) error
	// Finish sends what is left and waits for all answers.
	Finish(ctx context.Context) error
}

// Page is a run of encoded items.
type Page struct {
	Verb Verb
	// The page accounts for From < Seq <= To: items left out in between need no request.
	// A From of 0 continues where the page before ended.
	From, To int64
	Items    []Encoded
	// Data holds the items' encoded bytes, one after the other.
	Data []byte
}

// Encoded is one item of a page.
type Encoded struct {
	Seq                    int64
	EffectiveAt, ExpiresAt int64 // Unix seconds; 0 is none
	// Len is the length of the item's bytes in Data; they follow those of the item before.
	Len int
}

// AudienceInfo is an audience in the destination's account.
type AudienceInfo struct {
	ID          string    `json:"id"`
	Name        string    `json:"name"`
	Description string    `json:"description,omitempty"`
	Size        *int64    `json:"size"`
	Targetable  bool      `json:"targetable"`
	Reasons     []string  `json:"reasons_not_targetable,omitempty"`
	CreatedAt   time.Time `json:"created_at,omitzero"`
	Deleted     bool      `json:"deleted,omitempty"`
}

// Audiences is the optional ability to manage the account's audiences.
type Audiences interface {
	ListAudiences(ctx context.Context) ([]AudienceInfo, error)
	// ReadAudience fails with a clear error when the audience does not exist or was deleted.
	ReadAudience(ctx context.Context, id string) (AudienceInfo, error)
	CreateAudience(ctx context.Context, name, description string) (AudienceInfo, error)
	RenameAudience(ctx context.Context, id, name string) (AudienceInfo, error)
	DeleteAudience(ctx context.Context, id string) error
}

// Kind is one kind of destination, as configuration names it.
type Kind struct {
	Type    string
	Options []eddy.Option
	// Place gives what options mean as a place: those of eddy.PlacePart by name, alike where
	// they lead to the same place as the same account. nil compares them as texts.
	Place func(options map[string]string) (map[string]string, error)
	// Fields are what can be mapped, the same for every account.
	Fields []Field
	// Hashed gives a preparer of values that are hashed when they arrive, for accounts of any
	// settings: with every form that one may send.
	Hashed func(eddy.Upload) (Preparer, error)
	Open   func(eddy.Destination) (Destination, error)
}

// Checker is the optional ability to test an account step by step.
type Checker interface {
	// Check yields one step after the other: its name, what was found, and an error.
	Check(ctx context.Context) []CheckStep
}

// Clocked is the optional ability to compare clocks, where a destination refuses requests
// whose time is wrong.
type Clocked interface {
	// Clock is a step of a test: whether this machine's clock agrees with the destination's,
	// as its newest answer told the time. Nothing is known where none did.
	Clock() (step CheckStep, known bool)
}

// Accounts is the optional ability to name the accounts that the credentials see. A
// destination may allow it seldom: it is for a person who waits, and who can do without.
type Accounts interface {
	ListAccounts(ctx context.Context) ([]string, error)
}

// Adviser is the optional ability to say how to mend what kept a record from delivery.
type Adviser interface {
	// Advise takes a reason that the destination gave, with or without more around it;
	// empty when there is nothing to say.
	Advise(reason string) Advice
}

// Advice is what a destination says of one of its reasons.
type Advice struct {
	// About says whom it is about.
	About eddy.About
	// Mend says what to do about it.
	Mend string
}

// CheckStep is one step of a test.
type CheckStep struct {
	Name   string
	Detail string
	// Warning says that Detail is what a person should look at, although nothing failed.
	Warning bool
	Err     error
}
