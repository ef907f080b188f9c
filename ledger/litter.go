package ledger

import (
	"context"
	"maps"
	"slices"
)

// madeTable is a table that may be there although no event names it: the statement that
// makes it failed, or takes effect later; or it was made and what names it failed.
type madeTable struct {
	Kind string `json:"kind"`
	Run  string `json:"run"`
}

// making names a table that is about to be made.
func (l *Ledger) making(kind, run string) string {
	name := l.names.table(kind, run)
	l.made[name] = madeTable{kind, run}
	return name
}

// named says that the ledger's state names a table, so that it is dropped in its time.
func (p *past) named(t madeTable) bool {
	if t.Kind == kindSnapshot {
		return slices.Contains(p.Views, t.Run)
	}
	return slices.ContainsFunc(p.Sealed, func(s sealedRun) bool {
		return s.Run == t.Run && (t.Kind == kindChanges && !s.Based || t.Kind == kindExceptions && s.Exceptions || t.Kind == kindBase && s.Base)
	})
}

// litter are the tables that may be there for nothing.
func (l *Ledger) litter() (out []madeTable) {
	for _, name := range slices.Sorted(maps.Keys(l.made)) {
		if t := l.made[name]; !l.past.named(t) {
			out = append(out, t)
		}
	}
	return out
}

// sweep drops what earlier runs left for nothing: it may hold what people look like. What
// cannot be dropped the next run tries again.
func (l *Ledger) sweep(ctx context.Context) {
	for _, t := range l.past.Litter {
		l.made[l.names.kept(t.Kind, t.Run)] = t
	}
	l.past.Litter = nil
	var views, tables []string
	for _, t := range l.litter() {
		if name := l.names.kept(t.Kind, t.Run); t.Kind == kindSnapshot {
			views = append(views, name)
		} else {
			tables = append(tables, name)
		}
	}
	_ = l.drop(ctx, "sweep", "VIEW", views...)
	_ = l.drop(ctx, "sweep", "TABLE", tables...)
}
