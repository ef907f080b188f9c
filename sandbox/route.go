package sandbox

import (
	"net/http"
	"slices"
	"strings"
)

// route is where a request goes.
type route struct {
	endpoint          endpoint
	account, audience string
}

// endpoint is one kind of path.
type endpoint uint8

const (
	noEndpoint endpoint = iota
	accountList
	oneAccount
	userAccess
	audienceList
	oneAudience
	users
	targeted
	permissions
)

// match finds the endpoint of a path below the version.
func match(method, path string) (route, *reply) {
	seg := strings.Split(strings.TrimSuffix(path, "/"), "/")
	rt := route{}
	if seg[0] == "accounts" {
		rt = below(seg[1:])
	}
	if rt.endpoint == noEndpoint {
		r := refuse(http.StatusNotFound, nil, apiError{Code: codeRouteNotFound, Message: "No route for this path"})
		return rt, &r
	}
	if !rt.endpoint.takes(method) {
		r := refuse(http.StatusMethodNotAllowed, nil,
			apiError{Code: codeMethodNotAllowed, Message: "This path does not take " + method})
		return rt, &r
	}
	return rt, nil
}

// below finds the endpoint of a path below accounts.
func below(seg []string) route {
	if slices.Contains(seg, "") {
		return route{}
	}
	switch len(seg) {
	case 0:
		return route{endpoint: accountList}
	case 1:
		return route{oneAccount, seg[0], ""}
	case 2:
		switch seg[1] {
		case "authenticated_user_access":
			return route{userAccess, seg[0], ""}
		case "custom_audiences":
			return route{audienceList, seg[0], ""}
		}
	case 3:
		if seg[1] == "custom_audiences" {
			return route{oneAudience, seg[0], seg[2]}
		}
	case 4:
		switch {
		case seg[1] == "custom_audiences" && seg[3] == "users":
			return route{users, seg[0], seg[2]}
		case seg[1] == "custom_audiences" && seg[3] == "targeted":
			return route{targeted, seg[0], seg[2]}
		case seg[1] == "custom_audiences" && seg[3] == "permissions":
			return route{permissions, seg[0], seg[2]}
		}
	}
	return route{}
}

// takes says which methods an endpoint has.
func (e endpoint) takes(method string) bool {
	switch e {
	case users:
		return method == http.MethodPost
	case audienceList:
		return method == http.MethodGet || method == http.MethodPost
	case oneAudience:
		return method == http.MethodGet || method == http.MethodPut || method == http.MethodDelete
	}
	return method == http.MethodGet
}

// count books the call with its rate limit and refuses it if that is used up.
func (s *Server) count(c *call) *reply {
	bucket, limit := s.bucket(c)
	now := s.cfg.Now()
	st := s.limits.take(bucket, limit, now)
	if c.route.endpoint == users && s.cfg.WritesCountUsers {
		if w := s.limits.take("writes", s.cfg.Limits.Writes, now); w.over || !st.over && w.remaining < st.remaining {
			st = w
		}
	}
	c.limit = &st
	if !st.over || s.cfg.Limits.Off {
		return nil
	}
	over := refuse(http.StatusTooManyRequests, nil,
		apiError{Code: codeTooManyRequests, Message: "You have exceeded the number of allowed requests."})
	return &over
}

// bucket names the rate limit that a call uses up.
func (s *Server) bucket(c *call) (string, Limit) {
	l := s.cfg.Limits
	switch {
	case c.route.endpoint == users:
		return "users", l.Users
	case c.r.Method != http.MethodGet:
		return "writes", l.Writes
	case isTrue(c.params["with_total_count"]):
		return "total " + c.route.account, l.TotalCount
	case c.route.endpoint == accountList:
		return "accounts", l.GlobalReads
	}
	return string('0'+rune(c.route.endpoint)) + " " + strings.ToLower(c.route.account), l.Reads
}
