// Package tunneltest is a real SSH host on loopback, for tests of what goes through one.
package tunneltest

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"golang.org/x/crypto/ssh"
)

// Host is an SSH host that forwards connections, and nothing else. It ends with its test.
type Host struct {
	// Names are what the host itself knows addresses as: db.internal is an address of loopback.
	Names map[string]string
	// Key is the private key of User, in the form of OpenSSH; Locked is the same with the
	// passphrase "open".
	Key, Locked string
	// HostKey is the host's public key as a line, and Fingerprint names it.
	HostKey, Fingerprint string

	address net.Addr
	config  ssh.ServerConfig

	mu      sync.Mutex
	open    []net.Conn
	logins  int
	dialled []string
}

// User is who may log in.
const User = "eddy"

// Start starts a host.
func Start(tb testing.TB) *Host {
	tb.Helper()
	h := &Host{Names: map[string]string{"db.internal": "127.0.0.1"}}
	public, private, err := ed25519.GenerateKey(rand.Reader)
	must(tb, err)
	its, err := ssh.NewPublicKey(public)
	must(tb, err)
	h.Key, h.Locked = written(ssh.MarshalPrivateKey(private, "")), written(ssh.MarshalPrivateKeyWithPassphrase(private, "", []byte("open")))
	h.config.PublicKeyCallback = func(c ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
		if c.User() != User || string(key.Marshal()) != string(its.Marshal()) {
			return nil, errors.New("nobody")
		}
		return nil, nil //nolint:nilnil // as the library asks for
	}
	_, private, err = ed25519.GenerateKey(rand.Reader)
	must(tb, err)
	signer, err := ssh.NewSignerFromSigner(private)
	must(tb, err)
	h.config.AddHostKey(signer)
	h.HostKey = strings.TrimSpace(string(ssh.MarshalAuthorizedKey(signer.PublicKey())))
	h.Fingerprint = ssh.FingerprintSHA256(signer.PublicKey())
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(tb, err)
	h.address = l.Addr()
	tb.Cleanup(func() {
		_ = l.Close()
		h.Drop()
	})
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go h.serve(c)
		}
	}()
	return h
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

func written(block *pem.Block, err error) string {
	if err != nil {
		return err.Error()
	}
	return string(pem.EncodeToMemory(block))
}

// Options are those of a source that goes through the host.
func (h *Host) Options() map[string]string {
	host, port, _ := net.SplitHostPort(h.address.String())
	return map[string]string{"ssh.host": host, "ssh.port": port, "ssh.user": User, "ssh.key": h.Key, "ssh.host_key": h.HostKey}
}

// Dialled are the addresses that were asked for, as they were written.
func (h *Host) Dialled() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.dialled)
}

// LogIns is how many logged in so far, and Open how many are connected now.
func (h *Host) LogIns() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.logins
}

// Open is how many are connected now.
func (h *Host) Open() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.open)
}

// Drop cuts all who are connected off.
func (h *Host) Drop() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, c := range h.open {
		_ = c.Close()
	}
}

func (h *Host) serve(raw net.Conn) {
	h.mu.Lock()
	h.open = append(h.open, raw)
	h.mu.Unlock()
	defer func() {
		_ = raw.Close()
		h.mu.Lock()
		defer h.mu.Unlock()
		h.open = slices.DeleteFunc(h.open, func(c net.Conn) bool { return c == raw })
	}()
	_, channels, requests, err := ssh.NewServerConn(raw, &h.config)
	if err != nil {
		return
	}
	h.mu.Lock()
	h.logins++
	h.mu.Unlock()
	go ssh.DiscardRequests(requests)
	for asked := range channels {
		go h.forward(asked)
	}
}

// forward carries one connection out; see RFC 4254, 7.2.
func (h *Host) forward(asked ssh.NewChannel) {
	var to struct {
		Host     string
		Port     uint32
		From     string
		FromPort uint32
	}
	if asked.ChannelType() != "direct-tcpip" || ssh.Unmarshal(asked.ExtraData(), &to) != nil {
		_ = asked.Reject(ssh.UnknownChannelType, "only forwarding")
		return
	}
	port := strconv.Itoa(int(to.Port))
	h.mu.Lock()
	h.dialled = append(h.dialled, net.JoinHostPort(to.Host, port))
	h.mu.Unlock()
	host := to.Host
	if known, ok := h.Names[host]; ok {
		host = known
	}
	out, err := net.Dial("tcp", net.JoinHostPort(host, port))
	if err != nil {
		_ = asked.Reject(ssh.ConnectionFailed, "Connection refused")
		return
	}
	in, requests, err := asked.Accept()
	if err != nil {
		_ = out.Close()
		return
	}
	go ssh.DiscardRequests(requests)
	end := sync.OnceFunc(func() {
		_ = in.Close()
		_ = out.Close()
	})
	go func() {
		_, _ = io.Copy(in, out)
		end()
	}()
	_, _ = io.Copy(out, in)
	end()
}
