package sync_test

import (
	"context"
	"database/sql"
	"flag"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	_ "github.com/duckdb/duckdb-go/v2"
	_ "github.com/jackc/pgx/v5/stdlib"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/destination"
	"github.com/eddy-retl/eddy/destination/xaudience"
	"github.com/eddy-retl/eddy/sandbox"
	"github.com/eddy-retl/eddy/sync"
	"github.com/eddy-retl/eddy/warehouse"
	"github.com/eddy-retl/eddy/warehouse/duckdb"
	"github.com/eddy-retl/eddy/warehouse/postgres"
	"github.com/eddy-retl/eddy/warehouse/warehousetest"
)

// TestMain tells few worlds where nobody asks for more with -rapid.checks.
func TestMain(m *testing.M) {
	if err := flag.Set("rapid.checks", "12"); err != nil {
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
	t        tb
	exec     func(sql string, args ...any)
	source   func() warehouse.Source
	sandbox  *sandbox.Server
	url      string
	dir      string
	local    bool
	conn     eddy.Connection
	dest     map[string]string
	audience string
	now      time.Time
	key      []byte
}

// worlds runs a test on each place where the state can lie.
func worlds(t *testing.T, test func(*testing.T, *world)) {
	for _, place := range []string{"duckdb", "postgres", "postgres local"} {
		t.Run(place, func(t *testing.T) {
			t.Parallel()
			test(t, newWorld(t, place))
		})
	}
}

func newWorld(t *testing.T, place string) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir(), local: place != "postgres", now: time.Now().UTC(), key: []byte("0123456789abcdef")}
	cfg := sandbox.Default()
	cfg.Limits.Off = true
	w.sandbox = sandbox.New(cfg)
	srv := httptest.NewServer(w.sandbox)
	t.Cleanup(srv.Close)
	w.url = srv.URL
	id, err := w.sandbox.NewAudience("18ce54d4x5t", "VIP")
	if err != nil {
		t.Fatal(err)
	}
	w.audience = id
	if place == "duckdb" {
		w.duck()
	} else {
		w.pg(t)
	}
	w.exec("CREATE TABLE customers (id bigint, email text, phone text, expires timestamp)")
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
	w.exec = func(q string, args ...any) {
		w.t.Helper()
		db, err := sql.Open("duckdb", filepath.Join(w.dir, "shop.duckdb"))
		if err == nil {
			_, err = db.Exec(q, args...)
			db.Close()
		}
		if err != nil {
			w.t.Fatalf("%s: %v", q, err)
		}
	}
	w.source = func() warehouse.Source {
		return w.open(duckdb.Kind(), map[string]string{"path": "shop.duckdb"})
	}
}

func (w *world) pg(t *testing.T) {
	url := warehousetest.Postgres(t)
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	w.exec = func(q string, args ...any) {
		w.t.Helper()
		if _, err := db.Exec(q, args...); err != nil {
			w.t.Fatalf("%s: %v", q, err)
		}
	}
	w.source = func() warehouse.Source { return w.open(postgres.Kind(), map[string]string{"url": url}) }
}

func (w *world) open(k warehouse.Kind, options map[string]string) warehouse.Source {
	w.t.Helper()
	src, err := k.Open(context.Background(), eddy.Source{Name: "shop", Type: k.Type, Schema: "_eddy", Options: options, Dir: w.dir})
	if err != nil {
		w.t.Fatal(err)
	}
	return src
}

func (w *world) job() sync.Job {
	w.t.Helper()
	d, err := xaudience.OpenPatient(eddy.Destination{Name: "x", Type: "x_audience", Options: w.dest}, xaudience.Patience{Attempts: 3, FirstWait: time.Nanosecond, Pauses: []time.Duration{0}})
	if err != nil {
		w.t.Fatal(err)
	}
	src := w.source()
	return sync.Job{
		Connection: w.conn, Source: src, Destination: d, Account: "18ce54d4x5t", Trigger: "manual", Digests: w.local, Key: w.key,
		State: func(ctx context.Context) (warehouse.Session, error) {
			if w.local {
				return duckdb.Engine{Path: filepath.Join(w.dir, "state", "vip.duckdb")}.Open(ctx)
			}
			return src.Session(ctx, "_eddy")
		},
		Now: func() time.Time { return w.now },
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
	d, err := xaudience.Kind().Open(eddy.Destination{Name: "x", Type: "x_audience", Options: w.dest})
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
	})
}

func TestDigestAndTextAreOneIdentity(t *testing.T) {
	worlds(t, func(_ *testing.T, w *world) {
		w.exec("INSERT INTO customers VALUES (1, 'abc@twitter.com', NULL, NULL), (2, '4798B8BBDCF6F2A52E527F46A3D7A7C9AEFB541AFDA03AF79C74809ECC6376F3', NULL, NULL), (3, 'c@x.com', NULL, NULL)")
		w.sync()
		w.exec("DELETE FROM customers WHERE id = 1")
		w.sync()
		w.want("email=abc@twitter.com", "email=c@x.com")
		w.exec("INSERT INTO customers VALUES (1, 'abc@twitter.com', NULL, NULL)")
		w.sync()
		w.exec("DELETE FROM customers WHERE id = 2")
		w.sync()
		w.want("email=abc@twitter.com", "email=c@x.com")
	})
}

func TestPlanSendsAndChangesNothing(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		w.exec("INSERT INTO customers VALUES (1, ' A@x.com', '+14155550101', NULL), (2, 'b@x.com', 'none', NULL), (3, 'B@x.com', NULL, NULL), (4, 'nobody', NULL, NULL)")
		look := func() sync.Plan {
			job := w.job()
			defer job.Source.Close()
			p, err := sync.Look(context.Background(), job)
			if err != nil {
				t.Fatal(err)
			}
			return p
		}
		p := look()
		if c := p.Counts; c.Rows != 4 || c.Insert != 3 || c.Invalid != 1 || c.Requests != 1 || p.Held != 0 {
			t.Errorf("before the first run: %+v", p)
		}
		if f := p.Fields[0]; f.Field != "email" || f.Filled != 4 || f.Valid != 3 || f.Shared != 1 || len(f.Invalid) != 1 {
			t.Errorf("quality: %+v", p.Fields)
		}
		w.want()
		run := w.sync()
		if run.Counts.Insert != 3 {
			t.Errorf("%+v", run)
		}
		w.exec("DELETE FROM customers WHERE id = 3")
		for range 2 {
			if c := look().Counts; c.Delete != 1 || c.Insert != 0 || c.Unchanged != 2 {
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
		w.want("email=a@x.com", "phone_number=+14155550101", "email=b@x.com", "phone_number=415-555-0102", "email=c@x.com", "phone_number=+442079460958")
		w.conn.Mapping = eddy.Mapping{{Field: "phone_number", Column: "phone"}}
		w.sync()
		w.want("phone_number=+14155550101", "phone_number=415-555-0102", "phone_number=+442079460958")
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
		w.conn.Settings.Guard.MaxRemovedPercent = 100
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
	elsewhere := func(j *sync.Job) {
		src, state := j.Source, filepath.Join(w.dir, "state", "vip.duckdb")
		j.Elsewhere = func(ctx context.Context) (warehouse.Session, error) {
			if w.local {
				return src.(warehouse.Existing).Existing(ctx, "_eddy")
			}
			if _, err := os.Stat(state); err != nil {
				return nil, nil //nolint:nilnil // no other place
			}
			return duckdb.Engine{Path: state}.Open(ctx)
		}
	}
	w.sync(elsewhere)
	for i, left := range []string{"1", "2"} {
		w.local = !w.local
		w.now = w.now.Add(time.Minute)
		w.exec("DELETE FROM customers WHERE id = " + left)
		run := w.sync(elsewhere)
		if c := run.Counts; c.Delete != 1 || c.Insert != 0 {
			t.Errorf("after move %d: %+v", i+1, run)
		}
		want := []string{"email=b@x.com", "email=c@x.com"}
		w.want(want[i:]...)
	}
}
