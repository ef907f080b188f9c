package warehouse

import (
	"slices"
	"sync"
)

// ranges is a set of change numbers as disjoint spans, safe for concurrent use.
type ranges struct {
	mu    sync.Mutex
	spans []span
}

// span holds the numbers from < n <= to.
type span struct{ from, to int64 }

// add takes in the numbers from < n <= to and joins what touches.
func (r *ranges) add(from, to int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	i, _ := slices.BinarySearchFunc(r.spans, from, func(s span, from int64) int {
		if s.to < from {
			return -1
		}
		return 1
	})
	j := i
	for j < len(r.spans) && r.spans[j].from <= to {
		from, to = min(from, r.spans[j].from), max(to, r.spans[j].to)
		j++
	}
	r.spans = slices.Replace(r.spans, i, j, span{from, to})
}

// gaps are the spans of 1..last that were not added.
func (r *ranges) gaps(last int64) []span {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []span
	at := int64(0)
	for _, s := range r.spans {
		if s.from > at {
			out = append(out, span{at, min(s.from, last)})
		}
		at = max(at, s.to)
	}
	if at < last {
		out = append(out, span{at, last})
	}
	return out
}
