package xaudience

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/destination"
	"github.com/eddy-retl/eddy/xads"
)

// The steps of a check, in order.
const (
	stepReach     = "reach and credentials"
	stepAccount   = "account"
	stepAudiences = "audiences"
	stepClock     = "clock"
)

// clockWindow is how far the clocks may differ. X does not say from when on it refuses the
// time of a request; five minutes are customary with OAuth 1.0a.
const clockWindow = 5 * time.Minute

// Check tests whether X can be reached, takes the credentials, shows the account and
// lets its audiences be read. Listing one audience proves all of it in one call, out of
// a large allowance. Only when that fails are the accounts listed, which X allows five
// times in 15 minutes (documentation, "Rate Limiting"). Of these steps, those after one that
// failed are left out. The last one is the clock, wherever X told the time. Whether audiences
// may be written cannot be tested without writing.
func (d *Destination) Check(ctx context.Context) []destination.CheckStep {
	steps := d.checkAccess(ctx)
	if clock, known := d.Clock(); known {
		steps = append(steps, clock)
	}
	return steps
}

// Clock compares this machine's clock with the Date of X's newest answer.
func (d *Destination) Clock() (step destination.CheckStep, known bool) {
	ahead, known := d.client.ClockSkew()
	step = destination.CheckStep{Name: stepClock, Detail: "agrees with X's"}
	if ahead.Abs() > clockWindow {
		direction := "ahead of"
		if ahead < 0 {
			direction = "behind"
		}
		step = destination.CheckStep{Name: stepClock, Err: &eddy.Error{
			Code: eddy.CodeDestination,
			What: fmt.Sprintf("the clock of this machine is %s %s X's", strings.TrimSuffix(ahead.Abs().Round(time.Minute).String(), "0s"), direction),
			Mend: "X refuses requests whose time is off by minutes. Set the clock, best by NTP (on Linux: timedatectl set-ntp true); a container has the clock of its host.",
		}}
	}
	return step, known
}

// checkAccess tests all but the clock.
func (d *Destination) checkAccess(ctx context.Context) []destination.CheckStep {
	listed := d.listOne(ctx)
	e, answered := errors.AsType[*xads.Error](listed)
	reached := destination.CheckStep{Name: stepReach, Detail: "X answers and takes the credentials"}
	switch {
	case listed == nil:
		return []destination.CheckStep{
			reached,
			{Name: stepAccount, Detail: "account " + d.account + " is visible"},
			{Name: stepAudiences, Detail: "audiences can be read"},
		}
	case !answered || !e.Forbidden() && !e.NotFound():
		return []destination.CheckStep{{Name: stepReach, Err: plainly(listed)}}
	default:
		return d.checkAccount(ctx, reached, listed)
	}
}

// ListAccounts names the ad accounts that the credentials see.
func (d *Destination) ListAccounts(ctx context.Context) ([]string, error) {
	accounts, err := d.client.Accounts(ctx)
	if err != nil {
		return nil, plainly(err)
	}
	names := make([]string, 0, len(accounts))
	for _, a := range accounts {
		names = append(names, eddy.Visible(strings.TrimSpace(fmt.Sprintf("%s (%s)", a.Name, a.ID))))
	}
	return names, nil
}

// listOne asks for the first audience of the account, if there is any.
func (d *Destination) listOne(ctx context.Context) error {
	for _, err := range d.client.Audiences(ctx, d.account, xads.ListOptions{PageSize: 1}) {
		return err
	}
	return nil
}

// checkAccount finds out whether it is the account or its audiences that X denies.
func (d *Destination) checkAccount(ctx context.Context, reached destination.CheckStep, denied error) []destination.CheckStep {
	// X allows five such calls in a quarter of an hour: nobody waits for the sixth.
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	accounts, err := d.client.Accounts(ctx)
	if err != nil {
		return []destination.CheckStep{{Name: stepReach, Err: plainly(denied)}}
	}
	for _, a := range accounts {
		if strings.EqualFold(a.ID, d.account) {
			return []destination.CheckStep{
				reached,
				{Name: stepAccount, Detail: fmt.Sprintf("account %s, %s", a.ID, strings.ToLower(a.ApprovalStatus))},
				{Name: stepAudiences, Err: plainly(denied)},
			}
		}
	}
	return []destination.CheckStep{reached, {Name: stepAccount, Err: d.unknownAccount(accounts)}}
}

// plainly makes an error that people read out of what X answered to a step.
func plainly(answer error) error {
	return adviseName(&eddy.Error{Code: eddy.CodeDestination, Err: answer})
}

// unknownAccount names the accounts that the credentials do see.
func (d *Destination) unknownAccount(accounts []xads.Account) error {
	err := eddy.Errorf(eddy.CodeDestination, "account %s is not among the %d that the credentials may see", d.account, len(accounts))
	if len(accounts) == 0 {
		err.Mend = "Ask the account's administrator to add the user of the access token to the account."
		return err
	}
	ids := make([]string, 0, len(accounts))
	for _, a := range accounts {
		ids = append(ids, a.ID)
	}
	err.Mend = "Use one of these as account_id: " + strings.Join(ids, ", ") + "; or have the user of the access token added to the account."
	return err
}
