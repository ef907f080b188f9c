// Package bigquery is Google BigQuery as a warehouse: models are read from it, and by default the
// state lies in a dataset of it. Each statement is a job.
package bigquery

import (
	"context"
	"errors"
	"strings"
	"time"

	client "cloud.google.com/go/bigquery"
	rest "google.golang.org/api/bigquery/v2"
	"google.golang.org/api/iterator"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

// Kind declares BigQuery to the configuration.
func Kind() warehouse.Kind {
	return warehouse.Kind{
		Type: "bigquery",
		Help: "Google BigQuery: tables, views and queries; the state lies in a dataset of its own.",
		Options: []eddy.Option{
			{Name: "project", Kind: eddy.TextOption, Required: true, Part: eddy.PlacePart, Example: "shop-data", Help: "The project of tables that a model names without one."},
			{Name: "execution_project", Kind: eddy.TextOption, Part: eddy.PlacePart, Example: "shop-billing", Help: "The project that queries run in and are billed to; `project` without it."},
			{Name: "default_dataset", Kind: eddy.TextOption, Part: eddy.PlacePart, Example: "shop", Help: "The dataset of tables that a model names without one."},
			{Name: "location", Kind: eddy.TextOption, Part: eddy.PlacePart, Example: "EU", Help: "Where queries run: the location of the datasets. BigQuery finds it by itself where a query reads a table."},
			{Name: "method", Kind: eddy.TextOption, Part: eddy.PlacePart, Default: applicationDefault, Choices: []string{applicationDefault, keyFile, keyText, federation, nobody}, Help: "How Eddy logs in. `oauth` is the application default credentials of the machine; `none` is for emulators.", UnservedChoices: []string{applicationDefault, keyFile, federation}},
			{Name: "keyfile", Kind: eddy.PathOption, Part: eddy.PlacePart, Example: "eddy-key.json", Help: "The file of a service account's key (method service-account) or of a workload identity's configuration (workload-identity). Not taken on a server.", With: eddy.With{Option: "method", Values: []string{keyFile, federation}}, Unserved: true},
			{Name: "keyfile_json", Kind: eddy.LinesOption, Part: eddy.SecretPart, Example: "${BIGQUERY_KEY}", Help: "The text of a service account's key, for method service-account-json.", With: eddy.With{Option: "method", Values: []string{keyText}}},
			{Name: "impersonate_service_account", Kind: eddy.TextOption, Part: eddy.PlacePart, Example: "eddy@shop-data.iam.gserviceaccount.com", Help: "A service account that queries run as, in place of the one that logs in.", With: eddy.With{Option: "method", Values: []string{applicationDefault, keyFile, keyText, federation}}},
			{Name: "scopes", Kind: eddy.ListOption, Part: eddy.PlacePart, Default: client.Scope, Example: "[" + client.Scope + ", https://www.googleapis.com/auth/drive.readonly]", Help: "OAuth scopes to ask for. Tables over Google Sheets need Drive's as well."},
			{Name: "maximum_bytes_billed", Kind: eddy.NumberOption, Part: eddy.PlainPart, Example: "100000000000", Help: "The most bytes that a query may read. One that would read more is refused before it runs."},
			{Name: "priority", Kind: eddy.TextOption, Part: eddy.PlainPart, Default: "interactive", Choices: []string{"interactive", "batch"}, Help: "`batch` lets queries wait until there is room."},
			{Name: "api_endpoint", Kind: eddy.TextOption, Part: eddy.PlacePart, Default: googles, Example: "https://bigquery-eddy.p.googleapis.com", Help: "Where BigQuery's API is called: a private endpoint, or an emulator."},
			{Name: "storage_endpoint", Kind: eddy.TextOption, Part: eddy.PlacePart, Default: googlesStorage, Example: "https://bigquerystorage-eddy.p.googleapis.com", Help: "Where the Storage API is called, by which large results come. With another api_endpoint and without this one they come over REST."},
		},
		LocalLooks: true,
		Open:       func(ctx context.Context, src eddy.Source) (warehouse.Source, error) { return open(ctx, src) },
	}
}

// googles is where the API is called unless the source says otherwise.
const googles = "https://bigquery.googleapis.com"

// source is one project's tables, as one account sees them.
type source struct {
	*session
	name string
	// project and dataset are those of names without them; dataset may be empty.
	project, dataset string
	// claim is how long a claim of a ledger's lock lives; 0 is what it does by default.
	claim time.Duration
}

func open(ctx context.Context, src eddy.Source) (*source, error) {
	s := &source{name: src.Name, project: src.Options["project"], dataset: src.Options["default_dataset"]}
	if s.project == "" {
		return nil, wrong(src.Name, "project is missing", "Set project on the source.")
	}
	calls, creds, err := logIn(src)
	if err != nil {
		return nil, err
	}
	if s.session, err = connect(ctx, src, calls, creds); err != nil {
		return nil, err
	}
	if err := s.reach(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// reach looks whether the account is let in and may run queries, which costs nothing.
func (s *source) reach(ctx context.Context) error {
	const patience = time.Minute
	bounded, stop := context.WithTimeout(ctx, patience)
	defer stop()
	if _, err := s.dryRun(bounded, warehouse.Comment(ctx)+"SELECT 1"); err != nil {
		return s.explainConnect(ctx, err)
	}
	return nil
}

// Columns describes the model's columns. Nothing is read: BigQuery tells them before it runs.
func (s *source) Columns(ctx context.Context, m eddy.Model) ([]warehouse.Column, error) {
	if err := s.onlySelect(ctx, m); err != nil {
		return nil, err
	}
	plan, err := s.dryRun(ctx, warehouse.Comment(ctx)+"SELECT * FROM "+s.from(m))
	if err != nil {
		return nil, err
	}
	out := make([]warehouse.Column, len(plan.Schema))
	for i, f := range plan.Schema {
		typ := typeOf(f)
		out[i] = warehouse.Column{Name: f.Name, Type: typ, Class: class(typ), Made: m.Table == ""}
	}
	return out, nil
}

// CheckRead asks for nothing to be read: BigQuery looks at rights when it plans.
func (s *source) CheckRead(ctx context.Context, m eddy.Model, sel []warehouse.Selected) error {
	if err := s.onlySelect(ctx, m); err != nil {
		return err
	}
	_, err := s.dryRun(ctx, s.read(ctx, sel, m))
	return err
}

// Stage makes a table of the model in one statement; for any other engine the rows are streamed
// over. One query reads one moment of all tables.
func (s *source) Stage(ctx context.Context, into warehouse.Engine, table string, sel []warehouse.Selected, m eddy.Model) (warehouse.Stage, error) {
	if err := s.onlySelect(ctx, m); err != nil {
		return warehouse.Stage{}, err
	}
	read := s.read(ctx, sel, m)
	if err := s.affordable(ctx, read); err != nil {
		return warehouse.Stage{}, err
	}
	if _, ok := into.(*engine); ok {
		// Its own session: names without a dataset are the user's.
		head := warehouse.Comment(ctx)
		var n int64
		err := patiently(ctx, func() (err error) {
			n, err = s.exec(ctx, lasting(head+"CREATE TEMPORARY TABLE "+table+" AS\n"+strings.TrimPrefix(read, head)))
			return err
		})
		return warehouse.Stage{Rows: n}, err
	}
	n, err := warehouse.Stream(ctx, into, table, sel, func(each func(row [][]byte) error) error {
		return s.query(ctx, read, each)
	})
	return warehouse.Stage{Rows: n}, err
}

// read is the query of a model's columns as texts.
func (s *source) read(ctx context.Context, sel []warehouse.Selected, m eddy.Model) string {
	return warehouse.Comment(ctx) + "SELECT " + selectList(sel) + " FROM " + s.from(m)
}

// Estimate says how many bytes the query of a model's columns would read.
func (s *source) Estimate(ctx context.Context, m eddy.Model, sel []warehouse.Selected) (int64, error) {
	if err := s.onlySelect(ctx, m); err != nil {
		return 0, err
	}
	plan, err := s.dryRun(ctx, s.read(ctx, sel, m))
	if err != nil {
		return 0, err
	}
	return plan.TotalBytesProcessed, nil
}

// affordable refuses a query that would read more bytes than the source allows.
func (s *source) affordable(ctx context.Context, sql string) error {
	if s.mostBytes == 0 {
		return nil
	}
	plan, err := s.dryRun(ctx, sql)
	if err != nil || plan.TotalBytesProcessed <= s.mostBytes {
		return err
	}
	return &eddy.Error{
		Code: eddy.CodeSource, What: "source " + s.name + ": the model would read " + eddy.Thousands(plan.TotalBytesProcessed) + " bytes; maximum_bytes_billed is " + eddy.Thousands(s.mostBytes),
		Mend: "Raise maximum_bytes_billed, or have the model read less: fewer columns, or a filter on the partitions.",
	}
}

// ListTables lists the tables and views of the project's datasets that the account may see.
func (s *source) ListTables(ctx context.Context) (out []warehouse.Table, err error) {
	service, err := s.session.service(ctx)
	if err != nil {
		return nil, explain(ctx, err, true)
	}
	datasets := s.client.Datasets(ctx)
	datasets.ProjectID = s.project
	for {
		d, err := datasets.Next()
		if errors.Is(err, iterator.Done) {
			return out, nil
		}
		if err != nil {
			return nil, explain(ctx, err, true)
		}
		err = service.Tables.List(d.ProjectID, d.DatasetID).Pages(ctx, func(page *rest.TableList) error {
			for _, t := range page.Tables {
				out = append(out, warehouse.NewTable(d.DatasetID, t.TableReference.TableId, t.Type))
			}
			return nil
		})
		if reason(err) == "notFound" || reason(err) == "accessDenied" {
			continue // dropped meanwhile, or not this account's
		}
		if err != nil {
			return nil, explain(ctx, err, true)
		}
	}
}

// Close ends the source's connections.
func (s *source) Close() error { return s.session.close() }

// from is the model as a FROM item named m.
func (s *source) from(m eddy.Model) string {
	if m.Table == "" {
		return "(" + syntax().Statement(m.SQL) + "\n) AS m"
	}
	return s.table(m.Table) + " AS m"
}

// table is the name of a table in full.
func (s *source) table(name string) string {
	parts := warehouse.SplitName(name)
	if len(parts) == 1 && s.dataset != "" {
		parts = append([]string{s.dataset}, parts...)
	}
	if len(parts) == 2 {
		parts = append([]string{s.project}, parts...)
	}
	for i, p := range parts {
		parts[i] = quote(p)
	}
	return strings.Join(parts, ".")
}
