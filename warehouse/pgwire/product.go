// Package pgwire is what the warehouses that speak PostgreSQL's protocol have in common: how a
// connection is written, opened and cancelled, how a model is checked, and how errors are told.
// It is no warehouse, and knows none.
package pgwire

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/tunnel"
	"github.com/eddy-retl/eddy/warehouse"
)

// Product is one server that speaks the protocol.
type Product struct {
	// Name is what people call it.
	Name string
	// Port and SSLMode are its own where neither options nor url say one; empty are
	// PostgreSQL's.
	Port, SSLMode string
	// LongestName is the most bytes of an identifier; the server cuts what is longer.
	LongestName int
	// Reach says what else may keep the server from answering, behind the usual; may be empty.
	Reach string
	// LogIn says what to check where user or password are refused.
	LogIn string
	// Advice says how to mend an error, by its SQLSTATE; empty where the server's text is all.
	Advice func(code string) string
}

// Options are those of a connection, with the way through an SSH host.
func (p Product) Options(port string) []eddy.Option {
	modes := []string{"disable", "allow", "prefer", "require", "verify-ca", "verify-full"}
	return append([]eddy.Option{
		{Name: "url", Kind: eddy.TextOption, Part: eddy.WholePart, Example: "postgres://eddy:${PGPASSWORD}@db.example.com:" + port + "/shop", Help: "A connection URL or keyword string. The fields below win over it. A server takes it apart when it stores it."},
		{Name: "host", Kind: eddy.TextOption, Part: eddy.PlacePart, Example: "db.example.com", Help: "Server name, or the folder of a Unix socket. Several with commas between them are tried in order; each may have its port behind a colon."},
		{Name: "port", Kind: eddy.PortOption, Part: eddy.PlacePart, Example: port, Help: "Server port."},
		{Name: "database", Kind: eddy.TextOption, Part: eddy.PlacePart, Example: "shop", Help: "Database name."},
		{Name: "user", Kind: eddy.TextOption, Part: eddy.PlacePart, Example: "eddy", Help: "Role to log in as."},
		{Name: "password", Kind: eddy.TextOption, Part: eddy.SecretPart, Example: "${PGPASSWORD}", Help: "The role's password."},
		{Name: "sslmode", Kind: eddy.TextOption, Part: eddy.PlacePart, Choices: modes, Help: "How the connection is encrypted; see the PostgreSQL documentation."},
		{Name: "parameters", Kind: eddy.TextOption, Part: eddy.PlacePart, Example: "sslrootcert=/etc/ssl/shop.pem connect_timeout=10", Help: "Further parameters of the connection, as name=value with blanks between them."},
	}, tunnel.Options()...)
}

// Query streams one statement's result as the server prints it; explain turns the server's
// errors into ones for people. Texts of a user go by the extended protocol, which takes one
// statement only.
func Query(ctx context.Context, conn *pgx.Conn, explain func(context.Context, error) error, sql string, each func(row [][]byte) error, args ...any) error {
	warehouse.Used(ctx, 0, 0)
	rows, err := conn.Query(ctx, sql, append([]any{pgx.QueryResultFormats{pgx.TextFormatCode}}, args...)...)
	if err != nil {
		return explain(ctx, err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := each(rows.RawValues()); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return explain(ctx, err)
	}
	return nil
}

// OnlySelect prepares a user's SQL as it stands, which runs nothing: it must be one statement
// that returns rows by itself, before it is put into another one.
func (p Product) OnlySelect(ctx context.Context, conn *pgx.Conn, x *warehouse.Syntax, sql string) error {
	text := x.Statement(sql)
	sd, err := conn.Prepare(ctx, "", text)
	if pe, ok := errors.AsType[*pgconn.PgError](err); ok {
		return warehouse.Point(p.ExplainSQL(ctx, err), text, int(pe.Position)-1)
	}
	if err != nil {
		return p.ExplainSQL(ctx, err)
	}
	var why string
	switch {
	case len(sd.ParamOIDs) > 0:
		why = "it has parameters, which nothing fills"
	case len(sd.Fields) == 0:
		why = "it returns no columns; it must be a SELECT"
	default:
		return nil
	}
	return &eddy.Error{Code: eddy.CodeSource, What: "the model's SQL cannot be used: " + why, Mend: "A model only reads: write one SELECT statement."}
}

// From is a model as a FROM item named m.
func From(x *warehouse.Syntax, m eddy.Model) string {
	if m.Table != "" {
		return warehouse.QuoteName(m.Table) + " AS m"
	}
	return "(" + x.Statement(m.SQL) + "\n) AS m"
}
