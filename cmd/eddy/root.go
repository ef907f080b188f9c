package main

import (
	"runtime/debug"

	"github.com/spf13/cobra"
)

// root is the command tree. Each command stands in its own file.
func (m *Main) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "eddy",
		Short: "Keep an X Ads custom audience an exact mirror of a warehouse table",
		Long: `Eddy keeps X (Twitter) Ads custom audiences exact mirrors of warehouse tables
or queries. Start with "eddy demo"; it needs no account and no configuration.

Exit codes: 0 succeeded, 1 failed, 2 bad usage or configuration,
3 completed with errors, 4 needs approval, 130 cancelled.`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetIn(m.Stdin)
	root.SetOut(m.Stdout)
	root.SetErr(m.Stderr)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usage("%v", err) })
	root.AddCommand(
		m.demo(), m.check(), m.plan(), m.sync(), m.records(), m.payload(), m.runs(), m.logs(), m.why(),
		m.audiences(), m.sandbox(), m.version(),
	)
	for _, c := range root.Commands() {
		c.Args = asUsage(c.Args)
		for _, sub := range c.Commands() {
			sub.Args = asUsage(sub.Args)
		}
	}
	return root
}

// asUsage makes wrong arguments a usage error.
func asUsage(check cobra.PositionalArgs) cobra.PositionalArgs {
	if check == nil {
		return nil
	}
	return func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return usage("%v\n  usage: %s", err, cmd.UseLine())
		}
		return nil
	}
}

func (m *Main) version() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			v, goVersion := "(devel)", ""
			if info, ok := debug.ReadBuildInfo(); ok {
				goVersion = info.GoVersion
				if info.Main.Version != "" {
					v = info.Main.Version
				}
			}
			cmd.Printf("eddy %s %s\n", v, goVersion)
			return nil
		},
	}
}
