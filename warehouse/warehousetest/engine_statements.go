package warehousetest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/eddy-retl/eddy"
)

func statementsOfEngines() []engineCheck {
	return []engineCheck{
		{"durable", "a statement that returned success is seen by the next one, also by another engine's and once the engine was closed", checkDurable},
		{"row counts", "Exec says how many rows a CREATE TABLE AS and an INSERT SELECT wrote", checkRowCounts},
		{"load", "what Load adds is what Query reads: NULL, texts of any kind and whole numbers, in tables and columns of any name, also in scratch tables", checkLoad},
		{"load adds", "Load adds rows: no row is lost or repeated, however many there are, and none is no error", checkLoadAdds},
		{"query", "Query gives each row once, NULL and the empty text apart; an error of the reader ends it and is what it returns", checkQuery},
		{"beside a query", "Exec and Load return while a query still hands out rows, and what they did is seen by the next statement", checkBeside},
		{"failed", "a statement that failed says so as an error of the source, and leaves the engine usable", checkFailed},
		{"cancelled", "a cancelled context stops Exec, Query and Load at once, with context.Canceled; the engine can be used afterwards", checkEngineCancelled},
		{"scratch", "a scratch table is the engine's own, and gone when it is closed", checkScratch},
		{"opened at once", "engines that are opened in the same moment on a fresh place do not trip over each other", checkOpenedAtOnce},
		{"lock", "of all who want a name one has it, the others are told of a conflict; other names are free; Release lets it go, and so does Close (promise 8)", checkLock},
		{"lock of a process that died", "a lock goes with the process that held it, however it died (promise 8)", checkLockOfTheDead},
		{"lock that was lost", "a lease whose session was ended says so, and another may have the name (promise 8)", checkLockLost},
	}
}

func checkDurable(p *place) {
	e := p.open()
	t := e.odd()
	seen := func(want string) {
		p.Helper()
		e.reads(want, "SELECT count(*) FROM %s", t)
		if !p.Alone {
			other := p.open()
			other.reads(want, "SELECT count(*) FROM %s", t)
			other.close()
		}
	}
	e.exec("CREATE TABLE IF NOT EXISTS %s (a %s)", t, e.Dialect().Text)
	e.exec("CREATE TABLE IF NOT EXISTS %s (a %s)", t, e.Dialect().Text)
	seen("0")
	e.exec("INSERT INTO %s (a) SELECT 'x'", t)
	seen("1")
	e.load(t, []string{"a"}, []any{"y"})
	seen("2")
	e.exec("CREATE TABLE %s AS SELECT a FROM %s", e.table("copy"), t)
	e.close()
	e = p.open()
	t = e.odd()
	seen("2")
	e.reads("x y", "SELECT a FROM %s ORDER BY a", e.table("copy"))
	e.exec("DROP TABLE IF EXISTS %s", t)
	e.exec("DROP TABLE IF EXISTS %s", t)
	if _, err := e.Exec(p.ctx, "SELECT 1 FROM "+t); err == nil {
		p.Error("a table that was dropped can be read")
	}
}

func checkRowCounts(p *place) {
	e := p.open()
	t, three := e.table("t"), "(SELECT 1 AS a UNION ALL SELECT 2 UNION ALL SELECT 3) three"
	for _, c := range []struct {
		want int64
		sql  string
	}{
		{3, "CREATE TABLE " + t + " AS SELECT a FROM " + three},
		{0, "CREATE TABLE " + e.table("none") + " AS\nWITH w AS (SELECT a FROM " + three + ")\nSELECT a FROM w WHERE a > 5"},
		{2, "/* a; comment */\nINSERT INTO " + t + " (a) SELECT a FROM " + three + " WHERE a < 3"},
		{1, "INSERT INTO " + t + " (a) SELECT 7 FROM (SELECT 1) one WHERE NOT EXISTS (SELECT 1 FROM " + t + " WHERE a = 7)"},
		{0, "INSERT INTO " + t + " (a) SELECT 7 FROM (SELECT 1) one WHERE NOT EXISTS (SELECT 1 FROM " + t + " WHERE a = 7)"},
		{6, e.Dialect().Scratch() + e.Dialect().Quote("eddy_scratch") + ` AS SELECT a FROM ` + t},
	} {
		if got := e.exec("%s", c.sql); got != c.want {
			p.Errorf("%s: it says that it wrote %d rows, not %d", c.sql, got, c.want)
		}
	}
}

func checkLoad(p *place) {
	e := p.open()
	for _, create := range []string{"CREATE TABLE " + e.odd(), e.Dialect().Scratch() + e.Dialect().Quote("eddy_odd")} {
		_, table, _ := strings.Cut(create, "TABLE ")
		odd := cmp.Or(p.Column, `B "c"`)
		b := e.Dialect().Quote(odd)
		e.exec("%s (n %s, %s %s, i INTEGER)", create, e.Dialect().Bigint, b, e.Dialect().Text)
		rows := [][]any{{nil, nil, nil}, {int64(-9_007_199_254_740_993), "", int64(0)}}
		want := []string{"<null>|<null>|<null>", "-9007199254740993||0"}
		for i, s := range oddTexts {
			rows = append(rows, []any{int64(i), s, int64(-i)})
			want = append(want, fmt.Sprintf("%d|%s|%d", i, s, -i))
		}
		e.load(table, []string{"n", odd, "i"}, rows...)
		got := e.rows("SELECT n, %s, i FROM %s ORDER BY n NULLS FIRST", b, table)
		if !slices.Equal(got, want) {
			p.Errorf("%s: read %q\nwant %q", create, got, want)
		}
		// Columns come in any order, and those that are left out are NULL.
		e.load(table, []string{"i", "n"}, []any{int64(7), int64(1000)})
		e.reads("1000|<null>|7", "SELECT n, %s, i FROM %s WHERE n = 1000", b, table)
	}
}

func checkLoadAdds(p *place) {
	const many = 120_000
	e := p.open()
	t := e.table("t")
	e.exec("CREATE TABLE %s (n %s, s %s)", t, e.Dialect().Bigint, e.Dialect().Text)
	e.load(t, []string{"n", "s"})
	e.reads("0", "SELECT count(*) FROM %s", t)
	row := make([]any, 2) // a row is valid while it is handed out only
	err := e.Load(p.ctx, t, []string{"n", "s"}, func(yield func([]any) bool) {
		for i := range many {
			row[0], row[1] = int64(i), fmt.Sprint("row ", i)
			if !yield(row) {
				return
			}
		}
	})
	if err != nil {
		p.Fatal(err)
	}
	e.load(t, []string{"n", "s"}, []any{int64(-1), nil})
	e.reads(fmt.Sprintf("%d|%d|%d", many+1, many+1, many), "SELECT count(*), count(DISTINCT n), count(DISTINCT s) FROM %s", t)
}

// numbers is a query of rows from 1, which PostgreSQL and DuckDB understand.
func (p *Place) numbers(n int) string { return "SELECT i FROM " + fmt.Sprintf(p.Spelling.Series, n) }

func checkQuery(p *place) {
	const many = 70_000
	e := p.open()
	e.reads("<null>||x|7|-9007199254740993", "SELECT CAST(NULL AS %[1]s), CAST('' AS %[1]s), CAST('x' AS %[1]s), 7, CAST(-9007199254740993 AS %[2]s)", e.Dialect().Text, e.Dialect().Bigint)
	e.reads("", "SELECT 1 FROM (SELECT 1) one WHERE 1 = 2")
	seen := map[string]bool{}
	for _, row := range e.rows("%s", p.numbers(many)) {
		seen[row] = true
	}
	if len(seen) != many {
		p.Errorf("of %d rows %d were given", many, len(seen))
	}
	enough, n := errors.New("enough"), 0
	err := e.Query(p.ctx, p.numbers(many), func([][]byte) error {
		if n++; n == 3 {
			return enough
		}
		return nil
	})
	if !errors.Is(err, enough) || n != 3 {
		p.Errorf("a reader that stops at the third row got %d, and the query says %v", n, err)
	}
	e.reads("1", "SELECT 1")
}

// checkBeside reads more rows than any buffer has, and waits at the first of them for
// what another goroutine does.
func checkBeside(p *place) {
	const many = 300_000
	e := p.open()
	t := e.table("t")
	beside := func(i int) error {
		if _, err := e.Exec(p.ctx, fmt.Sprintf("CREATE TABLE IF NOT EXISTS %s (n %s)", t, e.Dialect().Bigint)); err != nil {
			return err
		}
		if err := e.Load(p.ctx, t, []string{"n"}, slices.Values([][]any{{int64(i)}, {int64(i)}})); err != nil {
			return err
		}
		n, err := e.Exec(p.ctx, fmt.Sprintf("INSERT INTO %[1]s (n) SELECT n + 1 FROM %[1]s WHERE n = %d", t, i))
		if err == nil && n != 2 {
			err = fmt.Errorf("it says that it wrote %d rows", n)
		}
		return err
	}
	n := 0
	err := e.Query(p.ctx, p.numbers(many), func([][]byte) error {
		switch n++; n {
		case 1:
			done := make(chan error, 1)
			go func() { done <- beside(10) }()
			return <-done
		case many / 2:
			return beside(20)
		default:
			return nil
		}
	})
	if err != nil || n != many {
		p.Fatalf("%d of %d rows: %v", n, many, err)
	}
	e.reads("10|2 11|2 20|2 21|2", "SELECT n, count(*) FROM %s GROUP BY n ORDER BY n", t)
}

func checkFailed(p *place) {
	e := p.open()
	t := e.table("t")
	e.exec("CREATE TABLE %s (n %s)", t, e.Dialect().Bigint)
	none := func([][]byte) error { return nil }
	for what, run := range map[string]func() error{
		"a syntax error":          func() error { _, err := e.Exec(p.ctx, "SELEC 1"); return err },
		"a table that is missing": func() error { _, err := e.Exec(p.ctx, "INSERT INTO "+e.table("gone")+" (n) SELECT 1"); return err },
		"a table that is there":   func() error { _, err := e.Exec(p.ctx, "CREATE TABLE "+t+" AS SELECT 1 AS n"); return err },
		"a query of nothing":      func() error { return e.Query(p.ctx, "SELECT * FROM "+e.table("gone"), none) },
		"a query that fails late": func() error {
			return e.Query(p.ctx, "SELECT CAST(CASE WHEN i = 90000 THEN 'x' ELSE '1' END AS INTEGER) FROM ("+p.numbers(90_000)+") n", none)
		},
		"a load of no table":      func() error { return e.Load(p.ctx, e.table("gone"), []string{"n"}, slices.Values([][]any{{int64(1)}})) },
		"a load of no column":     func() error { return e.Load(p.ctx, t, []string{"m"}, slices.Values([][]any{{int64(1)}})) },
		"a load of what fits not": func() error { return e.Load(p.ctx, t, []string{"n"}, slices.Values([][]any{{"one"}})) },
		"a load beside that fails": func() error {
			return e.Query(p.ctx, "SELECT 1", func([][]byte) error {
				return e.Load(p.ctx, e.table("gone"), []string{"n"}, slices.Values([][]any{{int64(1)}}))
			})
		},
	} {
		// What fits not is a mistake of ours, which nobody else reads.
		if err := run(); err == nil || eddy.ErrorCode(err) != eddy.CodeSource && what != "a load of what fits not" {
			p.Errorf("%s says: %v", what, err)
		}
		e.load(t, []string{"n"}, []any{int64(1)})
		e.exec("INSERT INTO %s (n) SELECT 2", t)
	}
	e.reads("9|9", "SELECT count(CASE WHEN n = 1 THEN 1 END), count(CASE WHEN n = 2 THEN 1 END) FROM %s", t)
}

func checkEngineCancelled(p *place) {
	e := p.open()
	t := e.table("t")
	e.exec("CREATE TABLE %s (n %s)", t, e.Dialect().Bigint)
	e.cancels("a statement", func(ctx context.Context) error {
		_, err := e.Exec(ctx, "CREATE TABLE "+e.table("endless")+" AS "+p.Spelling.Endless)
		return err
	})
	e.cancels("a query", func(ctx context.Context) error {
		return e.Query(ctx, p.Spelling.Endless, func([][]byte) error { return nil })
	})
	e.cancels("a query that hands out rows", func(ctx context.Context) error {
		return e.Query(ctx, "SELECT a.i FROM ("+p.numbers(2_000_000)+") a, ("+p.numbers(2_000_000)+") b", func([][]byte) error { return nil })
	})
	e.cancels("a load", func(ctx context.Context) error {
		return e.Load(ctx, t, []string{"n"}, func(yield func([]any) bool) {
			for yield([]any{int64(1)}) {
			}
		})
	})
	e.load(t, []string{"n"}, []any{int64(2)})
	e.reads("1", "SELECT count(*) FROM %s WHERE n = 2", t)
}

func checkScratch(p *place) {
	first := p.open()
	d := first.Dialect()
	if !d.Temporary {
		return // a scratch table is a table like others there, and the ledger drops it
	}
	first.exec(`%s"eddy_scratch" (n %s)`, d.Scratch(), d.Bigint)
	first.load(`"eddy_scratch"`, []string{"n"}, []any{int64(1)})
	first.reads("1", `SELECT n FROM "eddy_scratch"`)
	gone := func(e *testEngine) {
		p.Helper()
		if _, err := e.Exec(p.ctx, `SELECT 1 FROM "eddy_scratch"`); err == nil {
			p.Error("another engine reads the scratch table")
		}
		e.exec(`%s"eddy_scratch" AS SELECT 2 AS n`, d.Scratch())
	}
	if !p.Alone {
		gone(p.open())
	}
	first.reads("1", `SELECT n FROM "eddy_scratch"`)
	first.close()
	gone(p.open())
}

func checkOpenedAtOnce(p *place) {
	if p.Alone {
		return // the lock's case
	}
	const n = 8
	var wg sync.WaitGroup
	errs := make([]error, n)
	for i := range n {
		wg.Go(func() {
			e, err := p.Open(p.ctx, p.name)
			if err == nil {
				_, err = e.Exec(p.ctx, fmt.Sprintf("CREATE TABLE %s.t%d AS SELECT 1 AS n", e.Schema(), i))
				err = errors.Join(err, e.Close())
			}
			errs[i] = err
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		p.Error(err)
	}
}

func checkLock(p *place) {
	const rivals = 8
	type got struct {
		e *testEngine
		l interface{ Release(ctx context.Context) }
	}
	var wg sync.WaitGroup
	var winners atomic.Int64
	won := make(chan got, rivals)
	for range rivals {
		wg.Go(func() {
			e, l, err := p.locked()
			if err == nil {
				winners.Add(1)
				won <- got{e, l}
				return
			}
			p.conflict("who comes second", err)
		})
	}
	wg.Wait()
	if winners.Load() != 1 {
		p.Fatalf("%d of %d have the lock", winners.Load(), rivals)
	}
	winner := <-won
	if other, err := winner.e.Lock(p.ctx, "another name"); err != nil || other.Err() != nil {
		p.Errorf("another name: %v", err)
	}
	winner.l.Release(p.ctx)
	if p.Alone {
		winner.e.close() // there it is the engine itself that is held
	}
	again, lease, err := p.locked()
	if err != nil || lease.Err() != nil {
		p.Fatalf("after it was released: %v", err)
	}
	_, _, err = p.locked()
	p.conflict("while it is held", err)
	again.close()
	p.soon("after the engine was closed", func() error { _, _, err := p.locked(); return err })
}

func checkLockOfTheDead(p *place) {
	other := p.holder()
	_, _, err := p.locked()
	p.conflict("while another process has it", err)
	if err := other.Process.Kill(); err != nil {
		p.Fatal(err)
	}
	_ = other.Wait()
	p.soon("after the process was killed", func() error { _, _, err := p.locked(); return err })
}

func checkLockLost(p *place) {
	if p.Cut == nil {
		return
	}
	_, lease, err := p.locked()
	if err != nil || lease.Err() != nil {
		p.Fatal(err)
	}
	if err := p.Cut(p.name); err != nil {
		p.Fatal(err)
	}
	p.soon("another one takes the lock", func() error { _, _, err := p.locked(); return err })
	p.soon("the lease says that it is lost", func() error {
		if lease.Err() == nil {
			return errors.New("it says nothing")
		}
		return nil
	})
	lease.Release(p.ctx)
	if lease.Err() == nil {
		p.Error("a lease that was lost is one again")
	}
}
