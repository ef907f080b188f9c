package warehouse

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
)

// Who keeps an identity that others give up, where the state holds texts: SQL finds
// candidates by the canonical forms, Go decides.

// staying are the operations of records that stay in the audience.
const staying = "('insert', 'update', 'renew', 'unchanged')"

// FindKept makes eddy_candidates: the records that stay and, by the canonical forms,
// may share an identity with a removal, numbered from 1. It says how many there are.
func (st *State) FindKept(ctx context.Context) (int64, error) {
	if err := st.execAll(ctx, "DROP TABLE IF EXISTS "+st.canon(), "DROP TABLE IF EXISTS eddy_candidates"); err != nil {
		return 0, err
	}
	if err := st.tellKinds(ctx); err != nil {
		return 0, fmt.Errorf("find shared identities: %w", err)
	}
	var gone []string
	for _, p := range st.identityFields() {
		values := fmt.Sprintf(st.d.Values, fmt.Sprintf("r.old_%d", p.i))
		gone = append(gone, fmt.Sprintf("SELECT %d AS field, %s AS canon FROM eddy_removals r, %s WHERE r.old_%[1]d IS NOT NULL", p.i, fmt.Sprintf(st.d.Canonical[p.Canonical], "v.v"), values))
	}
	if err := st.execAll(ctx, st.create()+st.canon()+" AS "+strings.Join(gone, " UNION "), analyze(st.d, st.canon())); err != nil {
		return 0, fmt.Errorf("find shared identities: %w", err)
	}
	if len(st.keptFields()) == 0 {
		return 0, nil
	}
	if err := st.findCandidates(ctx); err != nil {
		return 0, fmt.Errorf("find shared identities: %w", err)
	}
	if err := st.exec(ctx, "DROP TABLE "+st.canon()); err != nil {
		return 0, err
	}
	return st.count(ctx, "SELECT count(*) FROM eddy_candidates")
}

func (st *State) findCandidates(ctx context.Context) (err error) {
	kept := st.keptByJoin()
	if st.keptScanned() {
		kept = st.keptByScan()
		if err := st.execAll(ctx, st.d.ScanBegin); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, st.execAll(context.WithoutCancel(ctx), st.d.ScanEnd)) }()
	}
	return st.exec(ctx, "CREATE TEMP TABLE eddy_candidates AS SELECT row_number() OVER () AS n, k.* FROM ("+kept+") k")
}

// canon holds the canonical forms of identities that may leave, for the length of a
// statement. It is no temporary table, because those keep a scan on one core.
func (st *State) canon() string {
	if st.Dry {
		return "eddy_canon"
	}
	return st.table("canon_" + st.slug)
}

// scanLimit is up to how many removals all fields are looked at in one scan of the
// snapshot, beside sets that fit into memory; beyond it each field is joined.
const scanLimit = 50_000

// keptScanned says that the candidates are found by one scan, which takes their values along.
func (st *State) keptScanned() bool { return st.removals <= scanLimit }

// keptFields are the identity fields that rows of the snapshot can fill.
func (st *State) keptFields() []place {
	return slices.DeleteFunc(st.identityFields(), func(p place) bool { return !st.mapped(p.Name) && st.staged.Conflicts == 0 })
}

// keptByScan looks at all fields in one scan.
func (st *State) keptByScan() string {
	var or []string
	for _, p := range st.keptFields() {
		canon, q := st.d.Canonical[p.Canonical], "s."+Quote(p.Name)
		set := fmt.Sprintf("(SELECT canon FROM %s WHERE field = %d)", st.canon(), p.i)
		or = append(or, fmt.Sprintf("(%s IS NOT NULL AND (%s IN %s OR %s))", q, fmt.Sprintf(canon, q), set, st.mixedSQL(p)))
	}
	return "SELECT s.seq, " + st.columns("s.") + " FROM " + st.snapshot() + " s WHERE s.operation IN " + staying + " AND (" + strings.Join(or, " OR ") + ")"
}

func (st *State) keptByJoin() string {
	var kept []string
	for _, p := range st.keptFields() {
		q := "s." + Quote(p.Name)
		from := fmt.Sprintf("SELECT s.seq FROM %s s WHERE s.operation IN %s AND %s IS NOT NULL AND ", st.snapshot(), staying, q)
		same := fmt.Sprintf("%s IN (SELECT canon FROM %s WHERE field = %d)", fmt.Sprintf(st.d.Canonical[p.Canonical], q), st.canon(), p.i)
		kept = append(kept, from+st.mixedSQL(p), from+same)
	}
	return strings.Join(kept, " UNION ")
}

// digestLength is the length of a SHA-256 digest in hex. A digest and the text that it
// was made of are one identity, which no canonical form of texts can see: where one side
// may be a digest and the other may not, every row of that kind is a candidate. Lists of
// several values may be both, and are not taken apart: that would keep the scan on one
// core, and few tables have any.
const digestLength = 64

func (st *State) mixedSQL(p place) string {
	q := "s." + Quote(p.Name)
	digest, plain := kindsSQL(q)
	var or []string
	if st.gonePlain[p.i] {
		or = append(or, digest)
	}
	if st.goneDigest[p.i] {
		or = append(or, plain)
	}
	if len(or) == 0 {
		return "false"
	}
	return "(" + strings.Join(or, " OR ") + ")"
}

// kindsSQL says that a text may have a digest in it, and that it has something else.
func kindsSQL(text string) (digest, plain string) {
	length := fmt.Sprintf("length(%s) %%s %d", text, digestLength)
	digest = "(" + fmt.Sprintf(length, ">=") + " OR strpos(" + text + ", ',') > 0)"
	plain = "(" + fmt.Sprintf(length, "<>") + " OR ltrim(" + text + ", '0123456789abcdefABCDEF') <> '')"
	return digest, plain
}

// tellKinds finds out of which kinds the removals' old values are.
func (st *State) tellKinds(ctx context.Context) error {
	var columns []string
	fields := st.identityFields()
	for _, p := range fields {
		digest, plain := kindsSQL(fmt.Sprintf("old_%d", p.i))
		columns = append(columns, "count(CASE WHEN "+digest+" THEN 1 END)", "count(CASE WHEN "+plain+" THEN 1 END)")
	}
	st.goneDigest, st.gonePlain = map[int]bool{}, map[int]bool{}
	return st.s.Query(ctx, "SELECT "+strings.Join(columns, ", ")+" FROM eddy_removals", func(row [][]byte) error {
		for k, p := range fields {
			st.goneDigest[p.i], st.gonePlain[p.i] = number(row[2*k]) > 0, number(row[2*k+1]) > 0
		}
		return nil
	})
}

// Kept streams the candidates of [State.FindKept] numbered from < n <= to: their seq in
// the snapshot and their values.
func (st *State) Kept(ctx context.Context, from, to int64, each func(seq int64, values []string) error) error {
	values := make([]string, len(st.Fields))
	source := "eddy_candidates s WHERE s.n > $1 AND s.n <= $2"
	if !st.keptScanned() {
		source = st.snapshot() + " s JOIN eddy_candidates c ON c.seq = s.seq WHERE c.n > $1 AND c.n <= $2"
	}
	return st.s.Query(ctx, "SELECT s.seq, "+st.columns("s.")+" FROM "+source, func(row [][]byte) error {
		for i := range values {
			values[i] = string(row[i+1])
		}
		return each(number(row[0]), values)
	}, from, to)
}

// PutKept fills eddy_kept with prepared identities of candidates.
func (st *State) PutKept(ctx context.Context, rows iter.Seq[Identity]) error {
	return st.s.Insert(ctx, "eddy_kept", []string{"seq", "field", "value"}, func(yield func([]any) bool) {
		for r := range rows {
			if !yield([]any{r.Seq, int64(r.Field), r.Value}) {
				return
			}
		}
	})
}
