// Package setup opens what a configuration names: sources, destinations, and the jobs of
// its connections, with the state folder that they share on this machine.
package setup

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/config"
	"github.com/eddy-retl/eddy/connectors"
	"github.com/eddy-retl/eddy/destination"
	"github.com/eddy-retl/eddy/dial"
	"github.com/eddy-retl/eddy/warehouse"
)

// Setup is a checked configuration and the state folder of this machine. What a server's
// other processes are given of it passes through JSON.
type Setup struct {
	*config.File
	StateDir string
	// Files says what of this machine's disks models may read.
	Files Files
	// Uploaded are the digests of the uploaded lists of people who are suppressed, by name.
	Uploaded map[string]eddy.Digests
	// Unusable says of what a server has stored and cannot use why, by kind and name, such as
	// "connection vip"; it is not part of the file. Of a file everything can be used, or nothing.
	Unusable map[string]string
	// Dialer is how sources and destinations are reached; nil reaches public addresses alone.
	Dialer eddy.Dialer `json:"-"`
	// OpenKind opens a destination; nil does as its kind says. Tests that stop runs wait less.
	OpenKind func(eddy.Destination) (destination.Destination, error) `json:"-"`
	// Hear is told what happens while a task is done; nil hears nothing. It may be called by
	// several goroutines at once.
	Hear func(News) `json:"-"`
}

// Load reads a configuration file. An empty stateDir is .eddy beside the file. getenv is
// os.LookupEnv or a stand-in. Who wrote a file may call any address.
func Load(path, stateDir string, getenv func(string) (string, bool)) (*Setup, error) {
	f, err := config.Load(path, Known(), getenv)
	if err != nil {
		return nil, err
	}
	if stateDir == "" {
		stateDir = filepath.Join(f.Dir, ".eddy")
	}
	return &Setup{File: f, StateDir: stateDir, Files: commandLine(), Dialer: dial.Anywhere()}, nil
}

// Known tells the configuration what can be connected.
func Known() config.Known {
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

// Usable is the error of a thing that is stored and cannot be used, nil for others.
func (s *Setup) Usable(kind, name string) error {
	reason, ok := s.Unusable[kind+" "+name]
	if !ok {
		return nil
	}
	return &eddy.Error{
		Code: eddy.CodeConfig, What: fmt.Sprintf("%s %s cannot be used as it is configured: %s", kind, name, reason),
		Mend: "Change it, so that this version of eddy understands it.",
	}
}

// Unknown is the error of a name that the configuration does not have.
func (s *Setup) Unknown(what, name string, names []string) error {
	return Missing(s.Path, what, name, names)
}

// Missing says that somebody has no source, destination or connection of a name, and which one
// may have been meant.
func Missing(where, what, name string, names []string) error {
	e := &eddy.Error{Code: eddy.CodeUsage, What: fmt.Sprintf("%s has no %s %q", where, what, name)}
	if near, ok := eddy.Nearest(name, names); ok {
		e.Mend = fmt.Sprintf("Did you mean %q?", near)
	} else if len(names) > 0 {
		e.Mend = "It has: " + strings.Join(names, ", ") + "."
	}
	return e
}

// OpenSource connects to a source by name. The caller closes it.
func (s *Setup) OpenSource(ctx context.Context, name string) (warehouse.Source, error) {
	src := s.Sources[name]
	s.Files.grant(&src, s.StateDir)
	src.Patience = patience(ctx, time.Now())
	src.Dialer = s.Dialer
	src.Uploads = uploads(s.StateDir)
	kind, _ := connectors.Warehouse(src.Type)
	return kind.Open(ctx, src)
}

// The longest that a statement runs which nobody waits for at a page, and how long one has
// beyond the time of who asked: what is given up by then is ended here, and tells more.
const (
	longestStatement = 24 * time.Hour
	statementGrace   = 5 * time.Second
)

// patience is how long a warehouse is to let the statements run that are made for a context.
func patience(ctx context.Context, now time.Time) time.Duration {
	if end, bounded := ctx.Deadline(); bounded {
		return min(max(end.Sub(now), 0)+statementGrace, longestStatement)
	}
	return longestStatement
}

// OpenDestination opens a destination by name.
func (s *Setup) OpenDestination(name string) (destination.Destination, error) {
	d, ok := s.Destinations[name]
	if !ok {
		return nil, s.Unknown("destination", name, s.DestinationNames)
	}
	d.Dialer = s.Dialer
	open := s.OpenKind
	if open == nil {
		kind, _ := connectors.Destination(d.Type)
		open = kind.Open
	}
	dest, err := open(d)
	if err != nil {
		return nil, err
	}
	if o, ok := dest.(destination.Observed); ok && s.Hear != nil {
		o.Observe(func(r destination.Request) { s.Hear(News{Request: &Request{name, r}}) })
	}
	return dest, nil
}

// Account names a destination's account; a sandbox's is another one than X's.
func (s *Setup) Account(name string) string {
	o := s.Destinations[name].Options
	if o["api_url"] == "" || strings.HasPrefix(o["api_url"], "https://ads-api.x.com") {
		return o["account_id"]
	}
	return o["account_id"] + " at " + o["api_url"]
}

// Local says that the connection keeps its state in the state folder.
func (s *Setup) Local(c eddy.Connection) bool { return s.Sources[c.Source].State == eddy.Local }

// Keep has the runs of a source keep their state elsewhere than the configuration says, and
// gives what that says.
func (s *Setup) Keep(source string, place eddy.Place) (said eddy.Place, err error) {
	src := s.Sources[source]
	if kind, _ := connectors.Warehouse(src.Type); kind.LocalOnly && place != eddy.Local {
		return src.State, &eddy.Error{Code: eddy.CodeUsage, What: fmt.Sprintf("source %s: the state of %s is always local", source, src.Type)}
	}
	said, src.State = src.State, place
	s.Sources[source] = src
	return said, nil
}

// StatePath is the local state file of a connection, and of all its parts.
func (s *Setup) StatePath(c eddy.Connection) string {
	name, _, _ := eddy.PartOf(c.Name)
	return filepath.Join(s.StateDir, "state", warehouse.Slug(name)+".duckdb")
}

// key is the secret that fingerprints of rows are keyed with: made once, kept in the
// state folder. A plan before the first run makes do with one of its own.
func (s *Setup) key(dry bool) ([]byte, error) {
	path := filepath.Join(s.StateDir, "key")
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
			Mend: "Restore the file, or delete it: a new key is made, and the next run looks at every row anew.",
		}
	}
	key = make([]byte, 32)
	if _, err := rand.Read(key); err != nil || dry {
		return key, err
	}
	if err := os.MkdirAll(s.StateDir, 0o700); err != nil {
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
