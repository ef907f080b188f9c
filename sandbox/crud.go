package sandbox

import (
	"errors"
	"net/http"
	"strings"
	"unicode/utf8"
)

// dataBody is the answer about one thing.
type dataBody struct {
	Data    any           `json:"data"`
	Request requestObject `json:"request"`
}

func (c *call) ok(status int, data any) reply {
	return jsonReply(status, dataBody{data, requestObject{c.echo}})
}

// handle is the endpoint behind a call that passed all gates.
func (s *Server) handle(c *call) reply {
	switch c.route.endpoint {
	case accountList:
		return s.listAccounts(c)
	case oneAccount:
		return s.getAccount(c)
	case userAccess:
		return c.ok(http.StatusOK, map[string]any{
			"user_id": "2417045708", "permissions": []string{"ACCOUNT_ADMIN", "TWEET_COMPOSER"},
		})
	case users:
		return s.postUsers(c)
	case targeted:
		return s.getTargeted(c)
	case permissions:
		return s.getPermissions(c)
	case audienceList:
		if c.r.Method == http.MethodPost {
			return s.createAudience(c)
		}
		return s.listAudiences(c)
	}
	switch c.r.Method {
	case http.MethodPut:
		return s.updateAudience(c)
	case http.MethodDelete:
		return s.deleteAudience(c)
	}
	return s.getAudience(c)
}

func (s *Server) audienceNotFound(c *call) reply {
	return c.refuse(http.StatusNotFound, apiError{
		Code: s.cfg.AudienceNotFoundCode, Message: "Custom audience " + c.route.audience + " was not found",
	})
}

// visible finds the audience of the path, if the account may see it.
func (s *Server) visible(c *call, withDeleted bool) (*audience, *reply) {
	a := s.find(c.route.audience)
	if a != nil {
		a.mu.Lock()
		defer a.mu.Unlock()
	}
	if a == nil || a.level(c.account) == "" || a.deleted && !withDeleted {
		r := s.audienceNotFound(c)
		return nil, &r
	}
	return a, nil
}

// writable finds the audience of the path, if the account may change it.
func (s *Server) writable(c *call) (*audience, *reply) {
	a, refusal := s.visible(c, false)
	if refusal != nil {
		return nil, refusal
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.level(c.account) != readWrite {
		r := c.refuse(http.StatusForbidden, apiError{
			Code: codeNotAllowed, Message: "The account has no permission to change this audience",
		})
		return nil, &r
	}
	return a, nil
}

func (s *Server) getAudience(c *call) reply {
	with, bad := c.flag("with_deleted")
	if bad != nil {
		return c.refuse(http.StatusBadRequest, *bad)
	}
	a, refusal := s.visible(c, with)
	if refusal != nil {
		return *refusal
	}
	return c.ok(http.StatusOK, s.entity(a, c.account))
}

func (s *Server) createAudience(c *call) reply {
	name, given := c.params["name"]
	if !given {
		return c.refuse(http.StatusBadRequest, missing("name", "name is required"))
	}
	c.echo["name"] = name
	var description *string
	if d := c.params["description"]; d != "" {
		description = &d
		c.echo["description"] = d
	}
	if bad := s.checkName(name); bad != nil {
		return c.refuse(http.StatusBadRequest, *bad)
	}
	a, err := s.create(c.account, name, description)
	if errors.Is(err, errNameTaken) {
		return s.duplicateName(c)
	}
	if err != nil { // the account went away in a reset
		return c.refuse(http.StatusForbidden, apiError{Code: s.cfg.AccountNotFoundCode, Message: err.Error()})
	}
	return c.ok(http.StatusCreated, s.entity(a, c.account))
}

func (s *Server) checkName(name string) *apiError {
	var bad apiError
	switch n := utf8.RuneCountInString(name); {
	case strings.TrimSpace(name) == "":
		bad = missing("name", "name is empty")
	case n > s.cfg.MaxName:
		bad = invalid("name", "name has %d characters, the limit is %d", n, s.cfg.MaxName)
	case !utf8.ValidString(name):
		bad = invalid("name", "name is not valid UTF-8")
	default:
		return nil
	}
	return &bad
}

func (s *Server) duplicateName(c *call) reply {
	return c.refuse(http.StatusBadRequest, apiError{
		Code: s.cfg.DuplicateNameCode, Parameter: "name",
		Message: "An audience of this account has or had this name",
	})
}

// updateAudience changes what is given; an empty description unsets it.
func (s *Server) updateAudience(c *call) reply {
	a, refusal := s.writable(c)
	if refusal != nil {
		return *refusal
	}
	name, renames := c.params["name"]
	description, describes := c.params["description"]
	if renames {
		c.echo["name"] = name
		if bad := s.checkName(name); bad != nil {
			return c.refuse(http.StatusBadRequest, *bad)
		}
		if !s.rename(a, name) {
			return s.duplicateName(c)
		}
	}
	if describes {
		c.echo["description"] = description
	}
	s.change(a, func() {
		if describes {
			a.description = nil
			if description != "" {
				a.description = &description
			}
		}
	})
	return c.ok(http.StatusOK, s.entity(a, c.account))
}

// rename gives an audience a name that no other has or had.
func (s *Server) rename(a *audience, name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	owner := s.account(a.owner)
	if owner == nil { // a reset came between the gate and here
		return false
	}
	names := owner.names
	key := s.nameKey(name)
	if other := names[key]; other != "" && other != a.id {
		return false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	// Only names of deleted audiences are lost: this one's old name is free again.
	delete(names, s.nameKey(a.name))
	names[key], a.name = a.id, name
	return true
}

// change does something to an audience and notes the time.
func (s *Server) change(a *audience, do func()) {
	now := s.now()
	a.mu.Lock()
	defer a.mu.Unlock()
	do()
	a.updated = now
}

// deleteAudience keeps the audience for with_deleted, and lets its members go.
func (s *Server) deleteAudience(c *call) reply {
	a, refusal := s.writable(c)
	if refusal != nil {
		return *refusal
	}
	s.change(a, func() { a.deleted, a.members = true, newMembers() })
	return c.ok(http.StatusOK, s.entity(a, c.account))
}
