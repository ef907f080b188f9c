package webhook_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/eddy-retl/eddy/webhook"
)

const secret = "key"

// fox is a text whose HMAC-SHA256 under "key" everybody knows.
const (
	fox       = "The quick brown fox jumps over the lazy dog"
	signature = "f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8"
)

func request(path, header, value string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(fox))
	if header != "" {
		r.Header.Set(header, value)
	}
	return r
}

// signed is the header of who signs with a time.
func signed(at time.Time, body string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "%d.%s", at.Unix(), body)
	return fmt.Sprintf("t=%d,v1=%s", at.Unix(), hex.EncodeToString(mac.Sum(nil)))
}

// TestSigned takes what each tool sends, and nothing like it.
func TestSigned(t *testing.T) {
	now := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	const h = "/hooks/h"
	for name, c := range map[string]struct {
		kind webhook.Kind
		r    *http.Request
		want bool
	}{
		"dbt":                          {webhook.DBTCloud, request(h, "Authorization", signature), true},
		"dbt in capitals":              {webhook.DBTCloud, request(h, "Authorization", strings.ToUpper(signature)), true},
		"dbt with another header":      {webhook.DBTCloud, request(h, "X-Fivetran-Signature-256", signature), false},
		"dbt, cut":                     {webhook.DBTCloud, request(h, "Authorization", signature[:62]), false},
		"dbt, longer":                  {webhook.DBTCloud, request(h, "Authorization", signature+"00"), false},
		"dbt, not hex at the end":      {webhook.DBTCloud, request(h, "Authorization", signature+"zz"), false},
		"dbt, one digit":               {webhook.DBTCloud, request(h, "Authorization", "e"+signature[1:]), false},
		"dbt, nothing":                 {webhook.DBTCloud, request(h, "", ""), false},
		"dbt, the secret itself":       {webhook.DBTCloud, request(h, "Authorization", "Bearer "+secret), false},
		"dbt, in the address":          {webhook.DBTCloud, request(h+"?key="+secret, "", ""), false},
		"Fivetran":                     {webhook.Fivetran, request(h, "X-Fivetran-Signature-256", strings.ToUpper(signature)), true},
		"Fivetran with dbt's header":   {webhook.Fivetran, request(h, "Authorization", signature), false},
		"Airbyte":                      {webhook.Airbyte, request(h+"?key="+secret, "", ""), true},
		"Airbyte with a header":        {webhook.Airbyte, request(h, "Authorization", "Bearer "+secret), true},
		"Airbyte, another":             {webhook.Airbyte, request(h+"?key=kex", "", ""), false},
		"Airbyte, cut":                 {webhook.Airbyte, request(h+"?key=ke", "", ""), false},
		"Airbyte, a wrong header wins": {webhook.Airbyte, request(h+"?key="+secret, "Authorization", "Bearer x"), false},
		"Airbyte, nothing":             {webhook.Airbyte, request(h, "", ""), false},
		"other":                        {webhook.Other, request(h, "X-Eddy-Signature", signed(now, fox)), true},
		"other, minutes ago":           {webhook.Other, request(h, "X-Eddy-Signature", signed(now.Add(-webhook.Skew), fox)), true},
		"other, longer ago":            {webhook.Other, request(h, "X-Eddy-Signature", signed(now.Add(-webhook.Skew-time.Second), fox)), false},
		"other, of tomorrow":           {webhook.Other, request(h, "X-Eddy-Signature", signed(now.Add(24*time.Hour), fox)), false},
		"other, another body":          {webhook.Other, request(h, "X-Eddy-Signature", signed(now, fox+".")), false},
		"other, another time":          {webhook.Other, request(h, "X-Eddy-Signature", strings.Replace(signed(now, fox), "t=17", "t=18", 1)), false},
		"other without a time":         {webhook.Other, request(h, "X-Eddy-Signature", "v1="+signature), false},
		"other, nothing":               {webhook.Other, request(h, "", ""), false},
	} {
		if got := webhook.Signed(c.kind, secret, c.r, []byte(fox), now); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestNoSecretSignsNothing: a secret that is lost is not one that everybody knows.
func TestNoSecretSignsNothing(t *testing.T) {
	for kind, r := range map[webhook.Kind]*http.Request{
		webhook.Airbyte:  httptest.NewRequest(http.MethodPost, "/hooks/x", nil),
		webhook.DBTCloud: httptest.NewRequest(http.MethodPost, "/hooks/x", nil),
	} {
		mac := hmac.New(sha256.New, nil)
		mac.Write([]byte("{}"))
		r.Header.Set("Authorization", hex.EncodeToString(mac.Sum(nil)))
		if kind == webhook.Airbyte {
			r.Header.Del("Authorization")
		}
		if webhook.Signed(kind, "", r, []byte("{}"), time.Now()) {
			t.Errorf("%s is signed without a secret", kind)
		}
	}
	if _, err := webhook.Read(webhook.Other, []byte(`{"id": "a\u0000b", "status": "succeeded"}`)); err == nil {
		t.Error("an id with a NUL is read")
	}
}

// TestRead reads what the tools' own pages show, and what starts nothing.
func TestRead(t *testing.T) {
	const dbt = `{"accountId":1,"eventId":"wev_2L6ZDoilyiWzKkSA59Gmc2d7FDD","timestamp":"2023-01-31T19:29:35.789265936Z","eventType":"%s","webhookName":"test","data":{"jobId":"123","jobName":"Daily","runId":%s,"runStatus":"%s"}}`
	const fivetran = `{"event":"%s","created":"2026-05-22T00:06:08.638Z","connector_type":"x","connector_id":"assimilate_seem","sync_id":"b4703f73","data":{"status":"%s"}}`
	const airbyte = `{"data":{"workspace":{"id":"w"},"connection":{"id":"64d901a1","name":"C"},"jobId":9988,"finishedAt":"2024-01-01T01:00:00Z","success":%s}}`
	const odd = "no event"
	for _, c := range []struct {
		kind       webhook.Kind
		body, want string
	}{
		{webhook.DBTCloud, fmt.Sprintf(dbt, "job.run.completed", `"12345"`, "Success"), "12345 123 true 2023-01-31 job.run.completed, run 12345 of job 123: Success"},
		{webhook.DBTCloud, fmt.Sprintf(dbt, "job.run.completed", "12345", "Errored"), "12345 123 false 2023-01-31 job.run.completed, run 12345 of job 123: Errored"},
		{webhook.DBTCloud, fmt.Sprintf(dbt, "job.run.started", "12345", "Success"), "12345 123 false 2023-01-31 job.run.started, run 12345 of job 123: Success"},
		{webhook.DBTCloud, fmt.Sprintf(dbt, "job.run.completed", `""`, "Success"), odd},
		{webhook.DBTCloud, fmt.Sprintf(dbt, "job.run.completed", `{"a":1}`, "Success"), odd},
		{webhook.DBTCloud, fmt.Sprintf(dbt, "job.run.completed", `"`+strings.Repeat("1", 201)+`"`, "Success"), odd},
		{webhook.Fivetran, fmt.Sprintf(fivetran, "sync_end", "SUCCESSFUL"), "b4703f73 assimilate_seem true 2026-05-22 sync_end of assimilate_seem: SUCCESSFUL"},
		{webhook.Fivetran, fmt.Sprintf(fivetran, "sync_end", "FAILURE_WITH_TASK"), "b4703f73 assimilate_seem false 2026-05-22 sync_end of assimilate_seem: FAILURE_WITH_TASK"},
		{webhook.Fivetran, `{"event":"test_event","created":"timestamp","connector_id":"_connector_1"}`, " _connector_1 false 0001-01-01 test_event of _connector_1: no status"},
		{webhook.Airbyte, fmt.Sprintf(airbyte, "true"), "9988 64d901a1 true 2024-01-01 job 9988 of connection 64d901a1: succeeded"},
		{webhook.Airbyte, fmt.Sprintf(airbyte, "false"), "9988 64d901a1 false 2024-01-01 job 9988 of connection 64d901a1: not succeeded"},
		{webhook.Airbyte, `{"text":"Your connection ran"}`, "  false 0001-01-01 job of connection : not succeeded"},
		{webhook.Other, `{"id":"load 7","status":"succeeded"}`, "load 7  true 0001-01-01 load 7: succeeded"},
		{webhook.Other, `{"id":7,"status":"failed","about":"x\u202ey"}`, "7 x\u202ey false 0001-01-01 7: failed"},
		{webhook.Other, `{"status":"succeeded"}`, odd},
		{webhook.Other, `[]`, odd},
		{webhook.Other, ``, odd},
		{"nothing", `{}`, odd},
	} {
		e, err := webhook.Read(c.kind, []byte(c.body))
		got := fmt.Sprintf("%s %s %v %s %s", e.ID, e.About, e.Succeeded, e.At.Format(time.DateOnly), e.Text)
		if err != nil {
			got = odd
		}
		if got != c.want {
			t.Errorf("%s %s\ngot  %s\nwant %s", c.kind, c.body, got, c.want)
		}
	}
}

// FuzzRead: no body of a stranger is a panic, and what starts something has an id.
func FuzzRead(f *testing.F) {
	f.Add(`{"data":{"jobId":1,"success":true}}`)
	f.Add(`{"event":"sync_end","data":null}`)
	f.Fuzz(func(t *testing.T, body string) {
		for _, kind := range webhook.Kinds() {
			if e, err := webhook.Read(kind, []byte(body)); err == nil && e.Succeeded && e.ID == "" || len([]rune(e.Text)) > 200 {
				t.Errorf("%s: %+v", kind, e)
			}
		}
	})
}
