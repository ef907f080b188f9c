package xaudience

import "github.com/eddy-retl/eddy/destination"

// The fields' places in Fields, which is also the order of a record's texts.
const (
	fieldEmail = iota
	fieldPhone
	fieldDevice
	fieldTwitterID
	fieldPartner
	fieldHandle
	fieldEffective
	fieldExpires
	fieldCount

	// identityCount is how many fields come before the times.
	identityCount = fieldEffective
)

const (
	// requestsPerMinute is X's limit on user uploads (X Ads API documentation, Rate limiting).
	requestsPerMinute = 1500
	// lifetimeMonths is how long X keeps a member that was given no expiry (X Ads API
	// documentation, Custom Audience Users).
	lifetimeMonths = 13
)

// fields tells the destination's fields.
func fields() []destination.Field {
	return []destination.Field{
		{
			Name: "email", Identity: true, Canonical: destination.CanonicalAddress,
			Names: []string{"email", "e_mail", "mail", "email_address", "email_sha256", "hashed_email"}, Telling: true,
			Help: "E-mail addresses. Trimmed, lower-cased, hashed.",
		},
		{
			Name: "phone_number", Identity: true, Canonical: destination.CanonicalDigits,
			Names: []string{"phone", "phone_number", "mobile", "cell", "tel", "telephone", "msisdn", "phone_sha256"},
			Help:  "Phone numbers, with a country code or of default_region. Brought to E.164, hashed.",
		},
		{
			Name: "device_id", Identity: true, Canonical: destination.CanonicalText,
			Names: []string{"device_id", "idfa", "gaid", "aaid", "adid", "maid", "android_id", "advertising_id"},
			Help:  "Mobile advertising ids: IDFA, AdID or Android ID. Lower-cased, hashed.",
		},
		{
			Name: "twitter_id", Identity: true, Canonical: destination.CanonicalDigits,
			Names: []string{"twitter_id", "twitter_user_id", "x_id", "x_user_id"},
			Help:  "Numeric X user ids. Hashed.",
		},
		{
			Name: "partner_user_id", Identity: true, Plain: true, Canonical: destination.CanonicalExact,
			Names: []string{"partner_user_id", "partner_id", "external_id"},
			Help:  "Ids in your own system that X knows from an ID sync. Sent as they are, never hashed.",
		},
		{
			Name: "handle", Identity: true, Canonical: destination.CanonicalText,
			Names: []string{"handle", "twitter_handle", "twitter", "x_handle", "screen_name", "twitter_username"},
			Help:  "X handles, with or without @. Lower-cased, hashed.",
		},
		{
			Name:  "effective_at",
			Names: []string{"effective_at", "starts_at", "start_at", "start_date", "valid_from"},
			Help:  "When the membership begins, ISO 8601; UTC unless it carries an offset. Default: at once.",
		},
		{
			Name: "expires_at", Ends: true,
			Names: []string{"expires_at", "expiry", "expiration", "expires", "expires_on", "end_date", "valid_until", "valid_to"},
			Help:  "When the membership ends, ISO 8601, later than effective_at. X's default: 13 months after the upload.",
		},
	}
}

// fieldName names an identity field as X's request body does.
func fieldName(f int) string {
	switch f {
	case fieldEmail:
		return "email"
	case fieldPhone:
		return "phone_number"
	case fieldDevice:
		return "device_id"
	case fieldTwitterID:
		return "twitter_id"
	case fieldPartner:
		return "partner_user_id"
	default:
		return "handle"
	}
}
