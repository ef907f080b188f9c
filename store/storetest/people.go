package storetest

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/store"
)

func peopleChecks() []check {
	return []check{
		{"users", "a user is found by id and by e-mail address in any case of letters, and an address belongs to one user", checkUsers},
		{"last admin", "an administrator remains, also when two take one another's role at the same time", checkLastAdmin},
		{"setup token", "the first administrator is made with the newest token, once", checkSetup},
		{"setup race", "of all who use the setup token at once, one becomes administrator", checkSetupRace},
		{"tokens", "a token is found by its secret alone, and not once it has expired, is deleted, or its user is disabled or gone", checkTokens},
		{"access", "who gets another password, is disabled or may do less loses sessions and tokens, unless they are to stay", checkAccess},
		{"changes at once", "of two who change somebody at once, neither undoes what the other did", checkChanges},
		{"token parents", "a token ends with the one that made it", checkTokenParents},
		{"sessions", "a session ends when it expires, when it is ended, and with its user", checkSessions},
	}
}

// user makes a user.
func (w *world) user(email string, role store.Role) store.User {
	w.Helper()
	u, err := w.s.PutUser(w.Context(), store.User{Email: email, Role: role, PasswordHash: "hash of " + email}, anna())
	w.must(err)
	return u
}

func (w *world) gone(what string, err error) {
	w.Helper()
	if !errors.Is(err, store.ErrNotFound) {
		w.Errorf("%s: %v, want not found", what, err)
	}
}

func (w *world) code(what string, err error, want eddy.Code, text string) {
	w.Helper()
	if err == nil || eddy.ErrorCode(err) != want || !strings.Contains(err.Error(), text) {
		w.Errorf("%s: %v, want code %s and %q", what, err, want, text)
	}
}

func checkUsers(w *world) {
	ctx := w.Context()
	u := w.user(" Anna@Example.com", store.Admin)
	if u.ID == "" || u.Email != "anna@example.com" || u.CreatedAt.IsZero() || !u.LastLogin.IsZero() {
		w.Errorf("made: %#v", u)
	}
	found, err := w.s.UserByEmail(ctx, "ANNA@example.com")
	if d := cmp.Diff(u, found); err != nil || d != "" {
		w.Errorf("by address: %v %s", err, d)
	}
	_, err = w.s.PutUser(ctx, store.User{Email: "anna@EXAMPLE.com", Role: store.Viewer}, anna())
	w.code("an address twice", err, eddy.CodeConflict, "has this e-mail address")
	_, err = w.s.PutUser(ctx, store.User{Email: "b@example.com", Role: "owner"}, anna())
	w.code("no such role", err, eddy.CodeUsage, "viewer, editor and admin")
	_, err = w.s.PutUser(ctx, store.User{ID: "nobody", Email: "b@example.com", Role: store.Viewer}, anna())
	w.gone("change of nobody", err)
	u.Name, u.RawValues, u.PasswordHash = "Anna", true, "another"
	changed, err := w.s.PutUser(ctx, u, anna())
	if d := cmp.Diff(u, changed); err != nil || d != "" {
		w.Errorf("changed: %v %s", err, d)
	}
	w.must(w.s.NoteLogin(ctx, u.ID))
	if u, err = w.s.User(ctx, u.ID); err != nil || u.LastLogin.IsZero() {
		w.Errorf("logged in: %v %v", u.LastLogin, err)
	}
	w.user("0@example.com", store.Viewer)
	users, err := w.s.Users(ctx)
	if err != nil || len(users) != 2 || users[0].Email != "0@example.com" {
		w.Errorf("all: %v %v", users, err)
	}
}

func checkLastAdmin(w *world) {
	ctx := w.Context()
	a, other := w.user("a@example.com", store.Admin), w.user("b@example.com", store.Viewer)
	demoted, disabled := a, a
	demoted.Role, disabled.Disabled = store.Editor, true
	for what, err := range map[string]error{
		"demote": second(w.s.PutUser(ctx, demoted, anna())), "disable": second(w.s.PutUser(ctx, disabled, anna())), "delete": w.s.DeleteUser(ctx, a.ID, anna()),
	} {
		w.code(what, err, eddy.CodeConflict, "last administrator")
	}
	other.Role = store.Admin
	other, err := w.s.PutUser(ctx, other, anna())
	w.must(err)
	servers := []*store.Store{w.s, w.open()}
	errs := make([]error, 2)
	var wg sync.WaitGroup
	for i, u := range []store.User{a, other} {
		wg.Go(func() { errs[i] = servers[i].DeleteUser(ctx, u.ID, anna()) })
	}
	wg.Wait()
	if (errs[0] == nil) == (errs[1] == nil) {
		w.Errorf("two administrators delete one another: %v, %v; want one to succeed", errs[0], errs[1])
	}
	users, err := w.s.Users(ctx)
	if err != nil || len(users) != 1 || users[0].Role != store.Admin {
		w.Errorf("left: %v %v", users, err)
	}
}

// second is the error of a pair.
func second[T any](_ T, err error) error { return err }

func checkSetup(w *world) {
	ctx := w.Context()
	old, needed, err := w.s.SetupToken(ctx)
	if err != nil || !needed || len(old) < 40 {
		w.Fatalf("first start: %q %v %v", old, needed, err)
	}
	secret, _, err := w.open().SetupToken(ctx)
	w.must(err)
	for what, bad := range map[string]string{"the one before": old, "nothing": "", "another": secret + "x"} {
		_, err := w.s.UseSetupToken(ctx, bad, store.User{Email: "a@example.com"})
		w.code(what, err, eddy.CodeUsage, "setup token is not valid")
	}
	u, err := w.s.UseSetupToken(ctx, secret, store.User{Email: "a@example.com", Role: store.Viewer, Disabled: true, PasswordHash: "h"})
	if err != nil || u.Role != store.Admin || u.Disabled || u.PasswordHash != "h" {
		w.Errorf("the first user: %#v %v", u, err)
	}
	_, err = w.s.UseSetupToken(ctx, secret, store.User{Email: "b@example.com"})
	w.code("twice", err, eddy.CodeUsage, "setup token is not valid")
	if secret, needed, err := w.s.SetupToken(ctx); err != nil || needed || secret != "" {
		w.Errorf("with a user: %q %v %v", secret, needed, err)
	}
	w.nowhere(old, "setup tokens")
}

func checkSetupRace(w *world) {
	ctx := w.Context()
	secret, _, err := w.s.SetupToken(ctx)
	w.must(err)
	servers := []*store.Store{w.s, w.open(), w.open()}
	errs := make([]error, 9)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() {
			_, errs[i] = servers[i%3].UseSetupToken(ctx, secret, store.User{Email: string(rune('a'+i)) + "@example.com"})
		})
	}
	wg.Wait()
	made := 0
	for _, err := range errs {
		if err == nil {
			made++
		}
	}
	if users, err := w.s.Users(ctx); made != 1 || err != nil || len(users) != 1 {
		w.Errorf("%d were told yes, %d users: %v", made, len(users), errs)
	}
}

func checkTokens(w *world) {
	ctx := w.Context()
	admin, u := w.user("a@example.com", store.Admin), w.user("b@example.com", store.Editor)
	secret, t, err := w.s.NewToken(ctx, store.Token{UserID: u.ID, Name: "airflow", Role: store.Editor, ExpiresAt: time.Now().Add(time.Hour)}, anna())
	w.must(err)
	if !strings.HasPrefix(secret, "eddy_") || len(secret) != 48 || !strings.HasPrefix(secret, t.Prefix) || len(t.Prefix) > 12 {
		w.Errorf("secret of %d characters, prefix %q", len(secret), t.Prefix)
	}
	found, owner, err := w.s.TokenBySecret(ctx, secret)
	if err != nil || found.ID != t.ID || owner.ID != u.ID || found.LastUsed.IsZero() {
		w.Errorf("by secret: %+v %v %v", found, owner, err)
	}
	if list, err := w.s.Tokens(ctx, u.ID); err != nil || cmp.Diff([]store.Token{found}, list) != "" {
		w.Errorf("list: %v %v", list, err)
	}
	for what, bad := range map[string]string{"nothing": "", "the prefix": t.Prefix, "the id": t.ID, "another case": strings.ToUpper(secret)} {
		_, _, err := w.s.TokenBySecret(ctx, bad)
		w.gone(what, err)
	}
	expired, _, err := w.s.NewToken(ctx, store.Token{UserID: u.ID, Role: store.Viewer, ExpiresAt: time.Now().Add(-time.Second)}, anna())
	w.must(err)
	_, _, err = w.s.TokenBySecret(ctx, expired)
	w.gone("expired", err)
	u.Disabled = true
	u, err = w.s.PutUser(ctx, u, anna())
	w.must(err)
	_, _, err = w.s.TokenBySecret(ctx, secret)
	w.gone("of a disabled user", err)
	w.must(w.s.DeleteUser(ctx, u.ID, anna()))
	if left, err := w.s.Tokens(ctx, ""); err != nil || len(left) != 0 {
		w.Errorf("tokens of a deleted user: %v %v", left, err)
	}
	secret, t, err = w.s.NewToken(ctx, store.Token{UserID: admin.ID, Role: store.Viewer}, anna())
	w.must(err)
	w.must(w.s.DeleteToken(ctx, t.ID, anna()))
	_, _, err = w.s.TokenBySecret(ctx, secret)
	w.gone("deleted", err)
	w.gone("deleted twice", w.s.DeleteToken(ctx, t.ID, anna()))
	_, _, err = w.s.NewToken(ctx, store.Token{UserID: "nobody", Role: store.Viewer}, anna())
	w.gone("a token of nobody", err)
	_, _, err = w.s.NewToken(ctx, store.Token{UserID: admin.ID}, anna())
	w.code("no role", err, eddy.CodeUsage, "viewer, editor and admin")
	w.nowhere(secret[5:], "tokens")
}

func checkSessions(w *world) {
	ctx := w.Context()
	a, b := w.user("a@example.com", store.Admin), w.user("b@example.com", store.Viewer)
	begin := func(u store.User, ttl time.Duration) string {
		secret, err := w.s.NewSession(ctx, u, ttl)
		w.must(err)
		return secret
	}
	first, other, expired, ofB := begin(a, time.Hour), begin(a, time.Hour), begin(a, -time.Second), begin(b, time.Hour)
	if u, err := w.open().SessionUser(ctx, first); err != nil || u.ID != a.ID {
		w.Errorf("whose: %v %v", u, err)
	}
	w.gone("expired", second(w.s.SessionUser(ctx, expired)))
	w.gone("nothing", second(w.s.SessionUser(ctx, "")))
	if n, err := w.s.PruneSessions(ctx); err != nil || n != 1 {
		w.Errorf("pruned %d: %v", n, err)
	}
	w.must(w.s.DeleteSession(ctx, first))
	w.gone("ended", second(w.s.SessionUser(ctx, first)))
	if _, err := w.s.SessionUser(ctx, other); err != nil {
		w.Errorf("the other session: %v", err)
	}
	known := a
	a.PasswordHash = "another"
	w.must(second(w.s.PutUser(ctx, a, anna())))
	w.gone("the password changed", second(w.s.SessionUser(ctx, other)))
	w.gone("whoever knew the old one", second(w.s.NewSession(ctx, known, time.Hour)))
	b.Disabled = true
	w.must(second(w.s.PutUser(ctx, b, anna())))
	w.gone("of a disabled user", second(w.s.SessionUser(ctx, ofB)))
	w.gone("of a disabled user, anew", second(w.s.NewSession(ctx, b, time.Hour)))
	w.gone("of nobody", second(w.s.NewSession(ctx, store.User{ID: "nobody"}, time.Hour)))
	w.nowhere(ofB, "sessions")
}

func checkAccess(w *world) {
	ctx := w.Context()
	w.user("root@example.com", store.Admin)
	u := w.user("a@example.com", store.Admin)
	u.RawValues = true
	u, err := w.s.PutUser(ctx, u, anna())
	w.must(err)
	for what, c := range map[string]struct {
		change func(*store.User)
		ends   bool
	}{
		"a new password": {func(u *store.User) { u.PasswordHash = "another" }, true},
		"disabled":       {func(u *store.User) { u.Disabled = true }, true},
		"demoted":        {func(u *store.User) { u.Role = store.Editor }, true},
		"values masked":  {func(u *store.User) { u.RawValues = false }, true},
		"a new name":     {func(u *store.User) { u.Name = "Anna" }, false},
	} {
		for _, access := range []store.Access{store.EndAccess, store.KeepAccess} {
			session, err := w.s.NewSession(ctx, u, time.Hour)
			w.must(err)
			token, _, err := w.s.NewToken(ctx, store.Token{UserID: u.ID, Role: store.Viewer}, anna())
			w.must(err)
			_, err = w.s.ChangeUser(ctx, u.ID, access, anna(), func(u *store.User) error {
				c.change(u)
				return nil
			})
			w.must(err)
			// As they were before, but for the name: what ended does not come back.
			back, err := w.s.ChangeUser(ctx, u.ID, store.KeepAccess, anna(), func(now *store.User) error {
				*now = u
				return nil
			})
			w.must(err)
			_, sessionErr := w.s.SessionUser(ctx, session)
			_, _, tokenErr := w.s.TokenBySecret(ctx, token)
			want := c.ends && access == store.EndAccess
			if errors.Is(sessionErr, store.ErrNotFound) != want || errors.Is(tokenErr, store.ErrNotFound) != want || back.Disabled {
				w.Errorf("%s, kept %v: session %v, token %v", what, access, sessionErr, tokenErr)
			}
		}
	}
}

// checkChanges has two servers change one person at once. The first waits in the midst of its
// change for the other, which then, if it could look before the first one wrote, writes after it.
func checkChanges(w *world) {
	ctx := w.Context()
	w.user("root@example.com", store.Admin)
	servers := []*store.Store{w.s, w.open()}
	changes := []func(*store.User){
		func(u *store.User) { u.Name, u.Email = "Anna", "b"+u.Email },
		func(u *store.User) { u.Role, u.PasswordHash = store.Viewer, "another" },
		func(u *store.User) { u.Disabled, u.RawValues = true, true },
	}
	for i, one := range changes {
		other := changes[(i+1)%len(changes)]
		u := w.user(fmt.Sprintf("a%d@example.com", i), store.Editor)
		want := u
		one(&want)
		other(&want)
		inside, looked, written := make(chan struct{}), make(chan struct{}), make(chan struct{})
		errs := make([]error, 2)
		var wg sync.WaitGroup
		wg.Go(func() {
			defer close(written)
			_, errs[0] = servers[0].ChangeUser(ctx, u.ID, store.EndAccess, anna(), func(now *store.User) error {
				close(inside)
				select {
				case <-looked: // nothing kept it from that
				case <-time.After(200 * time.Millisecond): // it waits for this change to be over
				}
				one(now)
				return nil
			})
		})
		wg.Go(func() {
			<-inside
			_, errs[1] = servers[1].ChangeUser(ctx, u.ID, store.EndAccess, anna(), func(now *store.User) error {
				close(looked)
				<-written
				other(now)
				return nil
			})
		})
		wg.Wait()
		got, err := w.s.User(ctx, u.ID)
		if err = errors.Join(err, errs[0], errs[1]); err != nil {
			w.Errorf("change %d: %v", i, err)
		} else if d := cmp.Diff(want, got); d != "" {
			w.Errorf("change %d and the next: -want +got %s", i, d)
		}
	}
}

func checkTokenParents(w *world) {
	ctx := w.Context()
	u, other := w.user("a@example.com", store.Editor), w.user("b@example.com", store.Editor)
	create := func(by string) (secret, id string) {
		secret, t, err := w.s.NewToken(ctx, store.Token{UserID: u.ID, MadeBy: by, Role: store.Viewer}, anna())
		w.must(err)
		return secret, t.ID
	}
	_, parent := create("")
	beside, _ := create("")
	child, id := create(parent)
	grandchild, _ := create(id)
	_, _, err := w.s.NewToken(ctx, store.Token{UserID: other.ID, MadeBy: parent, Role: store.Viewer}, anna())
	w.gone("a token made by another's", err)
	w.must(w.s.DeleteToken(ctx, parent, anna()))
	for _, secret := range []string{child, grandchild} {
		_, _, err := w.s.TokenBySecret(ctx, secret)
		w.gone("made by one that was deleted", err)
	}
	if _, _, err := w.s.TokenBySecret(ctx, beside); err != nil {
		w.Errorf("one that it did not make: %v", err)
	}
	_, _, err = w.s.NewToken(ctx, store.Token{UserID: u.ID, MadeBy: parent, Role: store.Viewer}, anna())
	w.gone("made by one that is gone", err)
}
