package xaudience

import (
	"context"
	"errors"
	"strings"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/destination"
	"github.com/eddy-retl/eddy/xads"
)

// mostUses is how many line items, and accounts, are told of one audience.
const mostUses = 1000

// AudienceUse tells which campaigns use an audience, and which accounts share it.
func (d *Destination) AudienceUse(ctx context.Context, id string) (destination.AudienceUse, error) {
	out := destination.AudienceUse{Campaigns: []destination.Campaign{}}
	a, err := d.client.Audience(ctx, d.account, id)
	if err == nil && a.Deleted {
		err = errors.New("the audience is deleted")
	}
	if err != nil {
		return out, adviseAudience(err, "read", d.account, id)
	}
	out.Owner, out.ReadOnly = eddy.Visible(a.Owner), a.Permission == "READ_ONLY"
	out.Mine = strings.EqualFold(a.Owner, d.account)
	if err := d.campaigns(ctx, id, &out); err != nil {
		return out, adviseAudience(err, "ask which campaigns use", d.account, id)
	}
	if out.Mine {
		out.SharedWith, err = d.shares(ctx, id)
	}
	if err != nil {
		return out, adviseAudience(err, "ask who shares", d.account, id)
	}
	return out, nil
}

// campaigns adds those that use an audience, as many as are told.
func (d *Destination) campaigns(ctx context.Context, id string, out *destination.AudienceUse) error {
	items := 0
	for c, err := range d.client.Targeted(ctx, d.account, id) {
		if err != nil {
			return err
		}
		if items += max(1, len(c.LineItems)); items > mostUses {
			out.More = true
			return nil
		}
		told := destination.Campaign{ID: eddy.Visible(c.ID), Name: eddy.Visible(c.Name), LineItems: []destination.LineItem{}}
		for _, l := range c.LineItems {
			told.LineItems = append(told.LineItems, destination.LineItem{ID: eddy.Visible(l.ID), Name: eddy.Visible(l.Name), Servable: l.Servable})
		}
		out.Campaigns = append(out.Campaigns, told)
	}
	return nil
}

// shares are the accounts that an audience was given to; nil where X does not tell this
// account, which is no fault of the audience.
func (d *Destination) shares(ctx context.Context, id string) ([]destination.Share, error) {
	shares := []destination.Share{}
	for p, err := range d.client.Permissions(ctx, d.account, id) {
		if x, ok := errors.AsType[*xads.Error](err); ok && (x.Forbidden() || x.NotFound()) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		if shares = append(shares, destination.Share{Account: eddy.Visible(p.Account), ReadOnly: p.Level == "READ_ONLY"}); len(shares) == mostUses {
			break
		}
	}
	return shares, nil
}
