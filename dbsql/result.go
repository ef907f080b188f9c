package dbsql

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Result is what a statement gives. It is there for an hour.
type Result struct {
	// ID is the statement's.
	ID      string
	Columns []Column
	// Count is how many rows there are.
	Count int64

	client   *Client
	manifest manifest
	first    chunk
}

// Column is one column of a result.
type Column struct {
	Name string `json:"name"`
	// Type is the whole type as SQL writes it, as DECIMAL(10,2) or ARRAY<STRING>.
	Type string `json:"type_text"`
}

// manifest says what a result has.
type manifest struct {
	Schema struct {
		Columns []Column `json:"columns"`
	} `json:"schema"`
	Chunks    int64   `json:"total_chunk_count"`
	Rows      int64   `json:"total_row_count"`
	Bytes     int64   `json:"total_byte_count"`
	Truncated bool    `json:"truncated"`
	Parts     []share `json:"chunks"`
}

// share is what one chunk has of a result.
type share struct {
	Index  int64 `json:"chunk_index"`
	Offset int64 `json:"row_offset"`
	Rows   int64 `json:"row_count"`
	Bytes  int64 `json:"byte_count"`
}

// chunk is one part of a result, or links to some.
type chunk struct {
	share

	Links []link      `json:"external_links"`
	Data  [][]*string `json:"data_array"`
}

// link is where a chunk is fetched, as long as it lives.
type link struct {
	share

	URL     string            `json:"external_link"`
	Ends    string            `json:"expiration"`
	Headers map[string]string `json:"http_headers"`
}

// page is one chunk that has come.
type page struct {
	chunk

	arrow []byte
	err   error
}

// Rows hands out all rows as texts, nil for NULL. A row is valid during the call only. An error
// of each ends it and is given back. nil says that every row of the manifest was handed out.
//
// Numbers, texts and truth values have the form that a cast to STRING gives them; select others
// as such a cast where their form matters, because it differs between ways that results come.
func (r *Result) Rows(ctx context.Context, each func(row [][]byte) error) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var rows, bytes int64
	for p := range r.pages(ctx) {
		if p.err != nil {
			return p.err
		}
		n, err := r.handOut(p, each)
		if err != nil {
			return err
		}
		if n != p.Rows || p.Offset != rows {
			return incomplete(r.ID, "chunk %d has %d rows from row %d on, not %d from %d on", p.Index, n, p.Offset, p.Rows, rows)
		}
		rows += n
		bytes += p.Bytes
	}
	switch m := r.manifest; {
	case ctx.Err() != nil:
		return ctx.Err()
	case rows != m.Rows:
		return incomplete(r.ID, "%d rows came of %d", rows, m.Rows)
	case !r.client.config.Inline && bytes != m.Bytes && bytes > 0 && m.Bytes > 0:
		return incomplete(r.ID, "chunks of %d bytes came of %d", bytes, m.Bytes)
	}
	return nil
}

// handOut hands out the rows of a chunk and counts them.
func (r *Result) handOut(p page, each func(row [][]byte) error) (int64, error) {
	if r.client.config.Inline {
		return fromJSON(r.ID, p.Data, len(r.Columns), each)
	}
	return fromArrow(r.ID, p.arrow, len(r.Columns), each)
}

// pages fetches chunks, one ahead of the one that is read.
func (r *Result) pages(ctx context.Context) <-chan page {
	out := make(chan page)
	go func() {
		defer close(out)
		known := map[int64]link{}
		for i := range r.manifest.Chunks {
			p := r.fetch(ctx, i, known)
			select {
			case <-ctx.Done():
				return
			case out <- p:
			}
			if p.err != nil {
				return
			}
		}
	}()
	return out
}

// fetch gets one chunk, and checks what the answers say of it against the manifest.
func (r *Result) fetch(ctx context.Context, i int64, known map[int64]link) page {
	var p page
	if r.client.config.Inline {
		p = r.inline(ctx, i)
	} else {
		p = r.linked(ctx, i, known)
	}
	for _, part := range r.manifest.Parts {
		if p.err == nil && part.Index == i && part.differs(p.share) {
			p.err = incomplete(r.ID, "chunk %d has %d rows and %d bytes from row %d on, and by the manifest %d and %d from %d on", i, p.Rows, p.Bytes, p.Offset, part.Rows, part.Bytes, part.Offset)
		}
	}
	return p
}

// differs says that two accounts of a chunk cannot both be true. Bytes are not always told.
func (s share) differs(other share) bool {
	return s.Rows != other.Rows || s.Offset != other.Offset || s.Bytes != other.Bytes && s.Bytes > 0 && other.Bytes > 0
}

// inline gets a chunk within an answer.
func (r *Result) inline(ctx context.Context, i int64) page {
	if i == 0 {
		return page{chunk: r.first}
	}
	c, err := r.chunk(ctx, i)
	return page{chunk: c, err: err}
}

// chunk asks for a chunk, or for links to it.
func (r *Result) chunk(ctx context.Context, i int64) (c chunk, err error) {
	path := statements + "/" + url.PathEscape(r.ID) + "/result/chunks/" + strconv.FormatInt(i, 10)
	return c, r.client.do(ctx, call{method: http.MethodGet, path: path, harmless: true}, &c)
}

// attempts is how often a chunk is fetched from storage, each time by a new link.
const attempts = 4

// linked gets a chunk from storage. A link that has ended, or will while it is read, is asked for
// again; a wrong clock here costs one question and no more.
func (r *Result) linked(ctx context.Context, i int64, known map[int64]link) page {
	if i == 0 {
		remember(known, r.first.Links)
	}
	var failed error
	for n := range attempts {
		l, ok := known[i]
		if !ok || n > 0 || l.ending() {
			if n > 0 && rest(ctx, time.Duration(n)*200*time.Millisecond) != nil {
				break
			}
			c, err := r.chunk(ctx, i)
			if err != nil {
				return page{err: err}
			}
			remember(known, c.Links)
			if l, ok = known[i]; !ok {
				return page{err: incomplete(r.ID, "there is no link to chunk %d", i)}
			}
		}
		text, err := r.client.download(ctx, l)
		if err == nil {
			delete(known, i)
			return page{chunk: chunk{share: l.share}, arrow: text}
		}
		failed = err
	}
	if ctx.Err() != nil {
		return page{err: ctx.Err()}
	}
	return page{err: &StorageError{Err: failed}}
}

// ending says that a link may end while it is read.
func (l link) ending() bool {
	at, err := time.Parse(time.RFC3339, l.Ends)
	return err == nil && time.Until(at) < time.Minute
}

// remember keeps links, of which an answer may have several, by the number of their chunk.
func remember(known map[int64]link, links []link) {
	for _, l := range links {
		known[l.Index] = l
	}
}

// StorageError is a chunk of a result that could not be fetched from the storage of results.
type StorageError struct {
	// Host is that of the storage.
	Host string
	Err  error
}

// Error tells no address: it has a credential in it.
func (e *StorageError) Error() string {
	if e.Host == "" {
		return fmt.Sprintf("databricks: the storage of results: %v", e.Err)
	}
	return fmt.Sprintf("databricks: the storage of results at %s: %v", e.Host, e.Err)
}

// Unwrap gives the cause.
func (e *StorageError) Unwrap() error { return e.Err }

// download reads a whole chunk, so that one that breaks off is fetched again and nothing is
// handed out twice. The token does not go there.
func (c *Client) download(ctx context.Context, l link) ([]byte, error) {
	at, err := url.Parse(l.URL)
	if err != nil || at.Host == "" || at.Scheme != "https" && at.Scheme != c.host.Scheme {
		return nil, fmt.Errorf("the link is no address of %s", c.host.Scheme)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, l.URL, http.NoBody)
	if err != nil {
		return nil, fmt.Errorf("the link to %s is no address", at.Host)
	}
	for name, value := range l.Headers {
		if !strings.EqualFold(name, "Authorization") && !strings.EqualFold(name, "Cookie") {
			req.Header.Set(name, value)
		}
	}
	resp, err := c.send(req)
	if err != nil {
		return nil, &StorageError{at.Hostname(), err}
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		_, _ = io.CopyN(io.Discard, resp.Body, mostMessage)
		return nil, &StorageError{at.Hostname(), fmt.Errorf("HTTP %d", resp.StatusCode)}
	}
	text, err := readAll(resp.Body, mostBody)
	if err != nil {
		return nil, &StorageError{at.Hostname(), fmt.Errorf("the chunk broke off: %w", err)}
	}
	return text, nil
}
