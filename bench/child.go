package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/pprof"
	"strconv"
	"strings"
	"time"

	"github.com/eddy-retl/eddy"
)

// childCommand is the hidden argument that makes a process a measured one.
const childCommand = "child"

// What a child process does.
const (
	doSandbox = "sandbox"
	doSync    = "sync"
	doMinimal = "minimal"
	doFloor   = "floor"
	doBare    = "bare"
	doRead    = "read"
)

// task is what a child process is told.
type task struct {
	Do, Engine, Data string
	// Place is where the engine is found, and Source is what a configuration says of it.
	Place  string
	Source eddy.Source
	// API and Audience are where to deliver.
	API, Audience string
	Trace         bool
	// CPUProfile is a file to write; empty writes none.
	CPUProfile string
	// DuckDB and Memory try other settings of Eddy's embedded engine.
	DuckDB, Memory string
}

// sample is what a child process measured.
type sample struct {
	Seconds float64 `json:"seconds"`
	// Phases are seconds by the step that Eddy told.
	Phases map[string]float64 `json:"phases,omitempty"`
	// Rows were read; Operations delivered.
	Rows       int64 `json:"rows"`
	Operations int64 `json:"operations"`
	Requests   int64 `json:"requests"`
	Bytes      int64 `json:"bytes"`
	// Peak is the largest resident memory in bytes, CPU the processor time in seconds.
	Peak       int64       `json:"peak_bytes"`
	CPU        float64     `json:"cpu_seconds"`
	Statements []statement `json:"statements,omitempty"`
}

// child is the main function of a child process: it does one task and prints a sample.
func child(arg string) int {
	err := work(arg)
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench child:", err)
		return 1
	}
	return 0
}

func work(arg string) error {
	var t task
	if err := json.Unmarshal([]byte(arg), &t); err != nil {
		return err
	}
	// The parent holds the other end of standard input; when it is gone, so is this.
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(2)
	}()
	if t.Do == doSandbox {
		return serveSandbox()
	}
	stop, err := profile(t.CPUProfile)
	if err != nil {
		return err
	}
	began := time.Now()
	s, err := t.measure(context.Background())
	s.Seconds = time.Since(began).Seconds()
	if err := errors.Join(err, stop()); err != nil {
		return err
	}
	if s.Peak, err = peak(); err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(s)
}

func (t task) measure(ctx context.Context) (sample, error) {
	switch t.Do {
	case doSync:
		return t.sync(ctx)
	case doMinimal:
		return t.minimal(ctx)
	case doFloor:
		return t.floor(ctx)
	case doBare:
		return t.bare(ctx)
	case doRead:
		return t.read(ctx)
	default:
		return sample{}, fmt.Errorf("no such task: %s", t.Do)
	}
}

func profile(file string) (stop func() error, err error) {
	if file == "" {
		return func() error { return nil }, nil
	}
	f, err := os.Create(file)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return func() error {
		pprof.StopCPUProfile()
		return f.Close()
	}, nil
}

// peak is the process's largest resident memory. The kernel counts it anew for each
// program that is started, unlike the figure that a parent gets when it waits.
func peak() (int64, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(status)) {
		if kb, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			n, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(kb), " kB"), 10, 64)
			return n << 10, err
		}
	}
	return 0, errors.New("/proc/self/status has no VmHWM")
}

// command is a child process that ends with ctx or when this process does.
func command(ctx context.Context, t task) (*exec.Cmd, io.Closer, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, nil, err
	}
	arg, err := json.Marshal(t)
	if err != nil {
		return nil, nil, err
	}
	cmd := exec.CommandContext(ctx, self, childCommand, string(arg))
	cmd.Stderr = os.Stderr
	hold, err := cmd.StdinPipe()
	return cmd, hold, err
}

// start runs a task in a process of its own and returns its sample.
func start(ctx context.Context, t task) (s sample, err error) {
	cmd, hold, err := command(ctx, t)
	if err != nil {
		return s, err
	}
	defer hold.Close()
	if t.CPUProfile != "" {
		if err := os.MkdirAll(filepath.Dir(t.CPUProfile), 0o755); err != nil {
			return s, err
		}
	}
	out, err := cmd.Output()
	if ctx.Err() != nil {
		return s, ctx.Err()
	}
	if err != nil {
		return s, fmt.Errorf("%s on %s: %w", t.Do, t.Engine, err)
	}
	err = json.Unmarshal(out, &s)
	s.CPU = (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()
	return s, err
}
