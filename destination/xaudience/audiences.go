package xaudience

import (
	"context"
	"errors"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/destination"
	"github.com/eddy-retl/eddy/xads"
)

// ListAudiences lists the audiences that the account owns, without deleted ones.
func (d *Destination) ListAudiences(ctx context.Context) ([]destination.AudienceInfo, error) {
	var all []destination.AudienceInfo
	for a, err := range d.client.Audiences(ctx, d.account, xads.ListOptions{}) {
		if err != nil {
			return nil, adviseName(&eddy.Error{Code: eddy.CodeDestination, What: "list audiences of account " + d.account, Err: err})
		}
		all = append(all, audienceInfo(a))
	}
	return all, nil
}

// ReadAudience reads one audience; one that X does not have is an error with advice.
func (d *Destination) ReadAudience(ctx context.Context, id string) (destination.AudienceInfo, error) {
	a, err := d.client.Audience(ctx, d.account, id)
	if err == nil && a.Deleted {
		err = errors.New("the audience is deleted")
	}
	return d.one(a, err, "read", id)
}

// CreateAudience makes an audience. X takes a name only once in an account, and not
// again after its audience was deleted. When no answer tells whether it was made, it is
// looked for by name.
func (d *Destination) CreateAudience(ctx context.Context, name, description string) (destination.AudienceInfo, error) {
	if err := errors.Join(eddy.CheckName("an audience", name), eddy.CheckName("an audience, the description,", description)); err != nil {
		return destination.AudienceInfo{}, err
	}
	began := time.Now()
	a, err := d.client.CreateAudience(ctx, d.account, name, description)
	if maybeApplied(err) {
		if found, ok := d.justMade(ctx, name, began); ok {
			a, err = found, nil
		}
	}
	if err != nil {
		return destination.AudienceInfo{}, adviseName(&eddy.Error{Code: eddy.CodeDestination, What: "create audience in account " + d.account, Err: err})
	}
	return audienceInfo(a), nil
}

// justMade finds the audience of a name if it is not older than our wish for it. An
// older one is somebody else's list, which must not be mirrored into. Clocks may differ
// by some minutes.
func (d *Destination) justMade(ctx context.Context, name string, began time.Time) (xads.Audience, bool) {
	found, err := d.client.FindAudiences(ctx, d.account, name)
	if err != nil || len(found) != 1 || found[0].CreatedAt.Before(began.Add(-5*time.Minute)) {
		return xads.Audience{}, false
	}
	return found[0], true
}

// RenameAudience gives an audience another name.
func (d *Destination) RenameAudience(ctx context.Context, id, name string) (destination.AudienceInfo, error) {
	if err := eddy.CheckName("an audience", name); err != nil {
		return destination.AudienceInfo{}, err
	}
	a, err := d.client.RenameAudience(ctx, d.account, id, name)
	return d.one(a, err, "rename", id)
}

// DeleteAudience deletes an audience for good. That it is gone when asked again, after
// no answer came the first time, is success.
func (d *Destination) DeleteAudience(ctx context.Context, id string) error {
	_, err := d.client.DeleteAudience(ctx, d.account, id)
	if e, ok := errors.AsType[*xads.Error](err); err == nil || ok && e.NotFound() && e.MaybeApplied() {
		return nil
	}
	return adviseAudience(err, "delete", d.account, id)
}

// maybeApplied reports whether a call may have done its work though it failed.
func maybeApplied(err error) bool {
	e, ok := errors.AsType[*xads.Error](err)
	return ok && e.MaybeApplied()
}

func (d *Destination) one(a xads.Audience, err error, verb, id string) (destination.AudienceInfo, error) {
	if err != nil {
		return destination.AudienceInfo{}, adviseAudience(err, verb, d.account, id)
	}
	return audienceInfo(a), nil
}

// audienceInfo is an audience as people see it: its texts are whoever's who may log in to X.
func audienceInfo(a xads.Audience) destination.AudienceInfo {
	return destination.AudienceInfo{
		ID: a.ID, Name: eddy.Visible(a.Name), Description: eddy.Visible(a.Description), Size: a.Size,
		Targetable: a.Targetable, Reasons: a.Reasons, CreatedAt: a.CreatedAt, Deleted: a.Deleted,
	}
}
