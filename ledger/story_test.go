package ledger_test

import (
	"context"
	"flag"
	"fmt"
	"iter"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/dial"
	"github.com/eddy-retl/eddy/ledger"
	"github.com/eddy-retl/eddy/warehouse"
	"github.com/eddy-retl/eddy/warehouse/bigquery"
	"github.com/eddy-retl/eddy/warehouse/clickhouse"
	"github.com/eddy-retl/eddy/warehouse/databricks"
	"github.com/eddy-retl/eddy/warehouse/duckdb"
	"github.com/eddy-retl/eddy/warehouse/postgres"
	"github.com/eddy-retl/eddy/warehouse/redshift"
	"github.com/eddy-retl/eddy/warehouse/snowflake"
	"github.com/eddy-retl/eddy/warehouse/trino"
	"github.com/eddy-retl/eddy/warehouse/warehousetest"
)

// TestMain tells 20 histories, each of 25 records, and as many as -rapid.checks says.
func TestMain(m *testing.M) {
	if err := flag.Set("rapid.checks", "20"); err != nil {
		panic(err)
	}
	os.Exit(warehousetest.Main(m))
}

// fields are few, so that statements stay readable.
func fields() []eddy.Field {
	return []eddy.Field{
		{Name: "email", Identity: true, Canonical: eddy.CanonicalAddress},
		{Name: "phone_number", Identity: true, Canonical: eddy.CanonicalDigits},
		{Name: "expires_at", Ends: true},
	}
}

// person is a row of the model; an empty text is null.
type person struct{ id, email, phone, expires string }

// crowd makes plain people, numbered from one to another.
func crowd(from, to int) (out []person) {
	for i := from; i <= to; i++ {
		out = append(out, person{id: fmt.Sprint(i), email: fmt.Sprintf("p%d@x.com", i)})
	}
	return out
}

// model is a source of people. How it gets them into the stage is no statement of the
// ledger's.
type model struct {
	warehouse.Source
	people []person
}

func (m model) Stage(ctx context.Context, into warehouse.Engine, table string, sel []warehouse.Selected, _ eddy.Model) (warehouse.Stage, error) {
	into = into.(*recorder).Engine
	var columns, names []string
	for _, s := range sel {
		names = append(names, s.As)
		columns = append(columns, into.Dialect().Quote(s.As)+" "+into.Dialect().Text)
	}
	if _, err := into.Exec(ctx, into.Dialect().Scratch()+table+" ("+strings.Join(columns, ", ")+")"); err != nil {
		return warehouse.Stage{}, err
	}
	var rows [][]any
	for _, p := range m.people {
		var values []any
		for _, s := range sel {
			values = append(values, null(map[string]string{"record_id": p.id, "email": p.email, "phone_number": p.phone, "expires_at": p.expires}[s.As]))
		}
		rows = append(rows, values)
	}
	return warehouse.Stage{Rows: int64(len(m.people))}, into.Load(ctx, table, names, slices.Values(rows))
}

// null is a text; an empty one is none.
func null(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// recorder is an engine that writes down what it is asked for.
type recorder struct {
	warehouse.Engine
	names      *strings.Replacer
	statements []string
}

func (r *recorder) Exec(ctx context.Context, sql string) (int64, error) {
	r.statements = append(r.statements, r.names.Replace(sql))
	return r.Engine.Exec(ctx, sql)
}

func (r *recorder) Query(ctx context.Context, sql string, each func([][]byte) error) error {
	r.statements = append(r.statements, r.names.Replace(sql))
	return r.Engine.Query(ctx, sql, each)
}

func (r *recorder) Load(ctx context.Context, table string, columns []string, rows iter.Seq[[]any]) error {
	n := 0
	err := r.Engine.Load(ctx, table, columns, func(yield func([]any) bool) {
		for row := range rows {
			n++
			if !yield(row) {
				return
			}
		}
	})
	r.statements = append(r.statements, r.names.Replace(fmt.Sprintf("-- %d rows are loaded into %s (%s)", n, table, strings.Join(columns, ", "))))
	return err
}

// Close leaves the engine open: it outlives the ledgers on it.
func (*recorder) Close() error { return nil }

// tb is what a story needs of a test; a property's test has it too.
type tb interface {
	Helper()
	Fatalf(format string, args ...any)
}

// story is runs of one connection, told to the ledger as package sync tells them.
type story struct {
	t      tb
	e      *recorder
	digest bool
	day    int
}

// dialects are the engines that statements are rendered for, each opened anew.
func dialects() map[string]func(*testing.T) *story {
	return map[string]func(*testing.T) *story{"duckdb": onDuckDB, "postgres": onPostgres, "clickhouse": onClickHouse, "redshift": onRedshift, "trino": onTrino, "snowflake": onSnowflake, "bigquery": onBigQuery, "databricks": onDatabricks}
}

func onDuckDB(t *testing.T) *story {
	t.Helper()
	e, err := duckdb.Engine{}.Open(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	for i := range fields() {
		err := e.(warehouse.Functions).Register(ledger.FieldFunction(i), func(texts []warehouse.Argument) (string, bool) {
			return strings.ToLower(texts[0].Text), !texts[0].Null
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := e.(warehouse.Functions).Register(ledger.FingerprintFunction, ledger.Fingerprint([]byte("0123456789abcdef"), ledger.Model{})); err != nil {
		t.Fatal(err)
	}
	// The state's name in the instance is another each time.
	return &story{t: t, e: &recorder{Engine: e, names: strings.NewReplacer(e.Schema(), `"state"."main"`)}, digest: true}
}

func onTrino(t *testing.T) *story {
	t.Helper()
	s, schema := warehousetest.Trino(t)
	return inWarehouse(t, trino.Kind(), schema, map[string]string{"host": "127.0.0.1", "port": s.Port(), "http_scheme": "http", "user": "eddy", "catalog": "memory"})
}

func onSnowflake(t *testing.T) *story {
	t.Helper()
	s, database := warehousetest.Snowflake(t)
	options := s.Options(database)
	out := inWarehouse(t, snowflake.Kind(), "_eddy", options)
	out.e.names = strings.NewReplacer(database, "SHOP")
	return out
}

func onBigQuery(t *testing.T) *story {
	t.Helper()
	s, dataset := warehousetest.BigQuery(t)
	return inWarehouse(t, bigquery.Kind(), dataset+"_own", map[string]string{"project": "local", "method": "none", "api_endpoint": s.Endpoint()})
}

func onDatabricks(t *testing.T) *story {
	t.Helper()
	site := warehousetest.NewSite(t, "databricks")
	out := inWarehouse(t, databricks.Kind(), site.Own, site.Options)
	out.e.names = strings.NewReplacer(site.Own, "_eddy", "spark_catalog", "main")
	return out
}

func onPostgres(t *testing.T) *story {
	t.Helper()
	return inWarehouse(t, postgres.Kind(), "_eddy", map[string]string{"url": warehousetest.Postgres(t)})
}

func onClickHouse(t *testing.T) *story {
	t.Helper()
	server := warehousetest.ClickHouse(t)
	database := server.Database(t)
	return inWarehouse(t, clickhouse.Kind(), database+"_eddy", map[string]string{
		"host": "127.0.0.1", "port": fmt.Sprint(server.Native), "user": "admin", "password": "admin", "database": database, "secure": "false",
	})
}

func onRedshift(t *testing.T) *story {
	t.Helper()
	through, _ := warehousetest.Redshift(t)
	return inWarehouse(t, redshift.Kind(), "_eddy", map[string]string{"url": through})
}

// inWarehouse tells stories in a schema of a warehouse, whose name is _eddy in what is rendered.
func inWarehouse(t *testing.T, kind warehouse.Kind, schema string, options map[string]string) *story {
	t.Helper()
	ctx := context.Background()
	src, err := kind.Open(ctx, eddy.Source{Dialer: dial.Anywhere(), Name: "shop", Type: kind.Type, Options: options})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { src.Close() })
	e, err := src.Engine(ctx, schema)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return &story{t: t, e: &recorder{Engine: e, names: strings.NewReplacer(schema, "_eddy")}}
}

// outcome is what becomes of a record's change.
type outcome struct {
	record string
	status ledger.Status
	reason string
}

// run is what one run does.
type run struct {
	people []person
	mode   eddy.SyncMode
	// misses are known before the first request, outcomes come with the answers.
	misses, outcomes []outcome
	// dies lets the run die before anything was answered.
	dies bool
	// brings are versions that another place held.
	brings []ledger.Version
	// holdout says who is held out, and outs are those whom another place held out.
	holdout *eddy.Holdout
	outs    []ledger.HeldOut
	// list is who may be on a list, and listed are the records that are.
	list   []person
	listed []string
	// counts hears of the texts of values that stand in more than one row; nil asks for none.
	counts func(ledger.Text)
}

func (s *story) check(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatalf("%v\n%s", err, strings.Join(s.e.statements[max(0, len(s.e.statements)-1):], ""))
	}
}

// open opens the ledger for the next run. The engine stays open.
func (s *story) open() *ledger.Ledger {
	s.t.Helper()
	l, err := ledger.Open(context.Background(), ledger.Config{
		Engine: s.e, Connection: "vip", Fields: fields(), Digests: s.digest,
	})
	s.check(err)
	return l
}

// feed is the audience that stories are about.
func feed() ledger.Feed { return ledger.Feed{Account: "18ce54d4x5t", AudienceID: "a1"} }

// tell carries out a run.
func (s *story) tell(r run) {
	s.t.Helper()
	ctx := context.Background()
	l := s.open()
	defer l.Close()
	for _, table := range []string{"eddy_stage", "eddy_times"} { // a run has a session of its own
		_, err := s.e.Engine.Exec(ctx, "DROP TABLE IF EXISTS "+table)
		s.check(err)
	}
	s.day++
	now := time.Date(2026, 11, s.day, 9, 0, 0, 0, time.UTC)
	end := eddy.Run{RunID: now.Format("20060102150405") + "abcd", Connection: "vip", Trigger: "manual", Status: eddy.Succeeded, StartedAt: now, FinishedAt: &now}
	_, err := l.Begin(ctx, end.RunID, end, "host:1", true, func(ctx context.Context) error {
		if r.brings == nil {
			return nil
		}
		_, added := l.SettingsOf(map[int]string{1: "US,e164"})
		s.check(l.BringHeldOut(ctx, slices.Values(r.outs)))
		return l.Bring(ctx, feed(), added, func(yield func(ledger.Version) bool) {
			for _, v := range r.brings {
				if !yield(v) {
					return
				}
			}
		})
	})
	s.check(err)
	if l.Feed().AudienceID == "" {
		s.check(l.SetFeed(ctx, feed()))
	}
	staged, changes := s.compare(l, r, now)
	s.check(staged.HoldOut(ctx, now))
	if changes.Any() {
		s.share(l, changes, r)
		sealed, err := changes.Seal(ctx)
		s.check(err)
		if r.dies {
			return
		}
		s.deliver(sealed, r)
		_, err = sealed.Report(ctx)
		s.check(err)
		if r.list != nil {
			_, err = sealed.Unremoved(ctx)
			s.check(err)
		}
		settled, err := sealed.Settle(ctx, true, end)
		s.check(err)
		s.check(staged.LogModel(ctx, now, now))
		s.check(settled.Tidy(ctx, ledger.Retention{Snapshots: 2}))
	} else {
		s.check(staged.LogModel(ctx, now, now))
	}
	s.check(l.PruneLog(ctx, now, now.AddDate(0, 0, -30)))
	s.check(l.End(ctx, end, nil))
}

// suppress leaves out who is on a list.
func (s *story) suppress(staged *ledger.Staged, mapped []warehouse.Selected, r run) {
	s.t.Helper()
	ctx := context.Background()
	var list *ledger.List
	var err error
	if s.digest {
		list, err = staged.LoadList(ctx, mapped, func(yield func(int, string) bool) {
			for _, p := range r.list {
				if !yield(0, p.email) {
					return
				}
			}
		})
	} else {
		if list, err = staged.StageList(ctx, model{people: r.list}, eddy.Model{}, mapped); err == nil {
			err = list.Each(ctx, func([]string) error { return nil })
		}
	}
	s.check(err)
	found := map[string]ledger.Wish{}
	may := func(id string, _ ledger.Values) error {
		if slices.Contains(r.listed, id) {
			found[id] = ledger.WantsNothing
		}
		return nil
	}
	sent := func(id string, unclear bool, v ledger.Values) error {
		if !unclear && slices.Contains(r.listed, id) {
			found[id] = max(found[id], ledger.WantsRow)
			return nil
		}
		return may(id, v)
	}
	s.check(list.EachCandidate(ctx, feed(), []ledger.Losing{{Field: 0, Texts: true, AsDigests: true}, {Field: 1, Texts: true}}, may, sent))
	if len(found) != len(r.listed) {
		s.t.Fatalf("candidates are %v of %v", found, r.listed)
	}
	s.check(staged.Suppress(ctx, found))
}

func (s *story) compare(l *ledger.Ledger, r run, now time.Time) (*ledger.Staged, *ledger.Changes) {
	s.t.Helper()
	ctx := context.Background()
	m := ledger.Model{Settings: "US,e164", Holdout: r.holdout, Identifier: warehouse.Column{Name: "id"}}
	for _, f := range fields() {
		m.Mapped = append(m.Mapped, warehouse.Selected{As: f.Name, Column: &warehouse.Column{Name: f.Name, Class: warehouse.Text}})
	}
	staged, err := l.Stage(ctx, model{people: r.people}, m, func(_ int, text string) (string, bool) {
		at, err := time.Parse(time.DateOnly, text)
		return at.Format("2006-01-02T15:04:05Z"), err == nil
	})
	s.check(err)
	if r.counts != nil {
		s.check(staged.EachSampled(ctx, 1000, func(string, []string) error { return nil }))
		s.check(staged.EachShared(ctx, []int{0, 1}, 1, func(t ledger.Text) error {
			r.counts(t)
			return nil
		}))
	}
	if r.list != nil {
		s.suppress(staged, m.Mapped[:2], r)
	}
	if r.mode == "" {
		r.mode = eddy.Mirror
	}
	changes, err := staged.Compare(ctx, ledger.CompareOptions{
		Mode: r.mode, Now: now, RenewBefore: now.AddDate(0, 0, 30), Lapses: now.AddDate(0, 13, 0), MaxAttempts: 3, Feed: feed(),
	})
	s.check(err)
	return staged, changes
}

// share does what is done before the first request.
func (s *story) share(l *ledger.Ledger, changes *ledger.Changes, r run) {
	s.t.Helper()
	ctx := context.Background()
	leaves := 0
	s.check(changes.EachLeaving(ctx, func(*ledger.Leaving) error {
		leaves++
		return nil
	}))
	s.check(changes.Except(ctx, exceptions(r.misses)))
	if leaves > 0 {
		losing := []ledger.Losing{{Field: 0, Texts: true}, {Field: 1, Texts: true}}
		s.check(changes.Share(ctx, losing, func(ledger.Values) bool { return true }))
		_, err := l.Members(ctx, feed())
		s.check(err)
		s.check(changes.EachWanted(ctx, func(string, ledger.Values) error { return nil }))
	}
}

func (s *story) deliver(sealed *ledger.Sealed, r run) {
	s.t.Helper()
	ctx := context.Background()
	s.check(sealed.Rounds(ctx, func(part *ledger.Round) error {
		for _, phase := range []ledger.Phase{ledger.Removing, ledger.Adding} {
			if err := part.Read(ctx, phase, func(*ledger.Page) error { return nil }); err != nil {
				return err
			}
		}
		return sealed.Except(ctx, exceptions(r.outcomes))
	}))
}

func exceptions(list []outcome) (out []ledger.Exception) {
	for _, o := range list {
		out = append(out, ledger.Exception{RecordID: o.record, Status: o.status, Reason: o.reason})
	}
	return out
}
