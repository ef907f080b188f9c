package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/eddy-retl/eddy/api"
	"github.com/eddy-retl/eddy/catalog"
	"github.com/eddy-retl/eddy/store"
)

// demoUser is who looks at the sample. Its rows are nobody's, so they may be seen.
const demoUser = "demo@example.com"

// serve runs a server on the sample until it is stopped. It takes up what the syncs before
// left: the same warehouse, audience and state.
func (d *demo) serve(ctx context.Context) error {
	dir, err := filepath.Abs(d.dir)
	if err != nil {
		return err
	}
	p := place{stateDir: filepath.Join(dir, ".eddy")}
	password, err := d.furnish(ctx, p, dir)
	if err != nil {
		return err
	}
	d.title("The same on the web page")
	d.say("The sandbox's page is open at %s/ until you press Ctrl-C,", d.url)
	d.say("and so is a server, which runs vip every five minutes, or when you press Run now.")
	d.say("Log in as %s with the password %s.", d.paint(bold, demoUser), d.paint(bold, password))
	fmt.Fprintln(d.Stdout)
	return d.runServer(ctx, serving{listening: listening{address: "127.0.0.1:0"}, place: p, opened: []string{dir}, role: roleAll, workers: 1, logFormat: "text"})
}

// furnish puts the sample's configuration and somebody to look at it into a new store.
func (d *demo) furnish(ctx context.Context, p place, dir string) (password string, err error) {
	password, err = d.password(false)
	if err != nil {
		return "", err
	}
	// A server has no configuration file for paths to start from.
	text := strings.Replace(fmt.Sprintf(demoConfig, d.url), "path: shop.duckdb", fmt.Sprintf("path: %q", filepath.Join(dir, "shop.duckdb")), 1) +
		"    schedule: {type: basic, every: 5m}\n"
	err = d.withStore(ctx, p, func(st *store.Store) error {
		// The folder may have been kept by an earlier demo.
		plan, err := catalog.PlanApply(ctx, st, "eddy.yaml", []byte(text), d.Getenv, false)
		if err != nil {
			return err
		}
		people, err := st.Users(ctx)
		if err != nil {
			return err
		}
		u := store.User{Email: demoUser, Name: "Demo", Role: store.Admin, RawValues: true}
		for _, other := range people {
			if other.Email == demoUser {
				u = other
			}
		}
		u.PasswordHash = api.HashPassword(password)
		_, err = st.PutUser(ctx, u, console())
		return errors.Join(err, plan.Apply(ctx, st, console()))
	})
	return password, err
}
