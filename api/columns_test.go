package api_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/eddy-retl/eddy/api"
	"github.com/eddy-retl/eddy/sync"
	"github.com/eddy-retl/eddy/warehouse/warehousetest"
)

func TestIdentifiersAreCounted(t *testing.T) {
	t.Parallel()
	both(t, func(w *world) {
		w.shop(100)
		w.put("sources", "pg", map[string]any{"type": "postgres", "url": warehousetest.Postgres(t)})
		const path = "/api/v1/sources/shop/identifier"
		var id api.Identifier
		w.call(w.editor, "POST", path, api.Candidate{Model: api.Model{Table: "customers"}, Column: "id"}, &id)
		if !id.Unique || id.Rows != 100 || id.Nulls != 0 || *id.Duplicates != 0 || len(id.Warnings) != 0 {
			t.Errorf("id: %+v", id)
		}
		w.call(w.editor, "POST", path, api.Candidate{Model: api.Model{Table: "customers"}, Column: "phone"}, &id)
		// 99 rows have numbers that end in 10 to 99: nine of these stand twice.
		if id.Unique || id.Rows != 100 || id.Nulls != 1 || *id.Duplicates != 9 || *id.Repeated != 18 || len(id.Warnings) != 2 {
			t.Errorf("phone: %+v", id)
		}
		w.call(w.editor, "POST", path, api.Candidate{Model: api.Model{SQL: "SELECT 7 AS n FROM range(20000)"}, Column: "n"}, &id)
		if id.Duplicates != nil || id.Repeated != nil || len(id.Warnings) != 1 || !strings.HasPrefix(id.Warnings[0], "fewer than 5 values stand in several rows:") {
			t.Errorf("few values, for those who may not see them: %+v", id)
		}
		w.call(w.raw, "POST", path, api.Candidate{Model: api.Model{SQL: "SELECT 7 AS n FROM range(20000)"}, Column: "n"}, &id)
		if len(id.Warnings) != 1 || !strings.HasPrefix(id.Warnings[0], "1 value stands in several rows, 20,000 together:") {
			t.Errorf("one value everywhere: %q", id.Warnings)
		}
		for _, source := range []string{"shop", "pg"} {
			in := api.Candidate{Model: api.Model{SQL: `SELECT * FROM (VALUES (1, 'a'), (2, 'a'), (NULL, 'b')) AS v(n, "a ""quoted"" name");`}, Column: `a "quoted" name`}
			w.call(w.raw, "POST", "/api/v1/sources/"+source+"/identifier", in, &id)
			if id.Rows != 3 || *id.Duplicates != 1 || *id.Repeated != 2 || id.Nulls != 0 {
				t.Errorf("%s: %+v", source, id)
			}
			in = api.Candidate{Model: api.Model{SQL: "SELECT 1 AS n WHERE 1 = 0"}, Column: "n"}
			w.call(w.editor, "POST", "/api/v1/sources/"+source+"/identifier", in, &id)
			if id.Rows != 0 || !id.Unique {
				t.Errorf("%s without rows: %+v", source, id)
			}
			for _, sql := range []string{"DELETE FROM customers", "SELECT 1 AS n; DROP TABLE customers", "SELECT 1 AS n) AS a, (SELECT 2", "nonsense"} {
				p := w.refusal(w.editor, "/api/v1/sources/"+source+"/identifier", api.Candidate{Model: api.Model{SQL: sql}, Column: "n"})
				if p.Status == http.StatusInternalServerError {
					t.Errorf("%s on %s: %v", sql, source, p)
				}
			}
		}
		w.refused(w.editor, api.Call{Method: "POST", Path: path, Body: api.Candidate{Model: api.Model{Table: "customers"}, Column: "nothing"}}, http.StatusUnprocessableEntity)
		w.refused(w.editor, api.Call{Method: "POST", Path: path, Body: api.Candidate{Column: "id"}}, http.StatusUnprocessableEntity)
	})
}

func TestSuggestedMappings(t *testing.T) {
	t.Parallel()
	both(t, func(w *world) {
		w.shop(300)
		w.duck(`CREATE TABLE people AS SELECT i AS "customerID", 'USER' || i || '@Example.com ' AS contact, '+4930123456' || (10 + i %% 90) AS "mobilePhone",
			'ada_' || i AS twitter_handle, 'city ' || i %% 7 AS mail_city, TIMESTAMP '2030-01-01' AS valid_until, NULL::VARCHAR AS email FROM range(1, 301) t(i)`)
		const path = "/api/v1/sources/shop/suggestions"
		in := api.SuggestionsRequest{Model: api.Model{Table: "people"}, Destination: "x"}
		var s api.Suggestions
		w.call(w.editor, "POST", path, in, &s)
		want := map[string]string{"email": "contact", "phone_number": "mobilePhone", "handle": "twitter_handle", "expires_at": "valid_until"}
		for field, column := range want {
			if s.Mapping[field] != column {
				t.Errorf("%s is suggested from %q, want %q", field, s.Mapping[field], column)
			}
		}
		if len(s.Mapping) != len(want) || s.SampledRows != 200 || len(s.Warnings) != 0 || s.Identifiers[0] != "customerID" {
			t.Errorf("got %v of %d rows, warnings %v, identifiers %v", s.Mapping, s.SampledRows, s.Warnings, s.Identifiers)
		}
		for _, c := range s.Columns {
			if c.Name == "contact" && (len(c.Fields) != 1 || c.Fields[0].Filled != 200 || c.Fields[0].Valid != 200 || c.Fields[0].Confidence < 0.7) {
				t.Errorf("contact: %+v", c)
			}
		}
		in.Mapping = map[string]string{"phone_number": "contact", "email": "email", "handle": "twitter_handle"}
		w.call(w.editor, "POST", path, in, &s)
		if len(s.Warnings) != 2 || s.Warnings[0].Field != "email" || !strings.Contains(s.Warnings[0].Detail, "fewer than 10") ||
			s.Warnings[1].Column != "contact" || !strings.Contains(s.Warnings[1].Detail, "0 of 200") || strings.Contains(s.Warnings[1].Detail, s.Warnings[1].Field+":") {
			t.Errorf("warnings: %+v", s.Warnings)
		}
		// Digests fit every field: only their names tell.
		in = api.SuggestionsRequest{Model: api.Model{SQL: "SELECT sha256('a' || i) AS email_sha256, sha256('b' || i) AS something FROM range(20) t(i)"}, Destination: "x"}
		s = api.Suggestions{}
		w.call(w.editor, "POST", path, in, &s)
		if len(s.Mapping) != 1 || s.Mapping["email"] != "email_sha256" {
			t.Errorf("digests: %v", s.Mapping)
		}
		if code, text := w.text(w.raw, "POST", path, `{"table":"people","destination":"x","mapping":{"handle":"contact"}}`); code != http.StatusOK || strings.Contains(strings.ToLower(text), "user1") {
			t.Errorf("values are told: %s", text)
		}
		// Who has no account yet is told the same.
		s = api.Suggestions{}
		w.call(w.editor, "POST", path, api.SuggestionsRequest{Model: api.Model{Table: "people"}}, &s)
		if len(s.Mapping) != len(want) || s.Mapping["email"] != "contact" {
			t.Errorf("without a destination: %v", s.Mapping)
		}
		// Who may not see values is not told how few there are, and never that there are none.
		few := `{"sql":"SELECT i AS id, 'user' || i || '@example.com' AS email FROM range(3) t(i)","mapping":{"email":"email"}}`
		if code, text := w.text(w.editor, "POST", path, few); code != http.StatusOK || !strings.Contains(text, "fewer than 10 of the rows") || strings.Contains(text, "is empty") {
			t.Errorf("few values: %d %s", code, text)
		}
		in.Mapping = map[string]string{"email": "nothing"}
		w.refused(w.editor, api.Call{Method: "POST", Path: path, Body: in}, http.StatusUnprocessableEntity)
		w.refused(w.editor, api.Call{Method: "POST", Path: path, Body: api.SuggestionsRequest{Model: api.Model{Table: "people"}, Destination: "nothing"}}, http.StatusNotFound)
	})
}

// A column that is called as the field is wins over a stranger with more or better values,
// and is told with the reason and the runner-up.
func TestSuggestionsGoByNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", nil)
	w.shop(1)
	for name, x := range map[string]struct{ sql, field, want, next string }{
		"a stranger is better filled":       {"CASE WHEN i > 90 THEN m END AS email, m AS contact", "email", "email", "contact"},
		"one null":                          {"CASE WHEN i > 1 THEN m END AS email, m AS contact", "email", "email", "contact"},
		"two bad values":                    {"CASE WHEN i > 2 THEN m ELSE 'nobody' END AS e_mail, m AS contact", "email", "e_mail", "contact"},
		"two bad values of three":           {"CASE WHEN i < 3 THEN 'nobody' WHEN i = 3 THEN m END AS email, m AS contact", "email", "email", "contact"},
		"written in two words":              {"m AS emailAddress, m AS contact", "email", "emailAddress", "contact"},
		"written in one word":               {"m AS EMAILADDRESS, m AS contact", "email", "EMAILADDRESS", "contact"},
		"a name in part is less":            {"m AS billing_email, CASE WHEN i > 50 THEN m END AS email", "email", "email", "billing_email"},
		"a name in part beats a stranger":   {"m AS contact, CASE WHEN i > 50 THEN m END AS billing_email", "email", "billing_email", "contact"},
		"two good names: the better filled": {"p AS mobile, CASE WHEN i > 50 THEN p END AS phone", "phone_number", "mobile", "phone"},
		"a column of yes and no":            {"i % 2 = 0 AS email_opt_in, m AS contact", "email", "contact", ""},
		"an empty column":                   {"NULL::VARCHAR AS email, m AS contact", "email", "contact", "email"},
		"mostly something else":             {"CASE WHEN i > 90 THEN m ELSE 'nobody' END AS email, m AS contact", "email", "contact", "email"},
		"JSON never":                        {"json_array(m) AS email, m AS contact", "email", "contact", ""},
		"nor what has parts":                {"{'email': m} AS email, m AS contact", "email", "contact", ""},
	} {
		in := api.SuggestionsRequest{Model: api.Model{SQL: "SELECT i AS id, " + x.sql + " FROM (SELECT i, 'user' || i || '@example.com' AS m, '+4930123456' || (10 + i) AS p FROM range(1, 100) t(i))"}, Destination: "x"}
		var s api.Suggestions
		w.call(w.editor, "POST", "/api/v1/sources/shop/suggestions", in, &s)
		i := slices.IndexFunc(s.Choices, func(c api.Choice) bool { return c.Field == x.field })
		if i < 0 || s.Mapping[x.field] != x.want || s.Choices[i].Column != x.want || s.Choices[i].RunnerUp != x.next || !strings.Contains(s.Choices[i].Why, "sampled") {
			t.Errorf("%s: got %v, want %s and then %q; %+v", name, s.Mapping, x.want, x.next, s.Choices)
		}
	}
}

func TestWhySomebodyIsInTheAudience(t *testing.T) {
	t.Parallel()
	both(t, func(w *world) {
		w.shop(10)
		w.ended(api.Start{})
		const path = "/api/v1/connections/vip/why"
		var a sync.Answer
		w.call(w.raw, "POST", path, api.Question{Field: "email", Value: " USER3@example.com"}, &a)
		if !strings.HasPrefix(a.Verdict, "In the audience") || len(a.Rows) != 1 || a.Rows[0].RecordID != "3" || len(a.Held) != 1 || a.Held[0].State != "held" || len(a.Log) != 1 {
			t.Errorf("got %+v", a)
		}
		w.call(w.editor, "POST", path, api.Question{RecordID: "4711"}, &a)
		if !strings.HasPrefix(a.Verdict, "Not in the audience") {
			t.Errorf("got %+v", a)
		}
		if code, text := w.text(w.admin, "POST", path, `{"record_id":"0"}`); code != http.StatusOK || strings.Contains(text, "lovelace") {
			t.Errorf("values are told: %d %s", code, text)
		}
		for _, q := range []api.Question{{}, {Field: "email"}, {Field: "email", Value: "a@b.c", RecordID: "1"}, {Field: "expires_at", Value: "2030-01-01"}} {
			w.refused(w.editor, api.Call{Method: "POST", Path: path, Body: q}, http.StatusUnprocessableEntity)
		}
		if p := w.refusal(w.editor, path, api.Question{Field: "email", Value: "s3cret nonsense"}); p.Status != http.StatusBadRequest || strings.Contains(p.Error(), "s3cret") {
			t.Errorf("a value that nobody can have: %v", p)
		}
		if strings.Contains(w.log.String(), "USER3") {
			t.Error("the log tells who was asked after")
		}
	})
}
