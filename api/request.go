package api

import (
	"net"
	"net/http"
	"net/netip"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// request is what an endpoint may want to know beside its parameters.
type request struct {
	from    origin
	session string
}

// Resolve reads it.
func (q *request) Resolve(ctx huma.Context) []error {
	r, _ := humago.Unwrap(ctx)
	q.from, _ = r.Context().Value(originKey{}).(origin)
	q.session = sessionSecret(r)
	return nil
}

// household is what is counted as one for limits: an address, or of IPv6 the network of 64
// bits that one customer has.
func household(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	if ip = ip.Unmap(); ip.Is4() {
		return ip.String()
	}
	network, err := ip.WithZone("").Prefix(64)
	if err != nil {
		return address
	}
	return network.String()
}

// remoteHost is the address at the other end of the connection.
func remoteHost(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
