package xads

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"
)

// ListOptions choose among the audiences that an account owns; the zero value means
// all of them, without deleted ones (X Ads API docs, Audiences reference).
type ListOptions struct {
	// Prefix that the name must begin with, in any case; 1 to 255 characters.
	Prefix string
	// PageSize is the number of audiences in one request, 1 to 1000; default 1000.
	PageSize int
}

func (o ListOptions) query() url.Values {
	fill(&o.PageSize, 1000)
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
	return func(yield func(Audience, error) bool) {
		for page, err := range pages(ctx, c, call, audienceJSON.audience) {
			if err != nil {
				yield(Audience{}, err)
				return
			}
			for _, a := range page {
				if !yield(a, nil) {
					return
				}
			}
		}
	}
}

// FindAudiences returns the account's own audiences with exactly this name, in any
// case; none is no error. X keeps names unique today, but has not always done so.
func (c *Client) FindAudiences(ctx context.Context, account, name string) ([]Audience, error) {
	var found []Audience
	for a, err := range c.Audiences(ctx, account, ListOptions{Prefix: searchable(name)}) {
		if err != nil {
			return nil, err
		}
		if strings.EqualFold(a.Name, name) {
			found = append(found, a)
		}
	}
	return found, nil
}

// searchable shortens a name to what X takes as a prefix, 255 of its characters;
// bytes are counted, since whichever X counts, those are enough.
func searchable(name string) string {
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
