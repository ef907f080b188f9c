package warehousetest

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

func stateChecks() []check {
	return []check{
		{name: "lock", rule: "two runs of one connection never overlap: the second is told of a conflict; other connections are free, and the lock goes with the run (promise 8)", run: checkLock},
		{name: "lock withstands a model", rule: "a model's SQL cannot release its run's lock", run: checkLockKept},
		{name: "first runs at once", rule: "connections that start in the same moment on a fresh schema do not trip over each other", run: checkTogether},
		{name: "connection names", rule: "a connection may have any name; no two share state", run: checkConnectionNames},
		{name: "insert and query", rule: "what Insert writes is what Query reads, NULL and empty text apart", run: checkInsert},
		{name: "cancelled", rule: "a cancelled context stops Stage, Compare and Changes at once, with context.Canceled; the state is usable by the next run", run: checkCancelled},
		{name: "pages", rule: "Changes gives every change exactly once, in the order of Seq, in bounded pages", run: checkPages},
		{name: "flat memory", rule: "memory stays flat whatever the table's size", run: checkMemory, alone: true},
		{name: "dry", rule: "a dry state changes nothing, and sees what the real one sees", run: checkDry},
	}
}

func checkLock(w *world) {
	w.customers()
	first := w.begin()
	if _, err := w.start(); eddy.ErrorCode(err) != eddy.CodeConflict {
		w.Errorf("a second run of the connection: %v", err)
	}
	w.name = "other"
	other, err := w.start()
	if err != nil {
		w.Fatalf("another connection: %v", err)
	}
	other.close()
	first.close()
	w.name = "vip"
	again, err := w.start()
	if err != nil {
		w.Fatalf("after the first run closed: %v", err)
	}
	again.close()
}

func checkLockKept(w *world) {
	if !w.h.Locks {
		return
	}
	w.customers()
	f := w.begin()
	w.model, w.mapping = eddy.Model{SQL: "SELECT '1' AS id, CAST(pg_advisory_unlock_all() AS text) AS email"}, []mapped{{"email", "email", ""}}
	if err := f.stage(w.ctx); err != nil {
		w.Fatal(err)
	}
	if _, err := w.start(); eddy.ErrorCode(err) != eddy.CodeConflict {
		w.Errorf("a second run: %v", err)
	}
}

func checkTogether(w *world) {
	w.customers()
	const n = 8
	var wg sync.WaitGroup
	errs := make([]error, n)
	for i := range n {
		wg.Go(func() {
			one := *w
			one.name = fmt.Sprint("connection ", i)
			_, errs[i] = one.start()
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		w.Error(err)
	}
}

func checkConnectionNames(w *world) {
	w.customers("('1', 'a@x.com', NULL)")
	names := []string{"vip", "vip_2", "vip_", "VIP", strings.Repeat("n", 200), strings.Repeat("n", 201), "客人", "客户", `a"b.c'd/..`, "🙂"}
	for _, n := range names {
		w.name, w.audience = n, map[string]bool{}
		f := w.begin()
		f.plan()
		if err := f.st.Ahead(w.ctx); err != nil {
			w.Fatalf("%q: %v", n, err)
		}
		f.deliver(deliverAll)
		if t := f.settle(); t.Operations["insert"] != 1 || f.died != "" {
			w.Errorf("the first run of %q finds another's state: %v", n, t.Operations)
		}
		if err := f.st.Prune(w.ctx, 1, w.now); err != nil {
			w.Errorf("%q: %v", n, err)
		}
		f.close()
	}
}

func checkInsert(w *world) {
	w.customers()
	f := w.begin()
	table := f.session.Schema() + "." + warehouse.Quote(`Odd "table".name`)
	d := f.session.Dialect()
	if _, err := f.session.Exec(w.ctx, fmt.Sprintf(`CREATE TABLE %s (a %s, "B c" %s, yes BOOLEAN, n INTEGER)`, table, d.Text, d.Bigint)); err != nil {
		w.Fatal(err)
	}
	in := [][]any{{nil, nil, nil, nil}, {"", int64(0), false, int64(-1)}, {"it's\t北京,\n\"x\"\\N", int64(-9_007_199_254_740_993), true, int64(7)}}
	if err := f.session.Insert(w.ctx, table, []string{"a", "B c", "yes", "n"}, slices.Values(in)); err != nil {
		w.Fatal(err)
	}
	var got []string
	f.query(`SELECT a, "B c", CAST(yes AS INTEGER), n FROM `+table+` WHERE n > $1 OR n IS NULL ORDER BY n NULLS FIRST`, func(row [][]byte) {
		got = append(got, fmt.Sprintf("%q %v", row, row[0] == nil))
	}, int64(-5))
	want := []string{`["" "" "" ""] true`, `["" "0" "0" "-1"] false`, `["it's\t北京,\n\"x\"\\N" "-9007199254740993" "1" "7"] false`}
	if !slices.Equal(got, want) {
		w.Errorf("read %q\nwant %q", got, want)
	}
	n, err := f.session.Exec(w.ctx, "DELETE FROM "+table+" WHERE n IS NOT NULL")
	if n != 2 || err != nil {
		w.Errorf("a statement that deleted 2 rows says %d (%v)", n, err)
	}
}

// endless is a model that no engine reads to its end while a test waits.
const endless = "SELECT CAST(a.i AS text) AS id, CAST(count(*) AS text) AS email, '' AS phone FROM generate_series(1, 2000000) AS a(i) JOIN generate_series(1, 2000000) AS b(i) ON a.i + b.i > 0 GROUP BY 1"

func checkCancelled(w *world) {
	w.customers("('1', 'a@x.com', NULL)")
	w.sync(deliverAll)
	for step, cancel := range map[string]func(*flow, context.Context, context.CancelFunc) error{
		"stage": func(f *flow, ctx context.Context, stop context.CancelFunc) error {
			f.world.model = eddy.Model{SQL: endless}
			defer func() { f.world.model = eddy.Model{Table: "customers"} }()
			time.AfterFunc(100*time.Millisecond, stop)
			return f.stage(ctx)
		},
		"compare": func(f *flow, ctx context.Context, stop context.CancelFunc) error {
			err := f.stage(f.ctx)
			stop()
			return errors.Join(err, f.compare(ctx))
		},
		"changes": func(f *flow, ctx context.Context, stop context.CancelFunc) error {
			w.full = true
			defer func() { w.full = false }()
			f.plan()
			return f.st.Changes(ctx, warehouse.Adding, func(*warehouse.Page) error {
				stop()
				return f.st.Changes(ctx, warehouse.Adding, func(*warehouse.Page) error { return nil })
			})
		},
	} {
		f := w.begin()
		ctx, stop := context.WithCancel(w.ctx)
		begun := time.Now()
		err := cancel(f, ctx, stop)
		stop()
		if !errors.Is(err, context.Canceled) {
			w.Errorf("%s: %v", step, err)
		}
		if took := time.Since(begun); took > 10*time.Second {
			w.Errorf("%s took %s to stop", step, took)
		}
		at := w.now
		f.run.FinishedAt, f.run.Status = &at, eddy.Cancelled
		if err := f.st.End(w.ctx, &f.run); err != nil {
			w.Errorf("%s: the run's end cannot be put on record: %v", step, err)
		}
		f.close()
		if next := w.sync(deliverAll); next.died != "" || next.tally.Operations["unchanged"] != 1 {
			w.Errorf("%s: the next run: died %q, %v", step, next.died, next.tally.Operations)
		}
	}
}

func checkPages(w *world) {
	const n, most = 45_000, 41_000
	w.customers()
	w.exec(fmt.Sprintf("INSERT INTO customers SELECT CAST(i AS text), 'u' || i || '@x.com', NULL, NULL FROM generate_series(1, %d) AS g(i)", n))
	pages := func(f *flow, phase warehouse.Phase) (seqs int) {
		last, to := int64(0), int64(0)
		seen := map[string]bool{}
		err := f.st.Changes(w.ctx, phase, func(p *warehouse.Page) error {
			if p.From != to || len(p.Changes) > most || len(p.Leaving) > most {
				w.Errorf("the page from %d to %d follows %d, with %d changes", p.From, p.To, to, len(p.Changes)+len(p.Leaving))
			}
			to = p.To
			for _, seq := range append(mapSlice(p.Changes, func(c eddy.Change) int64 { seen[c.RecordID] = true; return c.Seq }), mapSlice(p.Leaving, func(id warehouse.Identity) int64 { seen[id.Value] = true; return id.Seq })...) {
				if seq <= last || seq > p.To {
					w.Fatalf("change %d follows %d in the page to %d", seq, last, p.To)
				}
				last = seq
				seqs++
			}
			return nil
		})
		if err != nil || len(seen) != seqs {
			w.Errorf("%s: %d of %d records are distinct (%v)", phase, len(seen), seqs, err)
		}
		return seqs
	}
	f := w.begin()
	f.plan()
	if got := pages(f, warehouse.Adding); got != n {
		w.Errorf("%d additions, want %d", got, n)
	}
	f.close()
	w.sync(deliverAll)
	w.exec("DELETE FROM customers")
	f = w.begin()
	f.plan()
	if got := pages(f, warehouse.Removing); got != n {
		w.Errorf("%d removals, want %d", got, n)
	}
}

func checkMemory(w *world) {
	const rows, bound = 300_000, 64 << 20
	w.model = eddy.Model{SQL: fmt.Sprintf("SELECT CAST(i AS text) AS id, 'user' || i || '@example.com' AS email, CAST(10000000 + i AS text) AS phone FROM generate_series(1, %d) AS g(i)", rows)}
	f := w.begin()
	before, peak := heap(), uint64(0)
	f.plan()
	peak = heap()
	n := 0
	err := f.st.Changes(w.ctx, warehouse.Adding, func(p *warehouse.Page) error {
		n += len(p.Changes)
		peak = max(peak, heap())
		return nil
	})
	if err != nil || n != rows {
		w.Fatalf("%d of %d rows (%v)", n, rows, err)
	}
	if peak > before+bound {
		w.Errorf("the heap grew by %d MB for %d rows", (peak-before)>>20, rows)
	}
}

// heap is what is alive on the heap now.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func checkDry(w *world) {
	w.customers("('1', 'a@x.com', NULL)", "('2', 'b@x.com', NULL)")
	w.sync(deliverAll)
	w.exec("DELETE FROM customers WHERE id = '1'")
	w.insert("('3', 'c@x.com', NULL)")
	w.dry = true
	f := w.begin()
	f.plan()
	if o := f.summary.Operations; o["delete"] != 1 || o["insert"] != 1 || o["unchanged"] != 1 || f.summary.Held != 2 || f.summary.Leaving != 1 {
		w.Errorf("the plan: %+v", f.summary)
	}
	f.close()
	w.dry = false
	if f := w.sync(deliverAll); f.died != "" || f.tally.Operations["delete"] != 1 || f.tally.Operations["insert"] != 1 {
		w.Errorf("the run after the plan: died %q, %v", f.died, f.tally.Operations)
	}
	w.want("b@x.com", "c@x.com")
}
