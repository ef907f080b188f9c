package sync

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/destination"
	"github.com/eddy-retl/eddy/warehouse"
)

// pick finds a column by name.
func pick(columns []warehouse.Column, name, key string) (*warehouse.Column, error) {
	names := make([]string, len(columns))
	for i := range columns {
		if columns[i].Name == name {
			return &columns[i], nil
		}
		names[i] = columns[i].Name
	}
	for _, n := range names {
		if strings.EqualFold(n, name) {
			return nil, &eddy.Error{Code: eddy.CodeConfig, What: fmt.Sprintf("%s: the model has no column %q", key, name), Mend: fmt.Sprintf("Column names are case-sensitive here: it has %q.", n)}
		}
	}
	e := &eddy.Error{Code: eddy.CodeConfig, What: fmt.Sprintf("%s: the model has no column %q", key, name), Mend: "Its columns are: " + strings.Join(names, ", ") + "."}
	if slices.ContainsFunc(names, looksLikeValue) {
		e.Mend = "The names of its columns look like values: its file lacks a header line. Have the export write one."
	}
	return nil, e
}

// looksLikeValue says that a column's name may be an e-mail address or a number: the
// first row of a file without a header line is taken for names (promise 10).
func looksLikeValue(name string) bool {
	digits := 0
	for _, r := range name {
		if r >= '0' && r <= '9' {
			digits++
		}
	}
	const phone = 6 // fewer digits are a date or a version
	return digits >= phone || strings.Contains(name, "@")
}

// register makes the preparation of each field callable from SQL, so that a local
// state never keeps a raw value (promise 10).
func register(fns warehouse.Functions, fields []eddy.Field, p destination.Preparer) error {
	pool := sync.Pool{New: func() any { return new(fieldPrepared) }}
	for i, field := range fields {
		err := fns.Register(warehouse.FieldFunction(i), func(text string) (string, bool) {
			out := pool.Get().(*fieldPrepared)
			defer pool.Put(out)
			return prepareField(p, len(fields), i, field.Identity, text, out)
		})
		if err != nil {
			return fmt.Errorf("register field functions: %w", err)
		}
	}
	return nil
}

// maxFields bounds the fields of a destination.
const maxFields = 16

// fieldPrepared is what preparing one field's text needs, used again and again: a row's
// texts that are handed to a destination would be new memory for each value.
type fieldPrepared struct {
	destination.Prepared
	values [maxFields]string
}

// prepareField prepares one field's text on its own: its identities joined by commas, or
// its time in UTC. What was dropped follows after [warehouse.Dropped].
func prepareField(p destination.Preparer, n, field int, identity bool, text string, out *fieldPrepared) (string, bool) {
	out.values[field] = text
	p.Prepare(out.values[:n], &out.Prepared)
	out.values[field] = "" // the text is the engine's, and gone after the call
	if !identity {
		return preparedTime(text, &out.Prepared)
	}
	switch {
	case len(out.Identities) == 1 && len(out.Problems) == 0:
		return string(out.Identities[0].Value), true
	case len(out.Identities) == 0 && len(out.Problems) == 0:
		return "", false
	}
	var b strings.Builder
	for i, id := range out.Identities {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(id.Value)
	}
	if len(out.Problems) > 0 {
		b.WriteString(warehouse.Dropped + out.Problems[0].Reason)
	}
	return b.String(), true
}

func preparedTime(text string, out *destination.Prepared) (string, bool) {
	at := out.ExpiresAt
	if at.IsZero() {
		at = out.EffectiveAt
	}
	if !at.IsZero() {
		return at.UTC().Format(time.RFC3339), true
	}
	if strings.TrimSpace(text) == "" {
		return "", false
	}
	return warehouse.Dropped + out.Invalid, true
}

// problems counts, by reason, the values that were dropped from records that go on with
// others, and the records that cannot be sent at all.
type problems struct {
	mu               sync.Mutex
	dropped, refused map[string]*eddy.RunError
}

func newProblems() *problems {
	return &problems{dropped: map[string]*eddy.RunError{}, refused: map[string]*eddy.RunError{}}
}

// sampleIDs is how many record ids stand beside a reason.
const sampleIDs = 3

func (p *problems) add(reason, id string) { p.count(p.dropped, reason, id) }

func (p *problems) invalid(reason, id string) { p.count(p.refused, reason, id) }

func (p *problems) count(in map[string]*eddy.RunError, reason, id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	e, ok := in[reason]
	if !ok {
		e = &eddy.RunError{Reason: reason}
		in[reason] = e
	}
	e.Count++
	if len(e.SampleIDs) < sampleIDs {
		e.SampleIDs = append(e.SampleIDs, strings.Clone(id)) // id is a part of a whole page's text
	}
}

func (p *problems) list() []eddy.RunError { return sorted(p.dropped) }

func (p *problems) invalids() []eddy.RunError { return sorted(p.refused) }

// sorted gives errors, the most frequent first.
func sorted(in map[string]*eddy.RunError) []eddy.RunError {
	out := make([]eddy.RunError, 0, len(in))
	for _, e := range in {
		out = append(out, *e)
	}
	slices.SortFunc(out, func(a, b eddy.RunError) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Reason, b.Reason))
	})
	return out
}
