package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/eddy-retl/eddy"
)

// making marks a store that is being made: its file may still be empty. It goes when the
// store has its tables, so that an empty file without the mark is one that was lost.
func making(path string) string { return path + ".making" }

// checkFile refuses a file of a store that is empty or cut off: SQLite would take the one
// for a new store, and the other for a whole one until somebody reads what is missing.
func checkFile(path string) error {
	if _, err := os.Stat(making(path)); err == nil {
		return nil
	}
	info, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look at the store: %w", err)
	}
	if why := cutOff(path, info.Size()); why != "" {
		return &eddy.Error{
			Code: eddy.CodeConfig, What: fmt.Sprintf("the store %s %s", path, why),
			Mend: "Restore it from a backup, with the secret.key of then. To begin with an empty store, move the file away: connections keep what their state holds.",
		}
	}
	return nil
}

// cutOff says what is missing of a file of SQLite; empty where nothing is, as far as its
// header tells: where the size of a page and the number of pages stand, and whether these
// are up to date, is in the SQLite documentation, "Database File Format", 1.3.
func cutOff(path string, size int64) string {
	if size == 0 {
		return "is empty"
	}
	f, err := os.Open(path)
	if err != nil {
		return "" // who opens it says why
	}
	defer func() { _ = f.Close() }()
	head := make([]byte, 100)
	if _, err := io.ReadFull(f, head); err != nil {
		return "is cut off"
	}
	if !bytes.HasPrefix(head, []byte("SQLite format 3\x00")) {
		return "is no store: it is not a file of SQLite"
	}
	page := int64(binary.BigEndian.Uint16(head[16:]))
	if page == 1 {
		page = 65536
	}
	pages := int64(binary.BigEndian.Uint32(head[28:]))
	if hasLog(path) {
		return "" // pages that a process which died has written last lie there, and SQLite puts them in
	}
	if bytes.Equal(head[24:28], head[92:96]) && size < page*pages {
		return fmt.Sprintf("is cut off: it has %d bytes of %d", size, page*pages)
	}
	return ""
}

// hasLog says whether a write-ahead log lies beside a file of SQLite: what begins as its
// documentation says, "WAL-mode File Format", 4.1.
func hasLog(path string) bool {
	f, err := os.Open(path + "-wal")
	if err != nil {
		return false
	}
	defer func() { _ = f.Close() }()
	head := make([]byte, 32)
	_, err = io.ReadFull(f, head)
	return err == nil && binary.BigEndian.Uint32(head)&^1 == 0x377f0682
}

// closeToOthers takes the right of others away from what lies in a state folder, and from
// the folder: files that were restored from a backup often come back with more. What is not
// Eddy's, by its name, is left as it is.
func closeToOthers(dir string) error {
	if err := narrow(dir, 0o700); err != nil {
		return err
	}
	names := []string{
		"eddy.db", "eddy.db-wal", "eddy.db-shm", "eddy.db.lock", "secret.key", "secret.key.lock",
		"key", "server-id", "audiences.json", "audiences.json.lock",
	}
	for _, name := range names {
		if err := narrow(filepath.Join(dir, name), 0o600); err != nil {
			return err
		}
	}
	state := filepath.Join(dir, "state")
	inside, err := os.ReadDir(state)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look at the state folder: %w", err)
	}
	if err := narrow(state, 0o700); err != nil {
		return err
	}
	for _, e := range inside {
		if e.Type().IsRegular() {
			if err := narrow(filepath.Join(state, e.Name()), 0o600); err != nil {
				return err
			}
		}
	}
	return nil
}

// narrow leaves no more than the rights of mode. A link is not followed.
func narrow(path string, mode os.FileMode) error {
	info, err := os.Lstat(path)
	if errors.Is(err, os.ErrNotExist) || err == nil && info.Mode()&os.ModeSymlink != 0 {
		return nil
	}
	if err == nil && info.Mode().Perm()&^mode != 0 {
		err = os.Chmod(path, info.Mode().Perm()&mode)
	}
	if err != nil {
		return &eddy.Error{
			Code: eddy.CodeConfig, What: fmt.Sprintf("others may use %s, and their right cannot be taken away", path), Err: err,
			Mend: "It must belong to the user that eddy runs as.",
		}
	}
	return nil
}

// room is how much a state folder must be able to take for the server to be ready: less
// than a run writes, and more than what other processes leave free by chance.
const room = 1 << 20

// FullError is a state folder that takes nothing more.
type FullError struct {
	Dir string
	Err error
}

// Error says what to do.
func (e *FullError) Error() string {
	return fmt.Sprintf("the state folder %s takes nothing more: %v; no run is started until there is room on its disk", e.Dir, e.Err)
}

// Unwrap returns why it could not be written.
func (e *FullError) Unwrap() error { return e.Err }

// Room says whether a state folder can still be written: a *FullError where it cannot. It
// writes, because what is free on a disk is not always for everybody.
func Room(dir string) (err error) {
	f, err := os.CreateTemp(dir, ".room-*")
	if err != nil {
		return &FullError{dir, err}
	}
	defer func() {
		if gone := errors.Join(f.Close(), os.Remove(f.Name())); err == nil && gone != nil {
			err = &FullError{dir, gone}
		}
	}()
	if _, err := f.Write(make([]byte, room)); err != nil {
		return &FullError{dir, err}
	}
	if err := f.Sync(); err != nil {
		return &FullError{dir, err}
	}
	return nil
}
