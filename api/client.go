package api

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/destination"
	"github.com/eddy-retl/eddy/store"
	"github.com/eddy-retl/eddy/sync"
)

// Client calls a server. Its errors are *Problem where the server answers.
type Client struct {
	// URL is the server's address, such as http://127.0.0.1:8080.
	URL string
	// Token is an API token.
	Token string
	// HTTP makes the calls; nil is http.DefaultClient.
	HTTP *http.Client
}

// Call is one call: what to send beside the path.
type Call struct {
	Method, Path string
	Query        url.Values
	Header       http.Header
	// Body is sent as JSON; nil sends none.
	Body any
}

// Path joins segments that may hold any characters.
func Path(segments ...string) string {
	var b strings.Builder
	for _, s := range segments {
		b.WriteString("/" + url.PathEscape(s))
	}
	return b.String()
}

// Send makes a call. The caller closes the body of the answer.
func (c *Client) Send(ctx context.Context, call Call) (*http.Response, error) {
	var body io.Reader
	if call.Body != nil {
		data, err := json.Marshal(call.Body)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(data)
	}
	address := strings.TrimSuffix(c.URL, "/") + call.Path
	if len(call.Query) > 0 {
		address += "?" + call.Query.Encode()
	}
	r, err := http.NewRequestWithContext(ctx, call.Method, address, body)
	if err != nil {
		return nil, eddy.Errorf(eddy.CodeUsage, "%s is not the address of a server", c.URL)
	}
	for name, values := range call.Header {
		r.Header[http.CanonicalHeaderKey(name)] = values
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if c.Token != "" {
		r.Header.Set("Authorization", "Bearer "+c.Token)
	}
	resp, err := cmp.Or(c.HTTP, http.DefaultClient).Do(r)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, &eddy.Error{Code: eddy.CodeInternal, What: "the server at " + c.URL + " cannot be reached", Err: errors.Unwrap(err), Mend: "Check the address, and that eddy serve runs there."}
	}
	if resp.StatusCode < http.StatusBadRequest {
		return resp, nil
	}
	defer func() { _ = resp.Body.Close() }()
	return nil, readProblem(resp)
}

func readProblem(resp *http.Response) error {
	p := &Problem{header: resp.Header}
	data, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil || json.Unmarshal(data, p) != nil || p.Status == 0 {
		p = &Problem{Status: resp.StatusCode, Title: resp.Status, Detail: "the server answered " + resp.Status, Mend: "Check that the address is that of eddy serve."}
	}
	return p
}

// Do makes a call and reads the answer into out, which may be nil.
func (c *Client) Do(ctx context.Context, call Call, out any) (err error) {
	resp, err := c.Send(ctx, call)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, resp.Body.Close()) }()
	if out == nil || resp.StatusCode == http.StatusNoContent {
		return nil
	}
	if err := json.NewDecoder(resp.Body).Decode(out); err != nil {
		return &eddy.Error{
			Code: eddy.CodeInternal, What: "the answer of " + call.Method + " " + call.Path + " cannot be read", Err: err,
			Mend: "Check that the address is that of eddy serve, and that it has the version of this program.",
		}
	}
	return nil
}

func get[T any](ctx context.Context, c *Client, path string, q url.Values) (out T, err error) {
	err = c.Do(ctx, Call{Method: http.MethodGet, Path: path, Query: q}, &out)
	return out, err
}

func post[T any](ctx context.Context, c *Client, path string, body any) (out T, err error) {
	err = c.Do(ctx, Call{Method: http.MethodPost, Path: path, Body: body}, &out)
	return out, err
}

// All reads all pages of a list.
func All[T any](ctx context.Context, c *Client, path string, q url.Values) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		next := url.Values{}
		maps.Copy(next, q)
		for {
			p, err := get[Page[T]](ctx, c, path, next)
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, item := range p.Items {
				if !yield(item, nil) {
					return
				}
			}
			if p.NextCursor == "" {
				return
			}
			next.Set("cursor", p.NextCursor)
		}
	}
}

// Me tells whose token it is.
func (c *Client) Me(ctx context.Context) (Me, error) { return get[Me](ctx, c, "/api/v1/me", nil) }

// Start starts a run; an empty key is none.
func (c *Client) Start(ctx context.Context, connection string, how Start, key string) (out Run, err error) {
	call := Call{Method: http.MethodPost, Path: Path("api", "v1", "connections", connection, "runs"), Body: how}
	if key != "" {
		call.Header = http.Header{"Idempotency-Key": {key}}
	}
	err = c.Do(ctx, call, &out)
	return out, err
}

// Run shows a run.
func (c *Client) Run(ctx context.Context, id string) (Run, error) {
	return get[Run](ctx, c, Path("api", "v1", "runs", id), nil)
}

// Statements lists what the warehouse carried out for a run that has ended.
func (c *Client) Statements(ctx context.Context, id string) ([]eddy.Statement, error) {
	r, err := get[Run](ctx, c, Path("api", "v1", "runs", id), url.Values{"statements": {"true"}})
	return r.Statements, err
}

// Runs lists runs, newest first; an empty connection means all.
func (c *Client) Runs(ctx context.Context, connection string) iter.Seq2[Run, error] {
	q := url.Values{}
	if connection != "" {
		q.Set("connection", connection)
	}
	return All[Run](ctx, c, "/api/v1/runs", q)
}

// Cancel cancels a run.
func (c *Client) Cancel(ctx context.Context, id string) (Run, error) {
	return post[Run](ctx, c, Path("api", "v1", "runs", id, "cancel"), nil)
}

// Approve starts a new run in the place of one that the guard held.
func (c *Client) Approve(ctx context.Context, id string) (Run, error) {
	return post[Run](ctx, c, Path("api", "v1", "runs", id, "approve"), nil)
}

// Reject drops a run that the guard held.
func (c *Client) Reject(ctx context.Context, id string) (Run, error) {
	return post[Run](ctx, c, Path("api", "v1", "runs", id, "reject"), nil)
}

// Plan tells what a run would do.
func (c *Client) Plan(ctx context.Context, connection string, full bool) (sync.Plan, error) {
	return post[sync.Plan](ctx, c, Path("api", "v1", "connections", connection, "plan"), PlanRequest{Full: full})
}

// Why says why a person is or is not in a connection's audience.
func (c *Client) Why(ctx context.Context, connection string, q Question) (sync.Answer, error) {
	return post[sync.Answer](ctx, c, Path("api", "v1", "connections", connection, "why"), q)
}

// Events writes what a run would deliver, one record event a line.
func (c *Client) Events(ctx context.Context, connection string, full bool, w io.Writer) (err error) {
	resp, err := c.Send(ctx, Call{Method: http.MethodPost, Path: Path("api", "v1", "connections", connection, "record-events"), Body: EventsRequest{Full: full}})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, resp.Body.Close()) }()
	if _, err := io.Copy(w, resp.Body); err != nil {
		return &eddy.Error{Code: eddy.CodeInternal, What: "the server broke off in the middle: this is not the whole", Err: err, Mend: "Try again; the server's log says what happened."}
	}
	return nil
}

// Test tests a source, destination or connection of the server.
func (c *Client) Test(ctx context.Context, kind store.Kind, name string) (Steps, error) {
	return post[Steps](ctx, c, Path("api", "v1", string(kind)+"s", name, "test"), nil)
}

// Version is that of the server.
func (c *Client) Version(ctx context.Context) (string, error) {
	s, err := get[Setup](ctx, c, "/api/v1/setup", nil)
	return s.Version, err
}

// Records lists what became of a run's records; an empty status means what was not
// delivered, all means all.
func (c *Client) Records(ctx context.Context, run, status string) iter.Seq2[Record, error] {
	q := url.Values{}
	if status != "" {
		q.Set("status", status)
	}
	return All[Record](ctx, c, Path("api", "v1", "runs", run, "records"), q)
}

// Audiences lists a destination's audiences.
func (c *Client) Audiences(ctx context.Context, destinationName string) iter.Seq2[destination.AudienceInfo, error] {
	return All[destination.AudienceInfo](ctx, c, Path("api", "v1", "destinations", destinationName, "audiences"), nil)
}

// Watch calls each for every change of a run, until the run ends, and gives it as it ended. A
// stream that breaks is taken up again.
func (c *Client) Watch(ctx context.Context, id string, each func(Run)) (Run, error) {
	for {
		last, err := c.watch(ctx, id, each)
		if err != nil || last.FinishedAt != nil {
			return last, err
		}
		if err := ctx.Err(); err != nil {
			return last, err
		}
	}
}

// watch follows one stream to its end, then asks how the run stands.
func (c *Client) watch(ctx context.Context, id string, each func(Run)) (Run, error) {
	resp, err := c.Send(ctx, Call{Method: http.MethodGet, Path: Path("api", "v1", "runs", id, "events"), Header: http.Header{"Accept": {"text/event-stream"}}})
	if err != nil {
		return Run{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		data, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok {
			continue
		}
		var r Run
		if err := json.Unmarshal([]byte(data), &r); err != nil {
			return r, fmt.Errorf("read an event: %w", err)
		}
		each(r)
	}
	return c.Run(ctx, id)
}

// variable finds what a configuration file reads from the environment.
var variable = regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_]*)\}`)

// Apply brings a configuration file into the server. Of the environment only the variables
// that the file names are sent.
func (c *Client) Apply(ctx context.Context, text []byte, getenv func(string) (string, bool), prune, dryRun bool) (Applied, error) {
	in := Apply{Config: string(text), Env: map[string]string{}, Prune: prune, DryRun: dryRun}
	for _, m := range variable.FindAllStringSubmatch(in.Config, -1) {
		if value, ok := getenv(m[1]); ok {
			in.Env[m[1]] = value
		}
	}
	return post[Applied](ctx, c, "/api/v1/config", in)
}

// Export gives the server's configuration as a file.
func (c *Client) Export(ctx context.Context) (_ []byte, err error) {
	resp, err := c.Send(ctx, Call{Method: http.MethodGet, Path: "/api/v1/config"})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, resp.Body.Close()) }()
	return io.ReadAll(resp.Body)
}

// RetryAfter is how many seconds a server asked to wait; 0 when it did not.
func (p *Problem) RetryAfter() int {
	n, err := strconv.Atoi(p.header.Get("Retry-After"))
	if err != nil {
		return 0
	}
	return n
}
