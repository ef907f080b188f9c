package eddy_test

import (
	"bytes"
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"iter"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The house rules as tests. The import table and the budgets below are decisions, not
// measurements: when one of these tests fails, the code is to change. Changing a rule
// is a commit of its own that also changes ARCHITECTURE.md.

const module = "github.com/eddy-retl/eddy"

// layer is one line of the import table.
type layer struct {
	// pkg is a folder; "/*" at its end stands for one folder of any name.
	pkg string
	// may are the packages of the module that it may import.
	may []string
	// tests are those that its tests may import as well; "*" is all of them.
	tests []string
	// why is told when the rule is broken.
	why string
}

// root is the package of the words.
const root = "."

// importTable says who may import whom; the first line that matches a package counts.
func importTable() []layer {
	everything := []string{"*"}
	return []layer{
		{root, nil, nil, "the words are what everything else is written in, so they depend on nothing"},
		{"xads", nil, nil, "the X Ads API client is usable on its own, and neither it nor its tests may share a mistake with the sandbox"},
		{"arrowtext", nil, nil, "a stream of Arrow is read alike wherever it comes from, and knows nothing of who reads it"},
		{"dbsql", []string{"arrowtext"}, []string{"warehouse/warehousetest"}, "the client of Databricks' API is usable on its own"},
		{"sandbox", nil, nil, "the sandbox must not share a mistake with the client it tests; they meet only on the wire"},
		{"schedule", []string{root}, nil, "when to run is a pure function of the words"},
		{"webhook", []string{root}, nil, "what a request of another tool says, and whether that tool sent it, is a function of the request"},
		{"dial", []string{root}, nil, "where a server may call is one rule over addresses, and knows nothing of who calls"},
		{"keyfile", nil, nil, "what is read of a small file, and what is not, is one rule, and knows nothing of who reads"},
		{"tunnel", []string{root, "dial", "keyfile"}, []string{"tunnel/tunneltest"}, "a way through an SSH host is a dialer made of another one, and knows nothing of who calls"},
		{"tunnel/tunneltest", nil, nil, "the SSH host of tests is a real one, which shares nothing with what is tested on it"},
		{"alert", []string{root, "dial"}, nil, "what to tell whom is a function of the words; where alerts stand is kept by others"},
		{"config", []string{root, "schedule"}, nil, "a file is parsed into words; the kinds it checks options against are given to it as values"},
		{"warehouse", []string{root}, everything, "the contract of a warehouse knows no engine and no destination"},
		{"warehouse/warehousetest", []string{root, "warehouse"}, nil, "the suite judges a warehouse by its contract alone"},
		{"warehouse/pgwire", []string{root, "dial", "keyfile", "tunnel", "warehouse"}, everything, "what the warehouses that speak PostgreSQL's protocol share is written once: how a connection is read, opened and told of; it is no warehouse, and knows none"},
		{"warehouse/postgres", []string{root, "dial", "warehouse", "warehouse/pgwire"}, everything, "it speaks PostgreSQL's protocol as others do; a warehouse never imports another"},
		{"warehouse/redshift", []string{root, "dial", "warehouse", "warehouse/pgwire"}, everything, "it speaks PostgreSQL's protocol as others do; a warehouse never imports another"},
		{"warehouse/snowflake", []string{root, "dial", "keyfile", "warehouse", "warehouse/snowflake/quiet"}, everything, "its driver looks around on the machine unless it is told not to, before it is linked in; a warehouse never imports another"},
		{"warehouse/snowflake/quiet", nil, nil, "it comes before the driver because it imports next to nothing"},
		{"warehouse/databricks", []string{root, "dbsql", "dial", "keyfile", "warehouse"}, everything, "it speaks to the API through the client, which knows nothing of Eddy; a warehouse never imports another"},
		{"warehouse/bigquery", []string{root, "arrowtext", "dial", "keyfile", "warehouse"}, everything, "its results come as streams of Arrow; a warehouse never imports another"},
		{"warehouse/duckdb", []string{root, "warehouse", "warehouse/sealed"}, everything, "it reads what a server keeps of uploads; a warehouse never imports another"},
		{"warehouse/sealed", nil, nil, "how rows are sealed is one rule, and knows nothing of what they are"},
		{"warehouse/*", []string{root, "dial", "keyfile", "tunnel", "warehouse"}, everything, "a warehouse never imports another: adding or removing one is one folder and one line"},
		{"where", []string{root, "warehouse"}, everything, "conditions are written by a source's data; the package knows no kind of source, and nothing of what is done with the rows"},
		{"ledger", []string{root, "warehouse"}, everything, "what is remembered of an audience is set work on any engine; it knows no engine and no destination"},
		{"destination", []string{root}, everything, "the contract of a destination knows no implementation and no warehouse"},
		{"destination/destinationtest", []string{root, "destination"}, nil, "the suite judges a destination by its contract alone"},
		{"destination/xaudience", []string{root, "dial", "destination", "xads"}, everything, "a destination imports its own client and never another destination or a warehouse"},
		{"destination/*", []string{root, "dial", "destination"}, everything, "a destination never imports another, nor a warehouse"},
		{"sync", []string{root, "ledger", "warehouse", "where", "destination"}, everything, "the flow takes its warehouse and its destination as values; knowing a kind would tie it to it"},
		{"connectors", []string{root, "warehouse", "warehouse/*", "destination", "destination/*"}, everything, "the list of kinds is the one place that names them all, and does nothing else"},
		{"setup", []string{root, "config", "connectors", "dial", "ledger", "sync", "warehouse", "warehouse/duckdb", "warehouse/sealed", "where", "destination"}, everything, "what a configuration names is opened in one place, for commands and for servers alike"},
		{"child", []string{root, "dial", "setup"}, everything, "what a user wrote is worked out in another process, whatever it is: this package starts and limits it, and knows nothing of how it is done"},
		{"store", []string{root}, []string{"store/storetest", "warehouse/warehousetest"}, "what the server remembers is written in the words and knows nothing of how runs are made"},
		{"store/storetest", []string{root, "store"}, nil, "the suite judges a store by what it promises alone"},
		{"catalog", []string{root, "config", "connectors", "setup", "store"}, everything, "what the store keeps is read as a configuration in one place, by the file's own rules"},
		{"api", []string{root, "alert", "catalog", "config", "connectors", "destination", "ledger", "schedule", "setup", "store", "sync", "warehouse", "webhook"}, everything, "the API answers from the store and opens what it names; runs are started through an interface, so that it knows no queue"},
		{"telemetry", []string{root, "destination"}, nil, "it tells how a server does from what it is handed: names, numbers and times, never records"},
		{"jobs", []string{root, "alert", "destination", "schedule", "setup", "store", "sync"}, everything, "runs are made from the store and from what the configuration names; who asks for them is not known here"},
		{"web", nil, nil, "the page meets the server on the wire alone; the program mounts it"},
		{"cmd/*", everything, everything, "main wires everything"},
		{"docs/gen", everything, everything, "the pages' tables are made from what the code declares"},
		{"bench", everything, everything, "the benchmark runs the product from outside, on the servers of the suites"},
	}
}

func TestImportsFollowTheTable(t *testing.T) {
	t.Parallel()
	h := survey(t)
	table := importTable()
	for _, p := range h.packages {
		i := slices.IndexFunc(table, func(l layer) bool { return matches(l.pkg, p.dir) })
		if i < 0 {
			t.Errorf("%s: has no line in the import table of arch_test.go; say there what it may import, and why", p.dir)
			continue
		}
		for _, f := range p.files {
			checkImports(t, table[i], p.dir, f)
		}
	}
}

func checkImports(t *testing.T, l layer, dir string, f file) {
	t.Helper()
	for _, imported := range f.imports() {
		to, own := strings.CutPrefix(imported+"/", module+"/")
		if !own {
			continue
		}
		to = cmp.Or(strings.TrimSuffix(to, "/"), root)
		may := l.may
		if f.test {
			may = append(slices.Clone(may), l.tests...)
		}
		switch {
		case to == dir:
		case !f.test && isSuite(to) && dir != "bench":
			t.Errorf("%s: imports %s; suites are for tests, and would come into the binary with their tools", f.name, to)
		case !slices.ContainsFunc(may, func(m string) bool { return matches(m, to) }):
			t.Errorf("%s: imports %s; package %s may import %s of this module, because %s", f.name, to, dir, list(may), l.why)
		}
	}
}

// matches says whether a folder is meant by a pattern of the import table.
func matches(pattern, dir string) bool {
	return pattern == "*" || pattern == dir || path.Base(pattern) == "*" && path.Dir(pattern) == path.Dir(dir) && dir != root
}

func list(names []string) string {
	if len(names) == 0 {
		return "nothing"
	}
	return strings.Join(names, ", ")
}

// ownWays are the files, or folders, that call out by themselves: each calls what whoever
// started the program told it to.
func ownWays() map[string]string {
	return map[string]string{
		"dial/":                "the rule itself",
		"api/client.go":        "the client of the API, for the command line",
		"cmd/eddy/remote.go":   "the command line calls the server that it was told to",
		"api/oidc.go":          "the operator sets the issuer",
		"store/store.go":       "the operator sets the database of the store",
		"xads/signing.go":      "the client's own default; package xaudience hands it another way",
		"warehouse/duckdb/":    "sql.Open of the engine that is linked in",
		"warehouse/bigquery/":  "grpc.NewClient of a connection that goes through the dialer, and through no proxy",
		"warehouse/snowflake/": "sql.OpenDB of a connector whose HTTP client goes through the dialer",
		"warehouse/trino/":     "sql.OpenDB of a connector whose HTTP client goes through the dialer",
		"bench/":               "a tool of the command line",
	}
}

// TestNobodyDialsAlone: what people configure is reached through the dialer that was handed
// down (package dial), and nothing else opens a connection. connectors/calls_test.go tries it.
func TestNobodyDialsAlone(t *testing.T) {
	t.Parallel()
	h := survey(t)
	alone := regexp.MustCompile(`^(net\.(Dial\w*|Dialer)|tls\.(Dial\w*|Dialer)|smtp\.(Dial|SendMail)|http\.(DefaultClient|DefaultTransport|Get|Head|Post|PostForm|ProxyFromEnvironment)|websocket\.Dial\w*|pgx\.(Connect|ConnectWithOptions)|pgconn\.Connect\w*|pgxpool\.New\w*|sql\.(Open|OpenDB)|grpc\.(Dial\w*|NewClient))$`)
	// These call out by themselves unless they are told how to.
	needs := map[string]string{"http.Client": "Transport", "http.Transport": "DialContext"}
	used := map[string]bool{}
	for f := range h.all() {
		own := ""
		for place := range ownWays() {
			if f.name == place || strings.HasSuffix(place, "/") && strings.HasPrefix(f.name, place) {
				own = place
			}
		}
		if f.test || isSuite(f.dir) {
			continue
		}
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			found := ""
			switch n := n.(type) {
			case *ast.SelectorExpr:
				if name := text(n); alone.MatchString(name) {
					found = name
				}
			case *ast.CompositeLit:
				key := needs[text(n.Type)]
				if key != "" && !slices.ContainsFunc(n.Elts, func(e ast.Expr) bool { kv, ok := e.(*ast.KeyValueExpr); return ok && text(kv.Key) == key }) {
					found = text(n.Type) + " without " + key
				}
			}
			if found != "" && own == "" {
				t.Errorf("%s: %s; call through the Dialer that was handed down, so that a server calls only what its operator allows", h.at(n), found)
			}
			used[own] = used[own] || found != ""
			return true
		})
	}
	for place := range ownWays() {
		if !used[place] {
			t.Errorf("%s calls nobody by itself any more; take it out of the list", place)
		}
	}
}

// Budgets: they keep a reader's next page short. The medians may be a little over for
// a while; the maxima may not.
const (
	maxFileLines       = 800
	maxSQLLines        = 60
	maxMedianFileLines = 130
	maxFuncLines       = 100
	maxMedianFuncLines = 11
	maxMethods         = 7
	maxStructMethods   = 25
	maxStructFields    = 15
	minDocumented      = 0.95
)

func TestFilesAreShort(t *testing.T) {
	t.Parallel()
	var lengths []int
	for f := range survey(t).all() {
		if f.lines > maxFileLines {
			t.Errorf("%s: %d lines; at most %d: a file of this length holds more than one thing", f.name, f.lines, maxFileLines)
		}
		if !f.test {
			lengths = append(lengths, f.lines)
		}
	}
	if m := median(lengths); m > maxMedianFileLines {
		t.Errorf("the median file has %d lines; at most %d", m, maxMedianFileLines)
	}
}

// A statement is made of files of SQL: each is read at a glance.
func TestSQLFilesAreShort(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("ledger/sql/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files of SQL: %v", err)
	}
	for _, name := range files {
		if n := strings.Count(read(t, name), "\n"); n > maxSQLLines {
			t.Errorf("%s: %d lines; at most %d", name, n, maxSQLLines)
		}
	}
}

func TestFunctionsAreShort(t *testing.T) {
	t.Parallel()
	h := survey(t)
	var lengths []int
	for f := range h.all() {
		if f.test || isSuite(f.dir) {
			continue
		}
		for d := range functions(f) {
			n := h.lines(d)
			lengths = append(lengths, n)
			if n > maxFuncLines {
				t.Errorf("%s: %s has %d lines; at most %d outside tests", h.at(d), d.Name.Name, n, maxFuncLines)
			}
		}
	}
	if m := median(lengths); m > maxMedianFuncLines {
		t.Errorf("the median function has %d lines; at most %d", m, maxMedianFuncLines)
	}
}

func TestInterfacesAreSmall(t *testing.T) {
	t.Parallel()
	h := survey(t)
	for _, p := range h.packages {
		interfaces := p.interfaces()
		for name, i := range interfaces {
			if n := methods(i, interfaces); n > maxMethods {
				t.Errorf("%s: interface %s has %d methods; at most %d: make what only some can do an interface of its own", h.at(i), name, n, maxMethods)
			}
		}
	}
}

// Handlers are many by their nature, one an endpoint, a query or a command, and each stands
// for itself; so are the switches of the sandbox.
func TestStructsAreSmall(t *testing.T) {
	t.Parallel()
	h := survey(t)
	for _, p := range h.packages {
		handlers := slices.Contains([]string{"api", "store", "sandbox", "cmd/eddy"}, p.dir)
		count := map[string]int{}
		for _, f := range p.files {
			if f.test {
				continue
			}
			for d := range functions(f) {
				if d.Recv != nil {
					count[receiver(d).Name]++
				}
			}
			ast.Inspect(f.syntax, func(n ast.Node) bool {
				spec, ok := n.(*ast.TypeSpec)
				if !ok {
					return true
				}
				if st, ok := spec.Type.(*ast.StructType); ok && !handlers && st.Fields.NumFields() > maxStructFields {
					t.Errorf("%s: %s has %d fields; at most %d: some of them belong together", h.at(spec), spec.Name.Name, st.Fields.NumFields(), maxStructFields)
				}
				return true
			})
		}
		for name, n := range count {
			if n > maxStructMethods && !handlers {
				t.Errorf("%s: %s has %d methods; at most %d: it does more than one thing", p.dir, name, n, maxStructMethods)
			}
		}
	}
}

// methods counts an interface's methods with those of interfaces of its own package
// that it embeds; others count as one.
func methods(i *ast.InterfaceType, of map[string]*ast.InterfaceType) (n int) {
	for _, m := range i.Methods.List {
		id, ok := m.Type.(*ast.Ident)
		switch {
		case ok && of[id.Name] != nil:
			n += methods(of[id.Name], of)
		default:
			n += max(1, len(m.Names))
		}
	}
	return n
}

func TestNoInit(t *testing.T) {
	t.Parallel()
	h := survey(t)
	for f := range h.all() {
		for d := range functions(f) {
			if d.Recv == nil && d.Name.Name == "init" {
				t.Errorf("%s: func init; name things in an explicit list instead, so that importing a package does nothing", h.at(d))
			}
		}
	}
}

// Package variables: allowed is only what nothing changes. That is the blank variable,
// an error made from a text, a compiled pattern or template, and an embedded text or
// file tree, as long as nothing in the package assigns to it or takes its address.
func TestNoMutablePackageVariables(t *testing.T) {
	t.Parallel()
	h := survey(t)
	for _, p := range h.packages {
		if isSuite(p.dir) {
			continue // a suite lives as long as its test process
		}
		fixed := map[string]bool{}
		for _, f := range p.files {
			if f.test {
				continue
			}
			for s := range variables(f) {
				if ok := isFixed(s); !ok {
					t.Errorf("%s: package variable %s can change; pass it as a value, or make it with a function", h.at(s), s.Names[0].Name)
				}
				for _, id := range s.Names {
					fixed[id.Name] = id.Name != "_"
				}
			}
		}
		for _, f := range p.files {
			for _, e := range changed(f) {
				if fixed[text(e)] {
					t.Errorf("%s: changes package variable %s", h.at(e), text(e))
				}
			}
		}
	}
}

// isFixed says whether a variable's declaration is one of the allowed kinds.
func isFixed(s *ast.ValueSpec) bool {
	if s.Doc != nil && strings.HasPrefix(s.Doc.List[len(s.Doc.List)-1].Text, "//go:embed ") {
		return slices.Contains([]string{"string", "embed.FS"}, text(s.Type))
	}
	for i, id := range s.Names {
		if id.Name == "_" {
			continue
		}
		if i >= len(s.Values) {
			return false
		}
		call, ok := s.Values[i].(*ast.CallExpr)
		if !ok || !slices.Contains([]string{"errors.New", "fmt.Errorf", "regexp.MustCompile", "template.Must"}, text(call.Fun)) {
			return false
		}
	}
	return true
}

// text writes a name or a qualified name.
func text(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return text(e.X) + "." + e.Sel.Name
	default:
		return ""
	}
}

// changed lists what a file assigns to or takes the address of. The check by name does
// not look at scopes: a local variable must not have a package variable's name.
func changed(f file) (out []ast.Expr) {
	ast.Inspect(f.syntax, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			if n.Tok != token.DEFINE {
				out = append(out, n.Lhs...)
			}
		case *ast.IncDecStmt:
			out = append(out, n.X)
		case *ast.UnaryExpr:
			if n.Op == token.AND {
				out = append(out, n.X)
			}
		}
		return true
	})
	return out
}

func TestNobodySleeps(t *testing.T) {
	t.Parallel()
	h := survey(t)
	for f := range h.all() {
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok && text(s) == "time.Sleep" {
				t.Errorf("%s: time.Sleep; a test waits for a signal (or uses testing/synctest), and other code waits so that a context can end it", h.at(s))
			}
			return true
		})
	}
}

func TestPackagesAreDocumented(t *testing.T) {
	t.Parallel()
	for _, p := range survey(t).packages {
		var docs []string
		for _, f := range p.files {
			if !f.test && f.syntax.Doc != nil {
				docs = append(docs, f.syntax.Doc.Text())
			}
		}
		switch {
		case p.onlyTests():
		case len(docs) == 0:
			t.Errorf("%s: no package comment", p.dir)
		case len(docs) > 1:
			t.Errorf("%s: %d files have a package comment; one is enough", p.dir, len(docs))
		case !strings.HasPrefix(docs[0], "Package "+p.name+" ") && p.name != "main":
			t.Errorf("%s: the package comment does not begin with \"Package %s\"", p.dir, p.name)
		}
	}
}

func TestExportedNamesAreDocumented(t *testing.T) {
	t.Parallel()
	h := survey(t)
	total := 0
	var bare []string
	for f := range h.all() {
		if f.test {
			continue
		}
		for id, documented := range exported(f) {
			if total++; !documented {
				bare = append(bare, h.at(id)+" "+id.Name)
			}
		}
	}
	if share := 1 - float64(len(bare))/float64(max(1, total)); share < minDocumented {
		t.Errorf("%.1f %% of %d exported names are documented; at least %.0f %%. Without a comment:\n\t%s",
			100*share, total, 100*minDocumented, strings.Join(bare, "\n\t"))
	}
}

// exported yields a file's exported functions, methods of exported types, types,
// variables and constants, and whether each has a comment of its own or of its group.
func exported(f file) iter.Seq2[*ast.Ident, bool] {
	return func(yield func(*ast.Ident, bool) bool) {
		for d := range functions(f) {
			if d.Name.IsExported() && (d.Recv == nil || receiver(d).IsExported()) && !yield(d.Name, d.Doc != nil) {
				return
			}
		}
		for _, d := range f.syntax.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok {
				continue
			}
			for _, s := range g.Specs {
				for id, documented := range names(g, s) {
					if id.IsExported() && !yield(id, documented) {
						return
					}
				}
			}
		}
	}
}

func names(g *ast.GenDecl, s ast.Spec) map[*ast.Ident]bool {
	out := map[*ast.Ident]bool{}
	switch s := s.(type) {
	case *ast.TypeSpec:
		out[s.Name] = s.Doc != nil || g.Doc != nil || s.Comment != nil
	case *ast.ValueSpec:
		for _, id := range s.Names {
			out[id] = s.Doc != nil || g.Doc != nil || s.Comment != nil
		}
	}
	return out
}

func receiver(d *ast.FuncDecl) *ast.Ident {
	e := d.Recv.List[0].Type
	for {
		switch t := e.(type) {
		case *ast.StarExpr:
			e = t.X
		case *ast.IndexExpr:
			e = t.X
		case *ast.IndexListExpr:
			e = t.X
		case *ast.Ident:
			return t
		default:
			return ast.NewIdent("_")
		}
	}
}

// ARCHITECTURE.md repeats the import table for readers, and names files.
func TestArchitectureIsTrue(t *testing.T) {
	t.Parallel()
	doc := read(t, "ARCHITECTURE.md")
	for _, l := range importTable() {
		row := fmt.Sprintf("| `%s` | %s | %s |", l.pkg, list(l.may), l.why)
		if !strings.Contains(doc, row+"\n") {
			t.Errorf("ARCHITECTURE.md: this row of the import table is missing:\n%s", row)
		}
	}
	for _, m := range regexp.MustCompile("`([a-z/]+(?:\\.go|\\.sh|\\.md))`").FindAllStringSubmatch(doc, -1) {
		if _, err := os.Stat(m[1]); err != nil {
			t.Errorf("ARCHITECTURE.md names %s, which does not exist", m[1])
		}
	}
}

// Every module that the code imports has its line in docs/dependencies.md, and no
// other has.
func TestDependenciesAreExplained(t *testing.T) {
	t.Parallel()
	used := map[string]string{} // module: a file that imports it
	required := requirements(t)
	for f := range survey(t).all() {
		for _, imported := range f.imports() {
			if first, _, _ := strings.Cut(imported, "/"); !strings.Contains(first, ".") || strings.HasPrefix(imported+"/", module+"/") {
				continue
			}
			used[owner(required, imported)] = f.name
		}
	}
	explained := map[string]bool{}
	for _, m := range regexp.MustCompile("(?m)^\\| `([^`]+/[^`]+)` \\|").FindAllStringSubmatch(read(t, "docs/dependencies.md"), -1) {
		explained[m[1]] = true
		if used[m[1]] == "" {
			t.Errorf("docs/dependencies.md: %s is not imported any more; take its line out", m[1])
		}
	}
	for m, where := range used {
		if !explained[m] {
			t.Errorf("%s: imports %s, which has no line in docs/dependencies.md; the default answer to a new dependency is no: say there why this one", where, m)
		}
	}
}

// requirements lists the modules of go.mod.
func requirements(t *testing.T) (out []string) {
	t.Helper()
	for _, m := range regexp.MustCompile(`(?m)^(?:require)?\s+(\S+\.\S+/\S+) v`).FindAllStringSubmatch(read(t, "go.mod"), -1) {
		out = append(out, m[1])
	}
	return out
}

// owner finds the module that a package belongs to: the longest that it begins with.
func owner(modules []string, imported string) string {
	best := ""
	for _, m := range modules {
		if strings.HasPrefix(imported+"/", m+"/") && len(m) > len(best) {
			best = m
		}
	}
	return cmp.Or(best, imported)
}

// house is the module's source, parsed.
type house struct {
	files    *token.FileSet
	packages []*pkg
}

type pkg struct {
	dir, name string
	files     []file
}

type file struct {
	name, dir string
	syntax    *ast.File
	lines     int
	test      bool
}

// survey parses every Go file of the module, whatever system it is for. Generated code,
// testdata and other modules are left out.
func survey(t *testing.T) *house {
	t.Helper()
	h := &house{files: token.NewFileSet()}
	of := map[string]*pkg{}
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && leaveOut(name):
			return fs.SkipDir
		case d.IsDir() || filepath.Ext(name) != ".go":
			return nil
		}
		f, err := h.parse(name)
		if err != nil || ast.IsGenerated(f.syntax) {
			return err
		}
		p := of[f.dir]
		if p == nil {
			p = &pkg{dir: f.dir}
			of[f.dir], h.packages = p, append(h.packages, p)
		}
		if !f.test || p.name == "" {
			p.name = f.syntax.Name.Name
		}
		p.files = append(p.files, f)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func leaveOut(dir string) bool {
	base := filepath.Base(dir)
	if dir != root && strings.HasPrefix(base, ".") || base == "testdata" || base == "node_modules" {
		return true
	}
	_, err := os.Stat(filepath.Join(dir, "go.mod"))
	return err == nil && dir != root
}

func (h *house) parse(name string) (file, error) {
	src, err := os.ReadFile(name)
	if err != nil {
		return file{}, err
	}
	syntax, err := parser.ParseFile(h.files, name, src, parser.ParseComments|parser.SkipObjectResolution)
	return file{
		name: filepath.ToSlash(name), dir: filepath.ToSlash(filepath.Dir(name)), syntax: syntax,
		lines: bytes.Count(src, []byte("\n")), test: strings.HasSuffix(name, "_test.go"),
	}, err
}

func (h *house) all() iter.Seq[file] {
	return func(yield func(file) bool) {
		for _, p := range h.packages {
			for _, f := range p.files {
				if !yield(f) {
					return
				}
			}
		}
	}
}

func (h *house) at(n ast.Node) string {
	pos := h.files.Position(n.Pos())
	return fmt.Sprintf("%s:%d", pos.Filename, pos.Line)
}

func (h *house) lines(n ast.Node) int {
	return h.files.Position(n.End()).Line - h.files.Position(n.Pos()).Line + 1
}

func (p *pkg) onlyTests() bool {
	return !slices.ContainsFunc(p.files, func(f file) bool { return !f.test })
}

func (p *pkg) interfaces() map[string]*ast.InterfaceType {
	out := map[string]*ast.InterfaceType{}
	for _, f := range p.files {
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			if s, ok := n.(*ast.TypeSpec); ok {
				if i, ok := s.Type.(*ast.InterfaceType); ok {
					out[s.Name.Name] = i
				}
			}
			return true
		})
	}
	return out
}

func (f file) imports() (out []string) {
	for _, i := range f.syntax.Imports {
		if imported, err := strconv.Unquote(i.Path.Value); err == nil {
			out = append(out, imported)
		}
	}
	return out
}

func functions(f file) iter.Seq[*ast.FuncDecl] {
	return func(yield func(*ast.FuncDecl) bool) {
		for _, d := range f.syntax.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && !yield(fn) {
				return
			}
		}
	}
}

// variables yields a file's package-level variables; a lone declaration's comment is
// also its spec's.
func variables(f file) iter.Seq[*ast.ValueSpec] {
	return func(yield func(*ast.ValueSpec) bool) {
		for _, d := range f.syntax.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.VAR {
				continue
			}
			for _, s := range g.Specs {
				v, ok := s.(*ast.ValueSpec)
				if !ok {
					continue
				}
				v.Doc = cmp.Or(v.Doc, g.Doc)
				if !yield(v) {
					return
				}
			}
		}
	}
}

// isSuite says whether a folder holds a suite that implementations are tested with.
func isSuite(dir string) bool { return strings.HasSuffix(dir, "test") }

func median(n []int) int {
	if len(n) == 0 {
		return 0
	}
	slices.Sort(n)
	return n[len(n)/2]
}

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
