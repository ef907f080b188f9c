// Package store keeps what the server must remember: sources, destinations and
// connections, what connections were, runs, people and their access, the audit log, alerts and audience sizes.
// It is one SQLite file in the state folder, or tables in PostgreSQL, with the same rules
// on both; package storetest is the suite that holds them to it.
//
// The store never sees a record of a model, and of an uploaded list of people only digests
// (promise 10). What a sync must know of an audience lies with the connection's state, not
// here: a lost store loses settings, uploads and history, and no mirror.
//
// # Rules
//
// A change, its line in the audit log and the version that it makes of a connection are one
// transaction. Changes of objects are
// serialised, so that what is checked (is it used, is it running, does it exist) still
// holds when the change is made. A connection has at most one run that is queued or
// running, and an index says so, whatever the code thinks.
//
// Whoever runs a run counts its beats up, so that servers need not agree about the time. A run
// whose worker was silent for too long is taken back, and belongs to whoever claims it then.
//
// Secrets are sealed with AES-256-GCM before they reach the database, bound to their
// place in it. Passwords, tokens and session secrets are kept as hashes.
package store
