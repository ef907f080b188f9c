// Package xads is a client for the custom audiences of the X (Twitter) Ads API.
// It stands alone: it imports nothing of the module it lives in.
//
//	client, err := xads.New(credentials, xads.Options{})
//	audience, err := client.CreateAudience(ctx, "18ce54d4x5t", "VIP", "Top customers")
//	reply, err := client.Users(ctx, "18ce54d4x5t", audience.ID, body)
//
// A call signs its request (OAuth 1.0a, HMAC-SHA1), keeps inside X's rate limits,
// waits and tries again where that can help, and reads the answer. What comes back
// is either a value or an [*Error]; every error of a [Client]'s methods is one.
//
// # Limits
//
// X counts requests in fixed windows and reports the count in reply headers. The
// client keeps the same count, in-flight requests included, so that any number of
// goroutines that share one Client stop before X refuses them and go on together
// when the window is over. Until the first reply has told the count, the documented
// limits apply (X Ads API docs, Rate Limiting). Share one Client per set of credentials.
//
// # Failures
//
// 408, 423, 429, 5xx, broken connections and answers that cannot be read are tried
// again: after the time that X names, else after jittered, growing pauses. Other
// refusals are final. [Error.MaybeApplied] tells a clear "no" from silence: when it is
// true, X may have done what was asked although nobody said so, and the caller must
// reckon with both. Sending the same users again is harmless; a create that may have
// been applied is settled by looking the name up with [Client.FindAudiences].
//
// # Privacy
//
// Errors and [Attempt] reports hold no credentials, headers, request bodies or
// people: texts of the server are bounded, stripped of control characters, and lose
// whatever looks like an e-mail address, a digest or a secret. The values that X
// repeats in its refusals are not kept at all.
//
// Facts about X are taken from its documentation (docs.x.com, X Ads API, version 12)
// and cited by page where they are used.
package xads
