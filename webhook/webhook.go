// Package webhook reads what other tools tell of their work: whether a request comes from whom it
// says, and whether the work ended well. It keeps nothing and starts nothing.
//
// What each tool sends, and how it signs it, is public:
//
//   - dbt Cloud: Authorization is the HMAC-SHA256 of the body in hex, under a secret that dbt
//     makes; https://docs.getdbt.com/docs/deploy/webhooks.
//   - Fivetran: X-Fivetran-Signature-256 is the HMAC-SHA256 of the body in hex, in either case,
//     under a secret that its administrator gives it; https://fivetran.com/docs/rest-api/webhooks.
//   - Airbyte signs nothing and sends no headers of one's own, so that the secret is in the address;
//     https://docs.airbyte.com/cloud/managing-airbyte-cloud/manage-airbyte-cloud-notifications and
//     https://github.com/airbytehq/airbyte/issues/17558.
//   - Others write X-Eddy-Signature: t=SECONDS,v1=HEX, the HMAC-SHA256 of SECONDS, a dot and the body.
package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Kind is the tool that a webhook hears from.
type Kind string

// The kinds.
const (
	DBTCloud Kind = "dbt_cloud"
	Fivetran Kind = "fivetran"
	Airbyte  Kind = "airbyte"
	Other    Kind = "other"
)

// Kinds are all of them.
func Kinds() []Kind { return []Kind{DBTCloud, Fivetran, Airbyte, Other} }

// Skew is how far the clock of who signs with a time may be off, and how long such a request may
// be on its way.
const Skew = 5 * time.Minute

// Key is the name of the parameter that has the secret of an address.
const Key = "key"

// Signed says whether a request with this body was signed with a secret. It takes as long whatever
// the answer is, and reads nothing of the body but its bytes.
func Signed(kind Kind, secret string, r *http.Request, body []byte, now time.Time) bool {
	// Without a secret anybody could sign.
	return signed(kind, secret, r, body, now) && secret != ""
}

func signed(kind Kind, secret string, r *http.Request, body []byte, now time.Time) bool {
	switch kind {
	case DBTCloud:
		return same(r.Header.Get("Authorization"), secret, body)
	case Fivetran:
		return same(r.Header.Get("X-Fivetran-Signature-256"), secret, body)
	case Airbyte:
		sent := r.URL.Query().Get(Key)
		if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
			sent = token // a proxy in between that can send headers keeps it out of addresses
		}
		// Digests are alike in length, whatever is sent.
		a, b := sha256.Sum256([]byte(sent)), sha256.Sum256([]byte(secret))
		return subtle.ConstantTimeCompare(a[:], b[:]) == 1
	default:
		return signedAt(r.Header.Get("X-Eddy-Signature"), secret, body, now)
	}
}

// same says whether a signature in hex is that of a text.
func same(signature, secret string, text []byte) bool {
	mac := hmac.New(sha256.New, []byte(secret))
	_, _ = mac.Write(text) // never fails, says package hash
	given, err := hex.DecodeString(strings.TrimSpace(signature))
	return hmac.Equal(given, mac.Sum(nil)) && err == nil
}

// signedAt checks a signature with its time, so that nobody can send it again later.
func signedAt(header, secret string, body []byte, now time.Time) bool {
	at, signature := "", ""
	for part := range strings.SplitSeq(header, ",") {
		switch key, value, _ := strings.Cut(strings.TrimSpace(part), "="); key {
		case "t":
			at = value
		case "v1":
			signature = value
		}
	}
	ok := same(signature, secret, append([]byte(at+"."), body...))
	seconds, err := strconv.ParseInt(at, 10, 64)
	return ok && err == nil && now.Sub(time.Unix(seconds, 0)).Abs() <= Skew
}
