package warehousetest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

// Spite is what a spiteful engine does to a statement. All of it is within the contract:
// what failed may have left anything behind, or leave it later.
type Spite int

// The spites.
const (
	// Refuses: it fails before it runs.
	Refuses Spite = iota
	// Denies: it takes effect, and is said to have failed.
	Denies
	// Delays: it is said to have failed, and takes effect later.
	Delays
	// Halves: a part of it takes effect, and it is said to have failed.
	Halves
	// Repeats: it takes effect twice, as where a driver tries again what was carried out
	// already; the answer is the second one's.
	Repeats
)

// Spites are all of them.
func Spites() []Spite { return []Spite{Refuses, Denies, Delays, Halves, Repeats} }

func (s Spite) String() string {
	return [...]string{"refuses", "denies", "delays", "halves", "repeats"}[s]
}

// Malice says to which statement a spiteful engine does what, and remembers what is still
// to take effect. It is one for all engines that are opened on one ledger, one after the
// other: what was delayed may come when the next run has begun.
type Malice struct {
	mu sync.Mutex
	// at is the statement to strike, counted from 1; 0 strikes none.
	at    int
	spite Spite
	// after is how many statements a delayed one is late: 0 is when the engine is closed,
	// and less when the next one is opened.
	after  int
	seen   int
	struck string
	late   []late
}

// late is a statement that is still to take effect.
type late struct {
	name   string
	left   int
	schema string
	do     func(ctx context.Context, e warehouse.Engine, renamed func(string) string) error
}

// Arm lets the at-th statement from now on be struck.
func (m *Malice) Arm(at int, spite Spite, after int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.at, m.spite, m.after, m.seen, m.struck = at, spite, after, 0, ""
}

// Struck is the statement that was struck, empty if none was, and how many there were.
func (m *Malice) Struck() (statement string, seen int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.struck, m.seen
}

// Disarm lets everything pass from now on. What was delayed still comes.
func (m *Malice) Disarm() { m.Arm(0, Refuses, 0) }

// Engine makes an engine spiteful. What was delayed until the next one takes effect now.
func (m *Malice) Engine(ctx context.Context, e warehouse.Engine) *Spiteful {
	m.mu.Lock()
	due := m.late
	m.late = nil
	m.mu.Unlock()
	for _, l := range due {
		// What comes too late fails, as it may: its table was dropped meanwhile.
		_ = l.do(ctx, e, func(sql string) string { return strings.ReplaceAll(sql, l.schema, e.Schema()) })
	}
	return &Spiteful{Engine: e, m: m}
}

// Source makes a source stage into spiteful engines; to stage is one of their statements.
func (m *Malice) Source(src warehouse.Source) warehouse.Source { return &spitefulSource{src, m} }

// errSpite is what a statement that was struck says.
func errSpite(spite Spite) error {
	return &eddy.Error{Code: eddy.CodeSource, What: "the warehouse " + spite.String() + " a statement", Mend: "Run again."}
}

// next counts a statement and says whether it is struck.
func (m *Malice) next(name string) (Spite, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.seen++
	if m.at == 0 || m.seen != m.at {
		return 0, false
	}
	m.struck = name
	return m.spite, true
}

// delay keeps a statement for later.
func (m *Malice) delay(e warehouse.Engine, name string, scratch bool, do func(context.Context, warehouse.Engine, func(string) string) error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	l := late{name: name, left: m.after, schema: e.Schema(), do: do}
	if scratch && l.left < 0 {
		l.left = 0 // the next engine does not have the table
	}
	m.late = append(m.late, l)
}

// due takes out what takes effect now, one statement later, or at the engine's end.
func (m *Malice) due(end bool) (out []late) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.late = slices.DeleteFunc(m.late, func(l late) bool {
		if end && l.left >= 0 {
			out = append(out, l)
			return true
		}
		return false
	})
	for i := range m.late {
		if m.late[i].left > 0 {
			m.late[i].left--
			if m.late[i].left == 0 {
				out = append(out, m.late[i])
				m.late[i].do = nil
			}
		}
	}
	m.late = slices.DeleteFunc(m.late, func(l late) bool { return l.do == nil })
	return out
}

func same(sql string) string { return sql }

// Spiteful is an engine that keeps its contract, and does nothing beyond it.
type Spiteful struct {
	warehouse.Engine

	m *Malice
}

// Register forwards to an engine that can call Go.
func (s *Spiteful) Register(name string, fn func([]warehouse.Argument) (string, bool)) error {
	if fns, ok := s.Engine.(warehouse.Functions); ok {
		return fns.Register(name, fn)
	}
	return errors.New("the engine cannot call Go")
}

// pass lets what was delayed take effect behind another statement.
func (s *Spiteful) pass(ctx context.Context) {
	for _, l := range s.m.due(false) {
		_ = l.do(context.WithoutCancel(ctx), s.Engine, same)
	}
}

// Close lets what was delayed take effect, and closes the engine.
func (s *Spiteful) Close() error {
	for _, l := range s.m.due(true) {
		_ = l.do(context.Background(), s.Engine, same)
	}
	return s.Engine.Close()
}

// Exec runs a statement, or does what the malice says.
func (s *Spiteful) Exec(ctx context.Context, sql string) (int64, error) {
	defer s.pass(ctx)
	spite, struck := s.m.next(short(sql))
	if !struck {
		return s.Engine.Exec(ctx, sql)
	}
	switch spite {
	case Denies:
		_, err := s.Engine.Exec(ctx, sql)
		return 0, errors.Join(errSpite(spite), err)
	case Delays:
		s.m.delay(s.Engine, short(sql), scratch(sql), func(ctx context.Context, e warehouse.Engine, renamed func(string) string) error {
			_, err := e.Exec(ctx, renamed(sql))
			return err
		})
	case Halves:
		_, err := s.Engine.Exec(ctx, half(sql))
		return 0, errors.Join(errSpite(spite), err)
	case Repeats:
		if _, err := s.Engine.Exec(ctx, sql); err != nil {
			return 0, err
		}
		return s.Engine.Exec(ctx, sql)
	case Refuses:
	}
	return 0, errSpite(spite)
}

// Query hands out rows, or fails before the first, or behind some.
func (s *Spiteful) Query(ctx context.Context, sql string, each func(row [][]byte) error) error {
	defer s.pass(ctx)
	spite, struck := s.m.next(short(sql))
	switch {
	case !struck || spite == Repeats:
		return s.Engine.Query(ctx, sql, each)
	case spite == Denies:
		return errors.Join(errSpite(spite), s.Engine.Query(ctx, sql, each))
	case spite == Halves:
		n := 0
		return s.Engine.Query(ctx, sql, func(row [][]byte) error {
			if n++; n > some {
				return errSpite(spite)
			}
			return each(row)
		})
	default:
		return errSpite(spite)
	}
}

// Load adds rows, or does what the malice says.
func (s *Spiteful) Load(ctx context.Context, table string, columns []string, rows iter.Seq[[]any]) error {
	defer s.pass(ctx)
	name := "LOAD " + table
	spite, struck := s.m.next(name)
	if !struck {
		return s.Engine.Load(ctx, table, columns, rows)
	}
	var all [][]any
	for row := range rows {
		all = append(all, slices.Clone(row))
	}
	switch spite {
	case Denies:
		return errors.Join(errSpite(spite), s.Engine.Load(ctx, table, columns, slices.Values(all)))
	case Delays:
		s.m.delay(s.Engine, name, scratch(table), func(ctx context.Context, e warehouse.Engine, renamed func(string) string) error {
			return e.Load(ctx, renamed(table), columns, slices.Values(all))
		})
	case Halves:
		return errors.Join(errSpite(spite), s.Engine.Load(ctx, table, columns, slices.Values(all[:len(all)/2])))
	case Repeats:
		if err := s.Engine.Load(ctx, table, columns, slices.Values(all)); err != nil {
			return err
		}
		return s.Engine.Load(ctx, table, columns, slices.Values(all))
	case Refuses:
	}
	return errSpite(spite)
}

// some is how many rows a half has.
const some = 2

var (
	comments  = regexp.MustCompile(`^\s*/\*.*?\*/\s*`)
	selecting = regexp.MustCompile(`(?is)^(CREATE (TEMP )?TABLE \S+ AS|INSERT INTO)\s`)
	dropping  = regexp.MustCompile(`(?is)^(DROP \w+ IF EXISTS [^,]+),`)
)

// half writes some rows only, or drops one table only. What has no half is done in full.
func half(sql string) string {
	bare := comments.ReplaceAllString(sql, "")
	switch {
	case selecting.MatchString(bare):
		return fmt.Sprintf("%s\nLIMIT %d", sql, some)
	case dropping.MatchString(bare):
		return dropping.FindStringSubmatch(bare)[1]
	default:
		return sql
	}
}

// scratch says that a statement is about tables that the next engine does not have.
func scratch(sql string) bool {
	return strings.Contains(sql, "eddy_stage") || strings.Contains(sql, "eddy_times") || strings.Contains(sql, "CREATE TEMP ")
}

// short is a statement's beginning, for people.
func short(sql string) string {
	return fmt.Sprintf("%.160s", strings.Join(strings.Fields(sql), " "))
}

// spitefulSource stages into spiteful engines.
type spitefulSource struct {
	warehouse.Source

	m *Malice
}

// Stage stages into the engine behind a spiteful one, or does what the malice says.
func (s *spitefulSource) Stage(ctx context.Context, into warehouse.Engine, table string, sel []warehouse.Selected, m eddy.Model) (warehouse.Stage, error) {
	spiteful, ok := into.(*Spiteful)
	if !ok {
		return s.Source.Stage(ctx, into, table, sel, m)
	}
	defer spiteful.pass(ctx)
	stage := func() (warehouse.Stage, error) { return s.Source.Stage(ctx, spiteful.Engine, table, sel, m) }
	spite, struck := s.m.next("STAGE " + table)
	if !struck {
		return stage()
	}
	switch spite {
	case Denies:
		_, err := stage()
		return warehouse.Stage{}, errors.Join(errSpite(spite), err)
	case Halves:
		_, err := stage()
		if err == nil {
			_, err = spiteful.Engine.Exec(ctx, "DELETE FROM "+table+" WHERE record_id >= '4'")
		}
		return warehouse.Stage{}, errors.Join(errSpite(spite), err)
	case Repeats:
		if _, err := stage(); err != nil {
			return warehouse.Stage{}, err
		}
		return stage()
	case Refuses, Delays:
	}
	return warehouse.Stage{}, errSpite(spite)
}
