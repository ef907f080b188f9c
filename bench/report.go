package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
)

// table is a table to print; the first row is its head.
type table [][]string

func (t table) text(w io.Writer) error {
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range t {
		fmt.Fprintln(out, strings.Join(row, "\t"))
	}
	return out.Flush()
}

func (t table) markdown(w io.Writer) error {
	for i, row := range t {
		if _, err := fmt.Fprintf(w, "| %s |\n", strings.Join(row, " | ")); err != nil {
			return err
		}
		if i == 0 {
			fmt.Fprintf(w, "|%s\n", strings.Repeat(" --- |", len(row)))
		}
	}
	return nil
}

// report prints text to standard output and writes the files that the flags name.
func (b *bench) report() error {
	errs := b.write(os.Stdout, table.text)
	if b.opt.markdown != "" {
		errs = errors.Join(errs, toFile(b.opt.markdown, func(w io.Writer) error { return b.write(w, table.markdown) }))
	}
	if b.opt.json != "" {
		errs = errors.Join(errs, toFile(b.opt.json, func(w io.Writer) error {
			out := json.NewEncoder(w)
			out.SetIndent("", "  ")
			return out.Encode(map[string]any{"machine": b.machine, "change": changeText, "groups": b.finished})
		}))
	}
	return errs
}

func toFile(name string, write func(io.Writer) error) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	return errors.Join(write(f), f.Close())
}

func (b *bench) write(w io.Writer, as func(table, io.Writer) error) error {
	fmt.Fprintf(w, "%s.\n\nMedians of %d rounds in one sitting, in brackets the least and the most. %s.\nEach run is a process of its own; memory is that process's peak. Seconds of a phase are part of the run's.\n\n",
		strings.Join(b.machine, ". "), b.opt.runs, changeText)
	if err := as(b.times(), w); err != nil {
		return err
	}
	fmt.Fprint(w, "\nRatios are medians of the rounds' ratios.\n\n")
	return as(b.goals(), w)
}

// times is the table of what was measured.
func (b *bench) times() table {
	t := table{{"engine", "data", "rows", "what", "seconds", "rows/s", "stage", "compare / keep", "deliver", "settle / log", "other", "cpu s", "peak MiB", "requests"}}
	for _, g := range b.finished {
		for _, what := range g.measures() {
			all := g.Samples[what]
			total := values(all, func(s sample) float64 { return s.Seconds })
			row := []string{g.Engine, g.Data, human(g.Rows), what, spread(total), human(int(float64(g.Rows) / median(total)))}
			row = append(row, phases(all)...)
			row = append(row,
				fmt.Sprintf("%.2f", median(values(all, func(s sample) float64 { return s.CPU }))),
				fmt.Sprintf("%.0f", median(values(all, peakMiB))),
				fmt.Sprintf("%.0f", median(values(all, func(s sample) float64 { return float64(s.Requests) }))))
			t = append(t, row)
		}
	}
	return t
}

// phases are the medians of the phases of a run, or of the durable floor's steps, which
// compares nothing and keeps; other is what belongs to none: opening, closing, and what
// the run does not tell.
func phases(all []sample) (row []string) {
	if len(all[0].Phases) == 0 {
		return []string{"", "", "", "", ""}
	}
	for _, phase := range []func(sample) float64{
		func(s sample) float64 { return s.Phases["stage"] },
		keep,
		deliver,
		settle,
		other,
	} {
		row = append(row, fmt.Sprintf("%.2f", median(values(all, phase))))
	}
	return row
}

// deliver is the time from the first change read to the last answer.
func deliver(s sample) float64 { return s.Phases["remove"] + s.Phases["add"] }

// keep is the time to find the changes and write them down, until the first may go out.
func keep(s sample) float64 {
	return s.Phases["compare"] + s.Phases["share"] + s.Phases["seal"] + s.Phases[stepKeep]
}

// settle is the time to write down what became of the changes.
func settle(s sample) float64 { return s.Phases["settle"] + s.Phases[stepLog] }

func other(s sample) float64 {
	return s.Seconds - s.Phases["stage"] - keep(s) - deliver(s) - settle(s)
}

func peakMiB(s sample) float64 { return float64(s.Peak) / (1 << 20) }

func values(all []sample, of func(sample) float64) []float64 {
	out := make([]float64, len(all))
	for i, s := range all {
		out[i] = of(s)
	}
	return out
}

func median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	n := len(v)
	if n == 0 {
		return 0
	}
	return (v[(n-1)/2] + v[n/2]) / 2
}

func spread(v []float64) string {
	return fmt.Sprintf("%.2f [%.2f-%.2f]", median(v), slices.Min(v), slices.Max(v))
}
