package setup

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"

	"github.com/gofrs/flock"

	"github.com/eddy-retl/eddy"
)

// claims is the file in the state folder that says which connection feeds which
// audience: connections whose state lies in different places meet there.
type claims struct {
	Audiences map[string]string `json:"audiences"` // "account/audience": connection
}

// claim says which other connection has an audience, if one has; with take, the audience
// is this connection's from now on.
func (s *Setup) claim(connection, account, audience string, take bool) (err error) {
	path := filepath.Join(s.StateDir, "audiences.json")
	if take {
		if err := os.MkdirAll(s.StateDir, 0o700); err != nil {
			return stateError("make the state folder", err)
		}
		lock := flock.New(path + ".lock")
		if err := lock.Lock(); err != nil {
			return stateError("lock the list of audiences", err)
		}
		defer func() { err = errors.Join(err, lock.Unlock()) }()
	}
	c, err := readClaims(path)
	if err != nil {
		return err
	}
	key := strings.ToLower(account + "/" + audience)
	other, taken := c.Audiences[key]
	if taken && other != connection {
		name, _, _ := eddy.PartOf(other)
		if _, ok := s.Connections[name]; ok {
			return &eddy.Error{
				Code: eddy.CodeConflict, What: fmt.Sprintf("connection %s: audience %s is already fed by connection %s", connection, audience, other),
				Mend: "One audience is fed by exactly one connection: each would remove the other's people. Choose another audience, or combine the models.",
			}
		}
		return &eddy.Error{
			Code: eddy.CodeConflict, What: fmt.Sprintf("connection %s: audience %s is fed by connection %s, which is not in %s", connection, audience, other, s.Path),
			Mend: fmt.Sprintf("One audience is fed by exactly one connection. If %[1]s was renamed, give it its name back: what it holds is kept under that name. If it is gone for good, delete its line in %[2]s; the people it added stay in the audience.", other, path),
		}
	}
	if taken || !take {
		return nil
	}
	maps.DeleteFunc(c.Audiences, func(_, who string) bool { return who == connection }) // it moved on
	c.Audiences[key] = connection
	data, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(path+".new", append(data, '\n'), 0o600); err != nil {
		return stateError("write the list of audiences", err)
	}
	return os.Rename(path+".new", path)
}

func readClaims(path string) (claims, error) {
	c := claims{Audiences: map[string]string{}}
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return c, stateError("read the list of audiences", err)
	}
	if err := json.Unmarshal(data, &c); err != nil || c.Audiences == nil {
		return c, &eddy.Error{
			Code: eddy.CodeSource, What: "the list of audiences in " + path + " is damaged",
			Mend: "Restore the file, or delete it: each connection then notes its audience again on its next run.",
		}
	}
	return c, nil
}
