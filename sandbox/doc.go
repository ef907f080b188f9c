// Package sandbox is the custom audiences part of the X Ads API on loopback.
//
// It is for a user's first steps and for every test: OAuth 1.0a is verified, limits
// are enforced, errors look alike, members are kept and expire, and faults come on
// request. A [Server] is an [net/http.Handler]:
//
//	box := sandbox.New(sandbox.Default())
//	http.ListenAndServe("127.0.0.1:8080", box)
//
// Three groups of paths are served:
//
//   - /12/... and /11/... speak the API, signed requests only
//   - /_sandbox/... look behind the scenes: audiences, members, requests, faults
//   - / is a page for people
//
// # What is fact and what is choice
//
// Where X documents its behaviour, or it was seen live, the sandbox follows. Where
// nobody public knows, [Config] has a field, and its comment says so; no client test
// may depend on the value of such a field.
//
// # What a member is
//
// X matches people; the sandbox knows none. So by default membership is for each
// identity, written "field:value": an Update adds every identity that it names, a
// Delete removes every identity that it names. With [Config.Person] identities belong
// to people, and one identity of a Delete removes the whole person, as at X.
package sandbox
