package tunnel_test

import (
	"context"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/dial"
	"github.com/eddy-retl/eddy/tunnel"
	"github.com/eddy-retl/eddy/tunnel/tunneltest"
)

// echo answers what it hears, and says when somebody hung up.
func echo(t *testing.T) (port string, gone <-chan struct{}) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	over := make(chan struct{}, 100)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				_, _ = io.Copy(c, c)
				_ = c.Close()
				over <- struct{}{}
			}()
		}
	}()
	_, port, _ = net.SplitHostPort(l.Addr().String())
	return port, over
}

// through is a way with some options changed; an empty one is taken out.
func through(h *tunneltest.Host, d eddy.Dialer, changed map[string]string) (eddy.Dialer, error) {
	o := h.Options()
	maps.Copy(o, changed)
	maps.DeleteFunc(o, func(_, v string) bool { return v == "" })
	return tunnel.Through(eddy.Source{Dialer: d, Options: o})
}

func call(t *testing.T, h *tunneltest.Host, d eddy.Dialer, changed map[string]string, address string) (net.Conn, error) {
	t.Helper()
	way, err := through(h, d, changed)
	if err != nil {
		return nil, err
	}
	return way.DialContext(t.Context(), "tcp", address)
}

// TestNamesAreLookedUpBehindTheHost: what is dialled is what was written, and bytes of any
// number come through both ways. Who hangs up is out at once, at both ends.
func TestNamesAreLookedUpBehindTheHost(t *testing.T) {
	t.Parallel()
	h := tunneltest.Start(t)
	port, gone := echo(t)
	c, err := call(t, h, dial.Anywhere(), nil, "db.internal:"+port)
	if err != nil {
		t.Fatal(err)
	}
	if got := h.Dialled(); len(got) != 1 || got[0] != "db.internal:"+port || c.RemoteAddr().String() != got[0] || c.RemoteAddr().Network() != "tcp" {
		t.Errorf("dialled %v, and the connection says %s", got, c.RemoteAddr())
	}
	text := strings.Repeat("0123456789abcdef", 100_000)
	go func() { _, _ = io.WriteString(c, text) }()
	heard := make([]byte, len(text))
	if _, err := io.ReadFull(c, heard); err != nil || string(heard) != text {
		t.Fatalf("%d bytes came back otherwise: %v", len(heard), err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	<-gone
	for h.Open() > 0 {
		select {
		case <-time.After(5 * time.Millisecond):
		case <-t.Context().Done():
			t.Fatal("nothing goes through the host any more, and it is still logged in")
		}
	}
}

// TestOneLogIn: connections share a log-in, and the next one after it broke makes another.
// Who reads when it breaks is told, and does not wait.
func TestOneLogIn(t *testing.T) {
	t.Parallel()
	h := tunneltest.Start(t)
	port, _ := echo(t)
	way, err := through(h, dial.Anywhere(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var all []net.Conn
	for range 3 {
		c, err := way.DialContext(t.Context(), "tcp", "127.0.0.1:"+port)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
	}
	if n := h.LogIns(); n != 1 {
		t.Errorf("%d log-ins for three connections", n)
	}
	h.Drop()
	for _, c := range all {
		if _, err := c.Read(make([]byte, 1)); err == nil {
			t.Error("bytes came out of a way that broke")
		}
		_ = c.Close()
	}
	c, err := way.DialContext(t.Context(), "tcp", "127.0.0.1:"+port)
	if err != nil {
		t.Fatalf("after it broke: %v", err)
	}
	_ = c.Close()
	if n := h.LogIns(); n != 2 {
		t.Errorf("%d log-ins", n)
	}
}

// TestWaitingEnds: a deadline wakes who reads, as of any connection.
func TestWaitingEnds(t *testing.T) {
	t.Parallel()
	h := tunneltest.Start(t)
	port, _ := echo(t)
	c, err := call(t, h, dial.Anywhere(), nil, "127.0.0.1:"+port)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(20 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("reading says %v", err)
	}
}

// TestTheHostsKeyIsChecked: nobody logs in at a host whose key was not named, nor at one that
// shows another. The message has the line that is missing.
func TestTheHostsKeyIsChecked(t *testing.T) {
	t.Parallel()
	h, other := tunneltest.Start(t), tunneltest.Start(t)
	port, _ := echo(t)
	_, err := call(t, h, dial.Anywhere(), map[string]string{"ssh.host_key": "", "ssh.key": ""}, "127.0.0.1:"+port)
	if eddy.ErrorCode(err) != eddy.CodeConfig || !strings.Contains(err.Error(), h.Fingerprint) || !strings.Contains(err.Error(), "host_key: "+h.HostKey) || !strings.Contains(err.Error(), "ssh-keygen -lf") {
		t.Errorf("without a key: %v", err)
	}
	_, err = call(t, h, dial.Anywhere(), map[string]string{"ssh.host_key": other.HostKey}, "127.0.0.1:"+port)
	if eddy.ErrorCode(err) != eddy.CodeSource || !strings.Contains(err.Error(), h.Fingerprint) || !strings.Contains(err.Error(), other.Fingerprint) || !strings.Contains(err.Error(), "somebody") {
		t.Errorf("with another key: %v", err)
	}
	const rsa = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQDK0wmN/Cr3JXqmLW7u+g9pTh+wyqDHpSQEIQczXkVx9q+sJXV7n2XyPnJYKzVz3g6XKm1XKbHHYqwvwlTPBF3hmpNUe6e3p6mIkWyGPN9sT0wuyAn6jMDeX4J6rHBLDIvW5bGmYhBjFF9DjLJ9Lyya4LhLpHZT0W6HPYC7nIpEBQ=="
	_, err = call(t, h, dial.Anywhere(), map[string]string{"ssh.host_key": rsa}, "127.0.0.1:"+port)
	if eddy.ErrorCode(err) != eddy.CodeSource || !strings.Contains(err.Error(), "ssh-rsa") {
		t.Errorf("with a key of another type: %v", err)
	}
	if h.LogIns()+len(h.Dialled()) != 0 {
		t.Error("somebody logged in")
	}
	if c, err := call(t, h, dial.Anywhere(), map[string]string{"ssh.host_key": "bastion.example.com " + h.HostKey + " a comment"}, "127.0.0.1:"+port); err != nil {
		t.Errorf("a line as ssh-keyscan prints it: %v", err)
	} else {
		_ = c.Close()
	}
}

// TestWhatIsWrongIsTold: each message says which option, and none has the key in it.
func TestWhatIsWrongIsTold(t *testing.T) {
	t.Parallel()
	h, other := tunneltest.Start(t), tunneltest.Start(t)
	port, _ := echo(t)
	_, closed, _ := net.SplitHostPort(func() string {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		return l.Addr().String()
	}())
	for want, changed := range map[string]map[string]string{
		"ssh.user is missing":                    {"ssh.user": ""},
		"ssh.host is missing":                    {"ssh.host": ""},
		"ssh.key is missing":                     {"ssh.key": ""},
		"ssh.key is not a private key":           {"ssh.key": "secretsecret"},
		"ssh.key has a passphrase":               {"ssh.key": h.Locked},
		"cannot be read with ssh.key_passphrase": {"ssh.key": h.Locked, "ssh.key_passphrase": "secretsecret"},
		"ssh.key_path: no such file":             {"ssh.key": "", "ssh.key_path": "nowhere/secretsecret"},
		"ssh.host_key is not one public key":     {"ssh.host_key": "SHA256:abc"},
		"does not let eddy in with this key":     {"ssh.key": other.Key},
		"does not let root in with this key":     {"ssh.user": "root"},
		"cannot be reached":                      {"ssh.port": closed},
		"does not reach 127.0.0.1:" + closed:     {},
	} {
		address := "127.0.0.1:" + port
		if strings.Contains(want, address[:9]) && len(changed) == 0 {
			address = "127.0.0.1:" + closed
		}
		_, err := call(t, h, dial.Anywhere(), changed, address)
		if err == nil || !strings.Contains(err.Error(), want) || eddy.ErrorCode(err) == "" || strings.Contains(err.Error(), "secretsecret") {
			t.Errorf("%s: %v", want, err)
		}
	}
	path := filepath.Join(t.TempDir(), "id")
	if err := os.WriteFile(path, []byte(strings.TrimSpace(h.Locked)), 0o600); err != nil {
		t.Fatal(err)
	}
	if c, err := call(t, h, dial.Anywhere(), map[string]string{"ssh.key": "", "ssh.key_path": path, "ssh.key_passphrase": "open"}, "127.0.0.1:"+port); err != nil {
		t.Errorf("a key in a file: %v", err)
	} else {
		_ = c.Close()
	}
}

// TestServersRuleIsOfTheHostAlone: a server calls the SSH host by its own rule. What the host
// reaches is not the server's to judge: loopback there is another one. No file of the server's
// machine is read.
func TestServersRuleIsOfTheHostAlone(t *testing.T) {
	t.Parallel()
	h := tunneltest.Start(t)
	port, _ := echo(t)
	_, err := call(t, h, nil, nil, "127.0.0.1:"+port)
	if _, ok := errors.AsType[*dial.Refused](err); !ok || len(h.Dialled()) > 0 {
		t.Errorf("the host is on loopback: %v", err)
	}
	host := dialer(func(ctx context.Context, network, address string) (net.Conn, error) {
		if address != net.JoinHostPort(h.Options()["ssh.host"], h.Options()["ssh.port"]) {
			return nil, errors.New("called " + address)
		}
		return dial.Anywhere().DialContext(ctx, network, address)
	})
	if c, err := call(t, h, host, nil, "127.0.0.1:"+port); err != nil {
		t.Error(err)
	} else {
		_ = c.Close()
	}
	o := h.Options()
	o["ssh.key_path"] = "/etc/passwd"
	if _, err := tunnel.Through(eddy.Source{Options: o, Served: true}); eddy.ErrorCode(err) != eddy.CodeConfig || !strings.Contains(err.Error(), "not taken on a server") {
		t.Errorf("a file of the server's machine: %v", err)
	}
}

// dialer is a way to one host only.
type dialer func(ctx context.Context, network, address string) (net.Conn, error)

func (d dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	return d(ctx, network, address)
}

func (dialer) Proxy(*http.Request) (*url.URL, error) { return nil, nil } //nolint:nilnil // no proxy

// TestWaitingForALogInEnds: a host that accepts and says nothing keeps nobody for longer than
// the context lets it.
func TestWaitingForALogInEnds(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	way, err := through(tunneltest.Start(t), dial.Anywhere(), map[string]string{"ssh.port": port})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, stop)
	if _, err := way.DialContext(ctx, "tcp", "db:1"); !errors.Is(err, context.Canceled) {
		t.Errorf("it says %v", err)
	}
}
