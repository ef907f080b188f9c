package ledger

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/eddy-retl/eddy/warehouse"
)

// form is how versions are kept: as the model's texts where the ledger lives beside
// them, or as digests where it must not keep a raw value (promise 10). It is chosen once;
// everything else is the same for both.
type form struct {
	// value is what a version keeps of a staged text of a field.
	value func(f column, staged string) string
	// time is a staged time as SQL can compare it.
	time func(f column, staged string) string
	// fingerprint tells the versions of a record apart, where their texts are not kept.
	fingerprint func(l *Ledger, m Model) string
	// same says that the model's row s and a held version h are one version.
	same func(l *Ledger, c comparison) string
	// apart says that a fingerprint stands for a version's texts, so that they can be looked
	// up later.
	apart bool
	// rewritesTimes says that texts of times are brought into one form by Go beforehand.
	rewritesTimes bool
}

func raw() form {
	return form{
		value:         func(_ column, staged string) string { return staged },
		time:          func(_ column, staged string) string { return staged },
		fingerprint:   func(l *Ledger, _ Model) string { return "CAST(NULL AS " + l.d.FingerprintType + ")" },
		rewritesTimes: true,
		same: func(l *Ledger, c comparison) string {
			parts := []string{"h.settings = s.settings"}
			if !c.Kept {
				parts[0] = fmt.Sprintf("h.settings = %d", c.Settings) // nothing to be hashed with the rows
			}
			for _, f := range l.columns() {
				// What was mapped before and no longer is, is another number of settings.
				if c.mapped(f.Name) || c.Kept {
					parts = append(parts, fmt.Sprintf(l.d.Same, "s."+f.Column, "h."+f.Column))
				}
			}
			return strings.Join(parts, " AND ")
		},
	}
}

func digests() form {
	return form{
		apart: true,
		value: func(f column, staged string) string {
			if !f.Identity {
				return staged
			}
			return FieldFunction(f.At) + "(" + staged + ")"
		},
		time:        func(f column, staged string) string { return FieldFunction(f.At) + "(" + staged + ")" },
		fingerprint: fingerprintOf,
		same: func(l *Ledger, _ comparison) string {
			return fmt.Sprintf(l.d.Same, "s.fingerprint", "h.fingerprint")
		},
	}
}

// FieldFunction is the SQL name of the Go function that prepares one field's text,
// for engines with [warehouse.Functions].
func FieldFunction(field int) string { return fmt.Sprintf("eddy_field_%d", field) }

// Dropped begins, in a version that is kept as digests, a value that could not be sent:
// the reason follows.
const Dropped = "\x01"

// fingerprintOf is keyed by a secret of the ledger. Between two texts stands something
// that nobody who writes texts knows: two rows are kept apart whose texts run into each
// other. It is short, because the hash of a row that fits into one block takes half the time.
func fingerprintOf(l *Ledger, m Model) string {
	const keyed, parting = 12, 6
	var names, key strings.Builder
	for _, s := range m.Mapped {
		names.WriteString("," + s.As)
	}
	key.WriteString(warehouse.QuoteText(l.secret("row"+names.String()+settingsMark+m.Settings, keyed)))
	for i, s := range m.Mapped {
		if i > 0 {
			key.WriteString(", " + warehouse.QuoteText(l.secret("begin,"+s.As, parting)))
		}
		fmt.Fprintf(&key, ", coalesce(m.%s, %s)", warehouse.Quote(s.As), warehouse.QuoteText(l.secret("null", parting)))
	}
	return fmt.Sprintf(l.d.Fingerprint, key.String())
}

// secret is a text that only who has the ledger's key can tell, of up to 43 characters.
func (l *Ledger) secret(of string, length int) string {
	mac := hmac.New(sha256.New, l.cfg.Key)
	mac.Write([]byte(of))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))[:length]
}
