package databricks

import (
	"cmp"
	"context"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/dbsql"
	"github.com/eddy-retl/eddy/dial"
	"github.com/eddy-retl/eddy/keyfile"
)

func wrong(what, mend string) error {
	return &eddy.Error{Code: eddy.CodeConfig, What: what, Mend: mend}
}

// logIn makes a source of its options, and calls nobody.
func logIn(src eddy.Source) (*source, error) {
	o := src.Options
	for _, need := range []string{"host", "http_path", "catalog"} {
		if o[need] == "" {
			return nil, wrong(need+" is missing", "Set "+need+" on the source; the connection details of the SQL warehouse have it.")
		}
	}
	host, err := address(o["host"])
	if err != nil {
		return nil, err
	}
	id := endpoint.FindStringSubmatch(o["http_path"])
	if id == nil {
		return nil, wrong("http_path names no SQL warehouse", "Copy it from the connection details of a SQL warehouse: /sql/1.0/warehouses/ and an id. Clusters for all purposes do not take statements this way.")
	}
	as, err := authenticate(src)
	if err != nil {
		return nil, err
	}
	volume, err := volumeOf(o["volume"])
	if err != nil {
		return nil, err
	}
	d := dial.Of(src.Dialer)
	s := &source{volume: volume, name: src.Name, host: host.Host, session: &session{catalog: o["catalog"], schema: o["default_schema"], patience: src.Patience}}
	s.client, err = dbsql.New(dbsql.Config{
		Host: host.String(), Warehouse: id[1], Catalog: o["catalog"], Login: as, UserAgent: "eddy", Inline: o["cloud_fetch"] == "false",
		HTTP: &http.Client{Transport: &http.Transport{
			DialContext: d.DialContext, Proxy: d.Proxy, ForceAttemptHTTP2: true,
			MaxIdleConnsPerHost: 4, IdleConnTimeout: time.Minute, TLSHandshakeTimeout: 15 * time.Second, ResponseHeaderTimeout: 2 * time.Minute,
		}},
	})
	if err != nil {
		return nil, wrong("host is not the name of a server", "Write it as in the connection details of the SQL warehouse: dbc-a1b2c3d4-e5f6.cloud.databricks.com.")
	}
	return s, nil
}

// endpoint matches the path of a SQL warehouse, also in its older form.
var endpoint = regexp.MustCompile(`^/?sql/1\.0/(?:warehouses|endpoints)/([0-9A-Za-z_-]+)/?$`)

// address reads a host as people copy it. Without encryption only this machine is called.
func address(host string) (*url.URL, error) {
	if !strings.Contains(host, "://") {
		host = "https://" + host
	}
	u, err := url.Parse(host)
	if err != nil || u.Hostname() == "" || u.User != nil || strings.Trim(u.Path, "/") != "" {
		return nil, wrong("host is not the name of a server", "Write it as in the connection details of the SQL warehouse: dbc-a1b2c3d4-e5f6.cloud.databricks.com.")
	}
	ip := net.ParseIP(u.Hostname())
	here := u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
	if u.Scheme != "https" && (u.Scheme != "http" || !here) {
		return nil, wrong("host asks for another way than https: anybody on the way would read the secret", "Write the name of the server alone.")
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host}, nil
}

// authenticate takes what goes with the log-in's type, and nothing else.
func authenticate(src eddy.Source) (dbsql.Login, error) {
	o := src.Options
	kind := cmp.Or(o["auth_type"], "token")
	for _, c := range []struct{ option, of string }{{"token", "token"}, {"client_secret", "oauth"}, {"oidc_token_filepath", "workload_identity"}} {
		if c.of == kind && o[c.option] == "" {
			return nil, wrong(c.option+" is missing, which auth_type "+kind+" needs", "Set "+c.option+" on the source.")
		}
	}
	if kind == "oauth" && o["client_id"] == "" {
		return nil, wrong("client_id is missing, which auth_type oauth needs", "Set it to the application ID of the service principal.")
	}
	switch kind {
	case "oauth":
		return dbsql.Machine(o["client_id"], o["client_secret"]), nil
	case "workload_identity":
		if src.Served {
			return nil, wrong("auth_type workload_identity is not taken on a server: it would have the server read files of its machine", "Log in with auth_type oauth or token.")
		}
		path := o["oidc_token_filepath"]
		if !filepath.IsAbs(path) {
			path = filepath.Join(src.Dir, path)
		}
		return dbsql.Workload(o["client_id"], func(context.Context) (string, error) { return identity(path) }), nil
	default:
		return dbsql.Token(o["token"]), nil
	}
}

// identity reads the token of another provider anew, because it ends soon. Of any other file
// nothing is told.
func identity(path string) (string, error) {
	none := wrong("oidc_token_filepath holds no token", "Name a file that Eddy may read and that holds one token (JWT), which its provider renews.")
	text, err := keyfile.Read(path)
	token := strings.TrimSpace(string(text))
	if err != nil || strings.Count(token, ".") != 2 || strings.ContainsAny(token, " \r\n\t") {
		return "", none
	}
	return token, nil
}

// where names the workspace.
func (s *source) where() string { return "source " + s.name + ": Databricks at " + s.host }
