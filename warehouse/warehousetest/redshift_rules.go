package warehousetest

import (
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5/pgproto3"
)

// redshiftRule is what PostgreSQL takes and Redshift refuses, or understands otherwise.
type redshiftRule struct{ pattern, code, message string }

// redshiftRules are matched on words, in lower case, without comments and texts.
func redshiftRules() []redshiftRule {
	const syntax, unsupported, unknown = "42601", "0A000", "42883"
	return []redshiftRule{
		{`is (?:not )?(distinct) from`, syntax, `syntax error at or near "$1"`},
		{`on (conflict)`, syntax, `syntax error at or near "$1"`},
		{`\b(returning|unlogged|lateral|materialized|tablesample|on conflict|stdin|stdout)\b`, syntax, `syntax error at or near "$1"`},
		{`array ?\[`, syntax, `syntax error at or near "["`},
		{`from ?\( ?values`, syntax, `syntax error at or near "VALUES"`},
		{`filter ?\( ?where`, syntax, `syntax error at or near "("`},
		{`\bset (?:local|session) `, syntax, `syntax error: SET name TO value`},
		{`create table if not exists [^(]* as\b`, syntax, `syntax error at or near "AS"`},
		{`distinct on ?\(`, unsupported, `SELECT DISTINCT ON is not supported`},
		{`for (?:update|share)`, unsupported, `SELECT FOR UPDATE is not supported`},
		{`create (?:unique )?index`, unsupported, `SQL command "CREATE INDEX" not supported on Redshift tables.`},
		{`\b(?:savepoint|rollback to)\b`, unsupported, `SQL command "SAVEPOINT" not supported.`},
		{`\b(?:create|drop|alter) (?:temp |temporary )?(?:sequence|trigger|domain|type|extension)\b`, unsupported, `SQL command not supported.`},
		{`\b(string_agg|array_agg|generate_series|generate_subscripts|unnest|pg_sleep\w*|clock_timestamp|transaction_timestamp|hashtext\w*|pg_(?:try_)?advisory\w*|xmlagg|query_to_xml|\w+_to_xml\w*|to_jsonb?|row_to_json|jsonb?_\w+|make_interval|make_date|format|normalize|nextval|setval|setseed|lo_\w+|lowrite|pg_notify|pg_read\w*|pg_ls\w*|pg_stat_\w+|pg_logical\w*|to_regclass|to_regnamespace|array_to_string|string_to_array|num_nulls|concat_ws|format_type2) ?\(`, unknown, `function $1 does not exist`},
		{`\b(?:current_timestamp|localtimestamp|current_time)\b|\b(?:now|isfinite|age) ?\(`, unsupported, `Specified types or functions (one per INFO message) not supported on Redshift tables.`},
		{`(?::: ?|\bas )(text|jsonb?|uuid|bytea)\b(?: ?\)| ?,|$)`, "TEXT1", `$1 is VARCHAR(256), or no type of Redshift's`},
		{`(?::: ?|\bas )(varchar|character varying) ?(?:[^( ]|$)`, "TEXT2", `$1 without a length is VARCHAR(256)`},
	}
}

var (
	catalogs  = regexp.MustCompile(`^(?:pg_catalog\.)?(?:pg_\w+|svv_\w+)$|^information_schema\.`)
	relations = regexp.MustCompile(`(?:\bfrom|\bjoin) ((?:"[^"]*"|[\w.])+)`)
	fullJoins = regexp.MustCompile(`full (?:outer )?join .*?\bon (.*?)(?:\bwhere\b|\bgroup by\b|\border by\b|\bunion\b|$)`)
	unmerged  = regexp.MustCompile(`<|>|\bor\b|\blike\b|\bin ?\(`)
	blanksOf  = regexp.MustCompile(`\s+`)
	casesOf   = regexp.MustCompile(`\bcase when [^()]*? end\b`)
	conflict  = regexp.MustCompile(`/\* conflict (\w+) \*/`)
	regexes   = regexp.MustCompile(`(?i)\bREGEXP_REPLACE\s*\(`)
	storage   = regexp.MustCompile(`(?is)\b(?:DISTSTYLE\s+(?:AUTO|EVEN|ALL|KEY)|DISTKEY\s*\([^)]*\)|(?:COMPOUND\s+)?SORTKEY\s*\([^)]*\)|BACKUP\s+(?:YES|NO))`)
	groupSet  = regexp.MustCompile(`(?i)\bSET\s+query_group\s+TO\s`)
)

// longestStatement is the most bytes of a statement.
const longestStatement = 16 << 20

// refuse is the error that Redshift has for a statement that PostgreSQL would carry out.
func (p *redshiftProxy) refuse(sql string) *pgproto3.ErrorResponse {
	no := func(code, message string) *pgproto3.ErrorResponse {
		return &pgproto3.ErrorResponse{Severity: "ERROR", Code: code, Message: message, Position: 1}
	}
	if len(sql) > longestStatement {
		return no("54000", "Statement is too large.")
	}
	if mark := conflict.FindStringSubmatch(sql); mark != nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		if !p.told[mark[1]] {
			p.told[mark[1]] = true
			return &pgproto3.ErrorResponse{Severity: "ERROR", Code: "XX000", Message: "1023", Detail: "Serializable isolation violation on table - 1, transactions forming the cycle are: 1, 2"}
		}
	}
	text := wordsOfSQL(sql)
	for _, r := range redshiftRules() {
		re := regexp.MustCompile(r.pattern)
		if at := re.FindStringSubmatchIndex(text); at != nil {
			return no(r.code, string(re.ExpandString(nil, r.message, text, at)))
		}
	}
	for _, m := range fullJoins.FindAllStringSubmatch(text, -1) {
		if unmerged.MatchString(casesOf.ReplaceAllString(m[1], "x")) {
			return no("0A000", "FULL JOIN is only supported with merge-joinable join conditions")
		}
	}
	leader, tables := false, false
	for _, m := range relations.FindAllStringSubmatch(text, -1) {
		isCatalog := catalogs.MatchString(m[1])
		leader, tables = leader || isCatalog, tables || !isCatalog && strings.Contains(m[1], ".")
	}
	if leader && tables {
		return no("0A000", "Specified types or functions (one per INFO message) not supported on Redshift tables.")
	}
	return nil
}

// wordsOfSQL is a statement in lower case, without its comments and texts, with one blank
// between words.
func wordsOfSQL(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		skip := 1
		switch {
		case strings.HasPrefix(s[i:], "--"):
			skip = strings.IndexByte(s[i:]+"\n", '\n')
		case strings.HasPrefix(s[i:], "/*"):
			if skip = strings.Index(s[i+2:], "*/") + 4; skip < 4 {
				skip = len(s) - i
			}
			b.WriteByte(' ')
		case s[i] == '\'':
			for skip < len(s)-i && s[i+skip] != '\'' {
				if s[i+skip] == '\\' {
					skip++
				}
				skip++
			}
			skip++
			b.WriteString("''")
		case s[i] == '"':
			skip = strings.IndexByte(s[i+1:]+`"`, '"') + 2
			b.WriteString(strings.ToLower(s[i:min(i+skip, len(s))]))
		default:
			b.WriteString(strings.ToLower(s[i : i+1]))
		}
		i += skip
	}
	return strings.TrimSpace(blanksOf.ReplaceAllString(b.String(), " "))
}

// asPostgres writes what Redshift alone has as PostgreSQL has it.
func asPostgres(sql string) string {
	sql = storage.ReplaceAllString(sql, "")
	sql = groupSet.ReplaceAllString(sql, "SET redshift.query_group TO ")
	return regexes.ReplaceAllString(sql, "redshift_regexp_replace(")
}
