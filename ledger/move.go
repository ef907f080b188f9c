package ledger

import (
	"context"
	"crypto/rand"
	"fmt"
	"iter"
)

// Bring takes over what another place of the connection's ledger holds, as a base of the
// run that is under way. The rows' settings are numbers of the given texts.
func (l *Ledger) Bring(ctx context.Context, feed Feed, settings map[int]string, rows iter.Seq[Version]) error {
	into := l.making(kindBase, l.run)
	sql := fmt.Sprintf("%s%s (settings INTEGER, attempts INTEGER, record_id %s, until %[3]s, state %[3]s, %s, fingerprint %[3]s, reason %[3]s)", l.create(), into, l.d.Text,
		list(l.columns(), func(c column) string { return c.Column + " " + l.d.Text }))
	if _, err := l.exec(ctx, "bring", sql); err != nil {
		return err
	}
	n := int64(0)
	columns := []string{"record_id"}
	for _, f := range l.fields {
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
			if l.form.apart {
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
	if l.dry {
		l.brought = l.run
		return l.past.apply(l.run, eventBase, detailJSON(detail))
	}
	return l.append(ctx, l.run, eventBase, detail)
}
