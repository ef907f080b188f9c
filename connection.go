package eddy

import (
	"crypto/sha256"
	"iter"
	"slices"
	"strings"
	"time"
)

// SyncMode says what a connection may do to its audience.
type SyncMode string

// The two sync modes.
const (
	// Mirror makes the audience equal to the model: it adds, updates and removes.
	Mirror SyncMode = "mirror"
	// Upsert adds and updates and never removes.
	Upsert SyncMode = "upsert"
)

// Place says where a source's set work runs and where its state lies.
type Place string

// The two places of the state.
const (
	// InWarehouse keeps the state in Eddy's own schema of the source's warehouse.
	InWarehouse Place = "warehouse"
	// Local keeps the state in an embedded DuckDB under the state folder.
	Local Place = "local"
)

// Source is a warehouse that Eddy can query.
type Source struct {
	Name string
	// Type names the warehouse kind, such as "duckdb" or "postgres".
	Type string
	// Schema is Eddy's own schema in the warehouse.
	Schema string
	// State says where the set work runs.
	State Place
	// Relations are those that conditions can name, by name.
	Relations []Relation
	// Options holds the values of the kind's declared options, by option name.
	Options map[string]string
	// Dir is the folder of the configuration file: relative paths start here.
	Dir string
	// Opened are the folders that the operator opened to models; none unless they are named.
	// Files and databases outside of them are not read: the options can only narrow them.
	Opened []string
	// OpenDir says that the source's models read Dir without an option that names it: the file
	// there is the operator's own.
	OpenDir bool
	// Closed are folders and files that no model may read, whatever is opened: Eddy's own.
	Closed []string
	// Uploads is the folder of what was uploaded; empty where nothing can be.
	Uploads string
	// Patience is how long the warehouse itself is to let one statement run, so that none
	// outlives who asked for it; 0 leaves it to the warehouse.
	Patience time.Duration
	// Dialer is how the warehouse is reached; nil reaches public addresses alone.
	Dialer Dialer
	// Served says that a server's people wrote the options: nothing that its process or its
	// machine has, a variable, a password file, an account's name, fills in what they leave out.
	Served bool
}

// Destination is an account to deliver to.
type Destination struct {
	Name string
	// Type names the destination kind, such as "x_audience".
	Type string
	// Options holds the values of the kind's declared options, by option name.
	Options map[string]string
	// Dialer is how the account is reached; nil reaches public addresses alone.
	Dialer Dialer
}

// Model is what is mirrored: exactly one of Table and SQL is set.
type Model struct {
	// Table is a table or view name, possibly qualified: schema.table.
	Table string
	// Where says which rows of the table; nil is all.
	Where *Condition `json:",omitempty"`
	// SQL is one SELECT statement in the warehouse's own language.
	SQL string
}

// Audience says which audience a connection feeds: exactly one field is set.
type Audience struct {
	// ID is an existing audience.
	ID string
	// Create describes an audience that Eddy makes on the first run.
	Create *NewAudience
}

// NewAudience describes an audience to be made.
type NewAudience struct {
	Name        string
	Description string
}

// FieldMapping fills one destination field from a model column or a constant.
type FieldMapping struct {
	Field string
	// Column is the model's column; empty when Constant is set.
	Column string
	// Constant is the same value for every record; nil when Column is set.
	Constant *string
}

// Mapping fills destination fields, in the order of the configuration file.
type Mapping []FieldMapping

// Holdout keeps a stable share of a connection's records out of its audience, so that what the
// audience is worth can be measured. Who is held out depends on salt and record id alone.
type Holdout struct {
	// Percent of the records are held out: above 0 and below 100, with two decimals at most.
	Percent float64
	// Salt draws others when it changes.
	Salt string
}

// Suppression is a list of identities: whoever has one is in no audience.
type Suppression struct {
	Name   string
	Source string
	Model  Model
	// Mapping says which columns have identities of which fields; it has no constants.
	Mapping Mapping
	// Upload is set where the list was uploaded to a server; it then has no source.
	Upload *Upload
}

// Upload says how values that are uploaded are read.
type Upload struct {
	// Region is that of phone numbers without a country code; without one they are refused.
	Region string
}

// Digests are identities that were hashed when they arrived: by the field's name their SHA-256
// digests in order, one behind the other.
type Digests map[string][]byte

// Each gives the digests of a field.
func (d Digests) Each(field string) iter.Seq[[]byte] { return slices.Chunk(d[field], sha256.Size) }

// Len is how many there are.
func (d Digests) Len() (n int) {
	for _, all := range d {
		n += len(all) / sha256.Size
	}
	return n
}

// ScheduleType says how a schedule is written.
type ScheduleType string

// The kinds of schedule. Only a server starts anything by one.
const (
	Manual ScheduleType = "manual"
	Basic  ScheduleType = "basic"
	Cron   ScheduleType = "cron"
	// Following begins when a run of another connection has ended well.
	Following ScheduleType = "after"
	// OnWebhook begins when a webhook of the server tells that some work is done.
	OnWebhook ScheduleType = "webhook"
)

// Schedule says when a connection runs.
type Schedule struct {
	Type ScheduleType
	// Every is the interval of a basic schedule.
	Every time.Duration
	// StartAt is the time of day, "15:04", from which a basic schedule counts.
	StartAt string
	// Expression is the five-field cron expression of a cron schedule.
	Expression string
	// Timezone is the IANA name of the zone that StartAt and Expression are in; empty is UTC.
	Timezone string
	// After are the connections that a schedule of that type waits for: each of their runs that
	// ends well is followed by one.
	After []string
	// Webhook is the one that a schedule of that type waits for.
	Webhook string
}

// Guard limits what one run may remove without a person's approval (promise 4).
type Guard struct {
	// MaxRemovedPercent is the largest share, 0 to 100, of the identities or people held that a
	// run may make leave, whatever the operation.
	MaxRemovedPercent float64
	// AllowEmpty lets a run leave nobody in the audience.
	AllowEmpty bool
	// ApproveSlackPercent is by how much a run that was approved may remove more than what the
	// run that was held showed.
	ApproveSlackPercent float64
}

// Settings are a connection's sync settings.
type Settings struct {
	RetainSyncLogs       bool
	SyncLogRetentionDays int
	SnapshotsToRetain    int
	RetryFailedRecords   bool
	// MaxAttempts is in how many runs a record, or a removal, that the destination refuses is sent before
	// it rests until its row changes.
	MaxAttempts     int
	Guard           Guard
	RenewBeforeDays int
	// MaxShared is in how many of the model's rows one identity may stand; 0 is any number. A
	// run of a model that has one in more is refused.
	MaxShared int
	// MaxBytes is how many bytes a warehouse may read to read the model, as it estimates beforehand;
	// 0 is any number. A run of a model for which it would read more is refused.
	MaxBytes int
}

// DefaultSettings returns the sync settings of a connection that names none.
func DefaultSettings() Settings {
	return Settings{
		RetainSyncLogs:       true,
		SyncLogRetentionDays: 30,
		SnapshotsToRetain:    5,
		RetryFailedRecords:   true,
		MaxAttempts:          5,
		Guard:                Guard{MaxRemovedPercent: 50, ApproveSlackPercent: 10},
		RenewBeforeDays:      30,
	}
}

// Connection joins a model to an audience: what is mirrored, where to, and how.
type Connection struct {
	Name        string
	Source      string
	Model       Model
	Destination string
	Audience    Audience
	// Split is nil where all rows are in one audience.
	Split    *Split
	SyncMode SyncMode
	// Identifier is the model's column that names a record.
	Identifier string
	Mapping    Mapping
	// Holdout is nil where nobody is held out.
	Holdout  *Holdout
	Schedule Schedule
	Settings Settings
}

// OptionKind says what values an option takes.
type OptionKind string

// The kinds of option values.
const (
	TextOption OptionKind = "text"
	BoolOption OptionKind = "bool"
	// ListOption is a list of texts, kept joined by commas.
	ListOption OptionKind = "list"
	// PathOption is a file or folder, relative to the configuration file.
	PathOption OptionKind = "path"
	// NumberOption is a whole number of at least zero.
	NumberOption OptionKind = "number"
	// PortOption is the number of a port, from 1 to 65535.
	PortOption OptionKind = "port"
	// LinesOption is a text of several lines, such as a certificate in PEM.
	LinesOption OptionKind = "lines"
)

// OptionPart says what an option is to the secrets that a server keeps.
type OptionPart string

// The parts of options.
const (
	// PlacePart says where a secret goes, or to whom: changed, secrets are to be entered again.
	// An option that declares no part counts as one.
	PlacePart OptionPart = "place"
	// SecretPart is sealed, and can be written and never read.
	SecretPart OptionPart = "secret"
	// WholePart says several other options at once, secrets among them, as a URL does. A file
	// has it as it is; a server stores what it amounts to, and never the whole.
	WholePart OptionPart = "whole"
	// PlainPart has no part in where a secret goes or to whom, whatever its value.
	PlainPart OptionPart = "plain"
)

// Secret says that the option's value must not be shown.
func (o Option) Secret() bool { return o.Part == SecretPart || o.Part == WholePart }

// Group is the name of the group that an option is in, and its key there; without a group
// its key is its name.
func (o Option) Group() (group, key string) {
	if group, key, ok := strings.Cut(o.Name, "."); ok {
		return group, key
	}
	return "", o.Name
}

// Option declares one setting of a source or destination kind. The configuration
// check, the documentation's tables, forms and the redaction of secrets all read it.
type Option struct {
	// Name is the key. One with a dot, csv.delimiter, is a key of a group: csv: {delimiter}.
	// Options of a group are not required.
	Name     string
	Kind     OptionKind
	Required bool
	// Part is to be declared by every option; a test asks for it.
	Part    OptionPart
	Default string
	// Choices lists the only values allowed; empty allows any.
	Choices []string
	Example string
	Help    string
	// With says which values of another option this one goes with: the check of a configuration
	// refuses it with all others, and a form does not ask for it then.
	With With
	// Unserved says that a server does not take the option, and UnservedChoices the same of some of
	// its choices: they would have it use what its own machine has, a file or an identity.
	Unserved        bool
	UnservedChoices []string
}

// With are values of an option; without a name it is nothing.
type With struct {
	Option string
	Values []string
}

// Served are the options that a server takes of those that a kind declares. One whose default it
// does not take is required there.
func Served(declared []Option) []Option {
	out := make([]Option, 0, len(declared))
	for _, o := range declared {
		if o.Unserved {
			continue
		}
		o.Choices = slices.DeleteFunc(slices.Clone(o.Choices), func(c string) bool { return slices.Contains(o.UnservedChoices, c) })
		if slices.Contains(o.UnservedChoices, o.Default) {
			o.Default, o.Required = "", true
		}
		out = append(out, o)
	}
	return out
}
