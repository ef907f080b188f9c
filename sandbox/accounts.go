package sandbox

import "net/http"

// accountEntity is an ads account as X writes it.
type accountEntity struct {
	Name             string  `json:"name"`
	BusinessName     *string `json:"business_name"`
	Timezone         string  `json:"timezone"`
	TimezoneSwitchAt string  `json:"timezone_switch_at"`
	ID               string  `json:"id"`
	CreatedAt        string  `json:"created_at"`
	UpdatedAt        string  `json:"updated_at"`
	BusinessID       *string `json:"business_id"`
	ApprovalStatus   string  `json:"approval_status"`
	Deleted          bool    `json:"deleted"`
}

func (a *account) entity() accountEntity {
	at := stamp(a.created)
	return accountEntity{
		Name: a.name, Timezone: "America/Los_Angeles", TimezoneSwitchAt: at, ID: a.id,
		CreatedAt: at, UpdatedAt: at, ApprovalStatus: "ACCEPTED",
	}
}

func (s *Server) getAccount(c *call) reply {
	s.mu.RLock()
	defer s.mu.RUnlock()
	a := s.account(c.account)
	if a == nil { // a reset came between the gate and here
		return c.refuse(http.StatusForbidden, apiError{Code: s.cfg.AccountNotFoundCode, Message: "Account was not found"})
	}
	return c.ok(http.StatusOK, a.entity())
}

func (s *Server) listAccounts(c *call) reply {
	return c.list("account_ids", func(*listing) []row {
		s.mu.RLock()
		defer s.mu.RUnlock()
		var rows []row
		for _, a := range s.accounts {
			rows = append(rows, row{
				id: a.id, name: a.name, created: a.created, updated: a.created,
				view: func() any { return a.entity() },
			})
		}
		return rows
	})
}
