package dbsql

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

// Config says where statements run, and as whom.
type Config struct {
	// Host is the address of the workspace, as https://dbc-1.cloud.databricks.com; without a scheme
	// it is taken as https.
	Host string
	// Warehouse is the id of the SQL warehouse: what follows /sql/1.0/warehouses/ in its HTTP path.
	Warehouse string
	// Catalog and Schema are those of names without one, in statements that name no others.
	Catalog, Schema string
	Login           Login
	// HTTP makes all calls, also those to storage and for tokens. Redirects are not followed.
	HTTP *http.Client
	// UserAgent tells the workspace's administrator who calls.
	UserAgent string
	// Inline has results come within answers, where storage cannot be reached; they may have 25 MiB.
	Inline bool
	// Patience is how long a call that is refused or not answered is tried again; 0 is a minute.
	Patience time.Duration
}

// Client talks to one warehouse. It is safe for concurrent use.
type Client struct {
	config Config
	host   url.URL
	http   http.Client
	tokens tokens
	// answered says that the workspace did, at least once.
	answered atomic.Bool
}

// New makes a client, and calls nobody.
func New(config Config) (*Client, error) {
	if !strings.Contains(config.Host, "://") {
		config.Host = "https://" + config.Host
	}
	host, err := url.Parse(config.Host)
	switch {
	case err != nil || host.Host == "" || host.Scheme != "https" && host.Scheme != "http" || host.User != nil:
		return nil, errors.New("dbsql: Host is not the address of a workspace, as https://dbc-1.cloud.databricks.com")
	case config.Warehouse == "":
		return nil, errors.New("dbsql: Warehouse is missing")
	case config.HTTP == nil:
		return nil, errors.New("dbsql: HTTP is missing")
	case config.Login == nil:
		return nil, errors.New("dbsql: Login is missing")
	}
	if config.Patience == 0 {
		config.Patience = time.Minute
	}
	c := &Client{config: config, host: url.URL{Scheme: host.Scheme, Host: host.Host}, http: *config.HTTP}
	c.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	c.tokens.fetch = config.Login(&c.http, c.host)
	return c, nil
}

// Close ends connections that nobody uses.
func (c *Client) Close() { c.http.CloseIdleConnections() }
