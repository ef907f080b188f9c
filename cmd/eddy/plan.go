package main

import (
	"cmp"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/api"
	"github.com/eddy-retl/eddy/sync"
)

func (m *Main) plan() *cobra.Command {
	var c common
	var full bool
	cmd := &cobra.Command{
		Use:   "plan [flags] [NAME]",
		Short: "Show what a sync would do; sends nothing, changes nothing",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			show := func(p sync.Plan, err error) error {
				if err != nil {
					return err
				}
				if c.json {
					return printJSON(m.Stdout, p)
				}
				m.printPlan(p)
				return nil
			}
			if there, err := c.elsewhere(cmd); there || err != nil {
				return m.unless(err, &c, func(client *api.Client) error {
					name, err := only(cmd.Context(), client, "connection", args)
					if err != nil {
						return err
					}
					return show(client.Plan(cmd.Context(), name, full))
				})
			}
			return m.withJob(cmd.Context(), &c, args, true, func(job sync.Job) error {
				job.Full = full
				return show(sync.Look(cmd.Context(), job))
			})
		},
	}
	c.flags(cmd)
	c.remote.flags(cmd)
	cmd.ValidArgsFunction = m.complete(&c, connections)
	cmd.Flags().BoolVar(&full, "full", false, "plan a sync that sends every row again")
	return cmd
}

func (m *Main) printPlan(p sync.Plan) {
	w := m.Stdout
	audience := "a new audience"
	switch {
	case p.Parts != nil:
		audience = fmt.Sprintf("%s, which hold %s of its records", eddy.Plural(int64(len(p.Parts)), "audience"), number(p.Held))
	case p.AudienceID != "":
		audience = fmt.Sprintf("audience %s, which holds %s of its records", p.AudienceID, number(p.Held))
	}
	fmt.Fprintf(w, "%s  %s into %s\n", m.paint(bold, p.Connection), p.Mode, audience)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	n := p.Counts
	fmt.Fprintf(t, "  rows\t%s\t%s\n", number(n.Rows), leftOut(n))
	fmt.Fprintf(t, "  changes\t%s\t%s\n", number(n.Operations()), changes(n))
	fmt.Fprintf(t, "  requests\t%s\t%s; at X's limit of 1,500 a minute at least %s\n", number(n.Requests), size(n.Bytes), duration(time.Duration(p.Seconds*float64(time.Second))))
	if p.EstimatedBytes != nil {
		fmt.Fprintf(t, "  reads\t%s\tof the warehouse, for the model\n", size(*p.EstimatedBytes))
	}
	if p.Removal.Identities > 0 {
		fmt.Fprintf(t, "  removes\t%s\n", p.Removal)
	}
	if n.OptedOut > 0 {
		fmt.Fprintf(t, "  opt-outs\t%s\tleave because a list has them, whatever the guard says\n", number(n.OptedOut))
	}
	verdict := m.paint(green, "lets it through")
	if p.Guard != "" {
		verdict = m.paint(yellow, "holds it: ") + p.Guard
	}
	fmt.Fprintf(t, "  guard\t%s\n", verdict)
	_ = t.Flush()
	m.printPartPlans(p.Parts)
	m.printErrors(p.Errors)
	m.printWarnings(p.Warnings)
	if len(p.Fields) > 0 {
		fmt.Fprintln(w, "identity fields:")
		m.printQuality(p.Fields)
	}
	if len(p.Samples) > 0 {
		fmt.Fprintln(w, "sample changes:")
		for _, s := range p.Samples {
			fmt.Fprintf(w, "  %-9s %s", s.Operation, eddy.Visible(s.RecordID))
			if s.Operation != eddy.Delete {
				fmt.Fprintf(w, "  %s", strings.Join(s.Fields, ", "))
			}
			fmt.Fprintln(w)
		}
	}
	fmt.Fprintln(w, "Nothing was sent and nothing was changed.")
}

// printPartPlans lists the audiences of a connection that keeps several.
func (m *Main) printPartPlans(parts []sync.PartPlan) {
	if len(parts) == 0 {
		return
	}
	t := tabwriter.NewWriter(m.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "  AUDIENCE\tID\tHOLDS\tROWS\tINSERT\tUPDATE\tDELETE\tGUARD")
	for _, p := range parts {
		n, verdict := p.Counts, "lets it through"
		if p.Guard != "" {
			verdict = "holds it"
		}
		fmt.Fprintf(t, "  %s\t%s\t%s\t%s\t%s\t%s\t%s\t%s%s\n", eddy.Visible(p.Audience), cmp.Or(p.AudienceID, "-"), number(p.Held), number(n.Rows),
			number(n.Insert), number(n.Update), number(n.Delete), verdict, partNote(p.New, p.Gone))
	}
	_ = t.Flush()
}

func (m *Main) printQuality(fields []sync.FieldQuality) {
	t := tabwriter.NewWriter(m.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "  field\tfilled\tvalid\tshared\tdropped values")
	for _, f := range fields {
		shared := "fewer than 5"
		if f.Shared != nil {
			shared = number(*f.Shared)
		}
		fmt.Fprintf(t, "  %s\t%s\t%s\t%s\t", f.Field, number(f.Filled), number(f.Valid), shared)
		for i, e := range f.Invalid {
			if i > 0 {
				fmt.Fprint(t, "; ")
			}
			fmt.Fprintf(t, "%s x %s", number(e.Count), e.Reason)
		}
		fmt.Fprintln(t)
	}
	_ = t.Flush()
}
