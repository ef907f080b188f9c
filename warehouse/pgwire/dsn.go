package pgwire

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/keyfile"
	"github.com/eddy-retl/eddy/tunnel"
)

// parameters are a connection's parameters by the names that libpq gives them; the database
// is dbname. https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
type parameters map[string]string

// fields are the parameters that have an option of their own, and the option's name.
func fields() [][2]string {
	return [][2]string{{"host", "host"}, {"port", "port"}, {"dbname", "database"}, {"user", "user"}, {"password", "password"}, {"sslmode", "sslmode"}}
}

func isField(name string) bool {
	return slices.ContainsFunc(fields(), func(f [2]string) bool { return f[0] == name })
}

// Config makes a connection configuration of a source's options: who calls how, and nothing
// of what a session is told.
func (p Product) Config(src eddy.Source) (*pgx.ConnConfig, error) {
	_, cfg, err := p.configure(src.Options, src.Served)
	var way eddy.Dialer
	if err == nil {
		way, err = tunnel.Through(src)
	}
	if err != nil {
		if e, ok := errors.AsType[*eddy.Error](err); ok {
			return nil, &eddy.Error{Code: e.Code, What: fmt.Sprintf("source %s: %s", src.Name, e.What), Mend: e.Mend}
		}
		return nil, err
	}
	// Every host of the URL, and the cancelling of a statement, goes this way.
	cfg.DialFunc = way.DialContext
	if tunnel.Is(way) {
		// What a name means is for the other end to say.
		cfg.LookupFunc = func(_ context.Context, host string) ([]string, error) { return []string{host}, nil }
	}
	cfg.DefaultQueryExecMode = pgx.QueryExecModeExec
	cfg.BuildContextWatcherHandler = func(c *pgconn.PgConn) ctxwatch.Handler { return &canceller{conn: c} }
	return cfg, nil
}

// configure reads options as parameters, and these as the connection that they make. With
// served nothing of the machine takes part: no variable, no file but public certificates.
func (p Product) configure(o map[string]string, served bool) (parameters, *pgx.ConnConfig, error) {
	given, err := merged(o, served)
	if err != nil {
		return nil, nil, err
	}
	full := p.standard(given)
	if served {
		if full, err = full.alone(); err != nil {
			return nil, nil, err
		}
	}
	cfg, err := pgx.ParseConfig(full.String())
	if err != nil {
		// The library's message quotes what it was given, in which a password may stand.
		return nil, nil, wrong("host, port, sslmode and parameters do not make a connection", "See the PostgreSQL documentation for what they may be: one port, or one for each host; files of certificates that can be read.")
	}
	if served {
		maps.DeleteFunc(cfg.RuntimeParams, func(name, _ string) bool { _, given := given[name]; return !given })
	}
	return given, cfg, nil
}

// standard fills in what the product has in the place of PostgreSQL's defaults.
func (p Product) standard(given parameters) parameters {
	out := maps.Clone(given)
	for name, value := range map[string]string{"port": p.Port, "sslmode": p.SSLMode} {
		if value != "" && out[name] == "" {
			out[name] = value
		}
	}
	return out
}

func wrong(what, mend string) error {
	return &eddy.Error{Code: eddy.CodeConfig, What: what, Mend: mend}
}

// merged puts the options together: what url says, then parameters, then the fields. The
// later wins.
func merged(o map[string]string, served bool) (parameters, error) {
	p, err := read(o["url"], served)
	if err != nil {
		return nil, err
	}
	more, err := keywords(o["parameters"])
	if err != nil {
		return nil, wrong("parameters are not of the form name=value", "Write for example connect_timeout=10 search_path=shop; a value with blanks in it in single quotes.")
	}
	for name, value := range more {
		if isField(name) {
			return nil, wrong("parameters: "+name+" has an option of its own", "Take it out, and set that option.")
		}
		p[name] = value
	}
	for _, f := range fields() {
		if value := o[f[1]]; value != "" {
			p[f[0]] = value
		}
	}
	if o["host"] != "" {
		p.splitPorts()
	}
	return p, p.usable(served)
}

// read takes a connection URL, or a string of keywords, apart. What it makes of it is what
// the library makes of it, or it is refused.
func read(text string, served bool) (parameters, error) {
	const mend = "Write it as postgres://user:password@host:5432/database; characters such as @ or / in a password are percent-encoded."
	bad := wrong("url is not a PostgreSQL connection string", mend)
	if text == "" {
		return parameters{}, nil
	}
	p, err := keywords(text)
	if rest, ok := cutScheme(text); ok {
		p, err = fromURL(rest)
	}
	if err != nil {
		return nil, bad
	}
	if err := p.usable(served); err != nil { // before the library reads a file that it names
		return nil, err
	}
	known := append(slices.Collect(maps.Keys(p)), "sslmode")
	theirs, err := pgx.ParseConfigWithOptions(text, pgx.ParseConfigOptions{ParseConfigOptions: pgconn.ParseConfigOptions{ConnStringAllowedKeys: known}})
	if err != nil {
		return nil, bad
	}
	ours, err := pgx.ParseConfig(p.String())
	if err != nil || !same(theirs, ours) {
		return nil, bad
	}
	return p, nil
}

func cutScheme(text string) (string, bool) {
	if rest, ok := strings.CutPrefix(text, "postgres://"); ok {
		return rest, true
	}
	return strings.CutPrefix(text, "postgresql://")
}

// fromURL takes a URL without its scheme apart. Hosts and ports are lists with commas.
func fromURL(rest string) (parameters, error) {
	p := parameters{}
	var failed error
	set := func(name, raw string) {
		value, err := url.PathUnescape(raw) // a plus sign is itself
		failed = errors.Join(failed, err)
		p[name] = value
	}
	if i := strings.IndexAny(rest, "@/"); i >= 0 && rest[i] == '@' {
		user, password, _ := strings.Cut(rest[:i], ":")
		rest = rest[i+1:]
		if user != "" {
			set("user", user)
		}
		if password != "" {
			set("password", password)
		}
	}
	rest, query, _ := strings.Cut(rest, "?")
	where, database, _ := strings.Cut(rest, "/")
	var hosts, ports []string
	for one := range strings.SplitSeq(where, ",") {
		host, port := cutPort(one)
		hosts, ports = append(hosts, host), append(ports, port)
	}
	for name, value := range map[string]string{"host": strings.Join(hosts, ","), "port": strings.Join(ports, ","), "dbname": database} {
		if value != "" {
			set(name, value)
		}
	}
	for pair := range strings.SplitSeq(query, "&") {
		name, value, ok := strings.Cut(pair, "=")
		if !ok {
			if pair != "" {
				return nil, errors.New("a parameter without a value")
			}
			continue
		}
		name, err := url.PathUnescape(name)
		failed = errors.Join(failed, err)
		if name == "ssl" && value == "true" { // as JDBC writes it
			name, value = "sslmode", "require"
		}
		set(spelled(name), value)
	}
	return p, failed
}

// cutPort parts host:port and [address]:port; an address of IPv6 without brackets has none.
func cutPort(text string) (host, port string) {
	if inner, ok := strings.CutPrefix(text, "["); ok {
		if host, rest, ok := strings.Cut(inner, "]"); ok {
			return host, strings.TrimPrefix(rest, ":")
		}
	}
	if strings.Count(text, ":") == 1 {
		host, port, _ = strings.Cut(text, ":")
		return host, port
	}
	return text, ""
}

// spelled is a parameter's one name.
func spelled(name string) string {
	if name == "database" {
		return "dbname"
	}
	return name
}

// keywords reads name=value pairs with blanks between them; values may be in single quotes,
// and a backslash takes what follows as it is.
func keywords(text string) (parameters, error) {
	p := parameters{}
	for rest := strings.TrimLeft(text, blanks); rest != ""; rest = strings.TrimLeft(rest, blanks) {
		name, after, ok := strings.Cut(rest, "=")
		if name = strings.Trim(name, blanks); !ok || name == "" || strings.ContainsAny(name, blanks) {
			return nil, errors.New("expected name=value")
		}
		value, left, err := cutValue(strings.TrimLeft(after, blanks))
		if err != nil {
			return nil, err
		}
		p[spelled(name)], rest = value, left
	}
	return p, nil
}

const blanks = " \t\n\r\v\f"

// cutValue reads the value that a text begins with.
func cutValue(text string) (value, rest string, err error) {
	text, quoted := strings.CutPrefix(text, "'")
	var out strings.Builder
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\'':
			return out.String(), text[i+1:], nil
		case !quoted && strings.IndexByte(blanks, c) >= 0:
			return out.String(), text[i:], nil
		case c == '\\' && i+1 < len(text):
			i++
			out.WriteByte(text[i])
		case c != '\\':
			out.WriteByte(c)
		}
	}
	if quoted {
		return "", "", errors.New("a quote is not closed")
	}
	return out.String(), "", nil
}

// String writes the parameters as a string of keywords, in the order of their names.
func (p parameters) String() string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(p)) {
		out = append(out, name+"='"+strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(p[name])+"'")
	}
	return strings.Join(out, " ")
}

// splitPorts moves the ports out of a list of hosts that names some.
func (p parameters) splitPorts() {
	var hosts, ports []string
	some := false
	for one := range strings.SplitSeq(p["host"], ",") {
		host, port := one, ""
		if !strings.HasPrefix(one, "/") {
			host, port = cutPort(one)
		}
		some = some || port != ""
		hosts, ports = append(hosts, host), append(ports, cmp.Or(port, p["port"]))
	}
	if p["host"] = strings.Join(hosts, ","); some {
		p["port"] = strings.Join(ports, ",")
	}
}

// usable refuses parameters that Eddy does not take. On a server these are all that make it
// read a file that only its operator may name: passwords, keys, and services that say
// everything else.
func (p parameters) usable(served bool) error {
	if _, ok := p["hostaddr"]; ok {
		return wrong("hostaddr is not taken", "Write the address as host.")
	}
	for _, name := range []string{"service", "servicefile", "passfile", "sslcert", "sslkey", "sslpassword"} {
		if _, ok := p[name]; ok && served {
			return wrong(name+" is not taken on a server: it would have the server read a file of its machine, or show a secret", "Take it out, and log in with user and password.")
		}
	}
	if path := p["sslrootcert"]; path != "" && path != "system" && !isCertificates(path) {
		return wrong("sslrootcert is not a file of certificates", "Name a PEM file of at most 1 MiB that Eddy may read, or system.")
	}
	return nil
}

// isCertificates says whether a path is a PEM file of certificates. Of any other nothing is
// told, not even whether it is there.
func isCertificates(path string) bool {
	text, err := keyfile.Read(path)
	return err == nil && x509.NewCertPool().AppendCertsFromPEM(text)
}

// alone fills in what the library would take from its machine: variables, files of the home
// folder, the name of the account.
func (p parameters) alone() (parameters, error) {
	const mend = "On a server nothing comes from its environment: give host and user."
	if slices.Contains(strings.Split(p["host"], ","), "") {
		return nil, wrong("host is missing", mend)
	}
	if p["user"] == "" {
		return nil, wrong("user is missing", mend)
	}
	out := maps.Clone(p)
	for name, value := range map[string]string{
		"port": "5432", "dbname": p["user"], "password": "", "passfile": "", "sslcert": "", "sslkey": "", "sslpassword": "",
		"sslcertmode": "allow", "sslnegotiation": "", "sslsni": "", "target_session_attrs": "any", "channel_binding": "", "require_auth": "",
	} {
		if out[name] == "" {
			out[name] = value
		}
	}
	return out, nil
}

// attempts are where a connection is tried, in order: each host twice where TLS is optional.
func attempts(cfg *pgx.ConnConfig) []*pgconn.FallbackConfig {
	return append([]*pgconn.FallbackConfig{{Host: cfg.Host, Port: cfg.Port, TLSConfig: cfg.TLSConfig}}, cfg.Fallbacks...)
}

// protection says how an attempt is protected.
func protection(c *tls.Config) string {
	switch {
	case c == nil:
		return "plain"
	case c.InsecureSkipVerify && c.VerifyPeerCertificate == nil:
		return "encrypted"
	case c.InsecureSkipVerify:
		return "verified"
	default:
		return "verified by name"
	}
}

// same says whether two configurations make the same connection.
func same(a, b *pgx.ConnConfig) bool {
	all := func(c *pgx.ConnConfig) []string {
		out := []string{
			c.Database, c.User, c.Password, c.SSLNegotiation, c.SSLCertMode, c.KerberosSrvName, c.KerberosSpn, c.ChannelBinding, c.RequireAuth,
			c.MinProtocolVersion, c.MaxProtocolVersion, c.ConnectTimeout.String(), strconv.FormatBool(c.ValidateConnect == nil),
		}
		for _, at := range attempts(c) {
			out = append(out, at.Host, strconv.Itoa(int(at.Port)), protection(at.TLSConfig))
		}
		return out
	}
	return slices.Equal(all(a), all(b)) && maps.Equal(a.RuntimeParams, b.RuntimeParams)
}

// Place says where options lead, and as whom: what two texts of one connection have in
// common. The library's result is what counts. Options of other things stay as they are.
func (p Product) Place(o map[string]string) (map[string]string, error) {
	given, cfg, err := p.configure(o, true)
	if err == nil {
		_, err = tunnel.Through(eddy.Source{Options: o, Served: true})
	}
	if err != nil {
		return nil, err
	}
	var hosts, ports, protected []string
	for i, at := range attempts(cfg) {
		protected = append(protected, protection(at.TLSConfig))
		host, port := at.Host, strconv.Itoa(int(at.Port))
		if !strings.HasPrefix(host, "/") {
			host = strings.ToLower(host)
		}
		if i == 0 || hosts[len(hosts)-1] != host || ports[len(ports)-1] != port {
			hosts, ports = append(hosts, host), append(ports, port)
		}
	}
	out := maps.Clone(o)
	delete(out, "url")
	delete(out, "password")
	maps.Copy(out, map[string]string{
		"host": strings.Join(hosts, ","), "port": strings.Join(ports, ","), "database": cfg.Database, "user": cfg.User,
		"sslmode": strings.Join(protected, ","), "parameters": given.further().String(),
	})
	return out, nil
}

// further are the parameters without an option of their own.
func (p parameters) further() parameters {
	out := maps.Clone(p)
	maps.DeleteFunc(out, func(name, _ string) bool { return isField(name) })
	return out
}

// Apart puts fields in the place of a url, as a server stores them: only the password is a
// secret then.
func (p Product) Apart(o map[string]string) (map[string]string, error) {
	given, cfg, err := p.configure(o, true)
	if err != nil {
		return nil, err
	}
	out := maps.Clone(o)
	delete(out, "url")
	given.joinPorts()
	for _, f := range fields() {
		if out[f[1]] = given[f[0]]; given[f[0]] == "" {
			delete(out, f[1])
		}
	}
	if further := given.further(); len(further) > 0 {
		out["parameters"] = further.String()
	}
	if _, again, err := p.configure(out, true); err != nil || !same(cfg, again) {
		return nil, wrong("url cannot be written as host, port, database, user, password, sslmode and parameters", "Give these in its place.")
	}
	return out, nil
}

// joinPorts leaves one port, if all are the same, or puts each behind its host.
func (p parameters) joinPorts() {
	ports := strings.Split(p["port"], ",")
	if len(ports) == 1 {
		return
	}
	hosts := strings.Split(p["host"], ",")
	for i := range ports { // one for each host, or the library had refused them
		ports[i] = cmp.Or(ports[i], "5432")
		if strings.Contains(hosts[i], ":") {
			hosts[i] = "[" + hosts[i] + "]"
		}
		hosts[i] += ":" + ports[i]
	}
	if p["port"] = ports[0]; len(slices.Compact(slices.Clone(ports))) > 1 {
		p["host"], p["port"] = strings.Join(hosts, ","), ""
	}
}
