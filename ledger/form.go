package ledger

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
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
	// named are the values that a staged text of a field names, for canonical forms: joined by
	// commas. first is the first of them, which tells a text without a comma from all others.
	named, first func(f column, staged string) string
	// time is a staged time as SQL can compare it.
	time func(f column, staged string) string
	// fingerprint tells the versions of a record apart, where their texts are not kept.
	fingerprint func(w *writer, m Model) string
	// same says that the model's row s and a held version h are one version.
	same func(w *writer, c comparison) string
	// apart says that a fingerprint stands for a version's texts, so that they can be looked
	// up later.
	apart bool
	// rewritesTimes says that texts of times are brought into one form by Go beforehand.
	rewritesTimes bool
}

func raw() form {
	return form{
		value:         func(_ column, staged string) string { return staged },
		named:         func(_ column, staged string) string { return staged },
		first:         func(_ column, staged string) string { return staged },
		time:          func(_ column, staged string) string { return staged },
		fingerprint:   func(w *writer, _ Model) string { return "CAST(NULL AS " + w.d.Text + ")" },
		rewritesTimes: true,
		same: func(w *writer, c comparison) string {
			parts := []string{"h.settings = s.settings"}
			switch {
			case c.Kept:
			case w.d.BothSides:
				parts[0] = fmt.Sprintf("h.settings = CASE WHEN s.record_id IS NOT NULL THEN %d END", c.Settings)
			default:
				parts[0] = fmt.Sprintf("h.settings = %d", c.Settings) // nothing to be hashed with the rows
			}
			for _, f := range w.columns() {
				// What was mapped before and no longer is, is another number of settings.
				if c.mapped(f.Name) || c.Kept {
					parts = append(parts, fmt.Sprintf(w.d.Same, "s."+f.Column, "h."+f.Column))
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
		named: named,
		// A phone number without a comma may be sent in two forms.
		first:       func(f column, staged string) string { return "split_part(" + named(f, staged) + ", ',', 1)" },
		time:        func(f column, staged string) string { return FieldFunction(f.At) + "(" + staged + ")" },
		fingerprint: fingerprintOf,
		same: func(w *writer, _ comparison) string {
			return fmt.Sprintf(w.d.Same, "s.fingerprint", "h.fingerprint")
		},
	}
}

// named are the digests of a staged text. What was dropped stands behind them, and its reason
// has commas of its own.
func named(f column, staged string) string {
	return "split_part(" + FieldFunction(f.At) + "(" + staged + "), chr(1), 1)"
}

// FieldFunction is the SQL name of the Go function that prepares one field's text,
// for engines with [warehouse.Functions].
func FieldFunction(field int) string { return fmt.Sprintf("eddy_field_%d", field) }

// What begins a reason, in a version that is kept as digests: that of a value which was
// dropped, and that of one which leaves the whole record out.
const (
	Dropped = "\x01"
	LeftOut = "\x02"
)

// FingerprintFunction is the SQL name of [Fingerprint], for engines with
// [warehouse.Functions].
const FingerprintFunction = "eddy_fingerprint"

// Fingerprint makes the function that tells the versions of one record apart without
// keeping their texts. It is keyed by the ledger's key, and by what is mapped and how it
// is prepared: a text of 64 bits that only who has the key can work out or look up. The
// hash of what fits into one block takes half the time, so the key is short.
func Fingerprint(key []byte, m Model) func([]warehouse.Argument) (string, bool) {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(m.Settings))
	for _, s := range m.Mapped {
		mac.Write([]byte(settingsMark + s.As))
	}
	const keyed, block, length = 16, 256, 8
	secret := mac.Sum(nil)[:keyed]
	return func(texts []warehouse.Argument) (string, bool) {
		var buf [block]byte
		row := append(buf[:0], secret...)
		for _, t := range texts {
			// The length before each text keeps two rows apart whose texts run into each other.
			size := uint64(0)
			if !t.Null {
				size = uint64(len(t.Text)) + 1
			}
			row = append(binary.AppendUvarint(row, size), t.Text...)
		}
		sum := sha256.Sum256(row)
		return base64.RawURLEncoding.EncodeToString(sum[:length]), true
	}
}

// fingerprintOf is the fingerprint of a staged row m.
func fingerprintOf(w *writer, m Model) string {
	texts := make([]string, len(m.Mapped))
	for i, s := range m.Mapped {
		texts[i] = "m." + w.d.Quote(s.As)
	}
	return FingerprintFunction + "(" + join(texts) + ")"
}
