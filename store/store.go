package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite" // the driver named sqlite

	"github.com/eddy-retl/eddy"
)

// Errors that callers tell apart.
var (
	// ErrNotFound: there is nothing by that name or id.
	ErrNotFound = errors.New("not found")
	// ErrConflict: it was changed, taken or ended by another meanwhile.
	ErrConflict = errors.New("changed by another meanwhile")
)

// Config says where the store is.
type Config struct {
	// Dir is the state folder; eddy.db lies here unless DatabaseURL is set.
	Dir string
	// DatabaseURL names a PostgreSQL that keeps the store instead.
	DatabaseURL string
	// Keys seal the secrets; see LoadKeys.
	Keys Keys
}

// Store is the server's memory. It may be used by several goroutines, and several stores
// may be open on one database or one file.
type Store struct {
	db   *sql.DB
	pool *pgxpool.Pool // nil on SQLite
	keys Keys
}

// Open opens the store, makes it if there is none, and brings an older one up to date.
func Open(ctx context.Context, cfg Config) (*Store, error) {
	if cfg.Keys.ring == nil {
		return nil, errors.New("open the store: no keys were loaded")
	}
	s := &Store{keys: cfg.Keys}
	var err error
	if cfg.DatabaseURL != "" {
		err = s.openPostgres(ctx, cfg.DatabaseURL)
	} else {
		err = s.openSQLite(ctx, cfg.Dir)
	}
	if err != nil {
		return nil, err
	}
	if err := s.prepare(ctx, cfg.Dir); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if !s.IsPostgres() {
		if err := os.Remove(making(file(cfg.Dir))); err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, errors.Join(err, s.Close())
		}
	}
	return s, nil
}

func (s *Store) prepare(ctx context.Context, dir string) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	if err := s.migrate(ctx, dir, files); err != nil {
		return err
	}
	return s.checkKeys(ctx)
}

// file is the store of a state folder.
func file(dir string) string { return filepath.Join(dir, "eddy.db") }

// Exists says that a state folder has a store.
func Exists(dir string) bool {
	_, err := os.Stat(file(dir))
	return err == nil
}

// openSQLite opens the file. One connection is the right number: SQLite has one writer,
// and the jobs' library asks for it. Transactions take the write lock when they begin,
// because one that reads first and writes later could not wait for its turn.
//
// Servers that start together take turns: who comes second finds a file that is whole.
func (s *Store) openSQLite(ctx context.Context, dir string) (err error) {
	path, err := filepath.Abs(file(dir))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return &eddy.Error{Code: eddy.CodeConfig, What: "make the state folder", Err: err, Mend: "Name a folder that this user may write with --state-dir."}
	}
	unlock, err := s.lockMigrations(ctx, dir)
	if err != nil {
		return fmt.Errorf("lock the store: %w", err)
	}
	defer func() { err = errors.Join(err, unlock()) }()
	if err := errors.Join(closeToOthers(dir), checkFile(path)); err != nil {
		return err
	}
	if !Exists(dir) {
		if err := writeSynced(making(path), ""); err != nil {
			return &eddy.Error{Code: eddy.CodeConfig, What: "make the store", Err: err, Mend: "Name a folder that this user may write with --state-dir."}
		}
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600) // nobody else reads it
	if err != nil {
		return &eddy.Error{Code: eddy.CodeConfig, What: "open the store", Err: err, Mend: "The file must belong to the user that eddy runs as."}
	}
	if err := f.Close(); err != nil {
		return err
	}
	q := url.Values{
		"_pragma": {"busy_timeout(15000)", "journal_mode(WAL)", "synchronous(NORMAL)", "foreign_keys(1)"},
		"_txlock": {"immediate"},
	}
	s.db, err = sql.Open("sqlite", (&url.URL{Scheme: "file", Path: path, RawQuery: q.Encode()}).String())
	if err != nil {
		return fmt.Errorf("open %s: %w", path, err)
	}
	s.db.SetMaxOpenConns(1)
	if err := s.Ping(ctx); err != nil {
		return errors.Join(&eddy.Error{
			Code: eddy.CodeConfig, What: "the store " + path + " cannot be used", Err: err,
			Mend: "If the file is damaged, restore it from a backup; moved away, an empty store takes its place.",
		}, s.Close())
	}
	return nil
}

// minConns is how many connections a server needs, whatever the URL says: one holds the
// lock of migrations while another makes them.
const minConns = 4

func (s *Store) openPostgres(ctx context.Context, databaseURL string) error {
	cfg, err := pgxpool.ParseConfig(databaseURL)
	if err != nil { // the driver's words may repeat the password
		return &eddy.Error{
			Code: eddy.CodeConfig, What: "the database URL cannot be read",
			Mend: "Write it as postgres://user:password@host:5432/database; characters such as @ and / in a password are written %40 and %2F.",
		}
	}
	cfg.MaxConns = max(cfg.MaxConns, minConns)
	if s.pool, err = pgxpool.NewWithConfig(ctx, cfg); err != nil {
		return unreachable(cfg, err)
	}
	s.db = stdlib.OpenDBFromPool(s.pool)
	if err := s.db.PingContext(ctx); err != nil {
		return errors.Join(unreachable(cfg, err), s.Close())
	}
	return nil
}

func unreachable(cfg *pgxpool.Config, err error) error {
	c := cfg.ConnConfig
	return &eddy.Error{
		Code: eddy.CodeConfig, What: fmt.Sprintf("the store's database %s on %s:%d cannot be reached", c.Database, c.Host, c.Port), Err: err,
		Mend: "Check host, port, user, password and database of --database-url, and that the server runs.",
	}
}

// Close closes the store.
func (s *Store) Close() error {
	err := s.db.Close()
	if s.pool != nil {
		s.pool.Close()
	}
	return err
}

// Ping says whether the store can be reached.
func (s *Store) Ping(ctx context.Context) error {
	if _, err := one(ctx, s.conn(), plain[int64], "SELECT 1"); err != nil {
		return fmt.Errorf("reach the store: %w", err)
	}
	return nil
}

// DB is the database, for the jobs' library on SQLite. It has one connection: whoever
// holds a transaction open must not use DB beside it.
func (s *Store) DB() *sql.DB { return s.db }

// Pool is the pool of connections to PostgreSQL, for the jobs' library; nil on SQLite.
func (s *Store) Pool() *pgxpool.Pool { return s.pool }

// IsPostgres says that the store is in PostgreSQL.
func (s *Store) IsPostgres() bool { return s.pool != nil }
