package main

import (
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/xuri/excelize/v2"

	"github.com/eddy-retl/eddy/warehouse/duckdb"
	"github.com/eddy-retl/eddy/warehouse/warehousetest"
	"github.com/eddy-retl/eddy/xads"
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

// pooler NAME MODE starts a pgbouncer with this pool_mode before the script's database: its URL
// is in $NAME.
func (w *world) pooler(neg bool, args []string) {
	w.never(neg)
	w.need(args, 2, "pooler NAME MODE")
	w.Setenv(args[0], warehousetest.Pooler(w.tb, w.pgURL, args[1]))
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
		for i := range args {
			args[i] = strings.ReplaceAll(args[i], "$WORK", w.Getenv("WORK"))
		}
		w.Check(duckdb.Write(context.Background(), path, args[1:]...))
		return
	}
	s, err := duckdb.Engine{Path: path}.Open(context.Background())
	w.Check(err)
	w.Defer(func() { _ = s.Close() })
}

// workbook FILE CSV... makes an Excel workbook with a sheet for each CSV file, of its name. Cells
// that are numbers are numbers; those that are days of ISO 8601 are shown as such.
func (w *world) workbook(neg bool, args []string) {
	w.never(neg)
	w.need(args, 2, "workbook FILE CSV...")
	f := excelize.NewFile()
	day, err := f.NewStyle(&excelize.Style{NumFmt: 14})
	w.Check(err)
	for i, name := range args[1:] {
		sheet := strings.TrimSuffix(filepath.Base(name), ".csv")
		if i == 0 {
			w.Check(f.SetSheetName("Sheet1", sheet))
		} else {
			_, err = f.NewSheet(sheet)
			w.Check(err)
		}
		rows, err := csv.NewReader(strings.NewReader(w.ReadFile(name))).ReadAll()
		w.Check(err)
		for r, row := range rows {
			for c, text := range row {
				cell, err := excelize.CoordinatesToCellName(c+1, r+1)
				w.Check(err)
				if text == "" {
					continue
				}
				if n, err := strconv.ParseInt(text, 10, 64); err == nil && strconv.FormatInt(n, 10) == text {
					w.Check(f.SetCellValue(sheet, cell, n))
				} else if d, err := time.Parse(time.DateOnly, text); err == nil {
					w.Check(errors.Join(f.SetCellValue(sheet, cell, d), f.SetCellStyle(sheet, cell, cell, day)))
				} else {
					w.Check(f.SetCellStr(sheet, cell, text))
				}
			}
		}
	}
	w.Check(f.SaveAs(w.MkAbs(args[0])))
}

// generate [-head TEXT] FILE FROM TO LINE makes a file of lines, with %d standing for the
// numbers FROM to TO and %e for a time of its own each.
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
		at := time.Date(2099, 1, 1, 0, 0, i, 0, time.UTC).Format(`"2006-01-02T15:04:05Z"`)
		b.WriteString(strings.NewReplacer("%d", strconv.Itoa(i), "%e", at).Replace(args[3]))
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

// cut FROM TO PERCENT makes a file of so much of another one.
func (w *world) cut(neg bool, args []string) {
	w.never(neg)
	w.need(args, 3, "cut FROM TO PERCENT")
	percent, err := strconv.Atoi(args[2])
	w.Check(err)
	data, err := os.ReadFile(w.MkAbs(args[0]))
	w.Check(err)
	w.Check(os.WriteFile(w.MkAbs(args[1]), data[:len(data)*percent/100], 0o600))
}

// sha256 NAME TEXT keeps the digest of a text in $NAME.
func (w *world) sha256(neg bool, args []string) {
	w.never(neg)
	w.need(args, 2, "sha256 NAME TEXT")
	w.Setenv(args[0], fmt.Sprintf("%x", sha256.Sum256([]byte(args[1]))))
}

// bodies N USERS checks that the newest command printed N request bodies with so many
// users in all, each within X's limits.
func (w *world) bodies(neg bool, args []string) {
	w.never(neg)
	w.need(args, 2, "bodies N USERS")
	lines := strings.Split(strings.TrimSpace(w.out), "\n")
	users := 0
	for _, line := range lines {
		var operations []struct {
			Params struct {
				Users []json.RawMessage `json:"users"`
			} `json:"params"`
		}
		w.Check(json.Unmarshal([]byte(line), &operations))
		if len(line) > xads.MaxBodyBytes || len(operations) > xads.MaxOperations {
			w.Fatalf("a body has %d bytes and %d operations", len(line), len(operations))
		}
		for _, o := range operations {
			users += len(o.Params.Users)
		}
	}
	if got := fmt.Sprintf("%d %d", len(lines), users); got != args[0]+" "+args[1] {
		w.Fatalf("%s bodies and users, want %s", got, strings.Join(args, " "))
	}
}
