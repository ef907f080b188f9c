package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/gofrs/flock"
	"github.com/pressly/goose/v3"

	"github.com/eddy-retl/eddy"
)

// migrations are numbered and never edited: a change of the tables is a new file.
//
//go:embed migrations/*.sql
var migrations embed.FS

// versions is the table in which goose notes what was done.
const versions = "eddy_migrations"

// migrationLock is the advisory lock of servers that start at the same time; the number
// has no meaning.
const migrationLock = 7_310_583_120_331

// migrate brings the tables up to date. Servers that start together take turns.
func (s *Store) migrate(ctx context.Context, dir string, files fs.FS) (err error) {
	unlock, err := s.lockMigrations(ctx, dir)
	if err != nil {
		return fmt.Errorf("lock the store: %w", err)
	}
	defer func() { err = errors.Join(err, unlock()) }()
	p, err := s.migrator(files)
	if err != nil {
		return err
	}
	if err := s.refuseNewer(ctx, p); err != nil {
		return err
	}
	if err := s.refuseOtherKey(ctx, p); err != nil {
		return err
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("bring the store up to date: %w", err)
	}
	return nil
}

func (s *Store) migrator(files fs.FS) (*goose.Provider, error) {
	dialect := goose.DialectSQLite3
	if s.IsPostgres() {
		dialect = goose.DialectPostgres
	}
	return goose.NewProvider(dialect, s.db, files, goose.WithTableName(versions), goose.WithDisableGlobalRegistry(true))
}

// refuseNewer stops an old program on a store that a newer one has changed.
func (s *Store) refuseNewer(ctx context.Context, p *goose.Provider) error {
	current, err := p.GetDBVersion(ctx)
	if err != nil {
		return fmt.Errorf("read the store's version: %w", err)
	}
	sources := p.ListSources()
	if newest := sources[len(sources)-1].Version; current > newest {
		return &eddy.Error{
			Code: eddy.CodeConfig, What: fmt.Sprintf("the store was written by a newer version of eddy (its tables are at %d, this version knows %d)", current, newest),
			Mend: "Run the newer version, or restore the backup that was made before the upgrade.",
		}
	}
	return nil
}

// refuseOtherKey stops a server without the store's key before it changes a table.
func (s *Store) refuseOtherKey(ctx context.Context, p *goose.Provider) error {
	current, err := p.GetDBVersion(ctx)
	if err != nil || current == 0 {
		return err
	}
	if err := s.checkKey(ctx, s.conn()); !errors.Is(err, ErrNotFound) {
		return err
	}
	return nil
}

// lockMigrations waits for its turn. The lock ends with the process at the latest.
func (s *Store) lockMigrations(ctx context.Context, dir string) (unlock func() error, err error) {
	if !s.IsPostgres() {
		l := flock.New(filepath.Join(dir, "eddy.db.lock"), flock.SetPermissions(0o600))
		return l.Unlock, l.Lock()
	}
	cn, err := s.db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := cn.ExecContext(ctx, "SELECT pg_advisory_lock($1)", migrationLock); err != nil {
		return nil, errors.Join(err, cn.Close())
	}
	return func() error { return releaseMigrations(context.WithoutCancel(ctx), cn) }, nil
}

func releaseMigrations(ctx context.Context, cn *sql.Conn) error {
	_, err := cn.ExecContext(ctx, "SELECT pg_advisory_unlock($1)", migrationLock)
	return errors.Join(err, cn.Close())
}
