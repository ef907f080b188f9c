package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/ledger"
	"github.com/eddy-retl/eddy/sync"
)

// snapshotRows is how many records a table for people shows.
const snapshotRows = 1000

func (m *Main) snapshot() *cobra.Command {
	var c common
	var s snapshot
	cmd := &cobra.Command{
		Use:   "snapshot [flags] [NAME]",
		Short: "Print the audience as it was meant after a run",
		Long: `Snapshot prints who was meant to be in the audience after a run, as far back as
snapshots_to_retain goes. Where the state is local, it shows the digests that were
sent. Where it lies in the warehouse, values do not leave it through this command:
it shows record ids, and names the view that shows the rest there.`,
		Example: `  eddy snapshot vip
  eddy snapshot vip --run 20261123163233ye46 --csv`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if c.json && s.csv {
				return usage("--json and --csv do not go together")
			}
			return m.withJob(cmd.Context(), &c, args, true, func(job sync.Job) error {
				s.Main, s.json = m, c.json
				return s.print(cmd.Context(), job)
			})
		},
	}
	c.flags(cmd)
	cmd.ValidArgsFunction = m.complete(&c, connections)
	cmd.Flags().StringVar(&s.run, "run", "", "after the run with this `ID` (default the last one)")
	cmd.Flags().StringVar(&s.value, "value", "", "of a connection that keeps several audiences, that of this `VALUE`")
	cmd.Flags().BoolVar(&s.csv, "csv", false, "print CSV")
	cmd.Flags().IntVar(&s.limit, "limit", 0, fmt.Sprintf("at most this many lines (default all; of the table %d)", snapshotRows))
	cmd.Flag("json").Usage = "print JSON, one line for each record"
	return cmd
}

// snapshot prints an audience as it was meant.
type snapshot struct {
	*Main

	run, value string
	json, csv  bool
	limit      int
	// fields are the places of the fields that may be shown, and names what they are called;
	// mapped are those of today's mapping, which is what a table for people has room for.
	fields        []int
	names, mapped []string
}

// pictured is one line: a record has several while something of it is unsettled.
type pictured struct {
	RecordID string `json:"record_id"`
	State    string `json:"state"`
	LapsesAt string `json:"lapses_at"`
	// Identities are digests by field, where the ledger keeps them.
	Identities map[string][]string `json:"identities,omitempty"`
}

func (s *snapshot) print(ctx context.Context, job sync.Job) (err error) {
	if job, err = s.choose(ctx, job); err != nil {
		return err
	}
	engine, err := job.State(ctx)
	if err != nil {
		return err
	}
	fields := job.Destination.Fields()
	l, err := ledger.Open(ctx, ledger.Config{Engine: engine, Connection: job.Connection.Name, Fields: fields, Digests: job.Digests, Dry: true})
	if err != nil {
		return errors.Join(err, engine.Close())
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	for i, f := range fields {
		if f.Identity && job.Digests { // raw values stay where they are (promise 10)
			s.fields, s.names = append(s.fields, i), append(s.names, f.Name)
		}
	}
	for _, f := range job.Connection.Mapping {
		if slices.Contains(s.names, f.Field) {
			s.mapped = append(s.mapped, f.Field)
		}
	}
	runs, views := l.Pictures()
	if s.run == "" && len(runs) > 0 {
		s.run = runs[len(runs)-1]
	}
	out, flush := s.printer()
	n := 0
	err = l.Picture(ctx, s.run, func(v ledger.Version) error {
		if n++; s.limit > 0 && n > s.limit {
			return errEnough
		}
		return out(s.of(v))
	})
	if err != nil && !errors.Is(err, errEnough) {
		return err
	}
	if err := flush(); err != nil {
		return err
	}
	if errors.Is(err, errEnough) {
		fmt.Fprintf(s.Stderr, "%s shown; --limit %d shows more\n", eddy.Plural(int64(s.limit), "line"), 10*s.limit)
	}
	if view := views[s.run]; view != "" && !job.Digests {
		fmt.Fprintf(s.Stderr, "values stay in the warehouse: SELECT * FROM %s\n", view)
	}
	return nil
}

// choose takes the audience that is asked for of a connection that keeps several.
func (s *snapshot) choose(ctx context.Context, job sync.Job) (sync.Job, error) {
	if job.Connection.Split == nil && s.value != "" {
		return job, usage("connection %s keeps one audience; --value is for those with split_by", job.Connection.Name)
	}
	if job.Connection.Split == nil {
		return job, nil
	}
	values, err := sync.Values(ctx, job)
	if err != nil {
		return job, err
	}
	if !slices.Contains(values, s.value) {
		return job, usage("connection %s keeps an audience for each value of %s: name one with --value; on record are %s", job.Connection.Name, job.Connection.Split.Column, eddy.Visible(strings.Join(values, ", ")))
	}
	job.Connection = job.Connection.Part(s.value, job.Connection.Model)
	return job, nil
}

// errEnough ends a stream of which the rest is not wanted.
var errEnough = errors.New("enough")

func (s *snapshot) of(v ledger.Version) pictured {
	p := pictured{RecordID: v.RecordID, State: v.State, LapsesAt: v.Until}
	for i, at := range s.fields {
		digests, _, _ := strings.Cut(v.Values[at], ledger.Dropped)
		if digests = strings.TrimSuffix(digests, ","); digests != "" {
			if p.Identities == nil {
				p.Identities = map[string][]string{}
			}
			p.Identities[s.names[i]] = strings.Split(digests, ",")
		}
	}
	return p
}

// printer writes lines in the form that is asked for.
func (s *snapshot) printer() (line func(pictured) error, flush func() error) {
	names := s.mapped
	if s.csv {
		names = s.names
	}
	cells := func(p pictured) []string {
		out := []string{p.RecordID, p.State, p.LapsesAt}
		for _, name := range names {
			out = append(out, strings.Join(p.Identities[name], ","))
		}
		return out
	}
	head := append([]string{"record_id", "state", "lapses_at"}, names...)
	switch {
	case s.json:
		return func(p pictured) error { return printJSON(s.Stdout, p) }, func() error { return nil }
	case s.csv:
		w := csv.NewWriter(s.Stdout)
		_ = w.Write(eddy.Cells(head...)) // what fails is told by Error
		return func(p pictured) error { return w.Write(eddy.Cells(cells(p)...)) }, func() error {
			w.Flush()
			return w.Error()
		}
	}
	if s.limit == 0 {
		s.limit = snapshotRows
	}
	t := tabwriter.NewWriter(s.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, strings.ToUpper(strings.Join(head, "\t")))
	return func(p pictured) error {
		line := cells(p)
		for i := range line {
			line[i] = eddy.Visible(line[i])
		}
		_, err := fmt.Fprintln(t, strings.Join(line, "\t"))
		return err
	}, t.Flush
}
