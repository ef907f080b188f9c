package main

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"github.com/eddy-retl/eddy/api"
	"github.com/eddy-retl/eddy/destination"
	"github.com/eddy-retl/eddy/store"
)

// remoteChecker checks what a server has, and tells it as checker does.
type remoteChecker struct {
	findings
	client *api.Client
	// sources and destinations that were told of, and whether they answered; stated are the
	// sources whose state lies in the warehouse, which was tested there.
	sources, destinations, stated map[string]bool
}

// checkOnServer tests what a server has, or one connection of it.
func (m *Main) checkOnServer(ctx context.Context, c *common, client *api.Client, args []string) error {
	ch := &remoteChecker{
		findings: findings{m: m, json: c.json}, client: client,
		sources: map[string]bool{}, destinations: map[string]bool{}, stated: map[string]bool{},
	}
	if len(args) > 0 {
		if _, err := only(ctx, client, string(store.Connection), args); err != nil {
			return err
		}
	} else if err := ch.all(ctx); err != nil {
		return err
	}
	for o, err := range api.All[api.Object](ctx, client, api.Path("api", "v1", "connections"), nil) {
		if err != nil {
			return err
		}
		if len(args) == 0 || o.Name == args[0] {
			if err := ch.connection(ctx, o); err != nil {
				return err
			}
		}
	}
	return ch.verdict(ctx)
}

func (ch *remoteChecker) all(ctx context.Context) error {
	for n, err := range api.All[named](ctx, ch.client, api.Path("api", "v1", "sources"), nil) {
		if err != nil {
			return err
		}
		if err := ch.source(ctx, n.Name); err != nil {
			return err
		}
	}
	for n, err := range api.All[named](ctx, ch.client, api.Path("api", "v1", "destinations"), nil) {
		if err != nil {
			return err
		}
		if err := ch.destination(ctx, n.Name); err != nil {
			return err
		}
	}
	return nil
}

// stepOf is a server's step as the command tells its own.
func stepOf(t api.TestStep) destination.CheckStep {
	out := destination.CheckStep{Name: t.Step, Detail: t.Detail, Warning: t.Warning}
	switch {
	case !t.OK && t.Mend != "":
		out.Err = errors.New(t.Detail + "\n  " + t.Mend)
	case !t.OK:
		out.Err = errors.New(t.Detail)
	case t.Mend != "":
		out.Detail += "\n" + t.Mend
	}
	return out
}

func (ch *remoteChecker) source(ctx context.Context, name string) error {
	if _, done := ch.sources[name]; done {
		return nil
	}
	found, err := ch.client.Test(ctx, store.Source, name)
	if err != nil {
		return err
	}
	ch.sources[name] = true
	for _, t := range found.Steps {
		told := ch.tellStep("source "+name, stepOf(t))
		ch.sources[name] = ch.sources[name] && (told || t.Step != "reach")
		ch.stated[name] = ch.stated[name] || t.Step == "write state"
	}
	return nil
}

func (ch *remoteChecker) destination(ctx context.Context, name string) error {
	if _, done := ch.destinations[name]; done {
		return nil
	}
	found, err := ch.client.Test(ctx, store.Destination, name)
	if err != nil {
		return err
	}
	ch.destinations[name] = found.OK
	for _, t := range found.Steps {
		if t.OK && slices.Contains([]string{"settings", api.StepAccounts}, t.Step) {
			continue // for a page
		}
		ch.tellStep("destination "+name, stepOf(t))
	}
	return nil
}

func (ch *remoteChecker) connection(ctx context.Context, o api.Object) error {
	var of struct {
		Source      string `json:"source"`
		Destination string `json:"destination"`
	}
	text, err := json.Marshal(o.Spec)
	if err == nil {
		err = json.Unmarshal(text, &of)
	}
	if err == nil {
		err = ch.source(ctx, of.Source)
	}
	if err == nil {
		err = ch.destination(ctx, of.Destination)
	}
	if err != nil {
		return err
	}
	subject := "connection " + o.Name
	if !ch.sources[of.Source] {
		ch.tell(subject, "model", "", errUntested)
		return nil
	}
	found, err := ch.client.Test(ctx, store.Connection, o.Name)
	if err != nil {
		return err
	}
	for _, t := range found.Steps {
		ch.connectionStep(subject, stepOf(t), ch.stated[of.Source], ch.destinations[of.Destination])
	}
	return nil
}
