package warehousetest

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Pooler starts a real pgbouncer on loopback before a database that [Postgres] made, in the
// given pool_mode (session, transaction or statement) and with more lines of its settings. It
// gives the URL that leads through it, and ends with the test. Without pgbouncer the test fails
// and says what to install.
func Pooler(tb testing.TB, database, mode string, settings ...string) string {
	tb.Helper()
	u, err := url.Parse(database)
	if err != nil {
		tb.Fatal(err)
	}
	behind := u.Port()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	u.Host = l.Addr().String()
	_, port, _ := net.SplitHostPort(u.Host)
	if err := l.Close(); err != nil {
		tb.Fatal(err)
	}
	program, err := poolerBinary()
	if err != nil {
		tb.Fatal(err)
	}
	s := &Server{}
	if s.dir, err = os.MkdirTemp("", "eddy-pgbouncer-"); err != nil { //nolint:usetesting // that folder nobody else may enter, and pgbouncer does not run as root
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = os.RemoveAll(s.dir) })
	attr, err := s.unprivileged()
	if err != nil {
		tb.Fatal(err)
	}
	users, ini := filepath.Join(s.dir, "users"), filepath.Join(s.dir, "pgbouncer.ini")
	text := strings.Join(append([]string{
		"[databases]", "* = host=127.0.0.1 port=" + behind, "[pgbouncer]", "listen_addr = 127.0.0.1", "listen_port = " + port,
		"unix_socket_dir =", "auth_type = scram-sha-256", "auth_file = " + users, "pool_mode = " + mode, "",
	}, settings...), "\n")
	for name, data := range map[string]string{users: "\"eddy\" \"eddy\"\n", ini: text} {
		if err := os.WriteFile(name, []byte(data), 0o644); err != nil { //nolint:gosec // read by the one whom it runs as
			tb.Fatal(err)
		}
	}
	cmd := exec.Command(program, ini)
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr, cmd.SysProcAttr, cmd.Dir = &log, &log, attr, s.dir
	begun, ended := make(chan error, 1), make(chan error, 1)
	go func() {
		runtime.LockOSThread() // it is told when the thread that started it dies
		err := cmd.Start()
		begun <- err
		if err == nil {
			ended <- cmd.Wait()
		}
	}()
	if err := <-begun; err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		<-ended
	})
	ctx, cancel := context.WithTimeout(tb.Context(), time.Minute)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, u.String())
		if err == nil {
			_ = conn.Close(ctx)
			return u.String()
		}
		select {
		case err := <-ended:
			ended <- err
			tb.Fatalf("pgbouncer ended: %v\n%s", err, &log)
		case <-ctx.Done():
			tb.Fatalf("pgbouncer does not answer: %v", err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// poolerBinary finds pgbouncer, which Debian puts where only administrators look.
func poolerBinary() (string, error) {
	for _, name := range []string{"pgbouncer", "/usr/sbin/pgbouncer"} {
		if p, err := exec.LookPath(name); err == nil {
			return p, nil
		}
	}
	return "", errors.New("no pgbouncer found: install it (Debian: apt-get install pgbouncer), or put it on the PATH")
}
