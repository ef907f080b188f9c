package xads_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"

	"github.com/eddy-retl/eddy/xads"
)

// A test server stands in for X here; leave BaseURL out to call X itself.
func Example() {
	x := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.Method + " " + r.URL.Path {
		case "POST /12/accounts/18ce54d4x5t/custom_audiences":
			io.WriteString(w, `{"data":{"id":"1nmth","name":"VIP"}}`)
		case "POST /12/accounts/18ce54d4x5t/custom_audiences/1nmth/users":
			io.WriteString(w, `{"data":{"success_count":1,"total_count":1}}`)
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	defer x.Close()

	credentials := xads.Credentials{ConsumerKey: "ck", ConsumerSecret: "cs", AccessToken: "at", AccessTokenSecret: "ats"}
	client, err := xads.New(credentials, xads.Options{BaseURL: x.URL})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	audience, err := client.CreateAudience(ctx, "18ce54d4x5t", "VIP", "Top customers")
	if err != nil {
		fmt.Println(err)
		return
	}
	body := []byte(`[{"operation_type":"Update","params":{"users":[
		{"email":["4798b8bbdcf6f2a52e527f46a3d7a7c9aefb541afda03af79c74809ecc6376f3"]}]}}]`)
	reply, err := client.Users(ctx, "18ce54d4x5t", audience.ID, body)
	fmt.Println(reply.Success, reply.Total, err)

	_, err = client.Audience(ctx, "18ce54d4x5t", "unknown")
	if e, ok := errors.AsType[*xads.Error](err); ok {
		fmt.Println(e.NotFound(), e.MaybeApplied())
	}
	// Output:
	// 1 1 <nil>
	// true false
}
