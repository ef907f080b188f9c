package duckdb_test

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse/duckdb"
)

// write runs statements on a DuckDB file.
func write(t *testing.T, path, statements string) {
	t.Helper()
	db, err := sql.Open("duckdb", path)
	if err == nil {
		_, err = db.Exec(statements)
		_ = db.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
}

// A file is attached under the name that DuckDB gives it, so that views and models may
// name tables in full; odd names and schemas of the same name do no harm.
func TestAttachedNames(t *testing.T) {
	for _, file := range []string{"shop.duckdb", "main.duckdb", "memory.db", "temp", "sales.duckdb", "a.b.duckdb", "it's \"odd\".duckdb", "source.duckdb", "eddy_source.duckdb", "北京.duckdb", "schéma.DUCKDB"} {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "build"), "CREATE SCHEMA sales; CREATE SCHEMA source; CREATE TABLE t AS SELECT 1 AS id; CREATE TABLE sales.t AS SELECT 2 AS id; CREATE TABLE source.t AS SELECT 3 AS id; CREATE VIEW v AS SELECT * FROM sales.t; CREATE TABLE \"c.csv\" AS SELECT 4 AS id")
		if err := os.Rename(filepath.Join(dir, "build"), filepath.Join(dir, file)); err != nil {
			t.Fatal(err)
		}
		for model, want := range map[eddy.Model]string{{Table: "t"}: "1", {Table: "main.t"}: "1", {Table: "sales.t"}: "2", {Table: "source.t"}: "3", {Table: "v"}: "2", {SQL: "FROM sales.t"}: "2", {SQL: `FROM "c.csv"`}: "4"} {
			if got := read(t, dir, map[string]string{"path": file}, model); got != fmt.Sprintf(`["id"] ["%s"]`, want) {
				t.Errorf("%s: %+v gives %s", file, model, got)
			}
		}
	}
	dir := t.TempDir()
	write(t, filepath.Join(dir, "shop.duckdb"), "CREATE TABLE t AS SELECT 1 AS id; CREATE VIEW v AS SELECT * FROM shop.main.t; CREATE MACRO m(x) AS TABLE SELECT x AS id FROM t")
	for _, m := range []eddy.Model{{Table: "shop.main.t"}, {Table: "v"}, {SQL: "FROM shop.t"}, {SQL: "FROM m(1)"}} {
		if got := read(t, dir, map[string]string{"path": "shop.duckdb"}, m); got != `["id"] ["1"]` {
			t.Errorf("%+v gives %s", m, got)
		}
	}
}

// With a database file, other files are read from the folders of the option only.
func TestFilesBesideADatabase(t *testing.T) {
	dir := folder(t, "conf", map[string]string{"c.csv": "id\n1\n", "data/d.csv": "id\n2\n"})
	write(t, filepath.Join(dir, "shop.duckdb"), "CREATE TABLE t AS SELECT 2 AS id")
	options := map[string]string{"path": "shop.duckdb", "files": "data"}
	if got := read(t, dir, options, eddy.Model{SQL: "SELECT d.id FROM 'data/d.csv' d JOIN t ON t.id = d.id"}); got != `["id"] ["2"]` {
		t.Errorf("a granted folder gives %s", got)
	}
	for _, sql := range []string{"FROM 'c.csv'", "FROM 'data/../c.csv'"} {
		if got := read(t, dir, options, eddy.Model{SQL: sql}); !strings.Contains(got, "c.csv is in none of the folders") {
			t.Errorf("%s gives %s", sql, got)
		}
	}
}

// The user's file is let go as soon as it is staged, while the run goes on.
func TestFileIsLetGo(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	path := filepath.Join(dir, "shop.duckdb")
	write(t, path, "CREATE TABLE t AS SELECT '1' AS id")
	src, err := duckdb.Kind().Open(ctx, eddy.Source{Dir: dir, Opened: []string{"/"}, OpenDir: true, Options: map[string]string{"path": path}})
	if err != nil {
		t.Fatal(err)
	}
	ses, err := duckdb.Engine{}.Open(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ses.Close() }()
	if _, err := src.Stage(ctx, ses, "s", nil, eddy.Model{Table: "nowhere"}); err == nil {
		t.Error("staged what is not there")
	}
	write(t, path, "INSERT INTO t VALUES ('2')")
}

// A file that another process writes to, that is none, or that is missing, is named
// with what to do about it.
func TestFileTrouble(t *testing.T) {
	dir := folder(t, "conf", map[string]string{"text.duckdb": strings.Repeat("not a database\n", 1000)})
	write(t, filepath.Join(dir, "busy.duckdb"), "CREATE TABLE t AS SELECT 1 AS id")
	helper := exec.CommandContext(t.Context(), os.Args[0])
	helper.Env = append(os.Environ(), "EDDY_TEST_HOLD="+filepath.Join(dir, "busy.duckdb"))
	in, _ := helper.StdinPipe()
	out, _ := helper.StdoutPipe()
	if err := helper.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = in.Close(); _ = helper.Wait() }()
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "held\n" {
		t.Fatalf("the helper says %q (%v)", line, err)
	}
	for file, want := range map[string]string{"busy.duckdb": "open for writing in another process", "text.duckdb": "text.duckdb", "gone.duckdb": "no DuckDB file at"} {
		if got := read(t, dir, map[string]string{"path": file}, eddy.Model{Table: "t"}); !strings.Contains(got, want) {
			t.Errorf("%s: %s", file, got)
		}
	}
	state := filepath.Join(dir, "text.duckdb")
	if _, err := (duckdb.Engine{Path: state}).Open(t.Context()); eddy.ErrorCode(err) != eddy.CodeSource || !strings.Contains(err.Error(), "move it away") {
		t.Errorf("a damaged state file: %v", err)
	}
}

// hold keeps a DuckDB file open for writing until standard input ends: it is what this
// test binary does for TestFileTrouble.
func hold(path string) {
	db, err := sql.Open("duckdb", path)
	if err == nil {
		err = db.PingContext(context.Background())
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("held")
	_, _ = bufio.NewReader(os.Stdin).ReadByte()
}
