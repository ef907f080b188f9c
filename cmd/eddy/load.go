package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/setup"
	"github.com/eddy-retl/eddy/sync"
	"github.com/eddy-retl/eddy/warehouse"
)

// common are the flags of every command that reads the configuration file.
type common struct {
	file, stateDir string
	json           bool
	// remote is a server that is asked in place of the file, where a command has it.
	remote remote
}

func (c *common) flags(cmd *cobra.Command) {
	cmd.Flags().StringVarP(&c.file, "file", "f", "eddy.yaml", "configuration `file`")
	cmd.Flags().StringVar(&c.stateDir, "state-dir", "", "`folder` of local state (default .eddy beside the configuration file)")
	cmd.Flags().BoolVar(&c.json, "json", false, "print JSON")
	_ = cmd.MarkFlagFilename("file", "yaml", "yml")
	_ = cmd.MarkFlagDirname("state-dir")
}

// loaded is a configuration file that commands work with.
type loaded struct{ *setup.Setup }

func (m *Main) load(c *common) (*loaded, error) {
	s, err := setup.Load(c.file, c.stateDir, m.Getenv)
	if err != nil {
		return nil, err
	}
	return &loaded{s}, nil
}

// connection finds a connection by name; without a name, the only one there is.
func (s *loaded) connection(args []string) (eddy.Connection, error) {
	if len(args) == 0 {
		if len(s.ConnectionNames) == 1 {
			return s.Connections[s.ConnectionNames[0]], nil
		}
		return eddy.Connection{}, usage("name a connection; %s has: %s", s.Path, strings.Join(s.ConnectionNames, ", "))
	}
	c, ok := s.Connections[args[0]]
	if !ok {
		return c, s.Unknown("connection", args[0], s.ConnectionNames)
	}
	return c, nil
}

// withJob runs fn with the job of the connection that args name.
func (m *Main) withJob(ctx context.Context, c *common, args []string, dry bool, fn func(sync.Job) error) error {
	s, err := m.load(c)
	if err != nil {
		return err
	}
	conn, err := s.connection(args)
	if err != nil {
		return err
	}
	waiting := warehouse.WithWaiting(ctx, func(text string) { fmt.Fprintf(m.Stderr, "note: %s\n", text) })
	return s.withJob(waiting, conn, dry, fn)
}

// withJob runs fn with a connection's job.
func (s *loaded) withJob(ctx context.Context, c eddy.Connection, dry bool, fn func(sync.Job) error) (err error) {
	job, err := s.Job(ctx, c, dry)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, job.Source.Close()) }()
	return fn(job)
}
