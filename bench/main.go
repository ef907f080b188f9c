// Command bench measures whole runs of Eddy on real engines, beside the limits that
// nobody can beat: a hand-written loop that only reads, hashes, encodes and posts the
// same rows; the durable floor, which writes down what it posts and what became of it, as
// a sync must; and the bare SQL of a snapshot and a comparison.
//
//	go run ./bench                                  # all engines and sizes, five rounds
//	go run ./bench -engine postgres -rows 1000000 -data email -runs 1 -trace
//
// Every measured run is a process of its own, so that its peak memory is what that run
// needed and nothing else; the sandbox that takes the requests is another process. A
// round measures everything once, each limit next to what is compared with it, and
// rounds follow each other, so that a noisy neighbour hits all alike. Ratios are taken
// within a round; what is printed are medians.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/eddy-retl/eddy/warehouse/warehousetest"
)

// options are the command's flags.
type options struct {
	rows       []int
	engines    []string
	data       []string
	runs       int
	json       string
	markdown   string
	cpuprofile string
	trace      bool
	// duckdb is SQL for Eddy's embedded engine, and memory its limit, to try settings.
	duckdb, memory string
}

func main() {
	if len(os.Args) == 3 && os.Args[1] == childCommand {
		os.Exit(child(os.Args[2]))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run measures what the flags choose and reports it.
func run(ctx context.Context, args []string) error {
	opt, err := parse(args)
	if err != nil {
		return err
	}
	b, err := newBench(ctx, opt)
	if err != nil {
		return err
	}
	defer b.close()
	if err := b.measure(ctx); err != nil {
		return err
	}
	return b.report()
}

func parse(args []string) (options, error) {
	var opt options
	var rows, engines, data string
	fs := flag.NewFlagSet("bench", flag.ContinueOnError)
	fs.StringVar(&rows, "rows", "100000,1000000", "table sizes, separated by commas")
	fs.StringVar(&engines, "engine", "duckdb,postgres", "engines, separated by commas; also "+strings.Join(warehousetest.Sites(), ", "))
	fs.StringVar(&data, "data", "email,phone", "data sets, separated by commas: email (e-mails only), phone (e-mails and phone numbers)")
	fs.IntVar(&opt.runs, "runs", 5, "rounds to take medians of")
	fs.StringVar(&opt.json, "json", "", "write all samples as JSON to this file")
	fs.StringVar(&opt.markdown, "markdown", "", "write the report as Markdown to this file")
	fs.StringVar(&opt.cpuprofile, "cpuprofile", "", "write a CPU profile of each measured process into this folder")
	fs.BoolVar(&opt.trace, "trace", false, "print the time of each SQL statement of the last round")
	fs.StringVar(&opt.duckdb, "duckdb-set", "", "statements to run on Eddy's embedded DuckDB first, to try settings")
	fs.StringVar(&opt.memory, "duckdb-memory", "", "memory limit of Eddy's embedded DuckDB, to try others than the default")
	if err := fs.Parse(args); err != nil {
		return opt, err
	}
	for _, r := range split(rows) {
		n, err := strconv.Atoi(r)
		if err != nil || n < 1000 {
			return opt, fmt.Errorf("-rows: %q is no number of at least 1000", r)
		}
		opt.rows = append(opt.rows, n)
	}
	opt.engines, opt.data = split(engines), split(data)
	for _, e := range opt.engines {
		if known := append(warehousetest.Sites(), duckEngine, postgresEngine); !slices.Contains(known, e) {
			return opt, fmt.Errorf("-engine: %q is none of %s", e, strings.Join(known, ", "))
		}
	}
	for _, d := range opt.data {
		if !slices.Contains([]string{emailData, phoneData}, d) {
			return opt, fmt.Errorf("-data: %q is neither %s nor %s", d, emailData, phoneData)
		}
	}
	if opt.runs < 1 {
		return opt, errors.New("-runs: at least one round")
	}
	return opt, nil
}

func split(list string) (out []string) {
	for x := range strings.SplitSeq(list, ",") {
		if x = strings.TrimSpace(x); x != "" {
			out = append(out, x)
		}
	}
	return out
}
