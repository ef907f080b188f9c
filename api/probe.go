package api

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/config"
	"github.com/eddy-retl/eddy/destination"
	"github.com/eddy-retl/eddy/ledger"
	"github.com/eddy-retl/eddy/setup"
	"github.com/eddy-retl/eddy/store"
	"github.com/eddy-retl/eddy/warehouse"
)

// TestStep is one step of a test.
type TestStep struct {
	Step   string `json:"step"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail,omitempty"`
	Mend   string `json:"mend,omitempty"`
	// Warning says that the detail is to be looked at, although nothing failed.
	Warning bool `json:"warning,omitempty"`
}

// Steps are what a test found, in order; those after one that failed may be missing.
type Steps struct {
	OK    bool       `json:"ok"`
	Steps []TestStep `json:"steps" nullable:"false"`
}

// step puts a step on the list; its errors are told as those of a request are.
func (s *server) step(ctx context.Context, t *Steps, name, detail string, err error) bool {
	step := TestStep{Step: name, OK: err == nil, Detail: detail}
	if err != nil {
		t.OK = false
		p := s.problem(ctx, err)
		step.Detail, step.Mend = p.Detail, p.Mend
	}
	t.Steps = append(t.Steps, step)
	return step.OK
}

// checkStep puts a step on the list that may be a warning; its second line is what to do.
func (s *server) checkStep(ctx context.Context, t *Steps, step destination.CheckStep) {
	s.step(ctx, t, step.Name, step.Detail, step.Err)
	if step.Warning {
		told := &t.Steps[len(t.Steps)-1]
		told.Detail, told.Mend, _ = strings.Cut(step.Detail, "\n")
		told.Warning = true
	}
}

// Draft is an object that may not be stored yet.
type Draft struct {
	Spec Spec `json:"spec,omitempty" doc:"Leave it out to take what is stored"`
}

// Model is what a connection mirrors: a table, with conditions or without, or SQL.
type Model struct {
	Table string     `json:"table,omitempty"`
	Where Conditions `json:"where,omitempty"`
	SQL   string     `json:"sql,omitempty"`
}

// Query is a model of which some rows are shown.
type Query struct {
	Model

	Limit int `json:"limit,omitempty" minimum:"0" maximum:"50" doc:"Rows to show, 50 at most, which is what 0 means"`
}

// model is the model of a source; identifier names its records, where that is known.
func (m Model) model(set *setup.Setup, source, identifier string) (eddy.Model, error) {
	switch {
	case (m.Table == "") == (m.SQL == ""):
		return eddy.Model{}, bad("", "a model is a table or sql, and not both")
	case len(m.Where) == 0:
		return eddy.Model{Table: m.Table, SQL: m.SQL}, nil
	case m.Table == "":
		return eddy.Model{}, bad("/where", "conditions go with a table, and this is a query")
	}
	// Nothing is put in from the environment.
	text := []byte(strings.ReplaceAll(string(m.Where), "${", "$${"))
	where, err := config.ReadWhere(set.File, source, m.Table, identifier, text)
	return eddy.Model{Table: m.Table, Where: where}, err
}

// Column is one column of a model with a few of its values.
type Column struct {
	Name string `json:"name"`
	Type string `json:"type"`
	// Properties are what conditions can ask the column as, what it is first; a file's texts may
	// stand for numbers and times.
	Properties []eddy.Property `json:"properties" enum:"text,number,yes_no,time,list" nullable:"false"`
	// Samples are values; none for those who may not see them, who are told Seen.
	Samples []string `json:"samples" nullable:"false"`
	Seen    *Seen    `json:"seen,omitempty"`
}

// Columns are those of a model.
type Columns struct {
	Columns []Column `json:"columns" nullable:"false"`
	// Masked says that values are not shown.
	Masked bool `json:"masked"`
}

// NamedColumn is one column of a model.
type NamedColumn struct {
	Name string `json:"name"`
	Type string `json:"type"`
	// Seen is what is told of the values to those who may not see them; it is missing where too
	// few rows have different ones, or an expression made them.
	Seen *Seen `json:"seen,omitempty"`
}

// Rows are rows of a model.
type Rows struct {
	Columns []NamedColumn `json:"columns" nullable:"false"`
	// Rows have one text for each column; null is NULL. There are none for those who may not see values.
	Rows   [][]*string `json:"rows" nullable:"false"`
	Masked bool        `json:"masked"`
}

const (
	sampleRows   = 50
	sampleValues = 3
	// probeTimeout bounds what somebody waits for in front of a page.
	probeTimeout = 60 * time.Second
)

func (s *server) probeRoutes() {
	const source = "/api/v1/sources/{name}"
	add(s, endpoint("test-source", http.MethodPost, source+"/test", "Test a source step by step, also one that is not stored yet"), s.testSource)
	add(s, endpoint("test-destination", http.MethodPost, "/api/v1/destinations/{name}/test", "Test a destination step by step, also one that is not stored yet"), s.testDestination)
	op := endpoint("test-connection", http.MethodPost, "/api/v1/connections/{name}/test", "Test what a run would refuse before it reads the model, also of a connection that is not stored yet")
	op.Description = "Whether the state can be kept, the model has what is mapped, and the audience is there and nobody else's; a source's role that may do more than read is warned of. Nothing is sent or made."
	add(s, op, s.testConnection)
	add(s, endpoint("list-tables", http.MethodGet, source+"/tables", "List the tables and views of a source, without Eddy's own"), s.listTables)
	op = endpoint("list-columns", http.MethodPost, source+"/columns", "List the columns of a table or query, with sample values")
	op.Description = "Without the right to see raw values no value is shown: of each column its kind, length and nulls."
	add(s, op, s.listColumns)
	op = endpoint("preview-model", http.MethodPost, source+"/preview", "Show the first rows of a table or query")
	op.Description = "With conditions, of the rows that fulfil them. Without the right to see raw values no value is shown: of each column its kind, length and nulls."
	add(s, op, s.previewModel)
	s.payloadRoutes()
	s.columnRoutes()
	s.conditionRoutes()
}

type draft struct {
	ByName

	Body *Draft
}

func (d draft) spec() Spec {
	if d.Body == nil {
		return nil
	}
	return d.Body.Spec
}

func (s *server) testSource(ctx context.Context, in *draft) (*answer[Steps], error) {
	set, err := s.object(ctx, store.Source, in.Name, in.spec())
	if err != nil {
		return nil, err
	}
	f := set.File
	out := Steps{OK: true, Steps: []TestStep{}}
	of := f.Sources[in.Name]
	tables := &setup.TablesLook{Source: in.Name, WithRole: true}
	err = s.look(ctx, probeTimeout, set, tables)
	if p, mine := errors.AsType[*Problem](err); mine {
		return nil, p
	}
	reached := err
	if tables.Reached {
		reached = nil
	}
	if !s.step(ctx, &out, "reach", of.Type, reached) {
		return reply(out), nil
	}
	if tables.Lists {
		s.step(ctx, &out, "read", setup.TablesFound(of, tables.Tables), err)
	}
	if of.State == eddy.InWarehouse {
		s.step(ctx, &out, "write state", "schema "+of.Schema, writeState(ctx, set, in.Name))
	}
	for _, step := range tables.Role.Steps() {
		s.checkStep(ctx, &out, step)
	}
	return reply(out), nil
}

// writeState tests whether a warehouse can keep the state, by making Eddy's own tables.
func writeState(ctx context.Context, set *setup.Setup, source string) (err error) {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	src, err := set.OpenSource(ctx, source)
	if err != nil {
		return err
	}
	defer func() { _ = src.Close() }()
	e, err := src.Engine(ctx, set.Sources[source].Schema)
	if err != nil {
		return err
	}
	return errors.Join(ledger.EnsureShared(ctx, e), e.Close())
}

func (s *server) testDestination(ctx context.Context, in *draft) (*answer[Steps], error) {
	set, err := s.object(ctx, store.Destination, in.Name, in.spec())
	if err != nil {
		return nil, err
	}
	f := set.File
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	out := Steps{OK: true, Steps: []TestStep{}}
	d, err := set.OpenDestination(in.Name)
	if !s.step(ctx, &out, "settings", f.Destinations[in.Name].Type, err) {
		return reply(out), nil
	}
	if c, ok := d.(destination.Checker); ok {
		for _, step := range c.Check(ctx) {
			s.step(ctx, &out, step.Name, step.Detail, step.Err)
		}
	}
	if a, ok := d.(destination.Accounts); ok && out.OK {
		s.tellAccounts(ctx, &out, a)
	}
	return reply(out), nil
}

// testConnection asks what a run asks, and sends nothing.
func (s *server) testConnection(ctx context.Context, in *draft) (*answer[Steps], error) {
	set, err := s.object(ctx, store.Connection, in.Name, in.spec())
	if err != nil {
		return nil, err
	}
	if err := s.atHome(ctx, set.Local(set.Connections[in.Name]), in.Name); err != nil {
		return nil, err
	}
	out := Steps{OK: true, Steps: []TestStep{}}
	l := &setup.PreflightLook{Connection: in.Name}
	err = s.look(ctx, probeTimeout, set, l)
	for _, step := range l.Found.Steps() {
		s.checkStep(ctx, &out, step)
	}
	return reply(out), err
}

const (
	// accountsTimeout bounds the wait for accounts, which X tells five times in a quarter of an hour.
	accountsTimeout = 5 * time.Second
	// mostAccounts are named; an agency can see thousands.
	mostAccounts = 5
	// StepAccounts names the step that tells of them.
	StepAccounts = "what the credentials see"
)

// tellAccounts names the ad accounts found. A test without them is as good.
func (s *server) tellAccounts(ctx context.Context, t *Steps, a destination.Accounts) {
	ctx, cancel := context.WithTimeout(ctx, accountsTimeout)
	defer cancel()
	names, err := a.ListAccounts(ctx)
	if err != nil || len(names) == 0 {
		return
	}
	detail := eddy.Plural(int64(len(names)), "ad account") + ": " + strings.Join(names[:min(len(names), mostAccounts)], ", ")
	if more := len(names) - mostAccounts; more > 0 {
		detail += " and " + grouped(more) + " more"
	}
	s.step(ctx, t, StepAccounts, detail, nil)
}

func (s *server) listTables(ctx context.Context, in *struct {
	ByName
	Paging

	Search string `query:"q" doc:"Only names that have this in them"`
},
) (*list[warehouse.Table], error) {
	set, err := s.having(ctx, store.Source, in.Name)
	if err != nil {
		return nil, err
	}
	l := &setup.TablesLook{Source: in.Name}
	if err := s.look(ctx, probeTimeout, set, l); err != nil {
		return nil, err
	}
	tables := slices.DeleteFunc(setup.ModelTables(set.Sources[in.Name], l.Tables), func(t warehouse.Table) bool {
		return !strings.Contains(strings.ToLower(t.Name), strings.ToLower(in.Search))
	})
	slices.SortFunc(tables, warehouse.ByName)
	return slice(tables, in.Paging, func(t warehouse.Table) string { return t.Name }, func(t warehouse.Table) warehouse.Table { return t })
}

// having is the configuration, which must have an object.
func (s *server) having(ctx context.Context, kind store.Kind, name string) (*setup.Setup, error) {
	if _, err := s.Store.Object(ctx, kind, name); err != nil {
		return nil, err
	}
	set, err := s.setup(ctx)
	if err != nil {
		return nil, err
	}
	return set, set.Usable(string(kind), name)
}

type query struct {
	ByName

	Body Query
}

// sample reads rows for somebody who waits.
func (s *server) sample(ctx context.Context, source string, q Query, limit int) (setup.Sample, error) {
	set, err := s.having(ctx, store.Source, source)
	if err != nil {
		return setup.Sample{}, err
	}
	m, err := q.model(set, source, "")
	if err != nil {
		return setup.Sample{}, err
	}
	l := &setup.SampleLook{Source: source, Model: m, Limit: limit}
	err = s.look(ctx, probeTimeout, set, l)
	return l.Found, err
}

// look works something out for somebody who waits.
func (s *server) look(ctx context.Context, limit time.Duration, set *setup.Setup, t setup.Task) error {
	return s.inTurn(ctx, limit, func(ctx context.Context) error { return s.Look(ctx, set, t) })
}

// inTurn does something for somebody who waits: when it is their turn, and no longer than the
// limit.
func (s *server) inTurn(ctx context.Context, limit time.Duration, do func(ctx context.Context) error) error {
	done, err := s.looks.begin(ctx, who(ctx).user.ID)
	if err != nil {
		return err
	}
	defer done()
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	err = do(ctx)
	if ctx.Err() != nil && err != nil {
		return ctx.Err()
	}
	return err
}

func (s *server) listColumns(ctx context.Context, in *query) (*answer[Columns], error) {
	found, err := s.sample(ctx, in.Name, in.Body, sampleRows)
	if err != nil {
		return nil, err
	}
	raw := who(ctx).raw
	out := Columns{Columns: []Column{}, Masked: !raw}
	for i, c := range found.Columns {
		named := column(c, i, raw)
		col := Column{Name: named.Name, Type: named.Type, Properties: append([]eddy.Property{}, found.Properties[i]...), Samples: []string{}}
		if !raw {
			col.Seen = seen(found, i)
			out.Columns = append(out.Columns, col)
			continue
		}
		for _, row := range found.Rows {
			if row[i] != nil && !slices.Contains(col.Samples, *row[i]) && len(col.Samples) < sampleValues {
				col.Samples = append(col.Samples, *row[i])
			}
		}
		out.Columns = append(out.Columns, col)
	}
	return reply(out), nil
}

func (s *server) previewModel(ctx context.Context, in *query) (*answer[Rows], error) {
	limit := in.Body.Limit
	if limit == 0 || !who(ctx).raw {
		limit = sampleRows
	}
	found, err := s.sample(ctx, in.Name, in.Body, limit)
	if err != nil {
		return nil, err
	}
	raw := who(ctx).raw
	out := Rows{Columns: []NamedColumn{}, Rows: [][]*string{}, Masked: !raw}
	for i, c := range found.Columns {
		named := column(c, i, raw)
		if !raw {
			named.Seen = seen(found, i)
		}
		out.Columns = append(out.Columns, named)
	}
	if raw {
		out.Rows = append(out.Rows, found.Rows...)
	}
	return reply(out), nil
}

// grouped is a number for people, its digits in threes: 20,000.
func grouped(n int) string { return eddy.Thousands(int64(n)) }
