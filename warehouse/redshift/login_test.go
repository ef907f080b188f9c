package redshift_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/dial"
	"github.com/eddy-retl/eddy/warehouse/redshift"
)

// cloud plays the APIs of AWS that give log-ins: a user and a password that the database
// knows until the next is asked for.
type cloud struct {
	t  *testing.T
	db *sql.DB

	mu    sync.Mutex
	user  string
	given int
	asked []string
	// refuse is the code of an error that is given in place of a log-in.
	refuse string
}

func (c *cloud) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	form, _ := url.ParseQuery(string(body))
	signer, _, _ := strings.Cut(strings.TrimPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential="), "/")
	target := r.Header.Get("X-Amz-Target")
	c.asked = append(c.asked, strings.TrimSpace(fmt.Sprint(signer, " ", form.Get("Action"), target, " ", form.Get("ClusterIdentifier"), form.Get("RoleArn"))))
	if target != "" {
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	}
	switch {
	case form.Get("Action") == "AssumeRole":
		fmt.Fprint(w, `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials><AccessKeyId>AKROLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`)
	case c.refuse != "" && target != "":
		w.Header().Set("X-Amzn-Errortype", c.refuse)
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprintf(w, `{"__type":%q,"message":"no %s"}`, c.refuse, c.refuse)
	case c.refuse != "":
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprintf(w, `<ErrorResponse><Error><Type>Sender</Type><Code>%s</Code><Message>no %[1]s</Message></Error></ErrorResponse>`, c.refuse)
	default:
		c.given++
		password := fmt.Sprintf("temporary-%d", c.given)
		if _, err := c.db.Exec(fmt.Sprintf(`ALTER ROLE "%s" PASSWORD '%s'`, c.user, password)); err != nil {
			c.t.Error(err)
		}
		if target != "" {
			fmt.Fprintf(w, `{"dbUser":%q,"dbPassword":%q,"expiration":4070908800}`, c.user, password)
			return
		}
		fmt.Fprintf(w, `<GetClusterCredentialsWithIAMResponse xmlns="http://redshift.amazonaws.com/doc/2012-12-01/"><GetClusterCredentialsWithIAMResult><DbUser>%s</DbUser><DbPassword>%s</DbPassword><Expiration>2099-01-01T00:00:00Z</Expiration></GetClusterCredentialsWithIAMResult></GetClusterCredentialsWithIAMResponse>`, c.user, password)
	}
}

// inCloud is a database whose user's password only AWS knows, and the options that lead there.
func inCloud(t *testing.T) (*cloud, map[string]string) {
	t.Helper()
	through, db := owner(t)
	u, err := url.Parse(through)
	must(t, err)
	database := strings.TrimPrefix(u.Path, "/")
	c := &cloud{t: t, db: db, user: "IAMR:" + database}
	_, err = db.Exec(`CREATE ROLE "` + c.user + `" LOGIN`)
	must(t, err)
	t.Cleanup(func() { _, _ = db.Exec(`DROP ROLE "` + c.user + `"`) })
	srv := httptest.NewServer(c)
	t.Cleanup(srv.Close)
	for name, value := range map[string]string{"AWS_ENDPOINT_URL": srv.URL, "AWS_EC2_METADATA_DISABLED": "true", "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_MAX_ATTEMPTS": "1"} {
		t.Setenv(name, value)
	}
	profiles := filepath.Join(t.TempDir(), "credentials")
	must(t, os.WriteFile(profiles, []byte("[shop]\naws_access_key_id = AKPROFILE\naws_secret_access_key = s\n"), 0o600))
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", profiles)
	t.Setenv("AWS_CONFIG_FILE", filepath.Join(t.TempDir(), "none"))
	return c, map[string]string{
		"method": "iam", "cluster_id": "shop-cluster", "region": "eu-west-1", "iam_profile": "shop",
		"host": u.Hostname(), "port": u.Port(), "database": database, "sslmode": "disable",
	}
}

// with are options with some changed; an empty one is taken out.
func with(o, changed map[string]string) map[string]string {
	o = maps.Clone(o)
	maps.Copy(o, changed)
	maps.DeleteFunc(o, func(_, v string) bool { return v == "" })
	return o
}

// TestLogInsByAWS: at a cluster and at a workgroup, as a profile, a key or a role, and with a
// password of its own for each connection: the one before has run out by then.
func TestLogInsByAWS(t *testing.T) {
	c, options := inCloud(t)
	serverless := map[string]string{"method": "serverless", "cluster_id": "", "workgroup": "shop-group"}
	for what, test := range map[string]struct {
		options map[string]string
		asked   string
	}{
		"a cluster, by a profile": {options, "AKPROFILE GetClusterCredentialsWithIAM shop-cluster"},
		"a cluster, by a key":     {with(options, map[string]string{"iam_profile": "", "access_key_id": "AKOWN", "secret_access_key": "s"}), "AKOWN GetClusterCredentialsWithIAM shop-cluster"},
		"a cluster, as a role":    {with(options, map[string]string{"role_arn": "arn:aws:iam::1:role/eddy"}), "AKROLE GetClusterCredentialsWithIAM shop-cluster"},
		"a workgroup":             {with(options, serverless), "AKPROFILE RedshiftServerless.GetCredentials"},
	} {
		c.asked, c.given = nil, 0
		src, err := open(t.Context(), test.options)
		if err != nil {
			t.Errorf("%s: %v", what, err)
			continue
		}
		e, err := src.Engine(t.Context(), "")
		must(t, err)
		who := ""
		must(t, e.Query(t.Context(), "SELECT current_user", func(row [][]byte) error {
			who = string(row[0])
			return nil
		}))
		if who != c.user || c.given != 2 || !slices.Contains(c.asked, test.asked) {
			t.Errorf("%s: logged in as %s with %d passwords, asked %q", what, who, c.given, c.asked)
		}
		must(t, errors.Join(e.Close(), src.Close()))
	}
}

// TestLogInsThatAWSRefuses: the message has AWS's, and what to do.
func TestLogInsThatAWSRefuses(t *testing.T) {
	c, options := inCloud(t)
	serverless := map[string]string{"method": "serverless", "cluster_id": "", "workgroup": "shop-group"}
	for code, mend := range map[string]string{
		"AccessDenied": "redshift:GetClusterCredentialsWithIAM", "ClusterNotFound": "it is eu-west-1", "ExpiredToken": "log in to AWS again", "SomethingElse": "See AWS's message",
	} {
		c.refuse = code
		_, err := open(t.Context(), options)
		says(t, code, err, "source shop: Redshift at 127.0.0.1:", "AWS gives no password for cluster shop-cluster: no "+code, mend)
	}
	c.refuse = "AccessDeniedException"
	_, err := open(t.Context(), with(options, serverless))
	says(t, "a workgroup", err, "AWS gives no password for workgroup shop-group", "redshift-serverless:GetCredentials")
	_, err = open(t.Context(), with(options, map[string]string{"iam_profile": ""}))
	says(t, "nobody", err, "there is no identity", "Give iam_profile")
}

// TestServersUseNoIdentityOfTheirOwn: on a server neither variables nor files nor the machine
// say who Eddy is to AWS, and AWS is called by the server's rule.
func TestServersUseNoIdentityOfTheirOwn(t *testing.T) {
	c, options := inCloud(t)
	t.Setenv("AWS_ACCESS_KEY_ID", "AKOPERATOR")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "s")
	kind := redshift.Kind()
	var called []string
	served := func(changed map[string]string) error {
		_, err := kind.Open(t.Context(), eddy.Source{Name: "shop", Type: "redshift", Options: with(options, changed), Served: true, Dialer: refusing{&called}})
		return err
	}
	says(t, "a profile", served(nil), "iam_profile is not taken on a server")
	says(t, "a variable", served(map[string]string{"iam_profile": ""}), "access_key_id is missing")
	err := served(map[string]string{"iam_profile": "", "access_key_id": "AKOWN", "secret_access_key": "s"})
	if err == nil || !strings.Contains(err.Error(), dial.Flag) {
		t.Errorf("AWS is called around the rule: %v", err)
	}
	if len(c.asked) > 0 || len(called) == 0 || slices.ContainsFunc(called, func(a string) bool { return a != "redshift.eu-west-1.amazonaws.com:443" }) {
		t.Errorf("called %v, and the variables led to %v", called, c.asked)
	}
}

// refusing is a rule that lets nothing pass, and remembers.
type refusing struct{ called *[]string }

func (r refusing) DialContext(_ context.Context, _, address string) (net.Conn, error) {
	*r.called = append(*r.called, address)
	return nil, &dial.Refused{Address: address, Kind: "somewhere", Allow: "it"}
}

func (refusing) Proxy(*http.Request) (*url.URL, error) { return nil, nil } //nolint:nilnil // no proxy

// TestOptionsThatDoNotFitTheMethod are refused, with the option's name.
func TestOptionsThatDoNotFitTheMethod(t *testing.T) {
	t.Parallel()
	for want, o := range map[string]map[string]string{
		"cluster_id is missing":               {"method": "iam", "host": "h", "region": "r", "database": "d"},
		"workgroup is missing":                {"method": "serverless", "host": "h", "region": "r", "database": "d"},
		"region is missing":                   {"method": "iam", "host": "h", "cluster_id": "c", "database": "d"},
		"database is missing":                 {"method": "iam", "host": "h", "cluster_id": "c", "region": "r"},
		"password is for the method database": {"method": "iam", "host": "h", "cluster_id": "c", "region": "r", "database": "d", "password": "hunter2"},
		"two identities":                      {"method": "iam", "host": "h", "cluster_id": "c", "region": "r", "database": "d", "iam_profile": "p", "access_key_id": "k"},
	} {
		_, err := open(t.Context(), o)
		if eddy.ErrorCode(err) != eddy.CodeConfig || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", want, err)
		}
	}
}

// TestPlaces: where options lead is alike however they are written, changes with what AWS is
// asked for, and has no secret. A connection without sslmode is verified by name.
func TestPlaces(t *testing.T) {
	t.Parallel()
	k := redshift.Kind()
	place := func(o map[string]string) string {
		p, err := k.Place(o)
		must(t, err)
		return fmt.Sprint(p)
	}
	fields := map[string]string{"host": "H", "user": "u", "database": "d", "password": "hunter2"}
	if a, b := place(fields), place(map[string]string{"url": "postgres://u:hunter2@h:5439/d?sslmode=verify-full"}); a != b || strings.Contains(a, "hunter2") || !strings.Contains(a, "verified by name") || !strings.Contains(a, "5439") {
		t.Errorf("%s and %s", a, b)
	}
	iam := map[string]string{"method": "iam", "host": "h", "database": "d", "cluster_id": "c", "region": "r", "access_key_id": "k", "secret_access_key": "hunter2"}
	for name, value := range map[string]string{"cluster_id": "x", "region": "x", "access_key_id": "x", "role_arn": "x", "host": "x", "database": "x"} {
		if a, b := place(iam), place(with(iam, map[string]string{name: value})); a == b || strings.Contains(a, "hunter2") {
			t.Errorf("%s: %s and %s", name, a, b)
		}
	}
	apart, err := k.Apart(map[string]string{"method": "iam", "url": "postgres://h/d", "cluster_id": "c", "region": "r", "access_key_id": "k"})
	if err != nil || apart["host"] != "h" || apart["database"] != "d" || apart["user"] != "" || apart["url"] != "" {
		t.Errorf("apart: %v, %v", apart, err)
	}
}
