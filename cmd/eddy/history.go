package main

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/api"
	"github.com/eddy-retl/eddy/ledger"
	"github.com/eddy-retl/eddy/sync"
	"github.com/eddy-retl/eddy/warehouse"
)

// withHistory runs fn on the state of the connection that args name.
func (m *Main) withHistory(ctx context.Context, c *common, args []string, fn func(eddy.Connection, warehouse.Engine) error) (err error) {
	s, err := m.load(c)
	if err != nil {
		return err
	}
	conn, err := s.connection(args)
	if err != nil {
		return err
	}
	e, done, err := s.History(ctx, conn)
	if err != nil {
		return errors.Join(err, done())
	}
	defer func() { err = errors.Join(err, done()) }()
	if e == nil && !c.json {
		fmt.Fprintf(m.Stdout, "connection %s has not run yet\n", conn.Name)
		return nil
	}
	return fn(conn, e)
}

func (m *Main) runs() *cobra.Command {
	var c common
	var limit int
	cmd := &cobra.Command{
		Use:   "runs [flags] [NAME]",
		Short: "List a connection's runs, the newest first",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if there, err := c.elsewhere(cmd); there || err != nil {
				return m.unless(err, &c, func(client *api.Client) error {
					runs, err := runsOnServer(cmd.Context(), client, args, limit)
					if err != nil {
						return err
					}
					if len(runs) == 0 && !c.json {
						fmt.Fprintln(m.Stdout, "the connection has not run yet")
						return nil
					}
					return m.showRuns(&c, runs)
				})
			}
			return m.withHistory(cmd.Context(), &c, args, func(conn eddy.Connection, e warehouse.Engine) error {
				runs := []eddy.Run{}
				if e != nil {
					var err error
					if runs, err = runsOf(cmd.Context(), e, conn, limit); err != nil {
						return err
					}
				}
				return m.showRuns(&c, runs)
			})
		},
	}
	c.flags(cmd)
	c.remote.flags(cmd)
	cmd.ValidArgsFunction = m.complete(&c, connections)
	cmd.Flags().IntVar(&limit, "limit", 20, "at most this many runs")
	cmd.Flag("json").Usage = "print JSON, one run a line"
	return cmd
}

// runsOf lists a connection's runs: of one that keeps several audiences those of all of them.
func runsOf(ctx context.Context, e warehouse.Engine, c eddy.Connection, limit int) ([]eddy.Run, error) {
	if c.Split != nil {
		return ledger.PartRuns(ctx, e, c, limit)
	}
	return ledger.Runs(ctx, e, c.Name, limit)
}

func (m *Main) showRuns(c *common, runs []eddy.Run) error {
	if !c.json {
		m.printRuns(runs)
		return nil
	}
	for _, r := range runs {
		if err := printJSON(m.Stdout, r); err != nil {
			return err
		}
	}
	return nil
}

func (m *Main) printRuns(runs []eddy.Run) {
	t := tabwriter.NewWriter(m.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "RUN\tSTARTED (UTC)\tTOOK\tROWS\tINSERT\tUPDATE\tDELETE\tDELIVERED\tREJECTED\tFAILED\tINVALID\tSTATUS")
	for _, r := range runs {
		took := "-"
		if r.FinishedAt != nil {
			took = duration(r.FinishedAt.Sub(r.StartedAt))
		}
		n := r.Counts
		// The status comes last, because paint would move the columns after it.
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", r.RunID, r.StartedAt.Format(time.DateTime), took, number(n.Rows),
			number(n.Insert), number(n.Update), number(n.Delete), number(n.Delivered), number(n.Rejected), number(n.Failed), number(n.Invalid), m.status(r.Status)+movedNote(r))
	}
	_ = t.Flush()
}

// movedNote says that a run is one that carried the state elsewhere.
func movedNote(r eddy.Run) string {
	if r.Trigger == sync.MoveTrigger {
		return ", the state was moved"
	}
	return ""
}
