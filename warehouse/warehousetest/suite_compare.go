package warehousetest

import (
	"maps"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

func compareChecks() []check {
	return []check{
		{name: "operations", rule: "each record of the model and of held gets one operation: insert, update, delete or unchanged (promise 1)", run: checkOperations},
		{name: "full", rule: "a full run sends every row again", run: checkFull},
		{name: "renew", rule: "an unchanged record is sent again before its membership lapses, and not sooner (promise 9)", run: checkRenew},
		{name: "expired", rule: "a record whose own expires_at has passed leaves, and comes back when the time is moved on", run: checkExpired},
		{name: "invalid", rule: "a row without any identity is invalid, is not sent, and leaves if it was held", run: checkInvalid},
		{name: "shared", rule: "an identity stays while one row carries it, and that row is asserted again (promise 2)", run: checkShared},
		{name: "order", rule: "changes come in the order of Seq, wherever the engine put the rows that it changed last", run: checkOrder},
		{name: "repeats", rule: "a model that repeats its rows numbers them apart from the records that left, and those who share with them are asserted again (promise 2)", run: checkRepeats},
		{name: "settings", rule: "values prepared with other settings are sent again; what they were before is known (promise 1)", run: checkSettings},
		{name: "mapping", rule: "a changed mapping is carried through (promise 1)", run: checkMapping},
		{name: "upsert", rule: "upsert never removes; a later mirror run removes what it left", run: checkUpsert},
		{name: "identifier", rule: "a changed identifier replaces the records and keeps the people (promises 1 and 2)", run: checkIdentifier},
	}
}

// ops checks a run's operations.
func (f *flow) ops(want map[string]int64) {
	f.Helper()
	if !maps.Equal(f.tally.Operations, want) {
		f.Errorf("operations: %v, want %v", f.tally.Operations, want)
	}
}

func checkOperations(w *world) {
	w.customers("('1', 'a@x.com', '1001')", "('2', 'b@x.com', NULL)", "('3', 'c@x.com', NULL)")
	w.sync(deliverAll).ops(map[string]int64{"insert": 3})
	w.sync(deliverAll).ops(map[string]int64{"unchanged": 3})
	w.exec("UPDATE customers SET email = 'A2@x.com' WHERE id = '1'", "DELETE FROM customers WHERE id = '2'")
	w.insert("('4', 'd@x.com', NULL)")
	w.sync(deliverAll).ops(map[string]int64{"insert": 1, "update": 1, "delete": 1, "unchanged": 1})
	w.want("a2@x.com", "+1001", "c@x.com", "d@x.com")
	w.exec("UPDATE customers SET phone = NULL WHERE id = '1'")
	w.sync(deliverAll).ops(map[string]int64{"update": 1, "unchanged": 2})
	w.want("a2@x.com", "c@x.com", "d@x.com")
	w.exec("DELETE FROM customers")
	w.sync(deliverAll).ops(map[string]int64{"delete": 3})
	w.want()
	w.sync(deliverAll).ops(map[string]int64{})
}

func checkFull(w *world) {
	w.customers("('1', 'a@x.com', NULL)", "('2', 'b@x.com', NULL)")
	w.sync(deliverAll)
	w.exec("DELETE FROM customers WHERE id = '2'")
	w.full, w.audience = true, map[string]bool{}
	w.sync(deliverAll).ops(map[string]int64{"update": 1, "delete": 1})
	w.want("a@x.com")
}

func checkRenew(w *world) {
	w.customers("('1', 'a@x.com', NULL)")
	w.sync(deliverAll)
	w.now = w.now.AddDate(0, 11, 25)
	w.sync(deliverAll).ops(map[string]int64{"unchanged": 1})
	w.now = w.now.AddDate(0, 0, 10)
	w.sync(deliverAll).ops(map[string]int64{"renew": 1})
	w.sync(deliverAll).ops(map[string]int64{"unchanged": 1})
	w.now = w.now.AddDate(0, 13, 0)
	w.sync(only(warehouse.Adding, "1", eddy.Failed)).ops(map[string]int64{"renew": 1})
	w.sync(deliverAll).ops(map[string]int64{"renew": 1})
	w.want("a@x.com")
}

func checkExpired(w *world) {
	w.customers("('1', 'a@x.com', NULL)", "('2', 'b@x.com', NULL)", "('3', 'c@x.com', NULL)")
	w.mapping = append(w.mapping, mapped{"expires_at", "expires", ""})
	later := w.now.AddDate(0, 1, 0).Format(time.DateTime)
	w.exec("UPDATE customers SET expires = '"+later+"' WHERE id = '1'", "UPDATE customers SET expires = '2020-01-01' WHERE id = '3'")
	w.sync(deliverAll).ops(map[string]int64{"insert": 2, "expired": 1})
	w.exec("DELETE FROM customers WHERE id = '3'")
	w.now = w.now.AddDate(0, 2, 0)
	w.sync(deliverAll).ops(map[string]int64{"delete": 1, "unchanged": 1})
	w.want("b@x.com")
	w.sync(deliverAll).ops(map[string]int64{"expired": 1, "unchanged": 1})
	w.exec("UPDATE customers SET expires = '" + w.now.AddDate(1, 0, 0).Format(time.DateTime) + "' WHERE id = '1'")
	w.sync(deliverAll).ops(map[string]int64{"insert": 1, "unchanged": 1})
	w.want("a@x.com", "b@x.com")
}

func checkInvalid(w *world) {
	w.customers("('1', 'a@x.com', NULL)", "('2', NULL, NULL)", "('3', '', '')")
	f := w.sync(deliverAll)
	f.ops(map[string]int64{"insert": 1, "invalid": 2})
	if len(f.summary.Invalid) != 1 || f.summary.Invalid[0].Count != 2 {
		w.Errorf("invalid: %+v", f.summary.Invalid)
	}
	w.exec("UPDATE customers SET email = NULL WHERE id = '1'", "UPDATE customers SET email = 'b@x.com' WHERE id = '2'")
	w.sync(deliverAll)
	w.want("b@x.com")
	w.sync(deliverAll)
	w.want("b@x.com")
}

func checkShared(w *world) {
	w.customers("('1', 'a@x.com', '1001')", "('2', ' A@X.com', '1002')", "('3', 'c@x.com,a@x.com', NULL)")
	w.sync(deliverAll)
	w.exec("DELETE FROM customers WHERE id = '1'")
	w.sync(deliverAll).ops(map[string]int64{"delete": 1, "reassert": 2})
	w.want("a@x.com", "+1002", "c@x.com")
	w.exec("UPDATE customers SET email = 'b@x.com' WHERE id = '2'", "UPDATE customers SET email = 'c@x.com' WHERE id = '3'")
	w.sync(deliverAll).ops(map[string]int64{"update": 2})
	w.want("b@x.com", "+1002", "c@x.com")
}

// checkOrder lets a first row be asserted again, which is found out after the others changed.
func checkOrder(w *world) {
	w.customers("('1', 'a@x.com', NULL)", "('2', 'A@x.com', '1002')", "('3', 'c@x.com', NULL)", "('4', 'd@x.com', NULL)")
	w.sync(deliverAll)
	w.exec("DELETE FROM customers WHERE id = '2'", "UPDATE customers SET email = 'c2@x.com' WHERE id = '3'")
	w.insert("('5', 'e@x.com', NULL)")
	w.sync(deliverAll).ops(map[string]int64{"insert": 1, "update": 1, "delete": 1, "reassert": 1, "unchanged": 1})
	w.want("a@x.com", "c2@x.com", "d@x.com", "e@x.com")
}

func checkSettings(w *world) {
	w.customers("('1', 'a@x.com', NULL)")
	w.sync(deliverAll)
	w.settings = "v2, it's $1 {\"other\": true}"
	w.sync(deliverAll).ops(map[string]int64{"update": 1})
	w.sync(deliverAll).ops(map[string]int64{"unchanged": 1})
	w.settings = "v1"
	f := w.begin()
	f.plan()
	all, err := f.st.Prepared(w.ctx)
	if err != nil || len(all) != 2 || f.summary.Operations["update"] != 1 {
		w.Errorf("prepared with %v (%v): %v", all, err, f.summary.Operations)
	}
	w.want("a@x.com")
}

func checkMapping(w *world) {
	w.customers("('1', 'a@x.com', '1001')", "('2', 'b@x.com', NULL)")
	w.sync(deliverAll)
	w.mapping = []mapped{{"phone_number", "phone", ""}}
	w.sync(deliverAll)
	w.want("+1001")
	w.mapping = []mapped{{"email", "email", ""}, {"phone_number", "", "77"}}
	w.sync(deliverAll)
	w.want("a@x.com", "b@x.com", "+77")
	w.sync(deliverAll).ops(map[string]int64{"unchanged": 2})
}

func checkUpsert(w *world) {
	w.customers("('1', 'a@x.com', NULL)", "('2', 'b@x.com', NULL)", "('3', 'c@x.com', NULL)")
	w.mode = eddy.Upsert
	w.sync(deliverAll).ops(map[string]int64{"insert": 3})
	w.exec("DELETE FROM customers WHERE id = '1'", "UPDATE customers SET email = 'b2@x.com' WHERE id = '2'")
	w.sync(deliverAll).ops(map[string]int64{"update": 1, "unchanged": 1})
	w.want("a@x.com", "b@x.com", "b2@x.com", "c@x.com")
	w.sync(deliverAll).ops(map[string]int64{"unchanged": 2})
	w.mode = eddy.Mirror
	w.sync(deliverAll)
	w.want("b2@x.com", "c@x.com")
	w.sync(deliverAll).ops(map[string]int64{"unchanged": 2})
}

func checkIdentifier(w *world) {
	w.customers("('1', 'a@x.com', NULL)", "('2', 'b@x.com', NULL)")
	w.sync(deliverAll)
	w.id = "email"
	w.sync(deliverAll).ops(map[string]int64{"insert": 2, "delete": 2})
	w.want("a@x.com", "b@x.com")
}

func checkRepeats(w *world) {
	w.customers("('gone', 'a@x.com', '1')", "('b', 'a@x.com', '2')", "('c', 'a@x.com', '3')", "('d', 'a@x.com', '4')")
	w.sync(deliverAll)
	w.exec("DELETE FROM customers WHERE id = 'gone'")
	w.model = eddy.Model{SQL: "SELECT * FROM customers UNION ALL SELECT * FROM customers"}
	w.sync(deliverAll).ops(map[string]int64{"delete": 1, "reassert": 3})
	w.want("a@x.com", "+2", "+3", "+4")
}
