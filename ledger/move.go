package ledger

import (
	"context"
	"crypto/rand"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/eddy-retl/eddy"
)

// Bring takes over what another place of the connection's ledger holds, as a base of the
// run that is under way. The rows' settings are numbers of the given texts.
func (l *Ledger) Bring(ctx context.Context, feed Feed, settings map[int]string, rows iter.Seq[Version]) error {
	into := l.making(kindBase, l.run)
	t := l.d.Text
	create := "CREATE TABLE "
	if l.names.dry {
		create = l.d.Scratch()
	}
	sql := fmt.Sprintf("%s%s (settings INTEGER, attempts INTEGER, record_id %s, until %[3]s, state %[3]s, %s, fingerprint %[3]s, reason %[3]s)", create, into, t,
		list(l.columns(), func(c column) string { return c.Column + " " + t }))
	if _, err := l.exec(ctx, "bring", sql); err != nil {
		return err
	}
	n := int64(0)
	columns := []string{"record_id"}
	for _, f := range l.cfg.Fields {
		columns = append(columns, f.Name)
	}
	columns = append(columns, "settings", "fingerprint", "state", "until", "attempts", "reason")
	err := l.e.Load(ctx, into, columns, func(yield func([]any) bool) {
		for v := range rows {
			n++
			row := []any{v.RecordID}
			for _, text := range v.Values {
				row = append(row, null(text))
			}
			// Nothing is known of the row that it came from: it is a version of its own.
			var unknown any
			if l.cfg.Digests {
				unknown = rand.Text()
			}
			if !yield(append(row, int64(v.Settings), unknown, v.State, null(v.Until), int64(0), null(v.Reason))) {
				return
			}
		}
	})
	if err != nil {
		return err
	}
	if err := l.counted(ctx, into, n); err != nil {
		return err
	}
	detail := baseDetail{Rows: n, Brought: true, Feed: feed, Settings: settings}
	if l.names.dry {
		l.names.brought = l.run
		return l.past.apply(l.run, eventBase, detailJSON(detail))
	}
	return l.append(ctx, l.run, eventBase, detail)
}

// load adds rows to a table that no event names yet.
func (l *Ledger) load(ctx context.Context, step, table string, columns []string, rows [][]any) error {
	if err := l.ours(); err != nil {
		return err
	}
	began := time.Now()
	err := l.e.Load(ctx, table, columns, func(yield func([]any) bool) {
		for _, row := range rows {
			if !yield(row) {
				return
			}
		}
	})
	l.watch(step, began, int64(len(rows)))
	return err
}

// counted checks that a table has the rows that were loaded, each once: an engine may
// have carried a load out twice.
func (l *Ledger) counted(ctx context.Context, table string, want int64) error {
	got := int64(0)
	if err := l.one(ctx, "check", "SELECT count(*) FROM "+table, func(row [][]byte) { got = number(row[0]) }); err != nil || got == want {
		return err
	}
	return &eddy.Error{
		Code: eddy.CodeSource, What: fmt.Sprintf("%s has %d rows, and %d were loaded", table, got, want),
		Mend: "The warehouse carried out a statement twice, or in part. Nothing was sent; run again.",
	}
}

// SettingsOf numbers texts of settings as this ledger does, without saying which fields
// are mapped: for versions that come from another place.
func (l *Ledger) SettingsOf(texts map[int]string) (numbers map[int]int, added map[int]string) {
	numbers, added = map[int]int{}, map[int]string{}
	for n, text := range texts {
		text, _, _ = strings.Cut(text, settingsMark)
		text += settingsMark
		next := 1
		for have, s := range l.past.Settings {
			if s == text {
				numbers[n] = have
			}
			next = max(next, have+1)
		}
		if numbers[n] == 0 {
			numbers[n], added[next], l.past.Settings[next] = next, text, text
		}
	}
	return numbers, added
}
