package main

import (
	"strings"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/api"
	"github.com/eddy-retl/eddy/store"
)

// oidcFrom reads from the environment which provider people log in with; nil is none.
func oidcFrom(getenv func(string) (string, bool), publicURL string) (*api.OIDC, error) {
	read := func(name string) string {
		v, _ := getenv("EDDY_OIDC_" + name)
		return strings.TrimSpace(v)
	}
	cfg := api.OIDC{Issuer: read("ISSUER"), ClientID: read("CLIENT_ID"), ClientSecret: read("CLIENT_SECRET"), NewRole: store.Role(read("ROLE"))}
	cfg.Domains = strings.FieldsFunc(read("DOMAINS"), func(r rune) bool { return r == ',' || r == ' ' })
	if cfg.Issuer == "" && cfg.ClientID == "" {
		return nil, nil //nolint:nilnil // no provider is no mistake
	}
	wrong := func(what, mend string) error {
		return &eddy.Error{Code: eddy.CodeUsage, What: what, Mend: mend}
	}
	switch {
	case cfg.Issuer == "" || cfg.ClientID == "" || cfg.ClientSecret == "":
		return nil, wrong("to log in with accounts from elsewhere, EDDY_OIDC_ISSUER, EDDY_OIDC_CLIENT_ID and EDDY_OIDC_CLIENT_SECRET are needed, and one is missing", "The provider shows all three where the application was registered.")
	case publicURL == "":
		return nil, wrong("to log in with accounts from elsewhere, --public-url is needed", "Give the URL under which people reach this server; the provider sends them back there.")
	case cfg.NewRole != "" && !cfg.NewRole.Valid():
		return nil, wrong("EDDY_OIDC_ROLE is not a role", "Write viewer, editor or admin, or leave it out to let in only people who were added before.")
	}
	return &cfg, nil
}
