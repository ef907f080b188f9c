// Package child has what a user wrote worked out in another process of the same program.
// DuckDB runs inside of the process that asks it, and no limit of its own covers all that a
// statement can do there: a list of a billion entries, a query of twenty thousand parts or a
// value of gigabytes ends the process. On a server that is a process which somebody else's run
// is not in.
//
// The parent starts a process for each task, and tells it over its standard input
// what to do and how much it may use; nothing is given as an argument or in the environment,
// where others could read it. News and the answer come over its standard output, each a line
// of JSON. The input stays open: a child that reads its end knows that nobody waits for it any
// more, and ends. A look that is given up is killed; a run is told to stop, and settles what
// it sent.
package child

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/dial"
	"github.com/eddy-retl/eddy/setup"
)

// Command is the name of the command that is a child, which no help lists.
const Command = "child"

// What a parent takes from a child at most: a line, and of what it says on standard error the
// beginning.
const (
	maxLine = 64 << 20
	maxSaid = 16 << 10
)

// order is what a child is told to do.
type order struct {
	// Memory is how many bytes it may have, CPU how many seconds of the processor; 0 is any.
	Memory uint64
	CPU    uint64
	// Within is how long it has.
	Within time.Duration
	Setup  *setup.Setup
	// Reach is where it may call.
	Reach dial.Guard
	// Kind names the task that Task is.
	Kind string
	Task json.RawMessage
}

// stop tells a child that is at work to stop in good order.
type stop struct {
	Stop bool `json:"stop"`
}

// line is one of those that a child says: news, or at the end its answer.
type line struct {
	News *setup.News `json:",omitempty"`
	// Task is the task with what was found; Err is why it failed, if it did.
	Task json.RawMessage `json:",omitempty"`
	Err  *setup.Told     `json:",omitempty"`
}

// Memory is how many bytes the process of a look and that of a run may have.
type Memory struct{ Look, Run uint64 }

// Processes are the children of a server.
type Processes struct {
	// name is how the program was called, environ its environment.
	name    string
	environ []string
	memory  Memory
	reach   dial.Guard

	mu sync.Mutex
	// looking are those that may have a connection's local state open; reserved are the
	// connections whose state a run has to itself.
	looking  map[string]map[*looker]bool
	reserved map[string]int
	// spill is the lock beside the folder of the children's temporary files.
	spill *flock.Flock
}

// looker is a child that looks at a connection.
type looker struct {
	end  context.CancelCauseFunc
	gone chan struct{}
}

// New starts children of a program that was called so and has this environment, gives them so
// much memory, and says where they may call.
func New(name string, environ []string, memory Memory, reach dial.Guard) *Processes {
	return &Processes{name: name, environ: environment(environ), memory: memory, reach: reach, looking: map[string]map[*looker]bool{}, reserved: map[string]int{}}
}

// reserved is why a look ends, or does not begin, while a run has the state.
func reserved() error {
	return &eddy.Error{
		Code: eddy.CodeConflict, What: "a run of this connection is in progress: it has the local state to itself",
		Mend: "Look again when it has ended.",
	}
}

// reserve keeps looks from a connection's local state, for a run: those under way end, because
// DuckDB lets nobody write a file that another process reads. The function that it returns
// lets them in again.
func (p *Processes) reserve(connection string) (release func()) {
	p.mu.Lock()
	p.reserved[connection]++
	var leaving []*looker
	for l := range p.looking[connection] {
		l.end(reserved())
		leaving = append(leaving, l)
	}
	p.mu.Unlock()
	for _, l := range leaving {
		<-l.gone
	}
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.reserved[connection]--; p.reserved[connection] == 0 {
			delete(p.reserved, connection)
		}
	}
}

// enter puts a look at a connection's local state on the list.
func (p *Processes) enter(ctx context.Context, connection string) (context.Context, func(), error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.reserved[connection] > 0 {
		return ctx, nil, reserved()
	}
	l := &looker{gone: make(chan struct{})}
	ctx, l.end = context.WithCancelCause(ctx)
	if p.looking[connection] == nil {
		p.looking[connection] = map[*looker]bool{}
	}
	p.looking[connection][l] = true
	return ctx, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		l.end(nil)
		close(l.gone)
		if delete(p.looking[connection], l); len(p.looking[connection]) == 0 {
			delete(p.looking, connection)
		}
	}, nil
}

// Do has a task done in a child, and tells the setup's Hear of its news. A look is over when
// the context is, and the child with it; a run is told so, and ends when it has settled what
// it sent. A child that dies is an error of this task.
func (p *Processes) Do(ctx context.Context, s *setup.Setup, t setup.Task) (err error) {
	about := t.About()
	_, isRun := t.(*setup.Run)
	if c, ok := s.Connections[about.Connection]; ok && s.Local(c) {
		var leave func()
		if isRun {
			leave = p.reserve(c.Name)
		} else if ctx, leave, err = p.enter(ctx, c.Name); err != nil {
			return err
		}
		defer leave()
	}
	task, err := json.Marshal(t)
	if err != nil {
		return fmt.Errorf("tell a child what to do: %w", err)
	}
	o := order{Memory: p.memory.Look, Reach: p.reach, Setup: s.Only(about), Kind: setup.NameOf(t), Task: task}
	if isRun {
		o.Memory = p.memory.Run
	} else if end, bounded := ctx.Deadline(); bounded {
		o.Within = time.Until(end)
		// Its threads may share out the time of some processors, but not of all for as long.
		o.CPU = uint64(max(o.Within.Seconds(), 1)) * uint64(min(runtime.NumCPU(), cpuShare))
	}
	a, err := p.work(ctx, o, isRun, s.Hear)
	switch {
	case !isRun && ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		return err
	}
	// What was found before an error is part of the answer.
	if err := json.Unmarshal(a.Task, t); err != nil {
		return fmt.Errorf("hear of a child: %w", err)
	}
	return a.Err.Heard()
}

// cpuShare is how many processors' whole time a look may have.
const cpuShare = 4

// work starts a child, and hears what it says until its end.
func (p *Processes) work(ctx context.Context, o order, isRun bool, hear func(setup.News)) (answer line, err error) {
	told, err := json.Marshal(o) //nolint:musttag // both ends are this program
	if err != nil {
		return answer, fmt.Errorf("tell a child what to do: %w", err)
	}
	scratch, done, err := p.scratch(o.Setup.StateDir)
	if err != nil {
		return answer, err
	}
	defer done()
	// The child is bound to the thread that starts it: that one must live as long as it.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	// The program as it runs, also where its file was replaced by a newer version. What ends
	// it comes below.
	cmd := exec.CommandContext(context.WithoutCancel(ctx), program(), Command) //nolint:gosec // this program itself
	cmd.Args[0] = p.name
	cmd.Env = append(slices.Clone(p.environ), "TMPDIR="+scratch)
	cmd.SysProcAttr = bound()
	cmd.WaitDelay = time.Second
	said := &beginning{}
	cmd.Stderr = said
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return answer, fmt.Errorf("start a child: %w", err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return answer, fmt.Errorf("start a child: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return answer, fmt.Errorf("start a child: %w", err)
	}
	ordered := make(chan struct{})
	defer context.AfterFunc(ctx, func() { end(cmd.Process, stdin, isRun, ordered) })()
	// A child that died does not take it, which its end tells better.
	_, _ = stdin.Write(told)
	close(ordered)
	answer, heard := listen(stdout, hear)
	if heard != nil {
		_ = cmd.Process.Kill() // nobody hears it any more
	}
	err = cmd.Wait()
	if e, ok := errors.AsType[*eddy.Error](heard); ok {
		return answer, e
	}
	if err != nil || heard != nil || answer.Task == nil {
		return answer, p.death(cmd.ProcessState, said.String(), o.Memory, isRun)
	}
	return answer, nil
}

// orderTime is how long a run may take to hear what to do, once it is to stop.
const orderTime = 10 * time.Second

// end ends a child. A run is told to stop, behind what it is to do: one that does not hear that
// has sent nothing.
func end(child *os.Process, stdin io.Writer, isRun bool, ordered <-chan struct{}) {
	if isRun {
		select {
		case <-ordered:
			if err := json.NewEncoder(stdin).Encode(stop{true}); err == nil {
				return
			}
		case <-time.After(orderTime):
		}
	}
	_ = child.Kill()
}

// listen hears what a child says until it says no more; its last line is the answer.
func listen(stdout io.Reader, hear func(setup.News)) (answer line, err error) {
	lines := bufio.NewScanner(stdout)
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		answer = line{}
		if err := json.Unmarshal(lines.Bytes(), &answer); err != nil { //nolint:musttag // both ends are this program
			return answer, fmt.Errorf("hear of a child: %w", err)
		}
		if answer.News != nil && hear != nil {
			hear(*answer.News)
		}
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		return answer, &eddy.Error{Code: eddy.CodeSource, What: "the answer is larger than what a server takes", Mend: "Ask for fewer columns."}
	}
	return answer, lines.Err()
}

// death says what became of a child, as far as it can be told. What it said is looked at and
// not repeated.
func (p *Processes) death(state *os.ProcessState, said string, memory uint64, isRun bool) error {
	how := "it ended without an answer"
	if state != nil {
		how = state.String()
	}
	for _, x := range [][2]string{
		{"stack overflow", "its statement is nested too deeply"},
		{"out of memory", "out of memory"},
		{"cannot allocate", "out of memory"},
		{"bad_alloc", "out of memory"},
		{"SIGSEGV", "its statement is nested too deeply, or DuckDB failed"},
		{"SIGABRT", "DuckDB gave up, most likely out of memory"},
	} {
		if strings.Contains(said, x[0]) {
			how = x[1]
			break
		}
	}
	e := &eddy.Error{
		Code: eddy.CodeSource, What: "the process that worked on this model ended before it was done: " + how,
		Mend: fmt.Sprintf("Nothing else was touched. One model has %d MiB of memory (eddy serve --model-memory): make it smaller, with fewer parts or shorter values.", memory>>20),
	}
	if isRun {
		e.What = "the process of this run ended before it was done: " + how
		e.Mend = fmt.Sprintf("What was sent is not lost: the next run goes on from there. A run has %d MiB of memory (eddy serve --run-memory): give it more, or make the model smaller, with fewer parts or shorter values.", memory>>20)
	}
	return e
}

// environment is what a child needs of its parent's: not what the server itself was given.
func environment(all []string) (out []string) {
	for _, kv := range all {
		if !strings.HasPrefix(kv, "EDDY_") {
			out = append(out, kv)
		}
	}
	return out
}

// beginning keeps the first bytes that are written.
type beginning struct{ bytes.Buffer }

// Write takes everything and keeps the beginning.
func (b *beginning) Write(text []byte) (int, error) {
	_, err := b.Buffer.Write(text[:min(len(text), maxSaid-b.Len())])
	return len(text), err
}
