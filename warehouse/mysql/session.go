package mysql

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/eddy-retl/eddy/warehouse"
)

// session is one connection to the server.
type session struct {
	driver.Conn
	// id is the server's number of it.
	id int64
	// product is what the server is: MySQL or MariaDB.
	product string
	// syntax is that of the session's mode of SQL.
	syntax *warehouse.Syntax
	// sending says that the server has not come to the end of a query's rows.
	sending bool
}

const (
	// connectWithin is how long a server may take until it let somebody in.
	connectWithin = 30 * time.Second
	// killWithin is how long the server may take to be told that nobody waits any more.
	killWithin = 5 * time.Second
)

// settings are Eddy's of a session, whatever the server's administrator set for all. Texts come as
// UTF-8, and times in UTC. No limit cuts what a model gives without a word: sql_select_limit its
// rows, group_concat_max_len the texts that it joins. The server waits longer than a minute for a
// reader that pauses, and for the next statement. A transaction that is begun has one snapshot.
// The mode of SQL is left as it is.
func settings() []string {
	least := "%[1]s = CAST(GREATEST(@@%[1]s, %[2]d) AS UNSIGNED)"
	return []string{
		"SET NAMES utf8mb4",
		"SET SESSION time_zone = '+00:00', autocommit = 1, sql_select_limit = 18446744073709551615, " + fmt.Sprintf(least, "group_concat_max_len", 1<<20) +
			", " + fmt.Sprintf(least, "net_write_timeout", 3600) + ", " + fmt.Sprintf(least, "wait_timeout", 28800),
		"SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
	}
}

// limit has the server itself end a statement that takes longer than the source says, or than its
// administrator said, if that is less. MySQL counts milliseconds, MariaDB seconds.
func (s *source) limit(product string) string {
	name, most, whole := "max_execution_time", strconv.FormatInt(s.patience.Milliseconds(), 10), "CAST(%s AS UNSIGNED)"
	if product == mariaDB {
		name, most, whole = "max_statement_time", strconv.FormatFloat(s.patience.Seconds(), 'f', 3, 64), "%s"
	}
	return fmt.Sprintf("SET SESSION %[1]s = %[2]s", name, fmt.Sprintf(whole, fmt.Sprintf("IF(@@%[1]s > 0 AND @@%[1]s < %[2]s, @@%[1]s, %[2]s)", name, most)))
}

const mariaDB = "MariaDB"

// dial opens a connection on which nothing is set yet.
func (s *source) dial(ctx context.Context) (driver.Conn, error) {
	connector, err := mysql.NewConnector(s.cfg)
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithTimeout(ctx, connectWithin)
	defer stop()
	return connector.Connect(ctx)
}

// connect opens a session.
func (s *source) connect(ctx context.Context) (*session, error) {
	conn, err := s.dial(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, s.explainConnect(err)
	}
	ses := &session{Conn: conn, product: "MySQL"}
	if err := s.prepareSession(ctx, ses); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return ses, nil
}

// prepareSession learns what was reached, and sets what Eddy sets.
func (s *source) prepareSession(ctx context.Context, ses *session) error {
	err := ses.read(ctx, "SELECT CONNECTION_ID(), VERSION(), @@sql_mode", []cell{{at: 0}, {at: 1}, {at: 2}}, func(row [][]byte) error {
		if strings.Contains(string(row[1]), mariaDB) {
			ses.product = mariaDB
		}
		ses.syntax = syntaxOf(string(row[2]))
		s.syntax = ses.syntax
		var err error
		ses.id, err = strconv.ParseInt(string(row[0]), 10, 64)
		return err
	})
	if err != nil {
		return err
	}
	all := settings()
	if s.patience > 0 {
		all = append(all, s.limit(ses.product))
	}
	for _, sql := range all {
		if err := ses.exec(ctx, sql); err != nil {
			return err
		}
	}
	return nil
}

// with hands the session to some work, whose context does not end with ctx: the driver would
// leave the statement to the server, which would go on with it. When ctx ends, the statement is
// ended on the server. A session whose work failed is given up: nobody knows what it is at.
func (s *source) with(ctx context.Context, work func(ctx context.Context, ses *session) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if s.now == nil {
		var err error
		if s.now, err = s.connect(ctx); err != nil {
			return err
		}
	}
	ses := s.now
	inner, abandon := context.WithCancel(context.WithoutCancel(ctx))
	defer abandon()
	killed := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(killed)
		s.kill(ses.id)
		abandon()
	})
	err := work(inner, ses)
	ended := !stop()
	switch {
	case ended:
		<-killed
		s.drop()
		return ctx.Err()
	case err != nil:
		if ses.sending {
			s.kill(ses.id)
		}
		s.drop()
	}
	return err
}

// kill ends the statement of a session on the server. Everybody may end their own.
func (s *source) kill(id int64) {
	ctx, stop := context.WithTimeout(context.Background(), killWithin)
	defer stop()
	conn, err := s.dial(ctx)
	if err != nil {
		return // The connection is closed next, which ends what sends rows.
	}
	_, _ = conn.(driver.ExecerContext).ExecContext(ctx, "KILL QUERY "+strconv.FormatInt(id, 10), nil)
	_ = conn.Close()
}

// drop gives the session up.
func (s *source) drop() {
	if s.now != nil {
		_ = s.now.Close()
		s.now = nil
	}
}

func (ses *session) exec(ctx context.Context, sql string) error {
	warehouse.Used(ctx, 0, 0)
	_, err := ses.Conn.(driver.ExecerContext).ExecContext(ctx, sql, nil)
	return ses.explain(err)
}

func (ses *session) query(ctx context.Context, sql string) (driver.Rows, error) {
	warehouse.Used(ctx, 0, 0)
	rows, err := ses.Conn.(driver.QueryerContext).QueryContext(ctx, sql, nil)
	ses.sending = err == nil
	return rows, ses.explain(err)
}

// prepare has the server read a statement, which runs nothing of it.
func (ses *session) prepare(ctx context.Context, sql string) error {
	stmt, err := ses.Conn.(driver.ConnPrepareContext).PrepareContext(ctx, sql)
	if err != nil {
		return ses.explainSQL(err)
	}
	parameters := stmt.NumInput()
	if err := stmt.Close(); err != nil {
		return ses.explain(err)
	}
	if parameters > 0 {
		return refused("it has parameters, which nothing fills")
	}
	return nil
}
