package duckdb

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/eddy-retl/eddy"
)

// access decides which files the models of a source may read, and is asked for each of
// them: those in its folders, but none in a closed one. Where a path really leads is what
// counts, whatever links and dots are in it.
type access struct {
	folders, closed []string
}

// newAccess resolves folders. One that is not there yet is what its name says.
func newAccess(folders, closed []string) (access, error) {
	resolved := func(dirs []string) (out []string, err error) {
		for _, dir := range dirs {
			abs, err := filepath.Abs(dir)
			if err != nil {
				return nil, err
			}
			if target, err := filepath.EvalSymlinks(abs); err == nil {
				abs = target
			}
			out = append(out, abs)
		}
		return out, nil
	}
	open, err := resolved(folders)
	if err != nil {
		return access{}, err
	}
	shut, err := resolved(closed)
	return access{open, shut}, err
}

// own says that a path leads into a closed folder, and where a path leads.
func (a access) own(path string) (target string, own bool, err error) {
	target, err = filepath.EvalSymlinks(path)
	if err != nil {
		return "", false, &eddy.Error{Code: eddy.CodeSource, What: "open " + path, Err: err, Mend: "Check the file's name and who may read it."}
	}
	return target, within(target, a.closed), nil
}

// files are where the files that a name or a pattern means really are. What a pattern finds
// in a closed folder is not meant by it.
func (a access) files(name string, found []string) (files []string, err error) {
	for _, path := range found {
		target, own, err := a.own(path)
		switch {
		case err != nil:
			return nil, err
		case own && strings.ContainsAny(name, "*?["):
			continue
		case own:
			return nil, closedTo(path)
		case !within(target, a.folders):
			return nil, &eddy.Error{
				Code: eddy.CodeSource, What: fmt.Sprintf("%s is a link to %s, which is in none of the source's folders", path, target),
				Mend: "Name that folder in the source's files option, or put the file itself there.",
			}
		}
		files = append(files, target)
	}
	return files, nil
}

func closedTo(path string) error {
	return &eddy.Error{
		Code: eddy.CodeSource, What: path + " is in Eddy's state folder or tells of its process, which no model reads",
		Mend: "Keys, passwords and what an audience holds are there. Put your own files elsewhere.",
	}
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
