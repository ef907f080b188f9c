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

// history opens a connection's state for reading; nil when it never ran.
func (s *setup) history(ctx context.Context, c eddy.Connection) (warehouse.Session, func() error, error) {
	if s.local(c) {
		if _, err := os.Stat(s.statePath(c)); err != nil {
			return nil, func() error { return nil }, nil
		}
		ses, err := duckdb.Engine{Path: s.statePath(c), ReadOnly: true}.Open(ctx)
		if err != nil {
			return nil, nil, err
		}
		return ses, ses.Close, nil
	}
	src, err := s.openSource(ctx, c.Source)
	if err != nil {
		return nil, nil, err
	}
	ses, err := src.Session(ctx, s.Sources[c.Source].Schema)
	if err != nil {
		return nil, nil, errors.Join(err, src.Close())
	}
	done := func() error { return errors.Join(ses.Close(), src.Close()) }
	if err := warehouse.EnsureShared(ctx, ses); err != nil {
		return nil, nil, errors.Join(err, done())
	}
	return ses, done, nil
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
		return err
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

func (m *Main) logs() *cobra.Command {
	var c common
	var f warehouse.LogFilter
	cmd := &cobra.Command{
		Use:   "logs [flags] [NAME]",
		Short: "Print what became of each record, from the sync log",
		Example: `  eddy logs vip --status rejected
  eddy logs vip --record 4711 --json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return m.withHistory(cmd.Context(), &c, args, func(conn eddy.Connection, ses warehouse.Session) error {
				if ses == nil {
					return nil
				}
				return m.printLogs(cmd.Context(), &c, conn, ses, f)
			})
		},
	}
	c.flags(cmd)
	cmd.Flags().StringVar(&f.Run, "run", "", "only the run with this `ID`")
	cmd.Flags().StringVar(&f.Status, "status", "", "only this `status`: delivered, rejected, failed or invalid")
	cmd.Flags().StringVar(&f.RecordID, "record", "", "only the record with this `ID`")
	cmd.Flags().IntVar(&f.Limit, "limit", 1000, "at most this many rows; 0 prints all")
	cmd.Flag("json").Usage = "print JSON, one row a line"
	return cmd
}

func (m *Main) printLogs(ctx context.Context, c *common, conn eddy.Connection, ses warehouse.Session, f warehouse.LogFilter) error {
	t := tabwriter.NewWriter(m.Stdout, 0, 0, 2, ' ', 0)
	if !c.json {
		fmt.Fprintln(t, "RUN\tRECORD\tOPERATION\tSTATUS\tREASON")
	}
	n := 0
	err := warehouse.Logs(ctx, ses, conn.Name, f, func(e eddy.LogEntry) error {
		if n++; c.json {
			return printJSON(m.Stdout, e)
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", e.SyncRunID, printable(e.PrimaryKey), e.Operation, e.Status, printable(e.ErrorReason))
		return nil
	})
	if err != nil {
		return err
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if n == f.Limit && f.Limit > 0 && !c.json {
		fmt.Fprintf(m.Stderr, "the first %d rows; --limit 0 prints all\n", n)
	}
	return nil
}
