package eddy

import (
	"context"
	"net"
	"net/http"
	"net/url"
)

// Dialer opens connections to other machines. Whoever calls an address that somebody wrote
// into a source, a destination or an alert goes through the one that it was handed, and no
// other way: package dial decides there which addresses a server may call.
type Dialer interface {
	// DialContext opens a connection, as [net.Dialer.DialContext] does.
	DialContext(ctx context.Context, network, address string) (net.Conn, error)
	// Proxy says through which proxy a request goes; nil is none. It is for [http.Transport].
	Proxy(r *http.Request) (*url.URL, error)
}
