package sandbox_test

import (
	"fmt"
	"net/http/httptest"

	"github.com/eddy-retl/eddy/sandbox"
)

// A test starts the sandbox on a port of its own, makes it fail twice, and afterwards
// asks who is in the audience.
func Example() {
	box := sandbox.New(sandbox.Default())
	web := httptest.NewServer(box)
	defer web.Close()
	id, err := box.NewAudience("18ce54d4x5t", "VIP")
	if err != nil {
		fmt.Println(err)
		return
	}
	box.Fault(sandbox.Fault{On: sandbox.OnUsers, Status: 503, Count: 2})

	// … a client under test works with web.URL …

	fmt.Println(id, len(box.Members(id)), len(box.Requests()))
	// Output: 1nmth 0 0
}
