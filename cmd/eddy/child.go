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

// memory is how much the processes of models may take, as the operator said it.
type memory struct{ look, run string }

func (m *memory) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&m.look, "model-memory", "", "how much memory the process of one plan or preview may take, a `SIZE` such as 2GiB; an eighth of the machine's, between 1 and 4 GiB, by default")
	f.StringVar(&m.run, "run-memory", "", "how much memory the process of one run may take, a `SIZE` such as 8GiB; half of the machine's, but at least 2 GiB, by default")
}

// What the process of one model has of memory where nobody said how much, in bytes: a share of
// the machine's. Several may be at work at once, and runs seldom need so much.
const (
	lookShare, leastLook, mostLook = 8, 1 << 30, 4 << 30
	runShare, leastRun             = 2, 2 << 30
)

// settle is how many bytes they may take: what was said, or else a share of the machine's.
func (m *memory) settle(machine uint64) (out child.Memory, err error) {
	out = child.Memory{Look: min(max(machine/lookShare, leastLook), mostLook), Run: max(machine/runShare, leastRun)}
	if err := parseSize("model-memory", m.look, &out.Look); err != nil {
		return out, err
	}
	return out, parseSize("run-memory", m.run, &out.Run)
}

// parseSize reads a size such as 2GiB, in bytes, unless none was said. Below 512 MiB DuckDB has no
// room to work.
func parseSize(flag, said string, into *uint64) error {
	if said == "" {
		return nil
	}
	units := map[string]uint64{"m": 1 << 20, "g": 1 << 30, "mb": 1e6, "gb": 1e9, "mib": 1 << 20, "gib": 1 << 30}
	m := regexp.MustCompile(`^([0-9]{1,6}) ?([a-z]+)$`).FindStringSubmatch(strings.ToLower(said))
	if m != nil {
		n, _ := strconv.ParseUint(m[1], 10, 32)
		if bytes := n * units[m[2]]; bytes >= 512<<20 {
			*into = bytes
			return nil
		}
	}
	return usage("--%s %q: write a size of at least 512MiB, such as 2GiB", flag, said)
}
