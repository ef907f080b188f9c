package main

import (
	"flag"
	"fmt"
	"strings"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/connectors"
	"github.com/eddy-retl/eddy/sandbox"
)

// table makes the table of a name: "options TYPE", "fields TYPE", "warehouses" or "flags sandbox".
func table(name string, results []result) (string, error) {
	what, typ, _ := strings.Cut(name, " ")
	w, isSource := connectors.Warehouse(typ)
	d, isDestination := connectors.Destination(typ)
	switch {
	case what == "options" && isSource:
		return options(w.Options), nil
	case what == "options" && isDestination:
		return options(d.Options), nil
	case what == "fields" && isDestination:
		return fields(d.Fields), nil
	case name == "warehouses":
		return warehouses(results), nil
	case name == "flags sandbox":
		return flags(), nil
	default:
		return "", fmt.Errorf("no table is called %q", name)
	}
}

func options(declared []eddy.Option) string {
	rows := [][]string{{"option", "type", "default", "meaning"}}
	for _, o := range declared {
		rows = append(rows, []string{code(o.Name), string(o.Kind), standard(o), meaning(o)})
	}
	return markdown(rows)
}

func standard(o eddy.Option) string {
	switch {
	case o.Required:
		return "required"
	case o.Default == "":
		return "none"
	default:
		return code(o.Default)
	}
}

func meaning(o eddy.Option) string {
	s := o.Help
	if len(o.Choices) > 0 {
		s += " One of " + code(strings.Join(o.Choices, "`, `")) + "."
		if o.Kind == eddy.ListOption {
			s = strings.Replace(s, " One of ", " Any of ", 1)
		}
	}
	if o.Example != "" {
		s += " Example: " + code(o.Example) + "."
	}
	if o.Secret() {
		s += " Secret."
	}
	return s
}

func fields(declared []eddy.Field) string {
	rows := [][]string{{"field", "matches people", "meaning"}}
	for _, f := range declared {
		identity := "yes"
		if !f.Identity {
			identity = "no"
		}
		rows = append(rows, []string{code(f.Name), identity, f.Help})
	}
	return markdown(rows)
}

// flags are those of the sandbox that come from its settings.
func flags() string {
	cfg := sandbox.Default()
	set := flag.NewFlagSet("sandbox", flag.ContinueOnError)
	cfg.AddFlags(set)
	rows := [][]string{{"flag", "default", "meaning"}}
	set.VisitAll(func(f *flag.Flag) {
		def := "none"
		if f.DefValue != "" {
			def = code(f.DefValue)
		}
		rows = append(rows, []string{code("--" + f.Name), def, f.Usage})
	})
	return markdown(rows)
}

func code(text string) string { return "`" + text + "`" }

// markdown writes rows as a table; the first is its head.
func markdown(rows [][]string) string {
	var b strings.Builder
	for i, row := range rows {
		for _, cell := range row {
			b.WriteString("| " + strings.ReplaceAll(cell, "|", `\|`) + " ")
		}
		b.WriteString("|\n")
		if i == 0 {
			b.WriteString(strings.Repeat("| --- ", len(row)) + "|\n")
		}
	}
	return b.String()
}
