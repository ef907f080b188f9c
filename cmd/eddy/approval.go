package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/eddy-retl/eddy/api"
	"github.com/eddy-retl/eddy/store"
	"github.com/eddy-retl/eddy/sync"
)

// newest stands for the newest run that was held, where a flag names none.
const newest = "newest"

// approval is what a person says to a run that the guard held.
type approval struct {
	approve, reject string
	removals        int64
}

func (a *approval) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&a.approve, "approve", "", "let a run go on that the guard held, as far as the held run with this `RUN` id showed it; without one, the newest")
	f.Int64Var(&a.removals, "approve-removals", 0, "let a run go on that removes at most `N` identities and people, for scripts")
	f.StringVar(&a.reject, "reject", "", "drop the held run with this `RUN` id, or the newest, in place of running")
	f.Lookup("approve").NoOptDefVal, f.Lookup("reject").NoOptDefVal = newest, newest
}

// wish is what the run is to do.
func (a *approval) wish(full bool) (sync.Wish, error) {
	if a.approve != "" && a.reject != "" || a.removals != 0 && a.approve+a.reject != "" {
		return sync.Wish{}, usage("--approve, --approve-removals and --reject do not go together")
	}
	if a.removals < 0 {
		return sync.Wish{}, usage("--approve-removals %d: write how many may leave", a.removals)
	}
	w := sync.Wish{Full: full, Approve: a.approve != "" || a.removals > 0, ApproveRemovals: a.removals}
	if a.approve != newest {
		w.ApproveRun = a.approve
	}
	return w, nil
}

// rejected is the run that is dropped; empty is the newest that was held.
func (a *approval) rejected() string {
	if a.reject == newest {
		return ""
	}
	return a.reject
}

func (m *Main) printRejected(connection, run string, err error) error {
	if err == nil {
		fmt.Fprintf(m.Stdout, "%s: run %s is dropped; nothing of it was sent, and it cannot be approved any more\n", connection, run)
	}
	return err
}

// rejectOnServer drops a held run of a server.
func (m *Main) rejectOnServer(ctx context.Context, client *api.Client, args []string, run string) error {
	name, err := only(ctx, client, "connection", args)
	if err != nil {
		return err
	}
	if run == "" {
		for r, err := range client.Runs(ctx, name) {
			if err != nil {
				return err
			}
			if r.Status != store.Skipped { // nothing came of those
				run = r.RunID // the server says whether it waits
				break
			}
		}
	}
	if run == "" {
		return usage("connection %s has no run that waits for approval", name)
	}
	dropped, err := client.Reject(ctx, run)
	return m.printRejected(name, dropped.RunID, err)
}
