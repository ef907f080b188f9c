package api_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	gosync "sync"
	"testing"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"

	"github.com/eddy-retl/eddy/api"
)

// contract is the document as somebody else's validator understands it.
type contract struct {
	validator.Validator

	// mu is for the validator, which is made for one request at a time.
	mu gosync.Mutex
}

// theContract reads the document once for all tests.
var theContract = gosync.OnceValues(func() (*contract, error) { //nolint:gochecknoglobals // constant once it is read
	data, err := api.Document()
	if err != nil {
		return nil, err
	}
	doc, err := libopenapi.NewDocument(data)
	if err != nil {
		return nil, err
	}
	v, errs := validator.NewValidator(doc)
	if len(errs) > 0 {
		return nil, errs[0]
	}
	return &contract{Validator: v}, nil
})

// TestTheDocumentIsValid has the document judged as OpenAPI 3.1.
func TestTheDocumentIsValid(t *testing.T) {
	t.Parallel()
	c, err := theContract()
	if err != nil {
		t.Fatal(err)
	}
	if ok, errs := c.ValidateDocument(); !ok {
		for _, e := range errs {
			t.Errorf("%s: %s %v", e.Message, e.Reason, e.SchemaValidationErrors)
		}
	}
}

// keeping checks that answers are what the document promises, whatever they answer.
type keeping struct{ t testing.TB }

// RoundTrip sends a request and judges its answer.
func (k keeping) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil || !strings.HasPrefix(r.URL.Path, "/api/v1/") || !strings.Contains(resp.Header.Get("Content-Type"), "json") {
		return resp, err
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	if err := resp.Body.Close(); err != nil {
		return nil, err
	}
	c, err := theContract()
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	resp.Body = io.NopCloser(bytes.NewReader(body))
	ok, errs := c.ValidateHttpResponse(r, resp)
	for _, e := range errs {
		if !ok && !strings.Contains(e.Message, "Path") {
			k.t.Errorf("%s %s answers %d what the document does not have: %s: %s %v\n%.1000s", r.Method, r.URL.Path, resp.StatusCode, e.Message, e.Reason, e.SchemaValidationErrors, body)
		}
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}
