package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	gosync "sync"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/connectors"
	"github.com/eddy-retl/eddy/setup"
	"github.com/eddy-retl/eddy/store"
	"github.com/eddy-retl/eddy/sync"
)

// byRecord asks after a record in place of an identity.
const byRecord = "record_id"

// Lookup asks after one person in all connections.
type Lookup struct {
	By    string `json:"by" minLength:"1" maxLength:"100" doc:"A field that matches people, such as email or phone_number, or record_id"`
	Value string `json:"value" minLength:"1" maxLength:"10000" doc:"As the models have it, or its digest"`
	// Cursor goes on where an answer ended.
	Cursor string `json:"cursor,omitempty"`
}

// Sightings are what connections say of a person.
type Sightings struct {
	Items []Sighting `json:"items" nullable:"false"`
	// NextCursor goes on with the connections that were not asked yet; empty when all were.
	NextCursor string `json:"next_cursor,omitempty"`
}

// Sighting is what one connection says; there is an answer, or trouble.
type Sighting struct {
	Connection string       `json:"connection"`
	Answer     *sync.Answer `json:"answer,omitempty"`
	Trouble    *Trouble     `json:"trouble,omitempty"`
}

// Trouble is why there is no answer, and what to do about it.
type Trouble struct {
	// Code tells kinds of trouble apart: with usage nobody can be found there by what was asked.
	Code   string `json:"code,omitempty"`
	Detail string `json:"detail"`
	Mend   string `json:"mend,omitempty"`
}

func (s *server) lookupRoutes() {
	op := endpoint("look-up-person", http.MethodPost, "/api/v1/lookup", "Look a person up in all connections: in, leaving or out, why, and what the sync logs say")
	op.Description = fmt.Sprintf("It takes the right to see raw values, and the audit log says who looked and by what, never whom after. The models are read for it: "+
		"%d connections are asked, %d at once and for a minute each, and the cursor goes on with the next. A connection that cannot answer says why in its place.", lookupConnections, lookupAtOnce)
	add(s, op, s.lookUp)
}

func (s *server) lookUp(ctx context.Context, in *answer[Lookup]) (*answer[Sightings], error) {
	if err := rawOnly(ctx, "to look people up"); err != nil {
		return nil, err
	}
	if err := in.Body.check(); err != nil {
		return nil, err
	}
	after, err := Paging{Cursor: in.Body.Cursor}.after()
	if err != nil {
		return nil, err
	}
	if err := s.limits.lookup(who(ctx).user.ID); err != nil {
		return nil, err
	}
	set, err := s.setup(ctx)
	if err != nil {
		return nil, err
	}
	names := slices.DeleteFunc(slices.Sorted(slices.Values(set.ConnectionNames)), func(name string) bool { return after != "" && name <= after })
	cut := page(names, lookupConnections, func(name string) string { return name })
	detail, err := json.Marshal(map[string]any{"by": in.Body.By, "connections": len(cut.Items)})
	if err != nil {
		return nil, err
	}
	// Before anything is read: who looked is known also when the answer never arrived.
	if err := s.Store.Note(ctx, store.Audit{Actor: who(ctx).actor, Action: "look up", Kind: "person", Detail: detail}); err != nil {
		return nil, err
	}
	out := Sightings{Items: make([]Sighting, len(cut.Items)), NextCursor: cut.NextCursor}
	turns := make(chan struct{}, lookupAtOnce)
	var asked gosync.WaitGroup
	for i, name := range cut.Items {
		turns <- struct{}{}
		asked.Go(func() {
			defer func() { <-turns }()
			out.Items[i] = s.sighting(ctx, set, name, in.Body)
		})
	}
	asked.Wait()
	return reply(out), ctx.Err()
}

// identityFields are those that destinations match people by.
func identityFields() (out []string) {
	for _, k := range connectors.Destinations() {
		for _, f := range k.Fields {
			if f.Identity && !slices.Contains(out, f.Name) {
				out = append(out, f.Name)
			}
		}
	}
	return out
}

// check refuses what no destination matches people by.
func (l Lookup) check() error {
	if fields := append(identityFields(), byRecord); !slices.Contains(fields, l.By) {
		return bad("/by", "people are found by one of %s", strings.Join(fields, ", "))
	}
	return nil
}

// sighting asks one connection.
func (s *server) sighting(ctx context.Context, set *setup.Setup, name string, asked Lookup) Sighting {
	a, err := s.sight(ctx, set, name, asked)
	if err != nil {
		p := s.problem(ctx, err)
		return Sighting{Connection: name, Trouble: &Trouble{Code: p.Code, Detail: p.Detail, Mend: p.Mend}}
	}
	a.Rows, a.Held = a.Rows[:min(len(a.Rows), mostSighted)], a.Held[:min(len(a.Held), mostSighted)]
	return Sighting{Connection: name, Answer: a}
}

// mostSighted bounds the rows that are shown of those who share a value.
const mostSighted = 100

func (s *server) sight(ctx context.Context, set *setup.Setup, name string, asked Lookup) (*sync.Answer, error) {
	if err := set.Usable(string(store.Connection), name); err != nil {
		return nil, err
	}
	c := set.Connections[name]
	q := sync.Question{Field: asked.By, Value: asked.Value}
	if asked.By == byRecord {
		q = sync.Question{RecordID: asked.Value}
	} else if err := mapped(c, asked.By); err != nil {
		return nil, err
	}
	if err := s.atHome(ctx, set.Local(c), name); err != nil {
		return nil, err
	}
	l := &setup.WhyLook{Connection: name, Question: q}
	err := s.look(ctx, lookupTimeout, set, l)
	return &l.Found, err
}

// mapped says that a connection cannot find anybody by a field, before its model is read.
func mapped(c eddy.Connection, field string) error {
	var by []string
	for _, m := range c.Mapping {
		if m.Field == field {
			return nil
		}
		if slices.Contains(identityFields(), m.Field) {
			by = append(by, m.Field)
		}
	}
	return &Problem{
		Status: http.StatusBadRequest, Code: string(eddy.CodeUsage), Detail: "this connection sends no " + field + ", so nobody is found in it by one",
		Mend: "Ask by what it sends: " + strings.Join(by, ", ") + ".",
	}
}
