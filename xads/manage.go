package xads

import (
	"context"
	"errors"
	"net/http"
	"net/url"
)

// Parameters of POST and PUT travel in the query, as in X's own samples and SDKs
// (X Ads API docs, Audiences reference).
const (
	audiencesEndpoint = "accounts/:account_id/custom_audiences"
	audienceEndpoint  = audiencesEndpoint + "/:custom_audience_id"
)

// Audience reads one audience. A deleted one is an error for which
// [Error.NotFound] is true.
func (c *Client) Audience(ctx context.Context, account, id string) (Audience, error) {
	return c.audience(ctx, newCall(http.MethodGet, audienceEndpoint, account, id))
}

// CreateAudience makes an empty audience. The name must be new in the account, and
// not that of a deleted audience either. When the error says MaybeApplied, the
// audience may exist all the same, also if X then refused the name as taken: look it
// up with [Client.FindAudiences].
func (c *Client) CreateAudience(ctx context.Context, account, name, description string) (Audience, error) {
	call := newCall(http.MethodPost, audiencesEndpoint, account)
	call.query = url.Values{"name": {name}}
	if description != "" {
		call.query.Set("description", description)
	}
	call.once = true // done twice, it is refused the second time
	return c.named(ctx, call, name)
}

// RenameAudience changes the name, and nothing else.
func (c *Client) RenameAudience(ctx context.Context, account, id, name string) (Audience, error) {
	call := newCall(http.MethodPut, audienceEndpoint, account, id)
	call.query = url.Values{"name": {name}}
	return c.named(ctx, call, name)
}

// DeleteAudience deletes an audience for good, and returns it as it was last. Tried
// again after silence, it may find its own work done: NotFound with MaybeApplied.
func (c *Client) DeleteAudience(ctx context.Context, account, id string) (Audience, error) {
	return c.audience(ctx, newCall(http.MethodDelete, audienceEndpoint, account, id))
}

// named refuses an empty name here: on a PUT, X would take it as a wish to unset it.
func (c *Client) named(ctx context.Context, k call, name string) (Audience, error) {
	if name == "" {
		return Audience{}, k.fail(errors.New("the audience needs a name"))
	}
	return c.audience(ctx, k)
}

func (c *Client) audience(ctx context.Context, k call) (Audience, error) {
	var a Audience
	k.decode = func(body []byte) error {
		var wire audienceJSON
		err := readOne(body, &wire)
		if err == nil {
			a, err = wire.audience()
		}
		return err
	}
	err := c.do(ctx, k)
	return a, err
}
