package clickhouse

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/big"
	"net"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/dial"
	"github.com/eddy-retl/eddy/ledger"
	"github.com/eddy-retl/eddy/warehouse"
	"github.com/eddy-retl/eddy/warehouse/duckdb"
	"github.com/eddy-retl/eddy/warehouse/warehousetest"
)

// each runs a test over both protocols, on the server of this process.
func each(t *testing.T, test func(t *testing.T, s *warehousetest.ClickHouseServer, driver string)) {
	t.Helper()
	s := warehousetest.ClickHouse(t)
	for _, driver := range protocols() {
		t.Run(driver, func(t *testing.T) { test(t, s, driver) })
	}
}

// as are options with others in their place.
func as(o map[string]string, others ...string) map[string]string {
	o = maps.Clone(o)
	for i := 0; i < len(others); i += 2 {
		o[others[i]] = others[i+1]
	}
	return o
}

// says checks what a person reads of an error.
func says(t *testing.T, err error, parts ...string) {
	t.Helper()
	e, ok := errors.AsType[*eddy.Error](err)
	if !ok || e.Code != eddy.CodeSource {
		t.Fatalf("not an error of the source: %v", err)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the error does not say %q: %v", part, err)
		}
	}
}

func reach(t *testing.T, options map[string]string) *source {
	t.Helper()
	src, err := opened(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = src.Close() })
	return src
}

func TestWhoCannotLogInReadsWhy(t *testing.T) {
	each(t, func(t *testing.T, s *warehousetest.ClickHouseServer, driver string) {
		free, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer free.Close()
		closed := strconv.Itoa(free.Addr().(*net.TCPAddr).Port)
		if err := free.Close(); err != nil {
			t.Fatal(err)
		}
		o := at(s, driver, "default")
		for name, c := range map[string]struct {
			options map[string]string
			say     []string
		}{
			"a wrong password":   {as(o, "password", "not this one"), []string{"source shop: ClickHouse at 127.0.0.1:", "user admin", "the user or the password is wrong", "Check user and password"}},
			"nobody's name":      {as(o, "user", "nobody"), []string{"user nobody", "the user or the password is wrong"}},
			"no such database":   {as(o, "database", "nowhere"), []string{"database nowhere", "nowhere does not exist", "Check database"}},
			"nobody listens":     {as(o, "port", closed), []string{"cannot be reached", "connection refused", "secure must fit the port"}},
			"no such host":       {as(o, "host", "nowhere.invalid"), []string{"nowhere.invalid", "cannot be reached", "Check host and port"}},
			"no TLS there":       {as(o, "secure", "true"), []string{"cannot be reached", "secure must fit the port"}},
			"no certificate":     {as(o, "secure", "true", "ca_cert", "/etc/ssl/ca.pem"), []string{"ca_cert has no certificate", "BEGIN CERTIFICATE"}},
			"the other protocol": {as(o, "driver", map[string]string{native: overHTTP, overHTTP: native}[driver]), []string{"cannot be reached"}},
		} {
			t.Run(name, func(t *testing.T) {
				if driver == native && c.options["port"] == o["port"] {
					// The library that tests run as a server ends over a log-in that fails.
					s, err := warehousetest.StartClickHouse()
					if err != nil {
						t.Fatal(err)
					}
					defer s.Stop()
					c.options["port"] = strconv.Itoa(s.Native)
				}
				src, err := opened(t.Context(), c.options)
				if err == nil {
					_ = src.Close()
					t.Fatal("it was opened")
				}
				says(t, err, c.say...)
				if strings.Contains(err.Error(), "not this one") {
					t.Errorf("the error has the password: %v", err)
				}
			})
		}
	})
}

func TestWhatIsMissingIsNamed(t *testing.T) {
	each(t, func(t *testing.T, s *warehousetest.ClickHouseServer, driver string) {
		database := s.Database(t)
		if err := s.Exec(database, "CREATE TABLE people (id String, email String)"); err != nil {
			t.Fatal(err)
		}
		src, reader := reach(t, at(s, driver, database)), reach(t, as(at(s, driver, database), "user", "eddy_reader", "password", "eddy_reader"))
		columns := func(src *source, m eddy.Model) error {
			_, err := src.Columns(t.Context(), m)
			if err == nil {
				err = src.CheckRead(t.Context(), m, []warehouse.Selected{{As: "record_id", Column: &warehouse.Column{Name: "id", Type: "String"}}})
			}
			return err
		}
		says(t, columns(src, eddy.Model{Table: "nowhere"}), "nowhere", "Check the model's table and database")
		says(t, columns(src, eddy.Model{SQL: "SELECT id, mail FROM people"}), "mail", "Check the model's column names")
		says(t, columns(src, eddy.Model{SQL: "SELECT id FROM people WHERE"}), "Syntax error", "one complete SELECT")
		says(t, columns(reader, eddy.Model{Table: database + ".people"}), "grant SELECT", database+".people", "docs/warehouses/clickhouse.md")
		says(t, columns(reader, eddy.Model{SQL: "SELECT id FROM " + database + ".people"}), "grant SELECT", database+".people")
		_, err := reader.Engine(t.Context(), "not_granted")
		says(t, err, `database "not_granted" is missing`, `CREATE DATABASE IF NOT EXISTS "not_granted"; GRANT SELECT, INSERT, CREATE TABLE`, `ON "not_granted".* TO "eddy_reader"`, "state: local")
		says(t, reader.CheckState(t.Context(), "not_granted"), `GRANT TABLE ENGINE ON MergeTree TO "eddy_reader"`)
		if e, err := reader.Existing(t.Context(), "not_granted"); e != nil || err != nil {
			t.Errorf("state that is not there: %v %v", e, err)
		}
	})
}

// count is how many statements with a mark the server carries out now.
func count(t *testing.T, s *warehousetest.ClickHouseServer, mark string) string {
	t.Helper()
	n, err := s.Value("default", "SELECT count() FROM system.processes WHERE query LIKE '%"+mark+"%' AND query NOT LIKE '%system.processes%'")
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// gone waits until the server has stopped a statement, which it does soon.
func gone(t *testing.T, s *warehousetest.ClickHouseServer, mark, what string) {
	t.Helper()
	const soon = 5 * time.Second
	for begun := time.Now(); count(t, s, mark) != "0"; <-time.After(20 * time.Millisecond) {
		if time.Since(begun) > soon {
			t.Errorf("%s goes on", what)
			return
		}
	}
}

// TestWhatIsCancelledStopsOnTheServer: also where its deadline came, and where a reader has had
// enough.
func TestWhatIsCancelledStopsOnTheServer(t *testing.T) {
	each(t, func(t *testing.T, s *warehousetest.ClickHouseServer, driver string) {
		database := s.Database(t)
		src := reach(t, at(s, driver, database))
		e, err := src.Engine(t.Context(), database+"_eddy")
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		for i, ends := range []error{context.Canceled, context.DeadlineExceeded} {
			mark := fmt.Sprintf("mark_%s_%d", database, i)
			endless := "SELECT count() AS " + mark + " FROM numbers(1000000000) AS a, numbers(1000000000) AS b WHERE a.number + b.number = 7"
			for what, run := range map[string]func(ctx context.Context) error{
				"a query": func(ctx context.Context) error { return e.Query(ctx, endless, func([][]byte) error { return nil }) },
				"a table": func(ctx context.Context) error {
					_, err := e.Exec(ctx, "CREATE TABLE "+e.Schema()+".t"+strconv.Itoa(i)+" AS "+endless)
					return err
				},
				"a stage": func(ctx context.Context) error {
					_, err := src.Stage(ctx, e, e.Schema()+".s"+strconv.Itoa(i), []warehouse.Selected{{As: "record_id", Column: &warehouse.Column{Name: mark, Type: "UInt64"}}}, eddy.Model{SQL: endless})
					return err
				},
			} {
				ctx, stop := context.WithCancel(t.Context())
				if i == 1 {
					ctx, stop = context.WithTimeout(t.Context(), time.Second)
				}
				done := make(chan error, 1)
				go func() { done <- run(ctx) }()
				for count(t, s, mark) == "0" && ctx.Err() == nil {
					<-time.After(20 * time.Millisecond)
				}
				if i == 0 {
					stop()
				}
				if err := <-done; !errors.Is(err, ends) {
					t.Errorf("%s: the error is %v", what, err)
				}
				stop()
				gone(t, s, mark, what)
			}
		}
		if n, err := s.Value(database, "SELECT count() FROM system.tables WHERE database = '"+database+"_eddy' AND NOT startsWith(name, 'tmp')"); n != "0" || err != nil {
			t.Errorf("%s tables were left (%v)", n, err)
		}
		enough := errors.New("enough")
		mark := "enough_" + database
		if err := e.Query(t.Context(), "SELECT number AS "+mark+" FROM numbers(3000000)", func([][]byte) error { return enough }); !errors.Is(err, enough) {
			t.Error(err)
		}
		gone(t, s, mark, "what nobody reads")
	})
}

// TestAStatementEndsWithItsPatience: the server ends it, and the user reads which setting.
func TestAStatementEndsWithItsPatience(t *testing.T) {
	each(t, func(t *testing.T, s *warehousetest.ClickHouseServer, driver string) {
		o := at(s, driver, "default")
		src, err := open(t.Context(), eddy.Source{Dialer: dial.Anywhere(), Name: "shop", Options: o, Patience: time.Second})
		if err != nil {
			t.Fatal(err)
		}
		defer src.Close()
		_, err = src.one(t.Context(), "SELECT count() FROM numbers(1000000000) AS a, numbers(1000000000) AS b WHERE a.number + b.number = 7")
		says(t, err, "max_execution_time", "code 159")
	})
}

// cut is a way to the server that ends after so many bytes of answers.
type cut struct {
	after atomic.Int64
	// politely says that it ends as a connection does, and not as one that is reset.
	politely bool
}

func (c *cut) listen(t *testing.T, port int, config *tls.Config) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
			if err != nil {
				return
			}
			if config != nil {
				in = tls.Server(in, config)
			}
			go func() {
				_, _ = io.Copy(out, in)
				_ = out.Close()
			}()
			go func() {
				buf := make([]byte, 4096)
				for {
					n, err := out.Read(buf)
					if left := c.after.Add(-int64(n)); left < 0 || err != nil {
						if tcp, ok := in.(*net.TCPConn); ok && !c.politely {
							_ = tcp.SetLinger(0)
						}
						_ = in.Close()
						_ = out.Close()
						return
					}
					_, _ = in.Write(buf[:n])
				}
			}()
		}
	}()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}

// TestAConnectionThatEndsIsNoEndOfRows: a server that goes while rows are read leaves an error,
// wherever in them it goes; never fewer rows that look like all. The library that tests run as a
// server may end over a connection that does, so each cut has a server of its own.
func TestAConnectionThatEndsIsNoEndOfRows(t *testing.T) {
	warehousetest.Wanted(t, "clickhouse")
	const cuts, rows = 5, 400_000
	m := eddy.Model{SQL: fmt.Sprintf("SELECT toString(number) AS id FROM numbers(%d)", rows)}
	sel := []warehouse.Selected{{As: "record_id", Column: &warehouse.Column{Name: "id", Type: "String", Class: warehouse.Text}}}
	for _, driver := range protocols() {
		for i := range cuts {
			t.Run(fmt.Sprint(driver, i), func(t *testing.T) {
				s, err := warehousetest.StartClickHouse()
				if err != nil {
					t.Fatal(err)
				}
				defer s.Stop()
				port := map[string]int{native: s.Native, overHTTP: s.HTTP}[driver]
				c := &cut{politely: i%2 == 0}
				c.after.Store(1 << 40)
				src := reach(t, as(at(s, driver, "default"), "port", c.listen(t, port, nil)))
				into, err := duckdb.Engine{Path: filepath.Join(t.TempDir(), "x.duckdb")}.Open(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				defer into.Close()
				if _, err := src.Columns(t.Context(), m); err != nil {
					t.Fatal(err)
				}
				c.after.Store(int64(60_000 + 399_989*i))
				staged, err := src.Stage(t.Context(), into, `"s"`, sel, m)
				if err == nil {
					t.Fatalf("%d rows look like all", staged.Rows)
				}
				says(t, err, "the connection broke", "check the server")
			})
		}
	}
}

// TestAServerThatDiesLeavesAnError ends a server of its own while rows are read.
func TestAServerThatDiesLeavesAnError(t *testing.T) {
	warehousetest.Wanted(t, "clickhouse")
	for _, driver := range protocols() {
		t.Run(driver, func(t *testing.T) {
			s, err := warehousetest.StartClickHouse()
			if err != nil {
				t.Fatal(err)
			}
			defer s.Stop()
			src := reach(t, at(s, driver, "default"))
			n := 0
			err = explain(t.Context(), src.query(t.Context(), nil, "SELECT toString(number) FROM numbers(30000000)", func([][]byte) error {
				if n++; n == 100_000 {
					s.Kill()
				}
				return nil
			}))
			if err == nil {
				t.Fatalf("%d rows look like all", n)
			}
			says(t, err, "the connection broke")
			_, err = src.Columns(t.Context(), eddy.Model{SQL: "SELECT 1 AS one"})
			says(t, err, "the connection broke")
		})
	}
}

// authority is a certificate for the name localhost that nobody trusts, and its PEM.
func authority(t *testing.T) (*tls.Config, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}},
		string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

// TestCertificatesAreChecked puts TLS before the server, which has none in this build.
func TestCertificatesAreChecked(t *testing.T) {
	warehousetest.Passed(t, "clickhouse", "TLS", "TLS before the server")
	each(t, func(t *testing.T, s *warehousetest.ClickHouseServer, driver string) {
		config, ca := authority(t)
		port := s.Native
		if driver == overHTTP {
			port = s.HTTP
		}
		c := &cut{}
		c.after.Store(1 << 40)
		o := as(at(s, driver, "default"), "host", "localhost", "port", c.listen(t, port, config))
		delete(o, "secure")
		_, err := opened(t.Context(), o)
		says(t, err, "the server's certificate is not trusted", "ca_cert", "verify: false would trust anybody")
		_, err = opened(t.Context(), as(o, "host", "127.0.0.1", "ca_cert", ca))
		says(t, err, "the server's certificate is not trusted", "host")
		for _, good := range []map[string]string{as(o, "ca_cert", ca), as(o, "host", "127.0.0.1", "verify", "false")} {
			if one, err := reach(t, good).one(t.Context(), "SELECT 1"); one != "1" || err != nil {
				t.Errorf("%s %v", one, err)
			}
		}
	})
}

// people are the model of the database shop.
func people() ledger.Model {
	return ledger.Model{
		Model: eddy.Model{SQL: "SELECT * FROM customers"}, Identifier: warehouse.Column{Name: "id", Type: "String", Class: warehouse.Text}, Settings: "x",
		Mapped: []warehouse.Selected{{As: "email", Column: &warehouse.Column{Name: "email", Type: "String", Class: warehouse.Text}}},
	}
}

// shop fills the database that the page's users may read.
func shop(t *testing.T, s *warehousetest.ClickHouseServer) {
	t.Helper()
	for _, sql := range []string{
		"CREATE TABLE IF NOT EXISTS customers (id String, email String, seen DateTime64(3, 'Asia/Tokyo'))",
		"TRUNCATE TABLE customers",
		"INSERT INTO customers VALUES ('1', 'a@x.com', '2026-02-03 04:05:06.789'), ('2', 'b@x.com', NULL)",
	} {
		if err := s.Exec("shop", sql); err != nil {
			t.Fatal(err)
		}
	}
}

// TestTheSmallestGrantsAreEnough: the server's users are those that the page makes. One keeps
// ledgers in the server, with looks before and after the first run; the other only reads.
func TestTheSmallestGrantsAreEnough(t *testing.T) {
	each(t, func(t *testing.T, s *warehousetest.ClickHouseServer, driver string) {
		shop(t, s)
		if err := s.Exec("_eddy", "DROP DATABASE _eddy SYNC"); err != nil {
			t.Fatal(err)
		}
		m := people()
		fields := []eddy.Field{{Name: "email", Identity: true, Canonical: eddy.CanonicalAddress}}
		ctx := t.Context()
		keeper := reach(t, as(at(s, driver, "shop"), "user", "eddy", "password", "eddy"))
		look := func(want int64) {
			t.Helper()
			e, err := keeper.Existing(ctx, "_eddy")
			if err == nil && e == nil {
				e, err = keeper.Engine(ctx, "")
			}
			if err != nil {
				t.Fatal(err)
			}
			l, err := ledger.Open(ctx, ledger.Config{Engine: e, Connection: "vip", Fields: fields, Dry: true})
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			staged, err := l.Stage(ctx, keeper, m, nil)
			if err != nil {
				t.Fatal(err)
			}
			c, err := staged.Compare(ctx, ledger.CompareOptions{Mode: eddy.Mirror, Now: time.Now(), Lapses: time.Now().AddDate(0, 13, 0), Feed: ledger.Feed{Account: "a", AudienceID: "b"}})
			if err != nil {
				t.Fatal(err)
			}
			lines, err := c.Report(ctx)
			n := int64(0)
			for _, line := range lines {
				n += line.Count
			}
			if err != nil || n != want {
				t.Errorf("%d changes (%v), not %d", n, err, want)
			}
		}
		look(2)
		if n, err := s.Value("default", "SELECT count() FROM system.databases WHERE name = '_eddy'"); n != "0" || err != nil {
			t.Errorf("a look made the database (%v)", err)
		}
		if err := keeper.CheckState(ctx, "_eddy"); err == nil {
			t.Error("it is said that the user may make the database")
		}
		if err := s.Exec("_eddy", ""); err != nil { // as the page has an administrator do
			t.Fatal(err)
		}
		if err := keeper.CheckState(ctx, "_eddy"); err != nil {
			t.Error(err)
		}
		for range 2 {
			told(t, keeper, m, fields)
		}
		look(0)
		if n, err := s.Value("_eddy", "SELECT count() FROM system.tables WHERE database = '_eddy' AND (name LIKE 'stage%' OR is_temporary)"); n != "0" || err != nil {
			t.Errorf("%s tables of looks or stages are left (%v)", n, err)
		}
		if more, err := keeper.CheckRole(ctx, "_eddy"); len(more) > 0 || err != nil {
			t.Errorf("the user %v (%v)", more, err)
		}
	})
}

// TestWhoOnlyReadsNeedsLittle: the page's other user, and one that may set nothing.
func TestWhoOnlyReadsNeedsLittle(t *testing.T) {
	each(t, func(t *testing.T, s *warehousetest.ClickHouseServer, driver string) {
		shop(t, s)
		m, ctx := people(), t.Context()
		reader := reach(t, as(at(s, driver, "shop"), "user", "eddy_reader", "password", "eddy_reader"))
		if more, err := reader.CheckRole(ctx, ""); len(more) > 0 || err != nil {
			t.Errorf("the reader %v (%v)", more, err)
		}
		readers := []*source{reader}
		if driver == native { // over HTTP the library sets a limit as it logs in, which readonly = 1 refuses
			readers = append(readers, reach(t, as(at(s, driver, "shop"), "user", "strict", "password", "strict")))
		}
		for _, src := range readers {
			if tables, err := src.ListTables(ctx); err != nil || !slices.Contains(warehousetest.Names(tables), "shop.customers") {
				t.Errorf("%v %v", tables, err)
			}
			if _, err := src.Columns(ctx, m.Model); err != nil {
				t.Error(err)
			}
			if err := src.CheckRead(ctx, m.Model, m.Mapped); err != nil {
				t.Error(err)
			}
			into, err := duckdb.Engine{Path: filepath.Join(t.TempDir(), "x.duckdb")}.Open(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if staged, err := src.Stage(ctx, into, `"s"`, m.Mapped, m.Model); staged.Rows != 2 || err != nil {
				t.Errorf("%+v %v", staged, err)
			}
			_ = into.Close()
		}
		more, err := reach(t, at(s, driver, "shop")).CheckRole(ctx, "_eddy")
		if err != nil || !strings.Contains(strings.Join(more, "\n"), "INSERT") || !strings.Contains(strings.Join(more, "\n"), "READ") {
			t.Errorf("the administrator %v (%v)", more, err)
		}
	})
}

// told is a run that delivers what it found.
func told(t *testing.T, src *source, m ledger.Model, fields []eddy.Field) {
	t.Helper()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ctx, now := t.Context(), time.Now()
	e, err := src.Engine(ctx, "_eddy")
	check(err)
	l, err := ledger.Open(ctx, ledger.Config{Engine: e, Connection: "vip", Fields: fields})
	check(err)
	defer l.Close()
	run := eddy.Run{RunID: now.Format("20060102150405.000")[:14] + rand.Text()[:4], Connection: "vip", Status: eddy.Succeeded, StartedAt: now, FinishedAt: &now}
	_, err = l.Begin(ctx, run.RunID, run, "x", true, func(context.Context) error { return nil })
	check(err)
	feed := ledger.Feed{Account: "a", AudienceID: "b"}
	check(l.SetFeed(ctx, feed))
	staged, err := l.Stage(ctx, src, m, nil)
	check(err)
	c, err := staged.Compare(ctx, ledger.CompareOptions{Mode: eddy.Mirror, Now: now, Lapses: now.AddDate(0, 13, 0), Feed: feed})
	check(err)
	if c.Any() {
		sealed, err := c.Seal(ctx)
		check(err)
		check(sealed.Rounds(ctx, func(r *ledger.Round) error {
			return errors.Join(r.Read(ctx, ledger.Adding, func(*ledger.Page) error { return nil }), sealed.Except(ctx, []ledger.Exception{{RecordID: "nobody's", Status: ledger.Unsent}}))
		}))
		settled, err := sealed.Settle(ctx, true, run)
		check(err)
		check(settled.Tidy(ctx, ledger.Retention{Snapshots: 2}))
	} else {
		check(c.Abandon(ctx))
	}
	check(l.PruneLog(ctx, now, now.AddDate(0, 0, 1)))
	check(l.PruneLog(ctx, now.AddDate(0, 0, 2), now.AddDate(0, 0, 1)))
	check(l.End(ctx, run, nil))
	var at []time.Time
	check(ledger.Logs(ctx, e, "vip", ledger.LogFilter{}, func(x eddy.LogEntry) error {
		at = append(at, x.SyncStartedAt)
		return nil
	}))
	if len(at) > 0 && at[0].Sub(now).Abs() > time.Second {
		t.Errorf("the log says %s, and it is %s", at[0], now)
	}
}
