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
// (field, normalised and hashed value) pair: what X matches people by. Held is what the
// audience is believed to hold because of this connection. A sync run executes a
// connection once; each of its changes ends in one outcome.
//
// # The flow
//
//	model --Stage--> snapshot --Compare--> changes --Map--> identities --Batch--> requests --Deliver--> outcomes --Settle--> held, sync log
//	|______________ in the warehouse, as SQL ___________|   |_________ in Eddy, streaming, constant memory ________|   |__ in the warehouse __|
//
// The engine that holds the data does the set work. Stage reads the model at one moment
// into a temporary table. Compare joins it with held and makes the snapshot: every
// record and what is to be done about it. Only what changed is streamed through Eddy,
// which maps, normalises and hashes it and packs it into requests. Settle turns the
// outcomes into held, in one transaction with the sync log and the run's end.
//
// Package sync is that flow, packages warehouse and destination are the contracts on
// either side, and package connectors is the list of what implements them.
//
// # The promises
//
// Code and tests cite them by number at the line that upholds them.
//
//  1. Exact. After a run that succeeded, the audience holds exactly the identities of
//     the model's valid rows at the moment they were staged, whatever was changed
//     before: values, rows, mapping, identifier or mode.
//  2. Nobody is lost to a neighbour. An identity that two records share stays as long as
//     one of them does. Removals go before additions, never in one request, and a record
//     that shares an identity with a removed one is asserted again.
//  3. A broken read never deletes. A model that fails, is cut off or times out changes
//     nothing in the audience.
//  4. A runaway change stops. A run that would empty the audience, or remove more of it
//     than the guard allows, stops before its first request until a person approves.
//  5. One change, one outcome. Every change ends in exactly one, and the counts add up.
//  6. A bad record hurts itself alone. X takes a request as a whole or not at all; the
//     records at fault are found, and all others are delivered.
//  7. Doubt is remembered. What was sent without an answer may have been applied, and
//     counts as possibly held until a later answer settles it.
//  8. Any crash is safe. Whatever dies at whatever moment, the next run makes the mirror
//     exact. Running twice is harmless, and two runs of one connection never overlap.
//  9. Members do not lapse. Unchanged records are sent again before X would drop them.
//  10. No raw personal data outside the warehouse: not in Eddy's own files, logs, errors,
//     metrics or requests. Only partner_user_id is sent as it is.
//
// ARCHITECTURE.md says where each promise is upheld, and why the house is built as it is.
package eddy
