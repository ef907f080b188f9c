package main

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"

	_ "github.com/duckdb/duckdb-go/v2" // the driver duckdb
	"github.com/jackc/pgx/v5"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse/warehousetest"
)

// engine is where the table of customers lies, as the parent process prepares it.
type engine interface {
	// load makes the table afresh, with an earlier copy of it for the bare SQL, and
	// forgets all that Eddy remembers.
	load(ctx context.Context, data string, rows int) error
	// change makes the change of changeText in the table.
	change(ctx context.Context, data string, rows int) error
	// rest leaves the engine as it would be some time after a run, without what the
	// durable floor wrote.
	rest(ctx context.Context) error
	// place says where measured processes find it: a URL, or a folder.
	place() string
	// source is what a configuration says of it.
	source() eddy.Source
	version(ctx context.Context) (string, error)
	close()
}

func newEngine(name, dir string) (engine, error) {
	switch name {
	case duckEngine:
		return &duck{dir: filepath.Join(dir, "duckdb")}, nil
	case postgresEngine:
	default:
		return newSite(name, dir)
	}
	server, err := warehousetest.StartPostgres()
	if err != nil {
		return nil, err
	}
	return &postgres{server}, nil
}

// duck is a folder with a DuckDB file. The file is open only while it is prepared.
type duck struct{ dir string }

// The files in a DuckDB engine's folder.
const (
	duckSource = "shop.duckdb"
	duckBare   = "bare.duckdb"
	duckFloor  = "floor.duckdb"
	duckState  = "state"
)

func (d *duck) place() string { return d.dir }

func (d *duck) load(ctx context.Context, data string, rows int) error {
	if err := os.RemoveAll(d.dir); err != nil {
		return err
	}
	if err := os.MkdirAll(d.dir, 0o700); err != nil {
		return err
	}
	if err := d.exec(ctx, "CREATE TABLE customers AS "+customers(data, 0, rows)); err != nil {
		return err
	}
	return d.in(ctx, duckBare, "CREATE TABLE was AS "+customers(data, 0, rows))
}

func (d *duck) source() eddy.Source {
	return eddy.Source{Type: duckEngine, State: eddy.Local, Options: map[string]string{"path": duckSource}}
}

func (d *duck) change(ctx context.Context, data string, rows int) error {
	return d.exec(ctx, onePercent(data, rows)...)
}

func (d *duck) exec(ctx context.Context, statements ...string) error {
	return d.in(ctx, duckSource, statements...)
}

func (d *duck) in(ctx context.Context, file string, statements ...string) error {
	db, err := sql.Open("duckdb", filepath.Join(d.dir, file))
	if err != nil {
		return err
	}
	for _, s := range statements {
		if _, err := db.ExecContext(ctx, s); err != nil {
			return errors.Join(err, db.Close())
		}
	}
	return db.Close()
}

func (d *duck) rest(context.Context) error { return os.RemoveAll(filepath.Join(d.dir, duckFloor)) }

func (d *duck) version(ctx context.Context) (v string, err error) {
	db, err := sql.Open("duckdb", "")
	if err != nil {
		return "", err
	}
	err = db.QueryRowContext(ctx, "SELECT 'DuckDB ' || version()").Scan(&v)
	return v, errors.Join(err, db.Close())
}

func (d *duck) close() {}

// postgres is a server of the bench's own, with the default configuration.
type postgres struct{ *warehousetest.Server }

func (p *postgres) place() string { return p.URL("postgres") }

func (p *postgres) load(ctx context.Context, data string, rows int) error {
	return p.exec(ctx, "DROP SCHEMA IF EXISTS _eddy CASCADE", "DROP TABLE IF EXISTS customers", "DROP TABLE IF EXISTS bare_was",
		"CREATE TABLE customers AS "+customers(data, 0, rows), "ALTER TABLE customers ADD PRIMARY KEY (id)",
		"CREATE TABLE bare_was AS SELECT * FROM customers")
}

func (p *postgres) source() eddy.Source {
	return eddy.Source{Type: postgresEngine, State: eddy.InWarehouse, Schema: "_eddy", Options: map[string]string{"url": p.place()}}
}

func (p *postgres) change(ctx context.Context, data string, rows int) error {
	return p.exec(ctx, onePercent(data, rows)...)
}

func (p *postgres) exec(ctx context.Context, statements ...string) error {
	conn, err := pgx.Connect(ctx, p.place())
	if err != nil {
		return err
	}
	for _, s := range statements {
		if _, err := conn.Exec(ctx, s); err != nil {
			return errors.Join(err, conn.Close(ctx))
		}
	}
	return conn.Close(ctx)
}

// rest does what autovacuum and the checkpointer do between two runs.
func (p *postgres) rest(ctx context.Context) error {
	return p.exec(ctx, "DROP TABLE IF EXISTS "+floorKept+", "+floorLog, "VACUUM ANALYZE", "CHECKPOINT")
}

func (p *postgres) version(ctx context.Context) (v string, err error) {
	conn, err := pgx.Connect(ctx, p.place())
	if err != nil {
		return "", err
	}
	err = conn.QueryRow(ctx, "SELECT 'PostgreSQL ' || current_setting('server_version') || ', default configuration, table with a primary key'").Scan(&v)
	return v, errors.Join(err, conn.Close(ctx))
}

func (p *postgres) close() { p.Stop() }
