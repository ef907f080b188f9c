package duckdb

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
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

// readers are the table functions whose first argument names files, and what those hold.
func readers() map[string]fileKind {
	return map[string]fileKind{
		"read_csv": csvKind, "read_csv_auto": csvKind, "sniff_csv": rawKind,
		"read_json": jsonKind, "read_json_auto": jsonKind, "read_json_objects": jsonKind, "read_json_objects_auto": jsonKind,
		"read_ndjson": jsonKind, "read_ndjson_auto": jsonKind, "read_ndjson_objects": jsonKind, "read_ndjson_objects_auto": jsonKind,
		"parquet_scan": parquetKind, "read_parquet": parquetKind, "parquet_bloom_probe": parquetKind, "parquet_file_metadata": parquetKind,
		"parquet_full_metadata": parquetKind, "parquet_kv_metadata": parquetKind, "parquet_metadata": parquetKind, "parquet_schema": parquetKind,
		"read_xlsx": xlsxKind,
		"read_blob": rawKind, "read_text": rawKind, "glob": "",
	}
}

// object is a part of a statement as DuckDB serialises it.
type object = map[string]any

// tree is a model's SQL taken apart.
type tree struct {
	src *source
	ses *session
	// tables are the tables and views by their names, with and without what they are in.
	tables map[string]bool
	// found are the places where files are read, by name or by a function.
	found []object
	parts []part
	// refused is a function that is called and does more than read; empty if there is none.
	refused string
}

// readSQL makes a model's SQL ready: the files that it reads are found and named one by
// one, and calls that leave out how a CSV or JSON file is written are filled in.
func (s *source) readSQL(ctx context.Context, ses *session, m eddy.Model) (*reading, error) {
	sql := warehouse.Standard().Statement(m.SQL)
	if sql == "" {
		return nil, notSelect("it is empty")
	}
	root, err := serialise(ctx, ses, sql)
	if err != nil {
		return nil, err
	}
	if err := ses.namesOnlyReads(ctx, sql); err != nil {
		return nil, err
	}
	r := &reading{sql: sql}
	if statements, _ := root["statements"].([]any); len(statements) != 1 {
		if call := refusedCall.FindStringSubmatch(sql); call != nil {
			return nil, doesMore(strings.ToLower(call[1]))
		}
		return r, nil // DuckDB says itself what is wrong with it
	}
	t := &tree{src: s, ses: ses, tables: map[string]bool{}}
	if err := t.known(ctx); err != nil {
		return nil, err
	}
	if t.walk(root); t.refused != "" {
		return nil, doesMore(t.refused)
	}
	if len(t.found) == 0 {
		return r, nil
	}
	for _, node := range t.found {
		if err := t.replace(ctx, node); err != nil {
			return nil, err
		}
	}
	r.sql, err = deserialise(ctx, ses, root)
	r.parts = t.parts
	return r, err
}

// serialise takes SQL apart. What DuckDB cannot take apart has no statements.
func serialise(ctx context.Context, ses *session, sql string) (root object, err error) {
	var serialised string
	err = ses.query(ctx, "SELECT CAST(json_serialize_sql(CAST($1 AS VARCHAR)) AS VARCHAR)", func(row [][]byte) error {
		serialised = string(row[0])
		return nil
	}, sql)
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(strings.NewReader(serialised))
	d.UseNumber() // positions in the text are larger than a float holds
	if err := d.Decode(&root); err != nil {
		return nil, fmt.Errorf("take the model's SQL apart: %w", err)
	}
	return root, nil
}

func deserialise(ctx context.Context, ses *session, root object) (sql string, err error) {
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

// selected is the SELECT of a statement of one.
func selected(root object) object {
	statements, _ := root["statements"].([]any)
	if len(statements) != 1 {
		return object{}
	}
	statement, _ := statements[0].(object)
	node, _ := statement["node"].(object)
	return node
}

// known finds the tables and views that hide files of the same name.
func (t *tree) known(ctx context.Context) error {
	return t.ses.query(ctx, "SELECT table_name, table_schema, table_catalog FROM information_schema.tables", func(row [][]byte) error {
		name := ""
		for _, part := range row {
			name = strings.TrimSuffix(strings.ToLower(string(part))+between+name, between)
			t.tables[name] = true
		}
		return nil
	})
}

func (t *tree) walk(node any) {
	switch node := node.(type) {
	case []any:
		for _, x := range node {
			t.walk(x)
		}
	case object:
		if name, _ := node["function_name"].(string); slices.Contains(refused(), strings.ToLower(name)) {
			t.refused = strings.ToLower(name)
		}
		if node["type"] == "BASE_TABLE" && t.isFile(node) {
			t.found = append(t.found, node)
		}
		if _, reads := readers()[functionOf(node)]; node["type"] == "TABLE_FUNCTION" && reads {
			t.found = append(t.found, node)
		}
		for _, key := range slices.Sorted(maps.Keys(node)) {
			t.walk(node[key])
		}
	}
}

func (t *tree) isFile(node object) bool {
	name := tableName(node, ".")
	return !t.tables[strings.ToLower(tableName(node, between))] && (kindOfFile(name) != "" || slices.Contains(append(otherWorkbooks(), ".zip"), fileEnding(name)))
}

// between stands between the parts of a known table's name, which may have dots themselves.
const between = "\x00"

// tableName is the name of a table in all of its parts: customers.csv without quotes is the
// table csv of a schema, and where there is none DuckDB takes it for the file.
func tableName(node object, between string) string {
	var parts []string
	for _, key := range []string{"catalog_name", "schema_name", "table_name"} {
		if part, _ := node[key].(string); part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, between)
}

func functionOf(node object) string {
	f, _ := node["function"].(object)
	name, _ := f["function_name"].(string)
	return strings.ToLower(name)
}

// call is a place where files are read, as it is to be.
type call struct {
	function string
	alias    string
	part     part
	options  string         // that are filled in, in SQL
	given    map[string]any // the user's own, by name
	own      []any          // the same, as they stand in the tree
}

// replace makes a place in the tree a call with the names of the files that it reads.
func (t *tree) replace(ctx context.Context, node object) error {
	c, names, err := t.callOf(ctx, node)
	if err != nil {
		return err
	}
	find := t.src.need
	if c.function == "glob" {
		find = t.src.find
	}
	for _, name := range names {
		files, err := find(ctx, name)
		if err != nil {
			return err
		}
		c.part.files = append(c.part.files, files...)
	}
	switch c.part.kind {
	case csvKind:
		err = c.csv(ctx, t.src.csv, len(t.parts))
	case xlsxKind:
		err = c.xlsx(ctx, len(t.parts))
	case jsonKind:
		if !strings.Contains(c.function, "objects") {
			c.options = jsonOptions(c.given)
		}
	}
	if err == nil {
		err = c.packing()
	}
	if err != nil {
		return err
	}
	if c.function != "glob" {
		t.parts = append(t.parts, c.part)
	}
	return t.put(ctx, node, c)
}

// callOf says what a place reads: which function, which names, with which options.
func (t *tree) callOf(ctx context.Context, node object) (c *call, names []string, err error) {
	c = &call{given: map[string]any{}}
	c.alias, _ = node["alias"].(string)
	if name := tableName(node, "."); name != "" {
		c.part.kind = kindOfFile(name)
		if c.part.kind == "" {
			return nil, nil, t.src.noFile(name)
		}
		c.function = map[fileKind]string{csvKind: "read_csv", jsonKind: "read_json", parquetKind: "read_parquet", xlsxKind: "read_xlsx"}[c.part.kind]
		if c.alias == "" && !strings.ContainsAny(name, "*?[") {
			c.alias, _, _ = strings.Cut(filepath.Base(name), ".")
		}
		return c, []string{name}, nil
	}
	c.function = functionOf(node)
	c.part.kind = readers()[c.function]
	f, _ := node["function"].(object)
	args, _ := f["children"].([]any)
	for i, arg := range args {
		name, value := argument(arg)
		v, err := t.evaluate(ctx, value)
		if err != nil {
			return nil, nil, fmt.Errorf("%s in the model's SQL: its file names and options must be constants: %w", c.function, err)
		}
		if name != "" {
			c.given[name] = v
			c.own = append(c.own, arg)
		} else if i == 0 {
			names = texts(v)
		}
	}
	if len(names) == 0 {
		return nil, nil, notSelect(c.function + " names no file")
	}
	return c, names, nil
}

// argument tells the two ways of naming an argument from one that has no name.
func argument(arg any) (name string, value any) {
	a, _ := arg.(object)
	if a["type"] == "COMPARE_EQUAL" {
		left, _ := a["left"].(object)
		if names, _ := left["column_names"].([]any); len(names) == 1 {
			name, _ = names[0].(string)
			return strings.ToLower(name), a["right"]
		}
	}
	name, _ = a["alias"].(string)
	return strings.ToLower(name), arg
}

// texts are one text, or the texts of a list.
func texts(v any) (out []string) {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		for _, x := range v {
			if s, ok := x.(string); ok {
				out = append(out, s)
			}
		}
	}
	return out
}

// evaluate is the value of an expression that DuckDB takes for a constant, so that it is
// one: a name that is made of today's date is the same when the file is verified and read.
func (t *tree) evaluate(ctx context.Context, expression any) (value any, err error) {
	root, err := serialise(ctx, t.ses, "SELECT 1")
	if err != nil {
		return nil, err
	}
	selected(root)["select_list"] = []any{expression}
	sql, err := deserialise(ctx, t.ses, root)
	if err != nil {
		return nil, err
	}
	err = t.ses.query(ctx, "SELECT CAST(to_json(v) AS VARCHAR) FROM ("+strings.TrimSuffix(strings.TrimSpace(sql), ";")+") AS t(v)", func(row [][]byte) error {
		return json.Unmarshal(row[0], &value)
	})
	return value, err
}

// put writes a call into the tree, in the place of what stood there.
func (t *tree) put(ctx context.Context, node object, c *call) error {
	sql := c.function + "(" + fileList(c.part.files) + c.options + ")"
	switch {
	case c.part.function != "":
		sql = c.part.function + "()"
	case c.function == "glob":
		sql = "(SELECT unnest(CAST(" + textList(c.part.files) + " AS VARCHAR[])) AS file)"
	}
	root, err := serialise(ctx, t.ses, "SELECT * FROM "+sql)
	if err != nil {
		return err
	}
	made, _ := selected(root)["from_table"].(object)
	if made == nil {
		return errors.New("a call that reads files could not be written")
	}
	if f, ok := made["function"].(object); ok {
		args, _ := f["children"].([]any)
		f["children"] = append(args, c.own...)
	}
	if c.alias == "" && (c.part.function != "" || c.function == "glob") {
		c.alias = c.function
	}
	made["alias"], made["column_name_alias"], made["sample"] = c.alias, node["column_name_alias"], node["sample"]
	clear(node)
	maps.Copy(node, made)
	return nil
}

// packing says what the files are compressed with, where the user said it.
func (c *call) packing() error {
	given, _ := c.given["compression"].(string)
	switch p := packing(strings.ToLower(given)); p {
	case plain, gzipped, zstdized:
		c.part.packs = p
	case "", "auto", "auto_detect":
	default:
		if c.part.kind != parquetKind {
			return notSelect(c.function + " names a compression that is none of none, gzip, zstd and auto")
		}
	}
	return nil
}
