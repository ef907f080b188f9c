package config

// kind says what a YAML value is.
type kind uint8

// The kinds of YAML values.
const (
	null kind = iota
	scalarText
	scalarBool
	scalarNumber
	list
	mapping
	// broken stands for a value that was already reported; nobody reports it again.
	broken
)

// String names the kind as messages do.
func (k kind) String() string {
	switch k {
	case scalarText:
		return "text"
	case scalarBool:
		return "true or false"
	case scalarNumber:
		return "a number"
	case list:
		return "a list"
	case mapping:
		return "a mapping"
	default:
		return "nothing"
	}
}

// place is a position in the file; both count from 1.
type place struct{ line, column int }

// node is a YAML value with its place. Aliases are resolved by sharing the anchor's
// node, so a file of aliases on aliases costs no more memory than its own length.
type node struct {
	kind kind
	at   place
	// text is a scalar as it was written, without its quotes.
	text string
	// wrapped marks text over several lines.
	wrapped bool
	items   []*node
	pairs   []pair
}

// pair is one key of a mapping with its value.
type pair struct {
	key   string
	at    place
	value *node
}

// find returns the pair of a key.
func (n *node) find(key string) (pair, bool) {
	for _, p := range n.pairs {
		if p.key == key {
			return p, true
		}
	}
	return pair{}, false
}
