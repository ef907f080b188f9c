package warehouse

import (
	"context"
	"errors"
	"strings"
)

// errStopped ends a reading whose reader has had enough.
var errStopped = errors.New("stopped")

// Stream stages a model in an engine that is not the model's own warehouse, as a source of
// state local does: it makes the scratch table, with a text column for each that is selected,
// and loads what read hands out. read calls each with every row, as texts, nil for NULL, valid
// during the call; it returns the error of each as it is, and nil only if there are no more
// rows. Stream gives how many were loaded; where read fails the table may have a part of them,
// and the error is read's (promise 3).
func Stream(ctx context.Context, into Engine, table string, sel []Selected, read func(each func(row [][]byte) error) error) (n int64, err error) {
	declared, names := make([]string, len(sel)), make([]string, len(sel))
	for i, c := range sel {
		declared[i], names[i] = Quote(c.As)+" "+into.Dialect().Text, c.As
	}
	if _, err := into.Exec(ctx, into.Dialect().Scratch()+table+" ("+strings.Join(declared, ", ")+")"); err != nil {
		return 0, err
	}
	var failed error
	tell := reading(ctx)
	values := make([]any, len(sel))
	err = into.Load(ctx, table, names, func(yield func([]any) bool) {
		failed = read(func(row [][]byte) error {
			if n++; n%readingEach == 0 {
				tell(n)
			}
			for i, v := range row {
				values[i] = nil
				if v != nil {
					values[i] = string(v)
				}
			}
			if !yield(values) {
				return errStopped
			}
			return nil
		})
	})
	if failed != nil && !errors.Is(failed, errStopped) {
		return 0, failed
	}
	return n, err
}
