package telemetry

import (
	"fmt"
	"io"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
)

// mask stands where a secret was.
const mask = "********"

// Redactor blots secrets out of texts: those that it was told of, and what looks like
// one wherever it comes from.
type Redactor struct {
	known atomic.Pointer[strings.Replacer]
}

// shortest is the least length of a secret that is looked for in texts: to blot out
// every "at" would make logs unreadable, and hides nothing.
const shortest = 6

// Hide says which secrets there are, in place of those that were said before.
func (r *Redactor) Hide(secrets ...string) {
	secrets = slices.DeleteFunc(slices.Clone(secrets), func(s string) bool { return len(s) < shortest })
	// The longer first: one secret may begin like another.
	slices.SortFunc(secrets, func(a, b string) int { return len(b) - len(a) })
	pairs := make([]string, 0, 2*len(secrets))
	for _, s := range secrets {
		pairs = append(pairs, s, mask)
	}
	r.known.Store(strings.NewReplacer(pairs...))
}

// What looks like a secret: API tokens, the password in an address, and what follows
// the name of a scheme of HTTP's Authorization.
var (
	token    = regexp.MustCompile(`\beddy_[0-9A-Za-z]{20,}\b`)
	password = regexp.MustCompile(`(\w://[^\s/:@]*):[^\s/@]+@`)
	header   = regexp.MustCompile(`(?i)\b(bearer|basic|oauth) [0-9a-z._~+/="-]{8,}`)
	keyword  = regexp.MustCompile(`(?i)\b(password|sslpassword)=('[^']*'|[^\s&]+)`)
	named    = regexp.MustCompile(`(?i)(password|secret|token|authorization|cookie|credential)`)
)

// Text is a text without secrets.
func (r *Redactor) Text(s string) string {
	if known := r.known.Load(); known != nil {
		s = known.Replace(s)
	}
	s = token.ReplaceAllString(s, mask)
	s = password.ReplaceAllString(s, "$1:"+mask+"@")
	s = keyword.ReplaceAllString(s, "$1="+mask)
	return header.ReplaceAllString(s, "$1 "+mask)
}

// attr is an attribute of a log line without secrets: one whose name says that it is a
// secret is blotted out whole.
func (r *Redactor) attr(_ []string, a slog.Attr) slog.Attr {
	value := a.Value.Resolve()
	if named.MatchString(a.Key) && value.Kind() == slog.KindString {
		return slog.String(a.Key, mask)
	}
	switch value.Kind() { //nolint:exhaustive // the others are numbers and times
	case slog.KindString:
		return slog.String(a.Key, r.Text(value.String()))
	case slog.KindAny:
		if _, level := value.Any().(slog.Level); level {
			return a
		}
		// Errors and everything else are told as text: what the encoder would make of a
		// structure cannot be looked through.
		return slog.String(a.Key, r.Text(fmt.Sprint(value.Any())))
	default:
		return a
	}
}

// NewLogger writes lines of text, or of JSON, without secrets.
func NewLogger(w io.Writer, json bool, r *Redactor) *slog.Logger {
	opt := &slog.HandlerOptions{Level: slog.LevelInfo, ReplaceAttr: r.attr}
	if json {
		return slog.New(calm{Handler: slog.NewJSONHandler(w, opt)})
	}
	return slog.New(calm{Handler: slog.NewTextHandler(w, opt)})
}
