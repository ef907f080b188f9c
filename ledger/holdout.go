package ledger

import (
	"context"
	"crypto/md5" //nolint:gosec // it spreads record ids, and keeps nothing secret
	"encoding/hex"
	"fmt"
	"iter"
	"math"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

// ReasonHeldOut is the reason of records that a holdout keeps out of the audience.
const ReasonHeldOut = "held_out"

// IsHeldOut says that a record is held out, as the ledger's statements do: its hash is below a
// threshold. A larger percentage holds out all that a smaller one does.
func IsHeldOut(h *eddy.Holdout, recordID string) bool {
	if h == nil {
		return false
	}
	sum := md5.Sum([]byte(salted(h) + recordID))
	return hex.EncodeToString(sum[:]) < threshold(h)
}

// salted is what stands before a record id when it is hashed.
func salted(h *eddy.Holdout) string { return h.Salt + ":" }

// threshold is a percentage as the first eight hexadecimal digits that are not held out any
// more. A text is below it when its first digits are.
func threshold(h *eddy.Holdout) string {
	const digits, hundredths, wholly = 1 << 32, 100, 10_000
	return fmt.Sprintf("%08x", int64(math.Round(h.Percent*hundredths))*digits/wholly)
}

// heldOut says in SQL that a record is held out; empty where nobody is.
func (s staging) heldOut(w *writer, id string) string {
	h := s.Model.Holdout
	if h == nil {
		return ""
	}
	return w.bytes(fmt.Sprintf(w.d.MD5, w.d.Literal(salted(h))+" || "+id)) + " < " + w.d.Literal(threshold(h))
}

// admits is the condition, with AND before it, that a record may want something; empty where
// all may.
func (s staging) admits(w *writer, id string) string {
	and := ""
	if out := s.heldOut(w, id); out != "" {
		and = " AND NOT " + out
	}
	if in := s.unlisted(id); in != "" {
		and += "\n  AND " + in
	}
	return and
}

// shutOut are the branches of a CASE that give the reason of records which may want nothing; none
// where all may.
func (s staging) shutOut(w *writer, id string) (when []string) {
	if s.Out != "" {
		when = append(when, "WHEN d.wanted = 0 AND "+s.listed(id, wantsNothing)+" THEN "+w.d.Literal(ReasonSuppressed))
	}
	if out := s.heldOut(w, id); out != "" {
		when = append(when, "WHEN d.wanted = 0 AND "+out+" THEN "+w.d.Literal(ReasonHeldOut))
	}
	return when
}

func (s *Staged) countHeldOut(ctx context.Context) error {
	if s.Model.Holdout == nil {
		return nil
	}
	return s.l.one(ctx, "count held out", s.l.render("count_held_out", s.staging), func(row [][]byte) { s.HeldOut = number(row[0]) })
}

// heldOutTable is the table of those who were ever held out. No run's tables are called like it.
func (t *tables) heldOutTable() string { return t.schema + "." + t.d.Quote("holdout_"+t.slug) }

// makeHeldOut makes the table, if it is not there.
func (l *Ledger) makeHeldOut(ctx context.Context) (table string, err error) {
	table = l.heldOutTable()
	sql := fmt.Sprintf("CREATE TABLE IF NOT EXISTS %s (primary_key %s NOT NULL, held_out_at %s NOT NULL)", table, l.d.Text, l.d.Timestamp)
	if _, err := l.exec(ctx, "hold out", sql); err != nil && !exists(ctx, l.e, table) {
		return "", fmt.Errorf("make the table of those held out: %w", err)
	}
	return table, nil
}

// HoldOut puts those on record who are held out and were not before.
func (s *Staged) HoldOut(ctx context.Context, at time.Time) error {
	if s.Model.Holdout == nil {
		return nil
	}
	if err := s.l.ours(); err != nil {
		return err
	}
	into, err := s.l.makeHeldOut(ctx)
	if err != nil {
		return err
	}
	_, err = s.l.exec(ctx, "hold out", s.l.render("hold_out", struct {
		staging
		Into, At string
	}{s.staging, into, stamp(at)}))
	if err != nil {
		return fmt.Errorf("put on record who is held out: %w", err)
	}
	return nil
}

// HeldOut is somebody who was held out, and since when.
type HeldOut struct {
	RecordID string
	Since    time.Time
}

// EachHeldOut streams all that were ever held out; nobody where there is no table of them.
func (l *Ledger) EachHeldOut(ctx context.Context, each func(HeldOut) error) error {
	if l.schema == "" || !exists(ctx, l.e, l.heldOutTable()) {
		return nil
	}
	return l.query(ctx, "read held out", l.render("held_out", struct{ From string }{l.heldOutTable()}), func(row [][]byte) error {
		return each(HeldOut{string(row[0]), parseTime(row[1])})
	})
}

// BringHeldOut takes over who was held out in another place of the connection's ledger.
func (l *Ledger) BringHeldOut(ctx context.Context, rows iter.Seq[HeldOut]) error {
	next, stop := iter.Pull(rows)
	defer stop()
	first, some := next()
	if !some || l.dry {
		return nil
	}
	into, err := l.makeHeldOut(ctx)
	if err != nil {
		return err
	}
	from := l.making(kindOut, l.run)
	if _, err := l.exec(ctx, "bring held out", fmt.Sprintf("%s%s (primary_key %s, since %[3]s)", l.d.Scratch(), from, l.d.Text)); err != nil {
		return err
	}
	n := int64(0)
	err = l.e.Load(ctx, from, []string{"primary_key", "since"}, func(yield func([]any) bool) {
		for h, ok := first, true; ok; h, ok = next() {
			n++
			if !yield([]any{h.RecordID, stamp(h.Since)}) {
				return
			}
		}
	})
	if err != nil {
		return err
	}
	if err := l.counted(ctx, from, n); err != nil {
		return err
	}
	_, err = l.exec(ctx, "bring held out", l.render("bring_held_out", struct{ Into, From string }{into, from}))
	return err
}

// exists says that there is a table, and that it can be read.
func exists(ctx context.Context, e warehouse.Engine, table string) bool {
	return e.Query(ctx, "SELECT 1 FROM "+table+" LIMIT 0", func([][]byte) error { return nil }) == nil
}
