package main

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	sql "github.com/goccy/go-googlesql"
)

// checker knows the tables that the statements so far have made.
type checker struct {
	options *sql.AnalyzerOptions
	types   *sql.TypeFactory
	root    *sql.SimpleCatalog
	folders map[string]*sql.SimpleCatalog
	// patterns are the columns of tables that earlier runs made, by how their names begin.
	patterns map[string][]column
	// kept is what the catalog holds: the analyzer's memory is not Go's.
	kept []any
}

type column struct {
	name string
	typ  sql.Googlesql_TypeNode
}

// check analyses the statements of a file, one after the other, and stops at a mistake, which it
// tells with file, line and column. n counts those that have none. before are CREATE TABLE of what
// earlier runs made; a name that ends with * is one of a pattern.
func check(file, before, text string) (n int, err error) {
	c, err := newChecker()
	if err != nil {
		return 0, err
	}
	if _, err := c.all("before.sql", before); err != nil {
		return 0, err
	}
	return c.all(file, text)
}

func newChecker() (*checker, error) {
	if err := sql.Init(); err != nil {
		return nil, err
	}
	language, err := sql.NewLanguageOptions()
	if err != nil {
		return nil, err
	}
	c := &checker{folders: map[string]*sql.SimpleCatalog{}, patterns: map[string][]column{}}
	var errs [10]error
	errs[0] = language.EnableMaximumLanguageFeatures()
	errs[1] = language.SetSupportsAllStatementKinds()
	errs[2] = language.EnableAllReservableKeywords(true)
	errs[3] = language.SetProductMode(sql.ProductModeProductExternal)
	c.options, errs[4] = sql.NewAnalyzerOptions2()
	c.types, errs[5] = sql.NewTypeFactory()
	c.root, errs[6] = sql.NewSimpleCatalog("root", c.types)
	if err := errors.Join(errs[:]...); err != nil {
		return nil, err
	}
	errs[7] = c.options.SetLanguage(language)
	errs[8] = c.options.SetErrorMessageMode(sql.ErrorMessageModeErrorMessageOneLine)
	errs[9] = c.root.AddBuiltinFunctionsAndTypes(&sql.BuiltinFunctionOptions{LanguageOptions: language})
	c.kept = append(c.kept, language)
	return c, errors.Join(append(errs[:], c.aliases())...)
}

// aliases are BigQuery's other names of INT64 and of NUMERIC, which the analyzer does not know.
func (c *checker) aliases() error {
	whole, one := c.types.GetInt64()
	exact, two := c.types.GetNumeric()
	err := errors.Join(one, two)
	for _, name := range []string{"INT", "INTEGER", "SMALLINT", "BIGINT"} {
		err = errors.Join(err, c.root.AddType(name, whole))
	}
	return errors.Join(err, c.root.AddType("DECIMAL", exact))
}

// rest matches what has no statement in it.
var rest = regexp.MustCompile(`^(?s:\s|--[^\n]*(?:\n|$)|/\*.*?\*/)*$`)

// place and missing match the analyzer's messages.
var (
	place   = regexp.MustCompile(`\[at (\d+):(\d+)\]`)
	missing = regexp.MustCompile("Table not found: ([^;\\[]+)")
)

func (c *checker) all(file, text string) (n int, err error) {
	from, err := sql.NewParseResumeLocationFromString(text)
	if err != nil {
		return 0, err
	}
	for {
		at, err := from.BytePosition()
		if err != nil || rest.MatchString(text[at:]) {
			return n, err
		}
		output, err := sql.AnalyzeNextStatement(from, c.options, c.root, c.types)
		if err == nil && output == nil {
			err = errors.New("the analyzer gives nothing")
		}
		if err != nil {
			if c.older(err) && from.SetBytePosition(at) == nil {
				continue
			}
			return n, told(file, err)
		}
		if err := c.made(output); err != nil {
			return n, told(file, err)
		}
		n++
	}
}

// told is a mistake with its place.
func told(file string, err error) error {
	text := err.Error()
	if found := place.FindStringSubmatch(text); found != nil {
		return fmt.Errorf("%s:%s:%s: %s", file, found[1], found[2], strings.TrimSpace(strings.Replace(text, found[0], "", 1)))
	}
	return fmt.Errorf("%s: %s", file, text)
}

// older makes a table that a statement misses, if it has the name of one that earlier runs made.
func (c *checker) older(err error) bool {
	found := missing.FindStringSubmatch(err.Error())
	if found == nil {
		return false
	}
	path := strings.Split(strings.ReplaceAll(strings.TrimSpace(found[1]), "`", ""), ".")
	name := path[len(path)-1]
	for begin, columns := range c.patterns {
		if strings.HasPrefix(name, begin) {
			return c.add(path, columns) == nil
		}
	}
	return false
}

// made puts what a statement makes into the catalog.
func (c *checker) made(output *sql.AnalyzerOutput) error {
	statement, err := output.ResolvedStatement()
	if err != nil {
		return err
	}
	c.kept = append(c.kept, output)
	var path []string
	var columns []column
	var one, two error
	switch s := statement.(type) {
	case *sql.ResolvedCreateTableStmt:
		path, one = s.NamePath()
		columns, two = defined(s.ColumnDefinitionList())
	case *sql.ResolvedCreateTableAsSelectStmt:
		path, one = s.NamePath()
		columns, two = defined(s.ColumnDefinitionList())
	case *sql.ResolvedCreateViewStmt:
		path, one = s.NamePath()
		columns, two = given(s.OutputColumnList())
	default:
		return nil
	}
	if err := errors.Join(one, two); err != nil {
		return err
	}
	if begin, ok := strings.CutSuffix(path[len(path)-1], "*"); ok {
		c.patterns[begin] = columns
		return nil
	}
	return c.add(path, columns)
}

func defined(list []*sql.ResolvedColumnDefinition, err error) (out []column, _ error) {
	for _, d := range list {
		name, one := d.Name()
		typ, two := d.Type()
		err = errors.Join(err, one, two)
		out = append(out, column{name, typ})
	}
	return out, err
}

func given(list []*sql.ResolvedOutputColumn, err error) (out []column, _ error) {
	for _, o := range list {
		name, one := o.Name()
		of, two := o.Column()
		if err = errors.Join(err, one, two); err != nil {
			return nil, err
		}
		typ, three := of.Type()
		err = errors.Join(err, three)
		out = append(out, column{name, typ})
	}
	return out, err
}

// add makes a table of a path.
func (c *checker) add(path []string, columns []column) error {
	in := c.root
	for i := range path[:len(path)-1] {
		key := strings.Join(path[:i+1], "\x00")
		if c.folders[key] == nil {
			folder, err := sql.NewSimpleCatalog(path[i], c.types)
			if err != nil {
				return err
			}
			if err := in.AddCatalog(folder); err != nil {
				return err
			}
			c.folders[key] = folder
		}
		in = c.folders[key]
	}
	name := path[len(path)-1]
	table, err := sql.NewSimpleTable(name, int64(len(c.kept)+1))
	if err != nil {
		return err
	}
	for _, def := range columns {
		col, err := sql.NewSimpleColumn(name, def.name, def.typ, false, true)
		if err != nil {
			return err
		}
		if err := table.AddColumn2(col, false); err != nil {
			return err
		}
		c.kept = append(c.kept, col)
	}
	c.kept = append(c.kept, table)
	key := "table\x00" + strconv.Itoa(len(path)) + strings.Join(path, "\x00")
	if c.folders[key] != nil {
		return nil // CREATE TABLE IF NOT EXISTS, once more
	}
	c.folders[key] = c.root
	return in.AddTable2(name, table)
}
