package catalog

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
)

// bare matches texts that YAML cannot take for anything but themselves.
var bare = regexp.MustCompile(`^[A-Za-z_./][A-Za-z0-9_./-]*( [A-Za-z0-9_./-]+)*$`)

// word matches texts that some YAML reader takes for a truth value, nothing or a number.
var word = regexp.MustCompile(`(?i)^(y|n|yes|no|on|off|true|false|null|\.inf|\.nan|[.0-9_]+(e[0-9]+)?)$`)

// writeYAML writes an object as YAML, one key a line. Texts are written so that every
// reader reads them back: plain, as a block of lines, or in quotes as in JSON. Libraries
// do not agree on tabs, U+2028 and the like: goccy/go-yaml does not read back what it
// writes of them itself, nor what go.yaml.in/yaml/v3 writes.
func writeYAML(b *bytes.Buffer, o object, indent string) error {
	for _, m := range o {
		if err := writeKey(b, m, indent); err != nil {
			return err
		}
	}
	return nil
}

func writeKey(b *bytes.Buffer, m member, indent string) error {
	key, err := yamlText(m.name, "")
	if err != nil {
		return err
	}
	b.WriteString(indent + key + ":")
	switch v := m.value.(type) {
	case object:
		if len(v) > 0 {
			b.WriteByte('\n')
			return writeYAML(b, v, indent+"  ")
		}
		b.WriteString(" {}\n")
	case string:
		text, err := yamlText(v, indent+"  ")
		if err != nil {
			return err
		}
		b.WriteString(" " + text + "\n")
	default:
		data, err := json.Marshal(v)
		if err != nil {
			return err
		}
		b.WriteString(" " + string(data) + "\n")
	}
	return nil
}

// yamlText writes a text. With an indent, a text of several plain lines becomes a block.
func yamlText(s, indent string) (string, error) {
	if bare.MatchString(s) && !word.MatchString(s) || variable(s) {
		return s, nil
	}
	if indent != "" && blocks(s) {
		style := "|-"
		if strings.HasSuffix(s, "\n") {
			style = "|"
		}
		body := strings.ReplaceAll(strings.TrimSuffix(s, "\n"), "\n", "\n"+indent)
		return style + "\n" + indent + body, nil
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	err := e.Encode(s)
	return strings.TrimSpace(out.String()), err
}

// variable says whether a text is one ${NAME}.
func variable(s string) bool {
	name, found := strings.CutPrefix(s, "${")
	name, closed := strings.CutSuffix(name, "}")
	return found && closed && bare.MatchString(name) && !strings.ContainsAny(name, " ./-")
}

// blocks says whether a text can be a block: several lines of plain ASCII, none of which
// is empty, begins with a blank in the first line or ends with one.
func blocks(s string) bool {
	if !strings.Contains(strings.TrimSuffix(s, "\n"), "\n") || strings.HasPrefix(s, " ") {
		return false
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(s, "\n"), "\n") {
		if strings.TrimSpace(line) == "" || strings.TrimRight(line, " ") != line {
			return false
		}
		if strings.ContainsFunc(line, func(r rune) bool { return r < ' ' || r > '~' }) {
			return false
		}
	}
	return true
}
