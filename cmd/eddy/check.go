package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/api"
	"github.com/eddy-retl/eddy/destination"
	"github.com/eddy-retl/eddy/ledger"
	"github.com/eddy-retl/eddy/setup"
	"github.com/eddy-retl/eddy/warehouse"
)

// step is one thing that check tested.
type step struct {
	Subject string `json:"subject"`
	Step    string `json:"step"`
	OK      bool   `json:"ok"`
	Detail  string `json:"detail"`
	// Warning says that the detail is to be looked at, although nothing failed.
	Warning bool `json:"warning,omitempty"`
}

func (m *Main) check() *cobra.Command {
	var c common
	cmd := &cobra.Command{
		Use:   "check [flags] [NAME]",
		Short: "Test sources, destinations and connections, and say how to mend what fails",
		Long: `Check tests what the configuration file names: that warehouses can be reached and
read, that Eddy may write its state, that accounts take the credentials, that the
models have the columns that are mapped. NAME narrows it to one connection. It
changes nothing but Eddy's own empty schema in a warehouse. With --server, a server
tests what it has, from where it stands.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if there, err := c.elsewhere(cmd); there || err != nil {
				return m.unless(err, &c, func(client *api.Client) error { return m.checkOnServer(cmd.Context(), &c, client, args) })
			}
			s, err := m.load(&c)
			if err != nil {
				return err
			}
			ch := &checker{findings: findings{m: m, json: c.json}, loaded: s, sources: map[string]warehouse.Source{}, destinations: map[string]bool{}}
			names := s.ConnectionNames
			if len(args) > 0 {
				conn, err := s.connection(args)
				if err != nil {
					return err
				}
				names = []string{conn.Name}
			}
			return ch.run(cmd.Context(), names, len(args) == 0)
		},
	}
	c.flags(cmd)
	c.remote.flags(cmd)
	cmd.ValidArgsFunction = m.complete(&c, connections)
	cmd.Flag("json").Usage = "print JSON, one step a line"
	return cmd
}

// findings prints what a check finds.
type findings struct {
	m            *Main
	json, failed bool
}

type checker struct {
	*loaded
	findings
	sources      map[string]warehouse.Source
	destinations map[string]bool // whether its account answered
}

func (ch *checker) run(ctx context.Context, names []string, all bool) error {
	defer func() {
		for _, src := range ch.sources {
			if src != nil {
				_ = src.Close()
			}
		}
	}()
	if all {
		for _, name := range ch.SourceNames {
			ch.source(ctx, name)
		}
		for _, name := range ch.DestinationNames {
			ch.destination(ctx, name)
		}
	}
	for _, name := range names {
		ch.connection(ctx, ch.Connections[name])
	}
	return ch.verdict(ctx)
}

// verdict is how a check ends.
func (ch *findings) verdict(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if ch.failed {
		return exitStatus(1)
	}
	return nil
}

func (ch *findings) tell(subject, name, detail string, err error) bool {
	return ch.tellStep(subject, destination.CheckStep{Name: name, Detail: detail, Err: err})
}

func (ch *findings) tellStep(subject string, x destination.CheckStep) bool {
	s, err := step{Subject: subject, Step: x.Name, OK: x.Err == nil, Detail: x.Detail, Warning: x.Warning}, x.Err
	mark := ch.m.paint(green, "ok")
	if x.Warning {
		mark = ch.m.paint(yellow, "warning")
	}
	if err != nil {
		ch.failed = true
		s.Detail, mark = strings.TrimPrefix(err.Error(), subject+": "), ch.m.paint(red, "FAILED")
	}
	if ch.json {
		_ = printJSON(ch.m.Stdout, s)
		return s.OK
	}
	fmt.Fprintf(ch.m.Stdout, "%s: %s: %s", subject, x.Name, mark)
	if s.Detail != "" {
		fmt.Fprintf(ch.m.Stdout, "  %s", eddy.VisibleLines(strings.ReplaceAll(s.Detail, "\n", "\n    ")))
	}
	fmt.Fprintln(ch.m.Stdout)
	return s.OK
}

func (ch *checker) source(ctx context.Context, name string) warehouse.Source {
	if src, ok := ch.sources[name]; ok {
		return src
	}
	src, err := ch.OpenSource(ctx, name)
	subject := "source " + name
	if !ch.tell(subject, "reach", ch.Sources[name].Type, err) {
		ch.sources[name] = nil
		return nil
	}
	ch.sources[name] = src
	if t, ok := src.(warehouse.Tables); ok {
		tables, err := t.ListTables(ctx)
		ch.tell(subject, "read", setup.TablesFound(ch.Sources[name], tables), err)
	}
	if ch.Sources[name].State == eddy.InWarehouse {
		e, err := src.Engine(ctx, ch.Sources[name].Schema)
		if err == nil {
			err = errors.Join(ledger.EnsureShared(ctx, e), e.Close())
		}
		ch.tell(subject, "write state", "schema "+ch.Sources[name].Schema, err)
	}
	if s, ok := ch.CheckRole(ctx, name, src); ok {
		ch.tellStep(subject, s)
	}
	return src
}

func (ch *checker) destination(ctx context.Context, name string) destination.Destination {
	subject := "destination " + name
	d, err := ch.OpenDestination(name)
	if err != nil {
		ch.tell(subject, "settings", "", err)
		return nil
	}
	if _, done := ch.destinations[name]; done {
		return d
	}
	answers := true
	if t, ok := d.(destination.Checker); ok {
		for _, s := range t.Check(ctx) {
			answers = ch.tell(subject, s.Name, s.Detail, s.Err) && answers
		}
	}
	ch.destinations[name] = answers
	return d
}

func (ch *checker) connection(ctx context.Context, c eddy.Connection) {
	subject := "connection " + c.Name
	src, d := ch.source(ctx, c.Source), ch.destination(ctx, c.Destination)
	if src == nil || d == nil {
		ch.tell(subject, "model", "", errUntested)
		return
	}
	for _, x := range ch.Preflight(ctx, c) {
		ch.connectionStep(subject, x, !ch.Local(c), ch.destinations[c.Destination])
	}
	if c.Schedule.Webhook != "" {
		ch.tell(subject, "schedule", "webhook "+c.Schedule.Webhook+": it is one of a server (eddy serve), which starts the connection then", nil)
	}
	if others := c.Schedule.After; len(others) > 0 {
		ch.tell(subject, "schedule", "after "+strings.Join(others, ", ")+": only a server (eddy serve) starts it then; eddy sync waits for nobody", nil)
	}
}

var errUntested = errors.New("not tested, because its source or destination failed")

// connectionStep tells a step of a connection, but what was told of its source, where the state
// is tested if it is stated there, or of its destination.
func (ch *findings) connectionStep(subject string, x destination.CheckStep, stated, answers bool) {
	if x.Name == "state" && stated || x.Name == "role" || x.Name == "clock" {
		return
	}
	if x.Name == "audience" && !answers {
		x = destination.CheckStep{Name: x.Name, Err: errors.New("not tested, because its destination failed")}
	}
	ch.tellStep(subject, x)
}
