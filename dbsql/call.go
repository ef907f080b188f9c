package dbsql

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"sync/atomic"
	"time"
)

// Limits of what is read of one answer. Chunks of 25 MiB are larger as JSON, and a message of an
// error is only told.
const (
	mostBody    = 512 << 20
	mostMessage = 64 << 10
	mostToken   = 1 << 20
)

// call is one call of the API.
type call struct {
	method, path string
	query        url.Values
	// body is sent as it is; in is sent as JSON.
	body []byte
	in   any
	// harmless says that it may be sent again where nobody knows whether it was got.
	harmless bool
}

// do makes a call and reads its answer into out, which may be nil. It tries again within the
// patience, as far as that does no harm.
func (c *Client) do(ctx context.Context, k call, out any) error {
	if k.in != nil {
		var err error
		if k.body, err = json.Marshal(k.in); err != nil {
			return err
		}
	}
	return c.tried(ctx, k.harmless, func() error { return c.authorized(ctx, k, out) })
}

// tried carries out what may be tried again, within the patience.
func (c *Client) tried(ctx context.Context, harmless bool, attempt func() error) error {
	pause, end := 200*time.Millisecond, time.Now().Add(c.config.Patience)
	for {
		err := attempt()
		if err == nil {
			c.answered.Store(true)
			return nil
		}
		may, wait := c.again(err, harmless)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if !may {
			return err
		}
		if wait == 0 {
			wait, pause = pause, min(2*pause, 10*time.Second)
		}
		if time.Now().Add(wait).After(end) {
			return err
		}
		if err := rest(ctx, wait); err != nil {
			return err
		}
	}
}

// rest waits, or until the context ends.
func rest(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// authorized makes a call with a token. One that is not good any more is renewed once.
func (c *Client) authorized(ctx context.Context, k call, out any) error {
	for renewed := false; ; renewed = true {
		token, err := c.tokens.get(ctx)
		if err != nil {
			return err
		}
		err = c.once(ctx, k, token, out)
		if e, ok := errors.AsType[*Error](err); !ok || e.Status != http.StatusUnauthorized || renewed || !c.tokens.drop(token) {
			return err
		}
	}
}

// once makes a call.
func (c *Client) once(ctx context.Context, k call, token string, out any) error {
	at := c.host
	at.Path, at.RawQuery = k.path, k.query.Encode()
	req, err := http.NewRequestWithContext(ctx, k.method, at.String(), bytes.NewReader(k.body))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Accept", "application/json")
	if k.body != nil {
		req.Header.Set("Content-Type", "application/octet-stream")
	}
	if k.in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := c.send(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode/100 != 2 {
		return failure(resp)
	}
	text, err := readAll(resp.Body, mostBody)
	if err != nil {
		return &broken{fmt.Errorf("databricks: the answer of %s broke off: %w", k.path, err)}
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(text, out); err != nil {
		return fmt.Errorf("databricks: %s did not answer in the API's form: %w", c.host.Host, err)
	}
	return nil
}

// send sends a request as it is, and says whether anybody got it where it fails.
func (c *Client) send(req *http.Request) (*http.Response, error) {
	if c.config.UserAgent != "" {
		req.Header.Set("User-Agent", c.config.UserAgent)
	}
	var connected atomic.Bool
	traced := httptrace.WithClientTrace(req.Context(), &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected.Store(true) }})
	resp, err := c.http.Do(req.WithContext(traced))
	switch {
	case err == nil:
		return resp, nil
	case req.Context().Err() != nil:
		return nil, req.Context().Err()
	case connected.Load():
		return nil, &broken{quiet(err)}
	}
	return nil, &unreached{quiet(err)}
}

// failure reads an answer that is none of success.
func failure(resp *http.Response) error {
	text, _ := readAll(io.LimitReader(resp.Body, mostMessage), mostMessage+1)
	e := &Error{Status: resp.StatusCode, RetryAfter: retryAfter(resp.Header.Get("Retry-After"))}
	var said struct {
		Code    string `json:"error_code"`
		Message string `json:"message"`
	}
	if json.Unmarshal(text, &said) == nil {
		e.Code, e.Message = said.Code, said.Message
	} else {
		e.Message = http.StatusText(resp.StatusCode) // a page of some proxy
	}
	return e
}

// retryAfter reads seconds or a date.
func retryAfter(text string) time.Duration {
	if n, err := strconv.Atoi(text); err == nil {
		return time.Duration(min(max(n, 0), 1<<20)) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(time.Until(at), 0)
	}
	return 0
}

// errTooLong is what a body ends with that has more than it may.
var errTooLong = errors.New("it is longer than it may be")

// readAll reads a body to its end, which is not after most bytes.
func readAll(body io.Reader, most int64) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(body, most+1))
	if err == nil && int64(len(text)) > most {
		err = errTooLong
	}
	return text, err
}
