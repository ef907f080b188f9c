package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/sync"
)

func (m *Main) sync() *cobra.Command {
	var c common
	var full, approve bool
	cmd := &cobra.Command{
		Use:   "sync [flags] [NAME]",
		Short: "Run a connection once",
		Long: `Sync runs one connection once, in this process: it mirrors the model into the
audience, or adds and updates with sync_mode: upsert. NAME may be left out when
the file has one connection.`,
		Example: "  eddy sync -f eddy.yaml vip\n  eddy sync -f eddy.yaml --full vip   # send every row again",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			s, err := m.load(&c)
			if err != nil {
				return err
			}
			conn, err := s.connection(args)
			if err != nil {
				return err
			}
			job, err := s.job(cmd.Context(), conn, false)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, job.Source.Close()) }()
			job.Full, job.Approve = full, approve
			progress := m.newProgress()
			job.Progress = progress.show
			run, runErr := sync.Run(cmd.Context(), job)
			progress.end()
			return m.report(&c, run, runErr)
		},
	}
	c.flags(cmd)
	cmd.Flags().BoolVar(&full, "full", false, "send every row again")
	cmd.Flags().BoolVar(&approve, "approve", false, "let a run go on that the guard would hold")
	return cmd
}

// report prints a finished run and turns its status into the exit code.
func (m *Main) report(c *common, run eddy.Run, runErr error) error {
	if c.json {
		if err := printJSON(m.Stdout, run); err != nil {
			return err
		}
	} else {
		m.printRun(run)
	}
	if runErr != nil && (run.Status == eddy.StatusFailed || run.Status == eddy.Running) {
		return runErr
	}
	if code := run.Status.ExitCode(); code != 0 {
		return exitStatus(code)
	}
	return nil
}

func printJSON(w io.Writer, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s\n", data)
	return err
}

// printRun tells a run to a person.
func (m *Main) printRun(r eddy.Run) {
	w := m.Stdout
	took := ""
	if r.FinishedAt != nil {
		took = " in " + duration(r.FinishedAt.Sub(r.StartedAt))
	}
	fmt.Fprintf(w, "%s  %s, run %s%s\n", m.status(r.Status), r.Connection, r.RunID, took)
	if r.AudienceID != "" {
		fmt.Fprintf(w, "audience %s\n", r.AudienceID)
	}
	c := r.Counts
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "  rows\t%s\tinvalid %s\n", number(c.Rows), number(c.Invalid))
	fmt.Fprintf(t, "  changes\t%s\tinsert %s, update %s, delete %s, renew %s, reassert %s; unchanged %s\n", number(c.Operations()),
		number(c.Insert), number(c.Update), number(c.Delete), number(c.Renew), number(c.Reassert), number(c.Unchanged))
	if r.Status != eddy.NeedsApproval {
		fmt.Fprintf(t, "  delivered\t%s\trejected %s, failed %s\n", number(c.Delivered), number(c.Rejected), number(c.Failed))
		fmt.Fprintf(t, "  requests\t%s\t%s\n", number(c.Requests), size(c.Bytes))
	}
	_ = t.Flush()
	m.printErrors(r.Errors)
	if r.Status == eddy.NeedsApproval {
		fmt.Fprintf(w, "Nothing was sent. Look at it with \"eddy plan\"; if it is right, run again with --approve.\n")
	}
}

func (m *Main) printErrors(errs []eddy.RunError) {
	for _, e := range errs {
		ids := ""
		for i, id := range e.SampleIDs {
			if i > 0 {
				ids += ", "
			}
			ids += id
		}
		if ids != "" {
			ids = " (records " + ids + ")"
			if int64(len(e.SampleIDs)) < e.Count {
				ids = ids[:len(ids)-1] + ", ...)"
			}
		}
		fmt.Fprintf(m.Stdout, "  %s %s%s\n", m.paint(yellow, number(e.Count)+" x"), printable(e.Reason), printable(ids))
	}
}
