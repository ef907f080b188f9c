package xaudience

import (
	"strings"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/destination"
)

// advice says of the reasons that contain a text whom they are about, and how to mend them.
type advice struct {
	reason string
	about  eddy.About
	mend   string
}

// allAdvice is that of all reasons that this destination gives. The first that fits is taken.
func allAdvice() []advice {
	return []advice{
		{"X: ", eddy.AboutRefused, "The text is X's own. Compare a few of these records with others in the warehouse. Later runs try them again."},
		{phoneNoRegion, eddy.AboutValue, "Give the destination default_region, the two letters of the country that numbers without a country code are of, or write the numbers with + and the country code."},
		{"phone_number: ", eddy.AboutValue, "Mend the numbers in the warehouse, or leave the rows out of the model with a condition. If they are numbers of one country without its code, check default_region of the destination."},
		{"not a SHA-256 digest, and hashing is off", eddy.AboutValue, "Set hash: true on the destination, so that Eddy normalises and hashes the values, or give it columns of SHA-256 digests."},
		{"email: ", eddy.AboutValue, "Mend the addresses in the warehouse, or leave the rows out of the model with a condition; check that the mapped column holds e-mail addresses."},
		{"device_id: ", eddy.AboutValue, "Check that the mapped column holds advertising ids (IDFA, AdID or Android ID), such as 38400000-8cf0-11bd-b23e-10b96e40000d."},
		{"twitter_id: ", eddy.AboutValue, "Check that the mapped column holds numeric X user ids; handles go into the field handle."},
		{"handle: ", eddy.AboutValue, "Check that the mapped column holds X handles: up to 20 letters, digits and underscores, with or without @."},
		{"partner_user_id: ", eddy.AboutValue, "Store the ids as valid UTF-8 text."},
		{"effective_at: not a time", eddy.AboutRow, "Map a column of a date or timestamp type, or texts in ISO 8601 such as 2026-01-31T00:00:00Z."},
		{"expires_at: not a time", eddy.AboutRow, "Map a column of a date or timestamp type, or texts in ISO 8601 such as 2026-01-31T00:00:00Z."},
		{timeBefore, eddy.AboutRow, "Leave the column empty where there is no time. Leave rows whose membership is over out of the model with a condition."},
		{timeAfter, eddy.AboutRow, "Leave expires_at empty, or make it infinity, where there is no end."},
		{timeNever, eddy.AboutRow, "Leave rows whose membership is over out of the model with a condition."},
		{timeLate, eddy.AboutRow, "Leave rows whose membership never begins out of the model with a condition."},
		{timeLater, eddy.AboutRow, "Nothing to do: should X let these members go after 13 months, as those without expires_at, Eddy has sent them again by then. Leave expires_at empty where there is no end."},
		{"expires_at: not later", eddy.AboutRow, "Let expires_at be later than effective_at, or leave one of them out of the mapping."},
		{"no identity: all identity fields are empty", eddy.AboutRow, "These rows have none of the mapped values. Map another column that they have, or leave them out of the model with a condition."},
		{"no answer from X", eddy.AboutUnsent, "Nothing to do: whether it arrived is settled by the next run. If it happens in every run, check the network between Eddy and X."},
		{"X answered with status 5", eddy.AboutUnsent, "X had trouble of its own. The next run tries again."},
		{"X answered with status 429", eddy.AboutUnsent, "X's limit of requests was used up. The next run tries again; let connections of one account run at different times."},
		{"X counted ", eddy.AboutUnsent, "Nothing to do: the next run settles it. If it happens in every run, a proxy or gateway on the way (api_url) may answer in X's place."},
		{"X answered with status ", eddy.AboutUnsent, "The next run tries again. If it stays so, look at the status in X's documentation of errors, and at what lies between Eddy and X."},
	}
}

// Advise says whom a reason is about that a record was left out for, and how to mend it.
func (*Destination) Advise(reason string) destination.Advice {
	for _, a := range allAdvice() {
		if strings.Contains(reason, a.reason) {
			return destination.Advice{About: a.about, Mend: a.mend}
		}
	}
	return destination.Advice{}
}
