package main

import (
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// world is what one script has around it: its servers, and what was said last.
type world struct {
	*testscript.TestScript
	tb testing.TB
	// boxes are the sandboxes by the environment variable that holds their address.
	boxes map[string]*box
	// out and err are the untouched outputs of the newest command.
	out, err string
	// going are the commands in the background by name.
	going map[string]*process
	pgURL string
}

// worldKey is where a script finds its world.
type worldKey struct{}

func setUp(env *testscript.Env) error {
	tb, ok := env.T().(testing.TB)
	if !ok {
		panic("testscript.Run gives its scripts a testing.TB")
	}
	env.Values[worldKey{}] = &world{tb: tb, boxes: map[string]*box{}, going: map[string]*process{}}
	// An account's own settings must not reach into the tests.
	for _, kv := range os.Environ() {
		if name, _, _ := strings.Cut(kv, "="); strings.HasPrefix(name, "PG") || strings.HasPrefix(name, "EDDY") {
			env.Setenv(name, "")
		}
	}
	return nil
}

// with makes a command of a script out of a method.
func with(fn func(w *world, neg bool, args []string)) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		w := ts.Value(worldKey{}).(*world)
		w.TestScript = ts
		fn(w, neg, args)
	}
}

// never fails a script that writes ! before a command that has no opposite.
func (w *world) never(neg bool) {
	if neg {
		w.Fatalf("this command takes no !")
	}
}

// need fails the script unless a command was given enough arguments.
func (w *world) need(args []string, least int, usage string) {
	if len(args) < least {
		w.Fatalf("usage: %s", usage)
	}
}

// The parts of an output that differ from run to run.
var ( //nolint:gochecknoglobals // compiled once
	progressLine = regexp.MustCompile(`(?m)^ *\d+\.\ds  .*\n`)
	changing     = []struct {
		pattern *regexp.Regexp
		with    string
	}{
		{regexp.MustCompile(`\b20\d{12}[a-km-z2-9]{4,6}\b`), "RUN"},
		{regexp.MustCompile(`\b20\d\d-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?Z?\b`), "TIME"},
		{regexp.MustCompile(`\bin \d+(\.\d+ s|m\d+s)\b`), "in TIME"},
		{regexp.MustCompile(`http://127\.0\.0\.1:\d{4,5}`), "http://LOOPBACK"},
		{regexp.MustCompile(`\bpid \d+\b`), "pid PID"},
	}
)

// steady takes out of an output what differs from run to run.
func (w *world) steady(text string) string {
	for name, b := range w.boxes {
		text = strings.ReplaceAll(text, b.url, "$"+name)
	}
	text = strings.ReplaceAll(text, w.Getenv("WORK"), "$WORK")
	if dir, err := filepath.EvalSymlinks(w.Getenv("WORK")); err == nil {
		text = strings.ReplaceAll(text, dir, "$WORK")
	}
	if w.pgURL != "" {
		text = strings.NewReplacer(w.Getenv("PG_HOST"), "HOST", w.Getenv("PG_DATABASE"), "DATABASE").Replace(text)
	}
	for _, c := range changing {
		text = c.pattern.ReplaceAllString(text, c.with)
	}
	return text
}

// say makes an output the one that stdout, stderr and cmp look at.
func (w *world) say(out, err string) {
	w.out, w.err = out, err
	_, _ = w.Stdout().Write([]byte(w.steady(out)))
	_, _ = w.Stderr().Write([]byte(w.steady(progressLine.ReplaceAllString(err, ""))))
}

// exact makes an output as it is the one that stdout, stderr and cmp look at.
func (w *world) exact(out, err string) {
	for to, text := range map[io.Writer]string{w.Stdout(): out, w.Stderr(): err} {
		if b, ok := to.(*strings.Builder); ok {
			b.Reset()
		}
		_, _ = io.WriteString(to, text)
	}
}

// progress prints the progress lines of the newest command, without their times.
func (w *world) progress(neg bool, _ []string) {
	w.never(neg)
	var b strings.Builder
	for _, line := range progressLine.FindAllString(w.err, -1) {
		b.WriteString(regexp.MustCompile(`^ *\d+\.\ds  `).ReplaceAllString(line, ""))
	}
	_, _ = w.Stdout().Write([]byte(b.String()))
}
