package xads

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"net/url"
)

// Campaign is a campaign of the account that uses an audience, with those of its line
// items that do (X Ads API docs, Audiences reference, targeted).
type Campaign struct {
	ID, Name  string
	LineItems []LineItem
}

// LineItem is a part of a campaign that targets or excludes an audience.
type LineItem struct {
	ID, Name string
	// Servable says that it can be shown to people now.
	Servable bool
}

type campaignJSON struct {
	ID        lenientString  `json:"campaign_id"`
	Name      lenientString  `json:"campaign_name"`
	LineItems []lineItemJSON `json:"line_items"`
}

type lineItemJSON struct {
	ID       lenientString `json:"id"`
	Name     lenientString `json:"name"`
	Servable lenientBool   `json:"servable"`
}

func (c campaignJSON) toCampaign() (Campaign, error) {
	if c.ID == "" {
		return Campaign{}, errors.New("the answer holds a campaign without an id")
	}
	out := Campaign{ID: string(c.ID), Name: string(c.Name)}
	for _, l := range c.LineItems {
		out.LineItems = append(out.LineItems, LineItem{ID: string(l.ID), Name: string(l.Name), Servable: bool(l.Servable)})
	}
	return out, nil
}

// Targeted lists the campaigns that use an audience, page after page as they are asked for,
// those too that cannot be shown to anybody now. The first error is the last thing it yields.
func (c *Client) Targeted(ctx context.Context, account, id string) iter.Seq2[Campaign, error] {
	call := newCall(http.MethodGet, audienceEndpoint+"/targeted", account, id)
	call.query = url.Values{"with_active": {"false"}} // X names what can be shown alone otherwise
	return each(listPages(ctx, c, call, campaignJSON.toCampaign))
}

// Permission is what another account may do with an audience (X Ads API docs, Audience
// permissions reference).
type Permission struct {
	// Account is the one that it was given to.
	Account string
	// Level is READ_ONLY or READ_WRITE.
	Level string
}

type permissionJSON struct {
	Account lenientString `json:"granted_account_id"`
	Level   lenientString `json:"permission_level"`
}

func (p permissionJSON) toPermission() (Permission, error) {
	if p.Account == "" {
		return Permission{}, errors.New("the answer holds a permission without an account")
	}
	return Permission{Account: string(p.Account), Level: string(p.Level)}, nil
}

// Permissions lists the accounts that an audience of this one is shared with, page after
// page as they are asked for. The first error is the last thing it yields.
func (c *Client) Permissions(ctx context.Context, account, id string) iter.Seq2[Permission, error] {
	call := newCall(http.MethodGet, audienceEndpoint+"/permissions", account, id)
	call.query = url.Values{"count": {"1000"}}
	return each(listPages(ctx, c, call, permissionJSON.toPermission))
}
