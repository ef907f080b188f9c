package xads

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"
)

// Account is an ads account that the credentials may see. Absent values are zero
// (X Ads API docs, Campaign Management, Accounts).
type Account struct {
	ID, Name                 string
	BusinessID, BusinessName string
	Timezone                 string
	IndustryType             string
	ApprovalStatus           string // such as ACCEPTED
	Deleted                  bool
	CreatedAt, UpdatedAt     time.Time
}

type accountJSON struct {
	ID             text   `json:"id"`
	Name           text   `json:"name"`
	BusinessID     text   `json:"business_id"`
	BusinessName   text   `json:"business_name"`
	Timezone       text   `json:"timezone"`
	IndustryType   text   `json:"industry_type"`
	ApprovalStatus text   `json:"approval_status"`
	Deleted        flag   `json:"deleted"`
	CreatedAt      moment `json:"created_at"`
	UpdatedAt      moment `json:"updated_at"`
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
	return Account{
		ID: string(a.ID), Name: string(a.Name),
		BusinessID: string(a.BusinessID), BusinessName: string(a.BusinessName),
		Timezone: string(a.Timezone), IndustryType: string(a.IndustryType),
		ApprovalStatus: string(a.ApprovalStatus), Deleted: bool(a.Deleted),
		CreatedAt: a.CreatedAt.Time, UpdatedAt: a.UpdatedAt.Time,
	}, nil
}
