package snowflake

import (
	"cmp"
	"net"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/snowflakedb/gosnowflake/v2"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/dial"
	"github.com/eddy-retl/eddy/keyfile"
	_ "github.com/eddy-retl/eddy/warehouse/snowflake/quiet" // before the driver
)

// The ways of logging in.
const (
	keyPair  = "key_pair"
	token    = "token"
	oauth    = "oauth"
	workload = "workload_identity"
	password = "password"
)

// options are those of a source.
func options() []eddy.Option {
	text := func(name, example, help string) eddy.Option {
		return eddy.Option{Name: name, Kind: eddy.TextOption, Part: eddy.PlacePart, Example: example, Help: help}
	}
	secret := func(name, example, help string) eddy.Option {
		return eddy.Option{Name: name, Kind: eddy.TextOption, Part: eddy.SecretPart, Example: example, Help: help}
	}
	account, database := text("account", "myorg-shop", "The account's identifier, organisation and name: what stands before .snowflakecomputing.com in its address."), text("database", "SHOP", "The database of names that have none, and of Eddy's own schema, unless `schema` names another: `database.schema`.")
	account.Required, database.Required = true, true
	of := func(o eddy.Option, ways ...string) eddy.Option {
		o.With = eddy.With{Option: "authenticator", Values: ways}
		return o
	}
	return []eddy.Option{
		account,
		text("user", "EDDY", "User to log in as; not needed with workload_identity, or with a token of OAuth."),
		text("role", "EDDY", "Role to work with, and the only one; the user's default role unless it is given."),
		text("warehouse", "EDDY", "Virtual warehouse that runs the statements; the user's default one unless it is given."),
		database,
		text("default_schema", "PUBLIC", "The schema of tables that a model names without one."),
		{Name: "authenticator", Kind: eddy.TextOption, Part: eddy.PlacePart, Default: keyPair, Choices: []string{keyPair, token, oauth, workload, password}, Help: "How the user logs in. Snowflake is ending log-ins of programs by password: use a key pair, or a programmatic access token (token)."},
		of(eddy.Option{Name: "private_key_path", Kind: eddy.PathOption, Part: eddy.PlacePart, Example: "eddy.p8", Help: "A file with the private key of key_pair, in PKCS #8, PEM. Not taken on a server.", Unserved: true}, keyPair),
		of(eddy.Option{Name: "private_key", Kind: eddy.LinesOption, Part: eddy.SecretPart, Example: "${SNOWFLAKE_PRIVATE_KEY}", Help: "The key itself in place of a file, in PEM or as base64 of its DER."}, keyPair),
		of(secret("private_key_passphrase", "${SNOWFLAKE_PASSPHRASE}", "What the key is encrypted with, if it is."), keyPair),
		of(secret("token", "${SNOWFLAKE_TOKEN}", "The programmatic access token, the access token of oauth, or the OIDC token of workload_identity."), token, oauth, workload),
		of(text("oauth_client_id", "eddy", "Client of oauth, in place of a token: a new token is fetched for each session (client credentials)."), oauth),
		of(secret("oauth_client_secret", "${SNOWFLAKE_CLIENT_SECRET}", "The client's secret."), oauth),
		of(text("oauth_token_request_url", "https://idp.example.com/oauth2/token", "Where the identity provider gives tokens."), oauth),
		of(text("oauth_scope", "session:role:EDDY", "The scope to ask for; of the role unless it is given."), oauth),
		of(eddy.Option{Name: "workload_identity_provider", Kind: eddy.TextOption, Part: eddy.PlacePart, Default: "oidc", Choices: []string{"oidc", "aws", "azure", "gcp"}, Help: "Who says which machine this is. All but oidc ask the machine's own cloud, and are not taken on a server.", UnservedChoices: []string{"aws", "azure", "gcp"}}, workload),
		of(secret("password", "${SNOWFLAKE_PASSWORD}", "The password of authenticator password, for as long as Snowflake takes one."), password),
		{Name: "query_tag", Kind: eddy.TextOption, Part: eddy.PlainPart, Default: "eddy", Example: "eddy", Help: "QUERY_TAG of all statements, as QUERY_HISTORY shows it."},
		{Name: "client_session_keep_alive", Kind: eddy.BoolOption, Part: eddy.PlainPart, Default: "false", Help: "Keep sessions alive that wait. Eddy does not need it: it opens a session again."},
		text("host", "myorg-shop.privatelink.snowflakecomputing.com", "Name of the service, if it is another than the account's usual one."),
		{Name: "port", Kind: eddy.PortOption, Part: eddy.PlacePart, Default: "443", Help: "Port of the service."},
		{Name: "protocol", Kind: eddy.TextOption, Part: eddy.PlacePart, Default: "https", Choices: []string{"https", "http"}, Help: "http is taken on this machine alone, for tests."},
	}
}

func wrong(what, mend string) error {
	return &eddy.Error{Code: eddy.CodeConfig, What: what, Mend: mend}
}

// login is where a source's sessions are opened, and as whom.
type login struct {
	name      string
	config    gosnowflake.Config
	transport *http.Transport
}

// accountName is what can be an account's identifier: it becomes part of a host's name.
var accountName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]*$`)

// logIn makes a log-in of a source's options.
func logIn(src eddy.Source) (*login, error) {
	o := src.Options
	for _, need := range []string{"account", "database"} {
		if o[need] == "" {
			return nil, wrong(need+" is missing", "Set "+need+" on the source.")
		}
	}
	host := o["host"]
	switch {
	case !accountName.MatchString(o["account"]):
		return nil, wrong("account is not an account's identifier", "Write what stands before .snowflakecomputing.com in the account's address.")
	case o["protocol"] == "http" && !slices.Contains([]string{"127.0.0.1", "::1", "localhost"}, host):
		return nil, wrong("protocol http would show secrets and people to whoever is on the way", "Take it out: it is for tests on this machine.")
	case host == "":
		host = o["account"] + ".snowflakecomputing.com"
	}
	port, err := strconv.Atoi(cmp.Or(o["port"], "443"))
	if err != nil {
		return nil, wrong("port is no number", "Take it out: it is 443.")
	}
	d := dial.Of(src.Dialer)
	l := &login{name: src.Name, transport: &http.Transport{
		DialContext: d.DialContext, Proxy: d.Proxy, ForceAttemptHTTP2: true,
		MaxIdleConnsPerHost: 8, IdleConnTimeout: time.Minute, TLSHandshakeTimeout: 15 * time.Second,
	}}
	l.config = gosnowflake.Config{
		Account: o["account"], User: o["user"], Role: o["role"], Warehouse: o["warehouse"], Database: o["database"], Schema: o["default_schema"],
		Protocol: cmp.Or(o["protocol"], "https"), Host: host, Port: port, Application: "eddy",
		Transporter: calls{l.transport}, Params: parameters(src),
		ClientRequestMfaToken: gosnowflake.ConfigBoolFalse, ClientStoreTemporaryCredential: gosnowflake.ConfigBoolFalse, DisableConsoleLogin: gosnowflake.ConfigBoolTrue,
	}
	return l, l.authenticate(src)
}

// parameters are those of every session: what a statement means does not depend on what an
// account or a user has by default.
func parameters(src eddy.Source) map[string]*string {
	set := map[string]string{
		"CLIENT_TELEMETRY_ENABLED": "false", "CLIENT_SESSION_KEEP_ALIVE": cmp.Or(src.Options["client_session_keep_alive"], "false"),
		"QUERY_TAG": cmp.Or(src.Options["query_tag"], "eddy"), "MULTI_STATEMENT_COUNT": "1", "ABORT_DETACHED_QUERY": "true", "AUTOCOMMIT": "true",
		"TIMEZONE": "UTC", "TIMESTAMP_TYPE_MAPPING": "TIMESTAMP_NTZ", "DATE_OUTPUT_FORMAT": "YYYY-MM-DD", "TIME_OUTPUT_FORMAT": "HH24:MI:SS.FF9",
		"TIMESTAMP_OUTPUT_FORMAT": "YYYY-MM-DD HH24:MI:SS.FF9", "TIMESTAMP_NTZ_OUTPUT_FORMAT": "YYYY-MM-DD HH24:MI:SS.FF9",
		"TIMESTAMP_LTZ_OUTPUT_FORMAT": "YYYY-MM-DD HH24:MI:SS.FF9 TZHTZM", "TIMESTAMP_TZ_OUTPUT_FORMAT": "YYYY-MM-DD HH24:MI:SS.FF9 TZHTZM",
		"DATE_INPUT_FORMAT": "AUTO", "TIME_INPUT_FORMAT": "AUTO", "TIMESTAMP_INPUT_FORMAT": "AUTO", "BINARY_OUTPUT_FORMAT": "HEX", "BINARY_INPUT_FORMAT": "HEX",
		"WEEK_START": "0", "WEEK_OF_YEAR_POLICY": "0", "QUOTED_IDENTIFIERS_IGNORE_CASE": "false", "GO_QUERY_RESULT_FORMAT": "ARROW",
		// Of a result as much is in memory as two chunks have.
		"CLIENT_RESULT_CHUNK_SIZE": "48",
	}
	if src.Patience > 0 {
		set["STATEMENT_TIMEOUT_IN_SECONDS"] = strconv.FormatInt(max(int64(src.Patience.Seconds()), 1), 10)
	}
	out := map[string]*string{}
	for name, value := range set {
		out[name] = &value
	}
	return out
}

// authenticate takes the secrets of the source's way to log in.
func (l *login) authenticate(src eddy.Source) error {
	o, c := src.Options, &l.config
	way := cmp.Or(o["authenticator"], keyPair)
	need := func(names ...string) error {
		for _, name := range names {
			if o[name] == "" {
				return wrong(name+" is missing, which authenticator "+way+" needs", "Set "+name+" on the source.")
			}
		}
		return nil
	}
	c.Token, c.Password = o["token"], o["password"]
	switch way {
	case token:
		c.Authenticator = gosnowflake.AuthTypePat
		return need("user", "token")
	case password:
		c.Authenticator = gosnowflake.AuthTypeSnowflake
		return need("user", "password")
	case workload:
		return l.machine(src, need)
	case oauth:
		c.Authenticator = gosnowflake.AuthTypeOAuth
		if o["oauth_client_id"] == "" {
			return need("token")
		}
		c.Authenticator = gosnowflake.AuthTypeOAuthClientCredentials
		c.OauthClientID, c.OauthClientSecret, c.OauthTokenRequestURL, c.OauthScope = o["oauth_client_id"], o["oauth_client_secret"], o["oauth_token_request_url"], o["oauth_scope"]
		return need("oauth_client_secret", "oauth_token_request_url")
	default:
		return cmp.Or(need("user"), l.key(src))
	}
}

// machine logs in by what the machine is. On a server nothing of its machine says who it is.
func (l *login) machine(src eddy.Source, need func(...string) error) error {
	provider := cmp.Or(src.Options["workload_identity_provider"], "oidc")
	l.config.Authenticator, l.config.WorkloadIdentityProvider = gosnowflake.AuthTypeWorkloadIdentityFederation, provider
	switch {
	case provider == "oidc":
		return need("token")
	case src.Served:
		return wrong("workload_identity_provider "+provider+" is not taken on a server: it would have the server use an identity of its machine", "Use oidc with a token, or a key pair.")
	default:
		return nil
	}
}

// key reads the private key.
func (l *login) key(src eddy.Source) error {
	o := src.Options
	text := o["private_key"]
	switch {
	case text != "" && o["private_key_path"] != "":
		return wrong("private_key and private_key_path are two keys", "Give one of them.")
	case text == "" && o["private_key_path"] == "":
		return wrong("private_key_path is missing, which authenticator key_pair needs", "Name the file of the private key, or give private_key; or set authenticator.")
	case text == "" && src.Served:
		return wrong("private_key_path is not taken on a server: it would have the server read files of its machine", "Give private_key.")
	case text == "":
		path := o["private_key_path"]
		if !filepath.IsAbs(path) {
			path = filepath.Join(src.Dir, path)
		}
		read, err := keyfile.Read(path)
		if text = string(read); err != nil {
			return wrong("private_key_path: "+path+": "+err.Error(), "Name the file of the private key, one that Eddy may read.")
		}
	}
	key, err := privateKey(text, o["private_key_passphrase"])
	if err != nil {
		return wrong("the private key cannot be read: "+err.Error(), "Make one with: openssl genrsa 2048 | openssl pkcs8 -topk8 -v2 aes256 -inform PEM -out eddy.p8")
	}
	l.config.Authenticator, l.config.PrivateKey = gosnowflake.AuthTypeJwt, key
	return nil
}

// sessions are made ready; nothing is dialled. The driver's own log would quote what the server
// says, values among it.
func (l *login) sessions() *sessions {
	_ = gosnowflake.GetLogger().SetLogLevel("OFF")
	return newSessions(gosnowflake.NewConnector(gosnowflake.SnowflakeDriver{}, l.config))
}

// where names the service and the user.
func (l *login) where() string {
	return "source " + l.name + ": Snowflake at " + net.JoinHostPort(l.config.Host, strconv.Itoa(l.config.Port)) + ", user " + cmp.Or(l.config.User, "of the token")
}
