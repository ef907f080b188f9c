package warehousetest

import (
	"fmt"
	"slices"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

func historyChecks() []check {
	return []check{
		{name: "logs and runs", rule: "the sync log and the runs read as they were written, newest first, and can be narrowed", run: checkLogs},
		{name: "prune", rule: "the newest snapshots stay, none of another connection goes, and old log rows do", run: checkPrune},
		{name: "feeds", rule: "a connection remembers which audience it feeds, also while it makes one", run: checkFeeds},
		{name: "no raw values", rule: "a local state keeps digests, never what the model says (promise 10)", run: checkNoRaw},
		{name: "nothing yet", rule: "log and runs can be read before anything ran", run: checkNothing},
	}
}

// logged checks the log of a run: each entry is "record operation status".
func (w *world) logged(f *flow, want ...string) {
	w.Helper()
	r, err := w.start()
	if err != nil {
		w.Fatal(err)
	}
	defer r.close()
	var got []string
	err = warehouse.Logs(w.ctx, r.session, w.name, warehouse.LogFilter{Run: f.run.RunID}, func(e eddy.LogEntry) error {
		got = append(got, e.PrimaryKey+" "+e.Operation+" "+e.Status)
		return nil
	})
	slices.Sort(got)
	slices.Sort(want)
	if err != nil || !slices.Equal(got, want) {
		w.Errorf("the log has %q, want %q (%v)", got, want, err)
	}
}

func checkLogs(w *world) {
	w.customers("('1', 'a@x.com', NULL)", "('2', 'b@x.com', NULL)", "('3', NULL, NULL)", "(NULL, 'n@x.com', NULL)")
	first := w.sync(only(warehouse.Adding, "2", eddy.Rejected))
	second := w.sync(deliverAll)
	w.logged(first, "1 insert delivered", "2 insert rejected", "3 insert invalid", " insert invalid")
	w.logged(second, "2 insert delivered", "3 insert invalid", " insert invalid")
	r, err := w.start()
	if err != nil {
		w.Fatal(err)
	}
	count := func(filter warehouse.LogFilter) (n int, last eddy.LogEntry) {
		err := warehouse.Logs(w.ctx, r.session, w.name, filter, func(e eddy.LogEntry) error {
			n, last = n+1, e
			return nil
		})
		if err != nil {
			w.Error(err)
		}
		return n, last
	}
	n, e := count(warehouse.LogFilter{Status: "rejected"})
	if n != 1 || e.ErrorReason != "because rejected" || e.SyncRunID != first.run.RunID || !e.SyncStartedAt.Equal(first.run.StartedAt) || e.SyncFinishedAt.Before(e.SyncStartedAt) {
		w.Errorf("%d rejected: %+v", n, e)
	}
	for filter, want := range map[warehouse.LogFilter]int{{}: 7, {RecordID: "2"}: 2, {Limit: 3}: 3, {RecordID: "it's"}: 0} {
		if n, _ := count(filter); n != want {
			w.Errorf("%+v gives %d entries, want %d", filter, n, want)
		}
	}
	runs, err := warehouse.Runs(w.ctx, r.session, w.name, 10)
	if err != nil || len(runs) != 2 || runs[0].RunID != second.run.RunID || runs[0].Status != eddy.Succeeded || runs[0].AudienceID != "a1" || !runs[0].StartedAt.Equal(second.run.StartedAt) || runs[0].FinishedAt == nil {
		w.Errorf("runs: %+v (%v)", runs, err)
	}
}

func checkPrune(w *world) {
	w.customers("('1', 'a@x.com', NULL)")
	snapshots := map[string]int{}
	count := func(f *flow) {
		clear(snapshots)
		for _, name := range []string{"vip", "vip_2", "vip_"} {
			f.query("SELECT table_name FROM information_schema.tables WHERE strpos(table_name, $1) = 1", func(row [][]byte) {
				if len(row[0]) == len("snapshot_"+warehouse.Slug(name)+"_")+len(f.run.RunID) {
					snapshots[name]++
				}
			}, "snapshot_"+warehouse.Slug(name)+"_")
		}
	}
	for range 3 {
		for _, name := range []string{"vip_2", "vip", "vip_"} {
			w.name = name
			w.sync(deliverAll)
		}
	}
	for _, keep := range []int{2, 0} {
		w.name = "vip"
		f := w.begin()
		if err := f.st.Prune(w.ctx, keep, w.now.Add(6*time.Second)); err != nil {
			w.Fatal(err)
		}
		count(f)
		f.close()
		want := map[string]int{"vip_2": 3, "vip_": 3, "vip": keep}
		if w.h.Digests { // each connection has a state file of its own
			want = map[string]int{"vip": keep}
		}
		for name, n := range want {
			if snapshots[name] != n {
				w.Errorf("after keeping %d: %s has %d snapshots, want %d", keep, name, snapshots[name], n)
			}
		}
	}
	f := w.begin()
	logs := 0
	if err := warehouse.Logs(w.ctx, f.session, "vip", warehouse.LogFilter{}, func(eddy.LogEntry) error { logs++; return nil }); err != nil {
		w.Fatal(err)
	}
	if logs != 0 {
		w.Errorf("%d old log rows are left", logs)
	}
	f.close()
	w.sync(deliverAll).ops(map[string]int64{"unchanged": 1})
}

func checkFeeds(w *world) {
	w.customers()
	f := w.begin()
	for _, feed := range []warehouse.Feed{{Connection: "vip", Account: "acc", Creating: "It's new"}, {Connection: "vip", Account: "acc", AudienceID: "a1"}, {Connection: "b", Account: "acc", AudienceID: "a2"}} {
		if err := f.st.SetFeed(w.ctx, feed); err != nil {
			w.Fatal(err)
		}
	}
	feeds, err := f.st.Feeds(w.ctx)
	slices.SortFunc(feeds, func(a, b warehouse.Feed) int { return len(b.Connection) - len(a.Connection) })
	if err != nil || fmt.Sprint(feeds) != "[{vip acc a1 } {b acc a2 }]" {
		w.Errorf("feeds: %v (%v)", feeds, err)
	}
}

func checkNoRaw(w *world) {
	if !w.h.Digests {
		return
	}
	w.customers("('1', 'secret@x.com', '5550100')", "('2', 'bad,secret2@x.com', NULL)", "('3', 'bad', NULL)")
	w.sync(deliverAll)
	w.exec("DELETE FROM customers WHERE id = '1'")
	f := w.begin()
	f.plan()
	var tables []string
	f.query("SELECT table_catalog || '\".\"' || table_schema || '\".\"' || table_name FROM information_schema.tables WHERE table_catalog NOT IN ('temp', 'system')", func(row [][]byte) { tables = append(tables, string(row[0])) })
	if len(tables) < 5 {
		w.Errorf("only %q to look into", tables)
	}
	for _, table := range tables {
		f.query(`SELECT CAST(COLUMNS(*) AS VARCHAR) FROM "`+table+`"`, func(row [][]byte) {
			for _, v := range row {
				if s := string(v); len(s) > 0 && (slices.Contains([]string{"5550100", "bad"}, s) || len(s) >= 6 && s[:6] == "secret") {
					w.Errorf("%s holds %q", table, s)
				}
			}
		})
	}
	f.close()
}

func checkNothing(w *world) {
	f, err := w.start()
	if err != nil {
		w.Fatal(err)
	}
	runs, err := warehouse.Runs(w.ctx, f.session, "vip", 5)
	if err != nil || len(runs) != 0 {
		w.Errorf("runs: %v (%v)", runs, err)
	}
	if err := warehouse.Logs(w.ctx, f.session, "vip", warehouse.LogFilter{}, func(eddy.LogEntry) error { return fmt.Errorf("an entry") }); err != nil {
		w.Error(err)
	}
	if n, err := f.st.HeldRecords(w.ctx); n != 0 || err != nil {
		w.Errorf("%d held (%v)", n, err)
	}
}
