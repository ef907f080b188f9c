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
	ID             text `json:"id"`
	Name           text `json:"name"`
	ApprovalStatus text `json:"approval_status"`
}

// Accounts lists every ads account that the credentials may see. Use it sparingly:
// X allows 5 such calls in 15 minutes (X Ads API docs, Rate Limiting, Global Reads).
func (c *Client) Accounts(ctx context.Context) ([]Account, error) {
	var all []Account
	call := newCall(http.MethodGet, "accounts")
	call.query = url.Values{"count": {"1000"}} // the most, to spare calls
	call.pace = pace{key: call.endpoint, limit: 5, window: readWindow}
	for page, err := range pages(ctx, c, call, accountJSON.account) {
		if err != nil {
			return nil, err
		}
		all = append(all, page...)
	}
	return all, nil
}

func (a accountJSON) account() (Account, error) {
	if a.ID == "" {
		return Account{}, errors.New("the answer holds an account without an id")
	}
	return Account{ID: string(a.ID), Name: string(a.Name), ApprovalStatus: string(a.ApprovalStatus)}, nil
}
