package duckdb

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/eddy-retl/eddy"
)

// access decides which files the models of a source read: each name is asked about here
// before anything is opened, or even looked for. Both count, the path as it is written and
// where it really leads, whatever links and dots are in it.
type access struct {
	// opened are the operator's folders, folders the source's own among them; each as it was
	// named and as it is.
	opened, folders []string
	closed          []string
	// none says that the source is a file that was uploaded, whose models read no other.
	none bool
	// shut are the closed ones that are there: a name in capitals, a hard link or a second
	// mount is the same file.
	shut []os.FileInfo
}

// newAccess is what an operator opened and closed. The source has no folders yet.
func newAccess(opened, closed []string) (a access, err error) {
	if a.opened, err = bothNames(opened); err != nil {
		return a, err
	}
	if a.closed, err = bothNames(closed); err != nil {
		return a, err
	}
	for _, path := range a.closed {
		if info, err := os.Stat(path); err == nil {
			a.shut = append(a.shut, info)
		}
	}
	return a, nil
}

// bothNames are paths as they are named and as they are, where that is another one.
func bothNames(paths []string) (out []string, err error) {
	for _, path := range paths {
		if path, err = filepath.Abs(path); err != nil {
			return nil, err
		}
		out = append(out, path)
		if target, err := filepath.EvalSymlinks(path); err == nil && target != path {
			out = append(out, target)
		}
	}
	return out, nil
}

// narrow gives the source its folders: only what the operator opened.
func (a *access) narrow(dirs []string) error {
	for _, dir := range dirs {
		target, err := a.resolve(dir, a.opened)
		if err != nil {
			return err
		}
		a.folders = append(a.folders, filepath.Clean(dir), target)
	}
	return nil
}

// database says whether a model may have a DuckDB file, and what DuckDB reads beside it.
func (a *access) database(path string) error {
	if _, err := a.resolve(path, a.opened); err != nil {
		return err
	}
	_, err := a.resolve(path+".wal", a.opened)
	return err
}

// file is where the file of a name really is, if it is there or not.
func (a *access) file(path string) (target string, err error) { return a.resolve(path, a.folders) }

// resolve says where an absolute path really leads, or refuses it. What is refused is so
// whether it is there or not, so that nobody learns what lies outside of the folders.
func (a *access) resolve(path string, folders []string) (target string, err error) {
	path = filepath.Clean(path)
	if a.none {
		return "", &eddy.Error{Code: eddy.CodeSource, What: "the model reads the file " + path + ", and an uploaded source reads only its own tables", Mend: "Name a table of it; upload another file as a source of its own."}
	}
	if within(path, a.closed) {
		return "", closedTo(path)
	}
	if !within(path, folders) {
		return "", a.outside(path)
	}
	target, err = followed(path)
	switch {
	case err != nil:
		return "", openFault(path, err)
	case a.isClosed(target):
		return "", closedTo(path)
	case target == "" || !within(target, folders):
		return "", a.outside(path)
	}
	return target, nil
}

// followed is where a path leads as far as it exists, and what is written behind that; empty
// if it is a link to nowhere, which could come to lead anywhere.
func followed(path string) (string, error) {
	target, err := filepath.EvalSymlinks(path)
	if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR) {
		return target, err
	}
	if _, err := os.Lstat(path); err == nil || filepath.Dir(path) == path {
		return "", nil
	}
	dir, err := followed(filepath.Dir(path))
	if dir == "" {
		return "", err
	}
	return filepath.Join(dir, filepath.Base(path)), err
}

// isClosed says that a path is something closed, or in it.
func (a *access) isClosed(path string) bool {
	for ; path != ""; path = filepath.Dir(path) {
		if info, err := os.Stat(path); err == nil && slices.ContainsFunc(a.shut, func(shut os.FileInfo) bool { return os.SameFile(shut, info) }) {
			return true
		}
		if filepath.Dir(path) == path {
			break
		}
	}
	return false
}

// files are where the files that a pattern found really are. What it finds in a closed
// folder is not meant by it.
func (a *access) files(found []string) (files []string, err error) {
	for _, path := range found {
		target, err := a.file(path)
		if isClosedTo(err) {
			continue
		} else if err != nil {
			return nil, err
		}
		files = append(files, target)
	}
	return files, nil
}

// outside refuses what is in none of the folders, without having looked.
func (a *access) outside(path string) error {
	e := &eddy.Error{Code: eddy.CodeSource, What: path + " is in none of the folders that the source's models may read, or a link leads out of them"}
	if within(path, a.opened) {
		e.Mend = "Name its folder in the source's files option, or put the file itself into one of them."
	} else {
		e.Mend = "On a server the operator opens folders to models: eddy serve --files " + filepath.Dir(path)
	}
	// Whoever wrote people.csv meant the one in the folder that is open, wherever the server began.
	if len(a.opened) > 0 && !within(path, a.opened) {
		e.Mend = "The folders that are open are " + strings.Join(a.opened, " and ") + ": write the whole name, such as " + filepath.Join(a.opened[0], filepath.Base(path)) + ". " + e.Mend
	}
	return e
}

const closedWords = " is in Eddy's state folder or tells of its process or of the machine, which no model reads"

func closedTo(path string) error {
	return &eddy.Error{
		Code: eddy.CodeSource, What: path + closedWords,
		Mend: "Keys, passwords and what an audience holds are there. Put your own files elsewhere.",
	}
}

func isClosedTo(err error) bool {
	e, ok := errors.AsType[*eddy.Error](err)
	return ok && strings.HasSuffix(e.What, closedWords)
}

// within says that a path is one of the folders or in one.
func within(path string, folders []string) bool {
	for _, dir := range folders {
		if rel, err := filepath.Rel(dir, path); err == nil && filepath.IsLocal(rel) {
			return true
		}
	}
	return false
}
