package postgres

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/eddy-retl/eddy"
)

// TestFieldsFillInWhatTheURLLeavesOut: also where the URL names several hosts, and where
// the URL is nothing but its scheme.
func TestFieldsFillInWhatTheURLLeavesOut(t *testing.T) {
	for _, url := range []string{"postgres://u:old@h1:5432,h2:5433/shop?sslmode=disable", "postgres://u@h1/shop", "postgresql://h1/other?user=u#x", "postgres://", "host=h1 dbname=other"} {
		cfg, err := parse(eddy.Source{Options: map[string]string{"url": url, "user": "u", "password": "p@ss'#?&", "database": "shop", "sslmode": "disable"}})
		if err != nil {
			t.Errorf("%s: %v", url, err)
		} else if cfg.User != "u" || cfg.Password != "p@ss'#?&" || cfg.Database != "shop" || strings.Contains(url, "h1") && cfg.Host != "h1" || strings.Contains(url, "h2") && len(cfg.Fallbacks) != 1 {
			t.Errorf("%s became user %s, database %s, host %s", url, cfg.User, cfg.Database, cfg.Host)
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
		cfg, err := parse(eddy.Source{Name: "shop", Options: map[string]string{"url": url, "host": host, "database": database, "user": user, "password": password}})
		if err != nil {
			if eddy.ErrorCode(err) != eddy.CodeConfig || len(password) > 12 && strings.Contains(err.Error(), password) || len(url) > 12 && strings.Contains(err.Error(), url) {
				t.Fatalf("told: %v", err)
			}
			return
		}
		if _, query, _ := strings.Cut(url, "?"); strings.ContainsAny(query, "@/:") {
			t.Skip("a URL in two minds about where its host ends")
		}
		for want, got := range map[string]string{password: cfg.Password, database: cfg.Database, user: cfg.User} {
			if want != "" && got != want && utf8.ValidString(want) {
				t.Fatalf("%q became %q, with the url %q", want, got, url)
			}
		}
	})
}
