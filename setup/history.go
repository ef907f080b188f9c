package setup

import (
	"context"
	"errors"
	"os"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/ledger"
	"github.com/eddy-retl/eddy/warehouse"
	"github.com/eddy-retl/eddy/warehouse/duckdb"
)

// History opens a connection's ledger for reading; nil when it never ran. The function
// that it returns closes what was opened, and is never nil.
func (s *Setup) History(ctx context.Context, c eddy.Connection) (warehouse.Engine, func() error, error) {
	nothing := func() error { return nil }
	if s.Local(c) {
		if _, err := os.Stat(s.StatePath(c)); errors.Is(err, os.ErrNotExist) {
			return nil, nothing, nil
		}
		e, err := duckdb.Engine{Path: s.StatePath(c), ReadOnly: true}.Open(ctx)
		if err != nil {
			return nil, nothing, err
		}
		return e, e.Close, nil
	}
	src, err := s.OpenSource(ctx, c.Source)
	if err != nil {
		return nil, nothing, err
	}
	e, err := s.Existing(ctx, c, src)
	if err != nil || e == nil {
		return nil, src.Close, err
	}
	return e, func() error { return errors.Join(e.Close(), src.Close()) }, nil
}

// Existing opens the ledgers in a warehouse without making anything; nil when there is none.
func (s *Setup) Existing(ctx context.Context, c eddy.Connection, src warehouse.Source) (warehouse.Engine, error) {
	schema := s.Sources[c.Source].Schema
	if e, ok := src.(warehouse.Existing); ok {
		return e.Existing(ctx, schema)
	}
	return src.Engine(ctx, schema)
}

// LogLook asks for lines of a connection's sync log, the newest run first. They come as
// [News], some at a time.
type LogLook struct {
	Connection string
	Filter     ledger.LogFilter
}

// entriesAtOnce is how many lines, or events, are told at once.
const entriesAtOnce = 500

// About is the connection.
func (l *LogLook) About() About { return About{Connection: l.Connection} }

// Do reads the log.
func (l *LogLook) Do(ctx context.Context, s *Setup) error {
	var entries []eddy.LogEntry
	err := s.recalling(ctx, l.Connection, func(e warehouse.Engine) error {
		return ledger.Logs(ctx, e, l.Connection, l.Filter, func(line eddy.LogEntry) error {
			if entries = append(entries, line); len(entries) == entriesAtOnce {
				s.Hear(News{Entries: entries})
				entries = nil
			}
			return nil
		})
	})
	if len(entries) > 0 {
		s.Hear(News{Entries: entries})
	}
	return err
}

// StatementsLook asks for the statements that runs had carried out; see [ledger.StatementsOf].
type StatementsLook struct {
	Connection string
	Runs       []string
	// Found is the answer.
	Found []eddy.Statement
}

// About is the connection.
func (l *StatementsLook) About() About { return About{Connection: l.Connection} }

// Do reads them.
func (l *StatementsLook) Do(ctx context.Context, s *Setup) error {
	return s.recalling(ctx, l.Connection, func(e warehouse.Engine) (err error) {
		l.Found, err = ledger.StatementsOf(ctx, e, l.Connection, l.Runs...)
		return err
	})
}

// CountLook asks what all attempts at a run did together; see [ledger.Together]. Runs are its
// ids in the sync log, and Last is the report of the last attempt.
type CountLook struct {
	Connection string
	Runs       []string
	Last       eddy.Run
	// Found is the answer.
	Found eddy.Counts
}

// About is the connection.
func (l *CountLook) About() About { return About{Connection: l.Connection} }

// Do counts.
func (l *CountLook) Do(ctx context.Context, s *Setup) error {
	l.Found = l.Last.Counts
	return s.recalling(ctx, l.Connection, func(e warehouse.Engine) (err error) {
		if c := s.Connections[l.Connection]; c.Split != nil {
			l.Found, err = ledger.TogetherParts(ctx, e, c, l.Runs, l.Last)
			return err
		}
		l.Found, err = ledger.Together(ctx, e, l.Connection, l.Runs, l.Last)
		return err
	})
}

// recalling opens a connection's ledger for reading, unless it never ran.
func (s *Setup) recalling(ctx context.Context, connection string, work func(warehouse.Engine) error) error {
	e, done, err := s.History(ctx, s.Connections[connection])
	if err == nil && e != nil {
		err = work(e)
	}
	return errors.Join(err, done())
}
