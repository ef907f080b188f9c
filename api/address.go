package api

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"github.com/eddy-retl/eddy"
)

// Proxies are the networks of the proxies that are believed when they say, in
// X-Forwarded-For, where a request comes from.
type Proxies []netip.Prefix

// Loopback are the proxies of a server that only its own machine reaches.
func Loopback() Proxies {
	return Proxies{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
}

// ParseProxies reads networks in CIDR notation, or single addresses.
func ParseProxies(texts []string) (Proxies, error) {
	var out Proxies
	for _, text := range texts {
		p, err := netip.ParsePrefix(text)
		if ip, single := netip.ParseAddr(text); single == nil && ip.Zone() == "" {
			p, err = netip.PrefixFrom(ip, ip.BitLen()), nil
		}
		if ip := p.Addr(); err == nil && ip.Is4In6() && p.Bits() >= 96 {
			p = netip.PrefixFrom(ip.Unmap(), p.Bits()-96)
		}
		if err != nil || p.Bits() == 0 { // in ::/0 and 0.0.0.0/0 is everybody
			return nil, &eddy.Error{
				Code: eddy.CodeUsage, What: fmt.Sprintf("%q is no network of proxies", text),
				Mend: "Write the address of the proxy, such as 10.0.0.7, or its network, such as 10.0.0.0/24 or fd00:1::/64.",
			}
		}
		out = append(out, p.Masked())
	}
	return out, nil
}

// Trust says whether an address is one of a proxy.
func (p Proxies) Trust(ip netip.Addr) bool {
	for _, network := range p {
		if network.Contains(ip) {
			return true
		}
	}
	return false
}

// Address tells where a request comes from: the other end of the connection or, where that
// is a proxy, the last address in X-Forwarded-For that is not one as well. What stands before
// it is what the client claimed. Where a proxy writes something that is no address, the
// request counts as the proxy's.
func (p Proxies) Address(r *http.Request) string {
	from, ok := hop(r.RemoteAddr)
	if !ok {
		return r.RemoteAddr
	}
	// A header that is there several times is one list.
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && p.Trust(from); i-- {
		next, ok := hop(hops[i])
		if !ok {
			break
		}
		from = next
	}
	return from.String()
}

// hop reads one address as connections and proxies write it: with or without a port, and
// of IPv6 with or without brackets.
func hop(text string) (netip.Addr, bool) {
	text = strings.TrimSpace(text)
	if host, _, err := net.SplitHostPort(text); err == nil {
		text = host
	} else if inner, open := strings.CutPrefix(text, "["); open && strings.HasSuffix(inner, "]") {
		text = strings.TrimSuffix(inner, "]")
	}
	ip, err := netip.ParseAddr(text)
	return ip.WithZone("").Unmap(), err == nil
}

// household is what is counted as one: an address, or of IPv6 the network of 64 bits that one
// customer has.
func household(address string) string { return within(address, 32) }

// neighbourhood is what counts as one place that somebody logs in from: of IPv4, a network
// of 24 bits.
func neighbourhood(address string) string { return within(address, 24) }

// within is the network that an address lies in, of so many bits for IPv4 and 64 for IPv6.
func within(address string, bits int) string {
	ip, ok := hop(address)
	if !ok {
		return address
	}
	if ip.Is6() {
		bits = 64
	}
	network := netip.PrefixFrom(ip, bits).Masked()
	if network.IsSingleIP() {
		return ip.String()
	}
	return network.String()
}
