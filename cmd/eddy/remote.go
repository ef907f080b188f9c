package main

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/api"
	"github.com/eddy-retl/eddy/setup"
	"github.com/eddy-retl/eddy/sync"
)

// remote is a server that a command asks in place of working by itself.
type remote struct{ url, token string }

func (r *remote) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&r.url, "server", "", "`URL` of a server that does it, in place of this process")
	cmd.Flags().StringVar(&r.token, "token", "", "API `token` of the server; better given as EDDY_TOKEN")
}

// client calls the server.
func (r *remote) client(getenv func(string) (string, bool)) (*api.Client, error) {
	u, err := url.Parse(r.url)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, usage("--server %q: write a whole URL, such as http://127.0.0.1:8484", r.url)
	}
	token := r.token
	if token == "" {
		token, _ = getenv("EDDY_TOKEN")
	}
	if token = strings.TrimSpace(token); token == "" {
		return nil, &eddy.Error{Code: eddy.CodeUsage, What: "no token for the server", Mend: "Give one as EDDY_TOKEN; \"eddy user token\" on the server's machine makes one, and so does its API."}
	}
	return &api.Client{URL: strings.TrimSuffix(r.url, "/"), Token: token, HTTP: &http.Client{}}, nil
}

// elsewhere says whether a command is for a server, and refuses flags that are for files.
func (c *common) elsewhere(cmd *cobra.Command) (bool, error) {
	if c.remote.url == "" {
		if cmd.Flags().Changed("token") {
			return false, usage("--token is for a server; name it with --server")
		}
		return false, nil
	}
	for _, name := range []string{"file", "state-dir"} {
		if cmd.Flags().Changed(name) {
			return true, usage("--%s and --server do not go together: with --server the server's own configuration counts", name)
		}
	}
	return true, nil
}

// told makes an error of the program's own out of a server's answer.
func told(err error) error {
	p, ok := errors.AsType[*api.Problem](err)
	if !ok {
		return err
	}
	e := &eddy.Error{Code: eddy.CodeInternal, What: strings.TrimSuffix(p.Error(), "\n  "+p.Mend), Mend: p.Mend}
	switch p.Status {
	case http.StatusUnauthorized:
		e.Code, e.What = eddy.CodeUsage, "the server does not take the token: "+p.Detail
	case http.StatusBadRequest, http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed:
		e.Code = eddy.CodeUsage
	case http.StatusUnprocessableEntity:
		e.Code = eddy.CodeConfig
	case http.StatusConflict:
		e.Code = eddy.CodeConflict
	}
	return e
}

// onServer runs fn with a client of the server that a command names.
func (m *Main) onServer(c *common, fn func(*api.Client) error) error {
	client, err := c.remote.client(m.Getenv)
	if err != nil {
		return err
	}
	return told(otherVersion(client, fn(client)))
}

// versionPatience is how long a server is asked for its version, once it did not know a call.
const versionPatience = 10 * time.Second

// otherVersion says of a server that does not know a call which version it has.
func otherVersion(client *api.Client, err error) error {
	p, ok := errors.AsType[*api.Problem](err)
	if !ok || p.Status != http.StatusNotFound || !strings.HasPrefix(p.Detail, api.NoEndpoint) {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), versionPatience)
	defer cancel()
	theirs, asked := client.Version(ctx)
	if asked != nil {
		return err
	}
	return &eddy.Error{
		Code: eddy.CodeUsage, What: "the server at " + client.URL + " does not know what this command asks: it is of version " + theirs + ", and this program of " + version(),
		Mend: "Use the program of the server's version, or upgrade the server.",
	}
}

// unless is onServer, unless something is wrong already.
func (m *Main) unless(wrong error, c *common, fn func(*api.Client) error) error {
	if wrong != nil {
		return wrong
	}
	return m.onServer(c, fn)
}

// named is a source, destination or connection of a server.
type named struct {
	Name string `json:"name"`
}

// only is the name that args give, if the server has it, or, without one, the only one there is.
func only(ctx context.Context, client *api.Client, kind string, args []string) (string, error) {
	if len(args) > 0 {
		err := client.Do(ctx, api.Call{Method: http.MethodGet, Path: api.Path("api", "v1", kind+"s", args[0])}, nil)
		if p, answered := errors.AsType[*api.Problem](err); !answered || p.Status != http.StatusNotFound || p.Code != "not_found" {
			return args[0], err
		}
	}
	var names []string
	for n, err := range api.All[named](ctx, client, api.Path("api", "v1", kind+"s"), nil) {
		if err != nil {
			return "", err
		}
		names = append(names, n.Name)
	}
	if len(args) > 0 {
		return "", setup.Missing("the server", kind, args[0], names)
	}
	if len(names) != 1 {
		return "", usage("name a %s; the server has: %s", kind, strings.Join(names, ", "))
	}
	return names[0], nil
}

// syncOnServer has a server run a connection, and shows how far it is. The run is the
// server's: it goes on when this process dies, and is cancelled when it is told to stop.
func (m *Main) syncOnServer(ctx context.Context, c *common, client *api.Client, args []string, verbose bool, how api.Start) error {
	name, err := only(ctx, client, "connection", args)
	if err != nil {
		return err
	}
	begun, err := client.Start(ctx, name, how, rand.Text())
	if err != nil {
		return err
	}
	p := m.newProgress()
	defer p.end()
	patient := context.WithoutCancel(ctx)
	stop := context.AfterFunc(ctx, func() {
		p.note("asking the server to stop the run; a second signal leaves it alone")
		if _, err := client.Cancel(patient, begun.RunID); err != nil {
			p.note("the server was not told: " + eddy.VisibleLines(told(err).Error()))
		}
	})
	defer stop()
	ended, err := watchOnServer(patient, client, begun.RunID, p)
	if err != nil {
		return err
	}
	p.end()
	run := local(ended)
	err = m.report(c, run, whyFailed(run))
	if verbose {
		m.printStatements(client.Statements(patient, ended.RunID))
	}
	return err
}

// A server that restarts is waited for: the run is on record, and goes on.
const (
	restartPatience = 2 * time.Minute
	restartPause    = 2 * time.Second
)

// watchOnServer shows how far a run is until it has ended.
func watchOnServer(ctx context.Context, client *api.Client, id string, p *progress) (api.Run, error) {
	heard, noted := time.Now(), false
	for {
		ended, err := client.Watch(ctx, id, func(r api.Run) {
			heard, noted = time.Now(), false
			if x := r.Progress; x != nil {
				p.show(sync.Progress{Step: x.Step, Rows: x.Rows, Compared: x.Compared, Done: x.Done, Total: x.Total, Sent: x.Sent, ToSend: x.ToSend, Requests: x.Requests, Bytes: x.Bytes, Note: x.Note})
			}
		})
		if _, answered := errors.AsType[*api.Problem](err); err == nil || answered || time.Since(heard) > restartPatience {
			return ended, err
		}
		if !noted {
			p.note("the server does not answer; asking again")
		}
		noted = true
		select {
		case <-ctx.Done():
			return ended, ctx.Err()
		case <-time.After(restartPause):
		}
	}
}

// local is a server's run as commands report their own.
func local(r api.Run) eddy.Run {
	out := eddy.Run{
		RunID: r.RunID, Connection: r.Connection, Status: eddy.Status(r.Status), Trigger: r.Trigger, StartedAt: r.RequestedAt,
		FinishedAt: r.FinishedAt, AudienceID: r.AudienceID, Counts: r.Counts, Errors: r.Errors, Warnings: r.Warnings, Parts: r.Parts,
	}
	if r.StartedAt != nil {
		out.StartedAt = *r.StartedAt
	}
	return out
}

// whyFailed is the reason that stopped a run.
func whyFailed(r eddy.Run) error {
	if r.Status != eddy.StatusFailed || len(r.Errors) == 0 || len(r.Errors[0].SampleIDs) > 0 {
		return nil
	}
	return errors.New(r.Errors[0].Reason)
}

// runsOnServer lists a connection's runs.
func runsOnServer(ctx context.Context, client *api.Client, args []string, limit int) ([]eddy.Run, error) {
	name, err := only(ctx, client, "connection", args)
	if err != nil {
		return nil, err
	}
	runs := []eddy.Run{}
	for r, err := range client.Runs(ctx, name) {
		if err != nil {
			return nil, err
		}
		if runs = append(runs, local(r)); limit > 0 && len(runs) == limit {
			break
		}
	}
	return runs, nil
}
