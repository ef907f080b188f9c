package duckdb

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"

	"github.com/eddy-retl/eddy"
)

// The head of a DuckDB file has the name of the version that wrote it, padded with zeros:
// https://duckdb.org/docs/stable/internals/storage.
const (
	writtenByAt     = 52
	writtenByLength = 32
)

var versionName = regexp.MustCompile(`^v[0-9][0-9.]*$`)

// newer says of a file that a newer DuckDB wrote which one that was, and what helps. Other
// errors stay as they are.
func newer(ctx context.Context, ses *session, path string, err error) error {
	if !strings.Contains(err.Error(), "but we can only read versions between") {
		return err
	}
	by := "a newer DuckDB"
	if v := writtenBy(path); v != "" {
		by = "DuckDB " + v
	}
	ours := "an older one"
	_ = ses.query(ctx, "SELECT version()", func(row [][]byte) error {
		ours = "DuckDB " + string(row[0])
		return nil
	})
	return &eddy.Error{
		Code: eddy.CodeSource, What: fmt.Sprintf("%s was written by %s; this eddy has %s, which cannot read it", path, by, ours),
		Mend: "In the newer duckdb, copy it into a file that older ones read:  ATTACH 'copy.duckdb' AS copy (STORAGE_VERSION 'v1.4.0'); COPY FROM DATABASE ... TO copy;  " +
			"and name that, or export the table as Parquet. A newer eddy may read it.",
	}
}

// writtenBy is the version that a file names as its writer; empty where it names none.
func writtenBy(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer func() { _ = f.Close() }()
	head := make([]byte, writtenByLength)
	if _, err := io.ReadFull(io.NewSectionReader(f, writtenByAt, writtenByLength), head); err != nil {
		return ""
	}
	name, _, _ := bytes.Cut(head, []byte{0})
	if !versionName.Match(name) {
		return "" // whatever else stands there is told to nobody
	}
	return string(name)
}
