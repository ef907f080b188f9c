// Package alert tells people what they must look at: it knows the events, folds those
// that go on into few messages, and sends messages to webhooks, to Slack, Teams and PagerDuty, and by e-mail.
//
// A message names connections, runs, counts and reasons; never a value of a record
// (promise 10), and never a secret. Errors of sending leave out addresses of webhooks,
// because whoever knows one may post to it.
package alert
