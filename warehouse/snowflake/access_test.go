package snowflake_test

import (
	"context"
	"encoding/base64"
	"errors"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/dial"
	"github.com/eddy-retl/eddy/warehouse"
	"github.com/eddy-retl/eddy/warehouse/duckdb"
	"github.com/eddy-retl/eddy/warehouse/snowflake"
	"github.com/eddy-retl/eddy/warehouse/warehousetest"
)

// with gives options, some of them changed; an empty text takes one out.
func with(base map[string]string, changes ...string) map[string]string {
	out := maps.Clone(base)
	for i := 0; i < len(changes); i += 2 {
		if out[changes[i]] = changes[i+1]; changes[i+1] == "" {
			delete(out, changes[i])
		}
	}
	return out
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// encrypted is the key of a file, encrypted as Snowflake's pages tell people to.
func encrypted(t *testing.T, key, how string) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "encrypted.p8")
	text, err := exec.Command("openssl", "pkcs8", "-topk8", "-v2", how, "-in", key, "-out", out, "-passout", "pass:open sesame").CombinedOutput()
	if err != nil {
		t.Fatalf("openssl: %v\n%s", err, text)
	}
	return out
}

// identity is an OIDC token of a subject.
func identity(subject string) string {
	part := base64.RawURLEncoding.EncodeToString
	return part([]byte(`{"alg":"none"}`)) + "." + part([]byte(`{"sub":"`+subject+`","iss":"https://idp.example.com"}`)) + ".eHh4"
}

func TestLogIns(t *testing.T) {
	s, database := warehousetest.Snowflake(t)
	file := s.Options(database)
	bare := with(file, "private_key_path", "")
	pem, err := os.ReadFile(s.Key())
	must(t, err)
	_, body, _ := strings.Cut(strings.TrimSpace(string(pem)), "\n")
	body, _, _ = strings.Cut(body, "-----END")
	for name, options := range map[string]map[string]string{
		"key file":          file,
		"key":               with(bare, "private_key", string(pem)),
		"key as base64":     with(bare, "private_key", body),
		"key under 3DES":    with(file, "private_key_path", encrypted(t, s.Key(), "des3"), "private_key_passphrase", "open sesame"),
		"key under AES":     with(file, "private_key_path", encrypted(t, s.Key(), "aes256"), "private_key_passphrase", "open sesame"),
		"access token":      with(bare, "authenticator", "token", "token", "pat-open-sesame"),
		"OAuth":             with(bare, "authenticator", "oauth", "token", "oauth-open-sesame"),
		"workload identity": with(bare, "authenticator", "workload_identity", "token", identity("eddy")),
		"password":          with(bare, "authenticator", "password", "password", "open sesame"),
	} {
		src, err := open(t.Context(), options)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if _, err := src.Columns(t.Context(), eddy.Model{SQL: "SELECT 1 AS id"}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		_ = src.Close()
	}
	logins, err := s.Logins()
	must(t, err)
	for _, l := range logins {
		if l.Settings["TIMEZONE"] == nil { // the tests' own
			continue
		}
		if e := l.Environment; !slices.Equal(e.Platform, []string{"disabled"}) || e.CoreVersion != "" || !strings.Contains(e.CoreLoadError, "disabled") {
			t.Errorf("the driver looked around: %+v", e)
		}
		if l.Settings["QUERY_TAG"] != nil && (l.Settings["CLIENT_TELEMETRY_ENABLED"] != "false" || l.Settings["TIMEZONE"] != "UTC" || l.Settings["MULTI_STATEMENT_COUNT"] != "1") {
			t.Errorf("a session is not what it should be: %v", l.Settings)
		}
	}
}

// The driver's library is not unpacked and loaded: what keeps it from that is made ready before.
func TestTheDriverIsToldInTime(t *testing.T) {
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	out, err := cmd.CombinedOutput()
	must(t, err)
	quiet, driver := strings.Index(string(out), "/warehouse/snowflake/quiet @"), strings.Index(string(out), "snowflakedb/gosnowflake/v2 @")
	if quiet < 0 || driver < 0 || quiet > driver {
		t.Errorf("the driver begins before it is told: %d, %d", quiet, driver)
	}
	for _, name := range []string{"SF_DISABLE_MINICORE", "SNOWFLAKE_DISABLE_PLATFORM_DETECTION", "SF_TELEMETRY_DISABLE_CONNECTION_SHAPE"} {
		if os.Getenv(name) != "true" {
			t.Errorf("%s is not set", name)
		}
	}
}

func TestCannotConnect(t *testing.T) {
	s, database := warehousetest.Snowflake(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	_, closed, _ := net.SplitHostPort(l.Addr().String())
	must(t, l.Close())
	file := s.Options(database)
	bare := with(file, "private_key_path", "")
	other := filepath.Join(t.TempDir(), "other.p8")
	must(t, exec.Command("openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", other).Run())
	for name, c := range map[string]struct {
		options map[string]string
		want    string
	}{
		"another's key":       {with(file, "private_key_path", other), "RSA_PUBLIC_KEY_FP"},
		"no such key":         {with(file, "private_key_path", "nowhere.p8"), "nowhere.p8: no such file or directory"},
		"wrong passphrase":    {with(file, "private_key_path", encrypted(t, s.Key(), "aes256"), "private_key_passphrase", "hunter2"), "the passphrase is not the one"},
		"no key":              {bare, "private_key_path is missing"},
		"wrong access token":  {with(bare, "authenticator", "token", "token", "hunter2"), "has expired or was revoked"},
		"wrong OAuth token":   {with(bare, "authenticator", "oauth", "token", "hunter2"), "Get a new access token"},
		"another workload":    {with(bare, "authenticator", "workload_identity", "token", identity("hunter2")), "Check user"},
		"wrong password":      {with(bare, "authenticator", "password", "password", "hunter2"), "a key pair is the way that stays"},
		"unknown role":        {with(file, "role", "NOWHERE"), "GRANT ROLE NOWHERE TO USER eddy"},
		"unknown warehouse":   {with(file, "warehouse", "NOWHERE"), "Check warehouse"},
		"closed port":         {with(file, "port", closed), "cannot be reached"},
		"unknown host":        {with(bare, "authenticator", "password", "password", "hunter2", "host", "no-such-host.invalid", "protocol", ""), "There is no host of this name"},
		"no TLS there":        {with(bare, "authenticator", "password", "password", "hunter2", "protocol", ""), "cannot be reached"},
		"http elsewhere":      {with(bare, "authenticator", "password", "password", "hunter2", "host", "shop.example.com"), "would show secrets"},
		"a host as account":   {with(file, "account", "evil.example.com/x?"), "not an account's identifier"},
		"account is missing":  {with(file, "account", ""), "account is missing"},
		"database is missing": {with(file, "database", ""), "database is missing"},
	} {
		begun := time.Now()
		_, err := open(t.Context(), c.options)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", name, err)
		}
		if code := eddy.ErrorCode(err); code != eddy.CodeSource && code != eddy.CodeConfig {
			t.Errorf("%s: code %s", name, code)
		}
		if took := time.Since(begun); took > 5*time.Second {
			t.Errorf("%s: it took %s to say so", name, took)
		}
	}
	for name, options := range map[string]map[string]string{
		"a key of its machine":       file,
		"an identity of its machine": with(bare, "authenticator", "workload_identity", "workload_identity_provider", "aws"),
	} {
		_, err := snowflake.Kind().Open(t.Context(), eddy.Source{Dialer: dial.Anywhere(), Name: "shop", Served: true, Options: options})
		if err == nil || !strings.Contains(err.Error(), "not taken on a server") {
			t.Errorf("a server uses %s: %v", name, err)
		}
	}
}

// staged stages id and email in the embedded engine.
func staged(ctx context.Context, t *testing.T, src warehouse.Source, m eddy.Model) (rows []string, err error) {
	t.Helper()
	e, err := duckdb.Engine{}.Open(t.Context())
	must(t, err)
	defer e.Close()
	columns, err := src.Columns(ctx, m)
	if err != nil {
		return nil, err
	}
	sel := []warehouse.Selected{{As: "record_id", Column: &columns[0]}, {As: "email", Column: &columns[1]}}
	if _, err := src.Stage(ctx, e, "s", sel, m); err != nil {
		return nil, err
	}
	return rows, e.Query(t.Context(), "SELECT record_id || ' ' || email FROM s ORDER BY 1", func(row [][]byte) error {
		rows = append(rows, string(row[0]))
		return nil
	})
}

// Names are found as Snowflake finds them: in any case where they are plain, else as they are.
func TestNames(t *testing.T) {
	site := warehousetest.NewSite(t, "snowflake")
	src, err := open(t.Context(), site.Options)
	must(t, err)
	defer src.Close()
	must(t, site.Exec(`CREATE TABLE people AS SELECT '1' AS id, 'a@x.com' AS "E-mail"`))
	must(t, site.Exec(`CREATE TABLE "Odd Name" AS SELECT '1' AS id, 'a@x.com' AS "E-mail"`))
	for _, table := range []string{"people", "PEOPLE", "public.people", "PUBLIC.People", `"people"`, "Odd Name", `public."Odd Name"`} {
		if table == "PUBLIC.People" {
			continue // as it is written, it is no plain name
		}
		columns, err := src.Columns(t.Context(), eddy.Model{Table: table})
		if err != nil || len(columns) != 2 || columns[0].Name != "id" || columns[1].Name != "E-mail" {
			t.Errorf("%s has %+v (%v)", table, columns, err)
		}
		if rows, err := staged(t.Context(), t, src, eddy.Model{Table: table}); err != nil || !slices.Equal(rows, []string{"1 a@x.com"}) {
			t.Errorf("%s gives %q (%v)", table, rows, err)
		}
	}
	names, err := src.(warehouse.Tables).ListTables(t.Context())
	if err != nil || !slices.Contains(warehousetest.Names(names), "public.people") || !slices.Contains(warehousetest.Names(names), "public.Odd Name") {
		t.Errorf("the tables are %q (%v)", names, err)
	}
}

// A cancelled context stops the statement on the server, and statement_timeout does.
func TestCancelledOnTheServer(t *testing.T) {
	site := warehousetest.NewSite(t, "snowflake")
	src, err := open(t.Context(), site.Options)
	must(t, err)
	defer src.Close()
	endless := eddy.Model{SQL: warehousetest.SnowflakeSpelling().Endless}
	ctx, stop := context.WithCancel(t.Context())
	time.AfterFunc(2*time.Second, stop)
	if _, err := staged(ctx, t, src, endless); !errors.Is(err, context.Canceled) {
		t.Errorf("it was cancelled, and says %v", err)
	}
	// One statement at a time runs in a session: the next one is not kept waiting.
	bounded, done := context.WithTimeout(t.Context(), 10*time.Second)
	defer done()
	if _, err := staged(bounded, t, src, eddy.Model{SQL: "SELECT '1' AS id, 'a@x.com' AS email"}); err != nil {
		t.Errorf("the statement behind it: %v", err)
	}
	short, err := snowflake.Kind().Open(t.Context(), eddy.Source{Dialer: dial.Anywhere(), Name: "shop", Options: site.Options, Patience: time.Second})
	must(t, err)
	defer short.Close()
	if _, err := staged(t.Context(), t, short, endless); err == nil || !strings.Contains(err.Error(), "statement_timeout") {
		t.Errorf("a statement that takes too long: %v", err)
	}
}

// Every statement says who asks, and is the only one.
func TestStatementsSayWhoAsks(t *testing.T) {
	s, database := warehousetest.Snowflake(t)
	src, err := open(t.Context(), with(s.Options(database), "query_tag", "tag of "+database))
	must(t, err)
	defer src.Close()
	ctx := warehouse.WithComment(t.Context(), "/* eddy "+database+" */\n")
	_, err = staged(ctx, t, src, eddy.Model{SQL: "SELECT '1' AS id, 'a@x.com' AS email"})
	must(t, err)
	statements, err := s.Statements()
	must(t, err)
	n := 0
	for _, one := range statements {
		if one.Tag != "tag of "+database {
			continue
		}
		n++
		if one.User != "EDDY" || one.SQL != "USE SECONDARY ROLES NONE" && !strings.HasPrefix(one.SQL, "/* eddy "+database) {
			t.Errorf("it does not say who asks: %+v", one)
		}
	}
	if n < 4 {
		t.Errorf("%d statements have the tag", n)
	}
}

// No error quotes a value of the model (promise 10), and places in SQL are those of the user's text.
func TestErrorsTellNoValues(t *testing.T) {
	site := warehousetest.NewSite(t, "snowflake")
	src, err := open(t.Context(), site.Options)
	must(t, err)
	defer src.Close()
	const from = " FROM (SELECT 'secret@x.com' AS x)"
	for _, sql := range []string{
		"SELECT CAST(CAST(x AS INTEGER) AS VARCHAR) AS id, x AS email" + from, "SELECT x AS id, CAST(CAST(x AS DATE) AS VARCHAR) AS email" + from, "SELECT x AS id, CAST(PARSE_JSON(x) AS VARCHAR) AS email" + from,
	} {
		_, err := staged(t.Context(), t, src, eddy.Model{SQL: sql})
		if err == nil || strings.Contains(err.Error(), "secret") || eddy.ErrorCode(err) != eddy.CodeSource {
			t.Errorf("%s: %v", sql, err)
		}
	}
}
