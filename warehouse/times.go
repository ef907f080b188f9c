package warehouse

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// textTimes are the fields whose times are texts as somebody wrote them: SQL compares
// times, so those that the state keeps are all of isoLayout.
func (m Model) textTimes() (fields []string) {
	for _, s := range m.Mapped {
		switch {
		case !s.Time:
		case s.Column == nil:
			if _, err := time.Parse(isoLayout, s.Constant); err != nil {
				fields = append(fields, s.As)
			}
		case s.Column.Class != Date && s.Column.Class != Timestamp && s.Column.Class != TimestampTZ:
			fields = append(fields, s.As)
		}
	}
	return fields
}

// timesPage is how many texts are read before what they mean is written: a session cannot
// write while a result of its own streams in.
const timesPage = 100_000

// ReadTimes rewrites staged times that stand as texts in the form of isoLayout. Read says
// what a field's text means, "" for no time; a text that it cannot read stays as it is. Where
// the state is local, the field functions do that.
func (st *State) ReadTimes(ctx context.Context, m Model, read func(field int, text string) (iso string, ok bool)) error {
	if st.Digests {
		return nil
	}
	for _, field := range m.textTimes() {
		if err := st.readTimes(ctx, field, read); err != nil {
			return fmt.Errorf("read the times of %s: %w", field, err)
		}
	}
	return nil
}

func (st *State) readTimes(ctx context.Context, field string, read func(int, string) (string, bool)) error {
	q, i := Quote(field), st.fieldIndex(field)
	err := st.execAll(ctx, "DROP TABLE IF EXISTS eddy_texts", "DROP TABLE IF EXISTS eddy_times",
		fmt.Sprintf("CREATE TEMP TABLE eddy_texts AS SELECT row_number() OVER () AS n, d.v FROM (SELECT DISTINCT %s AS v FROM %s WHERE %[1]s NOT LIKE %[3]s) d", q, stageTable, QuoteText(isoPattern)),
		fmt.Sprintf("CREATE TEMP TABLE eddy_times (v %[1]s, iso %[1]s)", st.d.Text))
	if err != nil {
		return err
	}
	texts, err := st.count(ctx, "SELECT count(*) FROM eddy_texts")
	if err != nil || texts == 0 {
		return err
	}
	var rows [][]any
	for from := int64(0); from < texts; from += timesPage {
		rows = rows[:0]
		err := st.s.Query(ctx, "SELECT v FROM eddy_texts WHERE n > $1 AND n <= $2", func(row [][]byte) error {
			text := string(row[0])
			if iso, ok := read(i, text); ok {
				rows = append(rows, []any{text, null(iso)})
			}
			return nil
		}, from, from+timesPage)
		if err != nil {
			return err
		}
		if err := st.s.Insert(ctx, "eddy_times", []string{"v", "iso"}, slices.Values(rows)); err != nil {
			return err
		}
	}
	return st.execAll(ctx, analyze(st.d, "eddy_times"),
		fmt.Sprintf("UPDATE %[1]s SET %[2]s = t.iso FROM eddy_times t WHERE t.v = %[1]s.%[2]s", stageTable, q),
		"DROP TABLE eddy_texts", "DROP TABLE eddy_times")
}
