package main

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/api"
	"github.com/eddy-retl/eddy/ledger"
	"github.com/eddy-retl/eddy/sync"
	"github.com/eddy-retl/eddy/warehouse"
)

func (m *Main) sync() *cobra.Command {
	var c common
	var full, verbose bool
	var a approval
	cmd := &cobra.Command{
		Use:   "sync [flags] [NAME]",
		Short: "Run a connection once",
		Long: `Sync runs one connection once, in this process: it mirrors the model into the
audience, or adds and updates with sync_mode: upsert. NAME may be left out when
the file has one connection. With --server, a server runs it in place of this
process, and its configuration counts. A run that the guard held goes on with
--approve as far as it was shown: if more would leave by now, it waits again.`,
		Example: "  eddy sync -f eddy.yaml vip\n  eddy sync -f eddy.yaml --full vip   # send every row again",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			wish, err := a.wish(full)
			if err != nil {
				return err
			}
			if there, err := c.elsewhere(cmd); there || err != nil {
				return m.unless(err, &c, func(client *api.Client) error {
					if a.reject != "" {
						return m.rejectOnServer(cmd.Context(), client, args, a.rejected())
					}
					return m.syncOnServer(cmd.Context(), &c, client, args, verbose, api.Start{
						Full: wish.Full, Approve: wish.Approve, ApproveRun: wish.ApproveRun, ApproveRemovals: wish.ApproveRemovals,
					})
				})
			}
			return m.withJob(cmd.Context(), &c, args, false, func(job sync.Job) error {
				if a.reject != "" {
					run, err := sync.Reject(cmd.Context(), job, a.rejected())
					return m.printRejected(job.Connection.Name, run, err)
				}
				job.Wish = wish
				run, err := m.runJob(cmd.Context(), job)
				ended := m.report(&c, run, err)
				if verbose {
					m.printStatements(m.statementsOf(cmd.Context(), &c, args, run.RunID))
				}
				return ended
			})
		},
	}
	c.flags(cmd)
	c.remote.flags(cmd)
	cmd.ValidArgsFunction = m.complete(&c, connections)
	cmd.Flags().BoolVar(&full, "full", false, "send every row again")
	a.flags(cmd)
	cmd.Flags().BoolVar(&verbose, "verbose", false, "list the statements of the warehouse after the run, on standard error")
	return cmd
}

// runJob runs a job and shows how far it is. A run that is told to stop says what it
// waits for.
func (m *Main) runJob(ctx context.Context, job sync.Job) (eddy.Run, error) {
	p := m.newProgress()
	defer p.end()
	defer context.AfterFunc(ctx, func() {
		p.note("stopping when the requests on their way have settled; a second signal stops at once")
	})()
	job.Progress = p.show
	if m.bend != nil {
		m.bend(&job)
	}
	return sync.Run(ctx, job)
}

// report prints a finished run and turns its status into the exit code.
func (m *Main) report(c *common, run eddy.Run, runErr error) error {
	stopped := runErr != nil && run.Status != eddy.Cancelled && run.Status.ExitCode() != 0
	if c.json {
		if err := printJSON(m.Stdout, run); err != nil {
			return err
		}
	} else {
		m.printRun(run, stopped)
	}
	if stopped {
		return runErr
	}
	if code := run.Status.ExitCode(); code != 0 {
		return exitStatus(code)
	}
	return nil
}

// statementsOf reads what the warehouse carried out for a run. A run that is told to stop
// has them, too.
func (m *Main) statementsOf(ctx context.Context, c *common, args []string, run string) (out []eddy.Statement, err error) {
	quiet := *c
	quiet.json = true // nothing is said of a connection that has no ledger yet
	ctx = context.WithoutCancel(ctx)
	err = m.withHistory(ctx, &quiet, args, func(conn eddy.Connection, e warehouse.Engine) error {
		if e != nil {
			out, err = ledger.StatementsOf(ctx, e, conn.Name, run)
		}
		return err
	})
	return out, err
}

// printStatements lists what the warehouse carried out for a run.
func (m *Main) printStatements(statements []eddy.Statement, err error) {
	if err != nil {
		fmt.Fprintf(m.Stderr, "note: the run's statements cannot be read: %s\n", eddy.VisibleLines(err.Error()))
		return
	}
	if len(statements) == 0 {
		return // it came to nothing, or died
	}
	t := tabwriter.NewWriter(m.Stderr, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "SECONDS\tROWS\t  STATEMENT")
	for _, s := range statements {
		fmt.Fprintf(t, "%.3f\t%s\t  %s\n", s.Seconds, number(s.Rows), s.Step)
	}
	_ = t.Flush()
}

// printRun tells a run to a person. What stopped it is told elsewhere.
func (m *Main) printRun(r eddy.Run, stopped bool) {
	w := m.Stdout
	took := ""
	if r.FinishedAt != nil {
		took = " in " + duration(r.FinishedAt.Sub(r.StartedAt))
	}
	fmt.Fprintf(w, "%s  %s, run %s%s\n", m.status(r.Status), r.Connection, r.RunID, took)
	if r.Counts == (eddy.Counts{}) && stopped {
		return
	}
	if r.AudienceID != "" {
		fmt.Fprintf(w, "audience %s\n", r.AudienceID)
	}
	m.printCounts(r)
	m.printParts(r.Parts)
	errs := r.Errors
	if len(errs) > 0 && (stopped || r.Status == eddy.Cancelled) && len(errs[0].SampleIDs) == 0 {
		errs = errs[1:]
	}
	if r.Status == eddy.NeedsApproval && len(errs) > 0 && !stopped {
		fmt.Fprintf(w, "  %s %s\n", m.paint(yellow, "held back:"), errs[0].Reason)
		errs = errs[1:]
	}
	m.printErrors(errs)
	m.printWarnings(r.Warnings)
	if r.Status == eddy.NeedsApproval && !stopped {
		sent := "Nothing was sent"
		if len(r.Parts) > 0 {
			sent += " to the audiences that are held"
		}
		if r.Counts.OptedOut > 0 && r.Counts.Requests > 0 {
			sent += " but the removals of those who are on a list"
		}
		fmt.Fprintf(w, "%s. Look at it with \"eddy plan\", and at who would leave with \"eddy logs --status held\".\nIf it is right, run again with --approve; if not, --reject it, and mend the model.\n", sent)
	}
}

// printParts lists the audiences of a connection that keeps several.
func (m *Main) printParts(parts []eddy.PartRun) {
	if len(parts) == 0 {
		return
	}
	t := tabwriter.NewWriter(m.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "  AUDIENCE\tID\tROWS\tINSERT\tUPDATE\tDELETE\tDELIVERED\tSTATUS")
	for _, p := range parts {
		n := p.Counts
		fmt.Fprintf(t, "  %s\t%s\t%s\t%s\t%s\t%s\t%s\t%s%s\n", eddy.Visible(p.Audience), cmp.Or(p.AudienceID, "-"), number(n.Rows),
			number(n.Insert), number(n.Update), number(n.Delete), number(n.Delivered), m.status(p.Status), partNote(p.New, p.Gone))
	}
	_ = t.Flush()
}

// partNote says what is of note about an audience's value.
func partNote(isNew, gone bool) string {
	switch {
	case isNew:
		return ", new"
	case gone:
		return ", its value is gone"
	default:
		return ""
	}
}

func (m *Main) printCounts(r eddy.Run) {
	c := r.Counts
	t := tabwriter.NewWriter(m.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "  rows\t%s\t%s\n", number(c.Rows), leftOut(c))
	fmt.Fprintf(t, "  changes\t%s\t%s\n", number(c.Operations()), changes(c))
	if c.OptedOut > 0 {
		fmt.Fprintf(t, "  opt-outs\t%s\tleft because a list has them\n", number(c.OptedOut))
	}
	if r.Status != eddy.NeedsApproval || len(r.Parts) > 0 {
		fmt.Fprintf(t, "  delivered\t%s\trejected %s, failed %s\n", number(c.Delivered), number(c.Rejected), number(c.Failed))
		fmt.Fprintf(t, "  requests\t%s\t%s\n", number(c.Requests), size(c.Bytes))
	}
	if u := r.Usage; u != nil {
		fmt.Fprintf(t, "  warehouse\t%s\t%s\n", number(u.Statements), used(u))
	}
	_ = t.Flush()
}

// used tells what statements used of a warehouse, as far as it told.
func used(u *eddy.Usage) string {
	parts := []string{"statements"}
	if u.BytesScanned > 0 {
		parts = append(parts, size(u.BytesScanned)+" scanned")
	}
	if u.Seconds > 0 {
		parts = append(parts, duration(time.Duration(u.Seconds*float64(time.Second)))+" of the warehouse")
	}
	return strings.Join(parts, ", ")
}

// leftOut tells how many of a model's rows are not for the audience.
func leftOut(c eddy.Counts) string {
	text := "invalid " + number(c.Invalid)
	if c.HeldOut > 0 {
		text += ", held out " + number(c.HeldOut)
	}
	if c.Suppressed > 0 {
		text += ", suppressed " + number(c.Suppressed)
	}
	return text
}

// changes tells a run's changes by operation.
func changes(c eddy.Counts) string {
	return fmt.Sprintf("insert %s, update %s, delete %s, renew %s, reassert %s; unchanged %s",
		number(c.Insert), number(c.Update), number(c.Delete), number(c.Renew), number(c.Reassert), number(c.Unchanged))
}

func (m *Main) printWarnings(warnings []eddy.Warning) {
	for _, w := range warnings {
		fmt.Fprintf(m.Stdout, "  %s %s\n", m.paint(yellow, "warning:"), eddy.VisibleLines(w.Reason))
		if w.Mend != "" {
			fmt.Fprintf(m.Stdout, "    %s\n", eddy.VisibleLines(w.Mend))
		}
	}
}

func (m *Main) printErrors(errs []eddy.RunError) {
	for i, e := range errs {
		fmt.Fprintf(m.Stdout, "  %s %s%s\n", m.paint(yellow, number(e.Count)+" x"), eddy.VisibleLines(e.Reason), eddy.Visible(records(e.SampleIDs, e.Count)))
		same := i+1 < len(errs) && errs[i+1].Mend == e.Mend
		if e.Mend != "" && !same && e.About != eddy.AboutRun { // what stopped the run is told with its cure beside
			fmt.Fprintf(m.Stdout, "    %s\n", eddy.VisibleLines(e.Mend))
		}
	}
}
