package api

import (
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"golang.org/x/net/idna"

	"github.com/eddy-retl/eddy"
)

// ParsePublicURL reads the address under which people reach a server and gives it as browsers
// write origins: https://eddy.example.com, without a slash, a usual port or capitals. Below a
// path nothing can be served.
func ParsePublicURL(text string) (string, error) {
	refused := func(why, mend string) error {
		return &eddy.Error{Code: eddy.CodeUsage, What: fmt.Sprintf("--public-url %q: %s", text, why), Mend: mend}
	}
	const whole = "Write a whole URL, such as https://eddy.example.com or http://eddy.internal:8484."
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.Opaque != "" {
		return "", refused("this is no URL of a page", whole)
	}
	if u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return "", refused("it has a user, a query or a fragment", whole)
	}
	if strings.Trim(u.Path, "/") != "" {
		return "", refused("the page cannot be served below a path", "Give it a name of its own, such as https://eddy.example.com, and let the proxy pass everything below / on.")
	}
	host := strings.ToLower(u.Hostname())
	if ip, err := netip.ParseAddr(host); err == nil && ip.Zone() == "" {
		if host = ip.String(); ip.Is6() {
			host = "[" + host + "]"
		}
	} else if host, err = idna.Lookup.ToASCII(host); err != nil {
		return "", refused("its host is no name", whole)
	}
	if port := u.Port(); port != "" && port != map[string]string{"http": "80", "https": "443"}[u.Scheme] {
		host += ":" + port
	}
	return u.Scheme + "://" + host, nil
}

// Hosts are the names by which a server is asked. A page of another site can have its own
// name lead here, and is then, for a browser, this server's page: it reads what is open, and
// guesses passwords from inside of a network.
type Hosts struct {
	// PublicURL is as ParsePublicURL gives it; may be empty.
	PublicURL string
	// Network says that other machines reach the server without a proxy of its own machine.
	Network bool
	// Certified says whether the server's certificate is for a name; may be nil. Browsers take
	// no other name from it.
	Certified func(name string) bool
	// Proxies may ask by any name, where other machines reach the server.
	Proxies Proxies
}

// Guard refuses requests that ask for a name that is not the server's.
func (h Hosts) Guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if h.take(r) {
			next.ServeHTTP(w, r)
			return
		}
		_ = writeProblem(w, &Problem{ // nobody is there to tell of a connection that is gone
			Status: http.StatusMisdirectedRequest, Code: "host", Detail: "this server is not asked by this name",
			Mend: "If it is its name, start it with --public-url and the address that people use, such as https://eddy.example.com.",
		})
	})
}

// take says whether a request is for this server.
func (h Hosts) take(r *http.Request) bool {
	name, address := hostOf(r.Host)
	public, _ := url.Parse(h.PublicURL)
	switch {
	case address: // of a number nobody can change where it leads
		return true
	case name == "":
		return false
	case name == "localhost" || strings.HasSuffix(name, ".localhost"):
		return true
	case public != nil && name == public.Hostname():
		return true
	case !h.Network:
		return false
	case !strings.Contains(name, "."): // names inside of a network; nobody else can have one
		return true
	case h.Certified != nil && h.Certified(name):
		return true
	}
	peer, ok := hop(r.RemoteAddr)
	return ok && h.Proxies.Trust(peer)
}

// hostOf is the name in a Host header, without port and dot at its end, and whether it is
// an address.
func hostOf(header string) (name string, address bool) {
	u, err := url.Parse("//" + header)
	if err != nil || u.Host != header {
		return "", false
	}
	name = strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	_, err = netip.ParseAddr(name)
	return name, err == nil
}
