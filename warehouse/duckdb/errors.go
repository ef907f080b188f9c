package duckdb

import (
	"context"
	"errors"
	"strings"

	"github.com/duckdb/duckdb-go/v2"

	"github.com/eddy-retl/eddy"
)

// isLocked says that another process has a database file open for writing.
func isLocked(err error) bool {
	return strings.Contains(err.Error(), "Could not set lock on file")
}

// explain turns DuckDB's errors into ones that say how to mend them. DuckDB's messages
// may quote values of the model ("Could not convert string '...'"), so of conversion
// errors only the kind is told (promise 10).
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
	switch de.Type {
	case duckdb.ErrorTypeConversion, duckdb.ErrorTypeInvalidInput, duckdb.ErrorTypeOutOfRange, duckdb.ErrorTypeMismatchType:
		e.What = "a value of the model cannot be converted (" + kindOf(de.Msg) + ")"
		e.Mend = "Run the model's SQL with try_cast, or read CSV files with all_varchar = true, to find the row."
		if line, ok := csvFault(de.Msg); ok {
			e.What, e.Mend = line, "Mend the file, or name its form: write the model as sql with read_csv and its options."
		}
	case duckdb.ErrorTypePermission:
		e.Mend = "A model reads only what its source grants: its database file, or files in the configuration's folder and the source's files option."
	case duckdb.ErrorTypeOutOfMemory:
		e.Mend = "Give the source a larger memory_limit, or free disk space in the state folder."
	case duckdb.ErrorTypeIO:
		if isLocked(err) {
			e.Code = eddy.CodeConflict
			e.What = "the DuckDB file is open for writing in another process"
			e.Mend = "DuckDB lets nobody else in meanwhile: run again when that process (dbt, a notebook, a shell) has closed it."
		} else if strings.Contains(de.Msg, "No files found") {
			e.Mend = "Check the file's name; relative names start at the configuration file's folder."
		}
	}
	return e
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
