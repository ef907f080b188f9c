package xaudience

import "strings"

// isPlaceholder reports whether a value stands for no value: a word that programs and people
// write where there is none, or an id that many devices share. Nothing that can be
// somebody's own is among them, but the handles of these words. Many rows with one of
// them would all be one stranger.
func isPlaceholder(field int, s string) bool {
	s = strings.TrimLeft(s, "@")
	n := len(s)
	switch {
	case n == 0, !alphanumeric(lower(s[0])) && onlyOf(s, signs):
		return true
	case field == fieldDevice && onlyOf(s, "0-"):
		return true
	case n <= longestWord:
		return strings.IndexByte(s, '@') < 0 && (placeholderWord(s) || strings.EqualFold(s, sharedAndroidID))
	case n == digestLen:
		return strings.EqualFold(s, emptyDigest) || onlyOf(s, "0")
	default:
		return n >= 32 && n <= 38 && (onlyOf(s, "0-{}()") || onlyOf(s, "fF-{}()"))
	}
}

const (
	// sharedAndroidID is what a faulty release of Android gave to all its devices.
	sharedAndroidID = "9774d56d682e549c"
	// emptyDigest is the SHA-256 of no text: a hashed column of empty values.
	emptyDigest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	// longestWord is the length of the longest placeholder, with signs around it.
	longestWord = 20
)

// placeholderWord compares without case and without the signs that stand around words.
func placeholderWord(s string) bool {
	s = strings.Trim(s, "()<>[]{}\"' ")
	var word [longestWord]byte
	for i := range len(s) {
		word[i] = lower(s[i])
	}
	switch string(word[:len(s)]) {
	case "unknown", "undefined", "null", "none", "test",
		"n/a", "n.a.", "n.a", "#n/a", `\n`,
		"not set", "not available", "not applicable", "not provided",
		"#null!", "#ref!", "#value!", "#name?", "object object":
		return true
	default:
		return false
	}
}

// signs are what nobody's value consists of alone. The underscore is not among them:
// it makes handles.
const signs = "-@.?!*/\\#,;:()<>[]{}\"' –—−"

func onlyOf(s, set string) bool { return s != "" && strings.Trim(s, set) == "" }
