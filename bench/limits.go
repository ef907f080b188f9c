package main

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"database/sql/driver"
	"encoding/hex"
	"errors"
	"fmt"
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
	query := "SELECT " + strings.Join(identities(t.Data), ", ") + " FROM customers"
	err = t.deliver(ctx, &s, appendHash, func(each func([][]byte) error) error {
		if t.Engine == duckEngine {
			return eachDuck(ctx, filepath.Join(t.Place, duckSource), query, each)
		}
		return eachPostgres(ctx, t.Place, query, each)
	})
	return s, err
}

// deliver posts the rows that read hands over, while it reads on; as appends a value as X
// wants it.
func (t task) deliver(ctx context.Context, s *sample, as func(body, value []byte) []byte, read func(each func([][]byte) error) error) (err error) {
	p := newPoster(ctx, t.API, t.Audience)
	body := p.begin()
	err = read(func(row [][]byte) error {
		body = appendUser(body, row, as)
		if s.Rows++; len(body) > bodySize {
			body = p.post(body)
		}
		return nil
	})
	p.post(body)
	s.Requests, s.Bytes, s.Operations, err = p.finish(err)
	return err
}

// appendUser appends one user of a request body, with the comma after it.
func appendUser(body []byte, row [][]byte, as func(body, value []byte) []byte) []byte {
	for i, value := range row {
		if i == 0 {
			body = append(body, `{"email":["`...)
		} else {
			body = append(body, `"],"phone_number":["`...)
		}
		body = as(body, value)
	}
	return append(body, `"]},`...)
}

// appendHash appends the hash of a value.
func appendHash(body, value []byte) []byte {
	sum := sha256.Sum256(value)
	return hex.AppendEncode(body, sum[:])
}

func eachPostgres(ctx context.Context, url, query string, each func([][]byte) error) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	return errors.Join(readPostgres(ctx, conn, query, each), conn.Close(ctx))
}

// readPostgres hands over the rows of a query in one stream.
func readPostgres(ctx context.Context, conn *pgx.Conn, query string, each func([][]byte) error) error {
	rows, err := conn.Query(ctx, query)
	if err != nil {
		return err
	}
	for rows.Next() {
		if err = each(rows.RawValues()); err != nil {
			break
		}
	}
	rows.Close()
	return errors.Join(err, rows.Err())
}

func eachDuck(ctx context.Context, path, query string, each func([][]byte) error) error {
	return onDuck(ctx, path+"?access_mode=read_only", func(c *duckdb.Conn) error { return readDuck(ctx, c, query, each) })
}

// readDuck hands over the rows of a query in one stream: texts or bytes.
func readDuck(ctx context.Context, c *duckdb.Conn, query string, each func([][]byte) error) error {
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
			switch v := v.(type) {
			case string:
				row[i] = append(row[i][:0], v...)
			case []byte:
				row[i] = v
			default:
				return fmt.Errorf("a value of the query is %T", v)
			}
		}
		if err := each(row); err != nil {
			return err
		}
	}
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
