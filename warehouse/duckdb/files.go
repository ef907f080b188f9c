package duckdb

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// refused are functions that a SELECT can call and that do more than read the model:
// they write files, change the engine for the rest of the run, run texts as SQL, or
// open other databases, such as Eddy's own state.
func refused() []string {
	return []string{
		"checkpoint", "disable_logging", "disable_peg_parser", "disable_profile", "disable_profiling", "enable_logging", "enable_peg_parser", "enable_profile",
		"enable_profiling", "force_checkpoint", "json_execute_serialized_sql", "query", "read_duckdb", "truncate_duckdb_logs", "write_log",
	}
}

// readers are the table functions whose first argument names files.
func readers() []string {
	return []string{
		"glob", "parquet_file_metadata", "parquet_kv_metadata", "parquet_metadata", "parquet_scan", "parquet_schema", "read_blob", "read_csv", "read_csv_auto", "read_json",
		"read_json_auto", "read_json_objects", "read_json_objects_auto", "read_ndjson", "read_ndjson_auto", "read_ndjson_objects", "read_parquet", "read_text", "sniff_csv",
	}
}

// tree is a statement as DuckDB's parser sees it, serialised.
type tree struct {
	dir string
	// tables are the tables and views whose names look like files.
	tables map[string]bool
	// reads says that files are read, changed that their names were made absolute.
	reads, changed bool
}

// filesOf makes relative file names in a model's SQL absolute: DuckDB checks whether a
// file may be read before it looks for it. A text that DuckDB cannot take apart stays. It says
// as well whether the SQL may read files.
func (s *source) filesOf(ctx context.Context, ses *session, sql string) (_ string, reads bool, err error) {
	var serialised string
	err = ses.query(ctx, "SELECT CAST(json_serialize_sql(CAST($1 AS VARCHAR)) AS VARCHAR)", func(row [][]byte) error {
		serialised = string(row[0])
		return nil
	}, sql)
	if err != nil {
		return "", true, err
	}
	d := json.NewDecoder(strings.NewReader(serialised))
	d.UseNumber() // positions in the text are larger than a float holds
	var root map[string]any
	if err := d.Decode(&root); err != nil {
		return "", true, fmt.Errorf("take the model's SQL apart: %w", err)
	}
	if statements, _ := root["statements"].([]any); len(statements) != 1 {
		return sql, true, nil
	}
	t := &tree{dir: s.dir, tables: map[string]bool{}}
	if err := t.known(ctx, ses); err != nil {
		return "", true, err
	}
	t.walk(root)
	if !t.changed {
		return sql, t.reads, nil
	}
	sql, err = deserialise(ctx, ses, root)
	return sql, true, err
}

func deserialise(ctx context.Context, ses *session, root map[string]any) (sql string, err error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(root); err != nil {
		return "", err
	}
	err = ses.query(ctx, "SELECT json_deserialize_sql(CAST($1 AS JSON))", func(row [][]byte) error {
		sql = string(row[0])
		return nil
	}, b.String())
	return sql, err
}

// known finds the tables and views that hide files of the same name.
func (t *tree) known(ctx context.Context, ses *session) error {
	return ses.query(ctx, "SELECT table_name FROM information_schema.tables WHERE strpos(table_name, '.') > 0", func(row [][]byte) error {
		t.tables[strings.ToLower(string(row[0]))] = true
		return nil
	})
}

func (t *tree) walk(node any) {
	switch node := node.(type) {
	case []any:
		for _, x := range node {
			t.walk(x)
		}
	case map[string]any:
		switch node["type"] {
		case "BASE_TABLE":
			t.table(node)
		case "TABLE_FUNCTION":
			t.function(node)
		}
		for x := range maps.Values(node) {
			t.walk(x)
		}
	}
}

func (t *tree) table(node map[string]any) {
	name, _ := node["table_name"].(string)
	if node["schema_name"] == "" && node["catalog_name"] == "" && reader(name) != "" && !t.tables[strings.ToLower(name)] {
		t.reads = true
		t.absolute(node, "table_name")
	}
}

func (t *tree) function(node map[string]any) {
	f, _ := node["function"].(map[string]any)
	name, _ := f["function_name"].(string)
	if args, _ := f["children"].([]any); len(args) > 0 && slices.Contains(readers(), strings.ToLower(name)) {
		t.reads = true
		t.argument(args[0])
	}
}

// argument takes a file name, or a list of them.
func (t *tree) argument(node any) {
	arg, _ := node.(map[string]any)
	if value, ok := arg["value"].(map[string]any); ok && arg["type"] == "VALUE_CONSTANT" {
		t.absolute(value, "value")
	}
	if arg["function_name"] == "list_value" {
		list, _ := arg["children"].([]any)
		for _, x := range list {
			t.argument(x)
		}
	}
}

func (t *tree) absolute(node map[string]any, key string) {
	name, ok := node[key].(string)
	if ok && name != "" && !filepath.IsAbs(name) && !strings.HasPrefix(name, "~") && !strings.Contains(name, "://") {
		node[key], t.changed = filepath.Join(t.dir, name), true
	}
}
