package api

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/eddy-retl/eddy/config"
	"github.com/eddy-retl/eddy/setup"
	"github.com/eddy-retl/eddy/store"
)

// schemas is where schemas are in an OpenAPI document.
const schemas = "#/components/schemas/"

// document finishes the OpenAPI document. Its errors are problem details, and what sources,
// destinations and connections are made of is described as the configuration's check has
// it: that is what judges them, so that its errors, which say how to mend what is wrong,
// are those that people see.
func (s *server) document() error {
	doc := s.api.OpenAPI()
	registry := doc.Components.Schemas
	problem := schemaOf[Problem](registry)
	for _, item := range doc.Paths {
		for _, op := range []*huma.Operation{item.Get, item.Put, item.Post, item.Delete, item.Patch} {
			if op == nil {
				continue
			}
			op.Responses["default"] = &huma.Response{
				Description: "A problem",
				Content:     map[string]*huma.MediaType{problemType: {Schema: problem}},
			}
		}
	}
	data, err := json.Marshal(doc)
	if err != nil {
		return fmt.Errorf("write the OpenAPI document: %w", err)
	}
	var tree map[string]any
	if err := json.Unmarshal(data, &tree); err != nil {
		return fmt.Errorf("write the OpenAPI document: %w", err)
	}
	specify(tree)
	if s.spec, err = json.MarshalIndent(tree, "", "  "); err != nil {
		return fmt.Errorf("write the OpenAPI document: %w", err)
	}
	s.spec = append(s.spec, '\n')
	return nil
}

// specify gives each kind of objects schemas of its own in the place of those that the
// kinds share in code.
func specify(doc map[string]any) {
	all := doc["components"].(map[string]any)["schemas"].(map[string]any)
	for name, schema := range config.Schemas(setup.Known(), schemas) {
		all[name] = schema
	}
	shared := []string{"Object", "NewObject", "Replacement", "Draft", "PageObject"}
	for kind, spec := range map[store.Kind]string{
		store.Source: config.SourceSchema, store.Destination: config.DestinationSchema, store.Connection: config.ConnectionSchema,
		store.Suppression: config.SuppressionSchema,
	} {
		word := strings.ToUpper(string(kind[:1])) + string(kind[1:])
		names := map[string]string{}
		for _, name := range shared {
			names[schemas+name] = schemas + strings.Replace(name, "Object", word, 1)
			if !strings.Contains(name, "Object") {
				names[schemas+name] = schemas + word + name
			}
		}
		for _, name := range shared {
			its := renamed(all[name], names).(map[string]any)
			if properties, ok := its["properties"].(map[string]any); ok && properties["spec"] != nil {
				properties["spec"] = map[string]any{"$ref": schemas + spec}
			}
			all[strings.TrimPrefix(names[schemas+name], schemas)] = its
		}
		for path, item := range doc["paths"].(map[string]any) {
			if strings.HasPrefix(path, "/api/v1/"+string(kind)+"s") {
				doc["paths"].(map[string]any)[path] = renamed(item, names)
			}
		}
	}
	for _, name := range []string{"PlanRequest", "WholeVersion"} {
		of := all[name].(map[string]any)["properties"].(map[string]any)
		of["spec"] = map[string]any{"$ref": schemas + config.ConnectionSchema}
	}
	for _, name := range append(shared, "ErrorModel", "ErrorDetail") {
		delete(all, name)
	}
}

// renamed is a copy of a part of a document with other references.
func renamed(part any, names map[string]string) any {
	switch v := part.(type) {
	case map[string]any:
		out := maps.Clone(v)
		for key, value := range out {
			out[key] = renamed(value, names)
		}
		if ref, ok := out["$ref"].(string); ok && names[ref] != "" {
			out["$ref"] = names[ref]
		}
		return out
	case []any:
		out := make([]any, 0, len(v))
		for _, value := range v {
			out = append(out, renamed(value, names))
		}
		return out
	default:
		return part
	}
}
