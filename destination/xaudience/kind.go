package xaudience

import (
	"net"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/destination"
)

// Type is the name of the kind in configuration files.
const Type = "x_audience"

// DefaultURL is where X's Ads API answers.
const DefaultURL = "https://ads-api.x.com"

// Kind declares the X Audience destination: its options, and how one is opened.
func Kind() destination.Kind {
	return destination.Kind{Type: Type, Options: options(), Place: place, Fields: fields(), Hashed: hashed, Open: Open}
}

// hashed prepares values for accounts of any settings.
func hashed(u eddy.Upload) (destination.Preparer, error) {
	s := settings{hash: true, region: strings.ToUpper(strings.TrimSpace(u.Region)), e164: true, digits: true, ambiguous: refuseAmbiguous}
	if !knownRegion(s.region) {
		return nil, &eddy.Error{
			Code: eddy.CodeConfig, What: "default_region is not a region that phone numbers are known for", Mend: "Use the two letters of the country, such as US, GB or DE.",
		}
	}
	return newPreparer(s, sync.OnceValue(newPlanTable)), nil
}

func options() []eddy.Option {
	return append([]eddy.Option{{
		Name: "account_id", Kind: eddy.TextOption, Part: eddy.PlacePart, Required: true, Example: "18ce54d4x5t",
		Help: "The X Ads account, as in the address of its page at ads.x.com.",
	}}, append(secretOptions(), valueOptions()...)...)
}

// secretOptions are the four OAuth 1.0a values.
func secretOptions() []eddy.Option {
	secret := func(name, help string) eddy.Option {
		env := "${X_" + strings.ToUpper(name) + "}"
		return eddy.Option{Name: name, Kind: eddy.TextOption, Required: true, Part: eddy.SecretPart, Example: env, Help: help}
	}
	return []eddy.Option{
		secret("consumer_key", "The API key of an app that X approved for the Ads API."),
		secret("consumer_secret", "The API key secret of that app."),
		secret("access_token", "The access token of a user who may manage audiences in the account."),
		secret("access_token_secret", "The access token secret of that user."),
	}
}

// valueOptions say how values are prepared and where they go.
func valueOptions() []eddy.Option {
	return []eddy.Option{
		{
			Name: "hash", Kind: eddy.BoolOption, Part: eddy.PlainPart, Default: "true",
			Help: "Normalise and hash values that are not SHA-256 digests yet. When false, such values are refused, never sent.",
		},
		{
			Name: "default_region", Kind: eddy.TextOption, Part: eddy.PlainPart, Example: "US",
			Help: "The two-letter region of phone numbers without a country code. Without it they are refused.",
		},
		{
			Name: "phone_formats", Kind: eddy.ListOption, Part: eddy.PlainPart, Default: formE164, Choices: []string{formE164, formDigits},
			Help: "The forms of a phone number that are sent: e164 has the +, digits has not. X does not document which it matches.",
		},
		{
			Name: "ambiguous_phones", Kind: eddy.TextOption, Part: eddy.PlainPart, Default: refuseAmbiguous.String(), Choices: ambiguityNames(),
			Help: "What a phone number without + is that could be two: one of default_region, or one that begins with a calling code. Refused, unless a whole list is known to be of one sort.",
		},
		{
			Name: "api_url", Kind: eddy.TextOption, Part: eddy.PlacePart, Default: DefaultURL, Example: "http://127.0.0.1:8089",
			Help: "Where the Ads API answers, for the sandbox and for proxies.",
		},
	}
}

// optionSettings checks the options that decide how values are prepared.
func optionSettings(d eddy.Destination) (settings, error) {
	s := settings{region: strings.ToUpper(strings.TrimSpace(d.Options["default_region"]))}
	switch strings.ToLower(d.Options["hash"]) {
	case "", "true":
		s.hash = true
	case "false":
	default:
		return s, optionError(d, "hash", "is neither true nor false", "Write true, or false when the columns hold SHA-256 digests.")
	}
	if !knownRegion(s.region) {
		return s, optionError(d, "default_region", "is not a region that phone numbers are known for",
			"Use the two letters of the country, such as US, GB or DE.")
	}
	choice := strings.TrimSpace(d.Options["ambiguous_phones"])
	if choice == "" {
		choice = refuseAmbiguous.String()
	}
	i := slices.Index(ambiguityNames(), choice)
	if i < 0 {
		return s, optionError(d, "ambiguous_phones", "is not a choice that is known", "Choose from refuse, national and international.")
	}
	s.ambiguous = ambiguity(i)
	return withForms(d, s)
}

func withForms(d eddy.Destination, s settings) (settings, error) {
	list := d.Options["phone_formats"]
	if strings.TrimSpace(list) == "" {
		list = formE164
	}
	for form := range strings.SplitSeq(list, ",") {
		switch strings.TrimSpace(form) {
		case formE164:
			s.e164 = true
		case formDigits:
			s.digits = true
		default:
			return s, optionError(d, "phone_formats", "names a format that is not known", "Choose from e164 and digits.")
		}
	}
	return s, nil
}

// checkAccount checks an account id: letters and digits, since X writes ids in base 36.
func checkAccount(d eddy.Destination) (account string, err error) {
	account = strings.TrimSpace(d.Options["account_id"])
	for i := range len(account) {
		if !alphanumeric(lower(account[i])) {
			return "", optionError(d, "account_id", "has characters other than letters and digits",
				"Copy it from the address of the account's page at ads.x.com, such as 18ce54d4x5t.")
		}
	}
	return account, missing(d, "account_id", account)
}

// missing complains of a required option without a value.
func missing(d eddy.Destination, option, value string) error {
	if value != "" {
		return nil
	}
	return optionError(d, option, "is missing", "")
}

// optionError tells which option of which destination is wrong, without its value,
// which may be a secret.
func optionError(d eddy.Destination, option, what, mend string) error {
	err := eddy.Errorf(eddy.CodeConfig, "destination %q: %s %s", d.Name, option, what)
	err.Mend = mend
	return err
}

// checkURL checks the address of the API: X itself speaks HTTPS only; plain HTTP is for
// the sandbox, which may run on another machine.
func checkURL(d eddy.Destination) (string, error) {
	text := strings.TrimSpace(d.Options["api_url"])
	if text == "" {
		return DefaultURL, nil
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || u.RawQuery != "" {
		return "", optionError(d, "api_url", "is not an address of the form https://host",
			"Leave it out to use "+DefaultURL+".")
	}
	return text, nil
}

// place says where options lead, and to whose account: the address as it is dialled.
func place(options map[string]string) (map[string]string, error) {
	account := strings.ToLower(strings.TrimSpace(options["account_id"]))
	text, err := checkURL(eddy.Destination{Options: options})
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(text)
	if err != nil {
		return nil, err
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	at := u.Scheme + "://" + net.JoinHostPort(strings.ToLower(u.Hostname()), port) + strings.TrimRight(u.EscapedPath(), "/")
	return map[string]string{"account_id": account, "api_url": at}, nil
}
