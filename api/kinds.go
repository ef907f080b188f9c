package api

import (
	"context"
	"net/http"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/connectors"
)

// Kinds are what can be connected.
type Kinds struct {
	Sources      []SourceKind      `json:"sources" nullable:"false"`
	Destinations []DestinationKind `json:"destinations" nullable:"false"`
}

// SourceKind is a type of sources.
type SourceKind struct {
	Type string `json:"type"`
	// Help says in a line what it is.
	Help string `json:"help"`
	// LocalOnly kinds always keep their state on the server.
	LocalOnly bool `json:"local_only"`
	// Uploaded kinds are made by uploading a file, and not by their options.
	Uploaded bool     `json:"uploaded"`
	Options  []Option `json:"options" nullable:"false"`
}

// DestinationKind is a type of destinations.
type DestinationKind struct {
	Type    string   `json:"type"`
	Options []Option `json:"options" nullable:"false"`
	// Fields are what a mapping can fill.
	Fields []Field `json:"fields" nullable:"false"`
}

// Option is one setting, for a form.
type Option struct {
	Name     string          `json:"name"`
	Kind     eddy.OptionKind `json:"kind" enum:"text,bool,list,path,number,port,lines"`
	Required bool            `json:"required"`
	// Secret options can be written and never read.
	Secret bool `json:"secret"`
	// Part says what it is to secrets: a change of a place asks for them again, and a whole is
	// taken apart when it is stored.
	Part    eddy.OptionPart `json:"part" enum:"place,secret,whole,plain"`
	Default string          `json:"default,omitempty"`
	Choices []string        `json:"choices,omitempty"`
	Example string          `json:"example,omitempty"`
	Help    string          `json:"help"`
	// With says which values of another option this one goes with: it is refused with all others.
	With *With `json:"with,omitempty"`
}

// With are values of an option.
type With struct {
	Option string   `json:"option"`
	Values []string `json:"values" nullable:"false"`
}

// Field is one thing that a mapping can fill.
type Field struct {
	Name string `json:"name"`
	Help string `json:"help"`
	// Identity fields match people; a mapping needs one of them.
	Identity bool `json:"identity"`
}

func (s *server) kindRoutes() {
	add(s, endpoint("list-kinds", http.MethodGet, "/api/v1/kinds", "List what can be connected, and its options"), func(context.Context, *struct{}) (*answer[Kinds], error) {
		k := Kinds{Sources: []SourceKind{}, Destinations: []DestinationKind{}}
		for _, w := range connectors.Warehouses() {
			if w.Uploaded && s.ownDisk() != nil {
				continue // what is refused is not offered
			}
			k.Sources = append(k.Sources, SourceKind{Type: w.Type, Help: w.Help, LocalOnly: w.LocalOnly, Uploaded: w.Uploaded, Options: optionsOf(w.Options)})
		}
		for _, d := range connectors.Destinations() {
			kind := DestinationKind{Type: d.Type, Options: optionsOf(d.Options), Fields: []Field{}}
			for _, f := range d.Fields {
				kind.Fields = append(kind.Fields, Field{f.Name, f.Help, f.Identity})
			}
			k.Destinations = append(k.Destinations, kind)
		}
		return reply(k), nil
	})
}

func optionsOf(declared []eddy.Option) []Option {
	out := make([]Option, 0, len(declared))
	for _, o := range eddy.Served(declared) {
		option := Option{o.Name, o.Kind, o.Required, o.Secret(), o.Part, o.Default, o.Choices, o.Example, o.Help, nil}
		if o.With.Option != "" {
			option.With = &With{o.With.Option, o.With.Values}
		}
		out = append(out, option)
	}
	return out
}
