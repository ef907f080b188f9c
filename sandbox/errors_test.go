package sandbox_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/eddy-retl/eddy/sandbox"
)

const users = `"users":[{"email":["4798b8bbdcf6f2a52e527f46a3d7a7c9aefb541afda03af79c74809ecc6376f3"]}]`

// Each refused users body: what X would call it, and that nothing was applied.
func TestUsersRefusals(t *testing.T) {
	t.Parallel()
	good := op("Update", "kept")
	for name, c := range map[string]struct {
		body, errors, operations string
		change                   func(*sandbox.Config)
	}{
		"no JSON":            {body: `[{`, errors: "INVALID_PARAMETER"},
		"not an array":       {body: `{"operation_type":"Update"}`, errors: "INVALID_PARAMETER"},
		"text behind":        {body: `[` + good + `] x`, errors: "INVALID_PARAMETER"},
		"empty body":         {body: ``, errors: "INVALID_PARAMETER"},
		"empty array":        {body: `[]`, errors: "MISSING_PARAMETER"},
		"type unknown":       {body: `[` + good + `,{"operation_type":"update","params":{` + users + `}}]`, operations: ",INVALID_PARAMETER operation_type"},
		"type missing":       {body: `[{"params":{` + users + `}},` + good + `]`, operations: "MISSING_PARAMETER operation_type,"},
		"type a number":      {body: `[{"operation_type":1,"params":{` + users + `}}]`, operations: "INVALID_PARAMETER operation_type"},
		"type null":          {body: `[{"operation_type":null,"params":{` + users + `}}]`, operations: "MISSING_PARAMETER operation_type"},
		"operation a string": {body: `["Update",` + good + `]`, operations: "INVALID_PARAMETER operation_type,"},
		"params missing":     {body: `[{"operation_type":"Update"}]`, operations: "MISSING_PARAMETER users"},
		"params null":        {body: `[{"operation_type":"Update","params":null}]`, operations: "INVALID_PARAMETER params"},
		"users missing":      {body: `[` + good + `,{"operation_type":"Update","params":{}}]`, operations: ",MISSING_PARAMETER users"},
		"users null":         {body: `[{"operation_type":"Update","params":{"users":null}}]`, operations: "MISSING_PARAMETER users"},
		"users empty":        {body: `[{"operation_type":"Update","params":{"users":[]}}]`, operations: "MISSING_PARAMETER users"},
		"users an object":    {body: `[{"operation_type":"Update","params":{"users":{}}}]`, operations: "INVALID_PARAMETER users"},
		"user a string":      {body: `[{"operation_type":"Update","params":{"users":["x"]}}]`, operations: "INVALID_PARAMETER users"},
		"user empty":         {body: `[{"operation_type":"Update","params":{"users":[{}]}}]`, operations: "MISSING_PARAMETER users"},
		"user unknown key":   {body: `[{"operation_type":"Update","params":{"users":[{"mail":["x"]}]}}]`, operations: "MISSING_PARAMETER users"},
		"field empty":        {body: `[{"operation_type":"Update","params":{"users":[{"email":[]}]}}]`, operations: "MISSING_PARAMETER users"},
		"field a string":     {body: `[{"operation_type":"Update","params":{"users":[{"email":"x"}]}}]`, operations: "INVALID_PARAMETER email"},
		"value a number":     {body: `[{"operation_type":"Update","params":{"users":[{"phone_number":[1]}]}}]`, operations: "INVALID_PARAMETER phone_number"},
		"value null":         {body: `[{"operation_type":"Update","params":{"users":[{"handle":[null]}]}}]`, operations: "INVALID_PARAMETER handle"},
		"value empty":        {body: `[{"operation_type":"Update","params":{"users":[{"partner_user_id":[""]}]}}]`, operations: "INVALID_PARAMETER partner_user_id"},
		"key twice":          {body: `[{"operation_type":"Update","operation_type":"Delete","params":{` + users + `}}]`, operations: "INVALID_PARAMETER operation_type"},
		"time unreadable":    {body: `[{"operation_type":"Update","params":{"effective_at":"tomorrow",` + users + `}}]`, operations: "INVALID_PARAMETER effective_at"},
		"time a number":      {body: `[{"operation_type":"Update","params":{"expires_at":1,` + users + `}}]`, operations: "INVALID_PARAMETER expires_at"},
		"time a fraction":    {body: `[{"operation_type":"Update","params":{"expires_at":"2030-01-01T00:00:00.5Z",` + users + `}}]`, operations: "INVALID_PARAMETER expires_at"},
		"time without zone":  {body: `[{"operation_type":"Update","params":{"expires_at":"2030-01-01T00:00:00",` + users + `}}]`, operations: "INVALID_PARAMETER expires_at"},
		"expires first": {
			body:       `[{"operation_type":"Update","params":{"expires_at":"2030-01-01T00:00:00Z",` + users + `,"effective_at":"2030-01-01T01:00:00+0100"}}]`,
			operations: "INVALID_PARAMETER expires_at",
		},
		"no digest": {
			body: `[` + good + `,{"operation_type":"Update","params":{"users":[{"email":["a@example.com"]}]}}]`, operations: ",INVALID_PARAMETER email",
			change: func(c *sandbox.Config) { c.Digests = sandbox.DigestsStrict },
		},
		"unknown key": {
			body: `[{"operation_type":"Update","params":{"expire_at":"x",` + users + `}}]`, operations: "INVALID_PARAMETER ",
			change: func(c *sandbox.Config) { c.UnknownKeys = sandbox.KeysReject },
		},
		"expired": {
			body: `[{"operation_type":"Update","params":{"expires_at":"2019-01-01T07:00:00Z",` + users + `}}]`, operations: "INVALID_PARAMETER expires_at",
			change: func(c *sandbox.Config) { c.RefusePast = true },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			change := c.change
			if change == nil {
				change = func(*sandbox.Config) {}
			}
			b := start(t, change)
			id := b.audience("x")
			a := b.users(id, c.body)
			if a.status != http.StatusBadRequest {
				t.Fatalf("status %d %s", a.status, a.body)
			}
			v := a.decode(t)
			if got := codes(v["errors"]); got != c.errors {
				t.Errorf("errors are %q, want %q", got, c.errors)
			}
			if got := operationCodes(v); got != c.operations {
				t.Errorf("operation_errors are %q, want %q", got, c.operations)
			}
			if _, isList := v["request"].([]any); !isList {
				t.Errorf("request is no list: %s", a.body)
			}
			if got := b.Members(id); len(got) != 0 {
				t.Errorf("a refused request was applied: %v", got)
			}
			if strings.Contains(a.body, "a@example.com") {
				t.Errorf("a value is in the answer: %s", a.body)
			}
		})
	}
}

func codes(list any) string {
	var out []string
	for _, e := range asList(list) {
		out = append(out, e.(map[string]any)["code"].(string))
	}
	return strings.Join(out, " ")
}

// operationCodes writes "code parameter" of the first error of each operation.
func operationCodes(v map[string]any) string {
	var out []string
	for _, inner := range asList(v["operation_errors"]) {
		text := ""
		for _, e := range asList(inner) {
			m := e.(map[string]any)
			parameter, _ := m["parameter"].(string)
			text = fmt.Sprint(m["code"], " ", parameter)
			break
		}
		out = append(out, text)
	}
	return strings.Join(out, ",")
}

func asList(v any) []any {
	list, _ := v.([]any)
	return list
}

// The envelopes, byte for byte.
func TestEnvelopes(t *testing.T) {
	t.Parallel()
	b := start(t, func(c *sandbox.Config) { c.EchoValues = true })
	id := b.audience("x")
	for name, c := range map[string]struct {
		answer answer
		status int
		body   string
	}{
		"operations": {
			b.users(id, `[`+op("Update", "a")+`,{"operation_type":"Delete","params":{}}]`), 400,
			`{"operation_errors":[[],[{"code":"MISSING_PARAMETER","message":"users is required","parameter":"users"}]],"request":[{"operation_type":"Update","params":{"account_id":"18ce54d4x5t","custom_audience_id":"1nmth"}},{"operation_type":"Delete","params":{"account_id":"18ce54d4x5t","custom_audience_id":"1nmth"}}]}`,
		},
		"echo": {
			b.users(id, `[{"operation_type":"Upsert","params":{`+users+`}}]`), 400,
			`{"operation_errors":[[{"code":"INVALID_PARAMETER","message":"Expected Update or Delete","parameter":"operation_type","value":"Upsert"}]],"request":[{"params":{"account_id":"18ce54d4x5t","custom_audience_id":"1nmth"}}]}`,
		},
		"dead version": {
			b.get("/5/accounts"), 403,
			`{"errors":[{"code":"INVALID","message":"Version 5.0 is not available."}],"request":{"params":{}}}`,
		},
		"foreign account": {
			b.get("/12/accounts/938627011618263040/custom_audiences"), 403,
			`{"errors":[{"code":"NOT_FOUND","message":"Account 938627011618263040 was not found"}],"request":{"params":{}}}`,
		},
		"no audience": {
			b.get("/12/accounts/18ce54d4x5t/custom_audiences/zzz"), 404,
			`{"errors":[{"code":"NOT_FOUND","message":"Custom audience zzz was not found"}],"request":{"params":{"account_id":"18ce54d4x5t","custom_audience_id":"zzz"}}}`,
		},
		"no route": {
			b.get("/12/accounts/18ce54d4x5t/cards"), 404,
			`{"errors":[{"code":"ROUTE_NOT_FOUND","message":"No route for this path"}],"request":{"params":{}}}`,
		},
		"wrong method": {
			b.call("DELETE", "/12/accounts", "", ""), 405,
			`{"errors":[{"code":"METHOD_NOT_ALLOWED","message":"This path does not take DELETE"}],"request":{"params":{}}}`,
		},
	} {
		if c.answer.status != c.status || c.answer.body != c.body {
			t.Errorf("%s: got %d %s\nwant %d %s", name, c.answer.status, c.answer.body, c.status, c.body)
		}
	}
	flags := start(t, func(c *sandbox.Config) { c.EmptyErrors = true })
	a := flags.users(flags.audience("x"), `[{"operation_type":"Delete","params":{}}]`)
	if !strings.HasPrefix(a.body, `{"errors":[],"operation_errors":[[`) {
		t.Errorf("EmptyErrors: %s", a.body)
	}
}

func TestContentType(t *testing.T) {
	t.Parallel()
	b := start(t)
	path := "/12/accounts/" + account + "/custom_audiences/" + b.audience("x") + "/users"
	for contentType, want := range map[string]int{
		"application/json": 200, "application/json; charset=utf-8": 200, "Application/JSON": 200,
		"": 415, "text/plain": 415, "application/x-www-form-urlencoded": 415,
	} {
		body := "[" + op("Update", "a") + "]"
		if strings.HasSuffix(contentType, "urlencoded") {
			body = "a=b"
		}
		if a := b.call("POST", path, contentType, body); a.status != want {
			t.Errorf("%q: %d, want %d: %s", contentType, a.status, want, a.body)
		}
	}
}

// X's limits, exactly.
func TestLimitsOfARequest(t *testing.T) {
	t.Parallel()
	one := op("Update", "a")
	for name, c := range map[string]struct {
		body string
		want int
	}{
		"2500 operations": {"[" + strings.Repeat(one+",", 2499) + one + "]", 200},
		"2501 operations": {"[" + strings.Repeat(one+",", 2500) + one + "]", 400},
		"5000000 bytes":   {pad("["+one+"]", 5_000_000), 200},
		"5000001 bytes":   {pad("["+one+"]", 5_000_001), 413},
	} {
		for _, countOnly := range []bool{false, true} {
			b := start(t, func(c *sandbox.Config) { c.OversizeStatus, c.CountOnly = 413, countOnly })
			a := b.users(b.audience("x"), c.body)
			want := c.want
			if countOnly && want == 400 {
				want = 200 // counting mode does not check
			}
			if a.status != want {
				t.Errorf("%s (counting %v): %d, want %d: %.200s", name, countOnly, a.status, want, a.body)
			}
		}
	}
}

func pad(s string, n int) string { return s + strings.Repeat(" ", n-len(s)) }
