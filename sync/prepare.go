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
	"github.com/eddy-retl/eddy/ledger"
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
			return nil, &eddy.Error{Code: eddy.CodeConfig, What: fmt.Sprintf("%s: the model's column is called %q, not %q", key, n, name), Mend: "Column names are case-sensitive here: write it as the model does."}
		}
	}
	e := &eddy.Error{Code: eddy.CodeConfig, What: fmt.Sprintf("%s: the model has no column %q", key, name), Mend: "Its columns are: " + strings.Join(names, ", ") + "."}
	if near, ok := successor(name, names); ok {
		e.Mend = fmt.Sprintf("Did it become %q? ", near) + e.Mend
	}
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
func (f *flow) register(fns warehouse.Functions) error {
	pool := sync.Pool{New: func() any { return new(fieldPrepared) }}
	for i, field := range f.fields {
		err := fns.Register(ledger.FieldFunction(i), func(texts []warehouse.Argument) (string, bool) {
			if texts[0].Null {
				return "", false
			}
			out := pool.Get().(*fieldPrepared)
			defer pool.Put(out)
			return prepareField(f.prepare.now, len(f.fields), i, field.Identity, texts[0].Text, out)
		})
		if err != nil {
			return fmt.Errorf("register field functions: %w", err)
		}
	}
	return fns.Register(ledger.FingerprintFunction, ledger.Fingerprint(f.job.Key, f.model))
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
// its time in UTC. What was dropped follows after [ledger.Dropped], and after
// [ledger.LeftOut] why a time leaves its record out.
func prepareField(p destination.Preparer, n, field int, identity bool, text string, out *fieldPrepared) (string, bool) {
	out.values[field] = text
	p.Prepare(out.values[:n], &out.Prepared)
	out.values[field] = "" // the text is the engine's, and gone after the call
	if !identity {
		return preparedTime(p, out.values[:n], &out.Prepared)
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
		if b.Len() > 0 {
			b.WriteByte(',')
		}
		b.WriteString(ledger.Dropped + out.Problems[0].Reason)
	}
	return b.String(), true
}

// preparedTime is the time that was prepared. One that asks for nothing, such as an end at
// infinity, leaves a record as an empty one does.
func preparedTime(p destination.Preparer, empty []string, out *destination.Prepared) (string, bool) {
	at := out.ExpiresAt
	if at.IsZero() {
		at = out.EffectiveAt
	}
	if !at.IsZero() {
		return at.UTC().Format(time.RFC3339), true
	}
	if len(out.Problems) > 0 {
		return ledger.Dropped + out.Problems[0].Reason, true
	}
	reason := out.Invalid
	if p.Prepare(empty, out); out.Invalid == reason {
		return "", false
	}
	return ledger.LeftOut + reason, true
}

// preparers prepare the versions of a ledger, each with the settings of its own time.
type preparers struct {
	// now prepares with today's settings, of makes one of others.
	now destination.Preparer
	of  func(settings string) (destination.Preparer, error)
	// settings are the texts of the ledger's settings by their number, made the preparers.
	settings map[int]string
	mu       *sync.RWMutex
	made     map[int]destination.Preparer
	// digests says that versions are digests already.
	digests bool
	fields  []eddy.Field
}

// old prepares a version with the settings that it was, or is, sent with.
func (r *preparers) old(v ledger.Values, p *destination.Prepared) error {
	if r.digests {
		r.kept(v.Texts, p)
		return nil
	}
	preparer, err := r.preparer(v.Settings)
	if err != nil {
		return err
	}
	preparer.Prepare(v.Texts, p)
	return nil
}

// preparer is the preparer of a number of settings; a new number is today's.
func (r *preparers) preparer(number int) (destination.Preparer, error) {
	text, old := r.settings[number]
	if !old || text == r.now.Settings() {
		return r.now, nil
	}
	r.mu.RLock()
	made := r.made[number]
	r.mu.RUnlock()
	if made != nil {
		return made, nil
	}
	made, err := r.of(text)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.made[number] = made
	return made, nil
}

// kept reads a version whose texts are digests. What could not be sent stands in it too.
func (r *preparers) kept(texts []string, p *destination.Prepared) {
	if !slices.ContainsFunc(texts, marked) {
		r.now.Prepare(texts, p)
		return
	}
	var problems []destination.Problem
	invalid := ""
	var plain [maxFields]string
	for i, text := range texts {
		if reason, refused := strings.CutPrefix(text, ledger.LeftOut); refused {
			invalid = reason
			continue
		}
		ids, reason, dropped := strings.Cut(text, ledger.Dropped)
		if !dropped {
			plain[i] = text
			continue
		}
		plain[i] = strings.TrimSuffix(ids, ",")
		problems = append(problems, destination.Problem{Field: i, Reason: reason})
	}
	r.now.Prepare(plain[:len(texts)], p)
	p.Problems = append(p.Problems, problems...)
	switch {
	case invalid != "":
		p.Invalid = invalid
	case len(p.Identities) == 0 && len(problems) > 0 && r.fields[problems[0].Field].Identity:
		p.Invalid = "no usable identity (" + problems[0].Reason + ")"
	}
	if p.Invalid != "" {
		p.Identities = p.Identities[:0]
	}
}

// marked says that something of a text could not be sent.
func marked(text string) bool {
	return strings.HasPrefix(text, ledger.LeftOut) || strings.Contains(text, ledger.Dropped)
}

// problems counts, by reason, what is told of records that go on all the same: the values that
// were dropped from them, and times that the destination may not honour.
type problems struct {
	mu      sync.Mutex
	dropped map[string]*eddy.RunError
}

func newProblems() *problems { return &problems{dropped: map[string]*eddy.RunError{}} }

// sampleIDs is how many record ids stand beside a reason.
const sampleIDs = 3

func (p *problems) add(reason, id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	e, ok := p.dropped[reason]
	if !ok {
		e = &eddy.RunError{Reason: reason}
		p.dropped[reason] = e
	}
	e.Count++
	if len(e.SampleIDs) < sampleIDs {
		e.SampleIDs = append(e.SampleIDs, strings.Clone(id)) // id is a part of a whole page's text
	}
}

func (p *problems) list() []eddy.RunError { return sorted(p.dropped) }

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
