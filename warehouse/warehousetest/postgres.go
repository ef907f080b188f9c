package warehousetest

import (
	"fmt"
	"sync"
	"testing"
	"time"
)

// server starts one PostgreSQL for the test process, when the first test asks for it.
// A crash of it costs nothing here, so it need not wait for the disk.
var server = sync.OnceValues(func() (*Server, error) { //nolint:gochecknoglobals // one server a test process
	s, err := StartPostgres("fsync=off")
	if err == nil {
		ending(s.Stop)
	}
	return s, err
})

// Postgres gives the URL of a fresh, empty database on a real PostgreSQL that this test
// process started on loopback; the database is dropped after the test. Without server
// binaries the test fails and says what to install.
func Postgres(tb testing.TB) string {
	tb.Helper()
	s, err := server()
	if err != nil {
		tb.Fatalf("start PostgreSQL: %v", err)
	}
	name := fmt.Sprintf("test_%d", time.Now().UnixNano())
	exec := func(sql string) {
		if err := s.Exec(sql); err != nil {
			tb.Fatalf("%s: %v", sql, err)
		}
	}
	exec("CREATE DATABASE " + name)
	tb.Cleanup(func() { exec("DROP DATABASE " + name + " WITH (FORCE)") })
	return s.URL(name)
}
