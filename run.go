package eddy

import (
	"slices"
	"time"
)

// Status is how a run stands or ended.
type Status string

// The statuses of a run.
const (
	Running             Status = "running"
	Succeeded           Status = "succeeded"
	CompletedWithErrors Status = "completed_with_errors"
	NeedsApproval       Status = "needs_approval"
	StatusFailed        Status = "failed"
	Cancelled           Status = "cancelled"
)

// ExitCode is the process exit code that reports the status.
func (s Status) ExitCode() int {
	switch s {
	case Succeeded:
		return 0
	case CompletedWithErrors:
		return 3
	case NeedsApproval:
		return 4
	case Cancelled:
		return 130
	default:
		return 1
	}
}

// Counts are the figures of a run. Rows counts the model's rows; the operations
// count records; Delivered + Rejected + Failed is the sum of Insert, Update,
// Delete, Renew and Reassert (promise 5).
type Counts struct {
	Rows    int64 `json:"rows"`
	Invalid int64 `json:"invalid"`
	LeftOut

	Insert    int64 `json:"insert"`
	Update    int64 `json:"update"`
	Delete    int64 `json:"delete"`
	Renew     int64 `json:"renew"`
	Reassert  int64 `json:"reassert"`
	Unchanged int64 `json:"unchanged"`
	Delivered int64 `json:"delivered"`
	Rejected  int64 `json:"rejected"`
	Failed    int64 `json:"failed"`
	Requests  int64 `json:"requests"`
	Bytes     int64 `json:"bytes"`
}

// LeftOut are the figures of those who are to be in no audience although the model has them.
type LeftOut struct {
	// HeldOut are records of the model that a holdout keeps out of the audience.
	HeldOut int64 `json:"held_out,omitempty"`
	// Suppressed are records of the model that a list keeps out of every audience.
	Suppressed int64 `json:"suppressed,omitempty"`
	// OptedOut are records that left, wholly or in part, because a list has them; of a plan, that
	// would. The guard does not hold them: they leave also by a run that it holds.
	OptedOut int64 `json:"opted_out,omitempty"`
	// Unremoved are records that the run was to take out because a list has them, and that may be in
	// the audience after it: X refused the removal, or did not answer. The next run tries again.
	Unremoved int64 `json:"unremoved,omitempty"`
}

// Operations is the number of changes: what the run had to deliver.
func (c Counts) Operations() int64 {
	return c.Insert + c.Update + c.Delete + c.Renew + c.Reassert
}

// About says what a reason is about.
type About string

// What reasons are about.
const (
	// AboutRun: the whole run stopped.
	AboutRun About = "run"
	// AboutRow: the row could not be used as a whole.
	AboutRow About = "row"
	// AboutValue: one value was dropped, and its row went on.
	AboutValue About = "value"
	// AboutRefused: the destination refused the record.
	AboutRefused About = "refused"
	// AboutUnsent: the record was not delivered; the next run tries again.
	AboutUnsent About = "unsent"
)

// RunError is one reason that kept records or the whole run from delivery.
type RunError struct {
	Reason string `json:"reason"`
	Count  int64  `json:"count"`
	// SampleIDs holds a few record ids; empty when the reason concerns the whole run.
	SampleIDs []string `json:"sample_ids"`
	// Mend says what to do about it; empty where nothing is known.
	Mend string `json:"mend,omitempty"`
	// About says whom it is about; runs of older versions do not.
	About About `json:"about,omitempty" enum:"run,row,value,refused,unsent"`
	// Edit is the code of what is to be changed where the run stopped because of it: the source,
	// the destination, or the configuration of the connection itself.
	Edit Code `json:"edit,omitempty" enum:"source,destination,config"`
	// Removal is what the run would have removed, where the guard held it.
	Removal *Removal `json:"removal,omitempty"`
}

// Warning is something that a person should know of a run, although it kept nothing from
// delivery.
type Warning struct {
	Reason string `json:"reason"`
	// Count is how many records, or rows, it concerns.
	Count int64 `json:"count"`
	// Mend says what to do about it; empty where nothing is known.
	Mend string `json:"mend,omitempty"`
}

// CarriedOut says that the run took out whoever the lists of people who opted out have: also one that
// the guard held did. Of several audiences each must have been come to: one that waits for something
// else took out nobody.
func (r Run) CarriedOut() bool {
	missed := slices.ContainsFunc(r.Parts, func(p PartRun) bool { return !p.Status.reached(p.Removal != nil) })
	return r.Status.reached(r.guarded()) && !missed && r.Counts.Unremoved == 0
}

// reached says that a run with this status came to take out who is on a list.
func (s Status) reached(guarded bool) bool {
	return s == Succeeded || s == CompletedWithErrors || s == NeedsApproval && guarded
}

// guarded says that the guard held the run.
func (r Run) guarded() bool {
	return slices.ContainsFunc(r.Errors, func(e RunError) bool { return e.Removal != nil })
}

// Removal is what a run takes out of an audience, as the guard counts it (promise 4): the
// identities that leave, whatever the operation, and the people none of whose identities
// stays. Held is what there was.
type Removal struct {
	Identities     int64 `json:"identities"`
	HeldIdentities int64 `json:"held_identities"`
	People         int64 `json:"people"`
	HeldPeople     int64 `json:"held_people"`
	// Empties says that nobody would be left in the audience.
	Empties bool `json:"empties"`
}

// Share is the larger of the two shares, from 0 to 1.
func (r Removal) Share() float64 {
	return max(share(r.Identities, r.HeldIdentities), share(r.People, r.HeldPeople))
}

func share(some, all int64) float64 { return float64(some) / float64(max(all, some, 1)) }

// String is the removal as people read it.
func (r Removal) String() string {
	return Thousands(r.Identities) + " of " + Plural(r.HeldIdentities, "identity", "identities") +
		" and " + Thousands(r.People) + " of " + Plural(r.HeldPeople, "person", "people")
}

// Statement is one statement that a run had the warehouse carry out.
type Statement struct {
	// Step says what for, such as compare.
	Step    string  `json:"step"`
	Rows    int64   `json:"rows"`
	Seconds float64 `json:"seconds"`
}

// Usage is what a run has used of its warehouse, as far as that tells: a server that tells nothing
// of bytes or of time leaves them 0.
type Usage struct {
	// Statements is how many it was sent.
	Statements int64 `json:"statements"`
	// BytesScanned is what they read, or what is paid for where that differs.
	BytesScanned int64 `json:"bytes_scanned,omitempty"`
	// Seconds is how long the warehouse says that it worked on them.
	Seconds float64 `json:"seconds,omitempty"`
}

// Run is one execution of a connection, as commands and the API report it.
type Run struct {
	RunID      string     `json:"run_id"`
	Connection string     `json:"connection"`
	Status     Status     `json:"status"`
	Trigger    string     `json:"trigger"`
	StartedAt  time.Time  `json:"started_at"`
	FinishedAt *time.Time `json:"finished_at"`
	AudienceID string     `json:"audience_id"`
	Counts     Counts     `json:"counts"`
	Errors     []RunError `json:"errors"`
	Warnings   []Warning  `json:"warnings"`
	// Usage is nil where no statement was counted: the warehouse is a file.
	Usage *Usage `json:"usage,omitempty"`
	// Parts are the audiences of a connection that keeps one for each value of a column, by value.
	Parts []PartRun `json:"parts,omitempty"`
}
