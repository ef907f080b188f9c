package sandbox_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/eddy-retl/eddy/sandbox"
)

// fullBody is one operation of 63,000 users: nearly five million bytes.
func fullBody() string {
	users := make([]string, 63_000)
	for i := range users {
		users[i] = fmt.Sprintf(`{"email":["%064x"]}`, i*7919)
	}
	return `[{"operation_type":"Update","params":{"users":[` + strings.Join(users, ",") + `]}}]`
}

// BenchmarkUsers is a whole request over loopback, the client's share included.
func BenchmarkUsers(b *testing.B) {
	body := fullBody()
	for name, countOnly := range map[string]bool{"stored": false, "counted": true} {
		b.Run(name, func(b *testing.B) {
			box := start(b, func(c *sandbox.Config) { c.CountOnly = countOnly })
			id := box.audience("x")
			b.SetBytes(int64(len(body)))
			for b.Loop() {
				if a := box.users(id, body); a.status != 200 {
					b.Fatal(a.body)
				}
			}
		})
	}
}
