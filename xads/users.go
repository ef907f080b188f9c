package xads

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// Limits of one [Client.Users] request (X Ads API docs, Custom Audience Users).
// The client does not enforce them; whoever builds the body does.
const (
	// MaxOperations is the most operations, not users, that one body may hold.
	MaxOperations = 2500
	// MaxBodyBytes is the longest body; these are decimal megabytes.
	MaxBodyBytes = 5_000_000
)

// UsersReply is X's answer to [Client.Users]: user objects over all operations of
// the request, additions and removals alike. Both counts must equal the users sent;
// if not, the whole request counts as failed and is to be sent again (X Ads API
// docs, Custom Audience Users). The caller knows how many were sent, and compares.
type UsersReply struct {
	Success, Total int
}

// Users adds people to an audience and removes them. The body is a JSON array of
// operations within [MaxOperations] and [MaxBodyBytes]; it is sent as it is, and
// must not be changed before Users returns. X takes or refuses it as a whole.
//
// A refusal because of single operations fills [Error.OperationErrors]. The same
// body may always be sent again.
func (c *Client) Users(ctx context.Context, account, audience string, body []byte) (UsersReply, error) {
	call := newCall(http.MethodPost, audienceEndpoint+"/users", account, audience)
	call.body = body
	call.carriesPeople = true
	// The limit is documented for this endpoint, in the guide per account.
	call.limit = rateLimit{key: "users " + account, calls: 1500, window: time.Minute}
	var reply UsersReply
	call.decode = func(body []byte) error {
		var err error
		reply, err = readCounts(body)
		return err
	}
	if len(body) == 0 {
		return reply, call.newError(errors.New("the body is empty"))
	}
	err := c.sendWithRetries(ctx, call)
	return reply, err
}

func readCounts(body []byte) (UsersReply, error) {
	var counts struct {
		Success lenientInt `json:"success_count"`
		Total   lenientInt `json:"total_count"`
	}
	if err := readObject(body, &counts); err != nil {
		return UsersReply{}, err
	}
	if !counts.Success.ok || !counts.Total.ok {
		return UsersReply{}, errors.New("the answer lacks success_count or total_count")
	}
	return UsersReply{Success: int(counts.Success.n), Total: int(counts.Total.n)}, nil
}
