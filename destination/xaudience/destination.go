package xaudience

import (
	"cmp"
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/destination"
	"github.com/eddy-retl/eddy/dial"
	"github.com/eddy-retl/eddy/xads"
)

// Destination is one X Ads account. It is safe for concurrent use, and implements
// destination.Audiences and destination.Checker as well.
type Destination struct {
	account  string
	settings settings
	client   *xads.Client
	plans    func() *planTable
	patience Patience
	observer *observer
}

// Patience says how long a delivery keeps asking X before it gives a request up.
type Patience struct {
	// Attempts is how often one call is tried while X is busy or unreachable, and
	// FirstWait the first step of the growing waits between; 0 takes the client's default.
	Attempts  int
	FirstWait time.Duration
	// Pauses are the waits before a request is sent again whose answer settles nothing.
	Pauses []time.Duration
	// Timeout bounds one attempt; 0 takes the client's default.
	Timeout time.Duration
	// Limits keep requests smaller than X asks for, so that a small run needs several; 0 is
	// X's own limit.
	Limits destination.Limits
	// Grace is how long requests on their way may take to settle once a run is stopped; 0
	// is 30 seconds.
	Grace time.Duration
}

// DefaultPatience follows X's advice: again at once, after a while, after longer (X Ads
// API documentation, Audiences guide). Tests take less.
func DefaultPatience() Patience {
	return Patience{Pauses: []time.Duration{0, 2 * time.Second, 30 * time.Second}}
}

// limits are X's, unless less was asked for.
func (p Patience) limits() destination.Limits {
	return destination.Limits{
		Operations: cmp.Or(p.Limits.Operations, xads.MaxOperations), Bytes: cmp.Or(p.Limits.Bytes, xads.MaxBodyBytes), PerMinute: requestsPerMinute, Months: lifetimeMonths, Later: timeLater,
	}
}

var (
	_ destination.Destination = (*Destination)(nil)
	_ destination.Audiences   = (*Destination)(nil)
	_ destination.Checker     = (*Destination)(nil)
	_ destination.Accounts    = (*Destination)(nil)
	_ destination.Observed    = (*Destination)(nil)
	_ destination.Clocked     = (*Destination)(nil)
	_ destination.Used        = (*Destination)(nil)
)

// Open opens the account that the options describe. It sends nothing: an option that is
// missing or cannot be used is an error of eddy.CodeConfig, which names the destination
// and the option, but no value.
func Open(d eddy.Destination) (destination.Destination, error) {
	return OpenPatient(d, DefaultPatience())
}

// OpenPatient is [Open] with another patience.
func OpenPatient(d eddy.Destination, patience Patience) (destination.Destination, error) {
	account, err := checkAccount(d)
	if err != nil {
		return nil, err
	}
	s, err := optionSettings(d)
	if err != nil {
		return nil, err
	}
	o := &observer{}
	client, err := openClient(d, patience, o)
	if err != nil {
		return nil, err
	}
	return &Destination{account: account, settings: s, client: client, plans: sync.OnceValue(newPlanTable), patience: patience, observer: o}, nil
}

func openClient(d eddy.Destination, patience Patience, o *observer) (*xads.Client, error) {
	for _, o := range secretOptions() {
		if err := missing(d, o.Name, d.Options[o.Name]); err != nil {
			return nil, err
		}
	}
	url, err := checkURL(d)
	if err != nil {
		return nil, err
	}
	client, err := xads.New(xads.Credentials{
		ConsumerKey: d.Options["consumer_key"], ConsumerSecret: d.Options["consumer_secret"],
		AccessToken: d.Options["access_token"], AccessTokenSecret: d.Options["access_token_secret"],
	}, xads.Options{BaseURL: url, HTTPClient: &http.Client{Transport: through(dial.Of(d.Dialer))}, MaxAttempts: patience.Attempts, FirstWait: patience.FirstWait, Timeout: patience.Timeout, Observe: o.take})
	if err != nil {
		return nil, eddy.Errorf(eddy.CodeConfig, "destination %q: %w", d.Name, err)
	}
	return client, nil
}

// through is the client's own transport, on the way that was handed down.
func through(d eddy.Dialer) *http.Transport {
	t := xads.NewTransport()
	t.Proxy, t.DialContext = d.Proxy, d.DialContext
	return t
}

// Fields are the same for every account.
func (*Destination) Fields() []destination.Field { return fields() }

// Limits are X's, and the same for every account, unless [OpenPatient] was asked for less.
func (d *Destination) Limits() destination.Limits { return d.patience.limits() }

// Preparer makes a preparer of the account's settings for "", else of settings that an
// earlier preparer gave; others are an error.
func (d *Destination) Preparer(text string) (destination.Preparer, error) {
	s := d.settings
	if text != "" {
		var err error
		if s, err = parseSettings(text); err != nil {
			return nil, err
		}
	}
	return newPreparer(s, d.plans), nil
}

// Deliver starts delivery into one audience. Up to four requests of 5 MB are on their
// way at once. When ctx ends nothing new is sent, and requests on their way have 30
// seconds to settle.
//
// Outcomes are Rejected (X refuses the record, also alone), Invalid (it is larger than
// a request may be), Failed (it was not applied, for no fault of its own) and Doubt (an
// answer that would settle it never came). Refused credentials and a missing audience
// end the delivery with an eddy.Error of eddy.CodeDestination.
func (d *Destination) Deliver(ctx context.Context, audience string, report func(destination.Report)) destination.Delivery {
	return newDelivery(ctx, d.client, d.account, audience, d.patience, report)
}
