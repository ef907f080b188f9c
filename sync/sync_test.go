package sync_test

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	gosync "sync"
	"sync/atomic"
	"testing"
	"time"

	_ "github.com/duckdb/duckdb-go/v2"
	"github.com/jackc/pgx/v5"
	_ "github.com/jackc/pgx/v5/stdlib"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/connectors"
	"github.com/eddy-retl/eddy/destination"
	"github.com/eddy-retl/eddy/destination/xaudience"
	"github.com/eddy-retl/eddy/dial"
	"github.com/eddy-retl/eddy/sandbox"
	"github.com/eddy-retl/eddy/sync"
	"github.com/eddy-retl/eddy/warehouse"
	"github.com/eddy-retl/eddy/warehouse/duckdb"
	"github.com/eddy-retl/eddy/warehouse/postgres"
	"github.com/eddy-retl/eddy/warehouse/warehousetest"
)

// TestMain tells forty worlds on each place of the state, a fifth of them with -short,
// and as many as -rapid.checks says.
func TestMain(m *testing.M) {
	if err := flag.Set("rapid.checks", "40"); err != nil {
		panic(err)
	}
	os.Exit(warehousetest.Main(m))
}

// tb is what a world needs of a test; a property's test has it too.
type tb interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
}

// world is a source with a table, a sandbox, and a connection between them.
type world struct {
	t tb
	// try runs statements on the user's side, in one go; on a site one.
	try    func(statements string) error
	source func() (warehouse.Source, error)
	// site is where the source is, on a server that was asked for; nil elsewhere.
	site     *warehousetest.Site
	spelling warehousetest.Spelling
	// database is the URL of a PostgreSQL source.
	database string
	sandbox  *sandbox.Server
	url      string
	patience xaudience.Patience
	// busy counts the requests that the sandbox is still at, also those that nobody waits for.
	busy     gosync.WaitGroup
	dir      string
	place    string
	local    bool
	conn     eddy.Connection
	dest     map[string]string
	audience string
	now      time.Time
	key      []byte
	// moves lets a run find state that was left in the other place.
	moves bool
	// people resolves identities to people, as X does; asked hears of each request.
	people atomic.Pointer[map[string]string]
	asked  atomic.Pointer[func()]
}

// exec runs statements on the user's side.
func (w *world) exec(statements ...string) {
	w.t.Helper()
	if w.site == nil {
		statements = []string{strings.Join(statements, ";\n")}
	}
	for _, sql := range statements {
		if err := w.try(sql); err != nil {
			w.t.Fatalf("%s: %v", sql, err)
		}
	}
}

// table makes the table customers anew, with columns of these names and types.
func (w *world) table(columns ...string) {
	w.t.Helper()
	w.exec("DROP TABLE IF EXISTS customers", "CREATE TABLE customers ("+strings.Join(columns, ", ")+")")
}

// simple are the columns of the table that most tests read.
func (w *world) simple() []string {
	return []string{"id bigint", "email " + w.spelling.Text, "phone " + w.spelling.Text, "expires " + w.spelling.Timestamp}
}

// wipe drops the ledgers that the source keeps; others are in w.dir.
func (w *world) wipe() {
	w.t.Helper()
	switch {
	case w.site != nil && warehousetest.IsEngine(strings.TrimSuffix(w.place, localState)):
		if err := w.site.Wipe(); err != nil {
			w.t.Fatal(err)
		}
	case w.site == nil && w.place != "duckdb":
		w.exec("DROP SCHEMA IF EXISTS _eddy CASCADE")
	}
}

// person is who X takes an identity for, "" where it knows nobody.
func (w *world) person(identity string) string {
	if p := w.people.Load(); p != nil {
		return (*p)[identity]
	}
	return ""
}

// ServeHTTP is the sandbox, overheard.
func (w *world) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	w.busy.Add(1)
	defer w.busy.Done()
	if hear := w.asked.Load(); hear != nil && strings.HasSuffix(r.URL.Path, "/users") {
		(*hear)()
	}
	w.sandbox.ServeHTTP(rw, r)
}

// places are where the state can lie.
func places() []string { return []string{"duckdb", "postgres", "postgres local"} }

// onServers are the places on servers that somebody must ask for: of each warehouse its own
// engine, where it is one, and the embedded one.
func onServers() (list []string) {
	for _, name := range warehousetest.Sites() {
		if warehousetest.IsEngine(name) {
			list = append(list, name)
		}
		list = append(list, name+localState)
	}
	return list
}

// localState ends the names of places whose state is not in the warehouse, though it might be.
const localState = " local"

// worlds runs a test on each place where the state can lie.
func worlds(t *testing.T, test func(*testing.T, *world)) {
	for _, place := range places() {
		t.Run(place, func(t *testing.T) {
			t.Parallel()
			test(t, newWorld(t, place))
		})
	}
}

func newWorld(t *testing.T, place string) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir(), place: place, local: place == "duckdb" || strings.HasSuffix(place, localState), spelling: warehousetest.Standard(), now: time.Now().UTC(), key: []byte("0123456789abcdef")}
	cfg := sandbox.Default()
	cfg.Limits.Off = true
	cfg.Person = w.person
	// A membership that begins later is a member already: who is wanted is what is tested.
	cfg.FutureCountsNow = true
	w.sandbox = sandbox.New(cfg)
	srv := httptest.NewServer(w)
	t.Cleanup(srv.Close)
	w.url = srv.URL
	w.patience = xaudience.Patience{Attempts: 3, FirstWait: time.Nanosecond, Pauses: []time.Duration{0}}
	id, err := w.sandbox.NewAudience("18ce54d4x5t", "VIP")
	if err != nil {
		t.Fatal(err)
	}
	w.audience = id
	switch name := strings.TrimSuffix(place, localState); name {
	case "duckdb":
		w.duck()
	case "postgres":
		w.pg(t)
	default:
		w.onSite(t, name)
	}
	w.table(w.simple()...)
	w.dest = map[string]string{
		"account_id": "18ce54d4x5t", "consumer_key": "ck", "consumer_secret": "cs", "access_token": "at", "access_token_secret": "ats",
		"hash": "true", "default_region": "US", "phone_formats": "e164", "api_url": srv.URL,
	}
	w.conn = eddy.Connection{
		Name: "vip", Model: eddy.Model{Table: "customers"}, Audience: eddy.Audience{ID: id}, SyncMode: eddy.Mirror, Identifier: "id",
		Mapping:  eddy.Mapping{{Field: "email", Column: "email"}, {Field: "phone_number", Column: "phone"}},
		Settings: eddy.DefaultSettings(),
	}
	return w
}

func (w *world) duck() {
	w.try = func(statements string) error {
		db, err := sql.Open("duckdb", filepath.Join(w.dir, "shop.duckdb"))
		if err != nil {
			return err
		}
		_, err = db.Exec(statements)
		return errors.Join(err, db.Close())
	}
	w.source = func() (warehouse.Source, error) {
		return w.open(duckdb.Kind(), map[string]string{"path": "shop.duckdb"})
	}
}

// onSite puts the source on a site of its own.
func (w *world) onSite(t *testing.T, name string) {
	t.Helper()
	w.site = warehousetest.NewSite(t, name)
	w.spelling, w.try = w.site.Spelling, w.site.Exec
	w.source = func() (warehouse.Source, error) {
		k, _ := connectors.Warehouse(w.site.Type)
		return w.open(k, w.site.Options)
	}
}

// promises puts on record that the warehouse has kept the promises in a test of all.
func (w *world) promises(t *testing.T) {
	t.Helper()
	kind, capability := strings.TrimSuffix(w.place, localState), "promises"
	if w.local {
		capability = "promises, local state"
	}
	if w.site != nil {
		kind = w.site.Type
	}
	warehousetest.Passed(t, kind, capability, "")
}

// own is the schema of Eddy's tables in the warehouse.
func (w *world) own() string {
	if w.site != nil {
		return w.site.Own
	}
	return "_eddy"
}

func (w *world) pg(t *testing.T) { w.onServer(t, warehousetest.Postgres(t)) }

// onServer puts the source into a database of a PostgreSQL server.
func (w *world) onServer(t *testing.T, url string) {
	t.Helper()
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	w.try = func(statements string) error {
		_, err := db.Exec(statements, pgx.QueryExecModeSimpleProtocol)
		return err
	}
	w.database = url
	w.source = func() (warehouse.Source, error) {
		return w.open(postgres.Kind(), map[string]string{"url": url})
	}
}

func (w *world) open(k warehouse.Kind, options map[string]string) (warehouse.Source, error) {
	return k.Open(context.Background(), eddy.Source{Dialer: dial.Anywhere(), Name: "shop", Type: k.Type, Schema: w.own(), Options: options, Dir: w.dir, Opened: []string{w.dir}, OpenDir: true})
}

func (w *world) job() sync.Job {
	w.t.Helper()
	job, err := w.tryJob()
	if err != nil {
		w.t.Fatal(err)
	}
	return job
}

// tryJob is a job whose source may not be reached.
func (w *world) tryJob() (sync.Job, error) {
	w.t.Helper()
	d, err := xaudience.OpenPatient(eddy.Destination{Dialer: dial.Anywhere(), Name: "x", Type: "x_audience", Options: w.dest}, w.patience)
	if err != nil {
		w.t.Fatal(err)
	}
	src, err := w.source()
	if err != nil {
		return sync.Job{}, err
	}
	return sync.Job{
		Elsewhere:  w.elsewhere(src),
		Connection: w.conn, Source: src, Destination: d, Account: "18ce54d4x5t", Trigger: "manual", Local: sync.Local{Digests: w.local, Key: w.key, Scratch: duckdb.Engine{}.Open},
		State: func(ctx context.Context) (warehouse.Engine, error) {
			if w.local {
				return duckdb.Engine{Path: filepath.Join(w.dir, "state", "vip.duckdb")}.Open(ctx)
			}
			return src.Engine(ctx, w.own())
		},
		Now: func() time.Time { return w.now },
	}, nil
}

// elsewhere opens the place where the state does not lie, if the world has moving state.
func (w *world) elsewhere(src warehouse.Source) func(context.Context) (warehouse.Engine, error) {
	if !w.moves {
		return nil
	}
	local, state := w.local, filepath.Join(w.dir, "state", "vip.duckdb")
	return func(ctx context.Context) (warehouse.Engine, error) {
		if local {
			return src.(warehouse.Existing).Existing(ctx, w.own())
		}
		if _, err := os.Stat(state); err != nil {
			return nil, nil //nolint:nilerr,nilnil // no other place
		}
		return duckdb.Engine{Path: state}.Open(ctx)
	}
}

// sync runs once and checks that the counts add up.
func (w *world) sync(change ...func(*sync.Job)) eddy.Run {
	w.t.Helper()
	job := w.job()
	for _, c := range change {
		c(&job)
	}
	defer job.Source.Close()
	run, err := sync.Run(context.Background(), job)
	if err != nil {
		w.t.Fatalf("run: %v (%+v)", err, run)
	}
	c := run.Counts
	if c.Delivered+c.Rejected+c.Failed != c.Operations() && run.Status != eddy.NeedsApproval {
		w.t.Errorf("counts do not add up: %+v", c)
	}
	return run
}

// want checks who is in the audience; each identity is field=value.
func (w *world) want(people ...string) {
	w.t.Helper()
	d, err := xaudience.Kind().Open(eddy.Destination{Dialer: dial.Anywhere(), Name: "x", Type: "x_audience", Options: w.dest})
	if err != nil {
		w.t.Fatal(err)
	}
	p, err := d.Preparer("")
	if err != nil {
		w.t.Fatal(err)
	}
	var want []string
	for _, person := range people {
		field, value, _ := strings.Cut(person, "=")
		values := make([]string, len(d.Fields()))
		for i, f := range d.Fields() {
			if f.Name == field {
				values[i] = value
			}
		}
		var out destination.Prepared
		p.Prepare(values, &out)
		for _, id := range out.Identities {
			want = append(want, field+":"+string(id.Value))
		}
	}
	slices.Sort(want)
	want = slices.Compact(want)
	got := w.sandbox.Members(w.audience)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		w.t.Errorf("the audience holds %d identities, want %d\n got %v\nwant %v", len(got), len(want), got, want)
	}
}

func TestMirrorFollowsTheTable(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		w.exec("INSERT INTO customers VALUES (1, ' A@x.com', '+14155550101', NULL), (2, 'b@x.com', NULL, NULL), (3, 'c@x.com', '(415) 555-0103', NULL), (4, 'nobody', NULL, NULL), (5, NULL, NULL, NULL)")
		run := w.sync()
		if run.Status != eddy.CompletedWithErrors || run.Counts.Insert != 3 || run.Counts.Invalid != 2 || run.Counts.Rows != 5 {
			t.Errorf("first run: %+v", run)
		}
		w.want("email=a@x.com", "phone_number=+14155550101", "email=b@x.com", "email=c@x.com", "phone_number=+14155550103")

		run = w.sync()
		if c := run.Counts; c.Unchanged != 3 || c.Operations() != 0 || c.Requests != 0 || c.Invalid != 2 {
			t.Errorf("unchanged run: %+v", run)
		}

		w.exec("UPDATE customers SET email = 'new@x.com' WHERE id = 1")
		w.exec("DELETE FROM customers WHERE id = 2")
		w.exec("INSERT INTO customers VALUES (6, 'f@x.com', NULL, NULL)")
		run = w.sync()
		if c := run.Counts; c.Insert != 1 || c.Update != 1 || c.Delete != 1 || c.Unchanged != 1 || c.Delivered != 3 {
			t.Errorf("changed run: %+v", run)
		}
		w.want("email=new@x.com", "phone_number=+14155550101", "email=c@x.com", "phone_number=+14155550103", "email=f@x.com")

		w.exec("UPDATE customers SET email = 'garbage', phone = NULL WHERE id = 1")
		run = w.sync()
		if c := run.Counts; c.Delete != 1 || c.Invalid != 3 {
			t.Errorf("a row that became invalid leaves: %+v", run)
		}
		w.want("email=c@x.com", "phone_number=+14155550103", "email=f@x.com")
	})
}

// TestRunTakesItsID: a server gives a run the id that it is known by there.
func TestRunTakesItsID(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		const id = "20261123190000abcdef"
		w.exec("INSERT INTO customers VALUES (1, 'a@x.com', NULL, NULL)")
		if run := w.sync(func(j *sync.Job) { j.RunID = id }); run.RunID != id || run.Status != eddy.Succeeded {
			t.Errorf("run %+v", run)
		}
		w.want("email=a@x.com")
		job := w.job()
		job.RunID = "not; an id"
		defer job.Source.Close()
		if run, err := sync.Run(context.Background(), job); eddy.ErrorCode(err) != eddy.CodeInternal || run.Status != eddy.StatusFailed {
			t.Errorf("run %+v, %v", run, err)
		}
	})
}

func TestSharedIdentityStays(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		w.exec("INSERT INTO customers VALUES (1, 'a@x.com', '+14155550101', NULL), (2, 'A@X.com ', '+14155550102', NULL), (3, 'c@x.com', NULL, NULL)")
		w.sync()
		w.exec("DELETE FROM customers WHERE id = 1")
		run := w.sync()
		if c := run.Counts; c.Delete != 1 || c.Reassert != 1 || c.Unchanged != 1 {
			t.Errorf("%+v", run)
		}
		w.want("email=a@x.com", "phone_number=+14155550102", "email=c@x.com")
		w.exec("UPDATE customers SET email = 'z@x.com' WHERE id = 2")
		w.sync()
		w.want("email=z@x.com", "phone_number=+14155550102", "email=c@x.com")
	})
}

// What a run used of a server is counted, also what the lock and the log took; nothing is where
// the warehouse is a file.
func TestRunsCountTheirStatements(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		w.exec("INSERT INTO customers VALUES (1, 'a@x.com', NULL, NULL)")
		first, again := w.sync().Usage, w.sync().Usage
		server := map[string]int64{"duckdb": 0, "postgres": 20, "postgres local": 2}
		least, known := server[w.place]
		switch {
		case !known:
			t.Errorf("how many statements runs on %s have is not said here", w.place)
		case least == 0:
			if first != nil || again != nil {
				t.Errorf("a file had statements: %+v %+v", first, again)
			}
		case first == nil || again == nil:
			t.Error("no statements were counted")
		case first.Statements < least || first.Statements > 10*least || again.Statements > first.Statements:
			t.Errorf("%d statements, and %d with nothing to do", first.Statements, again.Statements)
		}
	})
}

func TestManyRowsLeaveInFewRequests(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		gen := "generate_series(1, 70000) AS g(i)"
		w.exec("INSERT INTO customers SELECT i, 'user' || i || '@example.com', NULL, NULL FROM " + gen)
		run := w.sync()
		if c := run.Counts; c.Insert != 70000 || c.Requests < 2 || c.Requests > 3 {
			t.Errorf("%+v", run)
		}
		if n := len(w.sandbox.Members(w.audience)); n != 70000 {
			t.Errorf("%d members", n)
		}
		if w.place == "postgres" { // elsewhere digests say who shares
			w.neighboursStay()
		}
	})
}

// neighboursStay removes so many that their neighbours are looked for field by field: as
// the same text, in a list of several values, and as a digest.
func (w *world) neighboursStay() {
	w.t.Helper()
	w.exec("INSERT INTO customers VALUES (70001, 'USER7@example.com', NULL, NULL), (70002, 'a@x.com,user8@example.com', NULL, NULL), (70003, '" + hexDigest("user9@example.com") + "', NULL, NULL)")
	w.sync()
	w.exec("DELETE FROM customers WHERE id <= 70000")
	if run := w.sync(func(j *sync.Job) { j.Approve, j.ApproveRemovals = true, 100_000 }); run.Counts.Delete != 70000 {
		w.t.Errorf("%+v", run)
	}
	w.want("email=user7@example.com", "email=a@x.com", "email=user8@example.com", "email=user9@example.com")
}

// A value that begins like another one is another one.
func TestPartnerIDThatBeginsLikeTheOldOneReplacesIt(t *testing.T) {
	worlds(t, func(_ *testing.T, w *world) {
		w.conn.Mapping = eddy.Mapping{{Field: "partner_user_id", Column: "email"}}
		w.exec("INSERT INTO customers VALUES (1, '7', NULL, NULL), (2, '8', NULL, NULL)")
		w.sync()
		w.exec("UPDATE customers SET email = '77' WHERE id = 1")
		w.sync()
		w.want("partner_user_id=77", "partner_user_id=8")
	})
}

// A control character in an id is where local state would cut it in two, and the first half
// may be another one's id.
func TestPartnerIDWithAControlCharacterIsNotHalfSent(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		w.conn.Mapping = eddy.Mapping{{Field: "partner_user_id", Column: "email"}}
		w.exec("INSERT INTO customers VALUES (1, '7' || chr(1) || '9', NULL, NULL), (2, '8', NULL, NULL)")
		if run := w.sync(); run.Counts.Invalid != 1 || run.Counts.Insert != 1 {
			t.Errorf("%+v", run)
		}
		w.want("partner_user_id=8")
	})
}

// What local state keeps of a row says nothing to those who do not have its key: with
// another key no row is known (promise 10). Nobody is sent again for that: the digests are
// what they were.
func TestFingerprintsAreOfTheStatesKey(t *testing.T) {
	w := newWorld(t, "duckdb")
	w.exec("INSERT INTO customers VALUES (1, 'a@x.com', '+14155550101', NULL), (2, 'b@x.com', NULL, NULL)")
	w.sync()
	w.key = []byte("another state's")
	before := w.fingerprints()
	if run := w.sync(); run.Counts.Unchanged != 2 || run.Counts.Requests != 0 {
		t.Errorf("%+v", run.Counts)
	}
	for i, f := range w.fingerprints() {
		if slices.Contains(before, f) {
			t.Errorf("fingerprint %d is as it was with another key", i)
		}
	}
}

// fingerprints are those of the versions that local state keeps.
func (w *world) fingerprints() (out []string) {
	w.t.Helper()
	w.inState(func(e warehouse.Engine) error {
		var table string
		err := e.Query(context.Background(), "SELECT coalesce(max(CASE WHEN table_name LIKE 'base%' THEN table_name END), max(table_name)) FROM information_schema.tables WHERE table_name LIKE 'base_vip_%' OR table_name LIKE 'changes_vip_%' HAVING count(*) > 0", func(row [][]byte) error {
			table = string(row[0])
			return nil
		})
		if err != nil {
			return err
		}
		return e.Query(context.Background(), "SELECT fingerprint FROM "+e.Schema()+"."+table, func(row [][]byte) error {
			out = append(out, string(row[0]))
			return nil
		})
	})
	if len(out) == 0 {
		w.t.Fatal("the state has no fingerprints")
	}
	return out
}

// Two rows whose texts run into each other are two rows.
func TestTextThatMovesFromOneColumnToTheNextIsAChange(t *testing.T) {
	worlds(t, func(_ *testing.T, w *world) {
		w.conn.Mapping = eddy.Mapping{{Field: "partner_user_id", Column: "email"}, {Field: "handle", Column: "phone"}}
		w.conn.Settings.Guard.MaxRemovedPercent = 100
		w.exec("INSERT INTO customers VALUES (1, 'ahandle=b', 'c', NULL), (2, 'z', NULL, NULL)")
		w.sync()
		w.exec("UPDATE customers SET email = 'a', phone = 'bhandle=c' WHERE id = 1")
		w.sync()
		w.want("partner_user_id=a", "partner_user_id=z")
	})
}

// Also where a text is as long as a digest.
func TestDigestAndTextAreOneIdentity(t *testing.T) {
	for _, email := range []string{"abc@twitter.com", strings.Repeat("a", 58) + "@x.com"} {
		t.Run(email, func(t *testing.T) {
			worlds(t, func(_ *testing.T, w *world) {
				digest := strings.ToUpper(hexDigest(email))
				w.exec("INSERT INTO customers VALUES (1, '" + email + "', NULL, NULL), (2, '" + digest + "', NULL, NULL), (3, 'c@x.com', NULL, NULL)")
				w.sync()
				w.exec("DELETE FROM customers WHERE id = 1")
				w.sync()
				w.want("email="+email, "email=c@x.com")
				w.exec("INSERT INTO customers VALUES (1, '" + email + "', NULL, NULL)")
				w.sync()
				w.exec("DELETE FROM customers WHERE id = 2")
				w.sync()
				w.want("email="+email, "email=c@x.com")
			})
		})
	}
}

// However an address is written, who shares it with somebody who leaves stays (promise 2).
func TestWritingsOfOneAddressAreOneIdentity(t *testing.T) {
	bothStay(t, map[string][2]string{
		"mailto@x.com":               {"mailto@x.com", "MailTo:Mailto@x.com"},
		"named@x.com":                {"<named@x.com>", "Zoë K. <NAMED@x.com>;"},
		"listed@x.com":               {"listed@x.com", `["Listed@x.com"]`},
		"one@x.com":                  {"{one@x.com}", "'one@x.com'"},
		"jos\u00e9@x.com":            {"Jos\u00e9@x.com", "jose\u0301@x.com"},
		"info@xn--mnchen-3ya.de":     {"info@M\u00fcnchen.de", "<info@XN--mnchen-3ya.de>"},
		"info@xn--e1afmkfd.xn--p1ai": {"info@xn--e1afmkfd.xn--p1ai", "info@\u043f\u0440\u0438\u043c\u0435\u0440.\u0440\u0444"},
	})
}

// A column of bytes holds digests as one of texts does.
func TestBytesOfADigestAreOneIdentityWithIt(t *testing.T) {
	digest := hexDigest("digest@x.com")
	bothStay(t, map[string][2]string{"digest@x.com": {`\x` + digest, `["` + strings.ToUpper(digest) + `"]`}})
	bothStay(t, map[string][2]string{"bytes@x.com": {"bytes@x.com", `\x` + hexDigest("bytes@x.com")}})
}

// bothStay has each address in two rows, and removes one and then the other.
func bothStay(t *testing.T, texts map[string][2]string) {
	t.Helper()
	worlds(t, func(_ *testing.T, w *world) {
		want := []string{"email=c@x.com"}
		for email := range texts {
			want = append(want, "email="+email)
		}
		put := func(side int) {
			n := 0
			for _, email := range slices.Sorted(maps.Keys(texts)) {
				n += 2
				w.exec(fmt.Sprintf("INSERT INTO customers VALUES (%d, '%s', NULL, NULL)", n+side, strings.ReplaceAll(texts[email][side], "'", "''")))
			}
		}
		w.exec("INSERT INTO customers VALUES (1, 'c@x.com', NULL, NULL)")
		put(0)
		put(1)
		w.sync()
		w.want(want...)
		for side := range 2 {
			w.exec(fmt.Sprintf("DELETE FROM customers WHERE id > 1 AND id %% 2 = %d", side))
			w.sync()
			w.want(want...)
			put(side)
			w.sync()
		}
	})
}

func TestPlanSendsAndChangesNothing(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		w.exec("INSERT INTO customers VALUES (1, ' A@x.com', '+14155550101', NULL), (2, 'b@x.com', 'none', NULL), (3, 'B@x.com', NULL, NULL), (4, 'nobody', NULL, NULL)")
		p := w.look()
		if c := p.Counts; c.Rows != 4 || c.Insert != 3 || c.Invalid != 1 || c.Requests != 1 || p.Held != 0 {
			t.Errorf("before the first run: %+v", p)
		}
		if f := p.Fields[0]; f.Field != "email" || f.Filled != 4 || f.Valid != 3 || *f.Shared != 1 || len(f.Invalid) != 1 {
			t.Errorf("quality: %+v", p.Fields)
		}
		w.want()
		run := w.sync()
		if run.Counts.Insert != 3 {
			t.Errorf("%+v", run)
		}
		w.exec("DELETE FROM customers WHERE id = 3")
		for range 2 {
			if c := w.look().Counts; c.Delete != 1 || c.Reassert != 1 || c.Insert != 0 || c.Unchanged != 1 || c.Delivered != 0 {
				t.Errorf("after the first run: %+v", c)
			}
		}
	})
}

func TestGuardHoldsARunawayChange(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		w.exec("INSERT INTO customers VALUES (1, 'a@x.com', NULL, NULL), (2, 'b@x.com', NULL, NULL), (3, 'c@x.com', NULL, NULL)")
		w.sync()
		w.exec("DELETE FROM customers WHERE id < 3")
		run := w.sync()
		if run.Status != eddy.NeedsApproval || run.Counts.Requests != 0 || run.Counts.Delete != 2 {
			t.Errorf("more than half: %+v", run)
		}
		w.want("email=a@x.com", "email=b@x.com", "email=c@x.com")
		w.exec("DELETE FROM customers")
		if run = w.sync(); run.Status != eddy.NeedsApproval {
			t.Errorf("empty: %+v", run)
		}
		w.want("email=a@x.com", "email=b@x.com", "email=c@x.com")
		run = w.sync(func(j *sync.Job) { j.Approve = true })
		if run.Status != eddy.Succeeded || run.Counts.Delete != 3 {
			t.Errorf("approved: %+v", run)
		}
		w.want()
	})
}

func TestChangedConfigurationIsCarriedThrough(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		w.exec("INSERT INTO customers VALUES (1, 'a@x.com', '+14155550101', NULL), (2, 'b@x.com', '415-555-0102', NULL), (3, 'c@x.com', '207 946 0958', NULL)")
		w.sync()
		w.want("email=a@x.com", "phone_number=+14155550101", "email=b@x.com", "phone_number=+14155550102", "email=c@x.com", "phone_number=+12079460958")
		w.dest["default_region"] = "GB"
		w.sync()
		w.want("email=a@x.com", "phone_number=+14155550101", "email=b@x.com", "email=c@x.com", "phone_number=+442079460958")
		w.conn.Settings.Guard.MaxRemovedPercent = 100 // more than half of the identities leave
		w.conn.Mapping = eddy.Mapping{{Field: "phone_number", Column: "phone"}}
		w.sync()
		w.want("phone_number=+14155550101", "phone_number=+442079460958")
		w.conn.Mapping = eddy.Mapping{{Field: "email", Column: "email"}}
		w.sync()
		w.want("email=a@x.com", "email=b@x.com", "email=c@x.com")
		w.conn.Identifier = "email"
		if run := w.sync(); run.Counts.Delete != 3 || run.Counts.Insert != 3 {
			t.Errorf("another identifier: %+v", run)
		}
		w.want("email=a@x.com", "email=b@x.com", "email=c@x.com")
		w.conn.SyncMode = eddy.Upsert
		w.exec("UPDATE customers SET email = 'new@x.com' WHERE id = 1")
		w.exec("DELETE FROM customers WHERE id = 2")
		w.sync()
		w.want("email=a@x.com", "email=new@x.com", "email=b@x.com", "email=c@x.com")
		w.conn.SyncMode = eddy.Mirror
		w.sync()
		w.want("email=new@x.com", "email=c@x.com")
		if run := w.sync(func(j *sync.Job) { j.Full = true }); run.Counts.Update != 2 {
			t.Errorf("full: %+v", run)
		}
		w.want("email=new@x.com", "email=c@x.com")
	})
}

func TestExpiryAndRenewal(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		w.conn.Mapping = eddy.Mapping{{Field: "email", Column: "email"}, {Field: "expires_at", Column: "expires"}}
		soon := w.now.AddDate(0, 0, 10).Format("2006-01-02 15:04:05")
		w.exec("INSERT INTO customers VALUES (1, 'a@x.com', NULL, NULL), (2, 'b@x.com', NULL, '" + soon + "'), (3, 'c@x.com', NULL, '2020-01-01 00:00:00'), (4, 'b@x.com', NULL, NULL)")
		run := w.sync()
		if c := run.Counts; c.Insert != 3 || c.Unchanged != 1 || run.Status != eddy.Succeeded {
			t.Errorf("an expired row is nobody: %+v", run)
		}
		w.want("email=a@x.com", "email=b@x.com")
		for range 14 {
			next := w.now.AddDate(0, 1, 0)
			w.sandbox.Advance(next.Sub(w.now))
			w.now = next
			if run = w.sync(); run.Status != eddy.Succeeded {
				t.Errorf("%+v", run)
			}
			w.want("email=a@x.com", "email=b@x.com")
		}
	})
}

func TestStateMovesBetweenItsPlaces(t *testing.T) {
	w := newWorld(t, "postgres")
	w.exec("INSERT INTO customers VALUES (1, 'a@x.com', '+14155550101', NULL), (2, 'b@x.com', NULL, NULL), (3, 'c@x.com', NULL, NULL)")
	w.moves = true
	w.sync()
	for i, left := range []string{"1", "2"} {
		w.local = !w.local
		w.now = w.now.Add(time.Minute)
		w.exec("DELETE FROM customers WHERE id = " + left)
		run := w.sync()
		if c := run.Counts; c.Delete != 1 || c.Insert != 0 {
			t.Errorf("after move %d: %+v", i+1, run)
		}
		want := []string{"email=b@x.com", "email=c@x.com"}
		w.want(want[i:]...)
	}
}

// A state that was moved is taken over once: a clock that was ahead must not let an old
// place pass for the newer one (promise 8).
func TestMovedStateIsNotTakenOverAgainAfterTheClockWasSetBack(t *testing.T) {
	w := newWorld(t, "postgres")
	w.moves = true
	w.exec("INSERT INTO customers VALUES (1, 'a@x.com', NULL, NULL), (2, 'b@x.com', NULL, NULL), (3, 'c@x.com', NULL, NULL)")
	w.now = w.now.AddDate(0, 0, 10)
	w.sync()
	w.now = w.now.AddDate(0, 0, -10)
	w.local = true
	w.exec("INSERT INTO customers VALUES (4, 'd@x.com', NULL, NULL)")
	w.sync()
	w.now = w.now.Add(time.Minute)
	w.exec("DELETE FROM customers WHERE id = 4")
	w.sync()
	w.want("email=a@x.com", "email=b@x.com", "email=c@x.com")
}
