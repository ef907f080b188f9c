package pgwire

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/eddy-retl/eddy"
)

var product = Product{Name: "PostgreSQL"}

// TestFieldsFillInWhatTheURLLeavesOut: also where the URL names several hosts, and where
// the URL is nothing but its scheme.
func TestFieldsFillInWhatTheURLLeavesOut(t *testing.T) {
	for _, url := range []string{"postgres://u:old@h1:5432,h2:5433/shop?sslmode=disable", "postgres://u@h1/shop", "postgresql://h1/other?user=u#x", "postgres://", "host=h1 dbname=other"} {
		cfg, err := product.Config(eddy.Source{Options: map[string]string{"url": url, "user": "u", "password": "p@ss'#?&", "database": "shop", "sslmode": "disable"}})
		if err != nil {
			t.Errorf("%s: %v", url, err)
		} else if cfg.User != "u" || cfg.Password != "p@ss'#?&" || cfg.Database != "shop" || strings.Contains(url, "h1") && cfg.Host != "h1" || strings.Contains(url, "h2") && len(cfg.Fallbacks) != 1 {
			t.Errorf("%s became user %s, database %s, host %s", url, cfg.User, cfg.Database, cfg.Host)
		}
	}
}

// TestFieldsWinOverTheURL: wherever in the URL the other value stands, and however often.
func TestFieldsWinOverTheURL(t *testing.T) {
	for _, url := range []string{
		"postgres://x:old@other:1/x?host=other&port=1&user=x&password=old&dbname=x&sslmode=allow", "postgres://?host=other&host=more&database=x", "postgres://x/?dbname=x&database=y",
		"host=other host=more port=1 user=x password=old dbname=x database=y", "postgres://other,more:7/", "postgres://?%68ost=other",
	} {
		cfg, err := product.Config(eddy.Source{Options: map[string]string{"url": url, "host": "h", "port": "5", "user": "u", "password": "p", "database": "d", "sslmode": "disable"}})
		if err != nil {
			t.Errorf("%s: %v", url, err)
		} else if cfg.Host != "h" || cfg.Port != 5 || cfg.User != "u" || cfg.Password != "p" || cfg.Database != "d" || cfg.TLSConfig != nil || len(cfg.Fallbacks) > 0 {
			t.Errorf("%s became %s:%d, %d more, database %s, user %s", url, cfg.Host, cfg.Port, len(cfg.Fallbacks), cfg.Database, cfg.User)
		}
	}
}

// TestNothingOfTheMachineOnAServer: what a server's people leave out is not filled in from
// its environment, whose password would go to a host of theirs. A command does as psql does.
func TestNothingOfTheMachineOnAServer(t *testing.T) {
	dir := t.TempDir()
	pass, service := filepath.Join(dir, "pass"), filepath.Join(dir, "service")
	for path, text := range map[string]string{pass: "*:*:*:*:operators", service: "[s]\nhost=operators\npassword=operators\nport=7\n"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, value := range map[string]string{
		"PGHOST": "operators", "PGPORT": "7", "PGUSER": "operators", "PGDATABASE": "operators", "PGPASSWORD": "operators", "PGPASSFILE": pass, "PGOPTIONS": "-c role=operators",
		"PGSERVICE": "s", "PGSERVICEFILE": service, "PGSSLCERT": pass, "PGSSLKEY": pass, "PGREQUIREAUTH": "none",
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(name, value)
			if name == "PGSERVICE" {
				t.Setenv("PGSERVICEFILE", service)
			}
			src := eddy.Source{Options: map[string]string{"host": "h", "user": "u"}, Served: true}
			cfg, err := product.Config(src)
			if err != nil {
				t.Fatal(err)
			}
			if cfg.Host != "h" || cfg.Port != 5432 || cfg.User != "u" || cfg.Database != "u" || cfg.Password != "" || cfg.RuntimeParams["options"] != "" || cfg.RequireAuth != "" || len(cfg.TLSConfig.Certificates) > 0 {
				t.Errorf("%s fills in: %s:%d, database %s, user %s, a password: %v, %v", name, cfg.Host, cfg.Port, cfg.Database, cfg.User, cfg.Password != "", cfg.RuntimeParams)
			}
			if name == "PGPASSWORD" || name == "PGPASSFILE" {
				src.Served = false
				if cfg, err := product.Config(src); err != nil || cfg.Password != "operators" {
					t.Errorf("a command has no password of its environment: %v", err)
				}
			}
		})
	}
	for _, o := range []map[string]string{{"host": "h"}, {"user": "u"}, {"url": "postgres://u@/"}, {"host": "h,", "user": "u"}} {
		if _, err := product.Config(eddy.Source{Options: o, Served: true}); eddy.ErrorCode(err) != eddy.CodeConfig || !strings.Contains(err.Error(), "missing") {
			t.Errorf("%v: %v", o, err)
		}
	}
}

// TestFilesOfTheMachineAreNotToldOf: whoever names a file as one of certificates learns
// nothing of it, not even whether it is there, and none keeps the server waiting.
func TestFilesOfTheMachineAreNotToldOf(t *testing.T) {
	dir := t.TempDir()
	key := filepath.Join(dir, "secret.key")
	if err := os.WriteFile(key, []byte("-----BEGIN PRIVATE KEY-----\nczNjcjN0\n-----END PRIVATE KEY-----\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{key, dir, filepath.Join(dir, "none"), filepath.Join(key, "below"), "/etc/passwd", "/proc/self/environ", "/proc/kmsg", "/dev/zero", "/dev/stdin"} {
		for _, o := range []map[string]string{{"host": "h", "user": "u", "parameters": "sslrootcert='" + path + "'"}, {"url": "postgres://u@h/?sslrootcert=" + path, "sslmode": "verify-full"}} {
			_, err := product.Config(eddy.Source{Options: o, Served: true})
			if err == nil || strings.ReplaceAll(err.Error(), path, "") != "source : sslrootcert is not a file of certificates\n  Name a PEM file of at most 1 MiB that Eddy may read, or system." {
				t.Errorf("%s: %v", path, err)
			}
		}
	}
}

// FuzzParse makes connection settings of arbitrary options: a password arrives as it was
// written and is never told, whatever stands beside it.
func FuzzParse(f *testing.F) {
	f.Add("", "db.example.com", "shop", "eddy", "hunter2hunter2")
	f.Add("postgres://u:hunter3@h:5432/d?sslmode=disable", "", "", "", "")
	f.Add("host=h user=u", "", "", "", `hunter2 '\' hunter2`)
	f.Add("postgres://u:p%zz@h/d", "h", "", "", "hunter2hunter2")
	f.Add("://", "h", "d'", `u\`, "hunter2%40@/:?#hunter2")
	f.Add("postgres://", "", "shop", "eddy", "hunter2hunter2")
	f.Add("postgres://", "H", "shop", "eddy", "hunter hunter2") // the space was a plus sign once
	f.Add("e:?a", "", "shop", "eddy", "hunter2hunter2")
	f.Add("0='", "", "l='x", "eddy", "hunter2hunter2")
	f.Add("3%=", "", "shop", "eddy", "hunter2hunter2")
	f.Add("host='open", "", "", "", "hunter2hunter2")
	f.Fuzz(func(t *testing.T, url, host, database, user, password string) {
		if strings.Contains(url, "service") || strings.Contains(url, "file") || strings.Contains(url, "ssl") && !strings.HasSuffix(url, "sslmode=disable") {
			t.Skip("it reads files of the machine")
		}
		options := map[string]string{"url": url, "host": host, "database": database, "user": user, "password": password}
		apartIsTheSame(t, options)
		cfg, err := product.Config(eddy.Source{Name: "shop", Options: options})
		if err != nil {
			if eddy.ErrorCode(err) != eddy.CodeConfig || len(password) > 12 && strings.Contains(err.Error(), password) || len(url) > 12 && strings.Contains(err.Error(), url) {
				t.Fatalf("told: %v", err)
			}
			return
		}
		for want, got := range map[string]string{password: cfg.Password, database: cfg.Database, user: cfg.User} {
			if want != "" && got != want && utf8.ValidString(want) {
				t.Fatalf("%q became %q, with the url %q", want, got, url)
			}
		}
	})
}

// FuzzURL compares this reading of connection strings with the library's, as a server stores
// and shows what it reads: where one of them leads it must lead by the other, as the same user,
// with the same password and protection. What would be read in two ways is refused.
func FuzzURL(f *testing.F) {
	for _, seed := range []string{
		"postgres://u:p%40ss@h:5432/d?sslmode=disable", "postgresql://u@[::1]:1,b:2,c/d?target_session_attrs=any", "postgres://u:p@x/?host=h&port=7", "postgres://u@h/?%68ost=b&user=v&dbname=e&database=f",
		"postgres://u:p:q@h", "postgres://u:p@q@h/d", "postgres://u@h/d?password=a&password=b", "postgres://h/d?user=u#x", "postgres://u@h1,h2:5/?port=1,2", "postgres://u@%2Frun%2Fpg/d", "postgres://u@h?host=%2Fa,b",
		"postgres://u@h/d?sslmode=verify-full&ssl=true", "postgres://u@h/%64?a=b+c", "postgres://u@h//d", "postgres://u:%00@h/", "host=h user=u password='a\\'b' port = 5", "host=h host=i user=u dbname=d database=e", "user=u host='a b' x=\\ y", "host=h\u00a0user=u",
		"postgres://u@a,,b/", "postgres://u@h:/d", "postgres://:p@h/?user=u", "postgres://u@[::1%25eth0]/d", "POSTGRES://u@h/d", " postgres://u@h/d", "host=h user=u password=", "postgres://u@h/?&&a=b&", "postgres://u@h/?a", "postgres://u@h/?=b", "postgres://u;x@h/?a=b;host=i",
	} {
		f.Add(seed)
	}
	leads := func(cfg *pgx.ConnConfig) (out []string) {
		out = []string{cfg.User, cfg.Password, cmp.Or(cfg.Database, cfg.User), fmt.Sprint(cfg.RuntimeParams), cfg.ConnectTimeout.String()}
		for _, at := range append([]*pgconn.FallbackConfig{{Host: cfg.Host, Port: cfg.Port, TLSConfig: cfg.TLSConfig}}, cfg.Fallbacks...) {
			protected := "plain"
			if c := at.TLSConfig; c != nil {
				protected = fmt.Sprint(c.ServerName, c.InsecureSkipVerify, c.VerifyPeerCertificate != nil)
			}
			out = append(out, at.Host, fmt.Sprint(at.Port), protected)
		}
		return out
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, "service") || strings.Contains(text, "file") || strings.Contains(text, "ssl") && !strings.Contains(text, "sslmode") {
			t.Skip("it reads files of the machine")
		}
		options := map[string]string{"url": text}
		_, ours, err := product.configure(options, true)
		if err != nil {
			return
		}
		theirs, err := pgx.ParseConfig(text)
		if err != nil {
			t.Fatalf("%q is taken, and the library refuses it: %v", text, err)
		}
		if got, want := leads(ours), leads(theirs); !slices.Equal(got, want) {
			t.Fatalf("%q leads to\n%q, by the library to\n%q", text, got, want)
		}
		parts, err := product.Apart(options)
		if err != nil {
			return
		}
		for name, value := range parts {
			if name != "password" && len(ours.Password) > 8 && strings.Contains(value, ours.Password) && strings.Count(text, ours.Password) < 2 {
				t.Fatalf("%q shows the password in %s: %q", text, name, value)
			}
		}
		if _, stored, err := product.configure(parts, true); err != nil || !slices.Equal(leads(stored), leads(theirs)) {
			t.Fatalf("%q is stored as %q, which leads elsewhere: %v", text, parts, err)
		}
	})
}

// TestURLsThatAreTaken: what the documentation of PostgreSQL shows is not refused.
func TestURLsThatAreTaken(t *testing.T) {
	for _, text := range []string{
		"postgres://u:p@h/d", "postgresql://u@h", "postgres://u@h1:123,h2:456/d?target_session_attrs=any&application_name=a", "postgres://u@h/d?connect_timeout=10&sslmode=require", "postgres://h/d?user=u&password=p",
		"postgres://u@[2001:db8::1234]/d", "postgres://u@%2Fvar%2Flib%2Fpostgresql/d", "postgres://u:p@/d?host=h&port=6", "postgres://u:a%2Fb%3Fc%40d@h/d", "host=h port=5 dbname=d user=u connect_timeout=10", "user=u password='it\\'s a \\\\' host = h", "postgres://u@h/d?options=-c%20geqo%3Doff",
	} {
		if _, _, err := product.configure(map[string]string{"url": text}, true); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// apartIsTheSame: what a server stores of options makes the connection that they made, and
// no part but the password has the password in it.
func apartIsTheSame(t *testing.T, options map[string]string) {
	t.Helper()
	_, want, err := product.configure(options, true)
	if err != nil {
		return
	}
	parts, err := product.Apart(options)
	if err != nil {
		return // refused, which is safe
	}
	_, got, err := product.configure(parts, true)
	if err != nil || !same(want, got) || parts["url"] != "" {
		t.Fatalf("%q became %q, which makes another connection: %v", options, parts, err)
	}
	a, err1 := product.Place(options)
	b, err2 := product.Place(parts)
	if err1 != nil || err2 != nil || !maps.Equal(a, b) {
		t.Fatalf("%q leads to %q, its parts to %q", options, a, b)
	}
}
