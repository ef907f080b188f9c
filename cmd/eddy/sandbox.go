package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/eddy-retl/eddy/sandbox"
)

func (m *Main) sandbox() *cobra.Command {
	cfg := sandbox.Default()
	var listen string
	var faults []string
	var audiences []string
	cmd := &cobra.Command{
		Use:   "sandbox --listen ADDR",
		Short: "Serve the X Ads API's audiences on loopback, for first steps and tests",
		Long: `Sandbox serves the part of the X Ads API that audiences need: the same paths, OAuth
1.0a, limits, errors and rate limits, with members kept in memory. Its page shows
who is in which audience; GET /_sandbox/audiences and
/_sandbox/audiences/ID/members say it as JSON.

Without flags: account 18ce54d4x5t, consumer key and secret ck and cs, access
token and secret at and ats.

A fault is text such as "status=503,count=2,retry_after=1" or "reset=after,skip=3";
POST /_sandbox/faults takes the same while it runs.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if slices.Contains(audiences, "") {
				return usage("--audience: the name is empty")
			}
			if err := choice("digests", string(cfg.Digests), "lax", "strict"); err != nil {
				return err
			}
			if err := choice("unknown-keys", string(cfg.UnknownKeys), "log", "ignore", "reject"); err != nil {
				return err
			}
			srv := sandbox.New(cfg)
			for _, text := range faults {
				f, err := sandbox.ParseFault(text)
				if err != nil {
					return usage("--fault %q: %v", text, err)
				}
				srv.Fault(f)
			}
			l, err := loopback(listen)
			if err != nil {
				return err
			}
			for _, name := range audiences {
				id, err := srv.NewAudience(cfg.Account, name)
				if err != nil {
					return usage("--audience %q: %v", name, err)
				}
				fmt.Fprintf(m.Stdout, "audience %s is %q\n", id, name)
			}
			return m.serveSandbox(cmd.Context(), l, srv, cfg)
		},
	}
	flags := flag.NewFlagSet("sandbox", flag.ContinueOnError)
	cfg.AddFlags(flags)
	cmd.Flags().AddGoFlagSet(flags)
	cmd.Flags().StringVar(&listen, "listen", "127.0.0.1:8089", "loopback `address` to listen on")
	cmd.Flags().StringArrayVar(&faults, "fault", nil, "a `fault` to begin with; may be repeated")
	cmd.Flags().StringArrayVar(&audiences, "audience", nil, "`name` of an audience to begin with; may be repeated")
	return cmd
}

// choice refuses a flag's value that is none of a few words.
func choice(flag, value string, words ...string) error {
	if slices.Contains(words, value) {
		return nil
	}
	return usage("--%s %q: write one of %s", flag, value, strings.Join(words, ", "))
}

// serveSandbox serves a sandbox until the context ends.
func (m *Main) serveSandbox(ctx context.Context, l net.Listener, h http.Handler, cfg sandbox.Config) error {
	srv := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	url := "http://" + l.Addr().String()
	fmt.Fprintf(m.Stdout, "sandbox of the X Ads API at %s, account %s; its page is %s/\n", url, cfg.Account, url)
	done := make(chan error, 1)
	go func() { done <- srv.Serve(l) }()
	select {
	case err := <-done:
		return fmt.Errorf("serve the sandbox: %w", err)
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := srv.Shutdown(grace); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("stop the sandbox: %w", err)
	}
	return nil
}

// loopback listens, and refuses addresses that other machines reach: the sandbox's
// credentials are known to everybody.
func loopback(addr string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, usage("--listen %q: write host:port, such as 127.0.0.1:8089", addr)
	}
	if !isLoopback(host) {
		return nil, usage("--listen %q: the sandbox listens on loopback only, such as 127.0.0.1:8089", addr)
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, cannotListen(addr, err)
	}
	return l, nil
}
