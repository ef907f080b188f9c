package api

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/catalog"
	"github.com/eddy-retl/eddy/config"
	"github.com/eddy-retl/eddy/setup"
	"github.com/eddy-retl/eddy/store"
)

// Object is a source, destination, connection or suppression list.
type Object struct {
	// Name is its id.
	Name string `json:"name"`
	Spec Spec   `json:"spec"`
	// Version is in the ETag as well.
	Version   int64     `json:"version"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
	// Paused, of a connection, stops its schedule.
	Paused bool `json:"paused"`
	// NextRuns, of a connection, are the next five times of its schedule.
	NextRuns []time.Time `json:"next_runs,omitempty"`
}

// NewObject makes an object.
type NewObject struct {
	Name string `json:"name" minLength:"1" maxLength:"100"`
	Spec Spec   `json:"spec"`
}

// Replacement is what an object is to be made of.
type Replacement struct {
	Spec Spec `json:"spec"`
}

// ByName is a path with the name of an object in it.
type ByName struct {
	Name string `path:"name"`
}

// Precondition is the version that a change is made to.
type Precondition struct {
	IfMatch string `header:"If-Match" doc:"The ETag that was seen; * whatever is there"`
}

type objectAnswer struct {
	Location string `header:"Location"`
	ETag     string `header:"ETag"`
	Body     Object
}

func etag(version int64) string { return strconv.Quote(strconv.FormatInt(version, 10)) }

// version reads If-Match.
func (m Precondition) version() (int64, error) {
	switch text := strings.TrimSpace(m.IfMatch); text {
	case "":
		return 0, &Problem{
			Status: http.StatusPreconditionRequired, Code: "version", Detail: "say which version you have seen",
			Mend: "Send its ETag as If-Match, or If-Match: * for whatever is there.",
		}
	case "*":
		return store.AnyVersion, nil
	default:
		n, err := strconv.ParseInt(strings.Trim(strings.TrimPrefix(text, "W/"), `"`), 10, 64)
		if err != nil || n < 1 {
			return 0, stale("the ETag is not one of this object")
		}
		return n, nil
	}
}

func stale(detail string) *Problem {
	return &Problem{Status: http.StatusPreconditionFailed, Code: "version", Detail: detail, Mend: "Read it again, and make your change once more."}
}

func (s *server) objectRoutes() {
	s.objectsOf(store.Source)
	s.objectsOf(store.Destination)
	s.objectsOf(store.Connection)
	s.objectsOf(store.Suppression)
	s.uploadRoutes()
	s.sourceFileRoutes()
	s.optOutRoutes()
}

// objectsOf registers the endpoints of one kind of objects.
func (s *server) objectsOf(kind store.Kind) {
	k := string(kind)
	root := "/api/v1/" + k + "s"
	one := root + "/{name}"
	add(s, endpoint("list-"+k+"s", http.MethodGet, root, "List "+k+"s by name"), func(ctx context.Context, in *Paging) (*list[Object], error) {
		return s.listObjects(ctx, kind, *in)
	})
	op := endpoint("create-"+k, http.MethodPost, root, "Make a "+k)
	op.DefaultStatus = http.StatusCreated
	add(s, op, func(ctx context.Context, in *answer[NewObject]) (*objectAnswer, error) {
		return s.putObject(ctx, store.Object{Kind: kind, Name: in.Body.Name}, in.Body.Spec, store.CreateOnly)
	})
	add(s, endpoint("get-"+k, http.MethodGet, one, "Show a "+k), func(ctx context.Context, in *ByName) (*objectAnswer, error) {
		o, err := s.Store.Object(ctx, kind, in.Name)
		if err != nil {
			return nil, err
		}
		return s.showObject(ctx, o)
	})
	op = endpoint("replace-"+k, http.MethodPut, one, "Change a "+k)
	op.Description = "A run that is under way goes on as it began; the next one does as it says here."
	switch kind {
	case store.Suppression:
		op.Description = "Each connection goes by it from its next run on."
	case store.Source, store.Destination:
		op.Description = "Secrets that are sent as " + catalog.Mask + " stay as they are, as long as the " + k + " stays where it is."
	}
	add(s, op, func(ctx context.Context, in *struct {
		ByName
		Precondition

		Body Replacement
	},
	) (*objectAnswer, error) {
		version, err := in.version()
		if err != nil {
			return nil, err
		}
		return s.putObject(ctx, store.Object{Kind: kind, Name: in.Name}, in.Body.Spec, version)
	})
	s.deleteOf(kind, one)
}

func (s *server) deleteOf(kind store.Kind, path string) {
	op := endpoint("delete-"+string(kind), http.MethodDelete, path, "Delete a "+string(kind))
	op.DefaultStatus = http.StatusNoContent
	switch kind {
	case store.Connection:
		op.Description = "One that runs is kept, and one after which others run. Everybody whom it added stays in the audience."
	case store.Suppression:
		op.Description = "Who was on it may be in audiences again, from the next runs on."
	default:
		op.Description = "What is used is kept, and what uses it is named."
	}
	add(s, op, func(ctx context.Context, in *struct {
		ByName
		Precondition
	},
	) (*struct{}, error) {
		version, err := in.version()
		if err != nil {
			return nil, err
		}
		old, err := s.Store.Object(ctx, kind, in.Name)
		if err != nil {
			return nil, err
		}
		err = s.Store.Delete(ctx, kind, in.Name, version, who(ctx).actor)
		if e, ok := errors.AsType[*eddy.Error](err); ok && e.Code == eddy.CodeConflict {
			used := known(err)
			used.Code = "used"
			return nil, used
		}
		if err == nil && kind == store.Source {
			s.fileGone(context.WithoutCancel(ctx), fileOf(old))
		}
		return nil, versionProblem(err, version)
	})
}

// versionProblem tells a version that was not the one that is stored.
func versionProblem(err error, version int64) error {
	switch {
	case err == nil || !errors.Is(err, store.ErrConflict):
		return err
	case version == store.CreateOnly:
		return &Problem{Status: http.StatusConflict, Code: "exists", Detail: "there is one of this name already", Mend: "Choose another name, or change the one that is there."}
	default:
		return stale("it was changed by somebody else meanwhile")
	}
}

func (s *server) listObjects(ctx context.Context, kind store.Kind, p Paging) (*list[Object], error) {
	after, err := p.after()
	if err != nil {
		return nil, err
	}
	some, err := s.Store.Objects(ctx, kind, after, p.Limit+1)
	if err != nil {
		return nil, err
	}
	cut := page(some, p.Limit, func(o store.Object) string { return o.Name })
	out := Page[Object]{Items: make([]Object, 0, len(cut.Items)), NextCursor: cut.NextCursor}
	for _, o := range cut.Items {
		shown, err := s.objectOf(ctx, o)
		if err != nil {
			return nil, err
		}
		out.Items = append(out.Items, shown)
	}
	return reply(out), nil
}

// objectOf is an object as people may see it.
func (s *server) objectOf(ctx context.Context, o store.Object) (Object, error) {
	spec, err := catalog.Masked(o)
	if err != nil {
		return Object{}, err
	}
	out := Object{Name: o.Name, Spec: Spec(spec), Version: o.Version, CreatedAt: o.CreatedAt, UpdatedAt: o.UpdatedAt, Paused: o.Paused}
	if o.Kind == store.Connection && !o.Paused {
		out.NextRuns = s.nextRuns(ctx, o.Name)
	}
	return out, nil
}

func (s *server) showObject(ctx context.Context, o store.Object) (*objectAnswer, error) {
	shown, err := s.objectOf(ctx, o)
	return &objectAnswer{Location: "/api/v1/" + string(o.Kind) + "s/" + url.PathEscape(o.Name), ETag: etag(o.Version), Body: shown}, err
}

// putObject checks and stores an object.
func (s *server) putObject(ctx context.Context, o store.Object, spec Spec, version int64) (out *objectAnswer, err error) {
	err = s.change(func() error {
		out, err = s.putOnce(ctx, o, spec, version)
		return err
	})
	return out, err
}

// change makes a change that is checked before it is stored. Where another server changed
// something in between, it is checked and tried again.
func (s *server) change(try func() error) error {
	const tries = 10
	s.changes.Lock()
	defer s.changes.Unlock()
	for range tries {
		if err := try(); !errors.Is(err, store.ErrMoved) {
			return err
		}
	}
	return &Problem{Status: http.StatusConflict, Code: string(eddy.CodeConflict), Detail: store.ErrMoved.Error(), Mend: "Try again."}
}

func (s *server) putOnce(ctx context.Context, o store.Object, spec Spec, version int64) (*objectAnswer, error) {
	revision, err := s.Store.Revision(ctx)
	if err != nil {
		return nil, err
	}
	old, err := s.Store.Object(ctx, o.Kind, o.Name)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	if version != store.CreateOnly && err != nil {
		return nil, err
	}
	if _, err := s.checked(ctx, &o, spec, old); err != nil {
		return nil, err
	}
	stored, err := s.Store.Put(ctx, o, version, who(ctx).actor, revision)
	if err != nil {
		return nil, versionProblem(err, version)
	}
	return s.showObject(ctx, stored)
}

// checked fills an object from a request and gives the configuration as it would be.
func (s *server) checked(ctx context.Context, o *store.Object, spec Spec, old store.Object) (*config.File, error) {
	refused := func(err error) error {
		out := bad("/spec", "%s %s: %v", o.Kind, o.Name, err)
		if e, ok := errors.AsType[*eddy.Error](err); ok {
			out = bad("/spec", "%s %s: %s", o.Kind, o.Name, e.What)
			out.Mend = e.Mend
		}
		return out
	}
	open, secrets, err := catalog.Separate(o.Kind, []byte(spec), old)
	if err != nil {
		return nil, refused(err)
	}
	o.Spec, o.Secrets = open, secrets
	f, err := catalog.Preview(ctx, s.Store, catalog.Change{Object: *o})
	if problems, ok := catalog.Problems(err); ok {
		return nil, mistakes(problems, o.Kind, o.Name)
	}
	if err != nil {
		return nil, err
	}
	if err := catalog.Leads(o.Kind, open); err != nil {
		return nil, refused(err)
	}
	return f, nil
}

// object is a stored object, or one that a form is about to make: the spec in the body.
func (s *server) object(ctx context.Context, kind store.Kind, name string, spec Spec) (*setup.Setup, error) {
	if len(spec) == 0 {
		return s.having(ctx, kind, name)
	}
	set, err := s.setup(ctx)
	if err != nil {
		return nil, err
	}
	old, err := s.Store.Object(ctx, kind, name)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	set.File, err = s.checked(ctx, &store.Object{Kind: kind, Name: name}, spec, old)
	return set, err
}
