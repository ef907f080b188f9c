package ledger

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/eddy-retl/eddy/warehouse"
)

// lookName is what a look marks for as long as it lives.
func (l *Ledger) lookName(run string) string { return l.schema + "/" + l.connection + "/look/" + run }

// mark keeps runs that begin meanwhile from what a look is about to make, where that is tables
// like others.
func (l *Ledger) mark(ctx context.Context) (err error) {
	m, ok := l.e.(warehouse.Marks)
	if !ok || l.d.Temporary || l.schema == "" {
		return nil
	}
	l.lease, err = m.Mark(warehouse.WithComment(ctx, l.comment("mark")), l.lookName(l.run))
	if err != nil {
		return fmt.Errorf("mark that connection %s is looked at: %w", l.connection, err)
	}
	return nil
}

// spareLooks leaves to looks that live what they made; those that died are swept. A look marks
// itself before it makes a table, and the tables were listed before the marks are: of no table
// that is there by now can the mark be missed.
func (l *Ledger) spareLooks(ctx context.Context) {
	m, ok := l.e.(warehouse.Marks)
	if !ok || !slices.ContainsFunc(slices.Collect(maps.Values(l.there)), table.looked) {
		return
	}
	names, err := m.Marked(warehouse.WithComment(ctx, l.comment("list looks")))
	maps.DeleteFunc(l.there, func(_ string, t table) bool {
		return t.looked() && (err != nil || slices.Contains(names, l.lookName(t.run))) // or the next run sees
	})
}
