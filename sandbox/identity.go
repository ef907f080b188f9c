package sandbox

import (
	"encoding/hex"
	"fmt"
)

// field is one of the keys that X matches people by.
type field uint8

const (
	email field = iota
	deviceID
	handle
	twitterID
	phoneNumber
	partnerUserID
	noField
)

// String is the field's name in JSON.
func (f field) String() string {
	switch f {
	case email:
		return "email"
	case deviceID:
		return "device_id"
	case handle:
		return "handle"
	case twitterID:
		return "twitter_id"
	case phoneNumber:
		return "phone_number"
	case partnerUserID:
		return "partner_user_id"
	}
	return "none"
}

// fieldNamed takes bytes so that the scanner's hot path allocates nothing.
func fieldNamed(name []byte) field {
	switch string(name) {
	case "email":
		return email
	case "device_id":
		return deviceID
	case "handle":
		return handle
	case "twitter_id":
		return twitterID
	case "phone_number":
		return phoneNumber
	case "partner_user_id":
		return partnerUserID
	}
	return noField
}

type digest [32]byte

// parseDigest decodes 64 hex digits; upper-case ones only if asked.
func parseDigest(b []byte, upper bool) (d digest, ok bool) {
	if len(b) != 2*len(d) {
		return d, false
	}
	for i := range d {
		high, low := b[2*i], b[2*i+1]
		v, w := nibble(high), nibble(low)
		if v > 15 || w > 15 || !upper && (isUpper(high) || isUpper(low)) {
			return d, false
		}
		d[i] = v<<4 | w
	}
	return d, true
}

func isUpper(c byte) bool { return 'A' <= c && c <= 'F' }

// identity is a field and its value as parsed: a digest, or a text of the batch.
type identity struct {
	digest digest
	text   int32 // 1 + index into batch.texts; 0 is a digest
	user   int32 // number in the body of the user that it was sent with
	field  field
}

// batch is a parsed users body.
type batch struct {
	operations []operation
	identities []identity
	texts      []string
	errors     []apiError // of the request as a whole
	unknown    []string   // keys that X does not document
	unmatched  int        // values that are no digest and so can match nobody
	users      int
}

// operation is one element of a users body.
type operation struct {
	name        string // operation_type as sent, for the reply
	remove      bool
	from, until int64 // seconds; valid with the flags below
	hasFrom     bool
	hasUntil    bool
	users       int
	first, end  int // its part of batch.identities
	errors      []apiError
}

func (b *batch) failed() bool {
	if len(b.errors) > 0 {
		return true
	}
	for i := range b.operations {
		if len(b.operations[i].errors) > 0 {
			return true
		}
	}
	return false
}

// format writes an identity as tests and pages see it: field:value.
func (b *batch) format(id identity) string {
	if id.text > 0 {
		return fmt.Sprintf("%s:%s", id.field, b.texts[id.text-1])
	}
	return formatDigest(id.field, id.digest)
}

func formatDigest(f field, d digest) string {
	return f.String() + ":" + hex.EncodeToString(d[:])
}
