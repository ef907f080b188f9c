package api

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/eddy-retl/eddy/store"
)

// User is a person.
type User struct {
	ID    string     `json:"id"`
	Email string     `json:"email"`
	Name  string     `json:"name"`
	Role  store.Role `json:"role" enum:"viewer,editor,admin"`
	// RawValues lets previews show values as they are.
	RawValues bool       `json:"raw_values"`
	Disabled  bool       `json:"disabled"`
	Password  bool       `json:"password" doc:"Whether there is a password; without one the person logs in elsewhere"`
	CreatedAt time.Time  `json:"created_at"`
	LastLogin *time.Time `json:"last_login,omitempty"`
}

func userOf(u store.User) User {
	return User{
		ID: u.ID, Email: u.Email, Name: u.Name, Role: u.Role, RawValues: u.RawValues, Disabled: u.Disabled,
		Password: u.PasswordHash != "", CreatedAt: u.CreatedAt, LastLogin: moment(u.LastLogin),
	}
}

// NewUser makes a user.
type NewUser struct {
	Email     string     `json:"email" format:"email" maxLength:"254"`
	Name      string     `json:"name,omitempty" maxLength:"200"`
	Role      store.Role `json:"role" enum:"viewer,editor,admin"`
	RawValues bool       `json:"raw_values,omitempty"`
	Password  string     `json:"password,omitempty" minLength:"12" maxLength:"1000" doc:"Leave it out for people who log in elsewhere"`
}

// UserChange changes what it names.
type UserChange struct {
	Email     *string     `json:"email,omitempty" format:"email" maxLength:"254"`
	Name      *string     `json:"name,omitempty" maxLength:"200"`
	Role      *store.Role `json:"role,omitempty" enum:"viewer,editor,admin"`
	RawValues *bool       `json:"raw_values,omitempty"`
	Disabled  *bool       `json:"disabled,omitempty"`
	Password  *string     `json:"password,omitempty" minLength:"12" maxLength:"1000"`
	// KeepAccess leaves sessions and tokens as they are.
	KeepAccess bool `json:"keep_access,omitempty" doc:"Leave sessions and tokens as they are. They end otherwise when there is a new password, or the person is disabled or may do less than before"`
}

// Token is a key to the API.
type Token struct {
	ID        string     `json:"id"`
	UserID    string     `json:"user_id"`
	Name      string     `json:"name"`
	Prefix    string     `json:"prefix" doc:"How the token begins"`
	Role      store.Role `json:"role" enum:"viewer,editor,admin"`
	RawValues bool       `json:"raw_values"`
	ExpiresAt *time.Time `json:"expires_at,omitempty"`
	CreatedAt time.Time  `json:"created_at"`
	LastUsed  *time.Time `json:"last_used,omitempty"`
	// Secret is the token itself: shown once, when it is made.
	Secret string `json:"secret,omitempty"`
}

func tokenOf(t store.Token) Token {
	return Token{
		ID: t.ID, UserID: t.UserID, Name: t.Name, Prefix: t.Prefix, Role: t.Role, RawValues: t.RawValues,
		ExpiresAt: moment(t.ExpiresAt), CreatedAt: t.CreatedAt, LastUsed: moment(t.LastUsed),
	}
}

// NewToken makes a token of one's own.
type NewToken struct {
	Name      string     `json:"name" minLength:"1" maxLength:"100"`
	Role      store.Role `json:"role" enum:"viewer,editor,admin" doc:"At most that of who makes it"`
	RawValues bool       `json:"raw_values,omitempty"`
	Days      int        `json:"days,omitempty" minimum:"0" maximum:"3650" doc:"How many days it works; 0 is without end. A token makes none that works longer than itself"`
}

// Audit is one line of the audit log.
type Audit struct {
	ID     int64       `json:"id"`
	At     time.Time   `json:"at"`
	Actor  store.Actor `json:"actor"`
	Action string      `json:"action"`
	Kind   string      `json:"kind"`
	Name   string      `json:"name"`
	Detail JSON        `json:"detail,omitempty"`
}

// ByID is a path with an id in it.
type ByID struct {
	ID string `path:"id"`
}

func (s *server) peopleRoutes() {
	add(s, endpoint("list-users", http.MethodGet, "/api/v1/users", "List users"), s.listUsers)
	op := endpoint("create-user", http.MethodPost, "/api/v1/users", "Make a user")
	op.DefaultStatus = http.StatusCreated
	add(s, op, s.createUser)
	add(s, endpoint("get-user", http.MethodGet, "/api/v1/users/{id}", "Show a user"), func(ctx context.Context, in *ByID) (*answer[User], error) {
		u, err := s.Store.User(ctx, in.ID)
		return reply(userOf(u)), err
	})
	op = endpoint("change-user", http.MethodPatch, "/api/v1/users/{id}", "Change a user")
	op.Description = "What is not named stays. When there is a new password, or the person is disabled or may do less than before, their sessions and tokens end, unless keep_access says otherwise."
	add(s, op, s.changeUser)
	op = endpoint("delete-user", http.MethodDelete, "/api/v1/users/{id}", "Delete a user, with tokens and sessions")
	op.DefaultStatus = http.StatusNoContent
	add(s, op, func(ctx context.Context, in *ByID) (*struct{}, error) {
		return nil, s.Store.DeleteUser(ctx, in.ID, who(ctx).actor)
	})
	add(s, endpoint("list-tokens", http.MethodGet, "/api/v1/tokens", "List one's own tokens with their last use; administrators see all"), s.listTokens)
	op = endpoint("create-token", http.MethodPost, "/api/v1/tokens", "Make a token of one's own")
	op.Description = "The secret is in this answer and never shown again. A token that is made with a token may do no more, works no longer, and ends with it."
	op.DefaultStatus = http.StatusCreated
	add(s, op, s.createToken)
	op = endpoint("delete-token", http.MethodDelete, "/api/v1/tokens/{id}", "Delete a token, and those that were made with it")
	op.Description = "People delete their own, and administrators who have logged in anybody's. A token deletes itself and those that were made with it."
	op.DefaultStatus = http.StatusNoContent
	add(s, op, s.deleteToken)
	add(s, endpoint("list-audit", http.MethodGet, "/api/v1/audit", "List who changed what, newest first"), s.listAudit)
}

func (s *server) listUsers(ctx context.Context, in *Paging) (*list[User], error) {
	users, err := s.Store.Users(ctx)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(users, func(a, b store.User) int { return strings.Compare(a.Email, b.Email) })
	return slice(users, *in, func(u store.User) string { return u.Email }, userOf)
}

// slice cuts a page out of a whole list that is in the order of its keys.
func slice[T, U any](all []T, p Paging, key func(T) string, show func(T) U) (*list[U], error) {
	after, err := p.after()
	if err != nil {
		return nil, err
	}
	if p.Cursor != "" {
		i := slices.IndexFunc(all, func(t T) bool { return key(t) > after })
		if i < 0 {
			i = len(all)
		}
		all = all[i:]
	}
	cut := page(all, p.Limit, key)
	out := Page[U]{Items: make([]U, 0, len(cut.Items)), NextCursor: cut.NextCursor}
	for _, t := range cut.Items {
		out.Items = append(out.Items, show(t))
	}
	return reply(out), nil
}

func (s *server) createUser(ctx context.Context, in *answer[NewUser]) (*answer[User], error) {
	u := store.User{Email: in.Body.Email, Name: in.Body.Name, Role: in.Body.Role, RawValues: in.Body.RawValues}
	if in.Body.Password != "" {
		var err error
		if u.PasswordHash, err = s.hash(ctx, in.Body.Password); err != nil {
			return nil, err
		}
	}
	u, err := s.Store.PutUser(ctx, u, who(ctx).actor)
	return reply(userOf(u)), err
}

func (s *server) changeUser(ctx context.Context, in *struct {
	ByID

	Body UserChange
},
) (*answer[User], error) {
	b, hash := in.Body, ""
	if b.Password != nil {
		var err error
		if hash, err = s.hash(ctx, *b.Password); err != nil {
			return nil, err
		}
	}
	u, err := s.Store.ChangeUser(ctx, in.ID, store.Access(b.KeepAccess), who(ctx).actor, func(u *store.User) error {
		set(&u.Email, b.Email)
		set(&u.Name, b.Name)
		set(&u.Role, b.Role)
		set(&u.RawValues, b.RawValues)
		set(&u.Disabled, b.Disabled)
		if hash != "" {
			u.PasswordHash = hash
		}
		return nil
	})
	return reply(userOf(u)), err
}

func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

func (s *server) listTokens(ctx context.Context, in *Paging) (*list[Token], error) {
	c := who(ctx)
	owner := c.user.ID
	if c.role == store.Admin {
		owner = ""
	}
	tokens, err := s.Store.Tokens(ctx, owner)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(tokens, func(a, b store.Token) int { return strings.Compare(a.ID, b.ID) })
	return slice(tokens, *in, func(t store.Token) string { return t.ID }, tokenOf)
}

func (s *server) createToken(ctx context.Context, in *answer[NewToken]) (*answer[Token], error) {
	c := who(ctx)
	if rank(in.Body.Role) > rank(c.role) || in.Body.RawValues && !c.raw {
		return nil, &Problem{Status: http.StatusForbidden, Code: "forbidden", Detail: "a token may not do more than whoever makes it", Mend: "You have the role " + string(c.role) + "."}
	}
	t := store.Token{UserID: c.user.ID, MadeBy: c.token.ID, Name: in.Body.Name, Role: in.Body.Role, RawValues: in.Body.RawValues}
	if in.Body.Days > 0 {
		t.ExpiresAt = s.Now().AddDate(0, 0, in.Body.Days)
	}
	if end := c.token.ExpiresAt; !end.IsZero() && (t.ExpiresAt.IsZero() || t.ExpiresAt.After(end)) {
		return nil, &Problem{
			Status: http.StatusForbidden, Code: "forbidden", Detail: "a token may not work longer than the one that makes it, which ends at " + end.UTC().Format(time.RFC3339),
			Mend: "Ask for fewer days, or log in and make it there.",
		}
	}
	secret, t, err := s.Store.NewToken(ctx, t, c.actor)
	out := tokenOf(t)
	out.Secret = secret
	return reply(out), err
}

func (s *server) deleteToken(ctx context.Context, in *ByID) (*struct{}, error) {
	c := who(ctx)
	if c.session == "" || c.role != store.Admin {
		mine, err := s.Store.Tokens(ctx, c.user.ID)
		if err != nil {
			return nil, err
		}
		if !c.manages(in.ID, mine) {
			return nil, missing("you have no token %s, or call with one that did not make it", in.ID)
		}
	}
	return nil, s.Store.DeleteToken(ctx, in.ID, c.actor)
}

// manages says whether somebody may delete one of their own tokens: with a session all,
// with a token that one and those that were made with it.
func (c caller) manages(id string, mine []store.Token) bool {
	makers := map[string]string{}
	for _, t := range mine {
		makers[t.ID] = t.MadeBy
	}
	_, found := makers[id]
	for found && c.session == "" && id != c.token.ID {
		id, found = makers[id]
	}
	return found
}

func (s *server) listAudit(ctx context.Context, in *Paging) (*list[Audit], error) {
	after, err := in.after()
	if err != nil {
		return nil, err
	}
	before := int64(0)
	if after != "" {
		if before, err = strconv.ParseInt(after, 10, 64); err != nil {
			return nil, badCursor()
		}
	}
	lines, err := s.Store.AuditLog(ctx, before, in.Limit+1)
	if err != nil {
		return nil, err
	}
	out := make([]Audit, 0, len(lines))
	for _, a := range lines {
		out = append(out, Audit{a.ID, a.At, a.Actor, a.Action, a.Kind, a.Name, JSON(a.Detail)})
	}
	return reply(page(out, in.Limit, func(a Audit) string { return strconv.FormatInt(a.ID, 10) })), nil
}
