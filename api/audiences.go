package api

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/eddy-retl/eddy/destination"
	"github.com/eddy-retl/eddy/store"
)

// NewAudience makes an audience.
type NewAudience struct {
	Name        string `json:"name" minLength:"1" maxLength:"255"`
	Description string `json:"description,omitempty" maxLength:"1000"`
}

// AudienceName renames an audience.
type AudienceName struct {
	Name string `json:"name" minLength:"1" maxLength:"255"`
}

// AudiencePath names an audience of a destination.
type AudiencePath struct {
	ByName

	ID string `path:"id"`
}

func (s *server) audienceRoutes() {
	const root = "/api/v1/destinations/{name}/audiences"
	const one = root + "/{id}"
	add(s, endpoint("list-audiences", http.MethodGet, root, "List or find the audiences of a destination's account"), s.listAudiences)
	op := endpoint("create-audience", http.MethodPost, root, "Make an audience")
	op.DefaultStatus = http.StatusCreated
	add(s, op, func(ctx context.Context, in *struct {
		ByName

		Body NewAudience
	},
	) (*answer[destination.AudienceInfo], error) {
		api, err := s.audiences(ctx, in.Name)
		if err != nil {
			return nil, err
		}
		a, err := api.CreateAudience(ctx, in.Body.Name, in.Body.Description)
		if err != nil {
			return nil, err
		}
		return reply(a), s.noteAudience(ctx, "create", in.Name, a.ID)
	})
	add(s, endpoint("get-audience", http.MethodGet, one, "Show an audience"), func(ctx context.Context, in *AudiencePath) (*answer[destination.AudienceInfo], error) {
		api, err := s.audiences(ctx, in.Name)
		if err != nil {
			return nil, err
		}
		a, err := api.ReadAudience(ctx, in.ID)
		return reply(a), err
	})
	add(s, endpoint("rename-audience", http.MethodPatch, one, "Rename an audience"), func(ctx context.Context, in *struct {
		AudiencePath

		Body AudienceName
	},
	) (*answer[destination.AudienceInfo], error) {
		api, err := s.audiences(ctx, in.Name)
		if err != nil {
			return nil, err
		}
		a, err := api.RenameAudience(ctx, in.ID, in.Body.Name)
		if err != nil {
			return nil, err
		}
		return reply(a), s.noteAudience(ctx, "update", in.Name, in.ID)
	})
	op = endpoint("get-audience-use", http.MethodGet, one+"/use", "Tell which campaigns use an audience, and which accounts share it")
	add(s, op, s.audienceUse)
	op = endpoint("delete-audience", http.MethodDelete, one, "Delete an audience and everybody in it")
	op.DefaultStatus = http.StatusNoContent
	op.Description = "X never lets its name be used again. An audience that a connection names is kept."
	add(s, op, s.deleteAudience)
}

// audiences opens a destination that has audiences.
func (s *server) audiences(ctx context.Context, name string) (destination.Audiences, error) {
	set, err := s.having(ctx, store.Destination, name)
	if err != nil {
		return nil, err
	}
	d, err := set.OpenDestination(name)
	if err != nil {
		return nil, err
	}
	api, ok := d.(destination.Audiences)
	if !ok {
		return nil, missing("destination %s has no audiences to manage", name)
	}
	return api, nil
}

func (s *server) noteAudience(ctx context.Context, action, dest, id string) error {
	return s.Store.Note(ctx, store.Audit{Actor: who(ctx).actor, Action: action, Kind: "audience", Name: dest + "/" + id})
}

func (s *server) listAudiences(ctx context.Context, in *struct {
	ByName
	Paging

	Search string `query:"q" doc:"Only audiences whose name has this in it, or whose id it is"`
},
) (*list[destination.AudienceInfo], error) {
	api, err := s.audiences(ctx, in.Name)
	if err != nil {
		return nil, err
	}
	all, err := api.ListAudiences(ctx)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(a destination.AudienceInfo) bool {
		return a.ID != in.Search && !strings.Contains(strings.ToLower(a.Name), strings.ToLower(in.Search))
	})
	slices.SortFunc(all, func(a, b destination.AudienceInfo) int { return strings.Compare(a.ID, b.ID) })
	return slice(all, in.Paging, func(a destination.AudienceInfo) string { return a.ID }, func(a destination.AudienceInfo) destination.AudienceInfo { return a })
}

func (s *server) deleteAudience(ctx context.Context, in *AudiencePath) (*struct{}, error) {
	set, err := s.having(ctx, store.Destination, in.Name)
	if err != nil {
		return nil, err
	}
	for name, c := range set.Connections {
		if set.Account(c.Destination) == set.Account(in.Name) && strings.EqualFold(c.Audience.ID, in.ID) {
			return nil, &Problem{Status: http.StatusConflict, Code: "used", Detail: "connection " + name + " feeds this audience", Mend: "Delete the connection first, or give it another audience."}
		}
	}
	api, err := s.audiences(ctx, in.Name)
	if err != nil {
		return nil, err
	}
	if err := api.DeleteAudience(ctx, in.ID); err != nil {
		return nil, err
	}
	return nil, s.noteAudience(ctx, "delete", in.Name, in.ID)
}

func (s *server) audienceUse(ctx context.Context, in *AudiencePath) (*answer[destination.AudienceUse], error) {
	api, err := s.audiences(ctx, in.Name)
	if err != nil {
		return nil, err
	}
	used, ok := api.(destination.Used)
	if !ok {
		return nil, missing("destination %s does not tell what uses an audience", in.Name)
	}
	var use destination.AudienceUse
	err = s.inTurn(ctx, probeTimeout, func(ctx context.Context) (err error) {
		use, err = used.AudienceUse(ctx, in.ID)
		return err
	})
	return reply(use), err
}
