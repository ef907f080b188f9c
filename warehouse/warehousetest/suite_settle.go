package warehousetest

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

func settleChecks() []check {
	return []check{
		{name: "settle inserts", rule: "an insert becomes held, rejected, doubt or invalid as its outcome says; what failed or was never sent is not held (promise 5)", run: checkSettleInserts},
		{name: "settle updates", rule: "an update that was not delivered leaves its old version held or in doubt, and is made again (promise 7)", run: checkSettleUpdates},
		{name: "settle deletes", rule: "a removal that was not delivered stays in doubt and is made again (promise 7)", run: checkSettleDeletes},
		{name: "doubtful inserts", rule: "what an insert may have left in the audience leaves when the row has changed since (promise 7)", run: checkDoubtfulInserts},
		{name: "taken over", rule: "an identity that stayed for the sake of a record that then was not delivered is that record's doubt (promises 1 and 7)", run: checkTakenOver},
		{name: "rejected rest", rule: "a row that is refused again and again rests until it changes", run: checkResting},
		{name: "refused removals rest", rule: "a removal that is refused again and again rests until its row changes, and is counted", run: checkRestingRemovals},
		{name: "recover", rule: "what a dead run may have sent is in doubt; the next run settles it (promises 7 and 8)", run: checkRecover},
		{name: "recover halves", rule: "a record whose addition arrived and whose removal did not, and one that was to be asserted again, are in doubt after a crash (promise 8)", run: checkRecoverHalves},
		{name: "random runs", rule: "whatever happened before, a run that is delivered leaves exactly the model's people in the audience (promises 1, 2, 7 and 8)", run: checkRandom},
	}
}

func (f *flow) wantHeld(want ...string) {
	f.Helper()
	slices.Sort(want)
	if !slices.Equal(f.after, want) {
		f.Errorf("held has %q, want %q", f.after, want)
	}
}

// byRecord judges the additions by their record; the rest is delivered.
func byRecord(results map[string]eddy.Result) judge {
	return func(phase warehouse.Phase, record string) eddy.Result {
		if r, ok := results[record]; ok && phase == warehouse.Adding {
			return r
		}
		return eddy.Delivered
	}
}

var eachResult = map[string]eddy.Result{ //nolint:gochecknoglobals // constant
	"rejected": eddy.Rejected, "failed": eddy.Failed, "doubt": eddy.Doubt, "invalid": eddy.Invalid, "expired": eddy.Expired, "gap": 0,
}

var eachRow = []string{ //nolint:gochecknoglobals // constant
	"('ok', 'ok@x.com', NULL)", "('rejected', 'rejected@x.com', NULL)", "('failed', 'failed@x.com', NULL)", "('doubt', 'doubt@x.com', NULL)", "('invalid', 'invalid@x.com', NULL)", "('expired', 'expired@x.com', NULL)", "('gap', 'gap@x.com', NULL)",
}

func checkSettleInserts(w *world) {
	w.customers(eachRow...)
	f := w.sync(byRecord(eachResult))
	f.wantHeld("ok held", "rejected rejected", "doubt doubt", "invalid invalid")
	f.ops(map[string]int64{"insert": 5, "invalid": 1, "expired": 1})
	if t := f.tally; t.Rejected != 1 || t.Failed != 3 {
		w.Errorf("tally: %+v", t)
	}
	reasons := map[string]int64{}
	for _, e := range f.tally.Errors {
		reasons[e.Reason] = e.Count
	}
	if fmt.Sprint(reasons) != "map[because doubt:1 because failed:1 because rejected:1 not sent:1]" {
		w.Errorf("reasons: %v", reasons)
	}
	w.logged(f, "ok insert delivered", "rejected insert rejected", "failed insert failed", "doubt insert failed", "gap insert failed", "invalid insert invalid")
	w.sync(deliverAll).wantHeld("ok held", "rejected held", "failed held", "doubt held", "invalid invalid", "expired held", "gap held")
}

func checkSettleUpdates(w *world) {
	w.customers(eachRow...)
	w.sync(deliverAll)
	w.exec("UPDATE customers SET email = 'new-' || email")
	f := w.sync(byRecord(eachResult))
	f.wantHeld("ok held", "rejected doubt", "rejected rejected", "failed doubt", "doubt doubt", "doubt doubt", "invalid doubt", "invalid invalid", "expired doubt", "gap doubt")
	w.sync(deliverAll)
	w.want("new-ok@x.com", "new-rejected@x.com", "new-failed@x.com", "new-doubt@x.com", "new-expired@x.com", "new-gap@x.com")
}

func checkSettleDeletes(w *world) {
	w.customers(eachRow...)
	w.sync(deliverAll)
	w.exec("DELETE FROM customers")
	w.doubtApplied = true
	f := w.sync(func(phase warehouse.Phase, record string) eddy.Result {
		if r, ok := eachResult[record]; ok && phase == warehouse.Removing {
			return r
		}
		return eddy.Delivered
	})
	f.wantHeld("rejected doubt", "failed doubt", "doubt doubt", "invalid doubt", "expired doubt", "gap doubt")
	f.ops(map[string]int64{"delete": 7})
	w.sync(deliverAll).wantHeld()
	w.want()
}

func checkDoubtfulInserts(w *world) {
	w.customers("('1', 'a@x.com', NULL)")
	w.doubtApplied = true
	w.sync(only(warehouse.Adding, "1", eddy.Doubt)).wantHeld("1 doubt")
	w.exec("UPDATE customers SET email = 'b@x.com' WHERE id = '1'")
	w.sync(deliverAll).wantHeld("1 held")
	w.want("b@x.com")
}

func checkTakenOver(w *world) {
	w.customers()
	for result, held := range map[eddy.Result][]string{
		eddy.Failed: {"2 doubt"}, eddy.Doubt: {"2 doubt"}, 0: {"2 doubt"},
		eddy.Rejected: {"2 doubt", "2 rejected"}, eddy.Invalid: {"2 doubt", "2 invalid"},
	} {
		w.insert("('1', 'a@x.com', NULL)")
		w.sync(deliverAll)
		w.exec("DELETE FROM customers WHERE id = '1'")
		w.insert("('2', 'A@x.com', NULL)")
		w.sync(only(warehouse.Adding, "2", result)).wantHeld(held...)
		w.exec("DELETE FROM customers WHERE id = '2'")
		w.sync(deliverAll).wantHeld()
		w.want()
	}
}

func checkResting(w *world) {
	w.customers("('1', 'a@x.com', NULL)", "('2', 'b@x.com', NULL)")
	w.attempts = 2
	refuse := only(warehouse.Adding, "2", eddy.Rejected)
	w.sync(refuse).ops(map[string]int64{"insert": 2})
	w.sync(refuse).ops(map[string]int64{"insert": 1, "unchanged": 1})
	w.sync(refuse).ops(map[string]int64{"resting": 1, "unchanged": 1})
	w.sync(refuse).ops(map[string]int64{"resting": 1, "unchanged": 1})
	w.exec("UPDATE customers SET email = 'b2@x.com' WHERE id = '2'")
	w.sync(deliverAll).ops(map[string]int64{"insert": 1, "unchanged": 1})
	w.want("a@x.com", "b2@x.com")
	// The same for a row that was held: its people of before leave, and it rests.
	w.exec("UPDATE customers SET email = 'b3@x.com' WHERE id = '2'")
	w.sync(refuse).ops(map[string]int64{"update": 1, "unchanged": 1})
	w.sync(refuse).ops(map[string]int64{"insert": 1, "unchanged": 1})
	w.sync(refuse).ops(map[string]int64{"delete": 1, "unchanged": 1})
	w.sync(refuse).ops(map[string]int64{"resting": 1, "unchanged": 1})
	w.sync(refuse).ops(map[string]int64{"resting": 1, "unchanged": 1})
	w.want("a@x.com")
	// What was refused is forgotten with its row, once.
	w.exec("DELETE FROM customers WHERE id = '2'")
	w.sync(refuse).ops(map[string]int64{"forget": 1, "unchanged": 1})
	w.sync(refuse).ops(map[string]int64{"unchanged": 1})
	w.insert("('2', 'b3@x.com', NULL)")
	w.sync(deliverAll).ops(map[string]int64{"insert": 1, "unchanged": 1})
}

func checkRestingRemovals(w *world) {
	w.customers("('1', 'a@x.com', NULL)", "('2', 'b@x.com', NULL)", "('3', 'c@x.com', NULL)")
	w.sync(deliverAll)
	w.attempts = 2
	refuse := func(phase warehouse.Phase, record string) eddy.Result {
		if phase == warehouse.Removing && record != "1" {
			return eddy.Rejected
		}
		return eddy.Delivered
	}
	rests := func(n int64) {
		w.Helper()
		f := w.sync(refuse)
		count := int64(0)
		for _, e := range f.summary.Invalid {
			count += e.Count
		}
		if f.tally.Rejected != 0 || count != n || f.summary.Held != 3 {
			w.Errorf("%d removals were refused, and %d rest, want %d; %d records are held, want 3: %+v", f.tally.Rejected, count, n, f.summary.Held, f.summary.Invalid)
		}
	}
	w.exec("DELETE FROM customers WHERE id = '2'", "UPDATE customers SET email = 'c2@x.com' WHERE id = '3'")
	w.sync(refuse).ops(map[string]int64{"delete": 1, "update": 1, "unchanged": 1})
	w.sync(refuse).ops(map[string]int64{"delete": 1, "update": 1, "unchanged": 1})
	rests(2)
	rests(2)
	w.want("a@x.com", "b@x.com", "c@x.com", "c2@x.com")
	// A new row for the record takes its removal up again, and so does a full run.
	w.insert("('2', 'b2@x.com', NULL)")
	w.sync(refuse).ops(map[string]int64{"insert": 1, "unchanged": 2})
	rests(2)
	w.full = true
	f := w.sync(deliverAll)
	f.ops(map[string]int64{"update": 3})
	f.wantHeld("1 held", "2 held", "3 held")
	w.want("a@x.com", "b2@x.com", "c2@x.com")
}

func checkRecover(w *world) {
	w.customers("('same', 's@x.com', NULL)", "('changed', 'c@x.com', NULL)", "('gone', 'g@x.com', NULL)")
	w.sync(deliverAll)
	w.exec("UPDATE customers SET email = 'c2@x.com' WHERE id = 'changed'", "DELETE FROM customers WHERE id = 'gone'")
	w.insert("('new', 'n@x.com', NULL)", "('told', 't@x.com', NULL)")
	dead := w.begin()
	dead.plan()
	if err := dead.st.Ahead(w.ctx); err != nil {
		w.Fatal(err)
	}
	// Everything was sent and applied; of the answers, one came back.
	dead.deliver(func(_ warehouse.Phase, record string) eddy.Result {
		if record == "told" {
			return eddy.Delivered
		}
		return 0
	})
	w.audience = map[string]bool{}
	for _, p := range []string{"s@x.com", "c2@x.com", "n@x.com", "t@x.com"} {
		w.audience["0 "+digest(p)] = true
	}
	dead.close()
	// Meanwhile some of it vanishes from the model.
	w.exec("DELETE FROM customers WHERE id IN ('new', 'changed')")
	next := w.begin()
	if next.died != dead.run.RunID {
		w.Errorf("the run that died is %q, not %q", next.died, dead.run.RunID)
	}
	next.after = next.held()
	next.wantHeld("same held", "changed doubt", "changed doubt", "gone doubt", "new doubt", "told held")
	next.plan()
	if err := next.st.Ahead(w.ctx); err != nil {
		w.Fatal(err)
	}
	next.deliver(deliverAll)
	next.tally = next.settle()
	next.ops(map[string]int64{"delete": 3, "unchanged": 2})
	next.close()
	w.want("s@x.com", "t@x.com")
	if f := w.sync(deliverAll); f.died != "" {
		w.Errorf("run %s died again", f.died)
	}
}

func checkRecoverHalves(w *world) {
	w.customers("('changed', 'c@x.com', NULL)", "('gone', 'A@x.com', '1001')", "('stays', 'a@x.com', NULL)")
	w.sync(deliverAll)
	w.exec("UPDATE customers SET email = 'c2@x.com' WHERE id = 'changed'", "DELETE FROM customers WHERE id = 'gone'")
	dead := w.begin()
	dead.plan()
	if err := dead.st.Ahead(w.ctx); err != nil {
		w.Fatal(err)
	}
	dead.deliver(func(phase warehouse.Phase, record string) eddy.Result {
		switch {
		case phase == warehouse.Removing:
			return eddy.Failed
		case record == "changed":
			return eddy.Delivered
		}
		return 0
	})
	dead.close()
	next := w.begin()
	next.after = next.held()
	next.wantHeld("changed doubt", "changed doubt", "gone doubt", "stays doubt")
	next.close()
	w.sync(deliverAll).wantHeld("changed held", "stays held")
	w.want("c2@x.com", "a@x.com")
}

// checkRandom changes the model, lets deliveries fail, answers vanish and runs die, and
// then lets one run through.
func checkRandom(w *world) {
	const seeds, rounds, people = 2, 4, 12
	w.customers()
	w.attempts = 100
	for seed := range uint64(seeds) {
		r := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // repeatable
		for round := range rounds {
			w.shuffle(r, people)
			w.settings = fmt.Sprint("v", r.IntN(2))
			w.full = r.IntN(4) == 0
			if round == rounds-1 {
				w.sync(deliverAll)
				break
			}
			w.randomRun(r)
		}
		w.want(w.everyone()...)
		if w.Failed() {
			w.Fatalf("with seed %d", seed)
		}
	}
}

// shuffle changes some rows; people share e-mails and phones.
func (w *world) shuffle(r *rand.Rand, people int) {
	w.Helper()
	var changes []string
	for range 8 {
		id, email := r.IntN(people), fmt.Sprintf("'%s%d@x.com'", []string{"u", "U"}[r.IntN(2)], r.IntN(people))
		if r.IntN(5) == 0 {
			email = "NULL"
		}
		changes = append(changes, fmt.Sprintf("DELETE FROM customers WHERE id = '%d'", id))
		if r.IntN(3) > 0 {
			changes = append(changes, fmt.Sprintf("INSERT INTO customers (id, email, phone) VALUES ('%d', %s, '%d')", id, email, 100+r.IntN(people/2)))
		}
	}
	w.exec(changes...)
}

// randomRun is a run in which anything may go wrong.
func (w *world) randomRun(r *rand.Rand) {
	w.Helper()
	results := map[string]eddy.Result{}
	w.doubtApplied = r.IntN(2) == 0
	j := func(phase warehouse.Phase, record string) eddy.Result {
		key := string(phase) + record
		if _, ok := results[key]; !ok {
			results[key] = []eddy.Result{eddy.Delivered, eddy.Delivered, eddy.Delivered, eddy.Rejected, eddy.Failed, eddy.Doubt, 0}[r.IntN(7)]
		}
		return results[key]
	}
	f := w.begin()
	defer f.close()
	f.plan()
	if r.IntN(6) == 0 {
		return // it died before it could send
	}
	if err := f.st.Ahead(w.ctx); err != nil {
		w.Fatal(err)
	}
	f.deliver(j)
	if r.IntN(4) > 0 {
		f.settle()
	}
}

// everyone are the people of the model's rows.
func (w *world) everyone() []string {
	w.Helper()
	seen := map[string]bool{}
	for _, row := range w.staged() {
		if row[1] != "<null>" {
			seen[row[1]] = true
		}
		if row[2] != "<null>" {
			seen["+"+row[2]] = true
		}
	}
	var out []string
	for p := range seen {
		out = append(out, p)
	}
	return out
}
