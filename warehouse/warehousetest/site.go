package warehousetest

import (
	"maps"
	"slices"
	"testing"
)

// Site is a fresh place of its own on a server of some warehouse, as its user sees it.
type Site struct {
	Spelling Spelling
	// Type and Options are those of a source there, and Own is the name of a schema for Eddy's
	// own tables, which no other site has.
	Type    string
	Options map[string]string
	Own     string
	// Exec runs a statement as the user who owns the site, and Value gives the one value of a
	// query as text.
	Exec  func(sql string) error
	Value func(sql string) (string, error)
	// Schema makes a schema of about this name and gives its name.
	Schema func(name string) (string, error)
	// Sent are the statements that the server heard of Eddy here, in order; those that it was only to
	// describe have a comment of it. nil where the server does not tell.
	Sent func() ([]string, error)
	// Wipe drops Own with all that is in it.
	Wipe func() error
}

// siteKind is a warehouse whose server is asked for by name: whether ledgers can live there,
// and how a site is made.
type siteKind struct {
	engine bool
	fresh  func(testing.TB) *Site
}

func sites() map[string]siteKind {
	return map[string]siteKind{
		"mariadb":    mySQLSite("mariadb", MariaDB),
		"mysql":      mySQLSite("mysql", MySQL),
		"bigquery":   {true, bigQuerySite},
		"clickhouse": {engine: true, fresh: clickhouseSite},
		"databricks": {true, databricksSite},
		"redshift":   {true, redshiftSite},
		"snowflake":  {true, snowflakeSite},
		"trino":      {true, trinoSite},
	}
}

// Sites names the warehouses of NewSite.
func Sites() []string { return slices.Sorted(maps.Keys(sites())) }

// IsEngine says that ledgers can live on the sites of a warehouse.
func IsEngine(name string) bool { return sites()[name].engine }

// NewSite makes a site on the server of a warehouse, which this process starts with the first;
// the test is skipped where nobody asked for that warehouse ([Wanted]).
func NewSite(tb testing.TB, name string) *Site {
	tb.Helper()
	return sites()[name].fresh(tb)
}
