package ledger

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

// history is what the events of all runs come to, and takes new ones down.
type history struct {
	*tables
	*writer
	past  past
	feeds []Feed
	// anew lets the ledger begin empty although its tables are gone: a person said so.
	anew bool
}

// eventTable stands for a table that is there: no event of a run.
const eventTable = "table"

// read reads the connection's events since its last closed run, which audiences all
// connections feed, and which tables are there.
func (h *history) read(ctx context.Context) error {
	h.past = past{Settings: map[int]string{}}
	if h.schema == "" {
		return nil
	}
	feeds := map[string]Feed{}
	sql := h.render("history", struct{ Runs, Connection, Tables string }{
		h.shared("runs"), h.connection, fmt.Sprintf(h.d.Tables, h.d.Literal(h.schema)),
	})
	err := h.query(ctx, "history", sql, func(row [][]byte) (err error) {
		connection, run, event := string(row[0]), string(row[1]), string(row[3])
		switch {
		case event == eventTable:
			h.found(run)
			return nil
		case event == eventAudience:
			f := Feed{Connection: connection}
			err = json.Unmarshal(row[4], &f)
			feeds[connection] = f
		}
		if err == nil && connection == h.connection {
			h.past.Seq = max(h.past.Seq, number(row[2]))
			err = h.past.apply(run, event, row[4])
		}
		if err != nil {
			return fmt.Errorf("read the event %s of run %s: %w", event, run, err)
		}
		return nil
	})
	if err != nil && h.dry && ctx.Err() == nil {
		return outdated(ctx, h.e) // or nothing ran here yet
	}
	for _, name := range slices.Sorted(maps.Keys(feeds)) {
		h.feeds = append(h.feeds, feeds[name])
	}
	return err
}

// append puts an event on record. It refuses when somebody else appended one meanwhile:
// then the lock was lost, and another run has begun (promise 8).
func (h *history) append(ctx context.Context, run, event string, detail any) error {
	text := detailJSON(detail)
	me, runs, seq := h.d.Literal(h.connection), h.shared("runs"), h.past.Seq+1
	n, err := h.exec(ctx, event, fmt.Sprintf(`INSERT INTO %s (connection_id, run_id, seq, event, happened_at, detail)
SELECT %s, %s, %d, %s, %s, %s
FROM (SELECT 1) one
WHERE NOT EXISTS (SELECT 1 FROM %[1]s WHERE connection_id = %[2]s AND seq >= %[4]d)`,
		runs, me, h.d.Literal(run), seq, h.d.Literal(event), h.d.Now(), h.d.Literal(string(text))))
	if err != nil {
		return fmt.Errorf("put on record that the run is %s: %w", event, err)
	}
	if n == 0 && !h.mine(ctx, run, event, seq) {
		return h.lost(nil)
	}
	h.past.Seq = seq
	return h.past.apply(run, event, text)
}

// mine says that an event which was not put on record now is there all the same: the
// statement was carried out twice, and what it said was said the second time.
func (h *history) mine(ctx context.Context, run, event string, seq int64) (ours bool) {
	sql := fmt.Sprintf("SELECT run_id, event FROM %s WHERE connection_id = %s AND seq >= %d",
		h.shared("runs"), h.d.Literal(h.connection), seq)
	n := 0
	err := h.one(ctx, event, sql, func(row [][]byte) {
		n++
		ours = string(row[0]) == run && string(row[1]) == event
	})
	return err == nil && ours && n == 1
}

// Feeds lists what all connections of this schema feed.
func (h *history) Feeds() []Feed { return h.feeds }

// Feed is what this connection feeds; its AudienceID is empty when that is nothing yet.
func (h *history) Feed() Feed {
	for _, f := range h.feeds {
		if f.Connection == h.connection {
			return f
		}
	}
	return Feed{Connection: h.connection}
}

// SetFeed puts on record which audience the connection feeds, or is about to make.
func (h *history) SetFeed(ctx context.Context, f Feed) error {
	if err := h.append(ctx, h.run, eventAudience, f); err != nil {
		return err
	}
	f.Connection = h.connection
	h.feeds = slices.DeleteFunc(h.feeds, func(x Feed) bool { return x.Connection == f.Connection })
	h.feeds = append(h.feeds, f)
	return nil
}

// LastRun is the connection's newest run in this ledger, empty if there is none; open
// says that it never ended.
func (h *history) LastRun() (run string, open bool) { return h.past.Last, len(h.past.open) > 0 }

// partOf is a sealed run as the templates read it.
func (h *history) partOf(s sealedRun, n int) part {
	p := part{Run: s.Run, N: n, Changes: h.name(kindChanges, s.Run), Answered: s.Answered}
	if s.Exceptions {
		p.Exceptions = h.name(kindExceptions, s.Run)
	}
	p.Clean = p.all() && !s.Exceptions
	return p
}

// heldBy is what the feed holds after a run, or after all of them; nil when that is nothing.
func (h *history) heldBy(feed Feed, upto string) *chain {
	var c *chain
	for i, s := range h.past.Sealed {
		switch {
		case upto != "" && s.Run > upto:
			return c
		case !s.Feed.same(feed):
		case s.Base:
			c = &chain{Base: h.name(kindBase, s.Run)}
		case c == nil:
			c = &chain{First: h.partOf(s, i)}
		default:
			c.Later = append(c.Later, h.partOf(s, i))
		}
	}
	return c
}

// settings is the number of the settings that this run prepares values with; a new one
// is put on record when the run is sealed.
func (h *history) settings(m Model) int {
	text := m.Settings + settingsMark + strings.Join(staging{Model: m}.columnsOfStage(warehouse.Quote), ",")
	next := 1
	for n, s := range h.past.Settings {
		if s == text {
			return n
		}
		next = max(next, n+1)
	}
	h.past.Settings[next] = text
	return next
}

// Settings lists the settings that versions were prepared with, by their number.
func (h *history) Settings() map[int]string {
	out := map[int]string{}
	for n, s := range h.past.Settings {
		out[n], _, _ = strings.Cut(s, settingsMark)
	}
	return out
}

// Columns are those of the model when a run last read it; nil where nobody knows.
func (h *history) Columns() []Column { return h.past.Columns }

// SetColumns has the end of the run put the model's columns on record.
func (h *history) SetColumns(columns []Column) { h.past.Columns = columns }

// Listed are how many values each suppression list had, by its name, when a run last ended well.
func (h *history) Listed() map[string]int64 { return h.past.Listed }

// SetListed takes in how many values the lists have. While no run ends well the larger number
// stays: what one was warned of, the next is.
func (h *history) SetListed(listed map[string]int64, well bool) {
	if !well {
		for name, n := range listed {
			listed[name] = max(n, h.past.Listed[name])
		}
	}
	h.past.Listed = listed
}

// SettingsOf numbers texts of settings as this ledger does, without saying which fields
// are mapped: for versions that come from another place.
func (h *history) SettingsOf(texts map[int]string) (numbers map[int]int, added map[int]string) {
	numbers, added = map[int]int{}, map[int]string{}
	for n, text := range texts {
		text, _, _ = strings.Cut(text, settingsMark)
		text += settingsMark
		next := 1
		for have, s := range h.past.Settings {
			if s == text {
				numbers[n] = have
			}
			next = max(next, have+1)
		}
		if numbers[n] == 0 {
			numbers[n], added[next], h.past.Settings[next] = next, text, text
		}
	}
	return numbers, added
}

// missing says which table of what is held is gone; empty if none is.
func (h *history) missing(held *chain) string {
	if held == nil {
		return ""
	}
	for _, name := range held.tables() {
		if _, ok := h.there[name]; !ok && h.inSchema(name) {
			parts := warehouse.SplitName(name)
			return parts[len(parts)-1]
		}
	}
	return ""
}

// mendLost is what a person can do when nobody knows any more whom the audience holds.
const mendLost = "Restore it from a backup. Without it Eddy cannot remove people who have left the model: " +
	"name a new audience, or run with --approve to begin anew, and those people stay in the audience."

// whole is what the feed holds, nil when that is nothing. Where a table of it is gone, to go
// on without it would leave in the audience whoever left the model, so a person has to say
// so (promise 1); once one did, nothing is held.
func (h *history) whole(ctx context.Context, feed Feed) (*chain, error) {
	held := h.heldBy(feed, "")
	gone := h.missing(held)
	if gone != "" && h.anew {
		held, gone = nil, ""
	}
	if gone == "" {
		return held, nil
	}
	runs := int64(0)
	err := h.one(ctx, "count runs", fmt.Sprintf("SELECT count(DISTINCT run_id) FROM %s WHERE connection_id = %s", h.shared("runs"), h.d.Literal(h.connection)),
		func(row [][]byte) { runs = number(row[0]) })
	if err != nil {
		return nil, err
	}
	return nil, &eddy.Error{
		Code: eddy.CodeApproval,
		What: fmt.Sprintf("connection %s: table %s is gone, which knew whom the audience holds; %s on record", h.connection, gone, eddy.Plural(runs, "run is", "runs are")),
		Mend: mendLost,
	}
}

// unrecorded refuses a connection that has no run on record, and whose tables say that there
// were some: their record is gone, and with it whom the audience holds (promise 1).
func (h *history) unrecorded() error {
	var names []string
	for name, t := range h.there {
		if !t.looked() {
			names = append(names, name)
		}
	}
	if h.past.Seq > 0 || len(names) == 0 || h.anew {
		return nil
	}
	first := warehouse.SplitName(slices.Min(names))
	return &eddy.Error{
		Code: eddy.CodeApproval,
		What: fmt.Sprintf("connection %s: what table runs had of it is gone, and with it whom the audience holds; 0 runs are on record, and %d of their tables are there, such as %s", h.connection, len(names), first[len(first)-1]),
		Mend: mendLost,
	}
}
