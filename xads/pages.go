package xads

import (
	"context"
	"errors"
	"iter"
	"maps"
)

// pages follows the cursors of a list, a page at a time, and ends after the first
// error. A last page that is exactly full may carry a cursor to an empty one (X Ads
// API docs, Pagination); a cursor that comes back would never end and is an error.
func pages[W, T any](ctx context.Context, c *Client, k call, convert func(W) (T, error)) iter.Seq2[[]T, error] {
	return func(yield func([]T, error) bool) {
		k.query = maps.Clone(k.query) // the sequence may be walked again
		seen := map[string]bool{}
		for {
			page, next, err := onePage(ctx, c, k, convert)
			if err == nil && seen[next] {
				err = k.fail(errors.New("the list's cursor leads back to a page that was read before"))
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(page, nil) || next == "" {
				return
			}
			seen[next] = true
			k.query.Set("cursor", next)
		}
	}
}

func onePage[W, T any](ctx context.Context, c *Client, k call, convert func(W) (T, error)) (page []T, next string, err error) {
	k.decode = func(body []byte) error {
		var wire []W
		var err error
		if next, err = readPage(body, &wire); err != nil {
			return err
		}
		page, err = each(wire, convert)
		return err
	}
	err = c.do(ctx, k)
	return page, next, err
}

func each[W, T any](wire []W, convert func(W) (T, error)) ([]T, error) {
	all := make([]T, len(wire))
	for i, w := range wire {
		var err error
		if all[i], err = convert(w); err != nil {
			return nil, err
		}
	}
	return all, nil
}
