package api

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/catalog"
	"github.com/eddy-retl/eddy/setup"
	"github.com/eddy-retl/eddy/store"
)

// Runner starts and stops runs; package jobs is one.
type Runner interface {
	// Start asks for a run: *store.ActiveError while the connection has one.
	Start(ctx context.Context, n store.NewRun) (store.Run, error)
	// Cancel asks for the end of a run.
	Cancel(ctx context.Context, runID string, by store.Actor) (store.Run, error)
}

// Config is what a handler works with.
type Config struct {
	Store  *store.Store
	Runner Runner
	// StateDir is this server's state folder.
	StateDir string
	// Dialer is how what people configured is reached; nil reaches public addresses alone.
	Dialer eddy.Dialer
	// Files says what of this server's disks models may read.
	Files   setup.Files
	Version string
	Logger  *slog.Logger
	// PublicURL is the address that people's browsers use, as ParsePublicURL gives it; with
	// https, cookies are for TLS only. OIDC needs it. Its pages may make changes, whatever
	// name a proxy asks by.
	PublicURL string
	// OIDC lets people log in with an account that they have elsewhere; nil does not.
	OIDC *OIDC
	// Look works something out for somebody who waits; nil does it in this process.
	Look func(context.Context, *setup.Setup, setup.Task) error
	// Proxies are believed when they say where a request comes from, for the limits of
	// log-ins; without them it is the other end of the connection.
	Proxies Proxies
	// CheckAlert refuses an alert rule that cannot work; nil takes all.
	CheckAlert func(store.AlertRule) error
	// TestAlert sends a test message of an alert rule; nil refuses to.
	TestAlert func(context.Context, store.AlertRule) error
	// AskSize asks for the size of a connection's audience now, and notes it; nil refuses to.
	AskSize func(ctx context.Context, connection string) (store.Size, error)
	// Begin begins what was asked to start; nil leaves that to others.
	Begin func(context.Context) error
	// Web answers everything that is not the API; nil answers nothing.
	Web http.Handler
	// RiverUI is the page of the job queue, for administrators, under /river/; may be nil.
	RiverUI http.Handler
	// Closing ends streams when it is closed, so that the server can shut down.
	Closing <-chan struct{}
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// server is the handler's insides.
type server struct {
	Config

	api     huma.API
	mux     *http.ServeMux
	catalog *catalog.Cache
	oidc    *oidcLogin
	limits  *limits
	// anonymous and flights bound the bodies of those who have not logged in and of those
	// who have, so that the former cannot take the room of the latter; files those that become
	// sources, which are long and take nobody else's room.
	anonymous, flights, files *flights
	// looks bounds what is worked out at once for people who wait.
	looks *turns
	// taking bounds the lists that are taken in at once, what is made of one is many times its
	// text; filing does so for files, so that none of them keeps opt-outs waiting.
	taking, filing *turns
	// hashing bounds the memory that password checks use at once.
	hashing chan struct{}
	// changes serialises checks of the configuration with the change that follows.
	changes sync.Mutex
	// spec is the OpenAPI document.
	spec []byte
}

// New makes the handler of a server.
func New(cfg Config) (http.Handler, error) {
	s, err := newServer(cfg)
	if err != nil {
		return nil, err
	}
	if err := setup.SweepUnnamed(cfg.StateDir); err != nil {
		s.Logger.Error("uploads that were begun could not be deleted", "error", err)
	}
	return s.handler()
}

func newServer(cfg Config) (*server, error) {
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Look == nil {
		cfg.Look = func(ctx context.Context, s *setup.Setup, t setup.Task) error { return t.Do(ctx, s) }
	}
	s := &server{
		Config: cfg, mux: http.NewServeMux(), catalog: catalog.NewCache(cfg.Store, cfg.StateDir, cfg.Files),
		limits: newLimits(cfg.Now, cfg.Closing), anonymous: newFlights(4<<20, 512<<10), flights: newFlights(64<<20, 32<<20), files: newFlights(4*fileBody, 2*fileBody),
		looks: newTurns("plans, previews and tests", 8, 3, 2, 5*time.Second), taking: newTurns("uploads of lists", 1, 1, 0, 10*time.Second),
		filing: newTurns("uploads of files", 2, 1, 0, 10*time.Second), hashing: make(chan struct{}, 2),
	}
	s.api = humago.New(s.mux, s.describe())
	s.api.UseMiddleware(s.guard)
	s.routes()
	if err := s.document(); err != nil {
		return nil, err
	}
	return s, nil
}

// Document is the OpenAPI document that a server of this version serves.
func Document() ([]byte, error) {
	s, err := newServer(Config{Version: "1"})
	if err != nil {
		return nil, err
	}
	return s.spec, nil
}

// describe is the head of the OpenAPI document. Nothing of it is loaded from elsewhere:
// there is no page that shows it.
func (s *server) describe() huma.Config {
	cfg := huma.DefaultConfig("Eddy", "1")
	cfg.Info.Description = "Keeps X Ads custom audiences exact mirrors of warehouse tables and queries."
	cfg.Info.License = &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"}
	cfg.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"token":   {Type: "http", Scheme: "bearer", Description: "An API token."},
		"session": {Type: "apiKey", In: "cookie", Name: sessionCookie, Description: "The session of a person who has logged in."},
	}
	cfg.OpenAPIPath, cfg.DocsPath, cfg.SchemasPath = "", "", ""
	cfg.CreateHooks = nil // no $schema in answers
	cfg.Formats = map[string]huma.Format{"application/json": huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat}
	cfg.Transformers = []huma.Transformer{s.translate}
	return cfg
}

// routes registers every endpoint.
func (s *server) routes() {
	s.plain("get-openapi", "GET /api/v1/openapi.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(s.spec)
	})
	s.sessionRoutes()
	s.peopleRoutes()
	s.kindRoutes()
	s.objectRoutes()
	s.connectionRoutes()
	s.versionRoutes()
	s.probeRoutes()
	s.audienceRoutes()
	s.runRoutes()
	s.recordRoutes()
	s.healthRoutes()
	s.dayRoutes()
	s.whyRoutes()
	s.partRoutes()
	s.changeRoutes()
	s.lookupRoutes()
	s.alertRoutes()
	s.webhookRoutes()
	s.fileRoutes()
	s.rudderRoutes()
	s.oidcRoutes()
	if s.RiverUI != nil {
		s.plain("river", "/river/", s.RiverUI.ServeHTTP)
	}
	for _, root := range []string{"/api/", "/v2/"} { // for programs the page would be no answer
		s.mux.HandleFunc(root, func(w http.ResponseWriter, r *http.Request) {
			s.write(w, r, &Problem{Status: http.StatusNotFound, Code: "not_found", Detail: NoEndpoint + ": " + r.Method + " " + r.URL.Path})
		})
	}
	if s.Web != nil {
		s.mux.Handle("/", s.Web)
	}
}

// NoEndpoint begins what is said of an endpoint that a server does not have.
const NoEndpoint = "there is no such endpoint"

// handler is the endpoints behind what concerns all of them.
func (s *server) handler() (http.Handler, error) {
	csrf := http.NewCrossOriginProtection()
	if s.PublicURL != "" {
		if err := csrf.AddTrustedOrigin(s.PublicURL); err != nil {
			return nil, fmt.Errorf("public URL %q: %w", s.PublicURL, err)
		}
	}
	csrf.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.write(w, r, &Problem{
			Status: http.StatusForbidden, Detail: "the request was made by a page of another site",
			Mend: "Open Eddy itself; programs send no Origin header.",
		})
	}))
	return s.secured(csrf.Handler(s.mux)), nil
}

// secured sets the headers that keep browsers careful.
func (s *server) secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Content-Security-Policy", "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
		if s.secure(r) {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		if strings.HasPrefix(r.URL.Path, "/api/") || strings.HasPrefix(r.URL.Path, "/v2/") || strings.HasPrefix(r.URL.Path, "/hooks/") {
			h.Set("Cache-Control", "no-store")
		}
		from := origin{address: s.Proxies.Address(r), secure: s.secure(r)}
		known := r.WithContext(context.WithValue(r.Context(), originKey{}, from))
		defer func() { r.Pattern = known.Pattern }() // which endpoint it was, for those who count
		next.ServeHTTP(w, known)
	})
}

// secure says that the browser speaks TLS.
func (s *server) secure(r *http.Request) bool {
	return r.TLS != nil || strings.HasPrefix(s.PublicURL, "https://")
}

// setup is the configuration as it stands.
func (s *server) setup(ctx context.Context) (*setup.Setup, error) {
	loaded, err := s.catalog.Setup(ctx)
	if err != nil {
		return nil, err
	}
	reaching := *loaded
	reaching.Dialer = s.Dialer
	return &reaching, nil
}

// add registers an endpoint. Its errors are told as problems.
func add[I, O any](s *server, op huma.Operation, handle func(context.Context, *I) (*O, error)) {
	if role, known := access()[op.OperationID]; known && role != Anybody {
		whose := "For the role " + string(role) + " and up"
		op.Security = []map[string][]string{{"session": {}}}
		if slices.Contains(bySession(), op.OperationID) {
			whose += ", who have logged in: API tokens are refused"
		} else {
			op.Security = append([]map[string][]string{{"token": {}}}, op.Security...)
		}
		op.Description = strings.TrimSpace(op.Description + "\n\n" + whose + ".")
	}
	huma.Register(s.api, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := handle(ctx, in)
		if err != nil {
			return nil, s.problem(ctx, err)
		}
		return out, nil
	})
}

// endpoint begins the description of one.
func endpoint(id, method, path, summary string) huma.Operation {
	tag, _, _ := strings.Cut(strings.TrimPrefix(path, "/api/v1/"), "/")
	size, _ := bodyOf(id)
	return huma.Operation{
		OperationID: id, Method: method, Path: path, Summary: summary, Tags: []string{tag}, MaxBodyBytes: size,
		BodyReadTimeout: -1, // take has read it; the deadline would end what takes longer to answer
	}
}

// plain registers an endpoint that is not part of the document.
func (s *server) plain(id, pattern string, handle http.HandlerFunc) {
	s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		who, err := s.admit(r, id)
		if err != nil {
			s.write(w, r, s.problem(r.Context(), err))
			return
		}
		done, err := s.take(w, r, id, s.Proxies.Address(r))
		if err != nil {
			s.write(w, r, s.problem(r.Context(), err))
			return
		}
		defer done()
		if who, err = s.still(r, id, who); err != nil {
			s.write(w, r, s.problem(r.Context(), err))
			return
		}
		handle(w, r.WithContext(context.WithValue(r.Context(), callerKey{}, who)))
	})
}
