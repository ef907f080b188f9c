package warehouse

import (
	"context"
	"iter"
	"slices"
	"testing"
)

// swallowing is an engine that takes every row and keeps none.
type swallowing struct{ Engine }

func (swallowing) Dialect() *Dialect { return &Dialect{Types: Types{Text: "TEXT"}} }

func (swallowing) Exec(context.Context, string) (int64, error) { return 0, nil }

func (swallowing) Load(_ context.Context, _ string, _ []string, rows iter.Seq[[]any]) error {
	for range rows { //nolint:revive // they are asked for, and that is all
	}
	return nil
}

func TestWhoWatchesIsToldOfRowsOnTheWay(t *testing.T) {
	t.Parallel()
	var told []int64
	ctx := WithReading(t.Context(), func(rows int64) { told = append(told, rows) })
	read := func(each func(row [][]byte) error) error {
		for range 25_000 {
			if err := each([][]byte{[]byte("1")}); err != nil {
				return err
			}
		}
		return nil
	}
	sel := []Selected{{As: "id"}}
	n, err := Stream(ctx, swallowing{}, "t", sel, read)
	if err != nil || n != 25_000 || !slices.Equal(told, []int64{10_000, 20_000}) {
		t.Errorf("told %v of %d rows: %v", told, n, err)
	}
	if _, err := Stream(t.Context(), swallowing{}, "t", sel, read); err != nil {
		t.Errorf("with nobody to tell: %v", err)
	}
}
