// Package duckdb is the embedded warehouse: it reads DuckDB files and CSV, Parquet and
// JSON files, and it is the engine of state local for every other source.
package duckdb

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/duckdb/duckdb-go/v2"
	"github.com/gofrs/flock"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

// Engine says where the embedded engine keeps one connection's state.
type Engine struct {
	// Path is the state file; empty keeps the state in memory.
	Path string
	// ReadOnly opens an existing state file beside others that read it.
	ReadOnly bool
	// MemoryLimit is DuckDB's own limit, such as "512MB"; beyond it DuckDB spills to disk.
	MemoryLimit string
}

// DefaultMemoryLimit keeps the whole process under 1 GiB for millions of rows.
const DefaultMemoryLimit = "512MB"

// Open opens the engine: a database in memory for the length of the run, with the
// state file attached. Another process that holds the file is a conflict.
func (e Engine) Open(ctx context.Context) (warehouse.Engine, error) {
	shared := &instance{}
	if e.Path != "" {
		if err := e.claim(shared); err != nil {
			return nil, err
		}
	}
	s, err := e.open(ctx, shared)
	if err != nil {
		return nil, errors.Join(err, shared.close())
	}
	return s, nil
}

// claim takes the lock file beside the state file: DuckDB's own lock guards against
// other processes only, and says less.
func (e Engine) claim(in *instance) error {
	if err := os.MkdirAll(filepath.Dir(e.Path), 0o700); err != nil {
		return &eddy.Error{Code: eddy.CodeSource, What: "make the state folder", Err: err, Mend: "Choose another folder with --state-dir."}
	}
	if e.ReadOnly {
		return nil
	}
	in.lock = flock.New(e.Path + ".lock")
	got, err := in.lock.TryLock()
	if err != nil {
		return &eddy.Error{Code: eddy.CodeSource, What: "lock the state file", Err: err, Mend: "Choose another folder with --state-dir."}
	}
	if !got {
		in.lock = nil
		return inUse()
	}
	return nil
}

func inUse() error {
	return &eddy.Error{
		Code: eddy.CodeConflict,
		What: "another run of this connection is in progress: it holds the local state",
		Mend: "Wait for it to end, or stop it; two runs of one connection never overlap.",
	}
}

func (e Engine) open(ctx context.Context, in *instance) (*session, error) {
	connector, err := duckdb.NewConnector("", nil)
	if err != nil {
		return nil, fmt.Errorf("open DuckDB: %w", err)
	}
	in.db = sql.OpenDB(connector)
	conn, err := in.db.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("open DuckDB: %w", err)
	}
	s := &session{conn: conn, in: in}
	limit := e.MemoryLimit
	if limit == "" {
		limit = DefaultMemoryLimit
	}
	spilled, err := e.spill(in)
	if err != nil {
		return nil, err
	}
	settings := []string{
		"SET memory_limit = " + warehouse.QuoteText(limit),
		"SET preserve_insertion_order = true",
		// Digests hardly compress, and to try costs more than writing them.
		"SET force_compression = 'uncompressed'",
		// What does not fit in memory is raw values of the model for the length of the run.
		// Its key lives as long as the process; DuckDB's built-in cipher is slow, and spilling rare.
		"SET force_mbedtls_unsafe = 'true'",
		"SET temp_file_encryption = true",
		"SET autoinstall_known_extensions = false",
		"SET autoload_known_extensions = false",
		"SET TimeZone = 'UTC'",
	}
	settings = append(settings, spilled...)
	for _, sql := range settings {
		if _, err := s.Exec(ctx, sql); err != nil {
			return nil, fmt.Errorf("set up DuckDB: %w", err)
		}
	}
	return s, s.attachState(ctx, e)
}

// spillShare is the part of a disk's free space that one look may spill to: whoever has as
// many at work as one person may leaves room for the runs of others.
const spillShare = 4

// spill says where the engine spills to. A run has the folder beside its state to itself. All
// else has one of its own among the system's temporary files: DuckDB's files have the same
// names everywhere, so that of two engines in one folder each would write over the other's.
func (e Engine) spill(in *instance) (settings []string, err error) {
	dir := e.Path + ".tmp"
	if e.Path != "" && !e.ReadOnly {
		_ = os.RemoveAll(dir)
	} else {
		name, err := random()
		if err != nil {
			return nil, err
		}
		dir = filepath.Join(os.TempDir(), "eddy-"+name)
		in.spill = dir
		if free := freeSpace(os.TempDir()); free > 0 {
			settings = append(settings, fmt.Sprintf("SET max_temp_directory_size = '%dKiB'", free/spillShare>>10))
		}
	}
	return append(settings, "SET temp_directory = "+warehouse.QuoteText(dir)), nil
}

// random is a name that nobody can guess.
func random() (string, error) {
	var b [8]byte
	_, err := rand.Read(b[:])
	return hex.EncodeToString(b[:]), err
}

// attachState attaches the state under a name that nobody can guess, because a user's
// SQL runs in the same instance and could name it otherwise.
func (s *session) attachState(ctx context.Context, e Engine) error {
	name, err := random()
	if err != nil {
		return err
	}
	name = "eddy_" + name
	path, mode := e.Path, ""
	_, missing := os.Stat(path)
	switch {
	case path == "":
		path = ":memory:"
	case e.ReadOnly:
		mode = " (READ_ONLY)"
	case missing != nil:
		mode = " (" + stateBlocks + ")" // a file that exists says itself which it has
	}
	if _, err := s.Exec(ctx, "ATTACH "+warehouse.QuoteText(path)+" AS "+warehouse.Quote(name)+mode); err != nil {
		if eddy.ErrorCode(err) == eddy.CodeConflict {
			return inUse()
		}
		return &eddy.Error{Code: eddy.CodeSource, What: "open the local state " + path, Err: err, Mend: "If the file is damaged, restore it from a backup: only it knows who must leave the audience. Without one, move it away and empty or delete the audience."}
	}
	s.schema = warehouse.Quote(name) + "." + warehouse.Quote("main")
	if e.Path != "" {
		// Digests and record ids are nobody else's business.
		_ = os.Chmod(e.Path, 0o600)
	}
	return nil
}

// instance is what the sessions of one engine share.
type instance struct {
	db   *sql.DB
	lock *flock.Flock
	// spill is a folder that goes with the engine; empty if there is none.
	spill string
}

func (in *instance) close() error {
	var errs []error
	if in.db != nil {
		errs = append(errs, in.db.Close())
	}
	if in.spill != "" {
		errs = append(errs, os.RemoveAll(in.spill))
	}
	if in.lock != nil {
		errs = append(errs, in.lock.Unlock())
	}
	return errors.Join(errs...)
}
