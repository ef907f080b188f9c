package jobs

import (
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/gofrs/flock"

	"github.com/eddy-retl/eddy"
)

// serverIDs are ids of state folders: they are parts of names of queues.
var serverIDs = regexp.MustCompile(`^[a-z0-9]{1,40}$`)

// ServerID gives the id of a state folder, and makes one when it has none. It lies in
// the folder, so that it goes where the folder's state goes.
func ServerID(dir string) (id string, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", folderError("make the state folder", err)
	}
	path := filepath.Join(dir, "server-id")
	lock := flock.New(path + ".lock")
	if err := lock.Lock(); err != nil {
		return "", folderError("lock the id of the state folder", err)
	}
	defer func() { err = errors.Join(err, lock.Unlock()) }()
	data, err := os.ReadFile(path)
	switch id = strings.TrimSpace(string(data)); {
	case errors.Is(err, os.ErrNotExist):
		id = strings.ToLower(rand.Text())
		if err := os.WriteFile(path, []byte(id+"\n"), 0o600); err != nil { //nolint:gosec // the folder is the one that the user named
			return "", folderError("write the id of the state folder", err)
		}
		return id, nil
	case err != nil:
		return "", folderError("read the id of the state folder", err)
	case !serverIDs.MatchString(id):
		return "", &eddy.Error{
			Code: eddy.CodeConfig, What: "the id of the state folder in " + path + " is damaged",
			Mend: "Restore the file. If it is lost, delete it: connections whose state lies in this folder then need their home set again by a first run.",
		}
	}
	return id, nil
}

func folderError(what string, err error) error {
	return &eddy.Error{Code: eddy.CodeConfig, What: what, Err: err, Mend: "Name a folder that this user may write with --state-dir."}
}
