package warehousetest

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"
)

// Account are the options of a source on somebody's own account of a warehouse, on which the suites
// are to run in the place of the stand-in: EDDY_TEST_SNOWFLAKE and so on have them as name=value, with
// commas between. It is nil where nobody named one. docs/warehouses says for each what its role needs
// and what it costs.
func Account(warehouse string) map[string]string {
	text := os.Getenv("EDDY_TEST_" + strings.ToUpper(warehouse))
	if text == "" {
		return nil
	}
	out := map[string]string{}
	for one := range strings.SplitSeq(text, ",") {
		name, value, _ := strings.Cut(one, "=")
		out[strings.TrimSpace(name)] = strings.TrimSpace(value)
	}
	return out
}

// On is what the suites of a warehouse run on: an account that somebody named, or its stand-in.
func On(warehouse, standIn string) string {
	if Account(warehouse) != nil {
		return "the service itself"
	}
	return standIn
}

// passing is a name for what a test makes on an account and drops after it.
func passing() string { return fmt.Sprintf("eddy_test_%d", time.Now().UnixNano()) }

// dropsWithin is how long an account may say that what is to be dropped is in use.
const dropsWithin = time.Minute

// realRedshift makes a database on the account's cluster or workgroup, and gives its URL.
func realRedshift(tb testing.TB, at string) string {
	tb.Helper()
	u, err := url.Parse(at)
	if err != nil {
		tb.Fatal("EDDY_TEST_REDSHIFT has no url=postgres://user:password@host:5439/database")
	}
	db, err := sql.Open("pgx", at)
	if err != nil {
		tb.Fatal(err)
	}
	name := passing()
	if _, err := db.ExecContext(tb.Context(), "CREATE DATABASE "+name); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		defer db.Close()
		ctx, stop := context.WithTimeout(context.Background(), dropsWithin)
		defer stop()
		for {
			_, err := db.ExecContext(ctx, "DROP DATABASE "+name)
			if err == nil {
				return
			}
			select {
			case <-ctx.Done():
				tb.Errorf("drop database %s yourself: %v", name, err)
				return
			case <-time.After(time.Second):
			}
		}
	})
	u.Path = "/" + name
	return u.String()
}
