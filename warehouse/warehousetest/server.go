package warehousetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// server starts one PostgreSQL for the test process, when the first test asks for it.
var server = sync.OnceValues(startPostgres) //nolint:gochecknoglobals // one server a test process

// Postgres gives the URL of a fresh, empty database on a real PostgreSQL that this test
// process started on loopback; the database is dropped after the test. Without server
// binaries the test fails and says what to install.
func Postgres(tb testing.TB) string {
	tb.Helper()
	s, err := server()
	if err != nil {
		tb.Fatalf("start PostgreSQL: %v", err)
	}
	name := fmt.Sprintf("test_%d", time.Now().UnixNano())
	s.exec(tb, "CREATE DATABASE "+name)
	tb.Cleanup(func() { s.exec(tb, "DROP DATABASE "+name+" WITH (FORCE)") })
	return s.url(name)
}

// Main runs a package's tests and stops the servers they started: call it from TestMain.
func Main(m *testing.M) int {
	code := m.Run()
	if s := started.stop; s != nil {
		s()
	}
	return code
}

// started holds what Main must stop.
var started struct { //nolint:gochecknoglobals // belongs to the test process
	stop func()
}

type postgres struct {
	dir  string
	port int
}

func (s *postgres) url(database string) string {
	return fmt.Sprintf("postgres://eddy:eddy@127.0.0.1:%d/%s?sslmode=disable", s.port, database)
}

func (s *postgres) exec(tb testing.TB, sql string) {
	tb.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, s.url("postgres"))
	if err == nil {
		_, err = conn.Exec(ctx, sql)
		err = errors.Join(err, conn.Close(ctx))
	}
	if err != nil {
		tb.Fatalf("%s: %v", sql, err)
	}
}

func startPostgres() (*postgres, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "eddy-postgres-")
	if err != nil {
		return nil, err
	}
	s := &postgres{dir: dir}
	attr, err := s.unprivileged()
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(dir, "password"), []byte("eddy"), 0o644); err != nil {
		return nil, err
	}
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", filepath.Join(dir, "data"), "-U", "eddy", "--pwfile", filepath.Join(dir, "password"), "-A", "scram-sha-256", "-E", "UTF8", "--locale", "C.UTF-8", "--no-sync")
	initdb.SysProcAttr, initdb.Dir = attr, dir
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w\n%s", err, out)
	}
	return s, s.run(bin, attr)
}

// binaries finds the newest installed server.
func binaries() (string, error) {
	dirs, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	slices.SortFunc(dirs, func(a, b string) int { return version(b) - version(a) })
	for _, d := range dirs {
		if _, err := os.Stat(filepath.Join(d, "initdb")); err == nil {
			return d, nil
		}
	}
	if p, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(p), nil
	}
	return "", errors.New("no PostgreSQL server found: install one (Debian: apt-get install postgresql), or put its initdb on the PATH")
}

func version(dir string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(dir)))
	return n
}

// unprivileged lets the server run as somebody else when this is root, because
// PostgreSQL refuses to run as root.
func (s *postgres) unprivileged() (*syscall.SysProcAttr, error) {
	attr := &syscall.SysProcAttr{Pdeathsig: syscall.SIGQUIT}
	if os.Getuid() != 0 {
		return attr, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, _ := strconv.Atoi(u.Uid)
		gid, _ := strconv.Atoi(u.Gid)
		attr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		return attr, os.Chown(s.dir, uid, gid)
	}
	return nil, errors.New("no unprivileged user to run PostgreSQL as: add a user named postgres")
}

func (s *postgres) run(bin string, attr *syscall.SysProcAttr) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s.port = l.Addr().(*net.TCPAddr).Port
	if err := l.Close(); err != nil {
		return err
	}
	cmd := exec.Command(filepath.Join(bin, "postgres"), "-D", filepath.Join(s.dir, "data"), "-p", strconv.Itoa(s.port),
		"-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="+s.dir, "-c", "fsync=off", "-c", "max_connections=200")
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr, cmd.SysProcAttr, cmd.Dir = &log, &log, attr, s.dir
	begun, ended := make(chan error, 1), make(chan error, 1)
	go func() {
		// The server is told when the thread that started it dies: keep that thread.
		runtime.LockOSThread()
		err := cmd.Start()
		begun <- err
		if err == nil {
			ended <- cmd.Wait()
		}
	}()
	if err := <-begun; err != nil {
		return err
	}
	started.stop = func() {
		_ = cmd.Process.Signal(syscall.SIGINT)
		<-ended
		_ = os.RemoveAll(s.dir)
	}
	return s.ready(ended, &log)
}

// ready waits until the server answers.
func (s *postgres) ready(ended chan error, log *bytes.Buffer) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, s.url("postgres"))
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case err := <-ended:
			ended <- err
			return fmt.Errorf("the server ended: %w\n%s", err, log)
		case <-ctx.Done():
			return fmt.Errorf("the server does not answer: %w", err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}
