package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/api"
	"github.com/eddy-retl/eddy/ledger"
	"github.com/eddy-retl/eddy/warehouse"
)

// statuses are those of a row in the sync log.
func statuses() []string {
	return []string{eddy.Delivered.String(), eddy.Rejected.String(), eddy.Failed.String(), eddy.Invalid.String(), ledger.HeldBack}
}

func (m *Main) logs() *cobra.Command {
	var c common
	var f ledger.LogFilter
	var asCSV bool
	cmd := &cobra.Command{
		Use:   "logs [flags] [NAME]",
		Short: "Print what became of each record, from the sync log",
		Example: `  eddy logs vip --status rejected
  eddy logs vip --record 4711 --json
  eddy logs vip --run 20261123163233ye46 --status held --csv   # who would leave by a run that was held`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.Status != "" && !slices.Contains(statuses(), f.Status) {
				return usage("--status %q: write one of %s", f.Status, strings.Join(statuses(), ", "))
			}
			if c.json && asCSV {
				return usage("--json and --csv do not go together")
			}
			if there, err := c.elsewhere(cmd); there || err != nil {
				return m.unless(err, &c, func(client *api.Client) error {
					return m.printLogs(&c, f, asCSV, func(each func(eddy.LogEntry) error) error {
						return logsOnServer(cmd.Context(), client, args, f, each)
					})
				})
			}
			return m.withHistory(cmd.Context(), &c, args, func(conn eddy.Connection, e warehouse.Engine) error {
				if e == nil {
					return nil
				}
				return m.printLogs(&c, f, asCSV, func(each func(eddy.LogEntry) error) error {
					return ledger.Logs(cmd.Context(), e, conn.Name, f, each)
				})
			})
		},
	}
	c.flags(cmd)
	c.remote.flags(cmd)
	cmd.ValidArgsFunction = m.complete(&c, connections)
	cmd.Flags().StringVar(&f.Run, "run", "", "only the run with this `ID`")
	cmd.Flags().StringVar(&f.Status, "status", "", "only this `status`: delivered, rejected, failed, invalid or held")
	cmd.Flags().StringVar(&f.RecordID, "record", "", "only the record with this `ID`")
	cmd.Flags().StringVar(&f.Value, "value", "", "of a connection that keeps several audiences, only that of this `VALUE`")
	cmd.Flags().IntVar(&f.Limit, "limit", 1000, "at most this many rows; 0 prints all")
	cmd.Flags().BoolVar(&asCSV, "csv", false, "print CSV")
	cmd.Flag("json").Usage = "print JSON, one row a line"
	offer(cmd, "status", statuses()...)
	return cmd
}

func (m *Main) printLogs(c *common, f ledger.LogFilter, asCSV bool, read func(func(eddy.LogEntry) error) error) error {
	if asCSV {
		w := csv.NewWriter(m.Stdout)
		_ = w.Write(eddy.Cells("run_id", "record_id", "operation", "status", "reason")) // what fails is told by Error
		err := read(func(e eddy.LogEntry) error {
			return w.Write(eddy.Cells(e.SyncRunID, e.PrimaryKey, e.Operation, e.Status, e.ErrorReason))
		})
		w.Flush()
		return errors.Join(err, w.Error())
	}
	t := tabwriter.NewWriter(m.Stdout, 0, 0, 2, ' ', 0)
	n := 0
	err := read(func(e eddy.LogEntry) error {
		if n++; c.json {
			return printJSON(m.Stdout, e)
		}
		head, value := "", ""
		if _, of, part := eddy.PartOf(e.ConnectionID); part {
			head, value = "VALUE\t", eddy.Visible(of)+"\t"
		}
		if n == 1 {
			fmt.Fprintln(t, "RUN\t"+head+"RECORD\tOPERATION\tSTATUS\tREASON")
		}
		fmt.Fprintf(t, "%s\t%s%s\t%s\t%s\t%s\n", e.SyncRunID, value, eddy.Visible(e.PrimaryKey), e.Operation, e.Status, eddy.Visible(e.ErrorReason))
		return nil
	})
	if err != nil {
		return err
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if n == 0 && !c.json {
		fmt.Fprintln(m.Stdout, "the sync log has no such rows")
	}
	if n == f.Limit && f.Limit > 0 && !c.json {
		fmt.Fprintf(m.Stderr, "the first %s; --limit 0 prints all\n", eddy.Plural(int64(n), "row"))
	}
	return nil
}
