package bigquery

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"cloud.google.com/go/auth"
	"cloud.google.com/go/auth/credentials"
	"cloud.google.com/go/auth/credentials/impersonate"
	"cloud.google.com/go/auth/httptransport"
	client "cloud.google.com/go/bigquery"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/dial"
	"github.com/eddy-retl/eddy/keyfile"
)

// The methods of logging in, by their option.
const (
	applicationDefault = "oauth"
	keyFile            = "service-account"
	keyText            = "service-account-json"
	federation         = "workload-identity"
	nobody             = "none"
)

func wrong(source, what, mend string) error {
	return &eddy.Error{Code: eddy.CodeConfig, What: "source " + source + ": " + what, Mend: mend}
}

// logIn makes the client that calls Google's APIs as the source's account, and its credentials; nil
// is nobody's. Nothing is called yet, but for the application default, which may ask whether the
// machine is Google's.
func logIn(src eddy.Source) (*http.Client, *auth.Credentials, error) {
	way := dial.Of(src.Dialer)
	plain := &http.Client{Transport: caller{&http.Transport{
		DialContext: way.DialContext, Proxy: way.Proxy, ForceAttemptHTTP2: true,
		MaxIdleConnsPerHost: 8, IdleConnTimeout: time.Minute, TLSHandshakeTimeout: 15 * time.Second,
	}}}
	if err := allowed(src); err != nil {
		return nil, nil, err
	}
	method := cmp.Or(src.Options["method"], applicationDefault)
	if method == nobody {
		return plain, nil, nil
	}
	creds, err := identity(src, method, plain)
	if err != nil {
		return nil, nil, err
	}
	calls, err := httptransport.NewClient(&httptransport.Options{Credentials: creds, BaseRoundTripper: plain.Transport, DisableTelemetry: true})
	return calls, creds, err
}

// allowed says that the options of a log-in go together. Nothing secret goes over http, and on a
// server nothing of its machine takes part.
func allowed(src eddy.Source) error {
	o := src.Options
	method := cmp.Or(o["method"], applicationDefault)
	for option, standard := range map[string]string{"api_endpoint": googles, "storage_endpoint": googlesStorage} {
		endpoint, err := url.Parse(cmp.Or(o[option], standard))
		if err != nil || endpoint.Host == "" || endpoint.Scheme != "https" && endpoint.Scheme != "http" {
			return wrong(src.Name, option+" is no address", "Write for example "+standard+".")
		}
		if endpoint.Scheme != "https" && method != nobody {
			return wrong(src.Name, option+" is not https: over http anybody on the way reads the log-in", "Set "+option+" to an https address, or method to none for an emulator.")
		}
	}
	if src.Served && method != keyText && method != nobody {
		return wrong(src.Name, "method "+method+" is not taken on a server: it would have the server use an identity, or files, of its machine", "Set method to service-account-json, and keyfile_json.")
	}
	for option, of := range map[string][]string{"keyfile": {keyFile, federation}, "keyfile_json": {keyText}} {
		if slices.Contains(of, method) && o[option] == "" {
			return wrong(src.Name, option+" is missing, which method "+method+" needs", "Set "+option+" on the source.")
		}
	}
	return nil
}

// identity is whom Google takes Eddy for.
func identity(src eddy.Source, method string, plain *http.Client) (*auth.Credentials, error) {
	scopes := strings.Split(cmp.Or(src.Options["scopes"], client.Scope), ",")
	for i, s := range scopes {
		scopes[i] = strings.TrimSpace(s)
	}
	target := src.Options["impersonate_service_account"]
	options := &credentials.DetectOptions{Scopes: scopes, Client: plain}
	if target != "" {
		options.Scopes = []string{"https://www.googleapis.com/auth/cloud-platform"}
	}
	creds, err := find(src, method, options)
	if e, ok := errors.AsType[*eddy.Error](err); ok {
		return nil, e
	}
	if err != nil {
		return nil, wrong(src.Name, "method "+method+": no credentials were found, or they cannot be read", advise(method))
	}
	if target == "" {
		return creds, nil
	}
	as, err := httptransport.NewClient(&httptransport.Options{Credentials: creds, BaseRoundTripper: plain.Transport, DisableTelemetry: true})
	if err == nil {
		creds, err = impersonate.NewCredentials(&impersonate.CredentialsOptions{TargetPrincipal: target, Scopes: scopes, Client: as})
	}
	if err != nil {
		return nil, wrong(src.Name, "impersonate_service_account cannot be used", "Write the account's e-mail address, such as eddy@shop-data.iam.gserviceaccount.com.")
	}
	return creds, nil
}

// find reads credentials. What the library says of a file may quote it, and is not told.
func find(src eddy.Source, method string, options *credentials.DetectOptions) (*auth.Credentials, error) {
	typ, text := credentials.ServiceAccount, []byte(src.Options["keyfile_json"])
	switch method {
	case applicationDefault:
		return credentials.DetectDefault(options)
	case federation:
		typ = credentials.ExternalAccount
		fallthrough
	case keyFile:
		path := src.Options["keyfile"]
		if !filepath.IsAbs(path) {
			path = filepath.Join(src.Dir, path)
		}
		var err error
		if text, err = keyfile.Read(path); err != nil {
			return nil, wrong(src.Name, "keyfile: "+path+": "+err.Error(), advise(method))
		}
	}
	return credentials.NewCredentialsFromJSON(typ, text, options)
}

func advise(method string) string {
	switch method {
	case applicationDefault:
		return "Log in with `gcloud auth application-default login`, set GOOGLE_APPLICATION_CREDENTIALS to a file, or name a key by method service-account."
	case federation:
		return "Name by keyfile a JSON file of type external_account, as `gcloud iam workload-identity-pools create-cred-config` writes it."
	default:
		return "Give the JSON of a service account's key, as the console lets you download it: its type is service_account."
	}
}

// caller sends requests of Google's libraries. They would ask an address that refuses connections
// for as long as the statement may run, so what was not answered is asked again here, a few times.
type caller struct{ *http.Transport }

// Requests that were not answered are sent again this often, after pauses that double: some three
// seconds in all.
const (
	attempts   = 5
	firstPause = 200 * time.Millisecond
)

// RoundTrip sends a request, and again if no answer began and it can be read once more. Jobs have
// an id of ours: one that is inserted twice is there once.
func (c caller) RoundTrip(req *http.Request) (*http.Response, error) {
	for n, pause := 1, firstPause; ; n, pause = n+1, 2*pause {
		resp, err := c.Transport.RoundTrip(req)
		if err == nil || req.Context().Err() != nil {
			return resp, err
		}
		_, refused := errors.AsType[*dial.Refused](err)
		_, dialled := errors.AsType[*net.OpError](err)
		if refused || !dialled || n == attempts || req.Body != nil && req.GetBody == nil {
			return nil, &unanswered{err}
		}
		if req.Body != nil {
			body, failed := req.GetBody()
			if failed != nil {
				return nil, &unanswered{err}
			}
			req = req.Clone(req.Context())
			req.Body = body
		}
		select {
		case <-req.Context().Done():
			return nil, req.Context().Err()
		case <-time.After(pause):
		}
	}
}

// unanswered is a request that came to nothing. Its text and its chain have nothing that the
// libraries take for a reason to go on.
type unanswered struct{ cause error }

// Error tells the innermost cause.
func (u *unanswered) Error() string {
	err := u.cause
	for next := errors.Unwrap(err); next != nil; next = errors.Unwrap(err) {
		err = next
	}
	return strings.NewReplacer("connection refused", "the connection was refused", "connection reset", "the connection was reset").Replace(fmt.Sprint(err))
}

// As finds an address that may not be called.
func (u *unanswered) As(target any) bool {
	if refused, ok := target.(**dial.Refused); ok {
		return errors.As(u.cause, refused)
	}
	return false
}
