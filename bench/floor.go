package main

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/duckdb/duckdb-go/v2"
	"github.com/jackc/pgx/v5"
)

// The tables of the durable floor.
const (
	floorStage = "floor_stage"
	floorKept  = "floor_kept"
	floorLog   = "floor_log"
)

// The steps of the durable floor. The first and the third are called as those of a run.
const (
	stepStage   = "stage"
	stepKeep    = "keep"
	stepDeliver = "add"
	stepLog     = "log"
)

// floor is the limit of a first sync: the least that durability allows. It stages the
// model, so that what is sent is of one moment; keeps what it will send, before it sends
// anything; sends what it kept; and logs every record. Each of these is one statement,
// and what keeps and logs has reached the disk before the next begins. Like the minimal
// loop it checks nothing, and it compares with nothing.
func (t task) floor(ctx context.Context) (sample, error) {
	if t.Engine == duckEngine {
		return t.floorDuck(ctx)
	}
	return t.floorPostgres(ctx)
}

// floorPostgres keeps the values as texts and hashes what it reads back.
func (t task) floorPostgres(ctx context.Context) (s sample, err error) {
	conn, err := pgx.Connect(ctx, t.Place)
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	exec := func(sql string) error {
		_, err := conn.Exec(ctx, sql)
		return err
	}
	if err := exec(floorLogTable(floorLog, "text")); err != nil {
		return s, err
	}
	columns := strings.Join(identities(t.Data), ", ")
	return t.walk(ctx, floorSteps{
		exec:  exec,
		stage: "CREATE TEMP TABLE " + floorStage + " AS SELECT CAST(id AS text) AS record_id, " + columns + " FROM customers",
		keep:  "CREATE TABLE " + floorKept + " AS SELECT record_id, " + columns + " FROM " + floorStage,
		read: func(each func([][]byte) error) error {
			return readPostgres(ctx, conn, "SELECT "+columns+" FROM "+floorKept, each)
		},
		as:  appendHash,
		log: floorLogged(floorLog, floorKept),
	})
}

// floorDuck keeps digests in a file of its own, as the local state does. Of the ways to
// make them this is the fastest: a Go function, because DuckDB's sha256 takes longer and
// writes hex, into a column of bytes, because hex is twice as long. Nor are the columns
// compressed: digests cannot be, and to compress what could be takes longer than to write it.
func (t task) floorDuck(ctx context.Context) (s sample, err error) {
	db, err := sql.Open("duckdb", "")
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	conn, err := db.Conn(ctx)
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	exec := func(sql string) error {
		_, err := conn.ExecContext(ctx, sql)
		return err
	}
	if err := registerDigest(conn); err != nil {
		return s, err
	}
	for _, q := range []string{
		"SET force_compression = 'uncompressed'",
		"ATTACH '" + filepath.Join(t.Place, duckSource) + "' AS source (READ_ONLY)",
		"ATTACH '" + filepath.Join(t.Place, duckFloor) + "' AS file",
		floorLogTable("file."+floorLog, "VARCHAR"),
	} {
		if err := exec(q); err != nil {
			return s, err
		}
	}
	columns, digests := strings.Join(identities(t.Data), ", "), ""
	for _, c := range identities(t.Data) {
		digests += ", floor_digest(" + c + ") AS " + c
	}
	return t.walk(ctx, floorSteps{
		exec:  exec,
		stage: "CREATE TEMP TABLE " + floorStage + " AS SELECT CAST(id AS VARCHAR) AS record_id, " + columns + " FROM source.customers",
		keep:  "CREATE TABLE file." + floorKept + " AS SELECT record_id" + digests + " FROM " + floorStage,
		read: func(each func([][]byte) error) error {
			return conn.Raw(func(c any) error {
				return readDuck(ctx, c.(*duckdb.Conn), "SELECT "+columns+" FROM file."+floorKept, each)
			})
		},
		as:  hex.AppendEncode,
		log: floorLogged("file."+floorLog, "file."+floorKept),
	})
}

// floorSteps is how an engine takes the steps.
type floorSteps struct {
	exec func(sql string) error
	// stage, keep and log are one statement each.
	stage, keep, log string
	// read hands over what was kept; as appends a value of it as X wants it.
	read func(each func([][]byte) error) error
	as   func(body, value []byte) []byte
}

// walk takes the steps one after the other and times each. What was kept is posted as the
// minimal loop posts the table.
func (t task) walk(ctx context.Context, f floorSteps) (sample, error) {
	s := sample{Phases: map[string]float64{}}
	for _, step := range []struct {
		name string
		take func() error
	}{
		{stepStage, func() error { return f.exec(f.stage) }},
		{stepKeep, func() error { return f.exec(f.keep) }},
		{stepDeliver, func() error { return t.deliver(ctx, &s, f.as, f.read) }},
		{stepLog, func() error { return f.exec(f.log) }},
	} {
		began := time.Now()
		if err := step.take(); err != nil {
			return s, fmt.Errorf("%s: %w", step.name, err)
		}
		s.Phases[step.name] = time.Since(began).Seconds()
	}
	return s, nil
}

// floorLogTable makes the sync log: the eight columns of Eddy's own.
func floorLogTable(table, text string) string {
	return fmt.Sprintf(`CREATE TABLE %[1]s (connection_id %[2]s NOT NULL, sync_run_id %[2]s NOT NULL, primary_key %[2]s, operation %[2]s, status %[2]s NOT NULL,
  error_reason %[2]s, sync_started_at TIMESTAMPTZ NOT NULL, sync_finished_at TIMESTAMPTZ NOT NULL)`, table, text)
}

// floorLogged logs every kept record as delivered.
func floorLogged(table, kept string) string {
	return "INSERT INTO " + table + ` SELECT 'bench', '20260102T030405-0123456789ab', record_id, 'insert', 'delivered', NULL,
  CAST('2026-01-02T03:04:05.123456Z' AS TIMESTAMPTZ), CAST('2026-01-02T03:04:07.123456Z' AS TIMESTAMPTZ) FROM ` + kept
}

// registerDigest makes floor_digest callable: the SHA-256 digest of a text.
func registerDigest(conn *sql.Conn) error {
	text, err := duckdb.NewTypeInfo(duckdb.TYPE_VARCHAR)
	if err != nil {
		return err
	}
	blob, err := duckdb.NewTypeInfo(duckdb.TYPE_BLOB)
	if err != nil {
		return err
	}
	return duckdb.RegisterScalarUDF(conn, "floor_digest", &digest{text, blob})
}

// digest is the function floor_digest.
type digest struct{ text, blob duckdb.TypeInfo }

// Config says that it takes a text and gives bytes.
func (d *digest) Config() duckdb.ScalarFuncConfig {
	return duckdb.ScalarFuncConfig{InputTypeInfos: []duckdb.TypeInfo{d.text}, ResultTypeInfo: d.blob}
}

// Executor says that it takes a vector at a time.
func (d *digest) Executor() duckdb.ScalarFuncExecutor {
	return duckdb.ScalarFuncExecutor{
		ChunkContextExecutor: d.chunk,
		// Without a binder the driver looks the context up in each thread and writes it to
		// a place that the threads share.
		ScalarBinder: func(ctx context.Context, _ []duckdb.ScalarUDFArg) (context.Context, error) { return ctx, nil },
	}
}

func (d *digest) chunk(_ context.Context, state *duckdb.ChunkIteratorState) error {
	vector, err := state.GetInputChunk().GetVector(0)
	if err != nil {
		return err
	}
	in, err := duckdb.GetVectorView[string](vector)
	if err != nil {
		return err
	}
	row, value := 0, []byte(nil)
	for out, err := range state.Rows() {
		if err != nil {
			return err
		}
		text, _, err := in.GetValueBorrowed(row)
		if err != nil {
			return err
		}
		value = append(value[:0], text...)
		sum := sha256.Sum256(value)
		if err := out.SetResult(sum[:]); err != nil {
			return err
		}
		row++
	}
	return nil
}
