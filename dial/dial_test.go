package dial_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/eddy-retl/eddy/dial"
)

// listen counts who connects to an address of this machine.
func listen(t *testing.T, network, address string) (string, *atomic.Int32) {
	t.Helper()
	l, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	heard := &atomic.Int32{}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			heard.Add(1)
			_ = c.Close()
		}
	}()
	return l.Addr().String(), heard
}

// call dials and hangs up.
func call(t *testing.T, g dial.Guard, network, address string) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	c, err := g.DialContext(ctx, network, address)
	if err == nil {
		_ = c.Close()
	}
	return err
}

// TestServersCallOnlyWhatIsPublic: whatever way an address is written, and whichever
// gateway would turn it into another.
func TestServersCallOnlyWhatIsPublic(t *testing.T) {
	t.Parallel()
	for address, kind := range map[string]string{
		"127.0.0.1": "loopback", "127.255.255.254": "loopback", "::1": "loopback",
		"0.0.0.0": "unspecified", "0.1.2.3": "unspecified", "::": "unspecified",
		"10.0.0.1": "private", "172.16.0.1": "private", "172.31.255.255": "private", "192.168.1.1": "private", "fc00::1": "private", "fdff::1": "private",
		"169.254.1.1": "link-local", "fe80::1": "link-local", "fe80::1%1": "link-local", "febf::1": "link-local",
		"100.64.0.1": "carrier-grade", "100.127.255.255": "carrier-grade",
		"224.0.0.1": "multicast", "239.255.255.255": "multicast", "ff02::1": "multicast",
		"192.0.2.1": "documentation", "198.51.100.1": "documentation", "203.0.113.1": "documentation", "2001:db8::1": "documentation", "3fff::1": "documentation",
		"255.255.255.255": "reserved", "240.0.0.1": "reserved", "198.18.0.1": "test", "192.0.0.1": "reserved", "192.88.99.1": "reserved",
		"169.254.169.254": "metadata", "169.254.170.2": "metadata", "100.100.100.200": "metadata", "192.0.0.192": "metadata", "168.63.129.16": "metadata", "fd00:ec2::254": "metadata", "fd20:ce::254": "metadata",
		// IPv4 in other clothes.
		"::ffff:127.0.0.1": "loopback", "::ffff:169.254.169.254": "metadata", "::ffff:0a00:0001": "private",
		"64:ff9b::10.0.0.1": "private", "64:ff9b::a9fe:a9fe": "metadata", "64:ff9b:1::8.8.8.8": "reserved",
		"2002:7f00:1::": "loopback", "2002:a9fe:a9fe::1": "metadata", "2002:c0a8:101::1": "private",
		"2600::5efe:10.0.0.1": "private", "2600::200:5efe:127.0.0.1": "loopback", "fd00::5efe:8.8.8.8": "private",
		"::127.0.0.1": "reserved", "::8.8.8.8": "reserved", "2001:0:1::1": "reserved", "100::1": "reserved", "5f00::1": "reserved", "fec0::1": "reserved", "4000::1": "reserved",
	} {
		if _, err := netip.ParseAddr(address); err != nil {
			t.Fatal(err)
		}
		err := call(t, dial.Guard{}, "tcp", net.JoinHostPort(address, "9"))
		refused, ok := errors.AsType[*dial.Refused](err)
		if !ok || !strings.Contains(refused.Kind, kind) {
			t.Errorf("%s: got %v, want it refused as %s", address, err, kind)
			continue
		}
		plain := netip.MustParseAddr(address).Unmap().WithZone("").String()
		if text := err.Error(); !strings.Contains(text, plain) || !strings.Contains(text, "--allow-private-destinations") || !errors.Is(err, fs.ErrPermission) {
			t.Errorf("%s: the error does not name address and flag: %v", address, err)
		}
	}
}

// TestPublicAddressesAreCalled: of these none is refused. Nothing is sent: the context is
// over before a packet leaves.
func TestPublicAddressesAreCalled(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"8.8.8.8", "1.1.1.1", "172.15.0.1", "172.32.0.1", "100.63.0.1", "100.128.0.1", "169.253.0.1", "192.0.1.1", "223.255.255.255", "2606:4700::1111", "2a00::1", "64:ff9b::8.8.8.8", "2002:808:808::1", "2600::5efe:8.8.8.8"} {
		if err := dial.Check(dial.Guard{}, netip.MustParseAddr(address)); err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// TestNamesAreJudgedByWhatIsDialled: a name, and a spelling that only some resolvers take
// for an address, reach nobody who listens on loopback.
func TestNamesAreJudgedByWhatIsDialled(t *testing.T) {
	t.Parallel()
	at, heard := listen(t, "tcp", "127.0.0.1:0")
	_, port, _ := net.SplitHostPort(at)
	for _, host := range []string{"localhost", "localhost.", "LOCALHOST", "127.1", "0x7f.0.0.1", "0x7f000001", "2130706433", "0177.0.0.1", "127.0.0.1.", "::ffff:127.0.0.1", "::ffff:7f00:1", "0.0.0.0", "0", "[::]"} {
		if err := call(t, dial.Guard{}, "tcp", net.JoinHostPort(strings.Trim(host, "[]"), port)); err == nil {
			t.Errorf("%s was reached", host)
		}
	}
	if n := heard.Load(); n != 0 {
		t.Errorf("%d calls arrived", n)
	}
	if err := call(t, dial.Anywhere(), "tcp", net.JoinHostPort("localhost", port)); err != nil {
		t.Errorf("the command line: %v", err)
	}
}

func TestOperatorsAllowRanges(t *testing.T) {
	t.Parallel()
	at, _ := listen(t, "tcp", "127.0.0.1:0")
	g, err := dial.Allow("10.0.0.0/8", "127.0.0.1", "fd12::/16")
	if err != nil {
		t.Fatal(err)
	}
	if err := call(t, g, "tcp", at); err != nil {
		t.Errorf("loopback is allowed: %v", err)
	}
	for address, allowed := range map[string]bool{
		"10.1.2.3": true, "::ffff:10.1.2.3": true, "64:ff9b::10.1.2.3": true, "2002:a01:203::1": true, "fd12::1": true,
		"11.0.0.1": true, "192.168.0.1": false, "127.0.0.2": false, "fd13::1": false, "64:ff9b::192.168.0.1": false, "fd00::5efe:10.0.0.1": false,
	} {
		if err := dial.Check(g, netip.MustParseAddr(address)); (err == nil) != allowed {
			t.Errorf("%s: %v, want allowed: %v", address, err, allowed)
		}
	}
	everything, err := dial.Allow("0.0.0.0/0", "::/0")
	if err != nil || dial.Check(everything, netip.MustParseAddr("169.254.169.254")) != nil || dial.Check(everything, netip.MustParseAddr("fe80::1")) != nil {
		t.Errorf("everything is allowed, and something is refused: %v", err)
	}
	for _, text := range []string{"", "10.0.0.0/33", "db.example.com", "::ffff:10.0.0.0/104", "none", "run/postgresql", "10.0.0.1:80"} {
		if _, err := dial.Allow(text); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
}

// TestSocketsAreFilesOfTheMachine: those of Unix are called where their folder was allowed.
func TestSocketsAreFilesOfTheMachine(t *testing.T) {
	t.Parallel()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	path, heard := listen(t, "unix", filepath.Join(dir, "s.5432"))
	loopback, err := dial.Allow("127.0.0.0/8", "0.0.0.0/0", "::/0")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{path, dir + "/../" + filepath.Base(dir) + "/s.5432", "@abstract", "s.5432"} {
		if _, ok := errors.AsType[*dial.Refused](call(t, loopback, "unix", p)); !ok {
			t.Errorf("%s was not refused", p)
		}
	}
	if heard.Load() != 0 {
		t.Error("the socket was called")
	}
	allowed, err := dial.Allow(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := call(t, allowed, "unix", path); err != nil {
		t.Error(err)
	}
	if err := call(t, allowed, "unix", filepath.Join(dir, "sub", "s.5432")); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("a folder below: %v", err)
	}
}

// TestProxiesAreTheOperatorsChoice: a proxy of the environment would look names up itself,
// and so it is taken only where the operator said so.
func TestProxiesAreTheOperatorsChoice(t *testing.T) {
	at, heard := listen(t, "tcp", "127.0.0.1:0")
	t.Setenv("HTTP_PROXY", "http://"+at)
	t.Setenv("HTTPS_PROXY", at)
	t.Setenv("NO_PROXY", "")
	ask := func(g dial.Guard, url string) error {
		client := &http.Client{Transport: &http.Transport{Proxy: g.Proxy, DialContext: g.DialContext, DisableKeepAlives: true}}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		res, err := client.Do(r)
		if err == nil {
			_ = res.Body.Close()
		}
		return err
	}
	if err := ask(dial.Guard{}, "http://10.0.0.1/"); !errors.Is(err, fs.ErrPermission) || heard.Load() != 0 {
		t.Errorf("without being told to: %v, %d calls", err, heard.Load())
	}
	with := dial.Guard{}.WithProxies()
	for _, url := range []string{"http://169.254.169.254/latest", "https://10.0.0.1/", "http://[::ffff:10.0.0.1]/"} {
		if err := ask(with, url); !errors.Is(err, fs.ErrPermission) || heard.Load() != 0 {
			t.Errorf("%s: %v, %d calls", url, err, heard.Load())
		}
	}
	for i, url := range []string{"http://example.invalid/", "https://example.invalid/"} {
		if err := ask(with, url); errors.Is(err, fs.ErrPermission) || int(heard.Load()) <= i {
			t.Errorf("%s does not go to the proxy: %v", url, err)
		}
	}
}

// A rule is the same in another process, which is told of it.
func TestRulesTravel(t *testing.T) {
	allowed, err := dial.Allow("10.0.0.0/8", "fd00::1", "/run/postgresql")
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("HTTP_PROXY", "http://10.9.9.9:3128")
	for name, rule := range map[string]dial.Guard{"none": {}, "anywhere": dial.Anywhere(), "allowed": allowed, "proxies": allowed.WithProxies()} {
		text, err := json.Marshal(rule)
		if err != nil {
			t.Fatal(err)
		}
		var told dial.Guard
		if err := json.Unmarshal(text, &told); err != nil {
			t.Fatal(err)
		}
		again, err := json.Marshal(told)
		if err != nil || string(again) != string(text) {
			t.Errorf("%s: told %s, heard %s", name, text, again)
		}
		r := httptest.NewRequest(http.MethodGet, "http://x.example", nil)
		a, _ := rule.Proxy(r)
		b, _ := told.Proxy(r)
		if fmt.Sprint(a) != fmt.Sprint(b) {
			t.Errorf("%s: proxy %v, then %v", name, a, b)
		}
	}
	if text, _ := json.Marshal(allowed); !strings.Contains(string(text), "10.0.0.0/8") || !strings.Contains(string(text), "/run/postgresql") {
		t.Errorf("%s", text)
	}
}

// names answers questions for addresses of IPv4, one answer after the other, the last one for
// good, and gives the resolver that asks it.
func names(t *testing.T, answers ...[][4]byte) *net.Resolver {
	t.Helper()
	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	go func() {
		buf := make([]byte, 512)
		for {
			n, from, err := server.ReadFrom(buf)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if err := m.Unpack(buf[:n]); err != nil || len(m.Questions) != 1 {
				continue
			}
			q := m.Questions[0]
			reply := dnsmessage.Message{Header: dnsmessage.Header{ID: m.ID, Response: true, Authoritative: true}, Questions: m.Questions}
			if q.Type == dnsmessage.TypeA {
				for _, a := range answers[0] {
					reply.Answers = append(reply.Answers, dnsmessage.Resource{Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class}, Body: &dnsmessage.AResource{A: a}})
				}
				if len(answers) > 1 {
					answers = answers[1:]
				}
			}
			if text, err := reply.Pack(); err == nil {
				_, _ = server.WriteTo(text, from)
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", server.LocalAddr().String())
	}}
}

// TestNamesThatTurn: a name that led where the server may call leads elsewhere the next time,
// or to both at once. Each address is judged when it is dialled.
func TestNamesThatTurn(t *testing.T) {
	open, shut := [4]byte{127, 0, 0, 2}, [4]byte{127, 0, 0, 1}
	at, _ := listen(t, "tcp", "127.0.0.2:0")
	_, port, _ := net.SplitHostPort(at)
	_, closed := listen(t, "tcp", net.JoinHostPort("127.0.0.1", port))
	g, err := dial.Allow("127.0.0.2")
	if err != nil {
		t.Fatal(err)
	}
	before := net.DefaultResolver
	t.Cleanup(func() { net.DefaultResolver = before })
	to := net.JoinHostPort("turns.example.com", port)
	net.DefaultResolver = names(t, [][4]byte{open}, [][4]byte{shut})
	if err := call(t, g, "tcp", to); err != nil {
		t.Fatalf("where it may call: %v", err)
	}
	if _, ok := errors.AsType[*dial.Refused](call(t, g, "tcp", to)); !ok {
		t.Error("the name turned, and was called")
	}
	net.DefaultResolver = names(t, [][4]byte{shut, open})
	if err := call(t, g, "tcp", to); err != nil {
		t.Errorf("one of two: %v", err)
	}
	client := &http.Client{Transport: &http.Transport{DialContext: g.DialContext}}
	net.DefaultResolver = names(t, [][4]byte{shut})
	resp, err := client.Get("http://" + to)
	if err == nil {
		_ = resp.Body.Close()
	}
	if !errors.Is(err, fs.ErrPermission) {
		t.Errorf("by HTTP: %v", err)
	}
	if n := closed.Load(); n != 0 {
		t.Errorf("%d calls arrived where none may", n)
	}
}
