package main

import (
	"bufio"
	"encoding/json"
	"errors"

	"github.com/spf13/cobra"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/api"
	"github.com/eddy-retl/eddy/sync"
)

func (m *Main) records() *cobra.Command {
	var c common
	var full bool
	cmd := &cobra.Command{
		Use:   "records [flags] [NAME]",
		Short: "Print the pending changes as record events, one JSON object a line",
		Long: `Records prints what a sync would deliver as record events. With the state in the
warehouse they hold the model's values as they are, so mind who reads along; with
local state they hold digests. What leaves the audience comes first, as delete
events with digests. It sends nothing and changes nothing. Its output is what
"eddy payload" reads. With --server, it takes the right to see raw values.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			out := bufio.NewWriterSize(m.Stdout, 1<<16)
			if there, err := c.elsewhere(cmd); there || err != nil {
				return m.unless(err, &c, func(client *api.Client) error {
					name, err := only(cmd.Context(), client, "connection", args)
					if err != nil {
						return err
					}
					return errors.Join(client.Events(cmd.Context(), name, full, out), out.Flush())
				})
			}
			return m.withJob(cmd.Context(), &c, args, true, func(job sync.Job) error {
				job.Full = full
				enc := json.NewEncoder(out)
				enc.SetEscapeHTML(false)
				err := sync.Records(cmd.Context(), job, func(r eddy.Record) error { return enc.Encode(r) })
				return errors.Join(err, out.Flush())
			})
		},
	}
	c.flags(cmd)
	c.remote.flags(cmd)
	cmd.ValidArgsFunction = m.complete(&c, connections)
	cmd.Flags().BoolVar(&full, "full", false, "every row, not only what changed")
	return cmd
}
