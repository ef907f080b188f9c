package mysql_test

import (
	"context"
	"errors"
	"maps"
	"strings"
	"testing"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/tunnel/tunneltest"
	"github.com/eddy-retl/eddy/warehouse"
	"github.com/eddy-retl/eddy/warehouse/warehousetest"
)

// behind gives options of a database behind an SSH host, which alone knows the server's name.
func behind(t *testing.T, p *warehousetest.MySQLPlace) (*tunneltest.Host, map[string]string) {
	t.Helper()
	h := tunneltest.Start(t)
	o := with(p.Options(), "server", "db.internal", "tls", "skip-verify")
	maps.Copy(o, h.Options())
	return h, o
}

// TestThroughAnSSHHost: models are read through it, with one log-in, and a statement that is
// cancelled is ended on the server the same way.
func TestThroughAnSSHHost(t *testing.T) {
	warehousetest.Passed(t, "mysql", "tunnel", mariaDB().on)
	both(t, func(t *testing.T, p *warehousetest.MySQLPlace) {
		fill(t, p)
		h, o := behind(t, p)
		src := reading(t, o)
		asking := warehouse.WithComment(t.Context(), "/* eddy vip behind */ ")
		if n, err := during(asking, t, src, eddy.Model{Table: "people"}, func() {}); n != people || err != nil || h.LogIns() != 1 {
			t.Errorf("%d rows, %v, with %d log-ins", n, err, h.LogIns())
		}
		dialled := len(h.Dialled())
		ctx, stop := context.WithCancel(asking)
		defer stop()
		go func() {
			eventually(t, "it never ran", func() bool { return running(t, p, "eddy vip behind") == "1" })
			stop()
		}()
		if _, err := during(ctx, t, src, endless(), func() {}); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled: %v", err)
		}
		over(t, p, "eddy vip behind")
		if len(h.Dialled()) <= dialled {
			t.Error("it was ended another way")
		}
		if n, err := during(asking, t, src, eddy.Model{Table: "people"}, func() {}); n != people || err != nil {
			t.Errorf("afterwards: %d rows, %v", n, err)
		}
		for _, at := range h.Dialled() {
			if !strings.HasPrefix(at, "db.internal:") {
				t.Errorf("dialled %s", at)
			}
		}
	})
}

// TestTheServerIsVerifiedBehindAnSSHHost: by the name that the SSH host looks up.
func TestTheServerIsVerifiedBehindAnSSHHost(t *testing.T) {
	both(t, func(t *testing.T, p *warehousetest.MySQLPlace) {
		cert, _ := p.Certificate()
		h, o := behind(t, p)
		h.Names["localhost"] = "127.0.0.1"
		verified := with(o, "tls", "true", "ssl_ca", cert)
		for server, want := range map[string]string{"localhost": "", "db.internal": "not db.internal"} {
			src, err := open(t.Context(), with(verified, "server", server))
			if err == nil {
				err = src.Close()
			}
			if (err == nil) != (want == "") || err != nil && (!strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "ssl_ca")) {
				t.Errorf("as %s: %v", server, err)
			}
		}
		delete(verified, "tls")
		delete(verified, "ssl_ca")
		if _, err := open(t.Context(), verified); err == nil || !strings.Contains(err.Error(), "certificate") {
			t.Errorf("without a word about it: %v", err)
		}
	})
}

// TestAnSSHHostThatBreaks: who is cut off in mid-read hears of it, and rows that came are not
// taken for all (promise 3). What is wrong with the way is told with the source's name.
func TestAnSSHHostThatBreaks(t *testing.T) {
	both(t, func(t *testing.T, p *warehousetest.MySQLPlace) {
		fill(t, p)
		h, o := behind(t, p)
		src := reading(t, o)
		n, err := during(t.Context(), t, src, eddy.Model{Table: "wide"}, h.Drop)
		if eddy.ErrorCode(err) != eddy.CodeSource || n != 0 || !strings.Contains(err.Error(), "the connection broke") {
			t.Errorf("%d rows: %v", n, err)
		}
		if n, err := during(t.Context(), t, src, eddy.Model{Table: "people"}, func() {}); n != people || err != nil {
			t.Errorf("afterwards: %d rows, %v", n, err)
		}
		other := tunneltest.Start(t)
		for want, changed := range map[string]map[string]string{
			"ssh.host_key is missing":            {"ssh.host_key": ""},
			"it may be somebody else":            {"ssh.host_key": other.HostKey},
			"does not let root in with this key": {"ssh.user": "root"},
			"does not reach db.internal:1: ":     {"port": "1"},
			"no Unix socket":                     {"server": "/run/mysqld/mysqld.sock"},
		} {
			o := maps.Clone(o)
			maps.Copy(o, changed)
			_, err := open(t.Context(), o)
			if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "source shop: MySQL at ") {
				t.Errorf("%s: %v", want, err)
			}
		}
	})
}
