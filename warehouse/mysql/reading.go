package mysql

import (
	"context"
	"regexp"
	"strings"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
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
	return ses.prepare(ctx, ses.syntax.Statement(m.SQL))
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

// Syntax is that of the server's mode of SQL. Comments do not nest; those that begin with an
// exclamation mark are carried out.
func (s *source) Syntax() *warehouse.Syntax { return s.syntax }

// syntaxOf is the syntax of a mode of SQL.
func syntaxOf(mode string) *warehouse.Syntax {
	escapes := !strings.Contains(mode, "NO_BACKSLASH_ESCAPES")
	return &warehouse.Syntax{
		Lines: []string{"#", "--"}, LineEnds: "\n", Apart: true, CarriedOut: []string{"/*!", "/*M!"},
		Quotes: []warehouse.Quotes{{Open: "'", Close: "'", Escapes: escapes}, {Open: `"`, Close: `"`, Escapes: escapes && !strings.Contains(mode, "ANSI_QUOTES")}, {Open: "`", Close: "`"}},
	}
}
