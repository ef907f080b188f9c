package child

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/gofrs/flock"

	"github.com/eddy-retl/eddy"
)

// scratch makes a folder for the temporary files of one child, whose own it is, and gives what
// deletes it: a child that is killed leaves behind what did not fit in its memory. It lies in
// the state folder, where there is room and which no model reads: the working folder may be
// one that is open to models, or that nobody can write.
func (p *Processes) scratch(stateDir string) (dir string, done func(), err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if stateDir, err = filepath.Abs(stateDir); err != nil {
		return "", nil, err
	}
	if p.spill == nil {
		if p.spill, err = claim(filepath.Join(stateDir, "scratch")); err != nil {
			return "", nil, err
		}
	}
	if dir, err = os.MkdirTemp(strings.TrimSuffix(p.spill.Path(), lockEnding), "child-"); err != nil {
		return "", nil, noScratch(err)
	}
	return dir, func() { _ = os.RemoveAll(dir) }, nil
}

const lockEnding = ".lock"

// claim makes this process's folder among those of others that share the state folder, and
// deletes those whose processes died. Whoever lives holds the lock beside theirs.
func claim(all string) (*flock.Flock, error) {
	if err := os.MkdirAll(all, 0o700); err != nil {
		return nil, noScratch(err)
	}
	mine, err := os.MkdirTemp(all, "server-")
	if err != nil {
		return nil, noScratch(err)
	}
	lock := flock.New(mine + lockEnding)
	if got, err := lock.TryLock(); err != nil || !got {
		return nil, noScratch(fmt.Errorf("lock %s: %w", lock.Path(), err))
	}
	locks, _ := filepath.Glob(filepath.Join(all, "server-*"+lockEnding))
	for _, path := range locks {
		if path == lock.Path() {
			continue
		}
		dead := flock.New(path)
		if got, err := dead.TryLock(); err == nil && got {
			_ = os.RemoveAll(strings.TrimSuffix(path, lockEnding))
			_ = os.Remove(path)
			_ = dead.Unlock()
		}
	}
	return lock, nil
}

func noScratch(err error) error {
	return &eddy.Error{Code: eddy.CodeSource, What: "make a folder for what does not fit in the memory of a model's process", Err: err, Mend: "The state folder must take new files: look at its rights, and whether its disk is full."}
}
