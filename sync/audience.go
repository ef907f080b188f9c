package sync

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/destination"
	"github.com/eddy-retl/eddy/warehouse"
)

// findAudience settles which audience the connection feeds, and refuses one that
// another connection feeds. The function it returns gives the audience's id, and makes
// the audience if it must: only once the run is about to send.
func (f *flow) findAudience(ctx context.Context) (func(context.Context) (string, error), error) {
	feeds, err := f.st.Feeds(ctx)
	if err != nil {
		return nil, err
	}
	own := warehouse.Feed{Connection: f.job.Connection.Name, Account: f.job.Account}
	for _, x := range feeds {
		if x.Connection == own.Connection {
			own = x
		}
	}
	want := f.job.Connection.Audience
	audiences, ok := f.job.Destination.(destination.Audiences)
	if !ok {
		return func(context.Context) (string, error) { return want.ID, nil }, nil
	}
	a := &audience{flow: f, api: audiences, feeds: feeds, own: own}
	if want.ID != "" {
		return a.existing(ctx, want.ID)
	}
	return a.created(ctx, *want.Create)
}

// audience is the search for a connection's audience.
type audience struct {
	*flow
	api   destination.Audiences
	feeds []warehouse.Feed
	own   warehouse.Feed
}

// existing takes an audience by its id.
func (a *audience) existing(ctx context.Context, id string) (func(context.Context) (string, error), error) {
	if err := a.mine(id); err != nil {
		return nil, err
	}
	if err := a.moved(ctx, id); err != nil {
		return nil, err
	}
	if _, err := a.api.ReadAudience(ctx, id); err != nil {
		return nil, err
	}
	a.run.AudienceID = id
	return func(ctx context.Context) (string, error) { return id, a.feed(ctx, id) }, nil
}

// mine refuses an audience that another connection feeds.
func (a *audience) mine(id string) error {
	for _, x := range a.feeds {
		if x.Connection != a.own.Connection && strings.EqualFold(x.AudienceID, id) && strings.EqualFold(x.Account, a.job.Account) {
			return &eddy.Error{
				Code: eddy.CodeConflict,
				What: fmt.Sprintf("connection %s: audience %s is already fed by connection %s", a.own.Connection, id, x.Connection),
				Mend: "One audience is fed by exactly one connection: each would remove the other's people. Choose another audience, or combine the models.",
			}
		}
	}
	if a.job.Claim != nil {
		return a.job.Claim(a.job.Account, id, false)
	}
	return nil
}

// moved stops a connection that fed another audience before: its members would stay
// there with nobody to remove them.
func (a *audience) moved(ctx context.Context, id string) error {
	same := a.own.AudienceID == "" || strings.EqualFold(a.own.AudienceID, id) && strings.EqualFold(a.own.Account, a.job.Account)
	if same {
		return nil
	}
	held, err := a.st.HeldRecords(ctx)
	if err != nil || held == 0 {
		return err
	}
	if a.job.Approve {
		return a.st.Forget(ctx)
	}
	return &eddy.Error{
		Code: eddy.CodeApproval,
		What: fmt.Sprintf("connection %s: it fed audience %s of account %s (%d records held) and now names audience %s", a.own.Connection, a.own.AudienceID, a.own.Account, held, id),
		Mend: "The people in the old audience stay there unless you remove them first (a model without rows and --approve) or delete that audience. Then run with --approve to fill the new one.",
	}
}

// feed remembers which audience the connection feeds.
func (a *audience) feed(ctx context.Context, id string) error {
	if a.job.Claim != nil {
		if err := a.job.Claim(a.job.Account, id, true); err != nil {
			return err
		}
	}
	if strings.EqualFold(a.own.AudienceID, id) && strings.EqualFold(a.own.Account, a.job.Account) && a.own.Creating == "" {
		return nil
	}
	return a.st.SetFeed(ctx, warehouse.Feed{Connection: a.own.Connection, Account: a.job.Account, AudienceID: id})
}

// created takes the audience that this connection made before, or makes it.
func (a *audience) created(ctx context.Context, want eddy.NewAudience) (func(context.Context) (string, error), error) {
	if a.own.AudienceID != "" && strings.EqualFold(a.own.Account, a.job.Account) {
		take, err := a.existing(ctx, a.own.AudienceID)
		if gone, ok := errors.AsType[interface {
			error
			NotFound() bool
		}](err); !ok || !gone.NotFound() {
			return take, err
		}
		if err := a.lost(ctx); err != nil {
			return nil, err
		}
	} else if err := a.moved(ctx, "a new one"); err != nil {
		return nil, err
	}
	found, err := a.named(ctx, want.Name)
	if err != nil {
		return nil, err
	}
	if found != "" && a.own.Creating == want.Name {
		// A run died between making the audience and learning its id.
		return a.existing(ctx, found)
	}
	if found != "" {
		return nil, &eddy.Error{
			Code: eddy.CodeConflict,
			What: fmt.Sprintf("connection %s: an audience named %q already exists in account %s", a.own.Connection, want.Name, a.job.Account),
			Mend: fmt.Sprintf("To feed that one, write audience: {id: %s}; else choose another name.", found),
		}
	}
	return func(ctx context.Context) (string, error) { return a.make(ctx, want) }, nil
}

// lost stops a connection whose own audience was deleted on X: to make another one is for
// a person to say.
func (a *audience) lost(ctx context.Context) error {
	if a.job.Approve {
		return a.st.Forget(ctx)
	}
	return &eddy.Error{
		Code: eddy.CodeApproval,
		What: fmt.Sprintf("connection %s: audience %s, which it made, was deleted on X", a.own.Connection, a.own.AudienceID),
		Mend: "To make a new one and fill it, give audience.create another name (X never lets a deleted audience's name be used again) and run with --approve.",
	}
}

func (a *audience) make(ctx context.Context, want eddy.NewAudience) (string, error) {
	intent := warehouse.Feed{Connection: a.own.Connection, Account: a.job.Account, Creating: want.Name}
	if err := a.st.SetFeed(ctx, intent); err != nil {
		return "", err
	}
	made, err := a.api.CreateAudience(ctx, want.Name, want.Description)
	if err != nil {
		return "", err
	}
	a.own = intent
	return made.ID, a.feed(ctx, made.ID)
}

// named finds an audience of the account by its name, which is unique in it.
func (a *audience) named(ctx context.Context, name string) (string, error) {
	all, err := a.api.ListAudiences(ctx)
	if err != nil {
		return "", err
	}
	for _, x := range all {
		if strings.EqualFold(x.Name, name) && !x.Deleted {
			return x.ID, nil
		}
	}
	return "", nil
}
