package xaudience

import "strings"

// advice says how to mend the reasons that contain a text. The first that fits is taken.
func advice() [][2]string {
	return [][2]string{
		{phoneNoRegion, "Give the destination default_region, the two letters of the country that numbers without a country code are of, or write the numbers with + and the country code."},
		{"phone_number: ", "Mend the numbers in the warehouse, or leave the rows out of the model with a condition. If they are numbers of one country without its code, check default_region of the destination."},
		{"not a SHA-256 digest, and hashing is off", "Set hash: true on the destination, so that Eddy normalises and hashes the values, or give it columns of SHA-256 digests."},
		{"email: ", "Mend the addresses in the warehouse, or leave the rows out of the model with a condition; check that the mapped column holds e-mail addresses."},
		{"device_id: ", "Check that the mapped column holds advertising ids (IDFA, AdID or Android ID), such as 38400000-8cf0-11bd-b23e-10b96e40000d."},
		{"twitter_id: ", "Check that the mapped column holds numeric X user ids; handles go into the field handle."},
		{"handle: ", "Check that the mapped column holds X handles: up to 20 letters, digits and underscores, with or without @."},
		{"partner_user_id: ", "Store the ids as valid UTF-8 text."},
		{"effective_at: not a time", "Map a column of a date or timestamp type, or texts in ISO 8601 such as 2026-01-31T00:00:00Z."},
		{"expires_at: not a time", "Map a column of a date or timestamp type, or texts in ISO 8601 such as 2026-01-31T00:00:00Z."},
		{timeBefore, "Leave the column empty where there is no time. Leave rows whose membership is over out of the model with a condition."},
		{timeAfter, "Leave expires_at empty, or make it infinity, where there is no end."},
		{timeNever, "Leave rows whose membership is over out of the model with a condition."},
		{timeLate, "Leave rows whose membership never begins out of the model with a condition."},
		{timeLater, "Nothing to do: should X let these members go after 13 months, as those without expires_at, Eddy has sent them again by then. Leave expires_at empty where there is no end."},
		{"expires_at: not later", "Let expires_at be later than effective_at, or leave one of them out of the mapping."},
		{"no identity: all identity fields are empty", "These rows have none of the mapped values. Map another column that they have, or leave them out of the model with a condition."},
		{"no answer from X", "Nothing to do: whether it arrived is settled by the next run. If it happens in every run, check the network between Eddy and X."},
		{"X answered with status 5", "X had trouble of its own. The next run tries again."},
		{"X answered with status 429", "X's limit of requests was used up. The next run tries again; let connections of one account run at different times."},
	}
}

// Advise says how to mend a reason that a record was left out for.
func (*Destination) Advise(reason string) string {
	for _, a := range advice() {
		if strings.Contains(reason, a[0]) {
			return a[1]
		}
	}
	return ""
}
