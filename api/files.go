package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/eddy-retl/eddy/catalog"
)

// Apply brings a configuration file into the server.
type Apply struct {
	// Config is the text of the file.
	Config string `json:"config"`
	// Env are the variables that the file reads. A secret whose variable is not here stays as
	// it is stored.
	Env map[string]string `json:"env,omitempty"`
	// Prune deletes what the file lacks.
	Prune bool `json:"prune,omitempty"`
	// DryRun changes nothing and tells what would be changed.
	DryRun bool `json:"dry_run,omitempty"`
}

// Applied is what a file changed, or would change.
type Applied struct {
	Applied bool           `json:"applied"`
	Steps   []catalog.Step `json:"steps" nullable:"false"`
}

type fileAnswer struct {
	ContentType string `header:"Content-Type"`
	Body        []byte
}

func (s *server) fileRoutes() {
	op := endpoint("export-config", http.MethodGet, "/api/v1/config", "Write everything as a configuration file")
	op.Description = "Secrets become variables: ${SHOP_PASSWORD}."
	op.Responses = map[string]*huma.Response{"200": {
		Description: "The file",
		Content:     map[string]*huma.MediaType{"application/yaml": {Schema: &huma.Schema{Type: huma.TypeString}}},
	}}
	add(s, op, func(ctx context.Context, _ *struct{}) (*fileAnswer, error) {
		text, err := catalog.Export(ctx, s.Store)
		return &fileAnswer{ContentType: "application/yaml", Body: text}, err
	})
	op = endpoint("apply-config", http.MethodPost, "/api/v1/config", "Bring a configuration file into the server")
	op.Description = "All of it or nothing. With dry_run the answer tells the difference and nothing changes. Without prune, what the file lacks stays. Relative paths start where the server was started."
	add(s, op, s.apply)
}

func (s *server) apply(ctx context.Context, in *answer[Apply]) (out *answer[Applied], err error) {
	err = s.change(func() error {
		out, err = s.applyOnce(ctx, in)
		return err
	})
	return out, err
}

func (s *server) applyOnce(ctx context.Context, in *answer[Apply]) (*answer[Applied], error) {
	getenv := func(name string) (string, bool) {
		value, ok := in.Body.Env[name]
		return value, ok
	}
	plan, err := catalog.PlanApply(ctx, s.Store, "the file", []byte(in.Body.Config), getenv, in.Body.Prune)
	if err != nil {
		return nil, err
	}
	if in.Body.DryRun {
		return reply(Applied{Steps: plan.Steps}), nil
	}
	if err := plan.Apply(ctx, s.Store, who(ctx).actor); err != nil {
		return nil, err
	}
	s.fileGone(context.WithoutCancel(ctx), "") // with prune, sources are gone
	return reply(Applied{Applied: true, Steps: plan.Steps}), nil
}
