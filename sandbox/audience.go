package sandbox

import (
	"strings"
	"sync"
	"time"
)

// audience is one custom audience and who is in it.
type audience struct {
	id    string
	owner string // account id
	seq   uint64 // order of creation

	mu               sync.Mutex
	name             string
	description      *string
	created, updated time.Time
	deleted          bool
	shared           map[string]string // account id to permission level
	members          members
	campaigns        []Campaign
	// The size as X last worked it out, and since when a change waits to be counted.
	size    *int
	pending time.Time
}

// The permission levels of audiences.
const (
	readWrite = "READ_WRITE"
	readOnly  = "READ_ONLY"
)

// entity is an audience as X writes it, in X's order.
type entity struct {
	Targetable           bool     `json:"targetable"`
	Name                 string   `json:"name"`
	TargetableTypes      []string `json:"targetable_types"`
	AudienceType         string   `json:"audience_type"`
	Description          *string  `json:"description"`
	PermissionLevel      string   `json:"permission_level"`
	OwnerAccountID       string   `json:"owner_account_id"`
	ID                   string   `json:"id"`
	ReasonsNotTargetable []string `json:"reasons_not_targetable"`
	CreatedAt            string   `json:"created_at"`
	UpdatedAt            string   `json:"updated_at"`
	PartnerSource        string   `json:"partner_source"`
	Deleted              bool     `json:"deleted"`
	AudienceSize         *int     `json:"audience_size"`
}

// stamp writes a time as X does: UTC, no fraction.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// entity describes the audience to an account. The caller holds no lock.
func (s *Server) entity(a *audience, account string) entity {
	now := s.now()
	a.mu.Lock()
	defer a.mu.Unlock()
	s.process(a, now)
	e := entity{
		Name: a.name, Description: a.description, ID: a.id, OwnerAccountID: a.owner,
		TargetableTypes: []string{"CRM", "EXCLUDED_CRM"}, AudienceType: "CRM", PartnerSource: "OTHER",
		PermissionLevel: a.level(account), ReasonsNotTargetable: []string{},
		CreatedAt: stamp(a.created), UpdatedAt: stamp(a.updated), Deleted: a.deleted, AudienceSize: a.size,
	}
	if a.size == nil && !a.deleted {
		e.ReasonsNotTargetable = append(e.ReasonsNotTargetable, "PROCESSING")
	}
	if a.size == nil || *a.size < s.cfg.MinSize {
		e.ReasonsNotTargetable = append(e.ReasonsNotTargetable, "TOO_SMALL")
	}
	e.Targetable = len(e.ReasonsNotTargetable) == 0
	return e
}

// process works out the size if a change has waited long enough. Until then the old
// size stands, as at X.
func (s *Server) process(a *audience, now time.Time) {
	due := !a.pending.IsZero() && !now.Before(a.pending.Add(s.cfg.ProcessingDelay))
	// Members lapse without a request: without a delay each look counts anew.
	if due || a.size != nil && s.cfg.ProcessingDelay == 0 {
		n := a.members.count(now.Unix(), s.cfg.Person != nil)
		a.size, a.pending = &n, time.Time{}
	}
}

// level is what an account may do with the audience; empty if it may not see it. The
// caller holds a.mu.
func (a *audience) level(account string) string {
	if account == a.owner {
		return readWrite
	}
	return a.shared[account]
}

func (a *audience) isDeleted() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.deleted
}

// nameKey is what two names are compared by.
func (s *Server) nameKey(name string) string {
	if s.cfg.NamesCaseSensitive {
		return name
	}
	return strings.ToLower(name)
}
