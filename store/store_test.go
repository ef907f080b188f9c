package store_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/eddy-retl/eddy/store"
	"github.com/eddy-retl/eddy/store/storetest"
	"github.com/eddy-retl/eddy/warehouse/warehousetest"
)

func TestMain(m *testing.M) {
	if text := os.Getenv(rotating); text != "" {
		fmt.Fprintln(os.Stderr, rotateForever(text))
		os.Exit(1)
	}
	os.Exit(warehousetest.Main(m))
}

func noEnv(string) (string, bool) { return "", false }

func onSQLite(t *testing.T) store.Config {
	t.Helper()
	dir := t.TempDir()
	keys, err := store.LoadKeys(dir, noEnv)
	if err != nil {
		t.Fatal(err)
	}
	return store.Config{Dir: dir, Keys: keys}
}

func onPostgres(t *testing.T) store.Config {
	t.Helper()
	cfg := onSQLite(t)
	cfg.DatabaseURL = warehousetest.Postgres(t)
	return cfg
}

func TestSQLite(t *testing.T) { storetest.Run(t, storetest.Harness{New: onSQLite}) }

func TestPostgres(t *testing.T) { storetest.Run(t, storetest.Harness{New: onPostgres}) }
