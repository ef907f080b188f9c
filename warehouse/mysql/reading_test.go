package mysql_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/dial"
	"github.com/eddy-retl/eddy/warehouse"
	"github.com/eddy-retl/eddy/warehouse/duckdb"
	"github.com/eddy-retl/eddy/warehouse/mysql"
	"github.com/eddy-retl/eddy/warehouse/warehousetest"
)

// slowly is an engine that does something as it loads the first row.
type slowly struct {
	warehouse.Engine
	first func()
}

func (s slowly) Load(ctx context.Context, table string, columns []string, rows iter.Seq[[]any]) error {
	return s.Engine.Load(ctx, table, columns, func(yield func([]any) bool) {
		n := 0
		for row := range rows {
			if n++; n == 1 {
				s.first()
			}
			if !yield(row) {
				return
			}
		}
	})
}

// people is how many rows the table people has.
const people = 10_000

// fill makes the table people, and the view wide, whose rows have 3,000 bytes: a server cannot have
// sent them all before the first is read.
func fill(t *testing.T, p *warehousetest.MySQLPlace) {
	t.Helper()
	do(t, p, "CREATE TABLE people (id int PRIMARY KEY, email varchar(400) NOT NULL)", "INSERT INTO people VALUES (1, 'user1')")
	for n := 1; n < people; n *= 2 {
		do(t, p, fmt.Sprintf("INSERT INTO people SELECT id + %[1]d, CONCAT('user', id + %[1]d) FROM people WHERE id <= %[2]d - %[1]d", n, people))
	}
	do(t, p, "CREATE VIEW wide AS SELECT id, CONCAT(email, REPEAT('x', 3000)) AS email FROM people")
}

// endless is a model that has no row, which no server finds out while a test waits.
func endless() eddy.Model {
	return eddy.Model{SQL: "SELECT a.id, a.email FROM people AS a JOIN people AS b ON a.id + b.id > 0 JOIN people AS c ON a.id + b.id + c.id < 0"}
}

// during stages the table of people, and does something as the first row is loaded.
func during(ctx context.Context, t *testing.T, src warehouse.Source, m eddy.Model, first func()) (rows int64, err error) {
	t.Helper()
	e, err := duckdb.Engine{}.Open(t.Context())
	must(t, err)
	defer e.Close()
	columns, err := src.Columns(t.Context(), m)
	must(t, err)
	staged, err := src.Stage(ctx, slowly{e, first}, "eddy_stage", []warehouse.Selected{{As: "id", Column: &columns[0]}, {As: "email", Column: &columns[1]}}, m)
	return staged.Rows, err
}

// Rows are of the moment in which the reading began, and nobody who writes waits for it: also where
// a function reads them, one statement for each row.
func TestOneMomentWithoutLocks(t *testing.T) {
	both(t, func(t *testing.T, p *warehousetest.MySQLPlace) {
		fill(t, p)
		do(t, p, "CREATE FUNCTION many() RETURNS int READS SQL DATA RETURN (SELECT count(*) FROM people)", "CREATE TABLE log (n int)")
		src := reading(t, p.Options())
		for _, m := range []eddy.Model{{Table: "wide"}, {SQL: "SELECT id, email FROM wide"}, {SQL: "SELECT id, CONCAT(IF(id % 1000 = 0, many(), 10000), REPEAT('x', 3000)) AS email FROM people"}} {
			e, err := duckdb.Engine{}.Open(t.Context())
			must(t, err)
			columns, err := src.Columns(t.Context(), m)
			must(t, err)
			staged, err := src.Stage(t.Context(), slowly{e, func() {
				ctx, stop := context.WithTimeout(t.Context(), 5*time.Second)
				defer stop()
				must(t, p.ExecContext(ctx, "UPDATE people SET email = 'late' WHERE id > 5000"))
				must(t, p.ExecContext(ctx, "INSERT INTO people VALUES (0, 'late')"))
			}}, "eddy_stage", []warehouse.Selected{{As: "id", Column: &columns[0]}, {As: "email", Column: &columns[1]}}, m)
			must(t, err)
			got := ""
			must(t, e.Query(t.Context(), "SELECT count(*), count(*) FILTER (email LIKE 'late%'), count(DISTINCT email) FROM eddy_stage", func(row [][]byte) error {
				got = string(row[0]) + " " + string(row[1]) + " " + string(row[2])
				return nil
			}))
			want := fmt.Sprintf("%d 0 %d", people, people)
			if strings.Contains(m.SQL, "many") {
				want = fmt.Sprintf("%d 0 1", people)
			}
			if staged.Rows != people || got != want {
				t.Errorf("%+v: %d rows, %s, want %s", m, staged.Rows, got, want)
			}
			must(t, e.Close())
			do(t, p, "DELETE FROM people WHERE id = 0", "UPDATE people SET email = CONCAT('user', id) WHERE id > 5000")
		}
	})
}

// running are the statements of Eddy's that the server is at.
func running(t *testing.T, p *warehousetest.MySQLPlace, mark string) string {
	t.Helper()
	n, err := p.Value("SELECT count(*) FROM information_schema.processlist WHERE id <> CONNECTION_ID() AND info LIKE '%" + mark + "%'")
	must(t, err)
	return n
}

// over says that the server comes to the end of a statement of Eddy's.
func over(t *testing.T, p *warehousetest.MySQLPlace, mark string) {
	t.Helper()
	eventually(t, "it runs on", func() bool { return running(t, p, mark) == "0" })
}

// eventually waits for something that becomes true.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !is(); <-time.After(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal(what)
		}
	}
}

// TestCancelled: who stops waiting leaves no statement behind on the server, not before the first
// row, and not between two; and the source is of use afterwards. Statements say who asks.
func TestCancelled(t *testing.T) {
	both(t, func(t *testing.T, p *warehousetest.MySQLPlace) {
		fill(t, p)
		src := reading(t, p.Options())
		asking := warehouse.WithComment(t.Context(), "/* eddy vip run 7 */ ")
		ctx, stop := context.WithCancel(asking)
		defer stop()
		go func() {
			eventually(t, "it never ran", func() bool { return running(t, p, "eddy vip run 7") == "1" })
			stop()
		}()
		began := time.Now()
		if _, err := during(ctx, t, src, endless(), func() {}); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled before the first row: %v", err)
		}
		if took := time.Since(began); took > 15*time.Second {
			t.Errorf("it took %s", took)
		}
		over(t, p, "eddy vip run 7")
		ctx, stop = context.WithTimeout(asking, time.Minute)
		defer stop()
		if _, err := during(ctx, t, src, eddy.Model{Table: "wide"}, stop); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled between rows: %v", err)
		}
		over(t, p, "eddy vip run 7")
		// An engine that takes no more ends the reading as well.
		full := errors.New("the disk is full")
		e, err := duckdb.Engine{}.Open(t.Context())
		must(t, err)
		defer e.Close()
		if _, err := src.Stage(asking, stuffed{e, full}, "eddy_stage", []warehouse.Selected{{As: "id", Constant: "x"}}, eddy.Model{Table: "wide"}); !errors.Is(err, full) {
			t.Errorf("an engine that takes no more: %v", err)
		}
		over(t, p, "eddy vip run 7")
		if n, err := during(asking, t, src, eddy.Model{Table: "wide"}, func() {}); n != people || err != nil {
			t.Errorf("afterwards: %d rows, %v", n, err)
		}
	})
}

// stuffed takes one row.
type stuffed struct {
	warehouse.Engine
	err error
}

func (s stuffed) Load(_ context.Context, _ string, _ []string, rows iter.Seq[[]any]) error {
	for range rows {
		return s.err
	}
	return nil
}

// TestEndedByOthers: a statement, a session or a server that somebody ends while rows are read
// fails the run; so does a limit of time.
func TestEndedByOthers(t *testing.T) {
	both(t, func(t *testing.T, p *warehousetest.MySQLPlace) {
		fill(t, p)
		m := eddy.Model{Table: "wide"}
		src := reading(t, p.Options())
		end := func(how string) func() {
			return func() {
				id, err := p.Value("SELECT id FROM information_schema.processlist WHERE id <> CONNECTION_ID() AND info LIKE '%`wide`%'")
				must(t, err)
				do(t, p, how+id)
			}
		}
		for how, want := range map[string]string{"KILL QUERY ": "somebody ended the statement", "KILL ": "MySQL|MariaDB"} {
			n, err := during(t.Context(), t, src, m, end(how))
			if eddy.ErrorCode(err) != eddy.CodeSource || n != 0 || !slices.ContainsFunc(strings.Split(want, "|"), func(w string) bool { return strings.Contains(err.Error(), w) }) {
				t.Errorf("%s: %d rows, %v", how, n, err)
			}
			if n, err := during(t.Context(), t, src, m, func() {}); n != people || err != nil {
				t.Errorf("after %s: %d rows, %v", how, n, err)
			}
		}
		patient, err := mysql.Kind().Open(t.Context(), eddy.Source{Dialer: dial.Anywhere(), Name: "shop", Options: p.Options(), Patience: 500 * time.Millisecond})
		must(t, err)
		defer patient.Close()
		_, err = during(t.Context(), t, patient, endless(), func() {})
		if eddy.ErrorCode(err) != eddy.CodeSource || !strings.Contains(err.Error(), "took too long") || !strings.Contains(err.Error(), "statement_timeout") {
			t.Errorf("out of time: %v", err)
		}
	})
}

// TestServerGone: the server dies while rows are read.
func TestServerGone(t *testing.T) {
	gone := func(t *testing.T, engine string) {
		server, err := warehousetest.StartMySQL(engine)
		must(t, err)
		p := warehousetest.PlaceOn(t, server)
		fill(t, p)
		src := reading(t, p.Options())
		n, err := during(t.Context(), t, src, eddy.Model{Table: "wide"}, server.Kill)
		if eddy.ErrorCode(err) != eddy.CodeSource || n != 0 || !strings.Contains(err.Error(), "the connection broke") || !strings.Contains(err.Error(), "check the server") {
			t.Errorf("%d rows, %v", n, err)
		}
		if _, err := src.Columns(t.Context(), eddy.Model{Table: "wide"}); eddy.ErrorCode(err) != eddy.CodeSource || !strings.Contains(err.Error(), "cannot be reached") {
			t.Errorf("afterwards: %v", err)
		}
	}
	t.Run("MariaDB", func(t *testing.T) { gone(t, "mariadb") })
	t.Run("MySQL", func(t *testing.T) {
		_ = warehousetest.MySQL(t)
		gone(t, "mysql")
	})
}

// TestTheServersDefaults: what an administrator set for all sessions neither cuts a model nor moves
// its times, and its mode of SQL is the user's.
func TestTheServersDefaults(t *testing.T) {
	both(t, func(t *testing.T, p *warehousetest.MySQLPlace) {
		fill(t, p)
		do(t, p, "CREATE TABLE times (id int, email timestamp NULL)", "SET SESSION time_zone = '+00:00'; INSERT INTO times VALUES (1, '2026-02-03 04:05:06')")
		defaults := map[string]string{"sql_select_limit": "10", "group_concat_max_len": "16", "net_write_timeout": "1", "time_zone": "'+09:00'", "sql_mode": "'ANSI_QUOTES,NO_BACKSLASH_ESCAPES'"}
		for name, value := range defaults {
			before, err := p.Value("SELECT @@global." + name)
			must(t, err)
			if strings.HasPrefix(value, "'") {
				before = "'" + before + "'"
			}
			do(t, p, "SET GLOBAL "+name+" = "+value)
			t.Cleanup(func() { do(t, p, "SET GLOBAL "+name+" = "+before) })
		}
		src := reading(t, p.Options())
		// The reader pauses for longer than the server would wait for it.
		if n, err := during(t.Context(), t, src, eddy.Model{Table: "wide"}, func() { <-time.After(3 * time.Second) }); n != people || err != nil {
			t.Errorf("%d rows, %v", n, err)
		}
		for sql, want := range map[string]string{
			"SELECT 1 AS id, LENGTH(GROUP_CONCAT(id)) AS email FROM people":                            "[[1 48893]]",
			`SELECT "id", 'a\' AS email FROM people WHERE "id" = 1 AND '\' <> ' ; -- ' ; -- the end '`: `[[1 a\]]`,
			`SELECT id, email FROM times`: "[[1 2026-02-03 04:05:06]]",
			`SELECT id, "email" FROM people AS "odd ; -- \" WHERE id = 1 AND email <> 'x' ; # the "end"`: "[[1 user1]]",
		} {
			if got, err := stage(t.Context(), t, src, eddy.Model{SQL: sql}); err != nil || fmt.Sprint(got) != want {
				t.Errorf("%s: %v, %v", sql, got, err)
			}
		}
	})
}

// TestIDsAreBytes: what collations of these servers take for one stays what it is.
func TestIDsAreBytes(t *testing.T) {
	both(t, func(t *testing.T, p *warehousetest.MySQLPlace) {
		do(t, p, "CREATE TABLE ids (id varchar(20), email varchar(20))", "INSERT INTO ids VALUES ('a', '1'), ('A', '2'), ('á', '3'), ('a ', '4'), ('a\u0301', '5'), ('ａ', '6')")
		src := reading(t, p.Options())
		got, err := stage(t.Context(), t, src, eddy.Model{Table: "ids"}, "id")
		ids := map[string]bool{}
		for _, row := range got {
			ids[row[0]] = true
		}
		if err != nil || len(ids) != 6 || !ids["a "] || !ids["a\u0301"] {
			t.Errorf("%q, %v", got, err)
		}
		if got, err := stage(t.Context(), t, src, warehouse.First(src, eddy.Model{SQL: "SELECT id, email FROM ids # all"}, 2)); err != nil || len(got) != 2 {
			t.Errorf("the first two are %q, %v", got, err)
		}
	})
}

func TestTablesAreListed(t *testing.T) {
	both(t, func(t *testing.T, p *warehousetest.MySQLPlace) {
		do(t, p, "CREATE TABLE b (id int) PARTITION BY HASH (id) PARTITIONS 3", "CREATE TABLE a (id int)", "CREATE VIEW c AS SELECT * FROM a")
		if isMariaDB(t, p) {
			do(t, p, "CREATE SEQUENCE s", "CREATE TABLE d (id int) WITH SYSTEM VERSIONING")
		}
		all, err := reading(t, p.Options()).(warehouse.Tables).ListTables(t.Context())
		var own []string
		for _, name := range warehousetest.Names(all) {
			if rest, ok := strings.CutPrefix(name, p.Database+"."); ok {
				own = append(own, rest)
			}
			if strings.HasPrefix(name, "mysql.") || strings.HasPrefix(name, "sys.") || strings.HasPrefix(name, "information_schema.") {
				t.Errorf("it lists %s", name)
			}
		}
		want := []string{"a", "b", "c", "d"}
		if !isMariaDB(t, p) {
			want = want[:3]
		}
		if err != nil || !slices.Equal(own, want) {
			t.Errorf("it lists %v (%v)", own, err)
		}
	})
}

// TestMessagesNeverQuoteValues: models fail while they read rows, in ways in which the servers'
// messages repeat a value; what is told does not (promise 10). Messages about the SQL itself are
// told.
func TestMessagesNeverQuoteValues(t *testing.T) {
	const mark = "zqxjkvwpyh"
	both(t, func(t *testing.T, p *warehousetest.MySQLPlace) {
		do(t, p, "CREATE TABLE people (id varchar(9), email varchar(99))", "INSERT INTO people VALUES ('1', 'zqxjkvwpyh'), ('2', 'ada@zqxjkvwpyh.example')")
		for _, number := range []string{"1146", "1142", "1064", "1792", "1317"} {
			do(t, p, "CREATE FUNCTION loud"+number+"(v text) RETURNS text READS SQL DATA BEGIN SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = "+number+", MESSAGE_TEXT = v; RETURN v; END")
		}
		src := reading(t, p.Options())
		for _, email := range []string{
			"UPDATEXML('<a/>', CONCAT('~', email), 1)", "EXTRACTVALUE('<a/>', CONCAT('~', (SELECT email FROM people LIMIT 1)))", "(SELECT email FROM people)", "EXP(LENGTH(email) * 1000)", "9223372036854775807 + LENGTH(email)",
			"loud1146(email)", "loud1142(email)", "loud1064(email)", "loud1792(email)", "loud1317(email)", "loud1146((SELECT email FROM people LIMIT 1))",
			"JSON_EXTRACT(email, '$.a')", "ST_AsText(ST_GeomFromText(email))", "CAST(CAST(email AS JSON) AS CHAR)", "JSON_EXTRACT('{}', email)", "UUID_TO_BIN(email)",
		} {
			m := eddy.Model{SQL: "SELECT id, " + email + " AS email FROM people"}
			_, err := stage(t.Context(), t, src, m)
			if err != nil && strings.Contains(strings.ToLower(err.Error()), mark) {
				t.Errorf("%s: %v", email, err)
			}
			if err == nil && !isMariaDB(t, p) {
				t.Errorf("%s is no error", email)
			}
		}
		for sql, want := range map[string]string{
			"SELECT id, nope AS email FROM people": "'nope'", "SELECT id, email FROM nowhere": "nowhere", "SELEC id": "SELEC", "SELECT id, nope(email) AS email FROM people": "nope",
			"SELECT id, id, email FROM people": "Duplicate column name", "SELECT id, email FROM people WHERE id = ?": "parameters",
		} {
			if _, err := stage(t.Context(), t, src, eddy.Model{SQL: sql}); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want it to say %s", sql, err, want)
			}
		}
	})
}
