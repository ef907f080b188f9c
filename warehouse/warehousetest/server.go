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
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// Server is a PostgreSQL server that this process started on loopback, with data of its
// own in a temporary folder.
type Server struct {
	dir  string
	port int
	stop func()
	// end stops the server with a signal, and begin starts it again.
	end   func(os.Signal)
	begin func() error
	// up waits until the server answers, or has ended.
	up func() error
}

// URL is where a database of the server is reached.
func (s *Server) URL(database string) string {
	return fmt.Sprintf("postgres://eddy:eddy@127.0.0.1:%d/%s?sslmode=disable", s.port, database)
}

// Exec runs a statement in the server's own database.
func (s *Server) Exec(sql string) error {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, s.URL("postgres"))
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, sql)
	return errors.Join(err, conn.Close(ctx))
}

// Stop ends the server and removes its folder.
func (s *Server) Stop() { s.stop() }

// Crash ends the server as a power cut would: nothing is written any more.
func (s *Server) Crash() { s.end(syscall.SIGQUIT) }

// Restart starts a server again that was crashed, on the same port and data.
func (s *Server) Restart() error { return s.begin() }

// Revive waits until a server that fell over answers again, and starts it where it ended.
func (s *Server) Revive() error {
	if s.up() == nil {
		return nil
	}
	return s.begin()
}

// StartPostgres starts a server with the given settings, such as "fsync=off", and the
// defaults for the rest. The caller stops it.
func StartPostgres(settings ...string) (_ *Server, err error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "eddy-postgres-")
	if err != nil {
		return nil, err
	}
	s := &Server{dir: dir, stop: func() { _ = os.RemoveAll(dir) }}
	defer func() {
		if err != nil {
			s.stop()
		}
	}()
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
	return s, s.run(bin, attr, settings)
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
func (s *Server) unprivileged() (*syscall.SysProcAttr, error) {
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

func (s *Server) run(bin string, attr *syscall.SysProcAttr, settings []string) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s.port = l.Addr().(*net.TCPAddr).Port
	if err := l.Close(); err != nil {
		return err
	}
	s.begin = func() error { return s.launch(bin, attr, settings) }
	return s.begin()
}

func (s *Server) launch(bin string, attr *syscall.SysProcAttr, settings []string) error {
	args := []string{"-D", filepath.Join(s.dir, "data"), "-p", strconv.Itoa(s.port)}
	for _, x := range append([]string{"listen_addresses=127.0.0.1", "unix_socket_directories=" + s.dir, "max_connections=200"}, settings...) {
		args = append(args, "-c", x)
	}
	cmd := exec.Command(filepath.Join(bin, "postgres"), args...)
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
	s.end = func(how os.Signal) {
		_ = cmd.Process.Signal(how)
		ended <- <-ended // so that a second end has nothing to wait for
	}
	s.stop = func() {
		s.end(syscall.SIGINT)
		_ = os.RemoveAll(s.dir)
	}
	s.up = func() error { return s.ready(ended, &log) }
	return s.up()
}

// ready waits until the server answers.
func (s *Server) ready(ended chan error, log *bytes.Buffer) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, s.URL("postgres"))
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
