// Package clickhouse is ClickHouse as a warehouse: models are read from it, and by default the
// state lies in it. Both of its protocols are spoken, by one library.
package clickhouse

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"strings"
	"time"

	driver "github.com/ClickHouse/clickhouse-go/v2"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/dial"
	"github.com/eddy-retl/eddy/warehouse"
)

// The protocols, by their option.
const (
	native   = "native"
	overHTTP = "http"
)

// Kind declares ClickHouse to the configuration.
func Kind() warehouse.Kind {
	return warehouse.Kind{
		Type: "clickhouse",
		Help: "ClickHouse, over its own protocol or HTTP.",
		Options: []eddy.Option{
			{Name: "host", Kind: eddy.TextOption, Part: eddy.PlacePart, Required: true, Example: "clickhouse.example.com", Help: "Server name. Of a cluster whose nodes do not share all tables it is one node."},
			{Name: "port", Kind: eddy.PortOption, Part: eddy.PlacePart, Example: "9440", Help: "Server port; by default 9440 (native) or 8443 (http), and 9000 or 8123 where secure is false."},
			{Name: "user", Kind: eddy.TextOption, Part: eddy.PlacePart, Default: "default", Example: "eddy", Help: "User to log in as."},
			{Name: "password", Kind: eddy.TextOption, Part: eddy.SecretPart, Example: "${CLICKHOUSE_PASSWORD}", Help: "The user's password."},
			{Name: "database", Kind: eddy.TextOption, Part: eddy.PlacePart, Default: "default", Example: "shop", Help: "Database of the tables that are named without one."},
			{Name: "driver", Kind: eddy.TextOption, Part: eddy.PlacePart, Default: native, Choices: []string{native, overHTTP}, Help: "Protocol: ClickHouse's own, or HTTP."},
			{Name: "secure", Kind: eddy.BoolOption, Part: eddy.PlacePart, Default: "true", Help: "Whether the connection is encrypted, with TLS."},
			{Name: "verify", Kind: eddy.BoolOption, Part: eddy.PlacePart, Default: "true", Help: "Whether the server's certificate is checked."},
			{Name: "ca_cert", Kind: eddy.LinesOption, Part: eddy.PlacePart, Example: "${CLICKHOUSE_CA}", Help: "Certificates, as PEM, of the authorities that are trusted in place of the system's."},
		},
		Place: place,
		Open:  func(ctx context.Context, src eddy.Source) (warehouse.Source, error) { return open(ctx, src) },
	}
}

// place is what options mean as a place.
func place(o map[string]string) (map[string]string, error) {
	out := map[string]string{
		"host": strings.ToLower(o["host"]), "port": port(o), "user": cmp.Or(o["user"], "default"), "database": cmp.Or(o["database"], "default"),
		"driver": cmp.Or(o["driver"], native), "secure": cmp.Or(o["secure"], "true"), "verify": cmp.Or(o["verify"], "true"), "ca_cert": o["ca_cert"],
	}
	if out["secure"] == "false" {
		out["verify"], out["ca_cert"] = "true", ""
	}
	return out, nil
}

// port is the option, or what servers listen on.
func port(o map[string]string) string {
	byDefault := "9440"
	switch http, open := o["driver"] == overHTTP, o["secure"] == "false"; {
	case http && open:
		byDefault = "8123"
	case http:
		byDefault = "8443"
	case open:
		byDefault = "9000"
	}
	return cmp.Or(o["port"], byDefault)
}

// source is one ClickHouse server, as one user. Its statements run on any of a few
// connections: none of them needs a session.
type source struct {
	*calls

	name    string
	options driver.Options
}

// connections is how many a source has at most: a run reads, writes beside, renews its lock and
// may have to stop a statement.
const connections = 6

// silence is how long a server may take for one statement where nobody bounds it. Over the native
// protocol it tells meanwhile how far it is.
const silence = 24 * time.Hour

func open(ctx context.Context, src eddy.Source) (*source, error) {
	o := src.Options
	at, _ := place(o)
	s := &source{name: src.Name, options: driver.Options{
		Addr: []string{net.JoinHostPort(o["host"], at["port"])},
		Auth: driver.Auth{Database: at["database"], Username: at["user"], Password: o["password"]},
		// The query log names who asked.
		ClientInfo:   driver.ClientInfo{Products: []struct{ Name, Version string }{{Name: "eddy"}}},
		MaxOpenConns: connections, MaxIdleConns: connections, ConnMaxLifetime: silence, ReadTimeout: silence,
	}}
	dialer := dial.Of(src.Dialer)
	s.options.DialContext = func(ctx context.Context, addr string) (net.Conn, error) {
		conn, err := dialer.DialContext(ctx, "tcp", addr)
		if err != nil || s.options.TLS == nil || s.options.Protocol == driver.HTTP {
			return conn, err
		}
		// The library leaves encryption to who dials, but over HTTP.
		encrypted := tls.Client(conn, s.options.TLS)
		if err := encrypted.HandshakeContext(ctx); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
		return encrypted, nil
	}
	if at["driver"] == overHTTP {
		s.options.Protocol = driver.HTTP
		s.options.TransportFunc = func(t *http.Transport) (http.RoundTripper, error) {
			t.Proxy = dialer.Proxy
			return counting{t}, nil
		}
	}
	if at["secure"] == "true" {
		config := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: o["host"], InsecureSkipVerify: at["verify"] == "false"} //nolint:gosec // verify: false says so
		if at["ca_cert"] != "" {
			if config.RootCAs = x509.NewCertPool(); !config.RootCAs.AppendCertsFromPEM([]byte(at["ca_cert"])) {
				return nil, &eddy.Error{Code: eddy.CodeSource, What: "source " + s.name + ": ca_cert has no certificate", Mend: "Give the text of a PEM file, which begins with -----BEGIN CERTIFICATE-----."}
			}
		}
		s.options.TLS = config
	}
	conn, err := driver.Open(&s.options)
	if err != nil {
		return nil, explainConnect(s, err)
	}
	s.calls = &calls{conn: conn, http: s.options.Protocol == driver.HTTP}
	s.calls.killer = s.calls
	if err := s.bound(ctx, src.Patience); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// bound logs in, and has the server let no statement run longer than the source says, or than an
// administrator gave the user if that is less. Who may set nothing has the administrator's.
func (s *source) bound(ctx context.Context, patience time.Duration) error {
	limit := ""
	rows, err := s.conn.Query(ctx, "SELECT value FROM system.settings WHERE name = 'max_execution_time' AND (SELECT value FROM system.settings WHERE name = 'readonly') <> '1'")
	if err == nil {
		for rows.Next() {
			err = errors.Join(err, rows.Scan(&limit))
		}
		err = errors.Join(err, rows.Err(), rows.Close())
	}
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return explainConnect(s, err)
	}
	if patience <= 0 || limit == "" {
		return nil
	}
	seconds := int64((patience + time.Second - 1) / time.Second)
	if has, err := time.ParseDuration(limit + "s"); err != nil || has <= 0 || has > patience {
		s.always = driver.Settings{"max_execution_time": seconds}
	}
	return nil
}

// Close ends the source's connections; those of looks are closed by their users.
func (s *source) Close() error { return s.conn.Close() }
