package main

import (
	"cmp"
	"fmt"
	"sort"
	"strings"

	"github.com/spf13/cobra"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/api"
	"github.com/eddy-retl/eddy/connectors"
	"github.com/eddy-retl/eddy/ledger"
	"github.com/eddy-retl/eddy/sync"
)

func (m *Main) why() *cobra.Command {
	var c common
	var q sync.Question
	values := map[string]*string{}
	cmd := &cobra.Command{
		Use:   "why [flags] NAME --email VALUE",
		Short: "Say why a person is or is not in the audience",
		Long: `Why looks for a person by one identity, or for a record, and shows the rows of the
model that carry it, what is held of them, and every outcome in the sync log. It
sends nothing, changes nothing, and prints no other values of the rows. With
--server, a server answers; without the right to see raw values it leaves out ids of
records that were not asked after.`,
		Example: "  eddy why vip --email ada@example.com\n  eddy why vip --record 4711",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if q, err = question(values, q.RecordID); err != nil {
				return err
			}
			show := func(a sync.Answer, err error) error {
				if err != nil {
					return err
				}
				if c.json {
					return printJSON(m.Stdout, a)
				}
				m.printAnswer(a)
				return nil
			}
			if there, err := c.elsewhere(cmd); there || err != nil {
				return m.unless(err, &c, func(client *api.Client) error {
					name, err := only(cmd.Context(), client, "connection", args)
					if err != nil {
						return err
					}
					return show(client.Why(cmd.Context(), name, api.Question{Field: q.Field, Value: q.Value, RecordID: q.RecordID}))
				})
			}
			return m.withJob(cmd.Context(), &c, args, true, func(job sync.Job) error {
				return show(sync.Why(cmd.Context(), job, q))
			})
		},
	}
	c.flags(cmd)
	c.remote.flags(cmd)
	cmd.ValidArgsFunction = m.complete(&c, connections)
	for _, k := range connectors.Destinations() {
		for _, f := range k.Fields {
			if f.Identity && values[f.Name] == nil {
				values[f.Name] = cmd.Flags().String(flagName(f.Name), "", "look for this "+strings.ReplaceAll(f.Name, "_", " "))
			}
		}
	}
	cmd.Flags().StringVar(&q.RecordID, "record", "", "look for the record with this `ID`")
	return cmd
}

// flagName is the flag that asks after a field: --phone for phone_number.
func flagName(field string) string {
	return strings.ReplaceAll(strings.TrimSuffix(field, "_number"), "_", "-")
}

func question(values map[string]*string, record string) (sync.Question, error) {
	q := sync.Question{RecordID: record}
	asked := 0
	if record != "" {
		asked++
	}
	var flags []string
	for field, v := range values {
		flags = append(flags, "--"+flagName(field))
		if *v != "" {
			q.Field, q.Value = field, *v
			asked++
		}
	}
	if asked != 1 {
		sort.Strings(flags)
		return q, usage("say whom to look for with exactly one of %s or --record", strings.Join(flags, ", "))
	}
	return q, nil
}

// recordName is the id of a record, which a server may have left out.
func recordName(id string) string { return cmp.Or(eddy.Visible(id), "(not shown)") }

func (m *Main) printAnswer(a sync.Answer) {
	w := m.Stdout
	if len(a.Parts) == 0 {
		fmt.Fprintln(w, m.paint(bold, eddy.Visible(a.Verdict)))
	}
	for _, p := range a.Parts {
		fmt.Fprintf(w, "%s  %s\n", m.paint(bold, eddy.Visible(p.Audience)), p.Verdict)
	}
	for _, r := range a.Rows {
		what := "can be sent"
		switch r.Invalid {
		case "":
		case ledger.ReasonHeldOut:
			what = "is held out"
		case ledger.ReasonSuppressed:
			what = "is suppressed"
		default:
			what = "cannot be sent: " + r.Invalid
		}
		fmt.Fprintf(w, "  model  record %s %s", recordName(r.RecordID), what)
		for _, d := range r.Dropped {
			if r.Invalid == "" {
				fmt.Fprintf(w, ", but without a value (%s)", d)
			}
		}
		fmt.Fprintln(w)
	}
	for _, h := range a.Held {
		label := "held  "
		if h.Until == "" {
			label = "last  " // it cannot be in the audience
		}
		fmt.Fprintf(w, "  %s record %s: %s", label, recordName(h.RecordID), h.State)
		if h.Until != "" {
			fmt.Fprintf(w, ", lapses %s", h.Until)
		}
		if h.Reason != "" {
			fmt.Fprintf(w, " (%s)", eddy.Visible(h.Reason))
		}
		fmt.Fprintln(w)
	}
	for _, e := range a.Log {
		fmt.Fprintf(w, "  log    record %s: %s %s in run %s", recordName(e.PrimaryKey), e.Operation, e.Status, e.SyncRunID)
		if e.ErrorReason != "" {
			fmt.Fprintf(w, " (%s)", eddy.Visible(e.ErrorReason))
		}
		fmt.Fprintln(w)
	}
}
