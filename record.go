package eddy

import "time"

// Operation is what a run does about one record.
type Operation string

// The operations of a snapshot.
const (
	Insert Operation = "insert"
	Update Operation = "update"
	Delete Operation = "delete"
	// Renew sends an unchanged record again before its membership lapses (promise 9).
	Renew Operation = "renew"
	// Reassert sends an unchanged record again because a removed one shared an identity with it (promise 2).
	Reassert  Operation = "reassert"
	Unchanged Operation = "unchanged"
)

// Action is the verb of a record event.
type Action string

// The actions of a record event.
const (
	ActionInsert Action = "insert"
	ActionUpdate Action = "update"
	ActionDelete Action = "delete"
)

// Record is one row of a model as an event, in the shape that reverse ETL tools share.
type Record struct {
	Type     string         `json:"type"` // always "record"
	Action   Action         `json:"action"`
	Channel  string         `json:"channel,omitempty"` // "sources"
	RecordID string         `json:"recordId,omitempty"`
	Fields   map[string]any `json:"fields"`
	Context  *RecordContext `json:"context,omitempty"`
}

// RecordContext says which connection and run an event belongs to.
type RecordContext struct {
	Sources RecordSources `json:"sources"`
}

// RecordSources names the connection (job) and the run.
type RecordSources struct {
	JobID    string `json:"job_id"`
	JobRunID string `json:"job_run_id"`
	Version  string `json:"version,omitempty"`
}

// Change is one record on its way to the destination.
type Change struct {
	// Seq numbers the changes of a run in the order they are read, from 1.
	Seq       int64
	RecordID  string
	Operation Operation
	// Values holds one text for each destination field, in the destination's order; "" is no value.
	Values []string
}

// Result says what became of one change. Its zero value is invalid, so that a
// forgotten change is noticed (promise 5).
type Result uint8

// The results of a change.
const (
	// Delivered: the destination confirmed it.
	Delivered Result = iota + 1
	// Rejected: the destination refused this record and said so.
	Rejected
	// Failed: it was not applied, for a reason that is not the record's own.
	Failed
	// Doubt: it was sent and no answer settles whether it was applied (promise 7).
	Doubt
	// Invalid: the record cannot be sent, and was not.
	Invalid
	// Expired: the record's own expires_at has passed, so nobody is to be held for it.
	Expired
)

// String names the result as the sync log does.
func (r Result) String() string {
	switch r {
	case Delivered:
		return "delivered"
	case Rejected:
		return "rejected"
	case Failed:
		return "failed"
	case Doubt:
		return "doubt"
	case Invalid:
		return "invalid"
	case Expired:
		return "expired"
	default:
		return "none"
	}
}

// Outcome is what became of one change: exactly one for each (promise 5).
type Outcome struct {
	Seq    int64
	Result Result
	// Reason says why, without any of the record's values; empty when delivered.
	Reason string
}

// LogEntry is one row of the sync log.
type LogEntry struct {
	ConnectionID   string    `json:"connection_id"`
	SyncRunID      string    `json:"sync_run_id"`
	PrimaryKey     string    `json:"primary_key"`
	Operation      string    `json:"operation"`
	Status         string    `json:"status"`
	ErrorReason    string    `json:"error_reason"`
	SyncStartedAt  time.Time `json:"sync_started_at"`
	SyncFinishedAt time.Time `json:"sync_finished_at"`
}
