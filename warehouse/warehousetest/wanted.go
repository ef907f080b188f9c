package warehousetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// enginesVariable names the engines, with commas between them, whose servers tests start;
// "all" names all. A server that is named and cannot be had is a failure.
const enginesVariable = "EDDY_ENGINES"

// Wanted skips a test that needs the server of an engine which nobody asked for.
func Wanted(tb testing.TB, engine string) {
	tb.Helper()
	if Account(engine) != nil {
		return
	}
	names := strings.Split(os.Getenv(enginesVariable), ",")
	if !slices.Contains(names, engine) && !slices.Contains(names, "all") {
		tb.Skipf("needs a %s server: make test-engines runs it (or %s=%s)", engine, enginesVariable, engine)
	}
}

// Program is a server that this process started by a script of scripts/engines, with data of
// its own in a temporary folder.
type Program struct {
	// Dir is the folder, and Ports are free ports of loopback that were found for it.
	Dir   string
	Ports []int
	cmd   *exec.Cmd
	ended chan error
	log   bytes.Buffer
	// told says that the server was told to end.
	told atomic.Bool
}

// Start has the script of an engine fetch what is missing ("get"), and start the server
// ("start DIR PORT ..."), which stays in the foreground. It returns when ready does without an
// error; ready is asked again until then. The server ends with this process at the latest.
func Start(engine string, ports int, ready func(ctx context.Context, p *Program) error) (_ *Program, err error) {
	_, here, _, _ := runtime.Caller(0) //nolint:dogsled // the standard library's
	script := filepath.Join(filepath.Dir(here), "..", "..", "scripts", "engines", engine+".sh")
	if out, err := exec.Command(script, "get").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%s get: %w\n%s", script, err, out)
	}
	p := &Program{ended: make(chan error, 1)}
	if p.Dir, err = os.MkdirTemp("", "eddy-"+engine+"-"); err != nil {
		return nil, err
	}
	if p.Ports, err = freePorts(ports); err != nil {
		return nil, errors.Join(err, os.RemoveAll(p.Dir))
	}
	args := []string{"start", p.Dir}
	for _, port := range p.Ports {
		args = append(args, strconv.Itoa(port))
	}
	p.cmd = exec.Command(script, args...)
	p.cmd.Stdout, p.cmd.Stderr, p.cmd.Dir = &p.log, &p.log, p.Dir
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	begun := make(chan error, 1)
	go func() {
		// The server is told when the thread that started it dies: keep that thread.
		runtime.LockOSThread()
		err := p.cmd.Start()
		begun <- err
		if err == nil {
			err = p.cmd.Wait()
			if !p.told.Load() {
				fmt.Fprintf(os.Stderr, "NOTICE: THE SERVER %s ENDED BY ITSELF: %v\n%s\n", engine, err, &p.log)
			}
			p.ended <- err
		}
	}()
	if err := <-begun; err != nil {
		return nil, errors.Join(err, os.RemoveAll(p.Dir))
	}
	if err := p.wait(ready); err != nil {
		p.Stop()
		return nil, fmt.Errorf("%s: %w\n%s", engine, err, &p.log)
	}
	ending(p.Stop)
	return p, nil
}

// startsWithin is how long a server may take until it answers.
const startsWithin = 3 * time.Minute

func (p *Program) wait(ready func(context.Context, *Program) error) error {
	ctx, stop := context.WithTimeout(context.Background(), startsWithin)
	defer stop()
	for {
		err := ready(ctx, p)
		if err == nil {
			return nil
		}
		select {
		case ended := <-p.ended:
			p.ended <- ended
			return fmt.Errorf("the server ended: %w", errors.Join(ended, err))
		case <-ctx.Done():
			return fmt.Errorf("the server does not answer: %w", err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// Kill ends the server as a power cut would: nothing is written any more.
func (p *Program) Kill() { p.end(syscall.SIGKILL) }

// Stop ends the server and removes its folder.
func (p *Program) Stop() {
	p.end(syscall.SIGTERM)
	_ = os.RemoveAll(p.Dir)
}

// end signals the server and all that it started, and waits; one that does not listen is killed.
func (p *Program) end(how syscall.Signal) {
	p.told.Store(true)
	_ = syscall.Kill(-p.cmd.Process.Pid, how)
	select {
	case err := <-p.ended:
		p.ended <- err // so that a second end has nothing to wait for
	case <-time.After(20 * time.Second):
		_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
		p.ended <- <-p.ended
	}
}

// freePorts finds ports of loopback that nobody listens on.
func freePorts(n int) (ports []int, err error) {
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer l.Close() //nolint:revive // all at once at the end, so that no port is found twice
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}

// started is what Main must stop.
var started struct { //nolint:gochecknoglobals // belongs to the test process
	sync.Mutex

	stop []func()
}

// ending has Main stop a server.
func ending(stop func()) {
	started.Lock()
	defer started.Unlock()
	started.stop = append(started.stop, stop)
}

// Main runs a package's tests and stops the servers they started: call it from TestMain.
func Main(m *testing.M) int {
	code := m.Run()
	End()
	return code
}

// End stops the servers that this process started.
func End() {
	for _, stop := range started.stop {
		stop()
	}
}
