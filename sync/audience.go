package sync

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/destination"
	"github.com/eddy-retl/eddy/ledger"
)

// audience is what a connection feeds, or comes to feed.
type audience struct {
	*flow
	api   destination.Audiences
	feeds []ledger.Feed
	own   ledger.Feed
	// feed is the audience whose members the run compares with.
	feed ledger.Feed
	// found is the audience as the destination has it, if it is there.
	found destination.AudienceInfo
	// take notes that this connection feeds it, and makes it if it must: only once the run is
	// about to send.
	take func(context.Context) error
}

// findAudience settles which audience the connection feeds, and refuses one that
// another connection feeds.
func (f *flow) findAudience(ctx context.Context) (*audience, error) {
	if err := united(ctx, f); err != nil {
		return nil, err
	}
	want := f.job.Connection.Audience
	audiences, ok := f.job.Destination.(destination.Audiences)
	a := &audience{flow: f, api: audiences, feeds: f.l.Feeds(), own: f.l.Feed()}
	switch {
	case !ok:
		a.feed = ledger.Feed{Account: f.job.Account, AudienceID: want.ID}
		a.take = func(ctx context.Context) error { return a.fed(ctx, want.ID) }
		return a, nil
	case want.ID != "":
		return a, a.existing(ctx, want.ID)
	default:
		return a, a.created(ctx, *want.Create)
	}
}

// existing takes an audience by its id.
func (a *audience) existing(ctx context.Context, id string) error {
	if err := a.mine(id); err != nil {
		return err
	}
	if err := a.moved(ctx, id); err != nil {
		return err
	}
	found, err := a.api.ReadAudience(ctx, id)
	if err != nil {
		return err
	}
	a.found, a.run.AudienceID = found, id
	a.feed = ledger.Feed{Account: a.job.Account, AudienceID: id}
	a.take = func(ctx context.Context) error { return a.fed(ctx, id) }
	return nil
}

// mine refuses an audience that another connection feeds.
func (a *audience) mine(id string) error {
	for _, x := range a.feeds {
		if !x.Left && x.Connection != a.own.Connection && strings.EqualFold(x.AudienceID, id) && strings.EqualFold(x.Account, a.job.Account) {
			return &eddy.Error{
				Code: eddy.CodeConflict,
				What: fmt.Sprintf("connection %s: audience %s is already fed by connection %s", a.own.Connection, id, x.Connection),
				Mend: "One audience is fed by exactly one connection: each would remove the other's people. Choose another audience, or combine the models.",
			}
		}
	}
	if a.job.Claim != nil {
		return a.job.Claim(a.job.Connection.Name, a.job.Account, id, false)
	}
	return nil
}

// moved stops a connection that fed another audience before: its members would stay
// there with nobody to remove them.
func (a *audience) moved(ctx context.Context, id string) error {
	same := a.own.AudienceID == "" || a.own.Left || strings.EqualFold(a.own.AudienceID, id) && strings.EqualFold(a.own.Account, a.job.Account)
	if same || a.job.Approve {
		return nil
	}
	held, err := a.l.Members(ctx, a.own)
	if err != nil || held == 0 {
		return err
	}
	return &eddy.Error{
		Code: eddy.CodeApproval,
		What: fmt.Sprintf("connection %s: it fed audience %s of account %s (%s held) and now names audience %s", a.own.Connection, a.own.AudienceID, a.own.Account, eddy.Plural(held, "record"), id),
		Mend: "The people in the old audience stay there unless you remove them first (a model without rows and --approve) or delete that audience. Then run with --approve to fill the new one.",
	}
}

// fed remembers which audience the connection feeds.
func (a *audience) fed(ctx context.Context, id string) error {
	if a.job.Claim != nil {
		if err := a.job.Claim(a.job.Connection.Name, a.job.Account, id, true); err != nil {
			return err
		}
	}
	a.run.AudienceID = id
	if strings.EqualFold(a.own.AudienceID, id) && strings.EqualFold(a.own.Account, a.job.Account) && a.own.Creating == "" && !a.own.Left {
		return nil
	}
	return a.l.SetFeed(ctx, ledger.Feed{Account: a.job.Account, AudienceID: id})
}

// created takes the audience that this connection made before, or makes it.
func (a *audience) created(ctx context.Context, want eddy.NewAudience) error {
	if a.job.gone && a.own.Left {
		return a.nobody()
	}
	if a.own.AudienceID != "" && strings.EqualFold(a.own.Account, a.job.Account) {
		err := a.existing(ctx, a.own.AudienceID)
		if gone, ok := errors.AsType[interface {
			error
			NotFound() bool
		}](err); !ok || !gone.NotFound() {
			return err
		}
		if a.job.gone {
			return a.nobody()
		}
		if err := a.deleted(); err != nil {
			return err
		}
	} else if err := a.moved(ctx, "a new one"); err != nil {
		return err
	}
	found, err := a.named(ctx, want.Name)
	if err != nil {
		return err
	}
	if found != "" && a.own.Creating == want.Name {
		// A run died between making the audience and learning its id.
		return a.existing(ctx, found)
	}
	if a.job.gone {
		return a.nobody()
	}
	if found != "" {
		return &eddy.Error{
			Code: eddy.CodeConflict,
			What: fmt.Sprintf("connection %s: an audience named %q already exists in account %s", a.own.Connection, want.Name, a.job.Account),
			Mend: fmt.Sprintf("To feed that one, write audience: {id: %s}; else choose another name.", found),
		}
	}
	a.run.AudienceID = ""
	a.feed = ledger.Feed{Account: a.job.Account, Creating: want.Name}
	a.take = func(ctx context.Context) error { return a.make(ctx, want) }
	return nil
}

// nobody is in the audience of a part whose value is gone: it was deleted, was left, or never came to
// be, and none is made. That it is left is put on record, so that it is not looked for again.
func (a *audience) nobody() error {
	a.run.AudienceID, a.feed, a.take = "", ledger.Feed{}, a.l.Leave
	return nil
}

// deleted stops a connection whose own audience was deleted on X: to make another one is
// for a person to say.
func (a *audience) deleted() error {
	if a.job.Approve {
		return nil
	}
	return &eddy.Error{
		Code: eddy.CodeApproval,
		What: fmt.Sprintf("connection %s: audience %s, which it made, was deleted on X", a.own.Connection, a.own.AudienceID),
		Mend: "To make a new one and fill it, give audience.create another name (X never lets a deleted audience's name be used again) and run with --approve.",
	}
}

func (a *audience) make(ctx context.Context, want eddy.NewAudience) error {
	intent := ledger.Feed{Account: a.job.Account, Creating: want.Name}
	if err := a.l.SetFeed(ctx, intent); err != nil {
		return err
	}
	made, err := a.api.CreateAudience(ctx, want.Name, want.Description)
	if err != nil {
		return err
	}
	a.own = intent
	return a.fed(ctx, made.ID)
}

// seal puts the changes on record as complete.
func (a *audience) seal(ctx context.Context) (*ledger.Sealed, error) {
	a.progress.ToSend = a.leaves.sends()
	a.tell("seal")
	if err := a.take(ctx); err != nil {
		return nil, err
	}
	a.changes.Feed(a.l.Feed())
	// A seal that failed may be on record all the same, or come to be: from here on the
	// changes stay, and the next run reads which it was. One that was refused is not.
	sealed, err := a.changes.Seal(ctx)
	if eddy.ErrorCode(err) != eddy.CodeConflict {
		a.reached = sealing
	}
	return sealed, err
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
