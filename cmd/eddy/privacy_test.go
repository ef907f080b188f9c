package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/eddy-retl/eddy/sandbox"
)

// TestNoRawValueLeavesTheWarehouse plants recognisable values in valid, invalid,
// conflicting and odd rows, runs every command, succeeding and failing, and then looks
// for them in all that was said, sent and written: they stand in the warehouse, and on
// the standard output of the commands that show values to the one who runs them, and
// nowhere else (promise 10).
func TestNoRawValueLeavesTheWarehouse(t *testing.T) {
	places := []string{"csv", "postgres", "postgres local", "json", "parquet", "duckdb"}
	if testing.Short() {
		places = places[:3] // the others share the state of the first
	}
	for _, place := range places {
		t.Run(place, func(t *testing.T) {
			t.Parallel()
			v := newVault(t, place)
			_, _, fill := v.source()
			fill(people())
			v.succeeds()
			v.failsToRead()
			fill(changed())
			v.changes()
			v.failsAtX()
			fill(people()[:1])
			v.guarded()
			v.dies(fill)
		})
	}
}

// mail is a marked e-mail address as people write them.
func mail(n int) string {
	return fmt.Sprintf("%s.%d@%s.Example", strings.ToUpper(markText[:1])+markText[1:], n, markText)
}

// people are rows of every kind: columns as in columns.
func people() [][]string {
	long := strings.Repeat(markText+" ", 20_000)
	return [][]string{
		{"1", mail(1), "+1 (201) 555-0173", "@" + markText, markID, markText + "-8cf0", markPartner + "-1", "", "2099-12-31"},
		{"2", mail(1) + ", " + mail(2) + ",no at " + markText, "201.555.0173,+" + markPhone, "", "", "", markPartner + " 2", "2020-01-01T00:00:00Z", ""},
		{"3", strings.ToUpper(mail(3)), markPhone + "x", markText + "_is_far_too_long_a_handle", "a" + markID, "~" + markText, markPartner + "'\"\\3", "", ""},
		{"no-address", markText, "", "", "", "", "", "", ""},
		{"no-domain", markText + "@", markPhone[:4], "", "", "", "", "", ""},
		{"twice", mail(4), "", "", "", "", "", "", ""},
		{"twice", mail(5), "", "", "", "", "", "", ""},
		{"", mail(6), "", "", "", "", "", "", ""},
		{"bad-time", mail(7), "", "", "", "", "", "", "31/12/2027 " + markText},
		{"bad-start", mail(8), "", "", "", "", "", markText, "2099-01-01"},
		{"late", mail(9), "", "", "", "", "", "2099-01-02", "2099-01-01"},
		{"odd", "\x01\x1b[31m" + mail(10) + "\t\"'\\`;\n--", "", "", "", "", "", "", ""},
		{"huge", long + "@" + markText + ".example", "", "", "", "", "", "", ""},
		{"quoted", "'; DROP TABLE people; -- " + markText, "", "", "", "", "", "", ""},
		{"refused", mail(11), "", "", "", "", markPartner + "-refused", "", ""},
		{"digits", "", "tel:+1-201-555-0173;ext=" + markPhone, "", "", "", "", "", ""},
	}
}

// changed are people of whom some came, some left and some have new values.
func changed() [][]string {
	rows := people()[1:]
	rows[0][1] = "new." + mail(12)
	return append(rows, []string{"20", mail(20), "+12015550173", "", "", "", "", "", ""}, []string{"21", mail(21), "", "", "", "", markPartner + "-21", "", ""})
}

// succeeds runs every command on what is there for the first time.
func (v *vault) succeeds() {
	v.run(1, "check") // one destination has wrong credentials
	v.run(0, "check", "vip", "--json")
	v.run(0, "plan", "vip")
	v.run(0, "plan", "vip", "--json")
	v.settle("after a look")
	v.run(3, "sync", "vip", "--json")
	v.settle("after the first run")
	v.records()
	v.history()
	v.run(0, "audiences", "x")
	v.run(3, "sync", "hashed")
	v.settle("with hashing off")
}

// failsToRead has the engine stop in the middle of a model.
func (v *vault) failsToRead() {
	v.run(1, "plan", "broken")
	v.run(1, "sync", "broken", "--json")
	v.run(1, "sync", "broken")
	v.run(1, "records", "broken")
	v.run(0, "runs", "broken", "--json")
	v.run(0, "logs", "broken")
	v.settle("after a model that broke")
}

// records are shown to whoever asks for them: the values where the state lies in the
// warehouse, else digests, and partner_user_id. What payload makes of them are digests.
func (v *vault) records() {
	events := v.show(0, "", "records", "vip", "--full")
	if shown := len(find([]byte(events), formsOf(markText))) > 0; shown != v.inWarehouse() {
		v.t.Errorf("records shows values: %t\n%.1000s", shown, events)
	}
	lines := events + `{"type":"record","action":"` + markText + `"}` + "\n" + `{"type":"record","action":"insert","fields":{"email":"no at ` + markText + `"}}` + "\n{" + markText
	bodies := v.show(1, lines, "payload", "--default-region", "US")
	for _, f := range find([]byte(bodies), formsOf(personal()...)) {
		v.t.Errorf("the bodies of payload have %s", f)
	}
	v.show(1, lines, "payload", "--no-hash")
}

func (v *vault) history() {
	for _, args := range [][]string{
		{"runs", "vip"},
		{"runs", "vip", "--json"},
		{"logs", "vip", "--limit", "0"},
		{"logs", "vip", "--json"},
		{"logs", "vip", "--status", "invalid"},
		{"why", "vip", "--record", "1"},
		{"why", "vip", "--record", "no-address", "--json"},
		{"why", "vip", "--record", "refused"},
	} {
		v.run(0, args...)
	}
	// The question may come back to the one who asked it.
	v.show(0, "", "why", "vip", "--email", mail(2))
	v.show(0, "", "why", "vip", "--phone", "+1 201 555 0173", "--json")
	v.show(0, "", "why", "vip", "--partner-user-id", markPartner+"-1")
}

// changes carries through what came, left and changed, and then sends everything again.
func (v *vault) changes() {
	v.run(0, "plan", "vip")
	v.show(0, "", "records", "vip")
	v.run(3, "sync", "vip")
	v.run(3, "sync", "vip", "--full", "--json")
	v.settle("after a change")
}

// failsAtX has X refuse, repeat what it was sent in every way, and break.
func (v *vault) failsAtX() {
	refused, err := sandbox.ParseFault("on=users,poison=partner_user_id:" + markPartner + "-refused")
	v.must(err)
	v.box.Fault(refused)
	v.run(3, "sync", "vip", "--full")
	v.box.ClearFaults()
	v.settle("after X refused a record")
	for name, answer := range v.answers() {
		v.bend(once(answer))
		v.run(3, "sync", "vip", "--full", "--json")
		v.bend(nil)
		v.settle("after X answered with " + name)
	}
	v.run(1, "sync", "refused")
	v.history()
	v.settle("after refused credentials")
}

type bent = func(w http.ResponseWriter, r *http.Request, body []byte) bool

// once bends one answer, so that a run meets it and goes on.
func once(answer func(w http.ResponseWriter, r *http.Request, body []byte)) bent {
	done := make(chan struct{}, 1)
	return func(w http.ResponseWriter, r *http.Request, body []byte) bool {
		select {
		case done <- struct{}{}:
			answer(w, r, body)
			return true
		default:
			return false
		}
	}
}

// answers are refusals and breakdowns that repeat a person's values and the credentials.
func (v *vault) answers() map[string]func(w http.ResponseWriter, r *http.Request, body []byte) {
	say := func(status int, kind string, text func(r *http.Request, body []byte) string) func(http.ResponseWriter, *http.Request, []byte) {
		return func(w http.ResponseWriter, r *http.Request, body []byte) {
			w.Header().Set("Content-Type", kind)
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(status)
			_, _ = w.Write([]byte(text(r, body)))
		}
	}
	echo := func(r *http.Request, body []byte) string {
		return fmt.Sprintf("%s said %s: user %s-1 (%s), '%s' or \"+1 201-555-0173\" by %s", r.Header.Get("Authorization"), body, markPartner, mail(1), markPartner+" 2", "c"+markSecret)
	}
	quote := func(s string) string {
		data, err := json.Marshal(s)
		v.must(err)
		return string(data)
	}
	envelope := func(r *http.Request, body []byte) string {
		item := fmt.Sprintf(`{"code":"INVALID_PARAMETER","parameter":%s,"message":%s,"value":%s,"details":%s}`, quote(markPartner+"-21"), quote(echo(r, body)), quote(mail(2)), quote(markPartner))
		return fmt.Sprintf(`{"errors":[%s],"operation_errors":[[%s],[]],"request":%s}`, item, item, quote(echo(r, body)))
	}
	return map[string]func(http.ResponseWriter, *http.Request, []byte){
		"400 and an echo": say(400, "application/json", envelope),
		"500 and a page":  say(500, "text/html", func(r *http.Request, body []byte) string { return "<html><body>" + echo(r, body) + "</body></html>" }),
		"an unreadable 200": say(200, "application/json", func(r *http.Request, body []byte) string {
			return `{"data":` + quote(echo(r, body))
		}),
		"nothing": func(http.ResponseWriter, *http.Request, []byte) { panic(http.ErrAbortHandler) },
	}
}

// guarded is stopped by the guard, and goes on when it is approved.
func (v *vault) guarded() {
	v.run(4, "sync", "vip")
	v.run(0, "plan", "vip", "--json")
	v.run(0, "sync", "vip", "--approve", "--json")
	v.settle("after a run that was approved")
}

// dies kills the program with SIGKILL while a request is on its way.
func (v *vault) dies(fill func([][]string)) {
	fill(changed())
	cmd := v.command(v.t.Context(), "sync", "vip")
	v.bend(func(http.ResponseWriter, *http.Request, []byte) bool {
		_ = cmd.Process.Kill()
		return true
	})
	said, err := cmd.CombinedOutput()
	v.bend(nil)
	if err == nil {
		v.t.Fatalf("the program lived on: %s", said)
	}
	v.clean("the output of a run that was killed", said)
	v.settle("after a kill")
	v.run(3, "sync", "vip", "--approve-removals", "100000")
	v.settle("after the run behind it")
}

// TestKilledRunLeavesNoRawValueOnDisk gives the engine less memory than the model takes
// and kills the program while what did not fit lies in temporary files.
func TestKilledRunLeavesNoRawValueOnDisk(t *testing.T) {
	v := newVault(t, "csv")
	v.fillCSV(people())
	for _, at := range []string{"comparing", "adding"} {
		cmd := v.command(t.Context(), "sync", "large")
		said, err := cmd.StderrPipe()
		v.must(err)
		v.must(cmd.Start())
		var all strings.Builder
		for lines := bufio.NewScanner(said); lines.Scan(); {
			v.clean("stderr", lines.Bytes())
			all.WriteString(lines.Text() + "\n")
			if strings.Contains(lines.Text(), at) {
				_ = cmd.Process.Kill()
			}
		}
		_ = cmd.Wait()
		spilled, err := filepath.Glob(filepath.Join(v.work, "state", "state", "*.tmp", "*"))
		if err != nil || len(spilled) == 0 {
			t.Fatalf("at %q the engine had spilled nothing: %v\n%s", at, err, &all)
		}
		v.settle("killed while " + at)
	}
}
