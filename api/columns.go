package api

import (
	"context"
	"fmt"
	"maps"
	"math"
	"net/http"
	"slices"
	"strings"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/setup"
	"github.com/eddy-retl/eddy/store"
)

// Candidate is a column that may name the records of a model.
type Candidate struct {
	Model

	Column string `json:"column" minLength:"1"`
}

// Identifier says how well a column names the records of a model.
type Identifier struct {
	Column string `json:"column"`
	// Unique says that every row has a value of its own.
	Unique bool `json:"unique"`
	// Rows are all rows of the model, Nulls those without a value.
	Rows  int64 `json:"rows"`
	Nulls int64 `json:"nulls"`
	// Duplicates are the values that several rows have, Repeated the rows that have them.
	// Without the right to see raw values both are null where less than 5 values are repeated.
	Duplicates *int64 `json:"duplicates" nullable:"true"`
	Repeated   *int64 `json:"repeated" nullable:"true"`
	// Warnings say what becomes of rows that are not named by it.
	Warnings []string `json:"warnings" nullable:"false"`
}

// SuggestionsRequest asks how the columns of a model could be mapped.
type SuggestionsRequest struct {
	Model

	// Destination is the one whose fields are to be filled; without it they are those of an
	// X account with its default settings.
	Destination string `json:"destination,omitempty"`
	// Mapping is what is mapped already, column by field; warnings are about it.
	Mapping map[string]string `json:"mapping,omitempty"`
}

// Suggestions say how the columns of a model could be mapped. They are worked out on a
// sample of rows, and hold no values.
type Suggestions struct {
	Columns []SuggestedColumn `json:"columns" nullable:"false"`
	// Mapping is the suggestion: the column of each field.
	Mapping map[string]string `json:"mapping"`
	// Choices say why, in the order of the fields.
	Choices []Choice `json:"choices" nullable:"false"`
	// Identifiers are columns that may name records, the likeliest first.
	Identifiers []string         `json:"identifiers" nullable:"false"`
	Warnings    []MappingWarning `json:"warnings" nullable:"false"`
	// SampledRows is how many rows were looked at.
	SampledRows int `json:"sampled_rows"`
}

// Choice says why a column is suggested for a field, and which one would be the next.
type Choice struct {
	Field  string `json:"field"`
	Column string `json:"column"`
	Why    string `json:"why"`
	// RunnerUp is missing where no other column comes into question.
	RunnerUp    string `json:"runner_up,omitempty"`
	RunnerUpWhy string `json:"runner_up_why,omitempty"`
}

// SuggestedColumn is a column with the fields that it may fill, the likeliest first.
type SuggestedColumn struct {
	Name   string           `json:"name"`
	Type   string           `json:"type"`
	Fields []SuggestedField `json:"fields" nullable:"false"`
}

// SuggestedField says how well a column fits a field.
type SuggestedField struct {
	Field      string  `json:"field"`
	Confidence float64 `json:"confidence" minimum:"0" maximum:"1"`
	// Filled counts the sampled rows with a value, Valid those whose value can be used.
	Filled int `json:"filled"`
	Valid  int `json:"valid"`
	// Reason is the most frequent one of those that cannot be used.
	Reason string `json:"reason,omitempty"`
}

// MappingWarning is a column that does not look like the field it is mapped to.
type MappingWarning struct {
	Field  string `json:"field"`
	Column string `json:"column"`
	Detail string `json:"detail"`
}

func (s *server) columnRoutes() {
	const source = "/api/v1/sources/{name}"
	op := endpoint("check-identifier", http.MethodPost, source+"/identifier", "Count how well a column names the records of a table or query")
	op.Description = "The warehouse reads the whole model for it, for up to ten minutes."
	add(s, op, s.checkIdentifier)
	op = endpoint("suggest-mapping", http.MethodPost, source+"/suggestions", "Suggest which column of a table or query fills which field of a destination")
	op.Description = "By the names of columns and a sample of their values. The answer holds counts and no values."
	add(s, op, s.suggestMapping)
}

func (s *server) checkIdentifier(ctx context.Context, in *struct {
	ByName

	Body Candidate
},
) (*answer[Identifier], error) {
	set, err := s.having(ctx, store.Source, in.Name)
	if err != nil {
		return nil, err
	}
	m, err := in.Body.model(set, in.Name, "")
	if err != nil {
		return nil, err
	}
	l := &setup.IdentifierLook{Source: in.Name, Model: m, Column: in.Body.Column}
	if err := s.look(ctx, planTimeout, set, l); err != nil {
		return nil, err
	}
	u := l.Counts
	if !l.Known {
		return nil, bad("/column", "the model has no column %q", in.Body.Column)
	}
	out := Identifier{
		Column: in.Body.Column, Unique: u.Nulls+u.Repeated == 0, Rows: u.Rows, Nulls: u.Nulls, Warnings: []string{},
	}
	if out.Duplicates = fewer(u.Duplicates, who(ctx).raw); out.Duplicates != nil {
		out.Repeated = &u.Repeated
	}
	if u.Nulls > 0 {
		out.Warnings = append(out.Warnings, eddy.Plural(u.Nulls, "row has", "rows have")+" no value in it: "+eddy.Noun(u.Nulls, "it is", "they are")+" left out, and runs end as completed_with_errors.")
	}
	if u.Duplicates > 0 {
		what := "fewer than 5 values stand in several rows"
		if out.Duplicates != nil {
			what = eddy.Plural(u.Duplicates, "value stands", "values stand") + " in several rows, " + grouped(int(u.Repeated)) + " together"
		}
		out.Warnings = append(out.Warnings, what+": rows that are equal in all mapped columns count once, and those that differ are left as they are until they agree.")
	}
	return reply(out), nil
}

// goodShare is the part of a mapped column's values that should be of use.
const goodShare = 0.8

func (s *server) suggestMapping(ctx context.Context, in *struct {
	ByName

	Body SuggestionsRequest
},
) (*answer[Suggestions], error) {
	set, err := s.having(ctx, store.Source, in.Name)
	if err != nil {
		return nil, err
	}
	m, err := in.Body.model(set, in.Name, "")
	if err != nil {
		return nil, err
	}
	if in.Body.Destination != "" {
		if _, err := s.having(ctx, store.Destination, in.Body.Destination); err != nil {
			return nil, err
		}
	}
	l := &setup.FitLook{Source: in.Name, Destination: in.Body.Destination, Model: m}
	if err := s.look(ctx, probeTimeout, set, l); err != nil {
		return nil, err
	}
	found := l.Found
	veilFits(&found, who(ctx).raw)
	out := Suggestions{
		Columns: []SuggestedColumn{}, Mapping: map[string]string{}, Choices: []Choice{}, Identifiers: append([]string{}, found.Identifiers...),
		Warnings: []MappingWarning{}, SampledRows: found.Rows,
	}
	for _, c := range setup.Suggested(found.Fits) {
		out.Mapping[c.Field] = c.Column
		choice := Choice{Field: c.Field, Column: c.Column, Why: c.Why()}
		if next := c.RunnerUp; next.Column != "" {
			choice.RunnerUp, choice.RunnerUpWhy = next.Column, next.Why()
		}
		out.Choices = append(out.Choices, choice)
	}
	for i, c := range found.Columns {
		out.Columns = append(out.Columns, SuggestedColumn{Name: c.Name, Type: column(c, i, who(ctx).raw).Type, Fields: likely(found.Fits, c.Name)})
	}
	for _, field := range slices.Sorted(maps.Keys(in.Body.Mapping)) {
		w, err := judge(found.Fits, field, in.Body.Mapping[field])
		if err != nil {
			return nil, err
		}
		out.Warnings = append(out.Warnings, w...)
	}
	return reply(out), nil
}

// likely are the fields that a column may fill, the likeliest first.
func likely(fits []setup.Fit, column string) []SuggestedField {
	out := []SuggestedField{}
	for _, f := range fits {
		if f.Column == column && f.Confidence > 0 {
			out = append(out, SuggestedField{Field: f.Field, Confidence: math.Round(f.Confidence*10) / 10, Filled: f.Filled, Valid: f.Valid, Reason: f.Reason})
		}
	}
	slices.SortStableFunc(out, func(a, b SuggestedField) int {
		switch {
		case a.Confidence > b.Confidence:
			return -1
		case a.Confidence < b.Confidence:
			return 1
		default:
			return 0
		}
	})
	return out
}

// judge says whether a column looks like the field that it is mapped to.
func judge(fits []setup.Fit, field, column string) ([]MappingWarning, error) {
	i := slices.IndexFunc(fits, func(f setup.Fit) bool { return f.Field == field && f.Column == column })
	if i < 0 {
		return nil, bad("/mapping/"+field, "the model has no column %q, or the destination no field %q", column, field)
	}
	f := fits[i]
	switch {
	case f.Filled == 0 && f.Tens:
		return []MappingWarning{{field, column, "fewer than 10 of the rows that were looked at have a value in it"}}, nil
	case f.Filled == 0:
		return []MappingWarning{{field, column, "the column is empty in the rows that were looked at"}}, nil
	case f.Share() < goodShare:
		return []MappingWarning{{field, column, fmt.Sprintf("%d of %s that %s looked at can be used; the others mostly have a fault: %s",
			f.Valid, eddy.Plural(int64(f.Filled), "value"), eddy.Noun(int64(f.Filled), "was", "were"), strings.TrimPrefix(f.Reason, field+": "))}}, nil
	default:
		return nil, nil
	}
}
