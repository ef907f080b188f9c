package xads

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Audience is a custom audience. Absent values are zero (X Ads API docs, Audiences
// reference).
type Audience struct {
	ID, Name, Description string
	// Targetable says that campaigns can use it; if not, Reasons say why
	// (PROCESSING and TOO_SMALL are known).
	Targetable bool
	Reasons    []string
	// Size is the number of people matched; nil until X has worked it out, which
	// takes it hours.
	Size *int64
	// Deleted audiences keep their name: it cannot be used again.
	Deleted   bool
	CreatedAt time.Time
	// Owner is the account that it belongs to, and Permission what the one that asked may do
	// with it: READ_ONLY or READ_WRITE.
	Owner, Permission string
}

type audienceJSON struct {
	ID          lenientString  `json:"id"`
	Name        lenientString  `json:"name"`
	Description lenientString  `json:"description"`
	Targetable  lenientBool    `json:"targetable"`
	Reasons     lenientStrings `json:"reasons_not_targetable"`
	Size        lenientInt     `json:"audience_size"`
	Deleted     lenientBool    `json:"deleted"`
	CreatedAt   lenientTime    `json:"created_at"`
	Owner       lenientString  `json:"owner_account_id"`
	Permission  lenientString  `json:"permission_level"`
}

func (a audienceJSON) toAudience() (Audience, error) {
	if a.ID == "" {
		return Audience{}, errors.New("the answer holds an audience without an id")
	}
	return Audience{
		ID: string(a.ID), Name: string(a.Name), Description: string(a.Description),
		Targetable: bool(a.Targetable), Reasons: a.Reasons, Size: a.Size.pointer(),
		Deleted: bool(a.Deleted), CreatedAt: a.CreatedAt.Time,
		Owner: string(a.Owner), Permission: string(a.Permission),
	}, nil
}

// Parameters of POST and PUT travel in the query, as in X's own samples and SDKs
// (X Ads API docs, Audiences reference).
const (
	audiencesEndpoint = "accounts/:account_id/custom_audiences"
	audienceEndpoint  = audiencesEndpoint + "/:custom_audience_id"
)

// Audience reads one audience. A deleted one is an error for which
// [Error.NotFound] is true.
func (c *Client) Audience(ctx context.Context, account, id string) (Audience, error) {
	return c.sendForAudience(ctx, newCall(http.MethodGet, audienceEndpoint, account, id))
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
	call.repeatFails = true // the name is taken then, by the audience itself
	return c.sendNamed(ctx, call, name)
}

// RenameAudience changes the name, and nothing else.
func (c *Client) RenameAudience(ctx context.Context, account, id, name string) (Audience, error) {
	call := newCall(http.MethodPut, audienceEndpoint, account, id)
	call.query = url.Values{"name": {name}}
	return c.sendNamed(ctx, call, name)
}

// DeleteAudience deletes an audience for good, and returns it as it was last. Tried
// again after silence, it may find its own work done: NotFound with MaybeApplied.
func (c *Client) DeleteAudience(ctx context.Context, account, id string) (Audience, error) {
	return c.sendForAudience(ctx, newCall(http.MethodDelete, audienceEndpoint, account, id))
}

// sendNamed refuses an empty name: on a PUT, X would take it as a wish to unset it.
func (c *Client) sendNamed(ctx context.Context, k call, name string) (Audience, error) {
	if name == "" {
		return Audience{}, k.newError(errors.New("the audience needs a name"))
	}
	return c.sendForAudience(ctx, k)
}

// sendForAudience makes a call that X answers with one audience.
func (c *Client) sendForAudience(ctx context.Context, k call) (Audience, error) {
	var a Audience
	k.decode = func(body []byte) error {
		var wire audienceJSON
		err := readObject(body, &wire)
		if err == nil {
			a, err = wire.toAudience()
		}
		return err
	}
	err := c.sendWithRetries(ctx, k)
	return a, err
}

// ListOptions choose among the audiences that an account owns; the zero value means
// all of them, without deleted ones (X Ads API docs, Audiences reference).
type ListOptions struct {
	// Prefix that the name must begin with, in any case; 1 to 255 characters.
	Prefix string
	// PageSize is the number of audiences in one request, 1 to 1000; default 1000.
	PageSize int
}

func (o ListOptions) query() url.Values {
	setDefault(&o.PageSize, 1000)
	q := url.Values{"count": {strconv.Itoa(o.PageSize)}}
	if o.Prefix != "" {
		q.Set("q", o.Prefix)
	}
	return q
}

// Audiences lists audiences of an account, page after page as they are asked for.
// The first error is the last thing it yields.
func (c *Client) Audiences(ctx context.Context, account string, options ListOptions) iter.Seq2[Audience, error] {
	call := newCall(http.MethodGet, audiencesEndpoint, account)
	call.query = options.query()
	return each(listPages(ctx, c, call, audienceJSON.toAudience))
}

// FindAudiences returns the account's own audiences with exactly this name, in any
// case; none is no error. X keeps names unique today, but has not always done so.
func (c *Client) FindAudiences(ctx context.Context, account, name string) ([]Audience, error) {
	var found []Audience
	for a, err := range c.Audiences(ctx, account, ListOptions{Prefix: searchPrefix(name)}) {
		if err != nil {
			return nil, err
		}
		if strings.EqualFold(a.Name, name) {
			found = append(found, a)
		}
	}
	return found, nil
}

// searchPrefix shortens a name to what X takes as a prefix, 255 of its characters;
// bytes are counted, since whichever X counts, those are enough.
func searchPrefix(name string) string {
	const most = 255
	if len(name) <= most {
		return name
	}
	end := most
	for end > 0 && !utf8.RuneStart(name[end]) {
		end--
	}
	return name[:end]
}
