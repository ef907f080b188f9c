package trino

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	client "github.com/trinodb/trino-go-client/trino"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/dial"
	"github.com/eddy-retl/eddy/keyfile"
	"github.com/eddy-retl/eddy/warehouse"
)

// login is where statements are sent, and as whom.
type login struct {
	name, catalog string
	// server has user and password in it, where there is one.
	server    url.URL
	token     string
	transport *http.Transport
	// session are session properties.
	session map[string]string
}

func wrong(what, mend string) error {
	return &eddy.Error{Code: eddy.CodeConfig, What: what, Mend: mend}
}

// logIn makes a log-in of a source's options.
func logIn(src eddy.Source) (*login, error) {
	o := src.Options
	scheme := cmp.Or(o["http_scheme"], "https")
	port := cmp.Or(o["port"], map[string]string{"https": "443", "http": "8080"}[scheme])
	for _, need := range []string{"host", "user", "catalog"} {
		if o[need] == "" {
			return nil, wrong(need+" is missing", "Set "+need+" on the source.")
		}
	}
	l := &login{name: src.Name, catalog: o["catalog"], server: url.URL{Scheme: scheme, Host: net.JoinHostPort(o["host"], port), User: url.User(o["user"])}}
	if err := l.authenticate(o, scheme); err != nil {
		return nil, err
	}
	protected, err := protection(src)
	if err != nil {
		return nil, err
	}
	d := dial.Of(src.Dialer)
	l.transport = &http.Transport{
		DialContext: d.DialContext, Proxy: d.Proxy, TLSClientConfig: protected, ForceAttemptHTTP2: true,
		MaxIdleConnsPerHost: 4, IdleConnTimeout: time.Minute, TLSHandshakeTimeout: 15 * time.Second,
	}
	if l.session, err = properties(o["session_properties"]); err != nil {
		return nil, err
	}
	if src.Patience > 0 && l.session["query_max_run_time"] == "" {
		l.session["query_max_run_time"] = strconv.FormatInt(max(src.Patience.Milliseconds(), 1), 10) + "ms"
	}
	return l, nil
}

// authenticate takes the secret of the log-in's method, and no other. None goes over http.
func (l *login) authenticate(o map[string]string, scheme string) error {
	method := cmp.Or(o["method"], "none")
	if scheme != "https" && method != "none" {
		return wrong("method "+method+" needs http_scheme: https: over http anybody on the way reads the secret", "Set http_scheme to https and port to the server's port of https.")
	}
	for option, of := range map[string]string{"password": "ldap", "jwt_token": "jwt", "client_certificate": "certificate", "client_private_key": "certificate"} {
		if of == method && o[option] == "" {
			return wrong(option+" is missing, which method "+method+" needs", "Set "+option+" on the source.")
		}
	}
	if method == "ldap" {
		l.server.User = url.UserPassword(o["user"], o["password"])
	}
	l.token = o["jwt_token"]
	return nil
}

// protection is how the server is verified, always by its name, and the user's certificate.
func protection(src eddy.Source) (*tls.Config, error) {
	conf := &tls.Config{MinVersion: tls.VersionTLS12}
	at := func(option string) string {
		if path := src.Options[option]; path == "" || filepath.IsAbs(path) {
			return path
		}
		return filepath.Join(src.Dir, src.Options[option])
	}
	if path := at("cert"); path != "" {
		conf.RootCAs = x509.NewCertPool()
		if text, err := keyfile.Read(path); err != nil || !conf.RootCAs.AppendCertsFromPEM(text) {
			// Of any other file nothing is told, not even whether it is there.
			return nil, wrong("cert is not a file of certificates", "Name a PEM file of at most 1 MiB that Eddy may read.")
		}
	}
	if at("client_certificate") == "" {
		return conf, nil
	}
	if src.Served {
		return nil, wrong("method certificate is not taken on a server: it would have the server read files of its machine", "Log in with method ldap or jwt.")
	}
	pair, err := tls.LoadX509KeyPair(at("client_certificate"), at("client_private_key"))
	if err != nil {
		return nil, wrong("client_certificate and client_private_key are not a certificate and its key", "Name two PEM files that Eddy may read.")
	}
	conf.Certificates = []tls.Certificate{pair}
	return conf, nil
}

// properties reads session properties.
func properties(list string) (map[string]string, error) {
	out := map[string]string{}
	if list == "" {
		return out, nil
	}
	for one := range strings.SplitSeq(list, ",") {
		name, value, ok := strings.Cut(strings.TrimSpace(one), "=")
		if name, value = strings.TrimSpace(name), strings.TrimSpace(value); !ok || name == "" || value == "" {
			return nil, wrong("session_properties are not of the form name=value", "Write for example [join_distribution_type=PARTITIONED].")
		}
		out[name] = value
	}
	return out, nil
}

// How often a request that was not answered is sent again; with growing pauses between, these are
// about seven seconds. A statement is sent again only where the server was not reached.
const attempts, attemptsWithin = 8, 30 * time.Second

// connect makes statements that see names from a catalog, and maybe a schema. Nothing is dialled.
func (l *login) connect(catalog, schema string) (*session, error) {
	times, within, calls := attempts, attemptsWithin, caller{l.transport}
	c, err := client.NewConnector(&client.Config{
		ServerURI: l.server.String(), AccessToken: l.token, HTTPClient: &http.Client{Transport: calls},
		Source: "eddy", ClientTags: []string{"eddy"}, Catalog: catalog, Schema: schema, TimeZone: "UTC", SessionProperties: l.session,
		RequestRetryMaxAttempts: &times, RequestRetryTimeout: &within,
	})
	if err != nil {
		// The library's message may quote the URL, in which the password stands.
		return nil, wrong("source "+l.name+": the options do not make a connection", "Check host, port, session_properties: each is one word of printable ASCII.")
	}
	return &session{sql.OpenDB(c), calls}, nil
}

// where names the server and the user.
func (l *login) where() string {
	return "source " + l.name + ": Trino at " + l.server.Host + ", user " + l.server.User.Username()
}

// quoteCatalog is the prefix of a schema's tables.
func quoteCatalog(catalog, schema string) string {
	return warehouse.Quote(catalog) + "." + warehouse.Quote(schema)
}
