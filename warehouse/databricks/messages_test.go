package databricks

import (
	"errors"
	"strings"
	"testing"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/dbsql"
)

// What the server of the tests cannot do is told as the API's documentation has it.
func TestMessages(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err        error
		what, mend string
	}{
		"no rights":            {&dbsql.Error{State: dbsql.Failed, SQLState: "42501", Code: "BAD_REQUEST", Message: "[INSUFFICIENT_PERMISSIONS] Insufficient privileges: User does not have USE SCHEMA on Schema 'main.shop'. SQLSTATE: 42501"}, "USE SCHEMA on Schema 'main.shop'", "USE CATALOG"},
		"quota":                {&dbsql.Error{State: dbsql.Failed, Code: "RESOURCE_EXHAUSTED", Message: "secret"}, "RESOURCE_EXHAUSTED", "could not start"},
		"too many calls":       {&dbsql.Error{Status: 429, Code: "REQUEST_LIMIT_EXCEEDED", Message: "m"}, "REQUEST_LIMIT_EXCEEDED", "takes no more"},
		"maintenance":          {&dbsql.Error{Status: 503, Code: "TEMPORARILY_UNAVAILABLE", Message: "secret"}, "503", "takes no more"},
		"stopped by somebody":  {&dbsql.Error{State: dbsql.Canceled}, "CANCELED", "query history"},
		"larger than inline":   {&dbsql.Error{State: dbsql.Failed, Code: "BAD_REQUEST", Message: "Inline byte limit exceeded. secret"}, "cloud_fetch", "cloud_fetch: true"},
		"a value":              {&dbsql.Error{State: dbsql.Failed, SQLState: "22018", Code: "BAD_REQUEST", Message: "[CAST_INVALID_INPUT] The value 'secret' of the type \"STRING\" cannot be cast"}, "converted (CAST_INVALID_INPUT)", "find the row"},
		"a value, as written":  {&dbsql.Error{State: dbsql.Failed, SQLState: "58030", Code: "BAD_REQUEST", Message: "[TASK_WRITE_FAILED] Task failed while writing rows to secret. SQLSTATE: 58030"}, "converted (TASK_WRITE_FAILED)", "find the row"},
		"anything":             {&dbsql.Error{State: dbsql.Failed, SQLState: "XX000", Code: "INTERNAL_ERROR", Message: "secret"}, "INTERNAL_ERROR", "SQL editor"},
		"rows are missing":     {errors.Join(dbsql.ErrIncomplete), "not complete", "run again"},
		"storage is shut":      {&dbsql.StorageError{Host: "s3.test", Err: errors.New("connection refused")}, "s3.test", "cloud_fetch: false"},
		"a broken connection":  {errors.New("connection reset"), "connection broke", "network"},
		"a syntax error":       {&dbsql.Error{State: dbsql.Failed, SQLState: "42601", Message: "\n[PARSE_SYNTAX_ERROR] Syntax error at or near 'id'. SQLSTATE: 42601 (line 2, pos 6)\n\n== SQL ==\nDESCRIBE QUERY\nSELEC id\n------^^^\n"}, "SELEC id", "SELECT statement"},
		"an error of no class": {&dbsql.Error{State: dbsql.Failed, Message: "secret"}, "stopped", "SQL editor"},
	} {
		err := explain(t.Context(), c.err)
		if err == nil || !strings.Contains(err.Error(), c.what) || !strings.Contains(err.Error(), c.mend) || strings.Contains(err.Error(), "secret") || eddy.ErrorCode(err) != eddy.CodeSource {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A model calls nothing that hands work on, however the call is written.
func TestCallsOut(t *testing.T) {
	t.Parallel()
	for sql, want := range map[string]string{
		"SELECT * FROM range(3)": "", "SELECT 'remote_query(1)', `remote_query(1)` FROM t -- remote_query(1)": "", "SELECT remote_query FROM t": "", `SELECT "remote_query('" FROM t`: "",
		"SELECT * FROM remote_query('c')": "remote_query", "SELECT * FROM REMOTE_QUERY /* ( */ ('c')": "remote_query", "SELECT * FROM `Remote_Query`\n('c')": "remote_query", "SELECT a.http_request(1)": "http_request", "SELECT AI_Query('m', email) FROM t": "ai_query", "SELECT ai_note FROM t": "",
		"SELECT IDENTIFIER('http_' || 'request')(1)": "identifier", "SELECT '\\'', reflect('x')": "reflect", `SELECT r'\', reflect('x') --'`: "reflect", "SELECT /* /* */ */ java_method('x')": "java_method",
	} {
		if got := callsOut(sql); got != want {
			t.Errorf("%s calls %q, not %q", sql, got, want)
		}
	}
}
