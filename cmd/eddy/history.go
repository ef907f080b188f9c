package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
	"github.com/eddy-retl/eddy/warehouse/duckdb"
)

// history opens a connection's state for reading; nil when it never ran. The function
// that it returns closes what was opened, and is never nil.
func (s *setup) history(ctx context.Context, c eddy.Connection) (warehouse.Session, func() error, error) {
	nothing := func() error { return nil }
	if s.local(c) {
		if _, err := os.Stat(s.statePath(c)); errors.Is(err, os.ErrNotExist) {
			return nil, nothing, nil
		}
		ses, err := duckdb.Engine{Path: s.statePath(c), ReadOnly: true}.Open(ctx)
		if err != nil {
			return nil, nothing, err
		}
		return ses, ses.Close, nil
	}
	src, err := s.openSource(ctx, c.Source)
	if err != nil {
		return nil, nothing, err
	}
	ses, err := s.existing(ctx, c, src)
	if err != nil || ses == nil {
		return nil, src.Close, err
	}
	return ses, func() error { return errors.Join(ses.Close(), src.Close()) }, nil
}

// existing opens the state in a warehouse without making anything; nil when there is none.
func (s *setup) existing(ctx context.Context, c eddy.Connection, src warehouse.Source) (warehouse.Session, error) {
	schema := s.Sources[c.Source].Schema
	if e, ok := src.(warehouse.Existing); ok {
		return e.Existing(ctx, schema)
	}
	return src.Session(ctx, schema)
}

// withHistory runs fn on the state of the connection that args name.
func (m *Main) withHistory(ctx context.Context, c *common, args []string, fn func(eddy.Connection, warehouse.Session) error) (err error) {
	s, err := m.load(c)
	if err != nil {
		return err
	}
	conn, err := s.connection(args)
	if err != nil {
		return err
	}
	ses, done, err := s.history(ctx, conn)
	if err != nil {
		return errors.Join(err, done())
	}
	defer func() { err = errors.Join(err, done()) }()
	if ses == nil && !c.json {
		fmt.Fprintf(m.Stdout, "connection %s has not run yet\n", conn.Name)
		return nil
	}
	return fn(conn, ses)
}

func (m *Main) runs() *cobra.Command {
	var c common
	var limit int
	cmd := &cobra.Command{
		Use:   "runs [flags] [NAME]",
		Short: "List a connection's runs, the newest first",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return m.withHistory(cmd.Context(), &c, args, func(conn eddy.Connection, ses warehouse.Session) error {
				runs := []eddy.Run{}
				if ses != nil {
					var err error
					if runs, err = warehouse.Runs(cmd.Context(), ses, conn.Name, limit); err != nil {
						return err
					}
				}
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
			})
		},
	}
	c.flags(cmd)
	cmd.ValidArgsFunction = m.complete(&c, connections)
	cmd.Flags().IntVar(&limit, "limit", 20, "at most this many runs")
	cmd.Flag("json").Usage = "print JSON, one run a line"
	return cmd
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
			number(n.Insert), number(n.Update), number(n.Delete), number(n.Delivered), number(n.Rejected), number(n.Failed), number(n.Invalid), m.status(r.Status))
	}
	_ = t.Flush()
}
