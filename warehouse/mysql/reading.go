package mysql

import (
	"context"
	"regexp"
	"strings"

	"github.com/eddy-retl/eddy"
)

// onlySelect has the server read the user's SQL as it stands: it must be one statement by itself
// before it is put into another one, which must be a SELECT for that. What it does more than read
// is refused by the transaction that it runs in, but for what is refused here.
func (ses *session) onlySelect(ctx context.Context, m eddy.Model) error {
	if m.SQL == "" {
		return nil
	}
	if call.MatchString(m.SQL) {
		return refused("it calls a function that waits, locks, or reads files of the server")
	}
	if lock.MatchString(m.SQL) {
		return refused("it locks rows (FOR SHARE, LOCK IN SHARE MODE)")
	}
	return ses.prepare(ctx, ses.mode.statement(m.SQL))
}

func refused(why string) error {
	return &eddy.Error{Code: eddy.CodeSource, What: "the model cannot be used: " + why, Mend: "A model only reads: write one SELECT without it, also in comments and texts."}
}

// between is what may stand between two words of SQL: white space, comments, and the marks of
// comments that the server carries out.
const between = `(?:[\s\x0b]|/\*!?M?!?\d*|\*/|/\*.*?\*/|--[^\n]*\n|#[^\n]*\n)*`

var (
	// call matches the call of a function that a transaction which only reads lets pass, however it
	// is quoted. Some are of MySQL or MariaDB alone, some of libraries that many servers have.
	call = regexp.MustCompile("(?is)(?:^|[^\\pL_$])(?:get_lock|release_lock|release_all_locks|service_get_\\w+_locks|service_release_locks|sleep|benchmark|load_file|\\w+_pos_wait|master_gtid_wait|" +
		"wait_for_executed_gtid_set|wait_until_sql_thread_after_gtids|nextval|setval|sys_eval|sys_exec|sys_set)[`\"]?" + between + `\(`)
	lock = regexp.MustCompile(`(?is)\b(?:for|in)` + strings.TrimSuffix(between, "*") + `+share\b`)
)

// mode is what of the server's mode of SQL says where a text ends.
type mode struct{ ansiQuotes, noEscapes bool }

func modeOf(names string) mode {
	return mode{strings.Contains(names, "ANSI_QUOTES"), strings.Contains(names, "NO_BACKSLASH_ESCAPES")}
}

// Statement is a user's SQL without the semicolons before its first word, and without the
// semicolons, comments and white space after its last one.
func (s *source) Statement(sql string) string { return s.mode.statement(sql) }

func (m mode) statement(sql string) string {
	start, end := 0, 0
	for at := 0; at < len(sql); {
		n, blank := m.token(sql[at:])
		at += n
		switch {
		case !blank:
			end = at
		case end == 0 && sql[at-n] == ';':
			start = at
		}
	}
	return sql[min(start, end):end]
}

// token is the length of the piece that a text begins with, and whether it means nothing at the
// end of a statement. Comments do not nest; those that begin with an exclamation mark are carried
// out.
func (m mode) token(s string) (n int, blank bool) {
	switch {
	case strings.HasPrefix(s, "/*!"), strings.HasPrefix(s, "/*M!"):
		return 2, false
	case strings.HasPrefix(s, "/*"):
		return until(s, 2, "*/"), true
	case s[0] == '#', strings.HasPrefix(s, "--") && (len(s) == 2 || s[2] <= ' '):
		return until(s, 1, "\n"), true
	case strings.IndexByte(" \t\r\n\f\v;", s[0]) >= 0:
		return 1, true
	case s[0] == '\'' || s[0] == '"' || s[0] == '`':
		return m.quoted(s), false
	default:
		return 1, false
	}
}

// until is where the end mark ends, or the text does.
func until(s string, from int, end string) int {
	if i := strings.Index(s[from:], end); i >= 0 {
		return from + i + len(end)
	}
	return len(s)
}

// quoted is the length of what begins with a quote. Of a doubled quote each half is a text of its
// own here, which has the same end.
func (m mode) quoted(s string) int {
	escapes := !m.noEscapes && (s[0] == '\'' || s[0] == '"' && !m.ansiQuotes)
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '\\' && escapes:
			i++
		case s[i] == s[0]:
			return i + 1
		}
	}
	return len(s)
}
