package sync_test

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse/warehousetest"
)

// logged is a server that writes down every statement, and where.
type logged struct {
	*world
	file string
	db   *sql.DB
	read int
}

func newLogged(t *testing.T) *logged {
	t.Helper()
	dir := t.TempDir()
	for d := dir; d != "/" && d != os.TempDir(); d = filepath.Dir(d) {
		if err := os.Chmod(d, 0o777); err != nil { //nolint:gosec // the server is another user
			t.Fatal(err)
		}
	}
	server, err := warehousetest.StartPostgres("fsync=off", "log_statement=all", "logging_collector=on", "log_directory="+dir, "log_filename=statements.log", "log_line_prefix=@%a@")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	l := &logged{world: newWorld(t, "duckdb"), file: filepath.Join(dir, "statements.log")}
	l.place, l.local = "postgres", false
	l.onServer(t, server.URL("postgres"))
	if l.db, err = sql.Open("pgx", l.database); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.db.Close() })
	return l
}

// statements are those that Eddy sent since it was asked last. The server writes them down
// in its own time: what is asked now comes behind them.
func (l *logged) statements() (out []string) {
	l.t.Helper()
	mark := fmt.Sprintf("mark %d", time.Now().UnixNano())
	if _, err := l.db.Exec("SELECT '" + mark + "'"); err != nil {
		l.t.Fatal(err)
	}
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for range 1000 {
		text, err := os.ReadFile(l.file)
		if err == nil && strings.Contains(string(text[l.read:]), mark) {
			for _, entry := range strings.Split(string(text[l.read:]), "\n@")[1:] {
				name, rest, _ := strings.Cut(strings.TrimPrefix(entry, "@"), "@")
				_, statement, ok := strings.Cut(rest, "LOG:  ")
				if _, s, found := strings.Cut(statement, ": "); ok && found && name == "eddy" && !strings.HasPrefix(statement, "disconnection") {
					out = append(out, s)
				}
			}
			l.read = len(text)
			return out
		}
		<-tick.C
	}
	l.t.Fatal("the server wrote nothing down")
	return nil
}

// A run asks little of a warehouse, whatever changed: what is billed by the statement, or
// locked by it, stays small. Each statement says who asks. The set-up of a session is apart.
func TestARunTakesFewStatements(t *testing.T) {
	l := newLogged(t)
	l.exec("CREATE TABLE customers (id bigint PRIMARY KEY, email text, phone text, expires timestamp)",
		"INSERT INTO customers SELECT i, 'p' || i || '@x.com', NULL, NULL FROM generate_series(1, 1000) g(i)")
	l.sync()
	l.sync() // the first run of a day also prunes the log
	l.statements()
	setUp := func(s string) bool {
		for _, begin := range []string{"SET ", "SELECT set_config", "SELECT pg_try_advisory", "SELECT pg_advisory", "CREATE TABLE IF NOT EXISTS", "SELECT 1 FROM \"_eddy\".runs LIMIT 0", "SELECT to_regnamespace", "SELECT format_type", "SELECT pg_backend_pid"} {
			if strings.HasPrefix(s, begin) {
				return true
			}
		}
		return false
	}
	count := func(name string, most, mostDDL int) {
		t.Helper()
		var counted, ddl []string
		for _, s := range l.statements() {
			if setUp(s) {
				continue
			}
			comment, body, _ := strings.Cut(s, "*/")
			if !strings.HasPrefix(comment, "/* eddy: connection vip, run ") && !strings.HasPrefix(s, "copy ") {
				t.Errorf("%s: nobody says who asks: %.200s", name, s)
			}
			counted = append(counted, fmt.Sprintf("%.90q", s))
			if body = strings.TrimSpace(body); strings.HasPrefix(body, "CREATE") || strings.HasPrefix(body, "DROP") {
				ddl = append(ddl, body)
			}
		}
		t.Logf("%s: %d statements, %d of them DDL", name, len(counted), len(ddl))
		if len(counted) > most || len(ddl) > mostDDL || len(counted) == 0 {
			t.Errorf("%s: %d statements (at most %d), %d of them DDL (at most %d):\n%s", name, len(counted), most, len(ddl), mostDDL, strings.Join(counted, "\n"))
		}
	}
	if run := l.sync(); run.Status != eddy.Succeeded || run.Counts.Unchanged != 1000 {
		t.Fatalf("%+v", run)
	}
	count("an unchanged run", 8, 10)
	for _, n := range []int{1, 50} {
		l.exec(fmt.Sprintf("UPDATE customers SET email = 'n' || email WHERE id <= %d; DELETE FROM customers WHERE id BETWEEN 100 AND 99 + %[1]d; INSERT INTO customers SELECT i + max, 'q' || i + max || '@x.com' FROM generate_series(1, %[1]d) g(i), (SELECT max(id) FROM customers) m(max)", n))
		if run := l.sync(); run.Status != eddy.Succeeded || run.Counts.Update != int64(n) || run.Counts.Insert != int64(n) {
			t.Fatalf("%+v", run)
		}
		count(fmt.Sprintf("a run with %d changes of each kind", n), 22, 10)
	}
}
