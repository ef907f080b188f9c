package sandbox

import (
	"net/http"
	"time"
)

// Config says who may call the sandbox and how it behaves. The zero value of each
// field means the default, which [Default] spells out.
type Config struct {
	// Account and AccountName are the first account; AddAccount adds more.
	Account, AccountName string
	// The four OAuth 1.0a values that requests must be signed with.
	ConsumerKey, ConsumerSecret, AccessToken, AccessTokenSecret string
	// Scheme that clients signed, for a sandbox behind a proxy; empty takes https
	// from TLS connections and http from others.
	Scheme string
	// Now is the clock for everything; nil is time.Now.
	Now func() time.Time

	// ClockWindow is how far a request's timestamp may be off (X: unknown).
	ClockWindow time.Duration
	// GatewayErrors answers bad credentials as X's gateway does, with numeric codes
	// and status 400 when there are none. Both envelopes exist at X.
	GatewayErrors bool
	// AccountNotFoundCode is the code beside status 403 for an unknown account.
	AccountNotFoundCode string
	// AudienceNotFoundCode is the code beside status 404 for an unknown audience (X:
	// three candidates).
	AudienceNotFoundCode string
	// DuplicateNameCode is the code for a name that is taken (X: unknown).
	DuplicateNameCode string
	// NamesCaseSensitive lets "VIP" and "vip" live side by side (X: unknown).
	NamesCaseSensitive bool
	// MaxName is the longest audience name in characters (X: unknown).
	MaxName int

	// Digests says what happens to a hashed field's value that is no SHA-256 digest.
	Digests DigestPolicy
	// UpperHex takes upper-case digests for their lower-case twins (X: unknown; its
	// documents demand lower case).
	UpperHex bool
	// UnknownKeys says what happens to keys of a users body that X does not document.
	UnknownKeys KeyPolicy
	// Fractions accepts fractional seconds in times (X: unknown).
	Fractions bool
	// RefusePast refuses an expires_at that has already passed. X's own sample has one.
	RefusePast bool
	// FutureCountsNow ignores an effective_at in the future: members count at once.
	FutureCountsNow bool
	// EchoValues puts the offending value into errors, as some X messages do. A client
	// must not carry it into its logs.
	EchoValues bool
	// EmptyErrors adds "errors":[] where only operations failed (X: unknown).
	EmptyErrors bool

	// MaxOperations and MaxBytes limit one users request.
	MaxOperations, MaxBytes int
	// OversizeStatus answers a larger body: 400 or 413 (X: unknown).
	OversizeStatus int
	// UsersStatus answers a users call that worked: 200 or 201 (X: unknown).
	UsersStatus int
	// DefaultMonths is how long a member stays without expires_at.
	DefaultMonths int
	// Limits are the rate limits.
	Limits Limits
	// WritesCountUsers makes users calls use up the write bucket too (X: unknown).
	WritesCountUsers bool

	// ProcessingDelay is how long a change takes to show in audience_size: 6 to 8 hours
	// at X, at once here.
	ProcessingDelay time.Duration
	// MinSize is the smallest audience that can be targeted.
	MinSize int

	// CountOnly counts operations and users of a users call and stores nothing, for
	// load tests in which the sandbox must not be the slow part. Bodies are not checked.
	CountOnly bool
	// Person resolves an identity such as "email:4798…" to a person, "" for nobody.
	// With it audiences hold people, see [Server.Persons].
	Person func(identity string) string
	// RequestLog is how many requests [Server.Requests] remembers; -1 is none.
	RequestLog int
	// LogIdentities keeps the identities of each users call in the request log: digests
	// and partner ids, never values that should have been digests.
	LogIdentities bool
}

// DigestPolicy says what happens to a hashed field's value that is no SHA-256 digest.
type DigestPolicy string

// X documents no check and never reported one: Lax, the default, is what is known.
const (
	// DigestsLax accepts the value; it never matches anybody, so it is no member.
	DigestsLax DigestPolicy = "lax"
	// DigestsStrict refuses the request.
	DigestsStrict DigestPolicy = "strict"
)

// KeyPolicy says what happens to keys that X does not document.
type KeyPolicy string

// X is believed to ignore unknown keys; the default also notes them in the request log.
const (
	// KeysLog ignores unknown keys and names them in the request log.
	KeysLog KeyPolicy = "log"
	// KeysIgnore ignores unknown keys.
	KeysIgnore KeyPolicy = "ignore"
	// KeysReject refuses the request.
	KeysReject KeyPolicy = "reject"
)

// Default is the sandbox as `eddy sandbox` starts it without flags. Its account and
// credentials are a promise to users.
func Default() Config {
	return Config{
		Account: "18ce54d4x5t", AccountName: "Sandbox",
		ConsumerKey: "ck", ConsumerSecret: "cs", AccessToken: "at", AccessTokenSecret: "ats",
		Now:                  time.Now,
		ClockWindow:          5 * time.Minute,
		AccountNotFoundCode:  codeNotFound,
		AudienceNotFoundCode: codeNotFound,
		DuplicateNameCode:    codeInvalidParameter,
		MaxName:              255,
		Digests:              DigestsLax,
		UnknownKeys:          KeysLog,
		MaxOperations:        2500,
		MaxBytes:             5_000_000,
		OversizeStatus:       http.StatusBadRequest,
		UsersStatus:          http.StatusOK,
		DefaultMonths:        13,
		Limits:               defaultLimits(),
		MinSize:              100,
		RequestLog:           1000,
	}
}

// withDefaults fills what the caller left at zero.
func (c Config) withDefaults() Config {
	d := Default()
	for _, f := range []struct{ have, want *string }{
		{&c.Account, &d.Account},
		{&c.AccountName, &d.AccountName},
		{&c.ConsumerKey, &d.ConsumerKey},
		{&c.ConsumerSecret, &d.ConsumerSecret},
		{&c.AccessToken, &d.AccessToken},
		{&c.AccessTokenSecret, &d.AccessTokenSecret},
		{&c.AccountNotFoundCode, &d.AccountNotFoundCode},
		{&c.AudienceNotFoundCode, &d.AudienceNotFoundCode},
		{&c.DuplicateNameCode, &d.DuplicateNameCode},
		{(*string)(&c.Digests), (*string)(&d.Digests)},
		{(*string)(&c.UnknownKeys), (*string)(&d.UnknownKeys)},
	} {
		fill(f.have, *f.want)
	}
	fill(&c.MaxName, d.MaxName)
	fill(&c.MaxOperations, d.MaxOperations)
	fill(&c.MaxBytes, d.MaxBytes)
	fill(&c.OversizeStatus, d.OversizeStatus)
	fill(&c.UsersStatus, d.UsersStatus)
	fill(&c.DefaultMonths, d.DefaultMonths)
	fill(&c.MinSize, d.MinSize)
	fill(&c.RequestLog, d.RequestLog)
	fill(&c.ClockWindow, d.ClockWindow)
	c.Limits.fill(d.Limits)
	if c.Now == nil {
		c.Now = d.Now
	}
	return c
}

// fill replaces a zero value.
func fill[T comparable](have *T, want T) {
	var zero T
	if *have == zero {
		*have = want
	}
}
