package eddy

// Canonical names the SQL form under which two texts of a field may be the same
// identity. It must be at least as coarse as the destination's normalisation: texts
// with different canonical forms never become the same identity, so that SQL finds
// all candidates for a shared identity and the destination decides (promise 2).
type Canonical string

// The canonical forms. Each is applied to every value of a comma-separated text.
const (
	// CanonicalText: ASCII letters and digits in lower case, and underscores, without what
	// stands before \x, without i and k. (The Kelvin sign and the dotted capital I lower to
	// k and i, so these two letters tell nothing.) At least as coarse as trimming, Unicode
	// lower-casing, taking off quotes and brackets, and dropping a leading @.
	CanonicalText Canonical = "text"
	// CanonicalAddress: what stands before the last @ and after the last :, < or \x, in
	// Unicode's composed form (NFC), and of that ASCII letters but i, in lower case, digits,
	// and ._+-. (The dotted capital I may lower to i.) At least as coarse as taking a name,
	// mailto, quotes and brackets off an e-mail address, as composing it, and as writing its
	// domain in any way.
	CanonicalAddress Canonical = "address"
	// CanonicalDigits: the last six digits of the number that a text names. Full-width, Arabic
	// and Persian digits are digits. Off the end goes first an exponent or an extension: e, with
	// or without a +, or one of x # ; and no digits; then up to seven digits, and no letters or
	// digits after them. Then goes a fraction: the only dot, and only zeros after it. So
	// 14155552671, 14155552671.0, 1.4155552671E10 and +1 415 555-2671 ext. 5 are one form.
	CanonicalDigits Canonical = "digits"
	// CanonicalExact: the text without white space, quotes, brackets, braces and anything
	// outside ASCII.
	CanonicalExact Canonical = "exact"
)

// Field is one thing that a model's column can be mapped to.
type Field struct {
	Name string
	Help string
	// Identity fields match people; the others (times) describe the membership.
	Identity bool
	// Plain identities are sent as they are, never hashed.
	Plain bool
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

// Rounded begins the text of a number that a float column may not hold exactly: what it was
// before it got there, nobody can tell.
const Rounded = "rounded "
