package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/eddy-retl/eddy/warehouse/duckdb"
	"github.com/eddy-retl/eddy/warehouse/warehousetest"
)

// postgres gives the script a database of its own on a real server: its URL is in $PG.
func (w *world) postgres(neg bool, _ []string) {
	w.never(neg)
	w.pgURL = warehousetest.Postgres(w.tb)
	u, err := url.Parse(w.pgURL)
	w.Check(err)
	w.Setenv("PG", w.pgURL)
	w.Setenv("PG_HOST", u.Host)
	w.Setenv("PG_DATABASE", strings.TrimPrefix(u.Path, "/"))
}

// pg SQL... runs statements on the database and prints their rows.
func (w *world) pg(neg bool, args []string) {
	w.never(neg)
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, w.pgURL)
	w.Check(err)
	defer func() { _ = conn.Close(ctx) }()
	for _, sql := range args {
		rows, err := conn.Query(ctx, sql, pgx.QueryExecModeSimpleProtocol)
		w.Check(err)
		for rows.Next() {
			var cells []string
			for _, v := range rows.RawValues() {
				cells = append(cells, string(v))
			}
			_, _ = fmt.Fprintln(w.Stdout(), strings.Join(cells, "\t"))
		}
		w.Check(rows.Err())
	}
}

// duckdb [-hold] FILE SQL... runs statements on a DuckDB file as its owner does; -hold
// keeps it open for writing until the script ends, as another program might.
func (w *world) duckdb(neg bool, args []string) {
	w.never(neg)
	hold := len(args) > 0 && args[0] == "-hold"
	if hold {
		args = args[1:]
	}
	w.need(args, 1, "duckdb [-hold] FILE SQL...")
	path := w.MkAbs(args[0])
	if !hold {
		w.Check(duckdb.Write(context.Background(), path, args[1:]...))
		return
	}
	s, err := duckdb.Engine{Path: path}.Open(context.Background())
	w.Check(err)
	w.Defer(func() { _ = s.Close() })
}

// generate FILE FROM TO LINE appends lines, with %d standing for the numbers FROM to TO;
// FILE is made, with the text of -head first.
func (w *world) generate(neg bool, args []string) {
	w.never(neg)
	head := ""
	if len(args) > 1 && args[0] == "-head" {
		head, args = args[1]+"\n", args[2:]
	}
	w.need(args, 4, "generate [-head TEXT] FILE FROM TO LINE")
	from, err := strconv.Atoi(args[1])
	w.Check(err)
	to, err := strconv.Atoi(args[2])
	w.Check(err)
	var b strings.Builder
	b.WriteString(head)
	for i := from; i <= to; i++ {
		b.WriteString(strings.ReplaceAll(args[3], "%d", strconv.Itoa(i)))
		b.WriteByte('\n')
	}
	w.Check(os.WriteFile(w.MkAbs(args[0]), []byte(b.String()), 0o600))
}

// cell FILE BYTES appends a line with one cell of so many bytes: an e-mail address.
func (w *world) cell(neg bool, args []string) {
	w.never(neg)
	w.need(args, 2, "cell FILE BYTES")
	n, err := strconv.Atoi(args[1])
	w.Check(err)
	f, err := os.OpenFile(w.MkAbs(args[0]), os.O_APPEND|os.O_WRONLY, 0)
	w.Check(err)
	_, err = f.WriteString("huge,huge@" + strings.Repeat("a ", n/2) + ".com\n")
	w.Check(errors.Join(err, f.Close()))
}
