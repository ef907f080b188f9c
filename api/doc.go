// Package api is how people and programs talk to a server: REST under /api/v1, described
// by an OpenAPI 3.1 document that is made from the handlers, and the sync endpoints of
// RudderStack's public API under /v2. [New] makes the handler, [Client] calls it.
//
// # Rules
//
//   - Who may do what is one table, in access.go. An endpoint that is not in it is refused.
//   - Names of sources, destinations, connections and suppression lists are their ids. What they are made of
//     has the shape of the configuration file, and its rules.
//   - Trouble is told as problem details (RFC 9457): what, where, and how to mend it.
//   - Objects carry versions as ETags. To change one, If-Match names the version that was
//     seen: 428 without it, 412 when somebody else was faster.
//   - Lists come in pages: next_cursor of one is the cursor of the next.
//   - Secrets can be written and never read: [catalog.Mask] stands where one is set.
//   - Values of records are masked unless the caller may see raw values (promise 10).
package api
