// Package mysql is MySQL, 8.0 and later, and MariaDB, 10.11 and later, as a warehouse: models are
// read from it. The state is always local: to compare a million rows takes these servers minutes,
// and reading them seconds.
package mysql

import (
	"cmp"
	"context"
	"database/sql/driver"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/tunnel"
	"github.com/eddy-retl/eddy/warehouse"
)

// Kind declares MySQL and MariaDB to the configuration.
func Kind() warehouse.Kind {
	return warehouse.Kind{
		Type: "mysql",
		Options: append([]eddy.Option{
			{Name: "url", Kind: eddy.TextOption, Part: eddy.WholePart, Example: "mysql://eddy:${MYSQL_PASSWORD}@db.example.com:3306/shop", Help: "A connection URL. The fields below win over it. A server takes it apart when it stores it."},
			{Name: "server", Kind: eddy.TextOption, Part: eddy.PlacePart, Example: "db.example.com", Help: "Server name, or the path of a Unix socket."},
			{Name: "host", Kind: eddy.TextOption, Part: eddy.PlacePart, Example: "db.example.com", Help: "Another name of `server`."},
			{Name: "port", Kind: eddy.PortOption, Part: eddy.PlacePart, Example: defaultPort, Help: "Server port; 3306 where none is given."},
			{Name: "user", Kind: eddy.TextOption, Part: eddy.PlacePart, Example: "eddy", Help: "Account to log in as."},
			{Name: "password", Kind: eddy.TextOption, Part: eddy.SecretPart, Example: "${MYSQL_PASSWORD}", Help: "The account's password."},
			{Name: "database", Kind: eddy.TextOption, Part: eddy.PlacePart, Example: "shop", Help: "The database (schema) in which names without one are looked up."},
			{Name: "tls", Kind: eddy.TextOption, Part: eddy.PlacePart, Choices: tlsModes(), Help: "`true`: encrypted, and the server's certificate verified; `skip-verify`: encrypted alone; `preferred`: encrypted where the server can; `false`: plain. Without it: `true`, and `preferred` where the server is this machine (localhost, 127.0.0.1, ::1, a Unix socket)."},
			{Name: "ssl_ca", Kind: eddy.LinesOption, Part: eddy.PlacePart, Example: "/etc/ssl/shop-ca.pem", Help: "Authorities that the server's certificate is verified with, in place of the system's: a PEM file, or its text. On a server the text alone."},
			{Name: "ssl_cert", Kind: eddy.LinesOption, Part: eddy.PlacePart, Example: "/etc/ssl/eddy.pem", Help: "Eddy's own certificate, where the account asks for one: a PEM file, or its text. On a server the text alone."},
			{Name: "ssl_key", Kind: eddy.LinesOption, Part: eddy.SecretPart, Example: "/etc/ssl/eddy.key", Help: "The key of `ssl_cert`: a PEM file, or its text. On a server the text alone."},
		}, tunnel.Options()...),
		Help:      "MySQL 8.0 and later, MariaDB 10.11 and later, also as a managed service.",
		LocalOnly: true,
		Place:     place,
		Apart:     apart,
		Open:      func(ctx context.Context, src eddy.Source) (warehouse.Source, error) { return open(ctx, src) },
	}
}

// source is one server, as one account sees it.
type source struct {
	name     string
	where    string
	cfg      *mysql.Config
	patience time.Duration
	// syntax is that of the server's mode of SQL.
	syntax *warehouse.Syntax
	// now is the session in use; nil where the last one was given up.
	now *session
}

func open(ctx context.Context, src eddy.Source) (*source, error) {
	cfg, err := configure(src)
	if err != nil {
		return nil, err
	}
	s := &source{name: src.Name, cfg: cfg, patience: src.Patience}
	s.where = fmt.Sprintf("source %s: MySQL at %s, database %s, user %s", s.name, cfg.Addr, cmp.Or(cfg.DBName, "none"), cfg.User)
	s.now, err = s.connect(ctx)
	if err != nil {
		return nil, err
	}
	return s, nil
}

// Quote writes an identifier.
func (*source) Quote(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }

// Exact is a text as its bytes: collations take A, a and á for one.
func (*source) Exact(column string) string { return "CAST(" + column + " AS BINARY)" }

// Columns describes the model's columns; nothing of it is run.
func (s *source) Columns(ctx context.Context, m eddy.Model) (out []warehouse.Column, err error) {
	err = s.with(ctx, func(ctx context.Context, ses *session) error {
		if err := ses.onlySelect(ctx, m); err != nil {
			return err
		}
		sql := "SELECT * FROM " + s.from(m) + " LIMIT 0"
		if err := ses.prepare(ctx, sql); err != nil {
			return err
		}
		rows, err := ses.query(ctx, sql)
		if err != nil {
			return err
		}
		types := rows.(driver.RowsColumnTypeDatabaseTypeName)
		for i, name := range rows.Columns() {
			typ := types.ColumnTypeDatabaseTypeName(i)
			// Which column of a table an expression of SQL shows is not told by the driver.
			out = append(out, warehouse.Column{Name: name, Type: typ, Class: class(typ), Made: m.SQL != ""})
		}
		ses.sending = false
		return ses.explain(rows.Close())
	})
	return out, err
}

// from is the model as a FROM item named m.
func (s *source) from(m eddy.Model) string { return warehouse.From(s, m) + " AS m" }

// Stage reads the model and streams it over. All of it is of one moment, also what functions of
// the database read for it: the transaction has one snapshot. It locks no row, and can write
// nothing.
func (s *source) Stage(ctx context.Context, into warehouse.Engine, table string, sel []warehouse.Selected, m eddy.Model) (out warehouse.Stage, err error) {
	parts, cells := []string{"1"}, make([]cell, len(sel))
	for i, c := range sel {
		cells[i] = newCell(c)
		if c.Column != nil {
			cells[i].at = len(parts)
			parts = append(parts, expression("m."+s.Quote(c.Column.Name), c.Column.Class))
		}
	}
	sql := "SELECT " + strings.Join(parts, ", ") + " FROM " + s.from(m)
	err = s.with(ctx, func(inner context.Context, ses *session) error {
		if err := ses.onlySelect(inner, m); err != nil {
			return err
		}
		if err := ses.prepare(inner, sql); err != nil {
			return err
		}
		if err := ses.exec(inner, "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"); err != nil {
			return err
		}
		out.Rows, err = warehouse.Stream(ctx, into, table, sel, func(each func(row [][]byte) error) error {
			return ses.read(inner, warehouse.Comment(ctx)+sql, cells, each)
		})
		if err != nil {
			return err
		}
		return ses.exec(inner, "ROLLBACK")
	})
	return out, err
}

// read hands out the rows of a query as texts.
func (ses *session) read(ctx context.Context, sql string, cells []cell, each func(row [][]byte) error) error {
	rows, err := ses.query(ctx, sql)
	if err != nil {
		return err
	}
	values, row := make([]driver.Value, len(rows.Columns())), make([][]byte, len(cells))
	for {
		if err := rows.Next(values); err != nil {
			ses.sending = false
			if err == io.EOF { //nolint:errorlint // the driver's own, as database/sql compares it
				return ses.explain(rows.Close())
			}
			return ses.explain(err)
		}
		for i := range cells {
			row[i] = cells[i].text(values)
		}
		if err := each(row); err != nil {
			return err
		}
	}
}

// Engine fails: the state is always local.
func (s *source) Engine(context.Context, string) (warehouse.Engine, error) {
	return nil, &eddy.Error{Code: eddy.CodeConfig, What: "source " + s.name + ": MySQL and MariaDB keep no state", Mend: "Set state: local, or leave it out."}
}

// ListTables lists the tables and views that the account may see.
func (s *source) ListTables(ctx context.Context) (out []warehouse.Table, err error) {
	err = s.with(ctx, func(inner context.Context, ses *session) error {
		return ses.read(inner, warehouse.Comment(ctx)+`SELECT table_schema, table_name, table_type FROM information_schema.tables
			WHERE table_schema NOT IN ('mysql', 'information_schema', 'performance_schema', 'sys') AND table_type IN ('BASE TABLE', 'VIEW', 'SYSTEM VERSIONED') ORDER BY 1, 2`, []cell{{at: 0}, {at: 1}, {at: 2}}, func(row [][]byte) error {
			out = append(out, warehouse.NewTable(string(row[0]), string(row[1]), string(row[2])))
			return nil
		})
	})
	return out, err
}

// texts hands out the only column of a query of Eddy's own.
func (s *source) texts(ctx context.Context, sql string, each func(text string)) error {
	return s.with(ctx, func(inner context.Context, ses *session) error {
		return ses.read(inner, warehouse.Comment(ctx)+sql, []cell{{}}, func(row [][]byte) error {
			each(string(row[0]))
			return nil
		})
	})
}

// Close ends the session.
func (s *source) Close() error {
	s.drop()
	return nil
}
