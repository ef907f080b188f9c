package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/dial"
	"github.com/eddy-retl/eddy/ledger"
	"github.com/eddy-retl/eddy/warehouse"
	"github.com/eddy-retl/eddy/warehouse/postgres"
	"github.com/eddy-retl/eddy/warehouse/warehousetest"
)

// lasting is PostgreSQL as an engine whose sessions have neither tables nor locks of their own.
type lasting struct {
	warehouse.Engine

	claims *warehouse.Claims
	beside warehouse.Engine
}

func (e *lasting) Dialect() *warehouse.Dialect {
	d := *e.Engine.Dialect()
	d.Temporary = false
	return &d
}

func (e *lasting) Lock(ctx context.Context, name string) (warehouse.Lease, error) {
	return e.claims.Lock(ctx, name)
}

func (e *lasting) Mark(ctx context.Context, name string) (warehouse.Lease, error) {
	return e.claims.Mark(ctx, name)
}

func (e *lasting) Marked(ctx context.Context) ([]string, error) { return e.claims.Marked(ctx) }

func (e *lasting) Close() error { return errors.Join(e.beside.Close(), e.Engine.Close()) }

// oneRow is a model of one row.
type oneRow struct{ warehouse.Source }

func (oneRow) Stage(ctx context.Context, into warehouse.Engine, table string, _ []warehouse.Selected, _ eddy.Model) (warehouse.Stage, error) {
	_, err := into.Exec(ctx, into.Dialect().Scratch()+table+" AS SELECT '1' AS record_id, 'a@x.com' AS email")
	return warehouse.Stage{Rows: 1, Unique: true}, err
}

// lookWorld is a place where looks make tables like others.
type lookWorld struct {
	*testing.T

	url  string
	runs int
}

const lookLife = 3 * time.Second

func (w *lookWorld) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *lookWorld) engine() *lasting {
	w.Helper()
	src, err := postgres.Kind().Open(w.Context(), eddy.Source{Dialer: dial.Anywhere(), Name: "shop", Type: "postgres", Options: map[string]string{"url": w.url}})
	w.must(err)
	defer src.Close()
	e, err := src.Engine(w.Context(), "_eddy")
	w.must(err)
	beside, err := src.Engine(w.Context(), "_eddy")
	w.must(err)
	return &lasting{e, warehouse.NewClaims(beside, lookLife), beside}
}

// begin begins a run, or a look, of a connection.
func (w *lookWorld) begin(e *lasting, connection string, dry bool) *ledger.Ledger {
	w.Helper()
	l, err := ledger.Open(w.Context(), ledger.Config{Engine: e, Connection: connection, Fields: fields(), Dry: dry})
	w.must(err)
	w.runs++
	id := fmt.Sprintf("2026110109%04dabcd", w.runs)
	_, err = l.Begin(w.Context(), id, eddy.Run{RunID: id, StartedAt: time.Now()}, "", true, func(context.Context) error { return nil })
	w.must(err)
	return l
}

// look begins a look that has read the model.
func (w *lookWorld) look(e *lasting) *ledger.Ledger {
	w.Helper()
	l := w.begin(e, "vip", true)
	email := warehouse.Column{Name: "email", Class: warehouse.Text}
	_, err := l.Stage(w.Context(), oneRow{}, ledger.Model{Identifier: warehouse.Column{Name: "id"}, Mapped: []warehouse.Selected{{As: "email", Column: &email}}}, nil)
	w.must(err)
	return l
}

// has are the looks' tables.
func (w *lookWorld) has(e warehouse.Engine) (names []string) {
	w.Helper()
	w.must(e.Query(w.Context(), "SELECT tablename FROM pg_tables WHERE schemaname = '_eddy' AND tablename LIKE 'look%'", func(row [][]byte) error {
		names = append(names, string(row[0]))
		return nil
	}))
	return names
}

// A run leaves to a look what that works with, where it is tables like others, and takes them for
// no run's; once the look has died they are dropped.
func TestARunSparesTheTablesOfALookThatLives(t *testing.T) {
	w := &lookWorld{T: t, url: warehousetest.Postgres(t)}
	w.must(w.begin(w.engine(), "other", false).Close())
	look := w.look(w.engine())
	e := w.engine()
	run := w.begin(e, "vip", false) // the first of its connection
	if got := w.has(e); len(got) != 1 || !strings.HasPrefix(got[0], "lookstage_vip_") {
		t.Errorf("while a look lives its tables are %v", got)
	}
	w.must(look.Close())
	if got := w.has(e); len(got) > 0 {
		t.Errorf("a look left %v", got)
	}
	dead := w.engine()
	w.look(dead)
	w.must(dead.Close())
	w.must(run.Close())
	ctx, stop := context.WithTimeout(t.Context(), 10*lookLife)
	defer stop()
	for {
		e := w.engine()
		l := w.begin(e, "vip", false)
		left := w.has(e)
		w.must(l.Close())
		if len(left) == 0 {
			break
		}
		select {
		case <-ctx.Done():
			t.Fatalf("of a look that died there are %v", left)
		case <-time.After(lookLife / 10):
		}
	}
}

// Rows of claims that are long over go once a day, and those that live stay.
func TestClaimsAreDeletedADayAfterTheyEnded(t *testing.T) {
	w := &lookWorld{T: t, url: warehousetest.Postgres(t)}
	e := w.engine()
	l := w.begin(e, "vip", false)
	defer l.Close()
	_, err := e.Exec(t.Context(), "INSERT INTO _eddy.claims SELECT 'x', 'long over', 'held', 1, CURRENT_TIMESTAMP - INTERVAL '25' HOUR UNION ALL SELECT 'x', 'just over', 'held', 1, CURRENT_TIMESTAMP - INTERVAL '23' HOUR")
	w.must(err)
	owners := func() (out string) {
		w.must(e.Query(t.Context(), "SELECT DISTINCT CASE WHEN name = 'x' THEN owner ELSE 'the run' END FROM _eddy.claims ORDER BY 1", func(row [][]byte) error {
			out += string(row[0]) + "; "
			return nil
		}))
		return out
	}
	now := time.Now()
	for _, c := range []struct {
		day  int
		want string
	}{{0, "just over; long over; the run; "}, {1, "just over; the run; "}} {
		w.must(l.PruneLog(t.Context(), now.AddDate(0, 0, c.day), now))
		if got := owners(); got != c.want {
			t.Errorf("on day %d there are: %s", c.day, got)
		}
	}
}
