package warehousetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

// world is one warehouse and a model in it.
type world struct {
	*testing.T
	*Warehouse
	h       *Harness
	ctx     context.Context
	model   eddy.Model
	id      string
	mapping []mapped
}

// mapped fills a field from a column, or from a constant where column is empty. Fields that
// end with _at are times.
type mapped struct{ field, column, constant string }

func newWorld(t *testing.T, h *Harness) *world {
	return &world{
		T: t, Warehouse: h.New(t), h: h, ctx: t.Context(), model: eddy.Model{Table: "customers"}, id: "id",
		mapping: []mapped{{"email", "email", ""}, {"phone_number", "phone", ""}},
	}
}

// exec runs statements on the user's side.
func (w *world) exec(statements ...string) {
	w.Helper()
	for _, sql := range statements {
		if err := w.Exec(sql); err != nil {
			w.Fatalf("%.1000s: %v", sql, err)
		}
	}
}

// customers makes the table that most cases read, with rows as SQL tuples.
func (w *world) customers(rows ...string) {
	w.Helper()
	w.table("customers", "id "+w.h.Spelling.Text, "email "+w.h.Spelling.Text, "phone "+w.h.Spelling.Text)
	if len(rows) > 0 {
		w.exec("INSERT INTO customers VALUES " + strings.Join(rows, ", "))
	}
}

// table makes a table of some columns.
func (w *world) table(name string, columns ...string) {
	w.Helper()
	w.exec("CREATE TABLE " + name + " (" + strings.Join(columns, ", ") + ")")
}

// schema makes a schema of about this name, and gives its name, quoted.
func (w *world) schema(name string) string {
	w.Helper()
	if w.Schema == nil {
		w.exec("CREATE SCHEMA " + w.h.Spelling.Quote(name))
		return name
	}
	made, err := w.Schema(name)
	if err != nil {
		w.Fatalf("make the schema %s: %v", name, err)
	}
	return made
}

// open opens the source for the length of the test.
func (w *world) open() warehouse.Source {
	w.Helper()
	src, err := w.Open(w.ctx)
	if err != nil {
		w.Fatalf("open the source: %v", err)
	}
	w.Cleanup(func() { _ = src.Close() })
	return src
}

// resolve finds the model's columns and says what to select of them.
func (w *world) resolve(src warehouse.Source) ([]warehouse.Selected, error) {
	columns, err := src.Columns(w.ctx, w.model)
	if err != nil {
		return nil, err
	}
	var sel []warehouse.Selected
	for _, x := range append([]mapped{{"record_id", w.id, ""}}, w.mapping...) {
		s := warehouse.Selected{As: x.field, Constant: x.constant, Time: strings.HasSuffix(x.field, "_at")}
		if x.column != "" {
			i := slices.IndexFunc(columns, func(c warehouse.Column) bool { return c.Name == x.column })
			if i < 0 {
				return nil, fmt.Errorf("the model has no column %q but %v", x.column, columns)
			}
			s.Column = &columns[i]
		}
		sel = append(sel, s)
	}
	return sel, nil
}

// stageIn is the scratch table that cases stage into.
func stageIn(e warehouse.Engine) string {
	name := e.Dialect().Quote("eddy_stage")
	if e.Dialect().Temporary {
		return name
	}
	return e.Schema() + "." + name
}

// stage opens source and engine, stages the model and hands the engine to a reader.
func (w *world) stage(ctx context.Context, read func(warehouse.Engine, int64) error) (err error) {
	w.Helper()
	src := w.open()
	sel, err := w.resolve(src)
	if err != nil {
		return err
	}
	engine, err := w.Engine(w.ctx, src)
	if err != nil {
		w.Fatalf("open the engine: %v", err)
	}
	defer func() { err = errors.Join(err, engine.Close()) }()
	if _, err := engine.Exec(w.ctx, "DROP TABLE IF EXISTS "+stageIn(engine)); err != nil {
		w.Fatal(err)
	}
	staged, err := src.Stage(ctx, engine, stageIn(engine), sel, w.model)
	if err != nil {
		// Whatever the stage left, the engine goes on.
		if e := engine.Query(w.ctx, "SELECT 1", func([][]byte) error { return nil }); e != nil {
			w.Errorf("after a stage that failed the engine is of no use: %v", e)
		}
		return err
	}
	return read(engine, staged.Rows)
}

// tryStage gives the staged rows, NULL as <null>, in the order of the record ids.
func (w *world) tryStage() (out [][]string, err error) {
	w.Helper()
	err = w.stage(w.ctx, func(engine warehouse.Engine, rows int64) error {
		err := engine.Query(w.ctx, "SELECT * FROM "+stageIn(engine)+" ORDER BY record_id", func(row [][]byte) error {
			out = append(out, texts(row))
			return nil
		})
		if err == nil && rows != int64(len(out)) {
			w.Errorf("Stage says that there are %d rows, and there are %d", rows, len(out))
		}
		return err
	})
	return out, err
}

// texts copies a row, NULL as <null>.
func texts(row [][]byte) []string {
	out := make([]string, len(row))
	for i, b := range row {
		out[i] = string(b)
		if b == nil {
			out[i] = "<null>"
		}
	}
	return out
}

// staged gives the model's rows as the source stages them.
func (w *world) staged() [][]string {
	w.Helper()
	rows, err := w.tryStage()
	if err != nil {
		w.Fatal(err)
	}
	return rows
}
