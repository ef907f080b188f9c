package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/api"
	"github.com/eddy-retl/eddy/store"
)

// user is the way in for those who have the machine: it works on the store itself, also
// while the server runs.
func (m *Main) user() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "user",
		Short: "Add people to a server and let them in again",
		Long: `User works on the server's store itself, with the same --state-dir or
--database-url as eddy serve, while the server runs or not. It is for the first
administrator, for scripts, and for when nobody can log in any more; everything else
is done through the API.`,
	}
	cmd.AddCommand(m.addUser(), m.listUsers(), m.resetPassword(), m.disableUser(), m.newToken())
	return cmd
}

// withStore runs fn on the store that a command names.
func (m *Main) withStore(ctx context.Context, p place, fn func(*store.Store) error) (err error) {
	p.fill(m.Getenv)
	st, err := p.open(ctx, m.Getenv)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	return fn(st)
}

// withOld runs fn on a store that is there already: where --state-dir is mistaken, a new
// one would have nothing of what the command is about.
func (m *Main) withOld(ctx context.Context, p place, fn func(*store.Store) error) error {
	p.fill(m.Getenv)
	if p.databaseURL == "" && !store.Exists(p.stateDir) {
		return &eddy.Error{
			Code: eddy.CodeUsage, What: fmt.Sprintf("the folder %s has no store of a server", p.stateDir),
			Mend: "Name the same --state-dir or --database-url as eddy serve does; its first start makes the store.",
		}
	}
	return m.withStore(ctx, p, fn)
}

// console is who is put on record for what was done here.
func console() store.Actor { return store.Actor{ID: "system", Name: "console", Via: "console"} }

func (m *Main) addUser() *cobra.Command {
	var p place
	var name, role string
	var raw, stdin bool
	cmd := &cobra.Command{
		Use: "add [flags] EMAIL", Short: "Add a person, and print a password for them", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			password, err := m.password(stdin)
			if err != nil {
				return err
			}
			return m.withStore(cmd.Context(), p, func(st *store.Store) error {
				u, err := st.PutUser(cmd.Context(), store.User{Email: args[0], Name: name, Role: store.Role(role), RawValues: raw, PasswordHash: api.HashPassword(password)}, console())
				if err != nil {
					return err
				}
				fmt.Fprintf(m.Stdout, "added %s, %s\n", u.Email, u.Role)
				m.tellPassword(stdin, password)
				return nil
			})
		},
	}
	p.flags(cmd)
	cmd.Flags().StringVar(&name, "name", "", "the person's `name`")
	cmd.Flags().StringVar(&role, "role", string(store.Viewer), "what they may do: `viewer|editor|admin`")
	cmd.Flags().BoolVar(&raw, "raw-values", false, "let them see values of the models as they are")
	passwordFlag(cmd, &stdin)
	offer(cmd, "role", string(store.Viewer), string(store.Editor), string(store.Admin))
	return cmd
}

func passwordFlag(cmd *cobra.Command, stdin *bool) {
	cmd.Flags().BoolVar(stdin, "password-stdin", false, "read the password from the first line of standard input in place of making one")
}

// minPassword is the least length of a password that a person chose.
const minPassword = 12

// password makes one, or reads the one that was chosen.
func (m *Main) password(stdin bool) (string, error) {
	if !stdin {
		return strings.ToLower(rand.Text()), nil
	}
	lines := bufio.NewScanner(m.Stdin)
	if !lines.Scan() && lines.Err() != nil {
		return "", fmt.Errorf("read the password: %w", lines.Err())
	}
	if n := utf8.RuneCount(lines.Bytes()); n < minPassword {
		return "", usage("the password on standard input has %d characters; it needs at least %d", n, minPassword)
	}
	return lines.Text(), nil
}

func (m *Main) tellPassword(stdin bool, password string) {
	if !stdin {
		fmt.Fprintf(m.Stdout, "password: %s\nIt is not shown again; change it after logging in.\n", password)
	}
}

func (m *Main) listUsers() *cobra.Command {
	var p place
	cmd := &cobra.Command{
		Use: "list [flags]", Short: "List the people of a server", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return m.withOld(cmd.Context(), p, func(st *store.Store) error {
				all, err := st.Users(cmd.Context())
				if err != nil {
					return err
				}
				t := tabwriter.NewWriter(m.Stdout, 0, 0, 2, ' ', 0)
				fmt.Fprintln(t, "EMAIL\tNAME\tROLE\tRAW VALUES\tSTATE\tLAST LOGIN (UTC)")
				for _, u := range all {
					state, login, raw := "active", "never", "no"
					if u.Disabled {
						state = "disabled"
					}
					if u.RawValues {
						raw = "yes"
					}
					if !u.LastLogin.IsZero() {
						login = u.LastLogin.UTC().Format(time.DateTime)
					}
					fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", eddy.Visible(u.Email), eddy.Visible(u.Name), u.Role, raw, state, login)
				}
				return t.Flush()
			})
		},
	}
	p.flags(cmd)
	return cmd
}

// withUser runs fn on a person's entry.
func (m *Main) withUser(ctx context.Context, p place, email string, fn func(*store.Store, store.User) error) error {
	return m.withOld(ctx, p, func(st *store.Store) error {
		u, err := st.UserByEmail(ctx, email)
		if errors.Is(err, store.ErrNotFound) {
			return &eddy.Error{Code: eddy.CodeUsage, What: fmt.Sprintf("this server has no user %q", email), Mend: "eddy user list shows who there is."}
		}
		if err != nil {
			return err
		}
		return fn(st, u)
	})
}

func (m *Main) resetPassword() *cobra.Command {
	var p place
	var stdin, keep bool
	cmd := &cobra.Command{
		Use: "reset-password [flags] EMAIL", Short: "Give a person a new password, and end their sessions and tokens", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			password, err := m.password(stdin)
			if err != nil {
				return err
			}
			hash := api.HashPassword(password)
			said := "%s has a new password; their sessions have ended and their tokens are deleted\n"
			if keep {
				said = "%s has a new password; their sessions and tokens go on\n"
			}
			return m.changeUser(cmd.Context(), p, args[0], keep, said, func(u *store.User) { u.PasswordHash = hash }, func() { m.tellPassword(stdin, password) })
		},
	}
	p.flags(cmd)
	passwordFlag(cmd, &stdin)
	keepFlag(cmd, &keep)
	return cmd
}

func (m *Main) disableUser() *cobra.Command {
	var p place
	var keep bool
	cmd := &cobra.Command{
		Use: "disable [flags] EMAIL", Short: "Let a person in no longer, and end their sessions and tokens", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			said := "%s is disabled; their sessions have ended and their tokens are deleted\n"
			if keep {
				said = "%s is disabled; their sessions and tokens work again when the person is enabled\n"
			}
			return m.changeUser(cmd.Context(), p, args[0], keep, said, func(u *store.User) { u.Disabled = true }, func() {})
		},
	}
	p.flags(cmd)
	keepFlag(cmd, &keep)
	return cmd
}

func keepFlag(cmd *cobra.Command, keep *bool) {
	cmd.Flags().BoolVar(keep, "keep-access", false, "leave sessions and tokens as they are")
}

// changeUser changes a person and says so; then is what follows.
func (m *Main) changeUser(ctx context.Context, p place, email string, keep bool, said string, change func(*store.User), then func()) error {
	return m.withUser(ctx, p, email, func(st *store.Store, u store.User) error {
		_, err := st.ChangeUser(ctx, u.ID, store.Access(keep), console(), func(u *store.User) error {
			change(u)
			return nil
		})
		if err != nil {
			return err
		}
		fmt.Fprintf(m.Stdout, said, u.Email)
		then()
		return nil
	})
}

func (m *Main) newToken() *cobra.Command {
	var p place
	var name, role string
	var days int
	cmd := &cobra.Command{
		Use: "token [flags] EMAIL", Short: "Make an API token of a person, and print it", Args: cobra.ExactArgs(1),
		Long: `Token makes an API token and prints it alone on a line, for scripts. It may do what its
role allows, and never more than the person may.`,
		Example: "  EDDY_TOKEN=$(eddy user token --role editor --name ci ada@example.com)",
		RunE: func(cmd *cobra.Command, args []string) error {
			if days < 0 {
				return usage("--days %d: write how many days the token is good for; 0 is for ever", days)
			}
			return m.withUser(cmd.Context(), p, args[0], func(st *store.Store, u store.User) error {
				t := store.Token{UserID: u.ID, Name: name, Role: store.Role(role), RawValues: u.RawValues}
				if role == "" {
					t.Role = u.Role
				}
				if days > 0 {
					t.ExpiresAt = time.Now().AddDate(0, 0, days)
				}
				secret, _, err := st.NewToken(cmd.Context(), t, console())
				if err != nil {
					return err
				}
				fmt.Fprintln(m.Stdout, secret)
				return nil
			})
		},
	}
	p.flags(cmd)
	cmd.Flags().StringVar(&name, "name", "console", "what the token is for, a `name`")
	cmd.Flags().StringVar(&role, "role", "", "what it may do: `viewer|editor|admin`; the person's own role if left out")
	cmd.Flags().IntVar(&days, "days", 90, "how many `days` it is good for; 0 is for ever")
	offer(cmd, "role", string(store.Viewer), string(store.Editor), string(store.Admin))
	return cmd
}

func (m *Main) secrets() *cobra.Command {
	cmd := &cobra.Command{Use: "secrets", Short: "Look after the key that a server's secrets are sealed with"}
	var p place
	rotate := &cobra.Command{
		Use: "rotate [flags]", Short: "Seal all secrets with a new key", Args: cobra.NoArgs,
		Long: `Rotate makes a new key in the file secret.key of the state folder, seals all secrets
with it, and takes the old key out of the file. Where the keys come from
EDDY_SECRET_KEY, put the new key before the old one there, restart all servers, run
this, and take the old one out. Backups from before need the old key.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return m.withOld(cmd.Context(), p, func(st *store.Store) error {
				if err := st.RotateKey(cmd.Context()); err != nil {
					return err
				}
				fmt.Fprintln(m.Stdout, "all secrets are sealed with the new key; backups from before need the old one")
				return nil
			})
		},
	}
	p.flags(rotate)
	cmd.AddCommand(rotate)
	return cmd
}
