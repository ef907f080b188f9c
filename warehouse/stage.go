package warehouse

import (
	"context"
	"fmt"
	"strings"

	"github.com/eddy-retl/eddy"
)

// Model is what to stage: the columns of a model that a connection uses.
type Model struct {
	eddy.Model
	Identifier Column
	// Mapped says where each mapped field's text comes from.
	Mapped []Selected
	// Settings is what values are prepared with; fingerprints depend on it.
	Settings string
}

// Staged counts the rows of a staged model and those that no run can use.
type Staged struct {
	Rows int64
	// NullIDs are rows without a record id.
	NullIDs int64
	// Conflicts are rows that share a record id and differ; ConflictIDs names some.
	Conflicts   int64
	ConflictIDs []string
	// Collapsed are the repeats of rows that are equal.
	Collapsed int64
}

const stageTable = "eddy_stage"

// Stage reads the model into a temporary table as texts, at one moment (promise 3),
// and sets aside the rows that have no record id or contradict another.
func (st *State) Stage(ctx context.Context, src Source, m Model) (Staged, error) {
	sel := append([]Selected{{As: "record_id", Column: &m.Identifier}}, m.Mapped...)
	if ok, err := st.stagePlain(ctx, src, m, sel); err != nil || ok {
		return st.staged, err
	}
	cols := make([]string, 0, len(sel)+1)
	for _, c := range sel {
		cols = append(cols, Quote(c.As)+" "+st.d.Text)
	}
	if err := st.execAll(ctx, "DROP TABLE IF EXISTS "+stageTable, "CREATE TEMP TABLE "+stageTable+" ("+strings.Join(cols, ", ")+")"); err != nil {
		return Staged{}, err
	}
	if err := src.Stage(ctx, st.s, stageTable, sel, m.Model); err != nil {
		return Staged{}, fmt.Errorf("read the model: %w", err)
	}
	unique := false
	if u, ok := src.(UniqueChecker); ok {
		var err error
		if unique, err = u.IsUnique(ctx, m.Model, m.Identifier.Name); err != nil {
			return Staged{}, err
		}
	}
	if err := st.sift(ctx, unique); err != nil {
		return Staged{}, fmt.Errorf("read the model: %w", err)
	}
	return st.staged, nil
}

// stagePlain reads a plain table straight into what becomes the snapshot, and says
// whether it did: that saves writing every row once more.
func (st *State) stagePlain(ctx context.Context, src Source, m Model, sel []Selected) (bool, error) {
	st.inPlace = false
	r, ok := src.(PlainReader)
	if !ok || st.Dry || !st.mayWorkInPlace() || len(m.textTimes()) > 0 {
		return false, nil
	}
	read, err := r.PlainSelect(ctx, st.s, m.Model, sel)
	if err != nil || read == "" {
		return false, err
	}
	n, err := st.number(ctx, "("+read+") m")
	if err != nil {
		return false, fmt.Errorf("read the model: %w", err)
	}
	st.staged, st.numberedRows = Staged{Rows: n}, n
	return true, nil
}

// mayWorkInPlace says that a staged model can become the snapshot as it stands.
func (st *State) mayWorkInPlace() bool { return st.d.InPlace && !st.Digests }

// number makes the numbered stage, in which the snapshot is made in place.
func (st *State) number(ctx context.Context, from string) (int64, error) {
	if err := st.exec(ctx, "DROP TABLE IF EXISTS "+st.numbered()); err != nil {
		return 0, err
	}
	n, err := st.s.Exec(ctx, st.create()+st.numbered()+" AS SELECT row_number() OVER () AS seq, m.* FROM "+from)
	st.inPlace = err == nil
	return n, err
}

func (st *State) numbered() string {
	if st.Dry {
		return "eddy_numbered"
	}
	return st.table("staged_" + st.slug)
}

// create begins the statement that makes a table for the length of a run, or a look.
func (st *State) create() string {
	if st.Dry {
		return "CREATE TEMP TABLE "
	}
	return "CREATE " + st.d.Unlogged + "TABLE "
}

func analyze(d *Dialect, table string) string {
	if d.Analyze == "" {
		return ""
	}
	return fmt.Sprintf(d.Analyze, table)
}

// sift counts the staged rows and takes out null and contradicting record ids.
func (st *State) sift(ctx context.Context, unique bool) (err error) {
	st.staged = Staged{}
	err = st.s.Query(ctx, "SELECT count(*), count(*) - count(record_id) FROM "+stageTable, func(row [][]byte) error {
		st.staged.Rows, st.staged.NullIDs = number(row[0]), number(row[1])
		return nil
	})
	st.places = st.staged.Rows
	if err != nil || unique {
		return err
	}
	if st.staged.NullIDs > 0 {
		if err := st.exec(ctx, "DELETE FROM "+stageTable+" WHERE record_id IS NULL"); err != nil {
			return err
		}
	}
	if err := st.execAll(ctx, "DROP TABLE IF EXISTS eddy_copies",
		"CREATE TEMP TABLE eddy_copies AS SELECT record_id, count(*) AS n FROM "+stageTable+" GROUP BY record_id HAVING count(*) > 1"); err != nil {
		return err
	}
	copies, err := st.count(ctx, "SELECT count(*) FROM eddy_copies")
	if err != nil || copies == 0 {
		return err
	}
	return st.siftCopies(ctx)
}

// siftCopies collapses equal duplicates of a record id and sets aside those that differ.
func (st *State) siftCopies(ctx context.Context) error {
	st.places += st.staged.Rows // what is put back stands behind all that was there
	err := st.execAll(ctx,
		"DROP TABLE IF EXISTS eddy_distinct", "DROP TABLE IF EXISTS eddy_conflicts",
		"CREATE TEMP TABLE eddy_distinct AS SELECT DISTINCT s.* FROM "+stageTable+" s JOIN eddy_copies c ON c.record_id = s.record_id",
		"CREATE TEMP TABLE eddy_conflicts AS SELECT c.record_id, c.n FROM eddy_copies c WHERE c.record_id IN (SELECT record_id FROM eddy_distinct GROUP BY record_id HAVING count(*) > 1)",
		"DELETE FROM "+stageTable+" WHERE record_id IN (SELECT record_id FROM eddy_copies)",
		"INSERT INTO "+stageTable+" SELECT * FROM eddy_distinct WHERE record_id NOT IN (SELECT record_id FROM eddy_conflicts)",
		"DROP TABLE eddy_distinct")
	if err != nil {
		return err
	}
	if st.staged.Conflicts, err = st.count(ctx, "SELECT coalesce(sum(n), 0) FROM eddy_conflicts"); err != nil {
		return err
	}
	all, err := st.count(ctx, "SELECT coalesce(sum(n - 1), 0) FROM eddy_copies WHERE record_id NOT IN (SELECT record_id FROM eddy_conflicts)")
	if err != nil {
		return err
	}
	st.staged.Collapsed = all
	return st.s.Query(ctx, "SELECT record_id FROM eddy_conflicts ORDER BY record_id LIMIT 5", func(row [][]byte) error {
		st.staged.ConflictIDs = append(st.staged.ConflictIDs, string(row[0]))
		return nil
	})
}

// EachStaged streams the staged rows: a record id and one text for each field ("" where
// not mapped). For plans, that judge the quality of every row.
func (st *State) EachStaged(ctx context.Context, m Model, each func(id string, values []string) error) error {
	at := make([]int, len(m.Mapped))
	cols := []string{"record_id"}
	for i, s := range m.Mapped {
		cols = append(cols, Quote(s.As))
		for j, f := range st.Fields {
			if f.Name == s.As {
				at[i] = j
			}
		}
	}
	values := make([]string, len(st.Fields))
	return st.s.Query(ctx, "SELECT "+strings.Join(cols, ", ")+" FROM "+stageTable, func(row [][]byte) error {
		for i := range m.Mapped {
			values[at[i]] = string(row[i+1])
		}
		return each(string(row[0]), values)
	})
}
