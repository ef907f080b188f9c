package connectors_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/connectors"
	"github.com/eddy-retl/eddy/destination"
	"github.com/eddy-retl/eddy/dial"
)

// places are the ways to tell a kind where to call, with HOST and PORT for the place. A kind
// that calls nobody has none.
func places() map[string][]map[string]string {
	return map[string][]map[string]string{
		"duckdb": nil,
		"upload": nil,
		"mysql": {
			{"server": "HOST", "port": "PORT", "user": "u", "tls": "false"},
			{"host": "HOST", "port": "PORT", "user": "u"},
			{"url": "mysql://u:p@HOST:PORT/d?tls=true"},
			{"url": "mariadb://u:p@example.invalid:1/d", "server": "HOST", "port": "PORT"},
			{"server": "/tmp/PORT.sock", "user": "u"},
			{"server": "example.com", "user": "u", "ssh.host": "HOST", "ssh.port": "PORT", "ssh.user": "u"},
		},
		"postgres": {
			{"host": "HOST", "port": "PORT", "user": "u", "database": "d"},
			{"url": "postgres://u:p@HOST:PORT/d"},
			{"url": "postgres://u:p@HOST:PORT,localhost:PORT/d?sslmode=prefer"},
			{"url": "host=HOST port=PORT user=u dbname=d"},
			{"url": "postgres://u:p@example.invalid:1/d?host=HOST&port=PORT"},
			{"host": "/tmp", "port": "PORT", "user": "u", "database": "d"},
			{"url": "postgres:///d?host=/tmp&port=PORT&user=u"},
			{"host": "example.com", "user": "u", "database": "d", "ssh.host": "HOST", "ssh.port": "PORT", "ssh.user": "u"},
		},
		"clickhouse": {
			{"host": "HOST", "port": "PORT"},
			{"host": "HOST", "port": "PORT", "driver": "http"},
			{"host": "HOST", "port": "PORT", "secure": "false"},
			{"host": "HOST", "port": "PORT", "driver": "http", "secure": "false"},
		},
		"databricks": {
			{"host": "HOST:PORT", "http_path": "/sql/1.0/warehouses/w", "catalog": "c", "token": "t"},
			{"host": "http://HOST:PORT", "http_path": "/sql/1.0/warehouses/w", "catalog": "c", "auth_type": "oauth", "client_id": "i", "client_secret": "s"},
		},
		"redshift": {
			{"host": "HOST", "port": "PORT", "user": "u", "database": "d"},
			{"url": "postgres://u:p@HOST:PORT/d?sslmode=require"},
			{"host": "example.com", "user": "u", "database": "d", "ssh.host": "HOST", "ssh.port": "PORT", "ssh.user": "u"},
		},
		"snowflake": {
			{"account": "a", "user": "u", "database": "d", "authenticator": "password", "password": "p", "host": "HOST", "port": "PORT"},
			{"account": "a", "user": "u", "database": "d", "authenticator": "token", "token": "p", "host": "HOST", "port": "PORT", "protocol": "http"},
			{"account": "a", "database": "d", "authenticator": "oauth", "oauth_client_id": "c", "oauth_client_secret": "s", "oauth_token_request_url": "http://HOST:PORT/token"},
		},
		"trino": {
			{"host": "HOST", "port": "PORT", "user": "u", "catalog": "c"},
			{"host": "HOST", "port": "PORT", "user": "u", "catalog": "c", "http_scheme": "http"},
		},
		"bigquery": {
			{"project": "p", "method": "none", "api_endpoint": "http://HOST:PORT"},
			{"project": "p", "method": "none", "api_endpoint": "https://HOST:PORT/"},
		},
		"x_audience": {{"api_url": "http://HOST:PORT"}, {"api_url": "https://HOST:PORT/path"}},
	}
}

// TestEveryKindCallsThroughWhatItWasHanded: without a dialer a kind may call public addresses
// alone, so whoever dials on its own is heard here.
func TestEveryKindCallsThroughWhatItWasHanded(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	var heard atomic.Int32
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			heard.Add(1)
			_ = c.Close()
		}
	}()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	try := func(kind string, call func(ctx context.Context, options map[string]string) error) {
		ways, known := places()[kind]
		if !known {
			t.Errorf("kind %s: say above how it is told where to call", kind)
		}
		for _, way := range ways {
			for _, host := range []string{"127.0.0.1", "localhost"} {
				options := map[string]string{}
				for name, text := range way {
					options[name] = strings.NewReplacer("HOST", host, "PORT", port).Replace(text)
				}
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				err := call(ctx, options)
				cancel()
				if _, ok := errors.AsType[*dial.Refused](err); !ok || !strings.Contains(err.Error(), dial.Flag) {
					t.Errorf("kind %s, %v: not refused: %v", kind, options, err)
				}
			}
		}
	}
	for _, k := range connectors.Warehouses() {
		try(k.Type, func(ctx context.Context, options map[string]string) error {
			src, err := k.Open(ctx, eddy.Source{Name: "shop", Type: k.Type, Options: options})
			if err != nil {
				return err
			}
			defer func() { _ = src.Close() }()
			_, err = src.Columns(ctx, eddy.Model{SQL: "SELECT 1 AS one"})
			return err
		})
	}
	for _, k := range connectors.Destinations() {
		try(k.Type, func(ctx context.Context, options map[string]string) error {
			for _, o := range k.Options {
				if o.Required && options[o.Name] == "" {
					options[o.Name] = "18ce54d4x5t"
				}
			}
			d, err := k.Open(eddy.Destination{Name: "x", Type: k.Type, Options: options})
			if err != nil {
				return err
			}
			for _, step := range d.(destination.Checker).Check(ctx) {
				err = errors.Join(err, step.Err)
			}
			return err
		})
	}
	if n := heard.Load(); n != 0 {
		t.Errorf("%d calls arrived that were not to be made", n)
	}
}

// TestEveryKindSaysWhatItIs: a person chooses among the kinds by their lines.
func TestEveryKindSaysWhatItIs(t *testing.T) {
	t.Parallel()
	for _, k := range connectors.Warehouses() {
		if k.Help == "" || !strings.HasSuffix(k.Help, ".") {
			t.Errorf("kind %s: its help is %q", k.Type, k.Help)
		}
	}
}
