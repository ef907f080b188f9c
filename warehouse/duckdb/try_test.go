package duckdb

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

func TestTry(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	os.WriteFile(filepath.Join(dir, "c.csv"), []byte("id,email,phone\n1,a@b.c,+14155550100\n2,x@y.z,0123\n"), 0o600)
	os.WriteFile("/tmp/secret.csv", []byte("id\n1\n"), 0o600)
	s, err := open(eddy.Source{Name: "f", Dir: dir, Options: map[string]string{}})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range []eddy.Model{{Table: "c.csv"}, {SQL: "select * from 'c.csv'"}, {SQL: "select * from 'c.csv' -- hi"}, {SQL: "select * from '/tmp/secret.csv'"}, {SQL: "select 1; select 2"}, {SQL: "attach 'x' as y"}, {SQL: "select * from duckdb_databases()"}, {SQL: "select nope from 'c.csv'"}, {Table: "nix"}, {SQL: "select * from 'c.csv'; "}, {SQL: "select * from 'c.csv') as m, (select 1"}, {Table: "gone.csv"}} {
		cols, err := s.Columns(ctx, m)
		fmt.Printf("%v -> %v %v\n", m, cols, err)
	}
	ses, err := Engine{Path: filepath.Join(dir, "state", "x.duckdb")}.Open(ctx)
	if err != nil {
		t.Fatal(err)
	}
	_, err = Engine{Path: filepath.Join(dir, "state", "x.duckdb")}.Open(ctx)
	fmt.Println("second:", err)
	ses.(*session).Register("up", func(s string) (string, bool) { return s + "!", s != "0123" })
	ses.Exec(ctx, "create temp table eddy_stage(record_id varchar, phone varchar)")
	err = s.Stage(ctx, ses, "eddy_stage", []warehouse.Selected{{As: "record_id", Column: &warehouse.Column{Name: "id"}}, {As: "phone", Column: &warehouse.Column{Name: "phone"}}}, eddy.Model{Table: "c.csv"})
	fmt.Println(err)
	_, err = ses.Exec(ctx, "BEGIN")
	fmt.Println(err)
	_, err = ses.Exec(ctx, "create table "+ses.Schema()+".x as select * from eddy_stage")
	fmt.Println(err)
	_, err = ses.Exec(ctx, "create temp table yy as select * from eddy_stage")
	fmt.Println(err)
	_, err = ses.Exec(ctx, "COMMIT")
	fmt.Println(err)
	err = ses.Query(ctx, "select record_id, up(phone), count(*) from eddy_stage group by all", func(r [][]byte) error { fmt.Printf("%s\n", r); return nil })
	fmt.Println(err)
	fmt.Println(ses.Close())
}
