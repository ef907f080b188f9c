package sandbox

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// Campaign is a campaign that uses an audience, as X writes it.
type Campaign struct {
	ID        string     `json:"campaign_id"`
	Name      string     `json:"campaign_name"`
	LineItems []LineItem `json:"line_items"`
}

// LineItem is a part of a campaign. One that is not servable is shown to nobody now.
type LineItem struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Servable bool   `json:"servable"`
}

// Target makes a campaign use an audience; the same campaign again replaces it.
func (s *Server) Target(audienceID string, c Campaign) error {
	a := s.find(audienceID)
	if a == nil {
		return fmt.Errorf("target: unknown audience %q", audienceID)
	}
	if c.ID == "" {
		return fmt.Errorf("target audience %s: the campaign has no id", audienceID)
	}
	if c.LineItems == nil {
		c.LineItems = []LineItem{}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.campaigns = append(slices.DeleteFunc(a.campaigns, func(old Campaign) bool { return old.ID == c.ID }), c)
	return nil
}

// getTargeted lists the campaigns that use the audience; unless it is asked for more, only
// what can be shown to people now.
func (s *Server) getTargeted(c *call) reply {
	a, refusal := s.visible(c, false)
	if refusal != nil {
		return *refusal
	}
	active := true
	if _, given := c.params["with_active"]; given {
		var bad *apiError
		if active, bad = c.flag("with_active"); bad != nil {
			return c.refuse(http.StatusBadRequest, *bad)
		}
	}
	return c.list("", func(*listing) []row {
		a.mu.Lock()
		defer a.mu.Unlock()
		var rows []row
		for _, campaign := range a.campaigns {
			if active {
				campaign.LineItems = slices.DeleteFunc(slices.Clone(campaign.LineItems), func(l LineItem) bool { return !l.Servable })
			}
			if !active || len(campaign.LineItems) > 0 {
				rows = append(rows, row{id: campaign.ID, name: campaign.Name, view: func() any { return campaign }})
			}
		}
		return rows
	})
}

// permission is one that another account was given, as X writes it.
type permission struct {
	AudienceID string `json:"custom_audience_id"`
	Level      string `json:"permission_level"`
	ID         string `json:"id"`
	CreatedAt  string `json:"created_at"`
	Account    string `json:"granted_account_id"`
	UpdatedAt  string `json:"updated_at"`
	Deleted    bool   `json:"deleted"`
}

// getPermissions lists the accounts that an audience is shared with, to its owner.
func (s *Server) getPermissions(c *call) reply {
	a, refusal := s.visible(c, false)
	if refusal != nil {
		return *refusal
	}
	if a.owner != c.account {
		return c.refuse(http.StatusForbidden, apiError{
			Code: codeNotAllowed, Message: "The account does not own this audience",
		})
	}
	return c.list("custom_audience_permission_ids", func(*listing) []row {
		a.mu.Lock()
		defer a.mu.Unlock()
		var rows []row
		for _, account := range slices.Sorted(maps.Keys(a.shared)) {
			at := stamp(a.created)
			p := permission{AudienceID: a.id, Level: a.shared[account], ID: strings.ToLower(account), CreatedAt: at, Account: account, UpdatedAt: at}
			rows = append(rows, row{id: p.ID, view: func() any { return p }})
		}
		return rows
	})
}
