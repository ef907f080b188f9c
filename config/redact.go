package config

import "github.com/eddy-retl/eddy"

// Redact copies the options of a source or destination with every secret replaced by
// ***. A value that no declaration covers counts as a secret; one that is empty stays.
func Redact(declared []eddy.Option, values map[string]string) map[string]string {
	open := map[string]bool{}
	for _, o := range declared {
		open[o.Name] = !o.Secret
	}
	shown := make(map[string]string, len(values))
	for name, value := range values {
		if !open[name] && value != "" {
			value = mask
		}
		shown[name] = value
	}
	return shown
}

// mask stands where a secret was.
const mask = "***"
