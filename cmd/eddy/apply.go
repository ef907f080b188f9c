package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/api"
	"github.com/eddy-retl/eddy/catalog"
)

func (m *Main) apply() *cobra.Command {
	var c common
	var dryRun, prune bool
	cmd := &cobra.Command{
		Use:   "apply -f FILE --server URL",
		Short: "Bring a configuration file into a server, all of it or nothing",
		Long: `Apply brings a configuration file into a server and shows what that changes. Variables
are read here, and their values sent; a secret whose variable is not set stays as the
server has it. With --prune, what the file lacks is deleted. Paths in the file are
those of the server's machine.`,
		Example: "  eddy apply -f eddy.yaml --server https://eddy.example.com --dry-run",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if c.remote.url == "" {
				return usage("apply: name the server with --server URL")
			}
			text, err := os.ReadFile(c.file)
			if err != nil {
				return &eddy.Error{Code: eddy.CodeUsage, What: "read the configuration file", Err: err, Mend: "Name it with -f."}
			}
			return m.onServer(&c, func(client *api.Client) error {
				done, err := client.Apply(cmd.Context(), text, m.Getenv, prune, dryRun)
				if err != nil {
					return err
				}
				if c.json {
					return printJSON(m.Stdout, done)
				}
				m.printSteps(done)
				return nil
			})
		},
	}
	cmd.Flags().StringVarP(&c.file, "file", "f", "eddy.yaml", "configuration `file`")
	cmd.Flags().BoolVar(&c.json, "json", false, "print JSON")
	_ = cmd.MarkFlagFilename("file", "yaml", "yml")
	c.remote.flags(cmd)
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "show what would change, and change nothing")
	cmd.Flags().BoolVar(&prune, "prune", false, "delete what the file lacks")
	return cmd
}

// printSteps tells what a file changes: what is added, changed or deleted, key by key.
func (m *Main) printSteps(done api.Applied) {
	changed := int64(0)
	for _, s := range done.Steps {
		if s.Action == catalog.Unchanged {
			continue
		}
		changed++
		paint := map[string]func(string) string{
			catalog.Create: func(t string) string { return m.paint(green, t) },
			catalog.Update: func(t string) string { return m.paint(yellow, t) },
			catalog.Remove: func(t string) string { return m.paint(red, t) },
		}[s.Action]
		fmt.Fprintf(m.Stdout, "%s %s %s\n", paint(s.Action), s.Kind, eddy.Visible(s.Name))
		for _, d := range s.Changed {
			fmt.Fprintf(m.Stdout, "  %s: %s -> %s\n", eddy.Visible(d.Key), shown(d.Before), shown(d.After))
		}
	}
	switch {
	case changed == 0:
		fmt.Fprintln(m.Stdout, "nothing to change: the server has what the file says")
	case done.Applied:
		fmt.Fprintf(m.Stdout, "applied %s\n", eddy.Plural(changed, "change"))
	default:
		fmt.Fprintf(m.Stdout, "%s; nothing was changed, because of --dry-run\n", eddy.Plural(changed, "change"))
	}
}

// shown is a value before or after a change.
func shown(value []byte) string {
	if len(value) == 0 || string(value) == "null" {
		return "(none)"
	}
	return eddy.Visible(string(value))
}

func (m *Main) export() *cobra.Command {
	var c common
	cmd := &cobra.Command{
		Use:     "export --server URL",
		Short:   "Print a server's configuration as a file",
		Long:    `Export prints what "eddy apply" would bring in. Secrets stand as variables in it.`,
		Example: "  eddy export --server https://eddy.example.com > eddy.yaml",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if c.remote.url == "" {
				return usage("export: name the server with --server URL")
			}
			return m.onServer(&c, func(client *api.Client) error {
				text, err := client.Export(cmd.Context())
				if err != nil {
					return err
				}
				_, err = m.Stdout.Write(text)
				return err
			})
		},
	}
	c.remote.flags(cmd)
	return cmd
}
