package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/eddy-retl/eddy"
)

// Role says what a person or a token may do; each may do what those before it may.
type Role string

// The roles.
const (
	Viewer Role = "viewer"
	Editor Role = "editor"
	Admin  Role = "admin"
)

// Valid says whether there is such a role.
func (r Role) Valid() bool { return r == Viewer || r == Editor || r == Admin }

// User is a person.
type User struct {
	ID string `json:"id"`
	// Email is kept in lower case, and belongs to one user.
	Email string `json:"email"`
	Name  string `json:"name"`
	Role  Role   `json:"role"`
	// RawValues lets previews show values as they are.
	RawValues bool `json:"raw_values"`
	// PasswordHash is empty for those who log in elsewhere.
	PasswordHash string    `json:"-"`
	Disabled     bool      `json:"disabled"`
	CreatedAt    time.Time `json:"created_at"`
	LastLogin    time.Time `json:"last_login"`
}

// String names the user without more.
func (u User) String() string { return "user " + u.ID }

// LogValue names the user without more.
func (u User) LogValue() slog.Value { return slog.StringValue(u.String()) }

const userColumns = "u.id, u.email, u.name, u.role, u.raw_values, u.password_hash, u.disabled, u.created_at, u.last_login"

// fields are where a row of userColumns goes; done takes over what needs a second look.
func (u *User) fields() (dest []any, done func()) {
	var created, login int64
	return []any{&u.ID, &u.Email, &u.Name, &u.Role, &u.RawValues, &u.PasswordHash, &u.Disabled, &created, &login}, func() {
		u.CreatedAt, u.LastLogin = moment(created), moment(login)
	}
}

func readUser(row scanner) (u User, err error) {
	dest, done := u.fields()
	err = row.Scan(dest...)
	done()
	return u, err
}

// Users lists all users by e-mail address.
func (s *Store) Users(ctx context.Context) ([]User, error) {
	return all(ctx, s.conn(), readUser, "SELECT "+userColumns+" FROM eddy_users u ORDER BY u.email")
}

// User finds a user; ErrNotFound when there is none.
func (s *Store) User(ctx context.Context, id string) (User, error) {
	return findUser(ctx, s.conn(), id)
}

func findUser(ctx context.Context, c conn, id string) (User, error) {
	u, err := one(ctx, c, readUser, "SELECT "+userColumns+" FROM eddy_users u WHERE u.id = ?", id)
	if err != nil {
		return u, fmt.Errorf("user %s: %w", id, err)
	}
	return u, nil
}

// UserByEmail finds a user by e-mail address, in any case of letters.
func (s *Store) UserByEmail(ctx context.Context, email string) (User, error) {
	return one(ctx, s.conn(), readUser, "SELECT "+userColumns+" FROM eddy_users u WHERE u.email = ?", plainEmail(email))
}

func plainEmail(email string) string { return strings.ToLower(strings.TrimSpace(email)) }

// PutUser makes a user, when the id is empty, or replaces one, as ChangeUser does. The time
// of the last log-in is not changed by it. The last administrator stays one.
func (s *Store) PutUser(ctx context.Context, u User, by Actor) (User, error) {
	var out User
	err := s.people(ctx, func(c conn) (err error) {
		out, err = putUser(ctx, c, u, EndAccess, by)
		return err
	})
	return out, err
}

// Access says what becomes of somebody's sessions and tokens when they are changed.
type Access bool

// What becomes of them when the password is another one, or the person is disabled or may
// do less: they end, unless somebody says that they are to stay.
const (
	EndAccess  Access = false
	KeepAccess Access = true
)

// ChangeUser changes a user as they stand at that moment: what another changed meanwhile
// stays. The last administrator stays one.
func (s *Store) ChangeUser(ctx context.Context, id string, access Access, by Actor, change func(*User) error) (User, error) {
	var out User
	err := s.people(ctx, func(c conn) error {
		u, err := findUser(ctx, c, id)
		if err != nil {
			return err
		}
		if err := change(&u); err != nil {
			return err
		}
		out, err = putUser(ctx, c, u, access, by)
		return err
	})
	return out, err
}

// less says that somebody lost the password or a right.
func (u User) less(before User) bool {
	ranks := map[Role]int{Viewer: 1, Editor: 2, Admin: 3}
	return u.PasswordHash != before.PasswordHash || u.Disabled && !before.Disabled || ranks[u.Role] < ranks[before.Role] || before.RawValues && !u.RawValues
}

// endAccess ends all sessions of a user, and deletes the tokens.
func endAccess(ctx context.Context, c conn, id string) error {
	for _, table := range []string{"eddy_sessions", "eddy_tokens"} {
		if _, err := c.exec(ctx, "DELETE FROM "+table+" WHERE user_id = ?", id); err != nil {
			return fmt.Errorf("end what user %s logged in with: %w", id, err)
		}
	}
	return nil
}

// people runs a change of users. They are serialised, and leave an administrator.
func (s *Store) people(ctx context.Context, work func(conn) error) error {
	return s.tx(ctx, func(c conn) error {
		if _, err := c.hold(ctx, "people"); err != nil {
			return err
		}
		before, err := admins(ctx, c)
		if err != nil {
			return err
		}
		if err := work(c); err != nil {
			return err
		}
		after, err := admins(ctx, c)
		if err == nil && before > 0 && after == 0 {
			return &eddy.Error{Code: eddy.CodeConflict, What: "this is the last administrator", Mend: "Make somebody else an administrator first."}
		}
		return err
	})
}

func admins(ctx context.Context, c conn) (int64, error) {
	return one(ctx, c, plain[int64], "SELECT count(*) FROM eddy_users WHERE role = 'admin' AND NOT disabled")
}

func putUser(ctx context.Context, c conn, u User, access Access, by Actor) (User, error) {
	u.Email = plainEmail(u.Email)
	if u.Email == "" || !u.Role.Valid() {
		return u, &eddy.Error{Code: eddy.CodeUsage, What: fmt.Sprintf("a user needs an e-mail address and a role, not %q", u.Role), Mend: "The roles are viewer, editor and admin."}
	}
	if err := errors.Join(eddy.CheckName("a user", u.Name), eddy.CheckName("a user, the address,", u.Email)); err != nil {
		return u, err
	}
	other, err := one(ctx, c, plain[string], "SELECT id FROM eddy_users WHERE email = ? AND id <> ?", u.Email, u.ID)
	if err == nil {
		return u, &eddy.Error{Code: eddy.CodeConflict, What: "user " + other + " has this e-mail address", Mend: "Use another one, or change that user."}
	}
	if !errors.Is(err, ErrNotFound) {
		return u, err
	}
	action, ended := "create", false
	if u.ID != "" {
		action = "update"
		ended, err = replaceUser(ctx, c, u, access)
	} else {
		u.ID, u.CreatedAt = newID("u_"), atOnce()
		_, err = c.exec(ctx, "INSERT INTO eddy_users (id, email, name, role, raw_values, password_hash, disabled, created_at, last_login) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)",
			u.ID, u.Email, u.Name, u.Role, u.RawValues, u.PasswordHash, u.Disabled, micro(u.CreatedAt))
	}
	if err != nil {
		return u, fmt.Errorf("write %s: %w", u, err)
	}
	about := map[string]any{"role": u.Role, "raw_values": u.RawValues, "disabled": u.Disabled}
	if ended {
		about["access_ended"] = true
	}
	if err := note(ctx, c, Audit{Actor: by, Action: action, Kind: "user", Name: u.ID, Detail: detail(about)}); err != nil {
		return u, err
	}
	return findUser(ctx, c, u.ID)
}

// replaceUser writes a user who is there already; ended says that their access did.
func replaceUser(ctx context.Context, c conn, u User, access Access) (ended bool, err error) {
	before, err := findUser(ctx, c, u.ID)
	if err != nil {
		return false, err
	}
	if ended = access == EndAccess && u.less(before); ended {
		if err := endAccess(ctx, c, u.ID); err != nil {
			return false, err
		}
	}
	_, err = c.exec(ctx, "UPDATE eddy_users SET email = ?, name = ?, role = ?, raw_values = ?, password_hash = ?, disabled = ? WHERE id = ?",
		u.Email, u.Name, u.Role, u.RawValues, u.PasswordHash, u.Disabled, u.ID)
	return ended, err
}

// DeleteUser removes a user with all tokens and sessions. The last administrator stays.
func (s *Store) DeleteUser(ctx context.Context, id string, by Actor) error {
	return s.people(ctx, func(c conn) error {
		if _, err := findUser(ctx, c, id); err != nil {
			return err
		}
		if _, err := c.exec(ctx, "DELETE FROM eddy_users WHERE id = ?", id); err != nil {
			return err
		}
		return note(ctx, c, Audit{Actor: by, Action: "delete", Kind: "user", Name: id})
	})
}

// NoteLogin notes that a user has logged in.
func (s *Store) NoteLogin(ctx context.Context, id string) error {
	_, err := s.conn().exec(ctx, "UPDATE eddy_users SET last_login = ? WHERE id = ?", micro(atOnce()), id)
	return err
}
