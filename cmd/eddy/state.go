package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/sync"
)

func (m *Main) state() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "state",
		Short: "Move what Eddy remembers of an audience",
		Args:  cobra.NoArgs,
	}
	cmd.AddCommand(m.stateMove())
	return cmd
}

func (m *Main) stateMove() *cobra.Command {
	var c common
	var to string
	cmd := &cobra.Command{
		Use:   "move [flags] [NAME] --to warehouse|local",
		Short: "Carry a connection's ledger from the warehouse to the state folder, or back",
		Long: `Move carries what is held to the other place: from the source's warehouse to the
state folder (--to local), or from there to the warehouse. Nothing is sent, and the
next run sends only what has changed. The place that was left is not deleted.

Set state: on the source afterwards: a run takes the ledger to where the
configuration says that it is.`,
		Example: `  eddy state move vip --to local`,
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			place := eddy.Place(to)
			if place != eddy.Local && place != eddy.InWarehouse {
				return usage("--to is warehouse or local, not %q", to)
			}
			return m.moveState(cmd.Context(), &c, args, place)
		},
	}
	c.flags(cmd)
	cmd.ValidArgsFunction = m.complete(&c, connections)
	cmd.Flags().StringVar(&to, "to", "", "the `place` to carry it to: warehouse, or local")
	return cmd
}

// moveState carries a connection's ledger to a place, whatever the file says.
func (m *Main) moveState(ctx context.Context, c *common, args []string, to eddy.Place) error {
	s, err := m.load(c)
	if err != nil {
		return err
	}
	conn, err := s.connection(args)
	if err != nil {
		return err
	}
	said, err := s.Keep(conn.Source, to)
	if err != nil {
		return err
	}
	return s.withJob(ctx, conn, false, func(job sync.Job) error {
		run, err := sync.Move(ctx, job)
		if err != nil {
			return err
		}
		if c.json {
			return printJSON(m.Stdout, run)
		}
		fmt.Fprintf(m.Stdout, "%s: what the audience holds was carried to %s.\n", conn.Name, placeName(to))
		if said != to {
			fmt.Fprintf(m.Stdout, "Set  state: %s  on source %s now: until then its next run carries it back.\n", to, conn.Source)
		}
		return nil
	})
}

func placeName(p eddy.Place) string {
	if p == eddy.Local {
		return "the state folder"
	}
	return "the warehouse"
}
