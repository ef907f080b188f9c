package alert

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/dial"
)

// Sender sends messages. The zero Sender is ready for use, and calls public addresses alone.
type Sender struct {
	// Roots are who may vouch for mail and web servers; nil is the machine's list.
	Roots *x509.CertPool
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Dialer is how mail servers and webhooks are reached; nil reaches public addresses alone.
	Dialer eddy.Dialer
}

// patience is how long one attempt to send may take.
const patience = 10 * time.Second

func (s Sender) now() time.Time {
	if s.Now == nil {
		return time.Now()
	}
	return s.Now()
}

// The headers of a signed webhook. The signature is "v1=" and the HMAC-SHA256, in hex, of
// the timestamp (Unix seconds), a dot and the body. Receivers should refuse old timestamps.
const (
	HeaderTimestamp = "Eddy-Timestamp"
	HeaderSignature = "Eddy-Signature"
)

// Sign makes the signature of a webhook's body.
func Sign(secret string, timestamp int64, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(strconv.FormatInt(timestamp, 10) + "."))
	mac.Write(body)
	return "v1=" + hex.EncodeToString(mac.Sum(nil))
}

// webhook posts the message as JSON, with its text beside it.
func (s Sender) webhook(ctx context.Context, c Channel, m Message) error {
	body, err := json.Marshal(struct {
		Message

		Subject string `json:"subject"`
		Text    string `json:"text"`
	}{m, m.Subject(), m.Text()})
	if err != nil {
		return err
	}
	header := http.Header{}
	at := s.now().Unix()
	header.Set(HeaderTimestamp, strconv.FormatInt(at, 10))
	if c.secret != "" {
		header.Set(HeaderSignature, Sign(c.secret, at, body))
	}
	return s.post(ctx, "the webhook", c.URL, header, body)
}

// slack posts the message as Slack and those who do as Slack take it.
func (s Sender) slack(ctx context.Context, c Channel, m Message) error {
	mark := ":rotating_light:"
	if m.Turn == Recovered || m.Turn == Tested {
		mark = ":white_check_mark:"
	}
	// Slack reads these three as markup.
	plain := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(strings.TrimSpace(m.Text()))
	body, err := json.Marshal(map[string]string{"text": mark + " " + plain})
	if err != nil {
		return err
	}
	return s.post(ctx, "Slack", c.URL, http.Header{}, body)
}

func (s Sender) client() *http.Client {
	d := dial.Of(s.Dialer)
	return &http.Client{
		Transport: &http.Transport{
			Proxy: d.Proxy, DialContext: d.DialContext, ForceAttemptHTTP2: true,
			TLSClientConfig:   &tls.Config{RootCAs: s.Roots, MinVersion: tls.VersionTLS12},
			DisableKeepAlives: true, // alerts are rare
		},
		// What was signed for one address is not carried to another.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// post sends a body to an address; who is what listens there, in words.
func (s Sender) post(ctx context.Context, who, to string, header http.Header, body []byte) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("the address of %s cannot be used", who)
	}
	req.Header = header
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "eddy")
	res, err := s.client().Do(req)
	if err != nil {
		if u, ok := errors.AsType[*url.Error](err); ok {
			err = u.Err // without the address
		}
		return fmt.Errorf("post to %s: %w", who, err)
	}
	defer res.Body.Close()
	switch {
	case res.StatusCode/100 == 2:
		return nil
	case res.StatusCode == http.StatusRequestTimeout, res.StatusCode == http.StatusTooManyRequests, res.StatusCode/100 == 5:
		return fmt.Errorf("%s answered with status %d", who, res.StatusCode)
	default:
		return &Refused{fmt.Sprintf("%s answered with status %d", who, res.StatusCode)}
	}
}
