package main

import (
	"os"
	"regexp"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/eddy-retl/eddy/child"
)

// child is the process in which a server has models worked on; see package child.
func (m *Main) child() *cobra.Command {
	return &cobra.Command{
		Use:    child.Command,
		Short:  "Work on a model for eddy serve, which starts it",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return child.Serve(cmd.Context(), m.Stdin, m.Stdout, func() { os.Exit(1) })
		},
	}
}

// What the process of one model has of memory where nobody said how much, in bytes: a share of the
// machine's, because as many may be at work at once.
const (
	memoryShare = 8
	leastMemory = 1 << 30
	mostMemory  = 4 << 30
)

// modelMemory is how many bytes a model's process may take: what was said, such as 2GiB, or
// else a share of the machine's. Below 512 MiB DuckDB has no room to work.
func modelMemory(said string, machine uint64) (uint64, error) {
	if said == "" {
		return min(max(machine/memoryShare, leastMemory), mostMemory), nil
	}
	units := map[string]uint64{"m": 1 << 20, "g": 1 << 30, "mb": 1e6, "gb": 1e9, "mib": 1 << 20, "gib": 1 << 30}
	m := regexp.MustCompile(`^([0-9]{1,6}) ?([a-z]+)$`).FindStringSubmatch(strings.ToLower(said))
	if m != nil {
		n, _ := strconv.ParseUint(m[1], 10, 32)
		if bytes := n * units[m[2]]; bytes >= 512<<20 {
			return bytes, nil
		}
	}
	return 0, usage("--model-memory %q: write a size of at least 512MiB, such as 2GiB", said)
}
