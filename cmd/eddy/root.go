package main

import (
	"fmt"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/eddy-retl/eddy"
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
		Args:          unknownCommand,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetIn(m.Stdin)
	root.SetOut(m.Stdout)
	root.SetErr(m.Stderr)
	root.SetFlagErrorFunc(wrongFlag)
	root.AddCommand(
		m.demo(), m.check(), m.plan(), m.sync(), m.records(), m.payload(), m.runs(), m.logs(), m.snapshot(), m.state(), m.why(),
		m.audiences(), m.sandbox(), m.serve(), m.apply(), m.export(), m.user(), m.secrets(), m.version(), m.child(),
	)
	for _, c := range root.Commands() {
		c.Args = asUsage(c.Args)
		for _, sub := range c.Commands() {
			sub.Args = asUsage(sub.Args)
		}
	}
	return root
}

// unknownCommand names the command that was meant.
func unknownCommand(root *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	e := &eddy.Error{Code: eddy.CodeUsage, What: fmt.Sprintf("there is no command %q", args[0]), Mend: "eddy --help lists the commands."}
	var names []string
	for _, c := range root.Commands() {
		names = append(names, c.Name())
	}
	if near, ok := eddy.Nearest(args[0], names); ok {
		e.Mend = fmt.Sprintf("Did you mean %q? %s", near, e.Mend)
	}
	return e
}

// wrongFlag names the flag that was meant.
func wrongFlag(cmd *cobra.Command, err error) error {
	// What follows is the words of a library that read the value.
	what, _, _ := strings.Cut(err.Error(), ": strconv.")
	e := &eddy.Error{Code: eddy.CodeUsage, What: what, Mend: cmd.CommandPath() + " --help lists its flags."}
	names := strings.FieldsFunc(cmd.Flags().FlagUsages(), func(r rune) bool { return r == ' ' || r == '\n' })
	names = slices.DeleteFunc(names, func(s string) bool { return !strings.HasPrefix(s, "--") })
	if wrong, ok := strings.CutPrefix(err.Error(), "unknown flag: --"); ok {
		if near, ok := eddy.Nearest("--"+wrong, names); ok {
			e.Mend = fmt.Sprintf("Did you mean %s? %s", near, e.Mend)
		}
	}
	return e
}

// asUsage makes wrong arguments a usage error.
func asUsage(check cobra.PositionalArgs) cobra.PositionalArgs {
	if check == nil {
		return nil
	}
	return func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			what := "too many arguments"
			if len(args) == 0 {
				what = "something is missing"
			}
			return &eddy.Error{Code: eddy.CodeUsage, What: cmd.Name() + ": " + what, Mend: "Write: " + cmd.UseLine()}
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
			goVersion := ""
			if info, ok := debug.ReadBuildInfo(); ok {
				goVersion = info.GoVersion
			}
			cmd.Printf("eddy %s %s\n", version(), goVersion)
			return nil
		},
	}
}

// version is what was built.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}
