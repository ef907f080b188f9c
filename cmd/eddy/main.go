// Command eddy keeps X Ads custom audiences exact mirrors of warehouse tables.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/mattn/go-isatty"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/config"
	"github.com/eddy-retl/eddy/sync"
)

func main() { os.Exit(run(nil)) }

// run is the program. Tests that kill it at a certain step stand between a job and its
// parts with bend.
func run(bend func(*sync.Job)) int {
	outliveFileLimit()
	signalled, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	ctx, cancel := context.WithCancel(context.Background())
	// The first signal asks to stop in good order; another one ends the process at once.
	context.AfterFunc(signalled, func() {
		stop()
		cancel()
	})
	m := &Main{
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.LookupEnv,
		Terminal: isatty.IsTerminal(os.Stderr.Fd()),
		Color:    isatty.IsTerminal(os.Stdout.Fd()) && os.Getenv("NO_COLOR") == "",
		bend:     bend,
	}
	defer stop()
	return m.Run(ctx, os.Args[1:])
}

// Main is the program with all it touches of the outside, so that tests can run it.
type Main struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Getenv         func(string) (string, bool)
	// Terminal says that Stderr is one: progress is then drawn, not told line by line.
	Terminal bool
	// Color paints Stdout.
	Color bool

	// bend changes the jobs of runs; nil leaves them as they are.
	bend func(*sync.Job)
}

// exitStatus ends a command with an exit code after everything was said.
type exitStatus int

func (e exitStatus) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

// Run executes one command line and returns the exit code: 0 succeeded, 1 failed, 2 bad
// usage or configuration, 3 completed with errors, 4 needs approval, 130 cancelled.
func (m *Main) Run(ctx context.Context, args []string) int {
	root := m.root()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	var status exitStatus
	switch {
	case err == nil:
		return 0
	case errors.As(err, &status):
		return int(status)
	}
	m.complain(err)
	switch {
	case ctx.Err() != nil:
		return eddy.Cancelled.ExitCode()
	case eddy.ErrorCode(err) == eddy.CodeUsage, eddy.ErrorCode(err) == eddy.CodeConfig:
		return 2
	case eddy.ErrorCode(err) == eddy.CodeApproval:
		return eddy.NeedsApproval.ExitCode()
	default:
		return 1
	}
}

// complain tells an error to a person.
func (m *Main) complain(err error) {
	text := strings.TrimRight(err.Error(), "\n")
	if errors.Is(err, context.Canceled) {
		text = "cancelled"
	}
	if p, ok := errors.AsType[config.Problems](err); ok && len(p) > 1 {
		text = fmt.Sprintf("%s has %s\n%s", p[0].File, eddy.Plural(int64(len(p)), "mistake"), text)
	}
	fmt.Fprintf(m.Stderr, "eddy: %s\n", eddy.VisibleLines(text))
}

func usage(format string, args ...any) error {
	return &eddy.Error{Code: eddy.CodeUsage, What: fmt.Sprintf(format, args...)}
}
