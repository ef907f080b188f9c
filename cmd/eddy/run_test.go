package main

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"github.com/eddy-retl/eddy"
)

// run [CODE] command args... runs a command and wants its exit code, 0 if none is given.
func (w *world) run(neg bool, args []string) {
	w.never(neg)
	code, args := w.code(args)
	w.need(args, 1, "run [CODE] command args...")
	err := w.Exec(args[0], args[1:]...)
	out, said := w.ReadFile("stdout"), w.ReadFile("stderr")
	w.say(out, said)
	w.judge(args, code, err)
	if len(args) > 1 && args[1] == "payload" {
		w.exact(out, said)
	}
}

// code takes the wanted exit code off a command.
func (w *world) code(args []string) (int, []string) {
	if len(args) > 0 {
		if n, err := strconv.Atoi(args[0]); err == nil {
			return n, args[1:]
		}
	}
	return 0, args
}

// judge checks what is true of every command: its exit code, that it complains once and
// in words, and that a run's figures add up.
func (w *world) judge(args []string, want int, err error) {
	got := 0
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		got = exit.ExitCode()
	} else if err != nil {
		w.Fatalf("%s: %v", args[0], err)
	}
	if got != want {
		w.Fatalf("%s: exit code %d, want %d", strings.Join(args, " "), got, want)
	}
	if n := len(regexp.MustCompile(`(?m)^eddy: `).FindAllString(w.err, -1)); n > 1 {
		w.Fatalf("%d complaints, want one at most", n)
	}
	for _, noise := range []string{"panic:", "goroutine ", "%!", "<nil>", "context canceled", "(0xc0", "&{", "runtime error"} {
		if strings.Contains(w.out+w.err, noise) {
			w.Fatalf("the output has %q in it", noise)
		}
	}
	if slices.Contains(args, "sync") && slices.Contains(args, "--json") && strings.HasPrefix(w.out, "{") {
		w.addsUp()
	}
}

// addsUp checks promise 5 on a run that was printed as JSON.
func (w *world) addsUp() {
	var r eddy.Run
	if err := json.Unmarshal([]byte(w.out), &r); err != nil {
		w.Fatalf("sync --json: %v", err)
	}
	c := r.Counts
	if c.Operations() != c.Delivered+c.Rejected+c.Failed && r.Status != eddy.NeedsApproval {
		w.Fatalf("the counts do not add up: %+v", c)
	}
	if r.Errors == nil || r.RunID == "" || r.StartedAt.IsZero() || r.FinishedAt == nil || r.FinishedAt.Before(r.StartedAt) {
		w.Fatalf("the run is not complete: %s", w.out)
	}
	for _, e := range r.Errors {
		if e.SampleIDs == nil || e.Reason == "" || e.Count < 1 {
			w.Fatalf("an error of the run is not complete: %+v", e)
		}
	}
}

// process is a command in the background.
type process struct {
	args     []string
	cmd      *exec.Cmd
	out, err heard
	ended    chan struct{}
	result   error
}

// heard collects an output and wakes those who wait for a part of it.
type heard struct {
	mu   sync.Mutex
	text strings.Builder
	more chan struct{}
}

// Write takes a part of the output.
func (h *heard) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	close(h.more)
	h.more = make(chan struct{})
	return h.text.Write(p)
}

func (h *heard) now() (string, chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.text.String(), h.more
}

// start NAME command args... runs a command in the background.
func (w *world) start(neg bool, args []string) {
	w.never(neg)
	w.need(args, 2, "start NAME command args...")
	path, err := exec.LookPath(args[1])
	w.Check(err)
	p := &process{args: args[1:], cmd: exec.Command(path, args[2:]...), ended: make(chan struct{})}
	p.out.more, p.err.more = make(chan struct{}), make(chan struct{})
	p.cmd.Dir = w.MkAbs(".")
	p.cmd.Env = append(os.Environ(), w.environment()...)
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.err
	w.Check(p.cmd.Start())
	w.going[args[0]] = p
	go func() {
		p.result = p.cmd.Wait()
		close(p.ended)
	}()
	w.Defer(func() {
		_ = p.cmd.Process.Kill()
		<-p.ended
	})
}

// environment is what scripts set for the commands they start in the background.
func (w *world) environment() (env []string) {
	for _, name := range []string{"SANDBOX", "OTHER", "PG", "SESSION", "TRANSACTION", "EDDY_METRICS_TOKEN", "HOME", "TMPDIR"} {
		env = append(env, name+"="+w.Getenv(name))
	}
	return env
}

func (w *world) process(name string) *process {
	p, ok := w.going[name]
	if !ok {
		w.Fatalf("nothing named %s was started", name)
	}
	return p
}

// await NAME out|err REGEXP waits until a background command has said something. What the
// expression's first group matches becomes $FOUND.
func (w *world) await(neg bool, args []string) {
	w.never(neg)
	w.need(args, 3, "await NAME out|err REGEXP")
	p, pattern := w.process(args[0]), regexp.MustCompile(args[2])
	h := &p.out
	if args[1] == "err" {
		h = &p.err
	}
	for {
		text, more := h.now()
		if m := pattern.FindStringSubmatch(text); m != nil {
			if len(m) > 1 {
				w.Setenv("FOUND", m[1])
			}
			return
		}
		select {
		case <-more:
		case <-p.ended:
			if again, _ := h.now(); again == text {
				w.Fatalf("%s ended without saying %q; it said:\n%s", args[0], args[2], text)
			}
		}
	}
}

// signal NAME INT|TERM|KILL sends a signal to a background command.
func (w *world) signal(neg bool, args []string) {
	w.never(neg)
	w.need(args, 2, "signal NAME INT|TERM|KILL")
	s := map[string]syscall.Signal{"INT": syscall.SIGINT, "TERM": syscall.SIGTERM, "KILL": syscall.SIGKILL}[args[1]]
	w.Check(w.process(args[0]).cmd.Process.Signal(s))
}

// finish NAME [CODE] waits for a background command to end, with this exit code.
func (w *world) finish(neg bool, args []string) {
	w.never(neg)
	w.need(args, 1, "finish NAME [CODE]")
	p := w.process(args[0])
	<-p.ended
	out, _ := p.out.now()
	said, _ := p.err.now()
	w.say(out, said)
	code, _ := w.code(args[1:])
	w.judge(p.args, code, p.result)
}
