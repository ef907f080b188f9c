package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/config"
	"github.com/eddy-retl/eddy/connectors"
	"github.com/eddy-retl/eddy/destination"
	"github.com/eddy-retl/eddy/warehouse"
)

// common are the flags of every command that reads the configuration file.
type common struct {
	file, stateDir string
	json           bool
}

func (c *common) flags(cmd *cobra.Command) {
	cmd.Flags().StringVarP(&c.file, "file", "f", "eddy.yaml", "configuration `file`")
	cmd.Flags().StringVar(&c.stateDir, "state-dir", "", "`folder` of local state (default .eddy beside the configuration file)")
	cmd.Flags().BoolVar(&c.json, "json", false, "print JSON")
	_ = cmd.MarkFlagFilename("file", "yaml", "yml")
	_ = cmd.MarkFlagDirname("state-dir")
}

// setup is a loaded configuration file.
type setup struct {
	*config.File
	stateDir string
}

func (m *Main) load(c *common) (*setup, error) {
	f, err := config.Load(c.file, known(), m.Getenv)
	if err != nil {
		return nil, err
	}
	s := &setup{File: f, stateDir: c.stateDir}
	if s.stateDir == "" {
		s.stateDir = filepath.Join(f.Dir, ".eddy")
	}
	return s, nil
}

// known tells the configuration what can be connected.
func known() config.Known {
	k := config.Known{Sources: map[string]config.Kind{}, Destinations: map[string]config.Kind{}}
	for _, w := range connectors.Warehouses() {
		k.Sources[w.Type] = config.Kind{Options: w.Options, LocalOnly: w.LocalOnly}
	}
	for _, d := range connectors.Destinations() {
		kind := config.Kind{Options: d.Options}
		for _, f := range d.Fields {
			kind.Fields = append(kind.Fields, f.Name)
			if f.Identity {
				kind.Identities = append(kind.Identities, f.Name)
			}
		}
		k.Destinations[d.Type] = kind
	}
	return k
}

// connection finds a connection by name; without a name, the only one there is.
func (s *setup) connection(args []string) (eddy.Connection, error) {
	if len(args) == 0 {
		if len(s.ConnectionNames) == 1 {
			return s.Connections[s.ConnectionNames[0]], nil
		}
		return eddy.Connection{}, usage("name a connection; %s has: %s", s.Path, strings.Join(s.ConnectionNames, ", "))
	}
	c, ok := s.Connections[args[0]]
	if !ok {
		return c, s.unknown("connection", args[0], s.ConnectionNames)
	}
	return c, nil
}

func (s *setup) unknown(what, name string, names []string) error {
	e := &eddy.Error{Code: eddy.CodeUsage, What: fmt.Sprintf("%s has no %s %q", s.Path, what, name)}
	if near, ok := config.Nearest(name, names); ok {
		e.Mend = fmt.Sprintf("Did you mean %q?", near)
	} else if len(names) > 0 {
		e.Mend = "It has: " + strings.Join(names, ", ") + "."
	}
	return e
}

func (s *setup) openSource(ctx context.Context, name string) (warehouse.Source, error) {
	src := s.Sources[name]
	kind, _ := connectors.Warehouse(src.Type)
	return kind.Open(ctx, src)
}

func (s *setup) openDestination(name string) (destination.Destination, error) {
	d, ok := s.Destinations[name]
	if !ok {
		return nil, s.unknown("destination", name, s.DestinationNames)
	}
	kind, _ := connectors.Destination(d.Type)
	return kind.Open(d)
}

// account names a destination's account; a sandbox's is another one than X's.
func (s *setup) account(name string) string {
	o := s.Destinations[name].Options
	if o["api_url"] == "" || strings.HasPrefix(o["api_url"], "https://ads-api.x.com") {
		return o["account_id"]
	}
	return o["account_id"] + " at " + o["api_url"]
}

func (s *setup) local(c eddy.Connection) bool { return s.Sources[c.Source].State == eddy.Local }

// statePath is the local state file of a connection.
func (s *setup) statePath(c eddy.Connection) string {
	return filepath.Join(s.stateDir, "state", warehouse.Slug(c.Name)+".duckdb")
}

// key is the secret that fingerprints of rows are keyed with: made once, kept in the
// state folder. A plan before the first run makes do with one of its own.
func (s *setup) key(dry bool) ([]byte, error) {
	path := filepath.Join(s.stateDir, "key")
	key, err := os.ReadFile(path)
	if err == nil && len(key) >= 32 {
		return key, nil
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, stateError("read the key of the local state", err)
	}
	if err == nil {
		return nil, &eddy.Error{
			Code: eddy.CodeSource, What: "the key of the local state in " + path + " is damaged",
			Mend: "Restore the file, or delete it: a new key is made, and the next runs send every row once more.",
		}
	}
	key = make([]byte, 32)
	if _, err := rand.Read(key); err != nil || dry {
		return key, err
	}
	if err := os.MkdirAll(s.stateDir, 0o700); err != nil {
		return nil, stateError("make the state folder", err)
	}
	if err := os.WriteFile(path, key, 0o600); err != nil {
		return nil, stateError("write the key of the local state", err)
	}
	return key, nil
}

func stateError(what string, err error) error {
	return &eddy.Error{Code: eddy.CodeSource, What: what, Err: err, Mend: "Choose another folder with --state-dir."}
}
