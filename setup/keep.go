package setup

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse/duckdb"
	"github.com/eddy-retl/eddy/warehouse/sealed"
)

// uploads is the folder of what was uploaded to a server, each a file of its own that its source
// has the key of.
func uploads(stateDir string) string { return filepath.Join(stateDir, "uploads") }

// unnamed ends the name of a file that no source has yet.
const unnamed = ".new"

// Kept is a file that was uploaded and that no source has yet.
type Kept struct {
	duckdb.Kept

	path string
}

// KeepFile takes a file in that somebody uploads. It is read and sealed, and is nobody's until
// [Kept.Take]; the caller ends with [Kept.Drop]. before are the tables of the one that it is to
// take the place of.
func KeepFile(ctx context.Context, stateDir, name string, text []byte, before []string) (Kept, error) {
	var id [16]byte
	if _, err := rand.Read(id[:]); err != nil {
		return Kept{}, err
	}
	dir := uploads(stateDir)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return Kept{}, stateError("make the folder of uploads", err)
	}
	taken, err := takenBy(dir)
	if err != nil {
		return Kept{}, stateError("look how much the uploads take", err)
	}
	if taken >= mostUploads {
		return Kept{}, &eddy.Error{
			Code: eddy.CodeConflict, What: fmt.Sprintf("the files that were uploaded take %d GiB, the most that a server keeps", mostUploads>>30),
			Mend: "Delete sources whose files are not needed any more, or put this one into a database.",
		}
	}
	k := Kept{path: filepath.Join(dir, hex.EncodeToString(id[:]))}
	k.Kept, err = duckdb.Keep(ctx, duckdb.Upload{Name: name, Text: text, Before: before, Room: mostUploads - taken}, k.path+unnamed)
	return k, err
}

// mostUploads is how much of the disk all uploads of a server take together, in bytes.
const mostUploads = 8 << 30

// takenBy is how many bytes the files of a folder take.
func takenBy(dir string) (bytes int64, err error) {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		if info, err := e.Info(); err == nil { // one that is gone takes nothing
			bytes += info.Size()
		}
	}
	return bytes, err
}

// Options are those of a source that reads the file.
func (k Kept) Options() map[string]string {
	return map[string]string{"file": filepath.Base(k.path), "key": k.Key}
}

// Take gives the file the name by which a source has it.
func (k Kept) Take() error { return os.Rename(k.path+unnamed, k.path) }

// Unnamed are options by which the file is read that is nobody's yet.
func (k Kept) Unnamed() map[string]string {
	return map[string]string{"file": filepath.Base(k.path) + unnamed, "key": k.Key}
}

// Drop deletes the file where it is nobody's.
func (k Kept) Drop() error {
	err := os.Remove(k.path + unnamed)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

// ForgetUpload deletes the file that a source had. It may be gone.
func ForgetUpload(stateDir, file string) error {
	if file == "" || file != filepath.Base(file) {
		return nil
	}
	err := os.Remove(filepath.Join(uploads(stateDir), file))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

// young is how old a file is at least that is swept: servers that share the state folder may just be
// taking it in.
const young = time.Hour

// SweepUploads deletes the files that are not among those that sources have, what was being taken
// in among them.
func SweepUploads(stateDir string, had map[string]bool) error {
	return sweep(stateDir, func(name string) bool { return !had[name] })
}

// SweepUnnamed deletes what was being taken in when a server ended.
func SweepUnnamed(stateDir string) error {
	return sweep(stateDir, func(name string) bool { return strings.HasSuffix(name, unnamed) })
}

func sweep(stateDir string, litter func(name string) bool) error {
	entries, err := os.ReadDir(uploads(stateDir))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var errs []error
	for _, e := range entries {
		info, err := e.Info()
		if err == nil && litter(e.Name()) && time.Since(info.ModTime()) > young {
			errs = append(errs, ForgetUpload(stateDir, e.Name()))
		}
	}
	return errors.Join(errs...)
}

// UploadTable is a table of a file that was uploaded.
type UploadTable = sealed.Table

// UploadTables are the tables of a source that a file was uploaded for.
func UploadTables(s *Setup, name string) ([]UploadTable, error) {
	options := s.Sources[name].Options
	f, err := sealed.Open(filepath.Join(uploads(s.StateDir), filepath.Base(options["file"])), options["key"])
	if err != nil {
		return nil, err
	}
	return f.Tables, f.Close()
}
