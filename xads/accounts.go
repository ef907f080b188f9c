package xads

import (
	"context"
	"errors"
	"net/http"
	"net/url"
)

// Account is an ads account that the credentials may see. Absent values are zero
// (X Ads API docs, Campaign Management, Accounts).
type Account struct {
	ID, Name       string
	ApprovalStatus string // such as ACCEPTED
}

type accountJSON struct {
	ID             lenientString `json:"id"`
	Name           lenientString `json:"name"`
	ApprovalStatus lenientString `json:"approval_status"`
}

// Accounts lists every ads account that the credentials may see. Use it sparingly:
// X allows 5 such calls in 15 minutes (X Ads API docs, Rate Limiting, Global Reads).
func (c *Client) Accounts(ctx context.Context) ([]Account, error) {
	var all []Account
	call := newCall(http.MethodGet, "accounts")
	call.query = url.Values{"count": {"1000"}} // the most, to spare calls
	call.limit = rateLimit{key: call.endpoint, calls: 5, window: readWindow}
	for page, err := range listPages(ctx, c, call, accountJSON.toAccount) {
		if err != nil {
			return nil, err
		}
		all = append(all, page...)
	}
	return all, nil
}

func (a accountJSON) toAccount() (Account, error) {
	if a.ID == "" {
		return Account{}, errors.New("the answer holds an account without an id")
	}
	return Account{ID: string(a.ID), Name: string(a.Name), ApprovalStatus: string(a.ApprovalStatus)}, nil
}
