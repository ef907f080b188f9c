package main

import (
	"cmp"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/eddy-retl/eddy/api"
)

// serving is what eddy serve was told.
type serving struct {
	listening

	place
	calling
	scraping

	opened    []string // folders for models
	role      string
	workers   int
	logFormat string
	publicURL string
	otlp      string
	memory    memory // of the processes of models, see child
	proxies   api.Proxies
}

func (m *Main) serve() *cobra.Command {
	var o serving
	var proxies []string
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run the server: schedules, workers and the REST API",
		Long: `Serve runs connections on their schedules and answers the REST API under /api/v1.
What it must remember is kept in the state folder, or in PostgreSQL with
--database-url; several servers on one PostgreSQL share the work. The first start
prints a token with which the first administrator is made.

Models of DuckDB sources read no file of the machine but those in the folders that
--files opens.

/healthz says that the process lives, /readyz that requests can be sent to it, and
/metrics has metrics for Prometheus.

From the environment: EDDY_DATABASE_URL; EDDY_SECRET_KEY, the key that secrets are
sealed with, in place of the file secret.key; EDDY_OIDC_ISSUER, EDDY_OIDC_CLIENT_ID,
EDDY_OIDC_CLIENT_SECRET, EDDY_OIDC_ROLE and EDDY_OIDC_DOMAINS, to log in with accounts
that people have elsewhere; EDDY_METRICS_TOKEN; OTEL_EXPORTER_OTLP_ENDPOINT.`,
		Example: `  eddy serve
  eddy serve --files /srv/exports
  eddy serve --listen 0.0.0.0:443 --tls-cert cert.pem --tls-key key.pem
  eddy serve --database-url postgres://eddy@db/eddy --role worker --workers 8`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.place.fill(m.Getenv)
			if err := cmp.Or(o.scraping.fill(m.Getenv), o.trust(proxies), o.public(), o.check()); err != nil {
				return err
			}
			return m.runServer(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.address, "listen", "127.0.0.1:8484", "`address` to listen on")
	f.StringVar(&o.cert, "tls-cert", "", "certificate chain, a PEM `file`; it is read again when it changes")
	f.StringVar(&o.key, "tls-key", "", "private key of the certificate, a PEM `file`")
	f.BoolVar(&o.insecure, "insecure-listen", false, "listen without TLS where other machines reach it")
	f.StringVar(&o.publicURL, "public-url", "", "`URL` under which people reach the server, where that is another, such as a proxy's")
	f.StringArrayVar(&proxies, "trusted-proxy", nil, "`network` of proxies whose X-Forwarded-For is believed, such as 10.0.0.0/24; may be given several times (default: this machine, when the server listens on loopback)")
	o.place.flags(cmd)
	o.calling.flags(cmd)
	o.scraping.flags(cmd)
	f.StringArrayVar(&o.opened, "files", nil, "`folder` whose files and DuckDB databases models may read; repeat it for more (default none)")
	f.StringVar(&o.role, "role", "all", "what this process does: `api|worker|all`")
	f.IntVar(&o.workers, "workers", 4, "how many runs to work at a time")
	o.memory.flags(cmd)
	f.StringVar(&o.logFormat, "log-format", "text", "how log lines are written: `text|json`")
	f.StringVar(&o.otlp, "otlp-endpoint", "", "`URL` that traces of runs are sent to, such as http://localhost:4318")
	for _, name := range []string{"tls-cert", "tls-key"} {
		_ = cmd.MarkFlagFilename(name, "pem")
	}
	_ = cmd.MarkFlagDirname("files")
	offer(cmd, "role", roles()...)
	offer(cmd, "log-format", "text", "json")
	return cmd
}

// trust settles whose X-Forwarded-For is believed. Where nobody says so, a server that only
// its own machine reaches is reached by a proxy there; elsewhere anybody could write anything.
func (o *serving) trust(proxies []string) (err error) {
	if o.proxies, err = api.ParseProxies(proxies); err != nil {
		return fmt.Errorf("--trusted-proxy: %w", err)
	}
	if host, _, _ := net.SplitHostPort(o.address); len(proxies) == 0 && isLoopback(host) {
		o.proxies = api.Loopback()
	}
	return nil
}

// public settles under which address people reach the server.
func (o *serving) public() (err error) {
	if o.publicURL != "" {
		o.publicURL, err = api.ParsePublicURL(o.publicURL)
	}
	return err
}

// The roles of a process.
const (
	roleAPI    = "api"
	roleWorker = "worker"
	roleAll    = "all"
)

func roles() []string { return []string{roleAPI, roleWorker, roleAll} }

// place is where a server's memory lies; commands for operators open it as well.
type place struct{ stateDir, databaseURL string }

func (p *place) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&p.stateDir, "state-dir", ".eddy", "`folder` of the store, of its key and of local state")
	cmd.Flags().StringVar(&p.databaseURL, "database-url", "", "PostgreSQL that keeps the store in place of the folder; a `URL` with a password is better given as EDDY_DATABASE_URL")
	_ = cmd.MarkFlagDirname("state-dir")
}

// fill takes from the environment what no flag said.
func (p *place) fill(getenv func(string) (string, bool)) {
	fromEnv, _ := getenv("EDDY_DATABASE_URL")
	p.databaseURL = cmp.Or(p.databaseURL, fromEnv)
}

// check refuses what cannot work, before anything is made.
func (o serving) check() error {
	if err := choice("role", o.role, roles()...); err != nil {
		return err
	}
	if err := choice("log-format", o.logFormat, "text", "json"); err != nil {
		return err
	}
	if o.workers < 1 || o.workers > 1000 {
		return usage("--workers %d: write a number from 1 to 1000", o.workers)
	}
	if _, err := o.memory.settle(0); err != nil {
		return err
	}
	if url := o.otlp; url != "" && !slices.ContainsFunc([]string{"http://", "https://"}, func(p string) bool { return strings.HasPrefix(url, p) && len(url) > len(p) }) {
		return usage("--otlp-endpoint %q: write a whole URL, such as http://localhost:4318", url)
	}
	if err := o.files().Check(o.stateDir); err != nil {
		return err
	}
	return o.listening.check()
}
