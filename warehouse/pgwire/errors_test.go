package pgwire_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse/pgwire"
)

// A full disk is told as one, also where the server says only how far a write came.
func TestAFullDiskIsTold(t *testing.T) {
	p := pgwire.Product{Name: "PostgreSQL"}
	for message, want := range map[string]string{
		`could not extend file "base/5/16549": No space left on device`:                  "No space left on device",
		`could not extend file "base/5/16549": wrote only 4096 of 8192 bytes at block 2`: "PostgreSQL: the server's disk is full (SQLSTATE 53100)",
	} {
		told, ok := errors.AsType[*eddy.Error](p.Explain(t.Context(), &pgconn.PgError{Code: "53100", Message: message}))
		if !ok || !strings.Contains(told.What, want) || !strings.Contains(told.Mend, "free disk space there") {
			t.Errorf("%s: %+v", message, told)
		}
	}
}
