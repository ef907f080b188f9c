package main

import (
	"cmp"
	"crypto/subtle"
	"net"
	"net/http"
	"os"
	"strings"

	"github.com/spf13/cobra"
)

// scraping is who may read the metrics.
type scraping struct{ token, tokenFile string }

func (c *scraping) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&c.token, "metrics-token", "", "bearer `token` that /metrics wants; better given as EDDY_METRICS_TOKEN or in a file")
	cmd.Flags().StringVar(&c.tokenFile, "metrics-token-file", "", "`file` that holds it")
	_ = cmd.MarkFlagFilename("metrics-token-file")
}

// fill reads the token from where it is.
func (c *scraping) fill(getenv func(string) (string, bool)) error {
	if c.token != "" && c.tokenFile != "" {
		return usage("--metrics-token and --metrics-token-file: give one of them")
	}
	if c.tokenFile == "" {
		fromEnv, _ := getenv("EDDY_METRICS_TOKEN")
		c.token = cmp.Or(c.token, fromEnv)
		return nil
	}
	text, err := os.ReadFile(c.tokenFile)
	if err != nil {
		return usage("--metrics-token-file: %s", err)
	}
	if c.token = strings.TrimSpace(string(text)); c.token == "" {
		return usage("--metrics-token-file: %s is empty", c.tokenFile)
	}
	return nil
}

// scraped lets metrics be read with their own token, where there is one. Without it they are
// open on loopback, and elsewhere want an API token: they hold names of connections.
func (s *server) scraped(next http.Handler) http.Handler {
	host, _, _ := net.SplitHostPort(s.address)
	if s.token == "" && isLoopback(host) {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.mayScrape(r) {
			w.Header().Set("WWW-Authenticate", `Bearer realm="eddy"`)
			say(w, http.StatusUnauthorized, "give the token of --metrics-token or, where there is none, an API token, as Authorization: Bearer TOKEN")
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (s *server) mayScrape(r *http.Request) bool {
	given := bearer(r)
	if s.token != "" {
		return subtle.ConstantTimeCompare([]byte(given), []byte(s.token)) == 1
	}
	_, _, err := s.store.TokenBySecret(r.Context(), given)
	return err == nil
}
