package redshift_test

import (
	"crypto/tls"
	"encoding/pem"
	"io"
	"maps"
	"net"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/dial"
	"github.com/eddy-retl/eddy/tunnel/tunneltest"
	"github.com/eddy-retl/eddy/warehouse"
	"github.com/eddy-retl/eddy/warehouse/redshift"
	"github.com/eddy-retl/eddy/warehouse/warehousetest"
)

// encrypted stands before the stand-in and speaks TLS with a certificate for 127.0.0.1; it gives
// its port and the file of its authority.
func encrypted(t *testing.T, behind string) (port, authority string) {
	t.Helper()
	srv := httptest.NewTLSServer(nil)
	t.Cleanup(srv.Close)
	authority = filepath.Join(t.TempDir(), "root.pem")
	must(t, os.WriteFile(authority, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw}), 0o600))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				if _, err := io.ReadFull(c, make([]byte, 8)); err != nil { // the request for TLS
					return
				}
				if _, err := c.Write([]byte{'S'}); err != nil {
					return
				}
				up, err := net.Dial("tcp", behind)
				if err != nil {
					return
				}
				defer up.Close()
				secure := tls.Server(c, &tls.Config{Certificates: srv.TLS.Certificates, MinVersion: tls.VersionTLS12})
				go func() {
					_, _ = io.Copy(up, secure)
					_ = up.Close()
				}()
				_, _ = io.Copy(secure, up)
			}()
		}
	}()
	_, port, _ = net.SplitHostPort(l.Addr().String())
	return port, authority
}

// TestCertificatesAreVerifiedByDefault: without sslmode a server is to show a certificate of a
// known authority, for its name.
func TestCertificatesAreVerifiedByDefault(t *testing.T) {
	t.Parallel()
	warehousetest.Passed(t, "redshift", "TLS", warehousetest.OnRedshift())
	through, _ := owner(t)
	u, err := url.Parse(through)
	must(t, err)
	port, authority := encrypted(t, u.Host)
	o := map[string]string{"host": "127.0.0.1", "port": port, "user": "eddy", "password": "eddy", "database": strings.TrimPrefix(u.Path, "/")}
	_, err = open(t.Context(), o)
	says(t, "an unknown authority", err, "cannot be reached", "certificate")
	trusted := with(o, map[string]string{"parameters": "sslrootcert='" + authority + "'"})
	src, err := open(t.Context(), trusted)
	must(t, err)
	must(t, src.Close())
	_, err = open(t.Context(), with(trusted, map[string]string{"host": "localhost"}))
	says(t, "another name", err, "cannot be reached", "localhost")
}

// TestThroughAnSSHHost: Redshift in a private network, whose name the SSH host alone knows.
func TestThroughAnSSHHost(t *testing.T) {
	t.Parallel()
	warehousetest.Passed(t, "redshift", "tunnel", warehousetest.OnRedshift())
	through, _ := owner(t, "CREATE TABLE people AS SELECT '1'::text AS id, 'a@x.com'::text AS email")
	u, err := url.Parse(through)
	must(t, err)
	h := tunneltest.Start(t)
	o := h.Options()
	maps.Copy(o, map[string]string{"host": "db.internal", "port": u.Port(), "user": "eddy", "password": "eddy", "database": strings.TrimPrefix(u.Path, "/"), "sslmode": "disable"})
	src, err := open(t.Context(), o)
	must(t, err)
	defer func() { _ = src.Close() }()
	e, err := src.Engine(t.Context(), "_eddy")
	must(t, err)
	st, err := src.Stage(t.Context(), e, "eddy_stage", byName, eddy.Model{Table: "people"})
	if err != nil || st.Rows != 1 || h.LogIns() != 1 {
		t.Errorf("%d rows with %d log-ins: %v", st.Rows, h.LogIns(), err)
	}
	must(t, e.Close())
	_, err = open(t.Context(), with(o, map[string]string{"ssh.host_key": ""}))
	says(t, "without the host's key", err, "ssh.host_key is missing", "host_key: "+h.HostKey)
}

// TestSourceOnAccount tries what PostgreSQL has nothing of, in a database of its own on somebody's
// cluster or workgroup.
func TestSourceOnAccount(t *testing.T) {
	if warehousetest.Account("redshift") == nil {
		t.Skip("needs a Redshift: EDDY_TEST_REDSHIFT=url=postgres://user:password@host:5439/database")
	}
	ctx := t.Context()
	at, _ := warehousetest.Redshift(t)
	source := func() warehouse.Source {
		src, err := redshift.Kind().Open(ctx, eddy.Source{Dialer: dial.Anywhere(), Name: "real", Type: "redshift", Options: map[string]string{"url": at}})
		must(t, err)
		return src
	}
	src := source()
	t.Cleanup(func() { _ = src.Close() })
	const schema = "eddy_test"
	e, err := src.Engine(ctx, schema)
	must(t, err)
	t.Cleanup(func() { _ = e.Close() })
	for _, q := range []string{
		"CREATE TABLE " + schema + ".kinds (id INTEGER, b BOOLEAN, d DECIMAL(12, 2), f FLOAT8, t VARCHAR(300), at TIMESTAMPTZ, s SUPER, v VARBYTE)",
		"INSERT INTO " + schema + `.kinds SELECT 1, true, 4155550101, 4155550101, 'it''s', '2026-02-03 04:05:06.5+09', JSON_PARSE('{"a": 1}'), TO_VARBYTE('ff', 'hex')`,
		"CREATE VIEW " + schema + ".late AS SELECT * FROM " + schema + ".kinds WITH NO SCHEMA BINDING",
	} {
		if _, err := e.Exec(ctx, q); err != nil {
			t.Fatalf("%s: %v", q, err)
		}
	}
	m := eddy.Model{Table: schema + ".late"}
	columns, err := src.Columns(ctx, m)
	must(t, err)
	var sel []warehouse.Selected
	for i := range columns {
		sel = append(sel, warehouse.Selected{As: columns[i].Name, Column: &columns[i], Time: columns[i].Name == "at"})
	}
	st, err := src.Stage(ctx, e, "eddy_stage", sel, m)
	if err != nil || st.Rows != 1 {
		t.Fatalf("%d rows: %v", st.Rows, err)
	}
	must(t, e.Query(ctx, "SELECT * FROM eddy_stage", func(row [][]byte) error {
		var got []string
		for _, v := range row {
			got = append(got, string(v))
		}
		if text := strings.Join(got, "|"); text != `1|true|4155550101|4155550101|it's|2026-02-02T19:05:06Z|{"a":1}|ff` {
			t.Errorf("staged %s", text)
		}
		return nil
	}))
	list, err := src.(warehouse.Tables).ListTables(ctx)
	if err != nil || !strings.Contains(strings.Join(warehousetest.Names(list), " "), schema+".late") {
		t.Errorf("the view that is bound late is not listed: %v", err)
	}
}
