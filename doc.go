// Package eddy carries customers from a warehouse back to where they are used: it keeps
// an X (Twitter) Ads custom audience an exact mirror of a table or query.
//
// This package is the vocabulary that all others are written in. It imports none of
// them.
//
// # The words
//
// A connection joins a model (a table or SELECT of a source, which is a warehouse) to an
// audience of a destination, which is an account. Its identifier is the column that
// names a record; its mapping fills destination fields from columns. An identity is one
// (field, normalised and hashed value) pair: what X matches people by. A sync run executes
// a connection once; each of its changes ends in one outcome.
//
// A ledger is what Eddy remembers of an audience: tables that runs write once. It lives in
// an engine, which is the warehouse itself or the embedded DuckDB. A version is what a
// record looked like when it was, or would be, sent. Held is every version that the
// audience holds, or may hold, because of the connection; it is read from the ledger. What
// was sent without an answer is in doubt. A run is sealed when its changes are complete and
// requests may go out, and settled when its outcomes are on record.
//
// # The flow
//
//	model --stage--> picture --compare--> changes --prepare--> identities --batch--> requests --deliver--> outcomes --settle--> held, sync log
//	|____________ in the warehouse, as SQL __________|   |________ in Eddy, streaming, constant memory ________|   |__ in the warehouse __|
//
// The engine that holds the data does the set work. Stage reads the model at one moment
// into a scratch table. Compare joins it with held and makes the changes: the versions of
// those records of which something is due. Who shares an identity with somebody who leaves
// is added, the guard looks at what would leave, and the changes are sealed. Only they are
// streamed through Eddy, which normalises and hashes them, packs them into requests and
// takes down whatever was not a clean yes. Settle counts and logs what became of them.
// Nothing is updated in place: a run that died is read as what it is.
//
// Package ledger is the set work and what it means, package sync is the flow, packages
// warehouse and destination are the contracts on either side, and package connectors is
// the list of what implements them.
//
// # The promises
//
// Code and tests cite them by number at the line that upholds them.
//
//  1. Exact, as far as identities tell. After a run that succeeded, the audience holds
//     exactly the identities of the model's valid rows at the moment they were staged,
//     whatever was changed before: values, rows, mapping, identifier or mode. In upsert it
//     also holds what records without a row wanted last; a changed row is carried through.
//  2. Nobody is lost to a neighbour. An identity that two records share stays as long as
//     one of them does. Removals go before additions, no identity is in an Update and a
//     Delete of one request, and a record that shares an identity with a removed version is
//     asserted again; of more than a thousand that share it, a thousand are.
//  3. A broken read never deletes. A model that fails, is cut off or times out changes
//     nothing in the audience.
//  4. A runaway change stops. A run that would empty the audience, or make more of its
//     identities or people leave than the guard allows, whatever the operation, stops before
//     its first request until a person approves. An approval covers what was shown.
//  5. One change, one outcome. Every change ends in exactly one, and the counts add up.
//  6. A bad record hurts itself alone. X takes a request as a whole or not at all; the
//     records at fault are found, and all others are delivered.
//  7. Doubt is remembered. What was sent without an answer may have been applied, and
//     counts as possibly held until a later answer settles it. Only a clean yes is one.
//  8. Any crash is safe. Whatever dies at whatever moment, the next run makes the mirror
//     exact. Running twice is harmless, and two runs of one connection never overlap.
//  9. Members do not lapse. Unchanged records are sent again before X would drop them.
//  10. No raw personal data outside the warehouse: not in Eddy's own files, logs, errors,
//     metrics or requests. Only partner_user_id is sent as it is.
//  11. Nobody becomes a stranger. A value that cannot be read with certainty is refused
//     with a reason, never completed by a guess.
//
// ARCHITECTURE.md says where each promise is upheld, and why the house is built as it is.
package eddy
