// Package xaudience is the X Audience destination: it mirrors records into custom
// audiences of an X (Twitter) Ads account.
//
// The way of a record through the package:
//
//	texts --Prepare--> identities --Encode--> user object --Add--> request --Users--> outcomes
//
// Prepare normalises by X's rules and hashes (prepare.go and a file for each kind of
// value), so that nothing un-hashed but partner_user_id goes further (promise 10).
// Encode writes the user object of X's request body (encode.go). Add packs users into
// requests within X's limits (pack.go), and a delivery sends those in parallel and
// learns what became of each record (deliver.go, settle.go, bisect.go).
//
// The facts about X come from its Ads API documentation, version 12, "Custom Audiences"
// and "Custom Audiences User Data"; where X is silent the comment says what we do.
package xaudience
