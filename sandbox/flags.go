package sandbox

import "flag"

// AddFlags gives a command the sandbox's settings as flags, with the values that c has as
// their defaults. Only fields that make sense on a command line are among them.
func (c *Config) AddFlags(fs *flag.FlagSet) {
	c.addIdentityFlags(fs)
	c.addPolicyFlags(fs)
	c.addLimitFlags(fs)
}

func (c *Config) addIdentityFlags(fs *flag.FlagSet) {
	fs.StringVar(&c.Account, "account", c.Account, "id of the ads account")
	fs.StringVar(&c.AccountName, "account-name", c.AccountName, "name of the ads account")
	fs.StringVar(&c.ConsumerKey, "consumer-key", c.ConsumerKey, "consumer key that requests are signed with")
	fs.StringVar(&c.ConsumerSecret, "consumer-secret", c.ConsumerSecret, "its secret")
	fs.StringVar(&c.AccessToken, "access-token", c.AccessToken, "access token that requests are signed with")
	fs.StringVar(&c.AccessTokenSecret, "access-token-secret", c.AccessTokenSecret, "its secret")
	fs.StringVar(&c.Scheme, "scheme", c.Scheme, "scheme that clients sign, behind a proxy")
	fs.DurationVar(&c.ClockWindow, "clock-window", c.ClockWindow, "how far a request's timestamp may be off")
	fs.BoolVar(&c.GatewayErrors, "gateway-errors", c.GatewayErrors, "answer bad credentials with numeric codes")
}

func (c *Config) addPolicyFlags(fs *flag.FlagSet) {
	fs.StringVar((*string)(&c.Digests), "digests", string(c.Digests), "values that are no SHA-256 digest: lax (they match nobody) or strict (refused)")
	fs.BoolVar(&c.UpperHex, "upper-hex", c.UpperHex, "let upper-case digests match")
	fs.StringVar((*string)(&c.UnknownKeys), "unknown-keys", string(c.UnknownKeys), "keys that X does not document: log, ignore or reject")
	fs.BoolVar(&c.Fractions, "fractions", c.Fractions, "accept fractional seconds")
	fs.BoolVar(&c.RefusePast, "refuse-past", c.RefusePast, "refuse an expires_at that has passed")
	fs.BoolVar(&c.FutureCountsNow, "future-counts-now", c.FutureCountsNow, "count members before their effective_at")
	fs.BoolVar(&c.EchoValues, "echo-values", c.EchoValues, "put offending values into errors")
	fs.BoolVar(&c.EmptyErrors, "empty-errors", c.EmptyErrors, "add an empty errors list to operation_errors")
	fs.BoolVar(&c.NamesCaseSensitive, "names-case-sensitive", c.NamesCaseSensitive, "tell audience names apart by case")
	fs.StringVar(&c.DuplicateNameCode, "duplicate-name-code", c.DuplicateNameCode, "error code for a taken name")
	fs.StringVar(&c.AudienceNotFoundCode, "audience-not-found-code", c.AudienceNotFoundCode, "error code for an unknown audience")
	fs.StringVar(&c.AccountNotFoundCode, "account-not-found-code", c.AccountNotFoundCode, "error code for an unknown account")
	fs.IntVar(&c.OversizeStatus, "oversize-status", c.OversizeStatus, "status for a body over the limit: 400 or 413")
	fs.IntVar(&c.UsersStatus, "users-status", c.UsersStatus, "status for users calls that worked: 200 or 201")
}

func (c *Config) addLimitFlags(fs *flag.FlagSet) {
	fs.BoolVar(&c.Limits.Off, "no-rate-limits", c.Limits.Off, "let every call pass")
	fs.IntVar(&c.Limits.Users.Calls, "users-limit", c.Limits.Users.Calls, "users calls in a minute")
	fs.IntVar(&c.Limits.Writes.Calls, "writes-limit", c.Limits.Writes.Calls, "other writes in a minute")
	fs.IntVar(&c.Limits.Reads.Calls, "reads-limit", c.Limits.Reads.Calls, "reads of an endpoint and account in 15 minutes")
	fs.IntVar(&c.Limits.GlobalReads.Calls, "global-reads-limit", c.Limits.GlobalReads.Calls, "account lists in 15 minutes")
	fs.BoolVar(&c.WritesCountUsers, "writes-count-users", c.WritesCountUsers, "make users calls use up the write limit too")
	fs.DurationVar(&c.ProcessingDelay, "processing-delay", c.ProcessingDelay, "how long until a change shows in audience_size")
	fs.BoolVar(&c.CountOnly, "count-only", c.CountOnly, "count users and store nothing, for load tests")
	fs.IntVar(&c.RequestLog, "request-log", c.RequestLog, "how many requests to remember; -1 is none")
	fs.BoolVar(&c.LogIdentities, "log-identities", c.LogIdentities, "keep digests and partner ids in the request log")
}
