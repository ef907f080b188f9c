package api_test

import (
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/eddy-retl/eddy/api"
	"github.com/eddy-retl/eddy/destination"
	"github.com/eddy-retl/eddy/sandbox"
	"github.com/eddy-retl/eddy/warehouse"
	"github.com/eddy-retl/eddy/warehouse/warehousetest"
)

func TestTestingASource(t *testing.T) {
	t.Parallel()
	both(t, func(w *world) {
		w.shop(1)
		var steps api.Steps
		w.call(w.editor, "POST", "/api/v1/sources/shop/test", nil, &steps)
		if !steps.OK || len(steps.Steps) != 2 || steps.Steps[1].Detail != "1 table or view" {
			t.Errorf("got %+v", steps)
		}
		w.call(w.editor, "POST", "/api/v1/sources/draft/test", map[string]any{"spec": map[string]any{"type": "duckdb", "path": filepath.Join(w.dir, "none.duckdb")}}, &steps)
		if steps.OK || steps.Steps[0].Step != "reach" || steps.Steps[0].Mend == "" {
			t.Errorf("a file that is not there: %+v", steps)
		}
		w.call(w.editor, "POST", "/api/v1/sources/pg/test", map[string]any{"spec": map[string]any{"type": "postgres", "url": warehousetest.Postgres(t)}}, &steps)
		if last := steps.Steps[len(steps.Steps)-1]; !steps.OK || len(steps.Steps) != 4 || last.Step != "role" || !last.Warning || last.Detail != "it is a superuser" || !strings.Contains(last.Mend, "only reads") {
			t.Errorf("PostgreSQL: %+v", steps)
		}
		w.refused(w.editor, api.Call{Method: "POST", Path: "/api/v1/sources/nothing/test"}, http.StatusNotFound)
	})
}

func TestTestingADestination(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", nil)
	w.shop(1)
	var steps api.Steps
	w.call(w.editor, "POST", "/api/v1/destinations/x/test", nil, &steps)
	if !steps.OK || len(steps.Steps) != 6 || steps.Steps[5].Detail != "1 ad account: Sandbox (18ce54d4x5t)" {
		t.Errorf("got %+v", steps)
	}
	spec := w.destination()
	spec["access_token"] = "wrong"
	w.call(w.editor, "POST", "/api/v1/destinations/draft/test", map[string]any{"spec": spec}, &steps)
	last := steps.Steps[1]
	if steps.OK || last.Step != "reach and credentials" || !strings.Contains(last.Detail, "401") || !strings.HasPrefix(last.Mend, "X does not say which of the four values is wrong.") {
		t.Errorf("wrong credentials: %+v", steps)
	}
	w.put("destinations", "wrong", spec)
	p := w.refused(w.editor, api.Call{Method: "GET", Path: "/api/v1/destinations/wrong/audiences"}, http.StatusBadGateway)
	if strings.Contains(p.Detail, "\n") || p.Mend != last.Mend {
		t.Errorf("the audiences of an account with wrong credentials: %+v", p)
	}
	spec["api_url"] = "http://127.0.0.1:1"
	w.call(w.editor, "POST", "/api/v1/destinations/draft/test", map[string]any{"spec": spec}, &steps)
	if last = steps.Steps[len(steps.Steps)-1]; steps.OK || !strings.Contains(last.Detail, "connection refused") {
		t.Errorf("nobody there: %+v", steps)
	}
}

func TestLookingIntoASource(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", nil)
	w.shop(100)
	pg := w.put("sources", "pg", map[string]any{"type": "postgres", "url": warehousetest.Postgres(t)})
	if strings.Contains(string(pg.Spec), "postgres://") {
		t.Errorf("the URL is told: %s", pg.Spec)
	}
	var tables api.Page[warehouse.Table]
	w.call(w.editor, "GET", "/api/v1/sources/shop/tables?q=CUST", nil, &tables)
	if len(tables.Items) != 1 || !strings.Contains(tables.Items[0].Name, "customers") || tables.Items[0].Kind != warehouse.BaseTable {
		t.Errorf("tables: %v", tables.Items)
	}
	// The test of a source makes Eddy's own tables there: they are no model.
	var steps api.Steps
	w.call(w.editor, "POST", "/api/v1/sources/pg/test", nil, &steps)
	w.call(w.editor, "POST", "/api/v1/sources/pg/test", nil, &steps)
	w.call(w.editor, "GET", "/api/v1/sources/pg/tables", nil, &tables)
	if !steps.OK || steps.Steps[1].Detail != "no tables that this role may see" || len(tables.Items) != 0 {
		t.Errorf("tables of an empty database: %v, after %+v", tables.Items, steps)
	}
	var columns api.Columns
	w.call(w.raw, "POST", "/api/v1/sources/shop/columns", api.Query{Model: api.Model{Table: "customers"}}, &columns)
	if len(columns.Columns) != 3 || columns.Masked || columns.Columns[1].Name != "email" || len(columns.Columns[1].Samples) != 3 {
		t.Errorf("columns: %+v", columns)
	}
	w.call(w.editor, "POST", "/api/v1/sources/shop/columns", api.Query{Model: api.Model{SQL: "SELECT email FROM customers WHERE id = 7;"}}, &columns)
	if !columns.Masked || len(columns.Columns[0].Samples) != 0 || columns.Columns[0].Seen != nil {
		t.Errorf("columns of one row: %+v", columns)
	}
	var rows api.Rows
	w.call(w.raw, "POST", "/api/v1/sources/shop/preview", api.Query{Model: api.Model{SQL: "SELECT id, phone FROM customers ORDER BY id -- a comment"}, Limit: 2}, &rows)
	if len(rows.Rows) != 2 || *rows.Rows[0][0] != "0" || rows.Rows[0][1] != nil || *rows.Rows[1][1] != "+493012345611" {
		t.Errorf("rows: %+v", rows)
	}
	w.call(w.raw, "POST", "/api/v1/sources/shop/preview", api.Query{Model: api.Model{Table: "main.customers"}}, &rows)
	if len(rows.Rows) != 50 {
		t.Errorf("%d rows, want 50", len(rows.Rows))
	}
	w.call(w.raw, "POST", "/api/v1/sources/pg/preview", api.Query{Model: api.Model{SQL: "select 1 as one, now()::date as today, null::text as nothing"}}, &rows)
	if len(rows.Rows) != 1 || *rows.Rows[0][0] != "1" || rows.Rows[0][2] != nil {
		t.Errorf("PostgreSQL: %+v", rows)
	}
	for _, sql := range []string{"DELETE FROM customers", "SELECT 1; DROP TABLE customers", "SELECT 1) AS a, (SELECT 2", "nonsense"} {
		for _, source := range []string{"shop", "pg"} {
			if code, text := w.text(w.raw, "POST", "/api/v1/sources/"+source+"/preview", `{"sql":"`+sql+`"}`); code < 400 || code == http.StatusInternalServerError {
				t.Errorf("%s on %s: %d %s", sql, source, code, text)
			}
		}
	}
	w.refused(w.editor, api.Call{Method: "POST", Path: "/api/v1/sources/shop/preview", Body: api.Query{}}, http.StatusUnprocessableEntity)
	w.refused(w.editor, api.Call{Method: "POST", Path: "/api/v1/sources/shop/preview", Body: api.Query{Model: api.Model{Table: "customers"}, Limit: 51}}, http.StatusUnprocessableEntity)
}

// TestLongValuesAreCut: of a value no more is shown, or held, than a person can read, and of
// many columns less.
func TestLongValuesAreCut(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", nil)
	w.shop(1)
	w.put("sources", "pg", map[string]any{"type": "postgres", "url": warehousetest.Postgres(t)})
	const mark = "… [cut]"
	for _, source := range []string{"shop", "pg"} {
		var rows api.Rows
		w.call(w.raw, "POST", "/api/v1/sources/"+source+"/preview", api.Query{Model: api.Model{SQL: "SELECT repeat('ä', 4096) AS fits, repeat('ä', 4097) AS long, 'x' || repeat('ä', 500000) AS odd"}}, &rows)
		got := rows.Rows[0]
		if *got[0] != strings.Repeat("ä", 4096) || *got[1] != strings.Repeat("ä", 4096)+mark || *got[2] != "x"+strings.Repeat("ä", 4095)+mark {
			t.Errorf("%s: %d, %d and %d bytes", source, len(*got[0]), len(*got[1]), len(*got[2]))
		}
	}
	var wide []string
	for i := range 500 {
		wide = append(wide, fmt.Sprintf("repeat('y', 1000) AS c%d", i))
	}
	var rows api.Rows
	sql := "SELECT " + strings.Join(wide, ", ") + " FROM generate_series(1, 50) AS g"
	if w.call(w.raw, "POST", "/api/v1/sources/shop/preview", api.Query{Model: api.Model{SQL: sql}}, &rows); len(rows.Rows) != 50 || *rows.Rows[49][499] != strings.Repeat("y", 335)+mark {
		t.Errorf("of %d wide rows %q is shown", len(rows.Rows), *rows.Rows[49][499])
	}
}

// TestAnswersMayTakeLong: a request that came with a body is waited for beyond the time that
// its body had.
func TestAnswersMayTakeLong(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", nil)
	url := warehousetest.Postgres(t)
	conn, err := pgx.Connect(t.Context(), url)
	w.must(err)
	// A model may not name what waits; a function of the database's own hides it.
	_, err = conn.Exec(t.Context(), "CREATE FUNCTION slept() RETURNS text LANGUAGE plpgsql AS $f$ BEGIN EXECUTE 'SELECT pg_' || 'sleep(6)'; RETURN 'slept'; END $f$")
	w.must(errors.Join(err, conn.Close(t.Context())))
	w.put("sources", "pg", map[string]any{"type": "postgres", "url": url})
	var rows api.Rows
	w.call(w.raw, "POST", "/api/v1/sources/pg/preview", api.Query{Model: api.Model{SQL: "SELECT slept() AS slept"}}, &rows)
	if len(rows.Rows) != 1 || *rows.Rows[0][0] != "slept" {
		t.Errorf("got %+v", rows)
	}
}

func TestPayloadOfARow(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", nil)
	w.shop(1)
	w.duck("UPDATE customers SET email = ' ADA.Lovelace@analytical.example, nonsense', phone = '+49 30 1234567'")
	const phone = "+49301234567"
	var p api.Payload
	w.call(w.raw, "POST", "/api/v1/connections/vip/payload", nil, &p)
	if len(p.Rows) != 1 || p.Masked || len(p.Rows[0].Fields) != 2 {
		t.Fatalf("got %+v", p)
	}
	f := p.Rows[0].Fields
	if f[0].Normalised[0] != rawEmail || len(f[0].Sent) != 1 || len(f[0].Sent[0]) != 64 || len(f[0].Problems) != 1 || f[1].Normalised[0] != phone {
		t.Errorf("fields: %+v", f)
	}
	if !strings.Contains(string(p.Body), f[0].Sent[0]) || !strings.Contains(string(p.Body), `"operation_type":"Update"`) {
		t.Errorf("the body: %s", p.Body)
	}
	draft := w.connection(map[string]any{"mapping": map[string]any{"partner_user_id": "email", "expires_at": map[string]any{"constant": "2099-01-01T00:00:00Z"}}})
	w.call(w.editor, "POST", "/api/v1/connections/vip/payload", map[string]any{"spec": draft}, &p)
	code, text := w.text(w.editor, "POST", "/api/v1/connections/vip/payload", "")
	if code != http.StatusOK || !strings.Contains(text, `"rows":[]`) || !strings.Contains(text, `"masked":true`) || strings.Contains(text, "body") {
		t.Errorf("for those who may not see values: %d %s", code, text)
	}
	w.refused(w.editor, api.Call{Method: "POST", Path: "/api/v1/connections/vip/payload", Body: map[string]any{"spec": w.connection(map[string]any{"identifier": "nothing"})}}, http.StatusUnprocessableEntity)
}

func TestAudiencesOfADestination(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", nil)
	w.shop(1)
	const root = "/api/v1/destinations/x/audiences"
	var made destination.AudienceInfo
	w.call(w.editor, "POST", root, api.NewAudience{Name: "Second", Description: "more"}, &made)
	var found []string
	for a, err := range w.viewer.Audiences(t.Context(), "x") {
		w.must(err)
		found = append(found, a.Name)
	}
	if len(found) != 2 {
		t.Errorf("audiences: %v", found)
	}
	var page api.Page[destination.AudienceInfo]
	w.call(w.viewer, "GET", root+"?q=sec", nil, &page)
	if len(page.Items) != 1 || page.Items[0].ID != made.ID {
		t.Errorf("found %+v", page.Items)
	}
	w.call(w.editor, "PATCH", root+"/"+made.ID, api.AudienceName{Name: "Renamed"}, nil)
	w.call(w.viewer, "GET", root+"/"+made.ID, nil, &made)
	if made.Name != "Renamed" {
		t.Errorf("renamed: %+v", made)
	}
	if p := w.refused(w.admin, api.Call{Method: "DELETE", Path: root + "/" + w.audience}, http.StatusConflict); !strings.Contains(p.Detail, "vip") {
		t.Errorf("got %v", p)
	}
	w.call(w.admin, "DELETE", root+"/"+made.ID, nil, nil)
	if code, text := w.text(w.viewer, "GET", root+"/nothing", ""); code != http.StatusBadGateway {
		t.Errorf("an audience that is not there: %d %s", code, text)
	}
}

// A clock that is off is told before the first run, also where X takes the time so far.
func TestAWrongClockIsTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", nil)
	w.shop(1)
	cfg := sandbox.Default()
	cfg.Now, cfg.ClockWindow = func() time.Time { return time.Now().Add(-10 * time.Minute) }, time.Hour
	x := httptest.NewServer(sandbox.New(cfg))
	t.Cleanup(x.Close)
	spec := w.destination()
	spec["api_url"] = x.URL
	w.put("destinations", "late", spec)
	var got api.Steps
	change := map[string]any{"destination": "late", "audience": map[string]any{"create": map[string]any{"name": "New"}}}
	w.call(w.editor, "POST", "/api/v1/connections/second/test", map[string]any{"spec": w.connection(change)}, &got)
	last := got.Steps[len(got.Steps)-1]
	if got.OK || last.Step != "clock" || last.OK || last.Detail != "the clock of this machine is 10m ahead of X's" || !strings.Contains(last.Mend, "NTP") {
		t.Errorf("got %+v", got)
	}
}

// Who makes a connection is told what the role of its source may do beside reading, as who
// tests the source is, and nothing of a role that only reads.
func TestConnectionsTellOfTheRole(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", nil)
	w.shop(1)
	root, err := url.Parse(warehousetest.Postgres(t))
	w.must(err)
	db, err := sql.Open("pgx", root.String())
	w.must(err)
	t.Cleanup(func() { _ = db.Close() })
	role := "reader_" + strings.ToLower(rand.Text())
	for _, statement := range []string{
		"CREATE TABLE customers AS SELECT 1 AS id, 'ada@example.com' AS email, '+4930123456' AS phone", "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
		"CREATE ROLE " + role + " LOGIN PASSWORD 'r'", "GRANT SELECT ON customers TO " + role, "CREATE SCHEMA _eddy AUTHORIZATION " + role,
	} {
		_, err := db.ExecContext(t.Context(), statement)
		w.must(err)
	}
	t.Cleanup(func() {
		for _, statement := range []string{"DROP OWNED BY " + role + " CASCADE", "DROP ROLE " + role} {
			if _, err := db.Exec(statement); err != nil {
				t.Error(err)
			}
		}
	})
	reader := *root
	reader.User = url.UserPassword(role, "r")
	told := func(path string, spec map[string]any) (api.TestStep, bool) {
		t.Helper()
		var got api.Steps
		w.call(w.editor, "POST", path, map[string]any{"spec": spec}, &got)
		i := slices.IndexFunc(got.Steps, func(s api.TestStep) bool { return s.Step == "role" })
		if !got.OK || i < 0 {
			t.Errorf("%s: %+v", path, got)
			return api.TestStep{}, false
		}
		return got.Steps[i], true
	}
	for name, c := range map[string]struct {
		url, schema string
		warning     bool
		detail      string
	}{"root": {root.String(), "_eddy_of_root", true, "it is a superuser"}, "reader": {reader.String(), "_eddy", false, "only reads"}} {
		source := map[string]any{"type": "postgres", "url": c.url, "schema": c.schema}
		w.put("sources", name, source)
		ofSource, _ := told("/api/v1/sources/"+name+"/test", source)
		ofConnection, _ := told("/api/v1/connections/second/test", w.connection(map[string]any{"source": name, "audience": map[string]any{"create": map[string]any{"name": "New"}}}))
		if ofConnection != ofSource || ofConnection.Warning != c.warning || ofConnection.Detail != c.detail || c.warning != strings.Contains(ofConnection.Mend, "only reads") {
			t.Errorf("%s: the source's test says %+v, the connection's %+v", name, ofSource, ofConnection)
		}
	}
}

// What a run would refuse at once is told before somebody makes the connection, by the same
// code, and nothing is made.
func TestConnectionsAreTested(t *testing.T) {
	t.Parallel()
	both(t, func(w *world) {
		w.shop(2)
		w.ended(api.Start{}) // now vip feeds the audience
		const path = "/api/v1/connections/second/test"
		fresh := map[string]any{"audience": map[string]any{"create": map[string]any{"name": "New"}}}
		_, before := w.text(w.admin, "GET", "/api/v1/destinations/x/audiences", "")
		for name, x := range map[string]struct {
			change     map[string]any
			step, says string
		}{
			"all is well":        {nil, "", `"New", made by the first run`},
			"a name that exists": {map[string]any{"audience": map[string]any{"create": map[string]any{"name": "VIP"}}}, "audience", "already exists"},
			"no such audience":   {map[string]any{"audience": map[string]any{"id": "zzzzz"}}, "audience", "X does not have it"},
			"no such column":     {map[string]any{"mapping": map[string]any{"email": "mail"}}, "model", "has no column"},
			"no such table":      {map[string]any{"table": "nothing"}, "model", "nothing"},
		} {
			var got api.Steps
			w.call(w.editor, "POST", path, map[string]any{"spec": w.connection(fresh, x.change)}, &got)
			if got.OK != (x.step == "") || len(got.Steps) != 4 {
				t.Errorf("%s: %+v", name, got)
			}
			for _, step := range got.Steps {
				if step.OK == (step.Step == x.step) || step.Step == x.step && !strings.Contains(step.Detail, x.says) || x.step == "" && step.Step == "audience" && step.Detail != x.says {
					t.Errorf("%s: %+v", name, step)
				}
				if !step.OK && step.Mend == "" {
					t.Errorf("%s: %s has no cure", name, step.Step)
				}
			}
		}
		w.refused(w.editor, api.Call{Method: "POST", Path: path, Body: map[string]any{"spec": w.connection()}}, http.StatusUnprocessableEntity) // vip feeds it
		if _, after := w.text(w.admin, "GET", "/api/v1/destinations/x/audiences", ""); after != before {
			t.Error("the test made an audience")
		}
	})
}

// No secret, and no raw value for somebody without the right, is in any answer or log.
func TestNothingPrivateIsTold(t *testing.T) {
	t.Parallel()
	both(t, func(w *world) {
		w.shop(2)
		w.duck("INSERT INTO customers VALUES (99, 'bad-%s', 'private-phone-text')", "private.example")
		r := w.ended(api.Start{})
		bodies := map[string]string{
			"preview-model": `{"table":"customers"}`, "list-columns": `{"sql":"SELECT email || phone AS both, email FROM customers"}`,
			"preview-payload": "", "check-connection": `{"spec":{"source":"shop"}}`, "plan-connection": "",
		}
		secrets := []string{secretToken, rawEmail, "lovelace", "private.example", "private-phone", "user1@", "49301234561"}
		for _, op := range operations(t) {
			if op.method != "GET" && bodies[op.id] == "" && op.id != "preview-payload" && op.id != "plan-connection" && op.id != "test-source" && op.id != "test-destination" && op.id != "test-connection" {
				continue
			}
			name := "vip"
			for kind, its := range map[string]string{"/sources/": "shop", "/destinations/": "x"} {
				if strings.Contains(op.path, kind) {
					name = its
				}
			}
			id := r.RunID
			if strings.Contains(op.path, "/audiences/") {
				id = w.audience
			}
			path := strings.NewReplacer("{name}", name, "{id}", id, "{sync}", r.RunID).Replace(op.path)
			code, text := w.text(w.admin, op.method, path, bodies[op.id])
			for _, secret := range secrets {
				if strings.Contains(strings.ToLower(text), strings.ToLower(secret)) {
					t.Errorf("%s (%d) tells %q: %s", op.id, code, secret, text)
				}
			}
			if code == http.StatusInternalServerError {
				t.Errorf("%s: %s", op.id, text)
			}
		}
		for _, secret := range secrets {
			if strings.Contains(w.log.String(), secret) {
				t.Errorf("the log tells %q", secret)
			}
		}
		// The same previews, for somebody who may see raw values, do show them.
		if _, text := w.text(w.raw, "POST", "/api/v1/sources/shop/preview", bodies["preview-model"]); !strings.Contains(text, rawEmail) {
			t.Errorf("the right to see raw values shows none: %s", text)
		}
	})
}
