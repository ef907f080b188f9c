package snowflake

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql/driver"
	"errors"
	"fmt"
	"iter"
	"regexp"
	"strings"

	"github.com/snowflakedb/gosnowflake/v2"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

// engine is a schema as a ledger's place. Sessions hold no locks, so that a lock is a claim that is
// renewed.
type engine struct {
	*sessions
	source           *source
	database, schema string
	claims           *warehouse.Claims
}

// place takes the name of Eddy's schema apart: database.schema, or a schema of the source's own
// database; as Snowflake has them.
func (s *source) place(schema string) (string, string) {
	database := s.config.Database
	if parts := warehouse.SplitName(schema); len(parts) == 2 && parts[0] != "" && parts[1] != "" {
		database, schema = parts[0], parts[1]
	}
	return strings.ToUpper(database), strings.ToUpper(schema)
}

// Engine opens a schema for a ledger, and makes it where the role may. Tables of a session's own
// are of no use where there are several sessions, so that there is no engine without a schema.
func (s *source) Engine(ctx context.Context, schema string) (warehouse.Engine, error) {
	if schema == "" {
		return nil, eddy.Errorf(eddy.CodeInternal, "Snowflake's sessions are several here: a look without a schema is local")
	}
	e := s.engine(schema)
	if err := e.ensureSchema(ctx); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return e, nil
}

// engine makes one, and no statement.
func (s *source) engine(schema string) *engine {
	e := &engine{source: s}
	e.database, e.schema = s.place(schema)
	// A view's names are looked up from where it is made.
	own := *s.login
	own.config.Database, own.config.Schema = e.database, ""
	e.sessions = own.sessions()
	e.claims = warehouse.NewClaims(e, s.claim)
	return e
}

// Dialect is Snowflake's.
func (e *engine) Dialect() *warehouse.Dialect { return dialect(e.database, e.schema) }

// Schema is Eddy's own schema, quoted, with its database.
func (e *engine) Schema() string {
	return warehouse.Quote(e.database) + "." + warehouse.Quote(e.schema)
}

// ensureSchema makes Eddy's schema. What stands in it is transient, and not kept once it is
// dropped: nothing of a run is worth the seven days of fail-safe. To ask first keeps roles
// without the right to make one from being refused.
func (e *engine) ensureSchema(ctx context.Context) error {
	there, err := e.there(ctx)
	if err != nil || there {
		return err
	}
	if _, err := e.Exec(ctx, warehouse.Comment(ctx)+"CREATE TRANSIENT SCHEMA IF NOT EXISTS "+e.Schema()+" DATA_RETENTION_TIME_IN_DAYS = 0"); err != nil {
		if there, failed := e.there(ctx); failed == nil && there {
			return nil // another run made it in the same moment
		}
		return e.cannot(err, "schema "+e.Schema()+" is missing and cannot be made")
	}
	return nil
}

// there says whether the schema exists.
func (e *engine) there(ctx context.Context) (found bool, err error) {
	err = e.Query(ctx, warehouse.Comment(ctx)+"SELECT 1 FROM "+warehouse.Quote(e.database)+".INFORMATION_SCHEMA.SCHEMATA WHERE SCHEMA_NAME = "+literalOf(e.schema), func([][]byte) error {
		found = true
		return nil
	})
	return found, err
}

// cannot says why a ledger cannot live here, and what can be done.
func (e *engine) cannot(err error, what string) error {
	if numberOf(err) < 0 {
		return err
	}
	return &eddy.Error{
		Code: eddy.CodeSource, What: "source " + e.source.name + ": " + what, Err: err,
		Mend: "Have an administrator make it for the role: CREATE TRANSIENT SCHEMA " + e.Schema() + " DATA_RETENTION_TIME_IN_DAYS = 0; GRANT OWNERSHIP ON SCHEMA " + e.Schema() + " TO ROLE " + e.source.config.Role + ". Or set state: local on the source: then Eddy only reads.",
	}
}

// spelled writes the names of a ledger's statement in upper case, as Snowflake keeps those without
// quotes: the ledger writes one name with and without them.
func spelled(sql string) string {
	var b strings.Builder
	for part := range syntax().Tokens(sql) {
		if strings.HasPrefix(part, `"`) {
			part = strings.ToUpper(part)
		}
		b.WriteString(part)
	}
	return b.String()
}

// made finds the table that a statement makes of a query.
var made = regexp.MustCompile(`(?s)^\s*(?:/\*.*?\*/\s*)*CREATE TABLE ((?:"(?:[^"]|"")*"|[\w.])+)\s+AS\b`)

// Exec runs one statement and says how many rows it wrote. Snowflake does not say so of a table
// that was made of a query; its rows are counted without being read.
func (e *engine) Exec(ctx context.Context, sql string) (n int64, err error) {
	sql = spelled(sql)
	if n, err = e.exec(ctx, sql); err != nil {
		return 0, e.own(err)
	}
	if table := made.FindStringSubmatch(sql); table != nil {
		return e.count(ctx, table[1])
	}
	return n, nil
}

func (s *sessions) count(ctx context.Context, table string) (n int64, err error) {
	err = s.query(ctx, warehouse.Comment(ctx)+"SELECT COUNT(*) FROM "+table, func(row [][]byte) error {
		_, err := fmt.Sscan(string(row[0]), &n)
		return err
	})
	return n, err
}

// Query streams one statement's result as texts.
func (e *engine) Query(ctx context.Context, sql string, each func(row [][]byte) error) error {
	return e.own(e.query(ctx, spelled(sql), each))
}

// own gives the advice that fits where a table of Eddy's own schema is gone, and not one that a
// model names.
func (e *engine) own(err error) error {
	out, ok := errors.AsType[*eddy.Error](err)
	if n := numberOf(err); ok && (n == isMissing || n == noObject) {
		out.Mend = "Somebody dropped a table of Eddy's own while it ran, or took a grant away; run again: what can be made anew is, and what was sent is settled then."
	}
	return err
}

// exec runs a statement and says how many rows it wrote; 0 for those that make something.
func (s *sessions) exec(ctx context.Context, text string) (n int64, err error) {
	err = s.run(ctx, func(ctx context.Context, conn driver.Conn) error {
		r, err := conn.(driver.ExecerContext).ExecContext(ctx, text, nil)
		if err == nil && r != driver.ResultNoRows {
			n, err = r.RowsAffected()
		}
		return err
	})
	return n, err
}

// most is how much of a load is sent at once.
const most = 16 << 20 // bytes

// Load puts files of rows into the table's own stage, which goes with the table, and has each
// copied from there. No file is copied twice: Snowflake remembers their names.
func (e *engine) Load(ctx context.Context, table string, columns []string, rows iter.Seq[[]any]) error {
	table = spelled(table)
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = strings.ToUpper(warehouse.Quote(c))
	}
	null := "null " + rand.Text() // that no text is
	var file bytes.Buffer
	flush := func() error {
		if file.Len() == 0 {
			return nil
		}
		err := e.put(ctx, table, names, null, file.Bytes())
		file.Reset()
		return err
	}
	for row := range rows {
		for i, v := range row {
			if i > 0 {
				file.WriteByte(',')
			}
			if v == nil {
				file.WriteString(null)
				continue
			}
			file.WriteString(warehouse.Quote(fmt.Sprint(v))) // a text of CSV looks like a name of SQL
		}
		file.WriteByte('\n')
		if file.Len() < most {
			continue
		}
		if err := flush(); err != nil {
			return err
		}
	}
	return flush()
}

// put sends one file, and has it copied.
func (e *engine) put(ctx context.Context, table string, columns []string, null string, file []byte) error {
	stage, name := stageOf(table), "eddy_"+strings.ToLower(rand.Text())+".csv"
	err := e.run(ctx, func(ctx context.Context, conn driver.Conn) error {
		// The driver takes a PUT for one only where the statement begins with it.
		rows, err := conn.(driver.QueryerContext).QueryContext(gosnowflake.WithFilePutStream(ctx, bytes.NewReader(file)),
			"PUT 'file://"+name+"' "+stage+" AUTO_COMPRESS = FALSE SOURCE_COMPRESSION = NONE OVERWRITE = TRUE", nil)
		if err != nil {
			return err
		}
		return rows.Close()
	})
	if err != nil {
		return e.own(err)
	}
	_, err = e.exec(ctx, warehouse.Comment(ctx)+"COPY INTO "+table+" ("+strings.Join(columns, ", ")+")\nFROM "+stage+"/"+name+"\nFILE_FORMAT = (TYPE = CSV FIELD_OPTIONALLY_ENCLOSED_BY = '\"' ESCAPE_UNENCLOSED_FIELD = NONE NULL_IF = ('"+
		null+"') EMPTY_FIELD_AS_NULL = FALSE COMPRESSION = NONE)\nON_ERROR = ABORT_STATEMENT PURGE = TRUE")
	return e.own(err)
}

// stageOf is the stage that a table has by itself. The names of the ledger's tables are plain
// words, which need no quotes.
func stageOf(table string) string {
	at := strings.LastIndex(table, ".") + 1
	return "@" + table[:at] + "%" + strings.Trim(table[at:], `"`)
}

// Lock claims a name.
func (e *engine) Lock(ctx context.Context, name string) (warehouse.Lease, error) {
	return e.claims.Lock(ctx, name)
}

// Mark marks a name as in use: a look's tables are tables like others here, and outlive it.
func (e *engine) Mark(ctx context.Context, name string) (warehouse.Lease, error) {
	return e.claims.Mark(ctx, name)
}

// Marked lists the names that are in use.
func (e *engine) Marked(ctx context.Context) ([]string, error) { return e.claims.Marked(ctx) }

// Close lets go what the engine has locked, and ends its sessions.
func (e *engine) Close() error {
	e.claims.Close()
	return e.close()
}
