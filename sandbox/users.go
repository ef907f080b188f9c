package sandbox

import (
	"errors"
	"io"
	"mime"
	"net/http"
)

// usersBody is the answer to a users call that worked.
type usersBody struct {
	Request requestObject `json:"request"`
	Data    struct {
		SuccessCount int `json:"success_count"`
		TotalCount   int `json:"total_count"`
	} `json:"data"`
}

// postUsers adds and removes members: all operations of a request or none.
func (s *Server) postUsers(c *call) reply {
	a, refusal := s.writable(c)
	if refusal != nil {
		return *refusal
	}
	media, _, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if err != nil || media != "application/json" {
		return c.refuse(http.StatusUnsupportedMediaType,
			apiError{Code: codeUnsupported, Message: "The Content-Type must be application/json"})
	}
	if s.cfg.CountOnly {
		return s.countUsers(c)
	}
	b := parse(c.body, s.rules)
	c.note(b, s.cfg.LogIdentities)
	s.refusePast(b)
	if b.failed() {
		return s.usersFailure(c, b)
	}
	if poison := s.faults.poisoned(c, b); poison != nil {
		return *poison
	}
	if c.fault.dropsUsers() {
		return s.usersSuccess(c, b.users)
	}
	if !s.apply(c, a, b) {
		return s.audienceNotFound(c)
	}
	return s.usersSuccess(c, b.users)
}

// apply settles the times of the operations and changes the members. It fails if the
// audience was deleted meanwhile.
func (s *Server) apply(c *call, a *audience, b *batch) bool {
	now := s.now()
	for i := range b.operations {
		op := &b.operations[i]
		if !op.hasFrom || s.cfg.FutureCountsNow {
			op.from = 0
		}
		if !op.hasUntil {
			op.until = now.AddDate(0, s.cfg.DefaultMonths, 0).Unix()
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.deleted {
		return false
	}
	a.members.apply(b, s.cfg.Person)
	if a.pending.IsZero() {
		a.pending = now
	}
	c.log.Applied = true
	return true
}

// refusePast notes what has already expired, where the configuration minds.
func (s *Server) refusePast(b *batch) {
	if !s.cfg.RefusePast {
		return
	}
	now := s.now().Unix()
	for i := range b.operations {
		if op := &b.operations[i]; op.hasUntil && op.until <= now {
			op.errors = append(op.errors, invalid("expires_at", "expires_at has passed"))
		}
	}
}

func (s *Server) usersSuccess(c *call, n int) reply {
	var body usersBody
	body.Request.Params = c.echo
	success, total := c.fault.countsOff()
	body.Data.SuccessCount, body.Data.TotalCount = n+success, n+total
	return jsonReply(s.cfg.UsersStatus, body)
}

// note writes what was sent into the request log.
func (c *call) note(b *batch, identities bool) {
	c.log.Operations, c.log.Users = len(b.operations), b.users
	c.log.Unmatched, c.log.UnknownKeys = b.unmatched, b.unknown
	for _, op := range b.operations {
		if op.remove {
			c.log.Deletes += op.users
		} else {
			c.log.Updates += op.users
		}
		if !identities {
			continue
		}
		for _, id := range b.identities[op.first:op.end] {
			if op.remove {
				c.log.Deleted = append(c.log.Deleted, b.format(id))
			} else {
				c.log.Updated = append(c.log.Updated, b.format(id))
			}
		}
	}
}

// countUsers is the counting mode: the body streams by and is not kept.
func (s *Server) countUsers(c *call) reply {
	limited := io.Reader(&io.LimitedReader{R: c.r.Body, N: int64(s.cfg.MaxBytes) + 1})
	sum := c.bodyHash()
	if sum != nil {
		limited = io.TeeReader(limited, sum)
	}
	counted, err := count(limited, c.body)
	c.log.Bytes, c.log.Operations, c.log.Users = counted.bytes, counted.operations, counted.users
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return c.refuse(http.StatusBadRequest, invalid("", "The body could not be read"))
	case counted.bytes > int64(s.cfg.MaxBytes):
		return s.oversize(c)
	}
	if sum != nil {
		if refusal := s.checkSum(c, sum.Sum(nil)); refusal != nil {
			return *refusal
		}
	}
	c.log.Applied = true
	return s.usersSuccess(c, counted.users)
}
