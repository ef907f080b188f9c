package main

import (
	"net"
	"slices"

	"github.com/spf13/cobra"

	"github.com/eddy-retl/eddy/dial"
)

// calling is where a server may call on behalf of those who log in to it.
type calling struct {
	allowed []string
	proxies bool
}

// noLoopback, in the place of a range, closes loopback as well.
const noLoopback = "none"

func (c *calling) flags(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&c.allowed, dial.Flag[2:], nil,
		"addresses beside public ones that sources, destinations and alerts may call, a `CIDR` or a folder of sockets; may be repeated. A server that listens on loopback may call loopback, unless one of them is none")
	cmd.Flags().BoolVar(&c.proxies, "proxy-from-environment", false, "call them through HTTP_PROXY and HTTPS_PROXY, which then decide what names mean")
}

// guard is the rule of a server that listens so. What only this machine reaches is reached
// by whoever may call loopback, and a server that listens there is on a machine of its
// own people, or tries things out with a sandbox beside it.
func (c *calling) guard(l listening) (dial.Guard, error) {
	texts := slices.DeleteFunc(slices.Clone(c.allowed), func(t string) bool { return t == noLoopback })
	closed := len(texts) < len(c.allowed)
	if host, _, _ := net.SplitHostPort(l.address); isLoopback(host) && !closed {
		texts = append(texts, "127.0.0.0/8", "::1")
	}
	g, err := dial.Allow(texts...)
	if err != nil {
		return g, usage("%s: %s", dial.Flag, err)
	}
	if c.proxies {
		g = g.WithProxies()
	}
	return g, nil
}
