package mysql

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/go-sql-driver/mysql"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/keyfile"
	"github.com/eddy-retl/eddy/tunnel"
)

const defaultPort = "3306"

// The values of the option tls.
const (
	verified   = "true"
	skipVerify = "skip-verify"
	preferred  = "preferred"
	plain      = "false"
)

func tlsModes() []string { return []string{verified, skipVerify, preferred, plain} }

func wrong(what, mend string) error {
	return &eddy.Error{Code: eddy.CodeConfig, What: what, Mend: mend}
}

// fields are the options that a url amounts to, but server and host are one: server.
func fields() []string {
	return []string{"server", "port", "user", "password", "database", "tls", "ssl_ca", "ssl_cert", "ssl_key"}
}

// merged are the fields that options amount to: what url says, and what they say themselves, which
// wins. Nothing of the machine takes part.
func merged(o map[string]string) (map[string]string, error) {
	out, err := fromURL(o["url"])
	if err != nil {
		return nil, err
	}
	if o["server"] != "" && o["host"] != "" && o["server"] != o["host"] {
		return nil, wrong("server and host are two names of one option, and differ", "Leave one out.")
	}
	for _, name := range fields() {
		if o[name] != "" {
			out[name] = o[name]
		}
	}
	out["server"] = cmp.Or(o["server"], o["host"], out["server"])
	switch n, err := strconv.ParseUint(cmp.Or(out["port"], defaultPort), 10, 16); {
	case out["server"] == "":
		return nil, wrong("server is missing", "Name the server, such as db.example.com, or the path of its Unix socket.")
	case out["user"] == "":
		return nil, wrong("user is missing", "Name the account to log in as.")
	case err != nil || n == 0:
		return nil, wrong("port is none", "Give a number from 1 to 65535.")
	case strings.Contains(out["server"], ":") && !isAddress(out["server"]), strings.ContainsAny(out["server"], ", @"):
		return nil, wrong("server is no name of one server", "Write one name or address; the port is an option of its own.")
	case isSocket(out["server"]):
		delete(out, "port")
	default:
		out["server"], out["port"] = strings.ToLower(strings.Trim(out["server"], "[]")), cmp.Or(out["port"], defaultPort)
	}
	return out, protect(out)
}

// protect says how the connection is protected where the options do not, and refuses what
// contradicts itself.
func protect(out map[string]string) error {
	local := isLoopback(out["server"])
	switch {
	case out["tls"] == "" && local && out["ssl_ca"] == "":
		out["tls"] = preferred
	case out["tls"] == "":
		out["tls"] = verified
	case !slices.Contains(tlsModes(), out["tls"]):
		return wrong("tls is none of "+strings.Join(tlsModes(), ", "), "Take it out, and the server's certificate is verified.")
	}
	switch {
	case out["ssl_ca"] != "" && out["tls"] != verified:
		return wrong("ssl_ca is of no use with tls: "+out["tls"], "Set tls: true, or leave ssl_ca out.")
	case out["ssl_cert"] != "" && out["tls"] == plain:
		return wrong("ssl_cert is of no use with tls: false", "Set tls: true, or leave ssl_cert out.")
	case (out["ssl_cert"] == "") != (out["ssl_key"] == ""):
		return wrong("ssl_cert and ssl_key go together, and one is missing", "Give both, or neither.")
	}
	return nil
}

func isSocket(server string) bool { return strings.HasPrefix(server, "/") }

func isAddress(server string) bool {
	_, err := netip.ParseAddr(strings.Trim(server, "[]"))
	return err == nil
}

// isLoopback says whether a server is the machine itself by its name alone.
func isLoopback(server string) bool {
	a, err := netip.ParseAddr(server)
	return isSocket(server) || server == "localhost" || err == nil && a.Unmap().IsLoopback()
}

// fromURL takes a connection URL apart.
func fromURL(text string) (map[string]string, error) {
	out := map[string]string{}
	if text == "" {
		return out, nil
	}
	// The library's message quotes what it was given, in which a password may stand.
	bad := wrong("url is no connection URL of MySQL", "Write it as mysql://user:password@host:3306/database?tls=true; characters such as @ or / in a password are percent-encoded. Of parameters it takes tls, ssl_ca, ssl_cert and ssl_key.")
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "mysql" && u.Scheme != "mariadb" || u.Opaque != "" || u.Fragment != "" {
		return nil, bad
	}
	parameters, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return nil, bad
	}
	password, _ := u.User.Password()
	for name, value := range map[string]string{"server": u.Hostname(), "port": u.Port(), "user": u.User.Username(), "password": password, "database": strings.TrimPrefix(u.Path, "/")} {
		if value != "" {
			out[name] = value
		}
	}
	for name, values := range parameters {
		if !slices.Contains([]string{"tls", "ssl_ca", "ssl_cert", "ssl_key"}, name) || len(values) != 1 {
			return nil, bad
		}
		out[name] = values[0]
	}
	return out, nil
}

// place says where options lead, and as whom: through which SSH host, too.
func place(o map[string]string) (map[string]string, error) {
	out, err := merged(o)
	if err == nil {
		_, err = tunnel.Through(eddy.Source{Options: o, Served: true})
	}
	if err != nil {
		return nil, err
	}
	delete(out, "password")
	delete(out, "ssl_key")
	for _, of := range tunnel.Options() {
		if !of.Secret() && o[of.Name] != "" {
			out[of.Name] = o[of.Name]
		}
	}
	return out, nil
}

// apart puts fields in the place of a url, as a server stores them.
func apart(o map[string]string) (map[string]string, error) {
	all, err := merged(o)
	if err != nil {
		return nil, err
	}
	out := maps.Clone(o)
	delete(out, "url")
	delete(out, "host")
	maps.Copy(out, all)
	return out, nil
}

// configure makes a connection configuration of a source's options.
func configure(src eddy.Source) (*mysql.Config, error) {
	cfg, err := build(src)
	if e, ok := errors.AsType[*eddy.Error](err); ok {
		return nil, &eddy.Error{Code: e.Code, What: fmt.Sprintf("source %s: %s", src.Name, e.What), Mend: e.Mend}
	}
	return cfg, err
}

func build(src eddy.Source) (*mysql.Config, error) {
	o, err := merged(src.Options)
	if err != nil {
		return nil, err
	}
	cfg := mysql.NewConfig()
	cfg.User, cfg.Passwd, cfg.DBName = o["user"], o["password"], o["database"]
	cfg.Net, cfg.Addr = "tcp", net.JoinHostPort(o["server"], o["port"])
	if isSocket(o["server"]) {
		cfg.Net, cfg.Addr = "unix", o["server"]
	}
	way, err := tunnel.Through(src)
	if err != nil {
		return nil, err
	}
	cfg.DialFunc = way.DialContext
	cfg.ConnectionAttributes = "program_name:eddy"
	cfg.Logger = &mysql.NopLogger{}
	if cfg.TLS, err = tlsConfig(src, o); err != nil {
		return nil, err
	}
	cfg.AllowFallbackToPlaintext = o["tls"] == preferred
	// A password goes as it is to a server that asks for that only where the server is known.
	cfg.AllowCleartextPasswords = o["tls"] == verified
	return cfg, nil
}

// tlsConfig is nil for a connection that is plain.
func tlsConfig(src eddy.Source, o map[string]string) (*tls.Config, error) {
	if o["tls"] == plain {
		return nil, nil //nolint:nilnil // what the driver takes for no TLS
	}
	cfg := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: o["server"], InsecureSkipVerify: o["tls"] != verified} //nolint:gosec // as the user said, or on this machine
	if o["ssl_ca"] != "" {
		text, err := pem(src, "ssl_ca", o["ssl_ca"])
		if err != nil {
			return nil, err
		}
		cfg.RootCAs = x509.NewCertPool()
		if !cfg.RootCAs.AppendCertsFromPEM(text) {
			return nil, wrong("ssl_ca has no certificates", "Give a PEM file of them, or its text.")
		}
	}
	if o["ssl_cert"] == "" {
		return cfg, nil
	}
	cert, err := pem(src, "ssl_cert", o["ssl_cert"])
	if err != nil {
		return nil, err
	}
	key, err := pem(src, "ssl_key", o["ssl_key"])
	if err != nil {
		return nil, err
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return nil, wrong("ssl_cert and ssl_key are no certificate and its key", "Give PEM files of them, or their texts; the key without a passphrase.")
	}
	cfg.Certificates = []tls.Certificate{pair}
	return cfg, nil
}

// pem is the text of an option that is one, or names a file of it. A server reads no file of its
// machine for somebody.
func pem(src eddy.Source, name, value string) ([]byte, error) {
	if strings.HasPrefix(strings.TrimSpace(value), "-----BEGIN ") {
		return []byte(value), nil
	}
	if src.Served {
		return nil, wrong(name+" is no PEM text", "On a server give the text itself, from -----BEGIN on.")
	}
	if !filepath.IsAbs(value) {
		value = filepath.Join(src.Dir, value)
	}
	text, err := keyfile.Read(value)
	if err != nil {
		return nil, wrong(name+": "+value+": "+err.Error(), "Name a PEM file, or give its text.")
	}
	return text, nil
}
