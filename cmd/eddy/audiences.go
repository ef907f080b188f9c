package main

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/api"
	"github.com/eddy-retl/eddy/destination"
)

func (m *Main) audiences() *cobra.Command {
	var c common
	cmd := &cobra.Command{
		Use:   "audiences [flags] [DEST]",
		Short: "List, create, rename and delete audiences in an account",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return m.withAudiences(cmd, &c, args, 0, func(api destination.Audiences, _ []string) error { return m.listAudiences(cmd.Context(), &c, api) })
		},
	}
	c.flags(cmd)
	c.remote.flags(cmd)
	cmd.ValidArgsFunction = m.complete(&c, destinations)
	cmd.AddCommand(m.createAudience(), m.renameAudience(), m.deleteAudience(), m.listCommand())
	return cmd
}

// withAudiences opens the destination that args name; rest is how many arguments follow
// it. DEST may be left out when the file has one destination.
func (m *Main) withAudiences(cmd *cobra.Command, c *common, args []string, rest int, fn func(destination.Audiences, []string) error) error {
	if there, err := c.elsewhere(cmd); there || err != nil {
		return m.unless(err, c, func(client *api.Client) error {
			given := args[:max(0, len(args)-rest)]
			name, err := only(cmd.Context(), client, "destination", given)
			if err != nil {
				return err
			}
			return fn(audiencesOnServer{client, name}, args[len(given):])
		})
	}
	s, err := m.load(c)
	if err != nil {
		return err
	}
	var name string
	switch {
	case len(args) > rest:
		name, args = args[0], args[1:]
	case len(s.DestinationNames) == 1:
		name = s.DestinationNames[0]
	default:
		return usage("name a destination; %s has: %s", s.Path, strings.Join(s.DestinationNames, ", "))
	}
	d, err := s.OpenDestination(name)
	if err != nil {
		return err
	}
	api, ok := d.(destination.Audiences)
	if !ok {
		return usage("destination %s has no audiences to manage", name)
	}
	return fn(api, args)
}

func (m *Main) listCommand() *cobra.Command {
	var c common
	cmd := &cobra.Command{
		Use: "list [flags] [DEST]", Short: "List the account's audiences", Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return m.withAudiences(cmd, &c, args, 0, func(api destination.Audiences, _ []string) error { return m.listAudiences(cmd.Context(), &c, api) })
		},
	}
	c.flags(cmd)
	c.remote.flags(cmd)
	cmd.ValidArgsFunction = m.complete(&c, destinations)
	return cmd
}

func (m *Main) listAudiences(ctx context.Context, c *common, api destination.Audiences) error {
	all, err := api.ListAudiences(ctx)
	if err != nil {
		return err
	}
	if c.json {
		for _, a := range all {
			if err := printJSON(m.Stdout, a); err != nil {
				return err
			}
		}
		return nil
	}
	if len(all) == 0 {
		fmt.Fprintln(m.Stdout, "the account has no audiences")
		return nil
	}
	t := tabwriter.NewWriter(m.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "ID\tNAME\tSIZE\tTARGETABLE\tCREATED (UTC)")
	for _, a := range all {
		size := "not known yet"
		if a.Size != nil {
			size = number(*a.Size)
		}
		targetable := "yes"
		if !a.Targetable {
			targetable = "no"
			if len(a.Reasons) > 0 {
				targetable += ": " + strings.Join(a.Reasons, ", ")
			}
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", a.ID, eddy.Visible(a.Name), size, eddy.Visible(targetable), a.CreatedAt.Format(time.DateTime))
	}
	return t.Flush()
}

func (m *Main) createAudience() *cobra.Command {
	var c common
	var description string
	cmd := &cobra.Command{
		Use: "create [flags] [DEST] AUDIENCE-NAME", Short: "Create an audience", Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return m.withAudiences(cmd, &c, args, 1, func(api destination.Audiences, rest []string) error {
				a, err := api.CreateAudience(cmd.Context(), rest[0], description)
				return m.audience(&c, "created", a, err)
			})
		},
	}
	c.flags(cmd)
	c.remote.flags(cmd)
	cmd.ValidArgsFunction = m.complete(&c, destinations)
	cmd.Flags().StringVar(&description, "description", "", "what the audience is for")
	return cmd
}

func (m *Main) renameAudience() *cobra.Command {
	var c common
	cmd := &cobra.Command{
		Use: "rename [flags] [DEST] ID NEW-NAME", Short: "Rename an audience", Args: cobra.RangeArgs(2, 3),
		RunE: func(cmd *cobra.Command, args []string) error {
			return m.withAudiences(cmd, &c, args, 2, func(api destination.Audiences, rest []string) error {
				a, err := api.RenameAudience(cmd.Context(), rest[0], rest[1])
				return m.audience(&c, "renamed", a, err)
			})
		},
	}
	c.flags(cmd)
	c.remote.flags(cmd)
	cmd.ValidArgsFunction = m.complete(&c, destinations)
	return cmd
}

func (m *Main) deleteAudience() *cobra.Command {
	var c common
	var yes bool
	cmd := &cobra.Command{
		Use: "delete [flags] [DEST] ID", Short: "Delete an audience and everybody in it", Args: cobra.RangeArgs(1, 2),
		Long: `Delete removes an audience from the account, with everybody in it. X never lets its
name be used again. It wants --yes.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return m.withAudiences(cmd, &c, args, 1, func(api destination.Audiences, rest []string) error {
				a, err := api.ReadAudience(cmd.Context(), rest[0])
				if err != nil {
					return err
				}
				if !yes {
					return usage("deleting audience %s (%q) removes everybody in it, and X never lets its name be used again; say --yes if that is meant", a.ID, a.Name)
				}
				if err := api.DeleteAudience(cmd.Context(), a.ID); err != nil {
					return err
				}
				return m.audience(&c, "deleted", a, nil)
			})
		},
	}
	c.flags(cmd)
	c.remote.flags(cmd)
	cmd.ValidArgsFunction = m.complete(&c, destinations)
	cmd.Flags().BoolVar(&yes, "yes", false, "delete it")
	return cmd
}

func (m *Main) audience(c *common, verb string, a destination.AudienceInfo, err error) error {
	if err != nil {
		return err
	}
	if c.json {
		a.Deleted = verb == "deleted"
		return printJSON(m.Stdout, a)
	}
	fmt.Fprintf(m.Stdout, "%s audience %s, %q\n", verb, a.ID, a.Name)
	return nil
}
