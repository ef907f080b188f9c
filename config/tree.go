package config

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// maxMerged bounds the pairs that merge keys may copy in one file.
const maxMerged = 100_000

// builder turns the YAML library's tree into nodes: it resolves aliases and merge keys
// and reports duplicate keys.
type builder struct {
	report func(at place, key, suggestion, message string)
	// anchors are the values named so far; nil while the value is being built, so that
	// an alias of a value within itself is noticed.
	anchors map[string]*node
	merged  int
}

// fail reports a value and stands in for it.
func (b *builder) fail(at place, path, suggestion, message string) *node {
	b.report(at, path, suggestion, message)
	return &node{kind: broken, at: at}
}

// build turns one value into a node. at is where its key stands, which is also the
// place of a value that is left out.
func (b *builder) build(n ast.Node, path string, at place, depth int) *node {
	if depth > maxDepth {
		return b.fail(at, "", "", tooDeep(at).Error())
	}
	switch n := n.(type) {
	case nil, *ast.NullNode:
		return &node{kind: null, at: at}
	case *ast.MappingNode:
		return b.mapping(n.Values, path, at, depth)
	case *ast.MappingValueNode:
		return b.mapping([]*ast.MappingValueNode{n}, path, at, depth)
	case *ast.SequenceNode:
		return b.list(n, path, at, depth)
	case *ast.AnchorNode:
		return b.anchor(n, path, at, depth)
	case *ast.AliasNode:
		return b.alias(n, path)
	case *ast.TagNode:
		return b.tag(n, path, at, depth)
	default:
		return b.scalar(n, path)
	}
}

// scalar turns a value without parts into a node.
func (b *builder) scalar(n ast.Node, path string) *node {
	t := n.GetToken()
	made := &node{at: position(t), text: t.Value}
	switch n := n.(type) {
	case *ast.StringNode:
		made.kind, made.text = scalarText, n.Value
		if t.Type == token.StringType && numeric(n.Value) {
			made.kind = scalarNumber
		}
		made.wrapped = strings.Contains(strings.TrimSpace(t.Origin), "\n") || strings.Contains(n.Value, "\n")
	case *ast.LiteralNode:
		made.kind, made.text, made.wrapped = scalarText, n.Value.Value, true
	case *ast.BoolNode:
		made.kind = scalarBool
	case *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		made.kind = scalarNumber
	default:
		return b.fail(made.at, path, "", "this kind of YAML value is not taken")
	}
	return made
}

// numeric tells whether plain text is a number that the library took for text: 1e3, or
// more digits than its integers hold.
func numeric(s string) bool {
	_, err := strconv.ParseFloat(s, 64)
	return !errors.Is(err, strconv.ErrSyntax) && strings.Trim(s, "0123456789+-.eE") == ""
}

// list turns a sequence into a node.
func (b *builder) list(n *ast.SequenceNode, path string, at place, depth int) *node {
	made := &node{kind: list, at: at}
	for i, entry := range n.Values {
		made.items = append(made.items, b.build(entry, fmt.Sprintf("%s[%d]", path, i), at, depth+1))
	}
	return made
}

// mapping turns keys and values into a node. Own keys win over merged ones.
func (b *builder) mapping(values []*ast.MappingValueNode, path string, at place, depth int) *node {
	made := &node{kind: mapping, at: at}
	lines := map[string]int{}
	var merges []*node
	for _, v := range values {
		if v.Key.IsMergeKey() {
			merges = append(merges, b.merge(v.Value, path, position(v.Key.GetToken()), depth)...)
			continue
		}
		key, keyAt, ok := b.key(v.Key, path, depth)
		if !ok {
			continue
		}
		child := join(path, segment(key))
		value := b.build(v.Value, child, keyAt, depth+1)
		if first, twice := lines[key]; twice {
			b.report(keyAt, join(path, segment(visible(key))), "", fmt.Sprintf("is here twice, first on line %d", first))
			continue
		}
		lines[key] = keyAt.line
		made.pairs = append(made.pairs, pair{key, keyAt, value})
	}
	b.adopt(made, merges, lines, path)
	return made
}

// key reads a key, which must be one text.
func (b *builder) key(n ast.MapKeyNode, path string, depth int) (string, place, bool) {
	var from ast.Node = n
	if explicit, ok := n.(*ast.MappingKeyNode); ok {
		from = explicit.Value
	}
	at := position(n.GetToken())
	if word, ok := from.(*ast.NullNode); ok && word.GetToken().Value == "null" {
		return "null", at, true // as a key it can be nothing but the word
	}
	built := b.build(from, path, at, depth+1)
	switch built.kind {
	case scalarText, scalarBool, scalarNumber:
		return built.text, at, true
	case broken:
		return "", at, false
	}
	b.report(at, path, "", "a key must be a text")
	return "", at, false
}

// merge reads the value of a merge key: a mapping or a list of mappings.
func (b *builder) merge(n ast.Node, path string, at place, depth int) []*node {
	value := b.build(n, path, at, depth+1)
	from := []*node{value}
	if value.kind == list {
		from = value.items
	}
	for _, m := range from {
		if m.kind != mapping && m.kind != broken {
			b.report(at, path, "write <<: *name", "<< takes a mapping or a list of mappings, got "+m.kind.String())
		}
	}
	return from
}

// adopt adds the pairs of merged mappings for keys that are not there yet.
func (b *builder) adopt(made *node, merges []*node, lines map[string]int, path string) {
	for _, m := range merges {
		if b.merged += len(m.pairs); b.merged > maxMerged {
			b.report(made.at, path, "", "merge keys make the file too large")
			return
		}
		for _, p := range m.pairs {
			if _, there := lines[p.key]; !there {
				lines[p.key] = p.at.line
				made.pairs = append(made.pairs, p)
			}
		}
	}
}

// anchor builds the value of an anchor and remembers it.
func (b *builder) anchor(n *ast.AnchorNode, path string, at place, depth int) *node {
	name := n.Name.GetToken().Value
	b.anchors[name] = nil
	value := b.build(n.Value, path, at, depth+1)
	b.anchors[name] = value
	return value
}

// alias finds the value of an anchor. The name is not shown: *name may be a secret
// that begins with a star.
func (b *builder) alias(n *ast.AliasNode, path string) *node {
	at := position(n.GetToken())
	value, named := b.anchors[n.Value.GetToken().Value]
	switch {
	case !named:
		return b.fail(at, path, "put text that begins with * in quotes", "the alias names no anchor above it")
	case value == nil:
		return b.fail(at, path, "", "the alias is part of what it stands for")
	}
	return value
}

// tag builds a tagged value. Only tags that say what the value is anyway are taken, and
// !!str, which makes a text of any scalar. Tags are not shown: they may be secrets too.
func (b *builder) tag(n *ast.TagNode, path string, at place, depth int) *node {
	value := b.build(n.Value, path, at, depth+1)
	scalar := value.kind == scalarText || value.kind == scalarBool || value.kind == scalarNumber
	switch token.ReservedTagKeyword(n.Start.Value) {
	case token.StringTag, token.TimestampTag:
		if scalar {
			asText := *value
			asText.kind = scalarText
			return &asText
		}
	case token.MappingTag:
		if value.kind == mapping {
			return value
		}
	case token.SequenceTag:
		if value.kind == list {
			return value
		}
	}
	if value.kind == broken {
		return value
	}
	return b.fail(position(n.GetToken()), path, "put text that begins with ! in quotes", "this YAML tag is not taken")
}
