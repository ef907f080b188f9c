package duckdb

import (
	"context"
	"errors"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/duckdb/duckdb-go/v2"
	"github.com/rivo/uniseg"

	"github.com/eddy-retl/eddy"
)

// isLocked says that another process has a database file open for writing.
func isLocked(err error) bool {
	return strings.Contains(err.Error(), "Could not set lock on file")
}

// explain turns DuckDB's errors into ones that say how to mend them. Messages that come
// while rows are read may quote values of the model ("Could not convert string '...'",
// "Unknown TimeZone '...'"), so only those are told that speak of the SQL, of files or of
// the machine; of all others the kind is (promise 10).
func explain(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var de *duckdb.Error
	if !errors.As(err, &de) {
		return err
	}
	what, hint, _ := strings.Cut(firstLines(de.Msg), "\n")
	e := &eddy.Error{Code: eddy.CodeSource, What: what, Mend: strings.TrimSpace(hint)}
	if full(de.Msg) != "" { // what inserts or commits wraps the cause in an error of its own
		tellFull(e, de.Msg)
		return e
	}
	if de.Type == duckdb.ErrorTypeOutOfMemory || strings.Contains(de.Msg, "bad_alloc") {
		// How much it wanted, and had, are numbers that a model can make of values.
		e.What = "DuckDB is out of memory"
		e.Mend = "Have the model make fewer or smaller values, give the source a larger memory_limit, or free disk space in the state folder."
		return e
	}
	switch de.Type {
	case duckdb.ErrorTypeConversion, duckdb.ErrorTypeInvalidInput, duckdb.ErrorTypeOutOfRange, duckdb.ErrorTypeMismatchType:
		e.What = "a value of the model cannot be converted (" + kindOf(de.Msg) + ")"
		e.Mend = "Run the model's SQL with try_cast, or read CSV files with all_varchar = true, to find the row."
		if line, ok := csvFault(de.Msg); ok {
			e.What, e.Mend = line, "Mend the file, or name its form: csv: {...} on the source, or the options of read_csv in the model's sql."
		}
	case duckdb.ErrorTypeBinder, duckdb.ErrorTypeCatalog, duckdb.ErrorTypeParser, duckdb.ErrorTypeSyntax, duckdb.ErrorTypeInterrupt, duckdb.ErrorTypeTransaction, duckdb.ErrorTypeConnection, duckdb.ErrorTypeSettings:
	case duckdb.ErrorTypePermission:
		e.Mend = "A model reads only what its source grants: its database file, or files in the configuration's folder and the source's files option; on a server, in folders that its operator opened (eddy serve --files). No model reads over the network."
	case duckdb.ErrorTypeIO:
		switch {
		case isLocked(err):
			e.Code = eddy.CodeConflict
			e.What = "the DuckDB file is open for writing in another process"
			e.Mend = "DuckDB lets nobody else in meanwhile: run again when that process (dbt, a notebook, a shell) has closed it."
		case strings.Contains(de.Msg, "No files found"):
			e.Mend = "Check the file's name; relative names start at the configuration file's folder."
		}
	default:
		e.What = "DuckDB stopped (" + kindOf(de.Msg) + ")"
		e.Mend = "Run the model's SQL by itself, in the duckdb shell for example, to see the whole message: it may quote values."
	}
	return e
}

var refusedFile = regexp.MustCompile(`Cannot access file "([^"\n]+)"`)

// unseen says what to do where DuckDB was not let to a file in the source's folders: its name
// is in a view or a macro, or in SQL that DuckDB does not take apart, where Eddy did not see it.
func (s *source) unseen(err error) error {
	e, ok := errors.AsType[*eddy.Error](err)
	if !ok {
		return err
	}
	m := refusedFile.FindStringSubmatch(e.What)
	if m == nil {
		return err
	}
	for _, dir := range s.access.folders {
		if !filepath.IsAbs(m[1]) || strings.HasPrefix(filepath.Clean(m[1]), dir+string(filepath.Separator)) {
			return fault(m[1], 0, "a view or a macro of the database reads this file, or SQL that cannot be taken apart, and Eddy cannot verify it there", "Write the model's sql as a plain SELECT with the name of the file in it.")
		}
	}
	return err
}

// full is the operating system's word for a disk that is full, or a file that may not
// grow; nothing if a message has none.
func full(msg string) string {
	for _, sign := range []string{"No space left on device", "File too large"} {
		if strings.Contains(msg, sign) {
			return sign
		}
	}
	return ""
}

// fullFile is the file that a message says cannot be written.
var fullFile = regexp.MustCompile(`(?:write|write to|truncate|create|fsync) (?:new )?file "([^"\n]+)"`)

// tellFull says that a disk is full, and which: the one that the file is on.
func tellFull(e *eddy.Error, msg string) {
	file := ""
	if m := fullFile.FindStringSubmatch(msg); m != nil {
		file = " " + m[1]
	}
	e.What = "DuckDB cannot write" + file + ": " + full(msg)
	e.Mend = "Free disk space where the state folder lies (or raise the limit on the size of files, ulimit -f), and run again: what this run left is settled then."
}

// withoutNames takes the names of columns out of DuckDB's advice: those of a file without
// a header line are the values of its first row, and PIVOT makes names of values (promise 10).
func withoutNames(err error) error {
	if e, ok := errors.AsType[*eddy.Error](err); ok && strings.Contains(e.Mend, "Candidate") {
		e.Mend = "Check the column's name, and that the files that the model reads begin with a header line."
	}
	return err
}

// excerpt is the line of a statement that a message quotes, with a mark below what it is about. Of a
// long line it is a part, between dots.
var excerpt = regexp.MustCompile(`\nLINE (\d+): ([^\n]*)\n( *)\^`)

// pointed is at which character of a statement, counted from 0, a message points; -1 if at none.
func pointed(msg, sql string) int {
	m := excerpt.FindStringSubmatch(msg)
	if m == nil {
		return -1
	}
	number, _ := strconv.Atoi(m[1])
	lines := strings.Split(sql, "\n")
	if number < 1 || number > len(lines) {
		return -1
	}
	width := len(m[3]) - len("LINE : ") - len(m[1])
	quoted, cut := strings.CutPrefix(m[2], "...")
	if cut {
		width -= len("...")
	}
	begin := strings.Index(lines[number-1], strings.TrimSuffix(quoted, "..."))
	if width < 0 || begin < 0 {
		return -1
	}
	before := strings.Join(lines[:number-1], "\n") + lines[number-1][:begin] + narrowest(quoted, width)
	return utf8.RuneCountInString(before) + min(number-1, 1)
}

// narrowest is the beginning of a text that is so wide on a terminal, by which DuckDB counts.
func narrowest(text string, width int) string {
	rest, state := text, -1
	for width > 0 && rest != "" {
		var wide int
		_, rest, wide, state = uniseg.FirstGraphemeClusterInString(rest, state)
		width -= wide
	}
	return strings.TrimSuffix(text, rest)
}

// firstLines keeps DuckDB's sentence and leaves out the quoted SQL below it.
func firstLines(msg string) string {
	msg, _, _ = strings.Cut(msg, "\n\nLINE ")
	msg, _, _ = strings.Cut(msg, "\nLINE ")
	return strings.TrimSpace(msg)
}

// csvFault says what is wrong with which line of a CSV file; DuckDB's own message quotes
// the line.
func csvFault(msg string) (string, bool) {
	if strings.Contains(msg, "sniffing file") || strings.Contains(msg, "state machine reached an invalid state") {
		return "DuckDB cannot read a CSV file in its strict mode: its lines end in different ways, or it is not written as the options say", true
	}
	_, rest, ok := strings.Cut(msg, "CSV Error on Line: ")
	if !ok {
		return "", false
	}
	line, rest, _ := strings.Cut(rest, "\n")
	why := "it cannot be read"
	for sign, meaning := range map[string]string{
		"Maximum line size": "it is longer than 16,000,000 bytes", "unicode": "it is not UTF-8",
		"Expected Number of Columns": "it has more or fewer cells than the header", "unterminated quote": "a quote is opened and not closed",
	} {
		if strings.Contains(rest, sign) {
			why = meaning
		}
	}
	return "line " + strings.TrimSpace(line) + " of the CSV file: " + why, true
}

func kindOf(msg string) string {
	kind, _, _ := strings.Cut(msg, ":")
	return kind
}
