package snowflake_test

import (
	"strings"
	"testing"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse/snowflake"
)

// What Snowflake says, by its documentation and by people's reports, becomes advice. None of it was
// heard from Snowflake itself.
func TestMessages(t *testing.T) {
	for _, c := range []struct {
		number  int
		message string
		want    []string
	}{
		{606, "No active warehouse selected in the current session.  Select an active warehouse with the 'use warehouse' command.", []string{"Set warehouse on the source", "No active warehouse"}},
		{90073, "Warehouse 'EDDY' cannot be resumed because resource monitor 'M' has exceeded its quota.", []string{"resource monitor", "raise the quota"}},
		{90109, "Warehouse 'EDDY' is suspended.", []string{"AUTO_RESUME"}},
		{1003, "SQL compilation error:\nsyntax error line 3 at position 8 unexpected 'FRM'.", []string{"one SELECT statement", "line 2 at position 8 unexpected 'FRM'"}},
		{2003, "SQL compilation error:\nObject 'SHOP.PUBLIC.NOWHERE' does not exist or not authorized.", []string{"NOWHERE", "GRANT USAGE"}},
		{904, "SQL compilation error: error line 1 at position 7\ninvalid identifier 'MAIL'", []string{"MAIL", "column names"}},
		{3001, "SQL access control error:\nInsufficient privileges to operate on schema 'PUBLIC'", []string{"PUBLIC", "grant the role"}},
		{630, "Statement reached its statement or warehouse timeout of 60 second(s) and was canceled.", []string{"statement_timeout"}},
		{604, "SQL execution canceled", []string{"Somebody stopped"}},
		{390114, "Authentication token has expired.  The user must authenticate again.", []string{"ended the session"}},
		{100038, "Numeric value 'secret@x.com' is not recognized", []string{"a value of the model cannot be converted", "100038"}},
		{100183, "the text secret@x.com", []string{"cannot be converted"}},
		{300002, "internal error over secret@x.com", []string{"the statement was stopped (300002)"}},
	} {
		tells(t, c.message, snowflake.At(1, snowflake.Explain(c.number, c.message)), c.want)
	}
	for _, c := range []struct {
		number  int
		message string
		want    []string
	}{
		{390100, "Incorrect username or password was specified.", []string{"a key pair is the way that stays"}},
		{390144, "JWT token is invalid. [0ce9eb56]", []string{"RSA_PUBLIC_KEY_FP", "clock"}},
		{394304, "JWT_TOKEN_INVALID_PUBLIC_KEY_FINGERPRINT_MISMATCH", []string{"RSA_PUBLIC_KEY_FP"}},
		{390422, "Incoming request with IP/Token 203.0.113.7 is not allowed to access Snowflake. Contact your account administrator.", []string{"203.0.113.7", "network policy"}},
		{390318, "OAuth access token expired. [0ce9eb56]", []string{"new access token"}},
		{394400, "Programmatic access token is invalid.", []string{"SHOW USER PROGRAMMATIC ACCESS TOKENS"}},
		{390197, "Multi-factor authentication is required for this account.", []string{"second factor"}},
		{390189, "Role 'EDDY' specified in the connect string does not exist or not authorized.", []string{"GRANT ROLE EDDY TO USER EDDY"}},
		{390201, "The requested warehouse does not exist or not authorized.", []string{"Check warehouse"}},
		{260008, "failed to connect to db. verify account name is correct. HTTP: 404", []string{"CURRENT_ORGANIZATION_NAME"}},
	} {
		tells(t, c.message, snowflake.ExplainLogIn(c.number, c.message), c.want)
	}
}

func tells(t *testing.T, message string, err error, want []string) {
	t.Helper()
	if eddy.ErrorCode(err) != eddy.CodeSource || strings.Contains(err.Error(), "secret") {
		t.Errorf("%s: %v", message, err)
	}
	for _, part := range want {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%s: %q is not in: %v", message, part, err)
		}
	}
}

// A name that is shown is written as Snowflake has it.
func TestShownNames(t *testing.T) {
	for name, want := range map[string]string{
		"EMAIL": "email", "E_1$": "e_1$", "email": `"email"`, `"email"`: `""email""`, "Email": "Email", "E-MAIL": "E-MAIL", "É": "É", `"`: `"`, "": "", "1A": "1A", `"A"`: `"A"`,
	} {
		shown := snowflake.Shown(name)
		if shown != want {
			t.Errorf("%q is shown as %q", name, shown)
		}
		if back := snowflake.Quote(shown); back != `"`+strings.ReplaceAll(name, `"`, `""`)+`"` {
			t.Errorf("%q is written as %s", shown, back)
		}
	}
	if got := snowflake.Quote("EMAIL"); got != `"EMAIL"` {
		t.Errorf("EMAIL is written as %s", got)
	}
}

// A model calls nothing that does more than read, however the call is written.
func TestDoes(t *testing.T) {
	t.Parallel()
	for sql, want := range map[string]string{
		"SELECT id, 'SYSTEM$WAIT(1)', ai_note, nextval FROM t -- SYSTEM$WAIT(1)": "", "SELECT CURRENT_DATE()": "",
		"SELECT system$wait(1)": "system$wait", `SELECT "SYSTEM$WAIT"(1)`: `"SYSTEM$WAIT"`, "SELECT s.nextval": "nextval", `SELECT s . "NEXTVAL"`: `"NEXTVAL"`,
		"SELECT ? AS id": "?", "SELECT Snowflake.Cortex.complete('m', 'x')": "CORTEX", `SELECT snowflake . "CORTEX" /* */ . summarize('x')`: "CORTEX",
		"SELECT ai_complete /* ( */ ('m', email) FROM t": "AI_COMPLETE",
	} {
		if got := snowflake.Does(sql); got != want {
			t.Errorf("%s does %q, not %q", sql, got, want)
		}
	}
}
