package eddy

// Canonical names the SQL form under which two texts of a field may be the same
// identity. It must be at least as coarse as the destination's normalisation: texts
// with different canonical forms never become the same identity, so that SQL finds
// all candidates for a shared identity and the destination decides (promise 2).
type Canonical string

// The canonical forms. Each is applied to every value of a comma-separated text.
const (
	// CanonicalText: ASCII lower case, without spaces, @, -, i, k and everything outside
	// ASCII. (The Kelvin sign and the dotted capital I lower to k and i, so these two
	// letters tell nothing.) At least as coarse as trimming, Unicode lower-casing and
	// dropping a leading @.
	CanonicalText Canonical = "text"
	// CanonicalDigits: the last six ASCII digits.
	CanonicalDigits Canonical = "digits"
	// CanonicalExact: the text without ASCII white space and anything outside ASCII.
	CanonicalExact Canonical = "exact"
)

// Field is one thing that a model's column can be mapped to.
type Field struct {
	Name string
	Help string
	// Identity fields match people; the others (times) describe the membership.
	Identity bool
	// Ends says that the field is the time at which the membership ends.
	Ends bool
	// Canonical is how SQL finds candidates for shared identities; empty for times.
	Canonical Canonical
	// Names are what columns of this field are often called: words in lower case, joined
	// by underscores. They are for suggestions only.
	Names []string
	// Telling says that few texts of another kind pass this field's check, so that a column
	// whose values pass it is likely to be of this field whatever its name.
	Telling bool
}
