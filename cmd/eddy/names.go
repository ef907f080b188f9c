package main

import (
	"github.com/spf13/cobra"
)

// complete offers the names that stand in the configuration file to the shell.
func (m *Main) complete(c *common, names func(*loaded) []string) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		s, err := m.load(c)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return names(s), cobra.ShellCompDirectiveNoFileComp
	}
}

func connections(s *loaded) []string { return s.ConnectionNames }

func destinations(s *loaded) []string { return s.DestinationNames }

// offer completes a flag from a fixed list.
func offer(cmd *cobra.Command, flag string, values ...string) {
	_ = cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)) // fails for flags that do not exist only
}
