package main

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"database/sql/driver"
	"encoding/hex"
	"errors"
	"io"
	"path/filepath"
	"strings"

	"github.com/duckdb/duckdb-go/v2"
	"github.com/jackc/pgx/v5"
)

// minimal is the limit of delivery: a hand-written loop that does nothing but read the
// identities, hash them, encode them into bodies and post those while it reads on. It
// keeps no state, logs nothing, checks nothing and cannot repeat anything.
func (t task) minimal(ctx context.Context) (s sample, err error) {
	p := newPoster(ctx, t.API, t.Audience)
	body := p.begin()
	each := func(row [][]byte) error {
		body = appendUser(body, row)
		if s.Rows++; len(body) > bodySize {
			body = p.post(body)
		}
		return nil
	}
	query := "SELECT " + strings.Join(identities(t.Data), ", ") + " FROM customers"
	if t.Engine == duckEngine {
		err = eachDuck(ctx, filepath.Join(t.Place, duckSource), query, each)
	} else {
		err = eachPostgres(ctx, t.Place, query, each)
	}
	p.post(body)
	s.Requests, s.Bytes, s.Operations, err = p.finish(err)
	return s, err
}

// appendUser appends one user of a request body, with the comma after it.
func appendUser(body []byte, row [][]byte) []byte {
	for i, value := range row {
		if i == 0 {
			body = append(body, `{"email":["`...)
		} else {
			body = append(body, `"],"phone_number":["`...)
		}
		sum := sha256.Sum256(value)
		body = hex.AppendEncode(body, sum[:])
	}
	return append(body, `"]},`...)
}

func eachPostgres(ctx context.Context, url, query string, each func([][]byte) error) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	rows, err := conn.Query(ctx, query)
	if err != nil {
		return errors.Join(err, conn.Close(ctx))
	}
	for rows.Next() {
		if err = each(rows.RawValues()); err != nil {
			break
		}
	}
	rows.Close()
	return errors.Join(err, rows.Err(), conn.Close(ctx))
}

func eachDuck(ctx context.Context, path, query string, each func([][]byte) error) error {
	return onDuck(ctx, path+"?access_mode=read_only", func(c *duckdb.Conn) error {
		rows, err := c.QueryContext(ctx, query, nil)
		if err != nil {
			return err
		}
		defer rows.Close()
		values := make([]driver.Value, len(rows.Columns()))
		row := make([][]byte, len(values))
		for {
			if err := rows.Next(values); errors.Is(err, io.EOF) {
				return nil
			} else if err != nil {
				return err
			}
			for i, v := range values {
				row[i] = append(row[i][:0], v.(string)...)
			}
			if err := each(row); err != nil {
				return err
			}
		}
	})
}

// onDuck lends fn the driver's own connection to a DuckDB file.
func onDuck(ctx context.Context, dsn string, fn func(*duckdb.Conn) error) error {
	db, err := sql.Open("duckdb", dsn)
	if err != nil {
		return err
	}
	conn, err := db.Conn(ctx)
	if err == nil {
		err = conn.Raw(func(c any) error { return fn(c.(*duckdb.Conn)) })
		err = errors.Join(err, conn.Close())
	}
	return errors.Join(err, db.Close())
}

// bare is the limit of an unchanged run: a snapshot and a comparison, and nothing else.
func (t task) bare(ctx context.Context) (sample, error) {
	drop := []string{"DROP TABLE IF EXISTS bare_snapshot", "DROP TABLE IF EXISTS bare_changes"}
	if t.Engine == postgresEngine {
		conn, err := pgx.Connect(ctx, t.Place)
		if err != nil {
			return sample{}, err
		}
		for _, q := range append(drop, bareSQL(t.Data, "CREATE UNLOGGED TABLE", "customers", "bare_was")...) {
			if _, err := conn.Exec(ctx, q); err != nil {
				return sample{}, errors.Join(err, conn.Close(ctx))
			}
		}
		return sample{}, conn.Close(ctx)
	}
	return sample{}, onDuck(ctx, filepath.Join(t.Place, duckBare), func(c *duckdb.Conn) error {
		drop = append(drop, "ATTACH '"+filepath.Join(t.Place, duckSource)+"' AS source (READ_ONLY)")
		for _, q := range append(drop, bareSQL(t.Data, "CREATE TABLE", "source.customers", "was")...) {
			if _, err := c.ExecContext(ctx, q, nil); err != nil {
				return err
			}
		}
		return nil
	})
}
