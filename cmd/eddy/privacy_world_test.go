package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/eddy-retl/eddy/sandbox"
	"github.com/eddy-retl/eddy/warehouse"
	"github.com/eddy-retl/eddy/warehouse/duckdb"
	"github.com/eddy-retl/eddy/warehouse/warehousetest"
)

// vault is a world full of marked values: the program runs in it as users run it, and
// all that it writes, says and sends is looked through.
type vault struct {
	t *testing.T
	// data is the warehouse's folder; work, tmp and home are what the program may write in.
	data, work, tmp, home string
	exe, place, pgURL     string
	box                   *sandbox.Server
	audience              string

	mu sync.Mutex
	// requests are all that was sent to X, whole; answer bends the next answers to users calls.
	requests bytes.Buffer
	answer   func(w http.ResponseWriter, r *http.Request, body []byte) bool
}

// Where the model of each place lies: what reads it, and what fills it.
func (v *vault) source() (source, model string, fill func(rows [][]string)) {
	file := func(name string) string { return filepath.Join(v.data, name) }
	switch v.place {
	case "csv":
		return "type: duckdb\n    files: [" + v.data + "]", "table: " + file("people.csv"), v.fillCSV
	case "json":
		return "type: duckdb\n    files: [" + v.data + "]", "table: " + file("people.json"), v.fillJSON
	case "parquet":
		return "type: duckdb\n    files: [" + v.data + "]", "table: " + file("people.parquet"), func(rows [][]string) {
			v.duckdb("", append(insert(rows), "COPY people TO "+warehouse.QuoteText(file("people.parquet")))...)
		}
	case "duckdb":
		return "type: duckdb\n    path: " + file("shop.duckdb"), "table: people", func(rows [][]string) { v.duckdb(file("shop.duckdb"), insert(rows)...) }
	case "postgres local":
		return "type: postgres\n    state: local\n    url: " + v.pgURL, "table: people", func(rows [][]string) { v.pg(insert(rows)...) }
	default:
		return "type: postgres\n    url: " + v.pgURL, "table: people", func(rows [][]string) { v.pg(insert(rows)...) }
	}
}

// broken is a model that fails while it is read, with a message that quotes a value.
func (v *vault) broken() string {
	const columns = "SELECT id, (now() AT TIME ZONE email)::VARCHAR AS email FROM "
	switch v.place {
	case "duckdb":
		return columns + "people"
	case "postgres", "postgres local":
		return "SELECT id, email::regclass::text AS email FROM people"
	default:
		return columns + "'" + filepath.Join(v.data, "people."+v.place) + "'"
	}
}

// inWarehouse says that the state lies in the warehouse, where raw values may be.
func (v *vault) inWarehouse() bool { return v.place == "postgres" }

var columns = []string{"id", "email", "phone", "handle", "tid", "device", "partner", "since", "until"} //nolint:gochecknoglobals // constant

// insert are the statements that make the table anew. An empty cell of the id is NULL.
func insert(rows [][]string) []string {
	sql := []string{"DROP TABLE IF EXISTS people", "CREATE TABLE people (" + strings.Join(columns, " text, ") + " text)"}
	for _, row := range rows {
		cells := make([]string, len(row))
		for i, c := range row {
			if cells[i] = warehouse.QuoteText(c); c == "" {
				cells[i] = "NULL"
			}
		}
		sql = append(sql, "INSERT INTO people VALUES ("+strings.Join(cells, ", ")+")")
	}
	return sql
}

func (v *vault) fillCSV(rows [][]string) {
	var b bytes.Buffer
	v.must(csv.NewWriter(&b).WriteAll(append([][]string{columns}, rows...)))
	v.must(os.WriteFile(filepath.Join(v.data, "people.csv"), b.Bytes(), 0o600))
}

func (v *vault) fillJSON(rows [][]string) {
	var b bytes.Buffer
	for _, row := range rows {
		object := map[string]any{}
		for i, c := range row {
			if object[columns[i]] = c; c == "" {
				object[columns[i]] = nil
			}
		}
		v.must(json.NewEncoder(&b).Encode(object))
	}
	v.must(os.WriteFile(filepath.Join(v.data, "people.json"), b.Bytes(), 0o600))
}

func (v *vault) duckdb(path string, statements ...string) {
	v.must(duckdb.Write(v.t.Context(), path, statements...))
}

func (v *vault) pg(statements ...string) {
	conn, err := pgx.Connect(v.t.Context(), v.pgURL)
	v.must(err)
	_, err = conn.Exec(v.t.Context(), strings.Join(statements, "; "))
	v.must(errors.Join(err, conn.Close(v.t.Context())))
}

func (v *vault) must(err error) {
	v.t.Helper()
	if err != nil {
		v.t.Fatal(err)
	}
}

func newVault(t *testing.T, place string) *vault {
	dir := t.TempDir()
	v := &vault{t: t, place: place}
	for name, at := range map[string]*string{"data": &v.data, "work": &v.work, "tmp": &v.tmp, "home": &v.home} {
		*at = filepath.Join(dir, name)
		v.must(os.Mkdir(*at, 0o700))
	}
	self, err := os.Executable()
	v.must(err)
	v.exe = filepath.Join(dir, "eddy")
	v.must(os.Symlink(self, v.exe))
	cfg := sandbox.Default()
	cfg.Limits.Off, cfg.EchoValues = true, true
	cfg.ConsumerSecret, cfg.AccessTokenSecret = "c"+markSecret, "a"+markSecret
	v.box = sandbox.New(cfg)
	server := httptest.NewServer(v)
	t.Cleanup(server.Close)
	v.audience, err = v.box.NewAudience(cfg.Account, "VIP")
	v.must(err)
	if strings.HasPrefix(place, "postgres") {
		v.pgURL = warehousetest.Postgres(t)
	}
	v.configure(server.URL)
	return v
}

const vaultConfig = `sources:
  s:
    %s
  small: {type: duckdb, files: [%q], memory_limit: 24MB}
destinations:
  x: &x {type: x_audience, account_id: 18ce54d4x5t, consumer_key: ck, consumer_secret: "${CS}", access_token: at, access_token_secret: "${ATS}", default_region: US, api_url: %q}
  digests: {<<: *x, hash: false}
  wrong: {<<: *x, consumer_secret: wrong%s}
connections:
  vip: &vip
    source: s
    %s
    destination: x
    audience: {id: %s}
    identifier: id
    mapping: {email: email, phone_number: phone, handle: handle, twitter_id: tid, device_id: device, partner_user_id: partner, effective_at: since, expires_at: until}
    settings: {guard: {max_removed_percent: 60}}
  hashed: {<<: *vip, destination: digests, audience: {create: {name: Hashed}}}
  refused: {<<: *vip, destination: wrong, audience: {create: {name: Refused}}}
  broken: {source: s, sql: %q, destination: x, audience: {create: {name: Broken}}, identifier: id, mapping: {email: email}}
  large: {source: small, sql: %q, destination: x, audience: {create: {name: Large}}, identifier: id, mapping: {email: email}}
`

// large is a model that does not fit into the memory of its source.
const large = "SELECT i AS id, sha256(i::VARCHAR) || '.' || i || '@" + markText + ".example' AS email FROM range(300000) AS t(i)"

func (v *vault) configure(url string) {
	source, model, _ := v.source()
	text := fmt.Sprintf(vaultConfig, source, v.data, url, markSecret, model, v.audience, v.broken(), large)
	v.must(os.WriteFile(filepath.Join(v.data, "eddy.yaml"), []byte(text), 0o600))
}

// ServeHTTP keeps every request as it came, and answers as the sandbox or as it was told.
func (v *vault) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // it was cut off
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	head, _ := httputil.DumpRequest(r, false)
	v.mu.Lock()
	v.requests.Write(append(append(head, body...), '\n'))
	answer := v.answer
	v.mu.Unlock()
	if answer == nil || !strings.HasSuffix(r.URL.Path, "/users") || !answer(w, r, body) {
		v.box.ServeHTTP(w, r)
	}
}

// bend has users calls answered otherwise; nil ends that.
func (v *vault) bend(answer func(w http.ResponseWriter, r *http.Request, body []byte) bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.answer = answer
}

func (v *vault) command(ctx context.Context, args ...string) *exec.Cmd {
	command, rest := args[0], args[1:]
	if !slices.Contains([]string{"payload", "demo", "version"}, command) {
		rest = append([]string{"-f", filepath.Join(v.data, "eddy.yaml"), "--state-dir", filepath.Join(v.work, "state")}, rest...)
	}
	cmd := exec.CommandContext(ctx, v.exe, append([]string{command}, rest...)...)
	env := map[string]string{"PATH": os.Getenv("PATH"), "TMPDIR": v.tmp, "HOME": v.home, "CS": "c" + markSecret, "ATS": "a" + markSecret}
	for _, name := range slices.Sorted(maps.Keys(env)) {
		cmd.Env = append(cmd.Env, name+"="+env[name])
	}
	cmd.Dir = v.work
	return cmd
}

// run runs a command and looks through both its outputs.
func (v *vault) run(code int, args ...string) string {
	v.t.Helper()
	out := v.show(code, "", args...)
	v.clean("stdout of "+strings.Join(args, " "), []byte(out))
	return out
}

// show runs a command whose standard output may show raw values to the one who runs it;
// its standard error may not.
func (v *vault) show(code int, in string, args ...string) string {
	v.t.Helper()
	cmd := v.command(v.t.Context(), args...)
	var out, said bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(in), &out, &said
	_ = cmd.Run()
	if got := cmd.ProcessState.ExitCode(); got != code {
		v.t.Fatalf("%s: exit code %d, want %d\n%s%s", strings.Join(args, " "), got, code, &out, &said)
	}
	v.clean("stderr of "+strings.Join(args, " "), said.Bytes())
	return out.String()
}

// clean fails the test when an output holds a mark.
func (v *vault) clean(what string, text []byte) {
	v.t.Helper()
	for _, f := range find(text, formsOf(append(personal(), markPartner)...)) {
		v.t.Errorf("%s has %s:\n%.2000s", what, f, text)
	}
}

// settle looks through all that was sent and written since the world began.
func (v *vault) settle(when string) {
	v.t.Helper()
	forms := formsOf(personal()...)
	v.mu.Lock()
	sent := slices.Clone(v.requests.Bytes())
	v.mu.Unlock()
	log, err := json.Marshal(v.box.Requests())
	v.must(err)
	for what, text := range map[string][]byte{"what was sent to X": sent, "the sandbox's request log": log} {
		for _, f := range find(text, forms) {
			v.t.Errorf("%s: %s has %s", when, what, f)
		}
	}
	for _, dir := range []string{v.work, v.tmp, v.home} {
		for _, f := range findFiles(v.t, dir, forms) {
			v.t.Errorf("%s: %s%s", when, filepath.Base(dir), f)
		}
	}
	if v.pgURL != "" {
		v.settleTables(when)
	}
}

// settleTables looks through Eddy's tables in the warehouse: the model's values may stand
// in changes, bases and snapshots, and nowhere else; with state local there are no tables.
func (v *vault) settleTables(when string) {
	v.t.Helper()
	conn, err := pgx.Connect(v.t.Context(), v.pgURL)
	v.must(err)
	defer func() { _ = conn.Close(v.t.Context()) }()
	rows, err := conn.Query(v.t.Context(), "SELECT table_schema || '.' || table_name FROM information_schema.tables WHERE table_schema NOT IN ('pg_catalog', 'information_schema', 'public') ORDER BY 1")
	v.must(err)
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	v.must(err)
	if len(names) > 0 != v.inWarehouse() {
		v.t.Fatalf("%s: the warehouse has the tables %v", when, names)
	}
	raw := 0
	for _, name := range names {
		var text string
		v.must(conn.QueryRow(v.t.Context(), "SELECT coalesce(string_agg(t::text, E'\n'), '') FROM "+name+" t").Scan(&text))
		found := find([]byte(text), formsOf(personal()...))
		if slices.ContainsFunc([]string{".changes_", ".base_", ".snapshot_"}, func(kind string) bool { return strings.Contains(name, kind) }) {
			raw += len(found)
			continue
		}
		for _, f := range append(found, find([]byte(text), formsOf(markPartner))...) {
			v.t.Errorf("%s: the table %s has %s", when, name, f)
		}
	}
	if len(names) > 4 && raw == 0 {
		v.t.Errorf("%s: the ledger and the snapshots have no values: the search finds nothing", when)
	}
}
