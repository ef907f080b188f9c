package config_test

import (
	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/config"
)

// known is a build with two kinds of source and one of destination.
func known() config.Known {
	secret := func(name string) eddy.Option {
		return eddy.Option{Name: name, Required: true, Part: eddy.SecretPart, Example: "${X_" + name + "}"}
	}
	return config.Known{
		Sources: map[string]config.Kind{
			"duckdb": {LocalOnly: true, Options: []eddy.Option{
				{Name: "path", Kind: eddy.PathOption},
				{Name: "threads", Kind: eddy.NumberOption},
				{Name: "port", Kind: eddy.PortOption},
				{Name: "csv.skip", Kind: eddy.NumberOption},
				{Name: "csv.encoding", Kind: eddy.TextOption, Choices: []string{"utf-8", "utf-16"}},
			}},
			"postgres": {Options: []eddy.Option{
				{Name: "url", Kind: eddy.TextOption, Required: true, Part: eddy.SecretPart, Example: "postgres://eddy@host/shop"},
				{Name: "method", Kind: eddy.TextOption, Default: "password", Choices: []string{"password", "token", "key"}},
				{Name: "token", Kind: eddy.TextOption, Part: eddy.SecretPart, With: eddy.With{Option: "method", Values: []string{"token", "key"}}},
			}},
		},
		Destinations: map[string]config.Kind{
			"x_audience": {
				Options: []eddy.Option{
					{Name: "account_id", Kind: eddy.TextOption, Required: true, Example: "18ce54d4x5t"},
					secret("consumer_key"), secret("consumer_secret"),
					secret("access_token"), secret("access_token_secret"),
					{Name: "hash", Kind: eddy.BoolOption, Default: "true"},
					{Name: "default_region", Kind: eddy.TextOption},
					{Name: "phone_formats", Kind: eddy.ListOption, Default: "e164", Choices: []string{"e164", "digits"}},
					{Name: "api_url", Kind: eddy.TextOption, Default: "https://ads-api.x.com"},
				},
				Fields: []string{
					"email", "phone_number", "device_id", "twitter_id", "partner_user_id", "handle",
					"effective_at", "expires_at",
				},
				Identities: []string{"email", "phone_number", "device_id", "twitter_id", "partner_user_id", "handle"},
			},
		},
	}
}

// secretValue is what every variable of the tests holds; it must never be seen.
const secretValue = "hunter2: [*x, &y, {z: !w"

// environ is an environment with the variables of DESIGN's example and a few more.
func environ(name string) (string, bool) {
	switch name {
	case "X_CONSUMER_KEY", "X_CONSUMER_SECRET", "X_ACCESS_TOKEN", "X_ACCESS_TOKEN_SECRET", "SECRET":
		return secretValue, true
	case "EMPTY":
		return "", true
	case "TEN":
		return "10", true
	case "YES":
		return "true", true
	case "SHOP":
		return "shop", true
	}
	return "", false
}
