package ledger

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

// mendLost is what a person can do when nobody knows any more whom the audience holds.
const mendLost = "Restore it from a backup. Without it Eddy cannot remove people who have left the model: " +
	"name a new audience, or run with --approve to begin anew, and those people stay in the audience."

// tables are what held is read from.
func (c *chain) tables() (out []string) {
	parts := c.Later
	if c.Base != "" {
		out = append(out, c.Base)
	} else {
		parts = append([]part{c.First}, parts...)
	}
	for _, p := range parts {
		if out = append(out, p.Changes); p.Exceptions != "" {
			out = append(out, p.Exceptions)
		}
	}
	return out
}

// there lists the tables and views of the ledger's schema.
func (l *Ledger) there(ctx context.Context) (names []string, err error) {
	sql := "SELECT name FROM " + fmt.Sprintf(l.d.Tables, warehouse.QuoteText(l.names.schema)) + " t ORDER BY name"
	err = l.query(ctx, "look for tables", sql, func(row [][]byte) error {
		names = append(names, string(row[0]))
		return nil
	})
	return names, err
}

// missing says which table of what the feed holds is gone; empty if none is.
func (l *Ledger) missing(ctx context.Context, feed Feed) (string, error) {
	held := l.heldBy(feed, "")
	if held == nil {
		return "", nil
	}
	names, err := l.there(ctx)
	if err != nil {
		return "", err
	}
	have := map[string]bool{}
	for _, name := range names {
		have[l.names.shared(warehouse.Quote(name))] = true
	}
	for _, table := range held.tables() {
		if strings.HasPrefix(table, l.names.shared("")) && !have[table] {
			parts := warehouse.SplitName(table)
			return parts[len(parts)-1], nil
		}
	}
	return "", nil
}

// known takes the error of a statement that read what the feed holds. Where a table of it
// is gone, to go on without it would leave in the audience whoever left the model, so a
// person has to say so (promise 1); once one did, the error is nil, and nothing is held.
func (l *Ledger) known(ctx context.Context, feed Feed, err error) error {
	if err == nil || ctx.Err() != nil {
		return err
	}
	table, e := l.missing(ctx, feed)
	if e != nil || table == "" {
		return err // the engine has other troubles
	}
	if l.cfg.Anew {
		return nil
	}
	runs := int64(0)
	e = l.one(ctx, "count runs", fmt.Sprintf("SELECT count(DISTINCT run_id) FROM %s WHERE connection_id = %s", l.names.shared("runs"), warehouse.QuoteText(l.cfg.Connection)),
		func(row [][]byte) { runs = number(row[0]) })
	if e != nil {
		return errors.Join(err, e)
	}
	return &eddy.Error{
		Code: eddy.CodeApproval,
		What: fmt.Sprintf("connection %s: table %s is gone, which knew whom the audience holds; %d runs are on record", l.cfg.Connection, table, runs),
		Mend: mendLost,
	}
}

// anew lets the feed hold nothing from this run on.
func (l *Ledger) anew(ctx context.Context, feed Feed) error {
	return l.Bring(ctx, feed, nil, func(func(Version) bool) {})
}

// strays are the views and tables that runs of the connection left.
func (l *Ledger) strays(ctx context.Context) (views, tables []string, err error) {
	names, err := l.there(ctx)
	own := regexp.MustCompile("^(" + kindChanges + "|" + kindExceptions + "|" + kindBase + "|" + kindSnapshot + ")_" + regexp.QuoteMeta(l.names.slug) + "_[a-z0-9]+$")
	for _, name := range names {
		switch kind := own.FindStringSubmatch(name); {
		case kind == nil:
		case kind[1] == kindSnapshot:
			views = append(views, name)
		default:
			tables = append(tables, name)
		}
	}
	return views, tables, err
}

// unrecorded stops a connection that has no run on record, and whose tables say that there
// were some: their record is gone, and with it whom the audience holds (promise 1).
func (l *Ledger) unrecorded(ctx context.Context) error {
	if l.past.Seq > 0 || l.names.schema == "" {
		return nil
	}
	views, tables, err := l.strays(ctx)
	if err != nil || len(tables) == 0 {
		return err
	}
	if !l.cfg.Anew {
		return &eddy.Error{
			Code: eddy.CodeApproval,
			What: fmt.Sprintf("connection %s: what table runs had of it is gone, and with it whom the audience holds; 0 runs are on record, and %d of their tables are there, such as %s", l.cfg.Connection, len(tables), tables[0]),
			Mend: mendLost,
		}
	}
	if l.cfg.Dry {
		return nil
	}
	for _, list := range [][]string{views, tables} {
		for i, name := range list {
			list[i] = l.names.shared(warehouse.Quote(name))
		}
	}
	return errors.Join(l.drop(ctx, "sweep", "VIEW", views...), l.drop(ctx, "sweep", "TABLE", tables...))
}
