package api

import (
	"context"
	"net/http"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/setup"
	"github.com/eddy-retl/eddy/store"
)

// Part is one of the audiences of a connection that keeps one for each value of a column.
type Part struct {
	eddy.PartRun

	// RunID is the newest run that tells of it.
	RunID string `json:"run_id"`
	// Size is what X said last of its size and state; it is not there before that.
	Size *Size `json:"size,omitempty"`
}

func (s *server) partRoutes() {
	op := endpoint("list-parts", http.MethodGet, "/api/v1/connections/{name}/parts", "List the audiences of a connection that keeps one for each value of a column")
	op.Description = "As the newest run that came to its audiences has them, by value, with what X said last of their sizes. A connection that keeps one audience has none here."
	add(s, op, s.listParts)
	op = endpoint("list-values", http.MethodPost, "/api/v1/sources/{name}/values", "Tell into how many audiences a column would part the rows of a table or query")
	op.Description = "The most frequent values are named to those who may see raw values, and to nobody else. The warehouse reads the whole model for it, for up to ten minutes."
	add(s, op, s.listValues)
}

// Values says how a column would part the rows of a model.
type Values struct {
	Column string `json:"column"`
	// Count is how many values there are; More says that there are more than so many.
	Count int  `json:"count"`
	More  bool `json:"more"`
	// Without are the rows that would be in no audience, since they have no usable value.
	Without int64 `json:"without"`
	// Named are some of the values, the most frequent first.
	Named []string `json:"named" nullable:"false"`
}

// namedValues is how many values are named.
const namedValues = 10

func (s *server) listValues(ctx context.Context, in *struct {
	ByName

	Body Candidate
},
) (*answer[Values], error) {
	set, err := s.having(ctx, store.Source, in.Name)
	if err != nil {
		return nil, err
	}
	m, err := in.Body.model(set, in.Name, "")
	if err != nil {
		return nil, err
	}
	l := &setup.ValuesLook{Source: in.Name, Model: m, Split: eddy.Split{Column: in.Body.Column, MaxAudiences: eddy.MostAudiences}}
	if err := s.look(ctx, planTimeout, set, l); err != nil {
		return nil, err
	}
	out := Values{Column: in.Body.Column, Count: len(l.Found.Values), More: l.Found.More, Without: l.Found.Left, Named: []string{}}
	for _, v := range l.Found.Values[:min(namedValues, len(l.Found.Values))] {
		if who(ctx).raw {
			out.Named = append(out.Named, v.Value)
		}
	}
	return reply(out), nil
}

// partsFrom is how many of the newest runs are looked at for one that came to its audiences.
const partsFrom = 20

func (s *server) listParts(ctx context.Context, in *ByName) (*list[Part], error) {
	if _, err := s.Store.Object(ctx, store.Connection, in.Name); err != nil {
		return nil, err
	}
	runs, err := s.Store.Runs(ctx, store.RunFilter{Connection: in.Name, Limit: partsFrom})
	if err != nil {
		return nil, err
	}
	out := Page[Part]{Items: []Part{}}
	for _, r := range runs {
		if len(r.Parts) == 0 {
			continue
		}
		for _, p := range r.Parts {
			part := Part{PartRun: p, RunID: r.RunID}
			sizes, err := s.Store.Sizes(ctx, eddy.PartName(in.Name, p.Value), time.Time{}, 1)
			if err != nil {
				return nil, err
			}
			if len(sizes) > 0 && sizes[0].AudienceID == p.AudienceID {
				z := sizes[0]
				part.Size = &Size{z.At, z.AudienceID, z.Size, z.Targetable, z.Reasons}
			}
			out.Items = append(out.Items, part)
		}
		break
	}
	return reply(out), nil
}
