package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/eddy-retl/eddy"
)

// listening is where a server listens, and how.
type listening struct {
	address   string
	cert, key string
	insecure  bool
}

// check refuses what would send passwords and tokens over a network in the clear.
func (l listening) check() error {
	host, _, err := net.SplitHostPort(l.address)
	if err != nil {
		return usage("--listen %q: write host:port, such as 127.0.0.1:8484", l.address)
	}
	if (l.cert == "") != (l.key == "") {
		return usage("--tls-cert and --tls-key belong together: name both files, or none")
	}
	if l.cert != "" && l.insecure {
		return usage("--insecure-listen is for a server without TLS; leave it out beside --tls-cert")
	}
	if l.cert != "" || l.insecure || isLoopback(host) {
		return nil
	}
	return &eddy.Error{
		Code: eddy.CodeUsage,
		What: fmt.Sprintf("--listen %q: other machines reach this address, and without TLS passwords and tokens would cross the network in the clear", l.address),
		Mend: "Give --tls-cert and --tls-key, or listen on 127.0.0.1 behind a proxy that speaks TLS. Where the network is closed to others, --insecure-listen allows it.",
	}
}

// isLoopback says that only this machine reaches a host. A name is not looked up: what it
// means may change while the server runs.
func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// open begins to listen; scheme is how to reach it.
func (l listening) open() (_ net.Listener, scheme string, err error) {
	if err := l.check(); err != nil {
		return nil, "", err
	}
	var cfg *tls.Config
	if l.cert != "" {
		c := &certificate{certFile: l.cert, keyFile: l.key}
		if _, err := c.get(nil); err != nil {
			return nil, "", &eddy.Error{Code: eddy.CodeUsage, What: "--tls-cert and --tls-key", Err: err, Mend: "Name a certificate chain and its private key, both in PEM form, that this user may read."}
		}
		cfg = &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: c.get, NextProtos: []string{"h2", "http/1.1"}}
	}
	inner, err := net.Listen("tcp", l.address)
	if err != nil {
		return nil, "", cannotListen(l.address, err)
	}
	if cfg == nil {
		return inner, "http", nil
	}
	return tls.NewListener(inner, cfg), "https", nil
}

// cannotListen says why an address cannot be had.
func cannotListen(address string, err error) error {
	e := &eddy.Error{Code: eddy.CodeInternal, What: "--listen " + address, Err: err}
	if errors.Is(err, syscall.EADDRINUSE) {
		e.Err = errors.New("another program listens there")
		e.Mend = "Choose another port; with port 0 the system picks a free one."
	}
	return e
}

// certificate is a certificate on disk. It is read again when its file has changed, so
// that a renewed one needs no restart.
type certificate struct {
	certFile, keyFile string

	mu      sync.Mutex
	changed time.Time
	loaded  *tls.Certificate
}

func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	info, err := os.Stat(c.certFile)
	if err == nil && c.loaded != nil && info.ModTime().Equal(c.changed) {
		return c.loaded, nil
	}
	var pair tls.Certificate
	if err == nil {
		pair, err = tls.LoadX509KeyPair(c.certFile, c.keyFile)
	}
	switch {
	case err == nil:
		c.loaded, c.changed = &pair, info.ModTime()
	case c.loaded == nil:
		return nil, err
	}
	// A renewal that is half written is looked at again with the next connection.
	return c.loaded, nil
}

// is says whether the certificate is for a name.
func (c *certificate) is(name string) bool {
	pair, err := c.get(nil)
	return err == nil && pair.Leaf != nil && pair.Leaf.VerifyHostname(name) == nil
}

// visible is an address to open in a browser on this machine: that of a server that listens
// everywhere is none.
func visible(address net.Addr) string {
	host, port, err := net.SplitHostPort(address.String())
	if ip := net.ParseIP(host); err == nil && ip != nil && ip.IsUnspecified() {
		return "localhost:" + port
	}
	return address.String()
}
