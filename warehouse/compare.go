package warehouse

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"github.com/eddy-retl/eddy"
)

// CompareOptions say what a run wants of the comparison.
type CompareOptions struct {
	Mode eddy.SyncMode
	// Full sends every row again.
	Full bool
	// Model is what was staged.
	Model Model
	// Prepared is the number of the settings that this run prepares values with.
	Prepared int64
	// Now is the run's moment; RenewBefore is until when memberships may not lapse.
	Now, RenewBefore time.Time
	// Lapses is when a membership without its own expiry lapses if sent now.
	Lapses time.Time
	// MaxAttempts is how often a refused row, or removal, is sent before it rests; 0 lets it
	// rest at once.
	MaxAttempts int
}

// isoLayout is how times stand in the state's tables.
const isoLayout = "2006-01-02T15:04:05Z"

// clockSlack is by how many days a lapse may be later than one that begins now: months
// differ in length, and clocks are put right by a little.
const clockSlack = 7

// isoPattern matches texts of isoLayout.
const isoPattern = "____-__-__T__:__:__Z"

// Compare makes the snapshot: each record of the model and of held, with what is to be
// done about it. Old and new are compared column by column; where the state is local,
// by a keyed fingerprint, and changed values become digests on the way (promise 10).
func (st *State) Compare(ctx context.Context, o CompareOptions) (err error) {
	st.compared, st.delta, st.allNew, st.counted, st.indexed = o, false, false, false, false
	if err := st.weigh(ctx); err != nil {
		return err
	}
	done, err := st.compareInPlace(ctx)
	if err != nil {
		return fmt.Errorf("compare: %w", err)
	}
	if !done {
		if err := st.compareAfresh(ctx); err != nil {
			return fmt.Errorf("compare: %w", err)
		}
	}
	for _, judge := range []func(context.Context) error{st.judgeDigests, st.unsettled, st.freeze, st.tellResting, st.countGroups} {
		if err := judge(ctx); err != nil {
			return fmt.Errorf("compare: %w", err)
		}
	}
	return nil
}

// countGroups counts the snapshot, of which eddy_delta may know all that matters.
func (st *State) countGroups(ctx context.Context) error {
	if st.staged.Conflicts > 0 || st.states[stateDoubt]+st.states[stateLeft] > 0 {
		st.delta, st.allNew, st.counted = false, false, false // they changed the snapshot since
	}
	switch {
	case st.counted:
		return nil
	case st.delta:
		return st.deltaGroups(ctx)
	case st.allNew:
		st.groups = []group{{operation: string(eddy.Insert), count: st.numberedRows, first: 1, last: st.numberedRows}}
		return nil
	default:
		return st.tellGroups(ctx)
	}
}

// compareAfresh makes the snapshot in one statement.
func (st *State) compareAfresh(ctx context.Context) error {
	args := []any{}
	bind := func(v any) string {
		args = append(args, v)
		return fmt.Sprintf("$%d", len(args))
	}
	sql := st.create() + st.snapshot() + " AS " + st.compareSQL(bind)
	// Some engines take no parameters in a CREATE TABLE AS, so the few that it needs,
	// all made by Eddy itself, are written as literals.
	for i := len(args); i > 0; i-- {
		sql = strings.ReplaceAll(sql, fmt.Sprintf("$%d", i), literal(args[i-1]))
	}
	if err := st.execAll(ctx, "DROP TABLE IF EXISTS "+st.snapshot(), sql); err != nil {
		return err
	}
	if err := st.addUnfilled(ctx); err != nil || !st.inPlace {
		return err
	}
	st.inPlace = false
	return st.exec(ctx, "DROP TABLE "+st.numbered())
}

// filled says that rows of the snapshot may have a value of the field.
func (st *State) filled(f eddy.Field) bool { return st.mapped(f.Name) || st.staged.Conflicts > 0 }

// addUnfilled gives the snapshot the columns that no row fills: to write them with the
// rows costs as much as to write values.
func (st *State) addUnfilled(ctx context.Context) error {
	return st.inTx(ctx, func() error {
		for _, f := range st.Fields {
			if st.filled(f) {
				continue
			}
			if err := st.exec(ctx, "ALTER TABLE "+st.snapshot()+" ADD COLUMN "+Quote(f.Name)+" "+st.d.Text); err != nil {
				return err
			}
		}
		return nil
	})
}

// weigh counts the rows of held by state, and notes what they were prepared with. What
// all of them have in common need not be joined and compared row by row.
func (st *State) weigh(ctx context.Context) error {
	st.states, st.preparedHeld, st.heldRows, st.lapsing, st.reasons = map[string]int64{}, map[int64]bool{}, 0, 0, 0
	sql := fmt.Sprintf("SELECT state, coalesce(prepared, 0), count(*), count(CASE WHEN %s THEN 1 END), count(reason) FROM %s GROUP BY 1, 2",
		st.lapsingSQL("lapses_at", literal), st.held())
	return st.s.Query(ctx, sql, func(row [][]byte) error {
		st.states[string(row[0])] += number(row[2])
		st.preparedHeld[number(row[1])] = true
		st.heldRows += number(row[2])
		st.lapsing += number(row[3])
		st.reasons += number(row[4])
		return nil
	})
}

// allHeld says that a version which is compared is in the audience and nothing else is known of it.
func (st *State) allHeld() bool {
	return st.states[stateInvalid]+st.states[stateRejected]+st.reasons == 0
}

// allPrepared says that all of held was prepared with this run's settings.
func (st *State) allPrepared() bool {
	for prepared := range st.preparedHeld {
		if prepared != st.compared.Prepared {
			return false
		}
	}
	return true
}

func literal(v any) string {
	switch v := v.(type) {
	case string:
		return QuoteText(v)
	default:
		return fmt.Sprint(v)
	}
}

// compareSQL is the statement that makes the snapshot from the stage and held.
func (st *State) compareSQL(bind func(any) string) string {
	o := st.compared
	join := "FULL JOIN"
	if o.Mode == eddy.Upsert {
		join = "LEFT JOIN"
	}
	from := st.stageSQL() + " s " + join + " (" + st.heldSQL() + " WHERE state IN ('held', 'invalid', 'rejected')) h ON h.record_id = s.record_id"
	if st.heldRows == 0 {
		from = st.stageSQL() + " s LEFT JOIN (" + st.heldSQL() + " WHERE false) h ON false"
	}
	number := st.d.Number
	if strings.Contains(number, "%") {
		number = fmt.Sprintf(number, st.places)
	}
	return fmt.Sprintf("SELECT %s AS seq, coalesce(s.record_id, h.record_id) AS record_id, %s AS operation, %s AS reason, %s AS fingerprint%s FROM %s",
		number, st.operationSQL(bind), st.reasonSQL(bind), st.fingerprintSQL(), st.valuesSQL(bind), from)
}

// heldSQL is held with the columns that the comparison needs and no others: what is
// joined is what costs. Digests stay behind, because fingerprints tell what changed.
func (st *State) heldSQL() string {
	var sql strings.Builder
	sql.WriteString("SELECT record_id")
	if !st.allHeld() {
		sql.WriteString(", state, attempts, reason")
	}
	if !st.allPrepared() {
		sql.WriteString(", prepared")
	}
	if st.lapsing > 0 {
		sql.WriteString(", lapses_at")
	}
	if st.Digests {
		sql.WriteString(", fingerprint, rowid AS place")
	}
	for _, f := range st.Fields {
		if !st.Digests && st.filled(f) {
			sql.WriteString(", " + Quote(f.Name))
		}
	}
	return sql.String() + " FROM " + st.held()
}

// heldPrepared is what the joined version was prepared with.
func (st *State) heldPrepared() string {
	if st.allPrepared() {
		return fmt.Sprintf("CAST(%d AS INTEGER)", st.compared.Prepared)
	}
	return "h.prepared"
}

// stageSQL is the staged model with its fingerprint, where held has one.
func (st *State) stageSQL() string {
	switch {
	case st.inPlace:
		return st.numbered()
	case !st.Digests:
		return stageTable
	}
	var cols, names strings.Builder
	for _, m := range st.compared.Model.Mapped {
		q := Quote(m.As)
		expr := q
		if m.Time {
			expr = FieldFunction(st.fieldIndex(m.As)) + "(" + q + ")"
		}
		fmt.Fprintf(&cols, ", %s AS %s", expr, q)
		names.WriteString("," + m.As)
	}
	// Between two texts stands something that nobody who writes texts knows: two rows are
	// kept apart whose texts run into each other. It is short, because the hash of a row that
	// fits into one block takes half the time.
	const keyed, parting = 12, 6
	var key strings.Builder
	key.WriteString(QuoteText(st.secret("row"+names.String()+mappedMark+st.compared.Model.Settings, keyed)))
	for i, m := range st.compared.Model.Mapped {
		if i > 0 {
			key.WriteString(", " + QuoteText(st.secret("begin,"+m.As, parting)))
		}
		fmt.Fprintf(&key, ", coalesce(%s, %s)", Quote(m.As), QuoteText(st.secret("null", parting)))
	}
	return "(SELECT record_id, rowid AS place" + cols.String() + ", " + fmt.Sprintf(st.d.RowKey, key.String()) + " AS fingerprint FROM " + stageTable + ")"
}

// secret is a text that only who has the state's key can tell, of up to 43 characters.
func (st *State) secret(of string, length int) string {
	mac := hmac.New(sha256.New, st.Key)
	mac.Write([]byte(of))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))[:length]
}

func (st *State) fieldIndex(name string) int {
	for i, f := range st.Fields {
		if f.Name == name {
			return i
		}
	}
	return -1
}

// FieldFunction is the SQL name of the Go function that prepares one field's text,
// for sessions with [Functions].
func FieldFunction(field int) string { return fmt.Sprintf("eddy_field_%d", field) }

// Dropped separates what a field function makes of a text from why it dropped a part.
const Dropped = "\x01"

func (st *State) mapped(name string) bool {
	for _, m := range st.compared.Model.Mapped {
		if m.As == name {
			return true
		}
	}
	return false
}

// staged is the staged text of a field, NULL where the field is not mapped.
func (st *State) stagedText(f eddy.Field) string {
	if st.mapped(f.Name) {
		return "s." + Quote(f.Name)
	}
	return "CAST(NULL AS " + st.d.Text + ")"
}

// changedSQL says whether the staged row differs from the version in held.
func (st *State) changedSQL(bind func(any) string) string {
	if st.Digests {
		return "s.fingerprint IS DISTINCT FROM h.fingerprint"
	}
	var parts []string
	if !st.allPrepared() {
		parts = append(parts, "h.prepared <> "+bind(st.compared.Prepared))
	}
	for _, f := range st.Fields {
		// What was mapped before and no longer is, is another number of prepared.
		if st.mapped(f.Name) {
			parts = append(parts, fmt.Sprintf("s.%[1]s IS DISTINCT FROM h.%[1]s", Quote(f.Name)))
		}
	}
	if len(parts) == 0 {
		return "false"
	}
	return strings.Join(parts, " OR ")
}

// expiredSQL says whether the row's own expires_at has passed, where SQL can tell.
func (st *State) expiredSQL(bind func(any) string, text string) string {
	return fmt.Sprintf("(%[1]s LIKE %[2]s AND %[1]s <= %[3]s)", text, bind(isoPattern), bind(st.compared.Now.UTC().Format(isoLayout)))
}

// lapsingSQL says whether a membership must be renewed. A time that no run could have
// written by now is of a clock that was set back since: nobody knows when such a member
// lapses.
func (st *State) lapsingSQL(at string, bind func(any) string) string {
	return fmt.Sprintf("(%[1]s < %[2]s OR %[1]s > %[3]s)", at, bind(st.compared.RenewBefore.UTC().Format(isoLayout)), bind(st.compared.Lapses.AddDate(0, 0, clockSlack).UTC().Format(isoLayout)))
}

// operationSQL decides what is to be done about a record. The common case comes first:
// each condition costs, a million times.
func (st *State) operationSQL(bind func(any) string) string {
	o := st.compared
	changed := st.changedSQL(bind)
	lapsing := "false"
	if st.lapsing > 0 {
		lapsing = st.lapsingSQL("h.lapses_at", bind)
	}
	expired := "false"
	if st.mapped("expires_at") {
		lapsing = `s."expires_at" IS NULL AND ` + lapsing
		expired = st.expiredSQL(bind, `s."expires_at"`)
	}
	gone := "'delete'"
	if o.Mode == eddy.Upsert {
		gone = "'expired'"
	}
	held := "h.state = 'held'"
	if st.allHeld() {
		held = "h.record_id IS NOT NULL"
	}
	var b strings.Builder
	b.WriteString("CASE")
	if !o.Full {
		fmt.Fprintf(&b, " WHEN s.record_id IS NOT NULL AND %s AND NOT (%s) AND NOT coalesce(%s, false) AND NOT coalesce(%s, false) THEN 'unchanged'", held, changed, lapsing, expired)
	}
	fmt.Fprintf(&b, " WHEN s.record_id IS NULL THEN CASE WHEN %s THEN 'delete' ELSE 'forget' END", held)
	fmt.Fprintf(&b, " WHEN %s THEN CASE WHEN %s THEN %s ELSE 'expired' END", expired, held, gone)
	fmt.Fprintf(&b, " WHEN h.record_id IS NULL THEN CASE WHEN %s THEN 'invalid' ELSE 'insert' END", st.emptySQL())
	if !st.allHeld() {
		fmt.Fprintf(&b, " WHEN h.state = 'invalid' AND NOT (%s) THEN 'invalid'", changed)
		fmt.Fprintf(&b, " WHEN h.state = 'rejected' AND h.attempts >= %s AND NOT (%s) THEN 'resting'", bind(st.tried()), changed)
		b.WriteString(" WHEN h.state <> 'held' THEN 'insert'")
	}
	if o.Full {
		changed = "true"
	}
	fmt.Fprintf(&b, " WHEN %s THEN 'update' WHEN %s THEN 'renew' ELSE 'unchanged' END", changed, lapsing)
	return b.String()
}

// emptySQL says that a row fills no identity field at all.
func (st *State) emptySQL() string {
	var parts []string
	for _, p := range st.identityFields() {
		if st.mapped(p.Name) {
			parts = append(parts, fmt.Sprintf("(s.%[1]s IS NULL OR s.%[1]s = '')", Quote(p.Name)))
		}
	}
	if len(parts) == 0 {
		return "true"
	}
	return strings.Join(parts, " AND ")
}

// reasonEmpty is the reason of rows that fill no identity field.
const reasonEmpty = "no identity: all identity fields are empty"

// ReasonExpired is the reason of records whose own expires_at has passed.
const ReasonExpired = "expires_at has passed"

func (st *State) reasonSQL(bind func(any) string) string {
	expired := ""
	if st.mapped("expires_at") {
		expired = fmt.Sprintf("WHEN s.record_id IS NOT NULL AND %s THEN %s ", st.expiredSQL(bind, `s."expires_at"`), QuoteText(ReasonExpired))
	}
	rest := ""
	if !st.allHeld() {
		rest = " WHEN s.record_id IS NOT NULL THEN h.reason"
	}
	return fmt.Sprintf("CASE %sWHEN s.record_id IS NOT NULL AND h.record_id IS NULL AND %s THEN %s%s END", expired, st.emptySQL(), QuoteText(reasonEmpty), rest)
}

func (st *State) fingerprintSQL() string {
	if st.Digests {
		return "coalesce(s.fingerprint, h.fingerprint)"
	}
	return "CAST(NULL AS " + st.d.RowKeyType + ")"
}

// valuesSQL is what the snapshot keeps of each field: the new text, or what is held of
// a record that is not in the model. Where the state is local, texts of changed rows
// become digests, and those of others stay in held until they are needed.
func (st *State) valuesSQL(bind func(any) string) string {
	changed := ""
	if st.Digests {
		changed = st.changedSQL(bind)
		if !st.allHeld() {
			changed += " OR h.state <> 'held'"
		}
	}
	var columns []string
	for _, f := range st.Fields {
		if !st.filled(f) {
			continue
		}
		q := Quote(f.Name)
		text := st.stagedText(f)
		switch {
		case st.Digests:
			if f.Identity && st.mapped(f.Name) {
				text = FieldFunction(st.fieldIndex(f.Name)) + "(" + text + ")"
			}
			text = fmt.Sprintf("CASE WHEN s.record_id IS NOT NULL AND (%s OR %t) THEN %s END", changed, st.compared.Full, text)
		default:
			text = fmt.Sprintf("CASE WHEN s.record_id IS NULL THEN h.%s ELSE %s END", q, text)
		}
		columns = append(columns, ", "+text+" AS "+q)
	}
	return strings.Join(columns, "")
}
