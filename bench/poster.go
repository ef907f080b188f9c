package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	stdsync "sync"

	"github.com/dghubble/oauth1"

	"github.com/eddy-retl/eddy/sandbox"
)

// bodySize is when a body is full: X takes 5,000,000 bytes.
const bodySize = 4_990_000

// senders is how many bodies are on their way at once.
const senders = 2

// poster posts bodies while the next one is filled.
type poster struct {
	client     *http.Client
	url        string
	full, free chan []byte
	work       stdsync.WaitGroup

	mu                     stdsync.Mutex
	requests, bytes, users int64
	err                    error
}

func newPoster(ctx context.Context, api, audience string) *poster {
	cfg := sandbox.Default()
	client := oauth1.NewClient(ctx, oauth1.NewConfig(cfg.ConsumerKey, cfg.ConsumerSecret), oauth1.NewToken(cfg.AccessToken, cfg.AccessTokenSecret))
	p := &poster{
		client: client, url: api + "/12/accounts/" + cfg.Account + "/custom_audiences/" + audience + "/users",
		full: make(chan []byte), free: make(chan []byte, senders+1),
	}
	for range senders + 1 {
		p.free <- make([]byte, 0, bodySize+1024)
	}
	for range senders {
		p.work.Go(func() {
			for body := range p.full {
				p.send(body)
				p.free <- body
			}
		})
	}
	return p
}

// begin waits for an empty body and begins it.
func (p *poster) begin() []byte {
	return append((<-p.free)[:0], `[{"operation_type":"Update","params":{"users":[`...)
}

// post hands a body over and begins the next. A body without users is not sent.
func (p *poster) post(body []byte) []byte {
	users, some := bytes.CutSuffix(body, []byte(","))
	if !some {
		return body
	}
	p.full <- append(users, `]}}]`...)
	return p.begin()
}

func (p *poster) send(body []byte) {
	users, err := p.request(body)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.requests, p.bytes, p.users, p.err = p.requests+1, p.bytes+int64(len(body)), p.users+users, errors.Join(p.err, err)
}

func (p *poster) request(body []byte) (users int64, err error) {
	resp, err := p.client.Post(p.url, "application/json", bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		return 0, errors.Join(err, fmt.Errorf("status %d: %s", resp.StatusCode, text))
	}
	var answer struct {
		Data struct {
			Total int64 `json:"total_count"`
		}
	}
	err = json.Unmarshal(text, &answer)
	return answer.Data.Total, err
}

// finish waits until everything is sent.
func (p *poster) finish(err error) (requests, sent, users int64, _ error) {
	close(p.full)
	p.work.Wait()
	return p.requests, p.bytes, p.users, errors.Join(err, p.err)
}
