package alert

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/mail"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/dial"
)

// The types of channels.
const (
	Webhook   = "webhook"
	Slack     = "slack"
	Teams     = "teams"
	PagerDuty = "pagerduty"
	Email     = "email"
)

// Channel is where messages go: the fields that its type takes are set.
type Channel struct {
	Type string `json:"type"`
	// URL is where a webhook, Slack or Teams listens. It is kept as a secret: whoever knows it may
	// post.
	URL string `json:"url,omitempty"`
	// Host and Port are the mail server; the port is 587 unless TLS says tls: then 465.
	Host string `json:"host,omitempty"`
	Port int    `json:"port,omitempty"`
	// TLS is starttls (the default), tls (from the first byte) or none.
	TLS      string   `json:"tls,omitempty"`
	Username string   `json:"username,omitempty"`
	From     string   `json:"from,omitempty"`
	To       []string `json:"to,omitempty"`
	// Region is where an account of PagerDuty lives: us (the default) or eu.
	Region string `json:"region,omitempty"`

	// secret signs a webhook's messages; password is the mail server's; routingKey is that
	// of an integration of PagerDuty.
	secret, password, routingKey string
}

// The names of secrets that channels take.
const (
	SecretURL        = "url"
	SecretSigning    = "secret"
	SecretPassword   = "password"
	SecretRoutingKey = "routing_key"
)

// SecretNames lists the secrets that a type of channel takes.
func SecretNames(channel string) []string {
	switch channel {
	case Webhook:
		return []string{SecretURL, SecretSigning}
	case Slack, Teams:
		return []string{SecretURL}
	case PagerDuty:
		return []string{SecretRoutingKey}
	case Email:
		return []string{SecretPassword}
	default:
		return nil
	}
}

// The ways to the mail server.
const (
	startTLS = "starttls"
	fullTLS  = "tls"
	noTLS    = "none"
)

// Parse reads a channel and checks that a message could be sent to it.
func Parse(text json.RawMessage, secrets map[string]string) (Channel, error) {
	var c Channel
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		return c, bad("it cannot be read: "+err.Error(), `Write {"type": "webhook", "url": "https://..."}, {"type": "slack"} or {"type": "teams"} with the secret url, {"type": "pagerduty"} with the secret routing_key, or {"type": "email", "host": ..., "from": ..., "to": [...]}.`)
	}
	for name := range secrets {
		if !slices.Contains(SecretNames(c.Type), name) {
			return c, bad(fmt.Sprintf("a channel of type %q takes no secret %q", c.Type, name), "It takes: "+cmp.Or(strings.Join(SecretNames(c.Type), ", "), "none")+".")
		}
	}
	c.URL = cmp.Or(secrets[SecretURL], c.URL)
	c.secret, c.password, c.routingKey = secrets[SecretSigning], secrets[SecretPassword], secrets[SecretRoutingKey]
	err := c.check()
	return c, err
}

func (c *Channel) check() error {
	if err := c.stray(); err != nil {
		return err
	}
	switch c.Type {
	case Webhook, Slack, Teams:
		return c.checkURL()
	case PagerDuty:
		return c.checkPagerDuty()
	case Email:
		return c.checkEmail()
	default:
		return bad(fmt.Sprintf("%q is not a type", c.Type), "The types are webhook, slack, teams, pagerduty and email.")
	}
}

// KeepsIncidents says that what is told there stays open until it is told to be over: also when
// nobody asks for it any more.
func (c Channel) KeepsIncidents() bool { return c.Type == PagerDuty }

// Place says where messages go, and as whom, by name: what the channel's secrets were given
// for. To whom a mail server hands them on is no part of it.
func (c Channel) Place() map[string]string {
	return map[string]string{
		"type": c.Type, "url": c.URL, "host": strings.ToLower(c.Host), "port": strconv.Itoa(c.Port), "tls": c.TLS, "username": c.Username, "region": c.Region,
	}
}

// Host is the host of an address that is posted to: as much of it as may be shown. Whoever
// knows the whole may post.
func Host(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}

func bad(what, mend string) error {
	return &eddy.Error{Code: eddy.CodeUsage, What: "the alert's channel: " + what, Mend: mend}
}

// checkURL never repeats the address: it may be a secret.
func (c *Channel) checkURL() error {
	u, err := url.Parse(c.URL)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return bad("url is missing or is no address of a web server", "Write it with its scheme, such as https://example.com/hook.")
	}
	return nil
}

// stray refuses fields that the channel's type would silently ignore.
func (c *Channel) stray() error {
	posts, mail := c.URL != "", c.Host != "" || c.From != "" || len(c.To) > 0 || c.Username != "" || c.TLS != "" || c.Port != 0
	switch {
	case mail && slices.Contains([]string{Webhook, Slack, Teams, PagerDuty}, c.Type):
		return bad("host, port, tls, username, from and to are for type email only", "Take them out.")
	case posts && (c.Type == Email || c.Type == PagerDuty):
		return bad("url is for webhook, slack and teams only", "Take it out.")
	case c.Region != "" && c.Type != PagerDuty:
		return bad("region is for type pagerduty only", "Take it out.")
	}
	return nil
}

// checkPagerDuty never repeats the key.
func (c *Channel) checkPagerDuty() error {
	c.Region = cmp.Or(c.Region, regionUS)
	switch {
	case c.Region != regionUS && c.Region != regionEU:
		return bad(fmt.Sprintf("region: %q is not known", c.Region), "Write us or eu: eu where the address of your account has .eu. in it.")
	case !routingKey(c.routingKey):
		return bad("the secret routing_key is missing or is no key of an integration", `Copy the "Integration Key" of an integration of type "Events API V2" of your service: 32 letters and digits.`)
	}
	return nil
}

func (c *Channel) checkEmail() error {
	c.TLS = cmp.Or(c.TLS, startTLS)
	switch {
	case c.Host == "" || strings.ContainsAny(c.Host, ":/ \r\n"):
		return bad("host is missing or is no name of a mail server", "Write the name alone, such as smtp.example.com; the port has a key of its own.")
	case !slices.Contains([]string{startTLS, fullTLS, noTLS}, c.TLS):
		return bad(fmt.Sprintf("tls: %q is not known", c.TLS), "Write starttls, tls or none.")
	case c.Port < 0 || c.Port > 65535:
		return bad("port is not a port", "Leave it out, or write a number up to 65535.")
	case len(c.To) == 0:
		return bad("to is missing", "Name at least one address.")
	case (c.Username == "") != (c.password == ""):
		return bad("username and the secret password belong together", "Give both, or neither.")
	case c.TLS == noTLS && c.Username != "":
		return bad("a password would travel unencrypted", "Use starttls or tls.")
	}
	for _, address := range append([]string{c.From}, c.To...) {
		if _, err := mail.ParseAddress(address); err != nil {
			return bad(fmt.Sprintf("%q is not an e-mail address", address), "Write from and to as name@example.com.")
		}
	}
	if c.Port == 0 {
		c.Port = 587
		if c.TLS == fullTLS {
			c.Port = 465
		}
	}
	return nil
}

// Send sends a message to a channel. An error that trying again cannot mend is a [*Refused].
func (s Sender) Send(ctx context.Context, c Channel, m Message) error {
	err := s.send(ctx, c, m)
	if _, ok := errors.AsType[*dial.Refused](err); ok {
		return &Refused{err.Error()}
	}
	return err
}

func (s Sender) send(ctx context.Context, c Channel, m Message) error {
	switch c.Type {
	case Webhook:
		return s.webhook(ctx, c, m)
	case Slack:
		return s.slack(ctx, c, m)
	case Teams:
		return s.teams(ctx, c, m)
	case PagerDuty:
		return s.pagerDuty(ctx, c, m)
	default:
		return s.email(ctx, c, m)
	}
}

// Refused is a message that the other side took, read and did not want, or one to an address
// that may not be called.
type Refused struct{ What string }

// Error says what the other side answered.
func (r *Refused) Error() string { return r.What }
