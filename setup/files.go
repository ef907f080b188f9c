package setup

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/eddy-retl/eddy"
)

// Files says what of this machine's disks the models of sources may read. The zero value
// opens nothing.
type Files struct {
	// Opened are the operator's folders; what a source names can only narrow them.
	Opened []string
	// OpenDir opens the configuration file's own folder to models that name no other: on the
	// command line, where whoever wrote the file is the operator.
	OpenDir bool
	// Closed are files and folders that stay closed whatever is opened, beside the state
	// folder and what the system tells of its processes and devices.
	Closed []string
}

// commandLine is what the operator's own file may read: whatever the operator may, as the
// file says.
func commandLine() Files { return Files{Opened: []string{"/"}, OpenDir: true} }

// system is where the system tells of its processes, whose environment may have keys, and
// of its devices, one of which has all of a disk.
func system() []string { return []string{"/proc", "/sys", "/dev"} }

// grant tells a source what its models may read.
func (f Files) grant(src *eddy.Source, stateDir string) {
	src.Opened, src.OpenDir = f.Opened, f.OpenDir
	src.Closed = append(append(system(), stateDir), f.Closed...)
}

// Check refuses folders that an operator cannot have meant to open: names of none, and such
// as are closed as a whole.
func (f Files) Check(stateDir string) error {
	for _, dir := range f.Opened {
		info, err := os.Stat(dir)
		if err == nil && !info.IsDir() {
			err = fmt.Errorf("%s is no folder", dir)
		}
		if err != nil {
			return &eddy.Error{Code: eddy.CodeUsage, What: "--files " + dir, Err: err, Mend: "Name a folder that is there, for models to read files and DuckDB databases of."}
		}
		for _, closed := range append(system(), stateDir) {
			if inside(dir, closed) {
				return &eddy.Error{Code: eddy.CodeUsage, What: fmt.Sprintf("--files %s: no model reads %s", dir, closed), Mend: "Keep files for models in a folder of their own, outside of the state folder."}
			}
		}
	}
	return nil
}

// inside says that a folder really is another one or in it.
func inside(dir, other string) bool {
	followed := func(path string) string {
		path, _ = filepath.Abs(path)
		if target, err := filepath.EvalSymlinks(path); err == nil {
			return target
		}
		return path
	}
	rel, err := filepath.Rel(followed(other), followed(dir))
	return err == nil && filepath.IsLocal(rel)
}
