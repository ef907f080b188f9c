package ledger

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/eddy-retl/eddy"
)

// Changes are what a run is to do. Until they are sealed they can be added to, and count
// as nothing.
type Changes struct {
	part
	l        *Ledger
	staged   *Staged
	compared comparison
	feed     Feed
	// rows is how many there are.
	rows int64
	// reported is what the changes come to if all are delivered, once that is known.
	reported []Line
	// loaded is how many reasserts were loaded.
	loaded int64
	// sealing says that they may be sealed.
	sealing bool
	// making is held while the table of exceptions is made: a run learns of them in more than
	// one place.
	making sync.Mutex
}

// Any says that something is to be done, or of note.
func (c *Changes) Any() bool { return c.rows > 0 }

// MayRemove says that something was held before, so that somebody may leave.
func (c *Changes) MayRemove() bool { return c.compared.Held != nil }

// Dry says that the changes are a look's: nothing of them is kept.
func (c *Changes) Dry() bool { return c.l.dry }

// Audience is the audience whose members were compared.
func (c *Changes) Audience() Feed { return c.feed }

// Feed names the audience that the changes are for, once it is known by its id: one that
// is made anew has no members yet.
func (c *Changes) Feed(f Feed) { c.feed = f }

// Leaving is a version that is to be removed from the audience, and what its record
// wants in its place.
type Leaving struct {
	RecordID string
	// Sure says that the version is in the audience for certain, until Until.
	Sure  bool
	Until string
	// Due says that it must be sent again all the same: it lapses soon, or did (promise 9).
	Due bool
	// Deleted says that nothing takes the version's place.
	Deleted bool
	Old     Values
	New     Values
}

// Values are a record's texts and the number of the settings they are prepared with.
type Values struct {
	Settings int
	Texts    []string
}

func (v *Values) read(row [][]byte) {
	v.Settings = int(number(row[0]))
	for i := range v.Texts {
		v.Texts[i] = string(row[1+i])
	}
}

// EachLeaving streams the versions that are to be removed, but those that exceptions say
// need no removal. They are valid during the call, and exceptions can be put on record
// meanwhile.
func (c *Changes) EachLeaving(ctx context.Context, each func(*Leaving) error) error {
	n := len(c.l.fields)
	v := Leaving{Old: Values{Texts: make([]string, n)}, New: Values{Texts: make([]string, n)}}
	return c.l.query(ctx, "read what leaves", c.l.render("leaving", c.part), func(row [][]byte) error {
		v.RecordID, v.Sure, v.Until = string(row[0]), string(row[1]) == "held", string(row[2])
		v.Due = v.Until < c.compared.RenewBefore || v.Until > c.compared.Beyond
		v.Deleted = row[4+n] == nil
		v.Old.read(row[3 : 4+n])
		v.New.read(row[5+n : 6+2*n])
		return each(&v)
	})
}

// EachWanted streams the versions that the run asserts. They are valid during the call.
func (c *Changes) EachWanted(ctx context.Context, each func(record string, v Values) error) error {
	v := Values{Texts: make([]string, len(c.l.fields))}
	return c.l.query(ctx, "read what is wanted", c.l.render("wanted", c.part), func(row [][]byte) error {
		v.read(row[1:])
		return each(string(row[0]), v)
	})
}

// neighbours is what the template of the search reads.
type neighbours struct {
	part
	Held       *chain
	Identities []losing
	Stage      string
	Moment     moment
	// Only leaves out records with a version that is leaving.
	Only bool
}

// Losing is an identity field that loses values: texts, and digests of texts that stand in
// the model as such. A digest and the text that it was made of are one identity, which no
// canonical form of texts can see.
type Losing struct {
	Field            int
	Texts, AsDigests bool
}

// losing is a field of the search.
type losing struct {
	column
	Losing
}

// digestLength is the length of a SHA-256 digest in hexadecimal digits.
const digestLength = 64

// loadRows is how many reasserts are loaded at once.
const loadRows = 50_000

// Share finds the records with nothing due that may be in and share an identity with a version
// that is removed, and has them asserted again (promise 2). SQL finds candidates by the
// canonical forms of the fields that lose an identity; shares decides.
func (c *Changes) Share(ctx context.Context, fields []Losing, shares func(Values) bool) error {
	l := c.l
	held := l.heldBy(c.feed, "")
	if held == nil || len(fields) == 0 {
		return nil
	}
	q := neighbours{part: c.part, Held: held, Moment: c.compared.moment, Only: c.compared.Only}
	if c.compared.Kept || c.compared.Only { // else each record that stays has a row
		q.Stage = c.staged.Stage
	}
	for _, f := range fields {
		q.Identities = append(q.Identities, losing{l.columns()[f.Field], f})
	}
	n := len(l.fields)
	v := Values{Texts: make([]string, n)}
	var rows [][]any
	err := l.query(ctx, "find who shares", l.render("neighbours", q), func(row [][]byte) error {
		// One that has lapsed is out, and its end, sent again, would take others along.
		if string(row[4+n]) <= c.compared.moment.now {
			return nil
		}
		v.read(row[1:])
		if !shares(v) {
			return nil
		}
		rows = append(rows, c.reassert(row, v))
		if len(rows) < loadRows || l.dry {
			return nil
		}
		err := c.load(ctx, rows)
		rows = rows[:0]
		return err
	})
	if err != nil {
		return fmt.Errorf("find shared identities: %w", err)
	}
	if err := c.load(ctx, rows); err != nil || c.loaded == 0 {
		return err
	}
	return l.counted(ctx, c.Changes, c.rows)
}

// reassert is a row of changes that sends a version again that stays.
func (c *Changes) reassert(row [][]byte, v Values) []any {
	n := len(v.Texts)
	rest := row[2+n:]
	out := []any{number(rest[0]), string(row[0]), string(eddy.Reassert), "=", "held", string(rest[5])}
	for _, text := range v.Texts {
		out = append(out, null(text))
	}
	return append(out, int64(v.Settings), null(string(rest[1])), string(rest[3]), string(rest[2]), int64(0), nil, number(rest[4]))
}

func (c *Changes) load(ctx context.Context, rows [][]any) error {
	if len(rows) == 0 {
		return nil
	}
	c.reported = nil
	c.rows += int64(len(rows))
	c.loaded += int64(len(rows))
	return c.l.load(ctx, "reassert", c.Changes, c.l.changeColumns(), rows)
}

// Status says what is known of a record beside its change.
type Status string

// The statuses of exceptions. The first three are known before the first request.
const (
	// Same: the destination has been told exactly this; it needs no request.
	Same Status = "same"
	// Spared: everything of the old version is in the new one; no removal is needed.
	Spared Status = "spared"
	// Invalid: the wanted version cannot be sent.
	Invalid Status = "invalid"
	// Rejected: the destination refused the wanted version on its own, and no attempt of
	// it was lost.
	Rejected Status = "rejected"
	// Unsent: the wanted version was not sent, or surely not applied.
	Unsent Status = "unsent"
	// Refused: the destination refused to remove the old version.
	Refused Status = "refused"
	// Unremoved: the removal was not sent, or surely not applied.
	Unremoved Status = "unremoved"
	// Failed: anything else that is not a clean yes. It may have been applied, or may be
	// yet (promise 7).
	Failed Status = "failed"
)

// Exception is a record whose change is not, or was not, a clean yes.
type Exception struct {
	RecordID string
	Status   Status
	// Reason says why, without any of the record's values.
	Reason string
	// Until is until when the audience keeps the version: of Same.
	Until string
}

// Except puts exceptions on record. The table is made with the first of them.
func (c *Changes) Except(ctx context.Context, list []Exception) error {
	if len(list) == 0 {
		return nil
	}
	if err := c.makeExceptions(ctx); err != nil {
		return err
	}
	rows := make([][]any, len(list))
	for i, x := range list {
		rows[i] = []any{x.RecordID, string(x.Status), null(x.Reason), null(x.Until)}
	}
	return c.l.load(ctx, "exceptions", c.Exceptions, []string{"record_id", "status", "reason", "until"}, rows)
}

func (c *Changes) makeExceptions(ctx context.Context) error {
	c.making.Lock()
	defer c.making.Unlock()
	if c.Exceptions != "" {
		return nil
	}
	into, t := c.l.making(kindExceptions, c.l.run), c.l.d.Text
	sql := fmt.Sprintf("%s%s (record_id %s, status %[3]s, reason %[3]s, until %[3]s)", c.l.create(), into, t)
	if _, err := c.l.remake(ctx, "exceptions", into, sql); err != nil {
		return err
	}
	c.Exceptions, c.Clean = into, false
	return nil
}

// ReasonUnsettled is the reason of records whose requests were not all answered for.
const ReasonUnsettled = "no answer settled whether it arrived; the next run settles it"

// Line counts the records of a run that had the same fate.
type Line struct {
	// Operation and Status are as the sync log tells them, and beside these: rest, forget;
	// same, nobody (a row that cannot be sent any more, whose old version was removed),
	// resting, forgotten.
	Operation, Status string
	Reason            string
	Count             int64
	SampleIDs         []string
	// Present is how many of them the model has a row of.
	Present int64
}

// Report counts what the run does, or did, by fate.
func (c *Changes) Report(ctx context.Context) (out []Line, err error) {
	if c.rows == 0 {
		return nil, nil
	}
	if c.Clean && c.reported != nil {
		return c.reported, nil // nothing was put on record since, but that all was answered
	}
	err = c.l.query(ctx, "report", c.l.render("report", c.reporting("", 0)), func(row [][]byte) error {
		line := Line{Operation: string(row[0]), Status: string(row[1]), Reason: string(row[2]), Count: number(row[3]), Present: number(row[6])}
		if row[4] != nil {
			line.SampleIDs = slices.Compact([]string{string(row[4]), string(row[5])})
		}
		out = append(out, line)
		return nil
	})
	if err == nil && c.Clean {
		c.reported = out
	}
	return out, err
}

// reporting is what the templates of the report and of the log read.
type reporting struct {
	part
	Connection, Log, Started, Finished, Unsettled string
	Limit                                         int
	// Rare says that some records may want no version, so that they have lines of their own.
	Rare bool
}

func (c *Changes) reporting(finished string, limit int) reporting {
	return reporting{part: c.part, Connection: c.l.connection, Unsettled: ReasonUnsettled, Finished: finished, Limit: limit, Rare: true}
}

// rare says that some records may want no version: all that was reported does else.
func (c *Changes) rare() bool {
	return !c.Clean || c.reported == nil || slices.ContainsFunc(c.reported, func(l Line) bool {
		return l.Status != "delivered" || l.Operation == string(eddy.Delete)
	})
}

// Each is handed a change: the operation, the record and its version.
type Each func(op eddy.Operation, record string, v Values) error

// EachEvent streams the changes that assert a version, as what they do about its record.
func (c *Changes) EachEvent(ctx context.Context, each Each) error {
	return c.eachOf(ctx, "read changes", "events", 0, each)
}

// EachSample streams a few changes of each operation, as people read them.
func (c *Changes) EachSample(ctx context.Context, limit int, each Each) error {
	return c.eachOf(ctx, "sample", "sample", limit, each)
}

func (c *Changes) eachOf(ctx context.Context, step, template string, limit int, each Each) error {
	v := Values{Texts: make([]string, len(c.l.fields))}
	return c.l.query(ctx, step, c.l.render(template, c.reporting("", limit)), func(row [][]byte) error {
		v.read(row[2:])
		return each(eddy.Operation(row[0]), string(row[1]), v)
	})
}

// Seal puts on record that the changes are complete. From here on requests may go out;
// before, none (promise 8).
func (c *Changes) Seal(ctx context.Context) (*Sealed, error) {
	if err := c.l.ours(); err != nil {
		return nil, err
	}
	text, ok := c.l.past.Settings[c.staged.settings]
	detail := sealedDetail{Feed: c.feed, Rows: c.rows}
	if ok {
		detail.Settings = map[int]string{c.staged.settings: text}
	}
	c.sealing = true
	if err := c.l.append(ctx, c.l.run, eventSealed, detail); err != nil {
		// A conflict is no doubt: the event was refused.
		c.sealing = eddy.ErrorCode(err) != eddy.CodeConflict
		return nil, err
	}
	return &Sealed{Changes: c}, nil
}
