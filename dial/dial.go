// Package dial decides where Eddy may call. On the command line that is anywhere: whoever
// wrote the configuration sits at the machine. On a server the addresses of webhooks, mail
// servers, APIs and warehouses are an editor's input, and the machine reaches what the
// editor does not: its own loopback, the network around it, the cloud's metadata. There
// only public addresses are called, and what the operator allowed.
package dial

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/net/http/httpproxy"

	"github.com/eddy-retl/eddy"
)

// Flag is the option of eddy serve that allows more.
const Flag = "--allow-private-destinations"

// Guard is a rule of where may be called. The zero Guard allows public addresses alone, and
// takes no proxy. It is safe for concurrent use.
type Guard struct {
	anywhere bool
	ranges   []netip.Prefix
	folders  []string // of Unix sockets, with their links resolved
	// proxy chooses the environment's proxy for an address; nil takes none. Its own
	// addresses, host:port, are the operator's.
	proxy   func(*url.URL) (*url.URL, error)
	proxies []string
}

// Anywhere is the rule of the command line: every address, and the environment's proxies.
func Anywhere() Guard { return Guard{anywhere: true} }

// Of is the dialer that was handed down; where none was, the zero [Guard]: whoever forgot
// to hand one down may call public addresses alone.
func Of(d eddy.Dialer) eddy.Dialer {
	if d == nil {
		return Guard{}
	}
	return d
}

// Allow makes the rule of a server. Each text is a range of addresses (CIDR, or one
// address), or a folder of Unix sockets, which begins with a slash. An error says which of
// them is none.
func Allow(texts ...string) (Guard, error) {
	var g Guard
	for _, text := range texts {
		if filepath.IsAbs(text) {
			g.folders = append(g.folders, resolved(text))
			continue
		}
		p, err := netip.ParsePrefix(text)
		if err != nil {
			a, failed := netip.ParseAddr(text)
			if failed != nil {
				return Guard{}, fmt.Errorf("%q is no range of addresses, such as 10.0.0.0/8, and no folder of sockets, such as /run/postgresql", text)
			}
			p = netip.PrefixFrom(a, a.BitLen())
		}
		if p.Addr().Is4In6() {
			return Guard{}, fmt.Errorf("%q: write a range of IPv4 as such, as in 10.0.0.0/8", text)
		}
		g.ranges = append(g.ranges, p.Masked())
	}
	return g, nil
}

// WithProxies is the rule that goes through the proxies which the variables HTTP_PROXY,
// HTTPS_PROXY and NO_PROXY name. What a name means is then for the proxy to say, so that
// only addresses that are written as numbers are judged here.
func (g Guard) WithProxies() Guard {
	cfg := httpproxy.FromEnvironment()
	g.proxy = cfg.ProxyFunc()
	g.proxies = nil
	for _, text := range []string{cfg.HTTPProxy, cfg.HTTPSProxy} {
		if !strings.Contains(text, "://") {
			text = "http://" + text
		}
		if u, err := url.Parse(text); err == nil && u.Hostname() != "" {
			port := map[string]string{"http": "80", "https": "443", "socks5": "1080", "socks5h": "1080"}[u.Scheme]
			if u.Port() != "" {
				port = u.Port()
			}
			g.proxies = append(g.proxies, net.JoinHostPort(u.Hostname(), port))
		}
	}
	return g
}

// written is a rule as another process of this program is told of it, which has the same
// environment.
type written struct {
	Anywhere bool           `json:"anywhere"`
	Ranges   []netip.Prefix `json:"ranges"`
	Folders  []string       `json:"folders"`
	Proxies  bool           `json:"proxies"`
}

// MarshalJSON writes the rule down.
func (g Guard) MarshalJSON() ([]byte, error) {
	return json.Marshal(written{g.anywhere, g.ranges, g.folders, g.proxy != nil})
}

// UnmarshalJSON reads the rule that MarshalJSON wrote.
func (g *Guard) UnmarshalJSON(data []byte) error {
	var w written
	if err := json.Unmarshal(data, &w); err != nil {
		return err
	}
	*g = Guard{anywhere: w.Anywhere, ranges: w.Ranges, folders: w.Folders}
	if w.Proxies {
		*g = g.WithProxies()
	}
	return nil
}

// Proxy is the environment's proxy on the command line and where the operator said so.
func (g Guard) Proxy(r *http.Request) (*url.URL, error) {
	if g.anywhere {
		return http.ProxyFromEnvironment(r)
	}
	if g.proxy == nil {
		return nil, nil //nolint:nilnil // what net/http asks for where there is no proxy
	}
	u, err := g.proxy(r.URL)
	if err != nil || u == nil {
		return nil, err
	}
	if a, err := netip.ParseAddr(r.URL.Hostname()); err == nil {
		return u, g.check(a)
	}
	return u, nil
}

// DialContext opens a connection. An address that may not be called is a [*Refused]. A name
// is judged by the address that is dialled, each of them: what a name means can change
// between one question and the next.
func (g Guard) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	d := net.Dialer{Timeout: 15 * time.Second, KeepAlive: 30 * time.Second}
	switch {
	case g.anywhere || slices.Contains(g.proxies, address):
	case strings.HasPrefix(network, "unix"):
		if err := g.checkSocket(address); err != nil {
			return nil, err
		}
	default:
		d.ControlContext = func(_ context.Context, _, dialled string, _ syscall.RawConn) error {
			a, err := netip.ParseAddrPort(dialled)
			if err != nil {
				return &Refused{Address: dialled, Kind: "no address", Allow: "CIDR"}
			}
			return g.check(a.Addr())
		}
	}
	return d.DialContext(ctx, network, address)
}

// check is nil for an address that may be called.
func (g Guard) check(a netip.Addr) error {
	a = a.Unmap().WithZone("")
	// One that a gateway turns into another is called by both.
	for _, one := range []netip.Addr{a, embedded(a)} {
		kind := kindOf(one)
		if kind != "" && !slices.ContainsFunc(g.ranges, func(p netip.Prefix) bool { return p.Contains(one) || p.Contains(a) }) {
			return &Refused{Address: a.String(), Kind: kind, Allow: netip.PrefixFrom(one, one.BitLen()).String()}
		}
	}
	return nil
}

// checkSocket is nil for a Unix socket in a folder that was allowed. A socket is a file of
// the operator's machine, and who calls it is known there by the server's own user.
func (g Guard) checkSocket(path string) error {
	dir := resolved(filepath.Dir(path))
	if filepath.IsAbs(path) && slices.Contains(g.folders, dir) {
		return nil
	}
	return &Refused{Address: path, Kind: "a socket of its machine", Allow: filepath.Dir(path)}
}

// resolved is a folder without links, as far as it is there.
func resolved(dir string) string {
	if plain, err := filepath.EvalSymlinks(dir); err == nil {
		return plain
	}
	return filepath.Clean(dir)
}

// Refused is an address that may not be called.
type Refused struct {
	// Address is what was about to be dialled, after its name was looked up.
	Address string
	// Kind says what it is, such as "a private address".
	Kind string
	// Allow is what the operator would allow.
	Allow string
}

// Error names the address and the flag that allows it.
func (r *Refused) Error() string {
	return fmt.Sprintf("this server may not call %s, %s; its operator can allow it: eddy serve %s %s", r.Address, r.Kind, Flag, r.Allow)
}

// Is tells those who do not know this package that trying again is of no use.
func (*Refused) Is(target error) bool { return target == fs.ErrPermission }
