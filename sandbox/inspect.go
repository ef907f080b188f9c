package sandbox

import "strings"

// Audience is an audience as tests and the page see it.
type Audience struct {
	ID          string `json:"id"`
	AccountID   string `json:"account_id"`
	Name        string `json:"name"`
	Description string `json:"description"`
	Deleted     bool   `json:"deleted"`
	// Members is the size that X would show: identities, or people with Config.Person.
	Members int `json:"members"`
	// Identities is how many count now, and People how many people they are of: those that came
	// as one user, or share an identity, are one. With Config.Person, it says who is who.
	Identities int    `json:"identities"`
	People     int    `json:"people"`
	CreatedAt  string `json:"created_at"`
	UpdatedAt  string `json:"updated_at"`
}

// Audiences lists the audiences that are not deleted, in the order of their creation.
func (s *Server) Audiences() []Audience {
	list := []Audience{}
	for _, a := range s.all() {
		if d := s.describe(a); !d.Deleted {
			list = append(list, d)
		}
	}
	return list
}

func (s *Server) describe(a *audience) Audience {
	now := s.now().Unix()
	a.mu.Lock()
	defer a.mu.Unlock()
	d := Audience{
		ID: a.id, AccountID: a.owner, Name: a.name, Deleted: a.deleted,
		Members:    a.members.count(now, s.cfg.Person != nil),
		Identities: a.members.identities(now),
		People:     a.members.persons(now),
		CreatedAt:  stamp(a.created), UpdatedAt: stamp(a.updated),
	}
	if s.cfg.Person != nil {
		d.People = d.Members
	}
	if a.description != nil {
		d.Description = *a.description
	}
	return d
}

// Members lists the identities in an audience that count now, as "field:value", sorted.
// It is nil for an audience that does not exist or is deleted, and else never.
func (s *Server) Members(audienceID string) []string {
	return s.listing(audienceID, func(m *members, now int64) []string { return m.list(now) })
}

// Persons lists the people in an audience that count now, sorted; it needs
// Config.Person. It is nil where Members is.
func (s *Server) Persons(audienceID string) []string {
	return s.listing(audienceID, func(m *members, now int64) []string { return m.listPeople(now) })
}

func (s *Server) listing(id string, list func(*members, int64) []string) []string {
	a := s.find(strings.TrimSpace(id))
	if a == nil {
		return nil
	}
	now := s.now().Unix()
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.deleted {
		return nil
	}
	return list(&a.members, now)
}

// people is how many people are in an audience; see [Audience].
func (s *Server) people(id string) int {
	a := s.find(strings.TrimSpace(id))
	if a == nil {
		return 0
	}
	return s.describe(a).People
}
