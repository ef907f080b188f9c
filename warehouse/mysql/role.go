package mysql

import (
	"context"
	"slices"
	"strings"

	"github.com/eddy-retl/eddy"
)

// reads are the privileges that change nothing.
func reads() []string {
	return []string{"USAGE", "SELECT", "SHOW VIEW", "SHOW DATABASES", "EXECUTE", "PROCESS", "SHOW_ROUTINE", "REFERENCES"}
}

// CheckRole says what the account, with the roles that are active, may do beside reading: what a
// model cannot do then is what the transaction refuses that it is read in.
func (s *source) CheckRole(ctx context.Context, _ string) (more []string, err error) {
	err = s.texts(ctx, "SHOW GRANTS", func(grant string) {
		if what := beyond(grant); what != "" {
			more = append(more, what)
		}
	})
	const most = 5
	if len(more) > most {
		more = append(more[:most], "may do more by "+eddy.Plural(int64(len(more)-most), "other grant"))
	}
	return more, err
}

// beyond is what a line of SHOW GRANTS gives beside reading. Behind TO stands the account, on
// MariaDB with a digest of its password.
func beyond(grant string) string {
	privileges, rest, ok := strings.Cut(strings.TrimPrefix(grant, "GRANT "), " ON ")
	object, _, to := strings.Cut(rest, " TO ")
	if !ok || !to || !strings.HasPrefix(grant, "GRANT ") || strings.HasPrefix(privileges, "PROXY") {
		return ""
	}
	var beside []string
	for p := range strings.SplitSeq(privileges, ",") {
		if p = strings.TrimSpace(p); !slices.Contains(reads(), p) && !strings.HasPrefix(p, "SELECT (") && !strings.HasSuffix(p, ")") {
			beside = append(beside, p)
		}
	}
	if len(beside) == 0 {
		return ""
	}
	if object == "*.*" {
		object = "the whole server"
	}
	if slices.Contains(beside, "SUPER") || slices.Contains(beside, "ALL PRIVILEGES") {
		return "may do everything (ALL PRIVILEGES) on " + object
	}
	const most = 4
	if len(beside) > most {
		beside = append(beside[:most], "...")
	}
	return "may " + strings.Join(beside, ", ") + " on " + object
}
