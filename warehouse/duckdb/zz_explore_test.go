package duckdb

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/eddy-retl/eddy"
)

func TestExplore(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	os.WriteFile(filepath.Join(dir, "b.csv"), []byte("\xef\xbb\xbfid,email\n1,\"a,\"\"b\nc\"\n2,\n3,\"\"\n"), 0o600)
	os.MkdirAll(filepath.Join(dir, ".eddy"), 0o700)
	ses, err := Engine{Path: filepath.Join(dir, ".eddy", "s.duckdb")}.Open(ctx)
	if err != nil { t.Fatal(err) }
	q := func(s string) {
		fmt.Println("> ", s)
		err := ses.Query(ctx, s, func(r [][]byte) error { for i, c := range r { if c==nil {r[i]=[]byte("<nil>")}}; x := fmt.Sprintf("%s", r); if len(x)>300 {x=x[:300]}; fmt.Println("   ", x); return nil })
		if err != nil { fmt.Println("   ERR", err) }
	}
	ses.Exec(ctx, "create table " + ses.Schema() + ".held(a int)")
	s, _ := open(eddy.Source{Name: "f", Dir: dir, Options: map[string]string{}})
	if err := s.attach(ctx, ses.(*session)); err != nil { t.Fatal(err) }
	q("select * from duckdb_logs()")
	q("select U&\"d\\0061t\" from (select 1 as dat)")
	q("select * from glob('" + dir + "/*')")
	q("select * from glob('/tmp/ex/**')")
	q("select * from read_duckdb('" + dir + "/.eddy/s.duckdb')")
	q("select count(*) from read_blob('" + dir + "/.eddy/s.duckdb')")
	q("select * from read_csv('" + dir + "/../../../../etc/passwd')")
	q("select * from read_csv(['" + dir + "/b.csv'])")
	q("select * from checkpoint()")
	q("select database_name, path from duckdb_databases()")
	q("select * from query_table((select database_name || '.main.held' from duckdb_databases() where database_name like 'eddy_%' limit 1))")
	q("select * from json_execute_serialized_sql(json_serialize_sql('select 1'))")
	q("select * from truncate_duckdb_logs()")
	q("select write_log('x')")
	q("select current_setting('temp_directory')")
	q("select json_serialize_sql('from read_csv([''a.csv'', ''b.csv''])')")
	q("select json_deserialize_sql(json_serialize_sql('from read_csv([''a.csv'', ''b.csv''], header=true, columns={''a'':''int''}) as q(x), generate_series(1,3) with ordinality'))")
	q("select * from (from (pivot (select 1 as a, 2 as b) on a using sum(b))) as m")
	q("select * from (pivot (select 1 as a, 2 as b) on a using sum(b)) as m")
	q("select cast(json_serialize_sql(cast('from \"a.csv\"' as varchar)) as varchar)")
	q("select * from 'b.csv'")
	q("select * from enable_logging('QueryLog', storage='file', storage_path='" + dir + "/log')")
	q("select 1")
	ses.Close()
	fmt.Println(filepath.Glob("/tmp/ex/*"))
	fmt.Println(filepath.Glob(dir + "/*"))
}
