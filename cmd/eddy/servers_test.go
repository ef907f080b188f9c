package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/eddy-retl/eddy/sandbox"
)

// box is a sandbox that a script talks to over HTTP, with a gate that can hold requests.
type box struct {
	*sandbox.Server
	url  string
	seen int // requests that were printed already

	mu     sync.Mutex
	closed chan struct{} // nil while the gate stands open
	// come has one entry for each request that the gate held.
	come chan struct{}
	// bodies are those of accepted users calls since the script last looked.
	bodies []string
}

// ServeHTTP passes requests on; users calls wait at the gate first.
func (b *box) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	if !strings.HasSuffix(r.URL.Path, "/users") {
		b.Server.ServeHTTP(rw, r)
		return
	}
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	b.mu.Lock()
	gate, come := b.closed, b.come
	b.mu.Unlock()
	if gate != nil {
		come <- struct{}{}
		<-gate
	}
	answer := &answered{ResponseWriter: rw}
	b.Server.ServeHTTP(answer, r)
	if answer.status == http.StatusOK {
		b.mu.Lock()
		b.bodies = append(b.bodies, string(body))
		b.mu.Unlock()
	}
}

// answered notes the status of an answer on its way.
type answered struct {
	http.ResponseWriter
	status int
}

// WriteHeader notes the status.
func (a *answered) WriteHeader(status int) {
	a.status = status
	a.ResponseWriter.WriteHeader(status)
}

// Unwrap lets the sandbox drop the connection.
func (a *answered) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// sandbox [-as NAME] [-skew DURATION] [-audience NAME]... [flags of eddy sandbox] starts a
// sandbox. Its address is in $SANDBOX, or $NAME.
func (w *world) sandbox(neg bool, args []string) {
	w.never(neg)
	cfg := sandbox.Default()
	f := flag.NewFlagSet("sandbox", flag.ContinueOnError)
	cfg.AddFlags(f)
	name := f.String("as", "SANDBOX", "")
	skew := f.Duration("skew", 0, "")
	var audiences []string
	f.Func("audience", "", func(s string) error {
		audiences = append(audiences, s)
		return nil
	})
	w.Check(f.Parse(args))
	if *skew != 0 {
		cfg.Now = func() time.Time { return time.Now().Add(*skew) }
	}
	b := &box{Server: sandbox.New(cfg)}
	for _, a := range audiences {
		_, err := b.NewAudience(cfg.Account, a)
		w.Check(err)
	}
	srv := httptest.NewServer(b)
	b.url = srv.URL
	w.boxes[*name] = b
	w.Setenv(*name, srv.URL)
	w.Defer(func() {
		b.open()
		srv.CloseClientConnections()
		srv.Close()
	})
}

// box takes the sandbox that a command is about.
func (w *world) box(args []string) (*box, []string) {
	name := "SANDBOX"
	if len(args) > 1 && args[0] == "-of" {
		name, args = args[1], args[2:]
	}
	b, ok := w.boxes[name]
	if !ok {
		w.Fatalf("no sandbox %s was started", name)
	}
	return b, args
}

// fault TEXT makes the sandbox misbehave; fault -clear ends that.
func (w *world) fault(neg bool, args []string) {
	w.never(neg)
	b, args := w.box(args)
	w.need(args, 1, "fault TEXT|-clear")
	if args[0] == "-clear" {
		b.ClearFaults()
		return
	}
	f, err := sandbox.ParseFault(args[0])
	w.Check(err)
	b.Fault(f)
}

// clock DURATION moves the sandbox's clock, by which memberships lapse.
func (w *world) clock(neg bool, args []string) {
	w.never(neg)
	b, args := w.box(args)
	w.need(args, 1, "clock DURATION")
	d, err := time.ParseDuration(args[0])
	w.Check(err)
	b.Advance(d)
}

// gate close holds users calls from now on; gate open lets them all pass.
func (w *world) gate(neg bool, args []string) {
	w.never(neg)
	b, args := w.box(args)
	w.need(args, 1, "gate open|close")
	if args[0] == "open" {
		b.open()
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed, b.come = make(chan struct{}), make(chan struct{}, 1000)
}

func (b *box) open() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed != nil {
		close(b.closed)
		b.closed = nil
	}
}

// arrived N waits until N more users calls stand at the gate.
func (w *world) arrived(neg bool, args []string) {
	w.never(neg)
	b, args := w.box(args)
	w.need(args, 1, "arrived N")
	n, err := strconv.Atoi(args[0])
	w.Check(err)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for range n {
		select {
		case <-b.come:
		case <-ctx.Done():
			w.Fatalf("no more calls came")
		}
	}
}

// digest is an identity, such as email:ada@example.com, as the sandbox lists it.
func digest(identity string) string {
	field, value, _ := strings.Cut(identity, ":")
	if field == "partner_user_id" {
		return identity
	}
	return fmt.Sprintf("%s:%x", field, sha256.Sum256([]byte(value)))
}

// members AUDIENCE IDENTITY... wants an audience to hold exactly these people, written as
// they are before they are hashed; with -count N only their number, with -has some of them.
func (w *world) members(neg bool, args []string) {
	b, args := w.box(args)
	w.need(args, 1, "members AUDIENCE [-count N | -has] IDENTITY...")
	got, args := b.Members(args[0]), args[1:]
	if len(args) == 2 && args[0] == "-count" {
		if n, err := strconv.Atoi(args[1]); err != nil || n != len(got) {
			w.Fatalf("the audience has %d members, want %s", len(got), args[1])
		}
		return
	}
	some := len(args) > 0 && args[0] == "-has"
	if some {
		args = args[1:]
	}
	for _, want := range args {
		if slices.Contains(got, digest(want)) == neg {
			w.Fatalf("whether the audience has %s: %v", want, neg)
		}
	}
	if !some && len(got) != len(args) {
		w.Fatalf("the audience has %d members, want %d: %s", len(got), len(args), strings.Join(got, " "))
	}
}

// requests prints the API calls since it was last asked: method, what, status, users.
func (w *world) requests(neg bool, args []string) {
	w.never(neg)
	b, _ := w.box(args)
	var out strings.Builder
	all := b.Requests()
	for _, r := range all[b.seen:] {
		what := strings.TrimPrefix(r.Path, "/12/")
		fmt.Fprintf(&out, "%s %s %d", r.Method, what, r.Status)
		if r.Users > 0 {
			fmt.Fprintf(&out, " updates=%d deletes=%d", r.Updates, r.Deletes)
		}
		out.WriteByte('\n')
	}
	b.seen = len(all)
	_, _ = w.Stdout().Write([]byte(out.String()))
}

// accepted prints the bodies of the users calls since it was last asked, one a line.
func (w *world) accepted(neg bool, args []string) {
	w.never(neg)
	b, _ := w.box(args)
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, body := range b.bodies {
		var compact bytes.Buffer
		w.Check(json.Compact(&compact, []byte(body)))
		_, _ = fmt.Fprintln(w.Stdout(), compact.String())
	}
	b.bodies = nil
}

// get [STATUS] URL [TOKEN] prints what a web server answers.
func (w *world) get(neg bool, args []string) {
	w.never(neg)
	want := http.StatusOK
	if len(args) > 0 {
		if n, err := strconv.Atoi(args[0]); err == nil {
			want, args = n, args[1:]
		}
	}
	if len(args) == 1 {
		args = append(args, "")
	}
	w.need(args, 2, "get [STATUS] URL [TOKEN]")
	r, err := http.NewRequest(http.MethodGet, args[0], http.NoBody) //nolint:noctx // a loopback server that answers at once
	w.Check(err)
	if args[1] != "" {
		r.Header.Set("Authorization", "Bearer "+args[1])
	}
	answer, err := http.DefaultClient.Do(r)
	w.Check(err)
	_, err = io.Copy(w.Stdout(), answer.Body)
	w.Check(errors.Join(err, answer.Body.Close()))
	if answer.StatusCode != want {
		w.Fatalf("GET %s: %s, want %d", args[0], answer.Status, want)
	}
}

// port URL keeps the URL's port in $PORT.
func (w *world) port(neg bool, args []string) {
	w.never(neg)
	w.need(args, 1, "port URL")
	u, err := url.Parse(args[0])
	w.Check(err)
	w.Setenv("PORT", u.Port())
}

// users FILE prints the users of the bodies in a file, one a line and in order: records
// come in no order that a run promises.
func (w *world) users(neg bool, args []string) {
	w.never(neg)
	w.need(args, 1, "users FILE")
	var lines []string
	for body := range strings.Lines(w.ReadFile(args[0])) {
		var operations []struct {
			Type   string `json:"operation_type"`
			Params struct {
				Users []json.RawMessage `json:"users"`
			} `json:"params"`
		}
		w.Check(json.Unmarshal([]byte(body), &operations))
		for _, o := range operations {
			for _, u := range o.Params.Users {
				lines = append(lines, o.Type+" "+string(u)+"\n")
			}
		}
	}
	slices.Sort(lines)
	_, _ = io.WriteString(w.Stdout(), strings.Join(lines, ""))
}

// limit NAME BYTES|unlimited bounds the size of the files that a background command may
// write, from now on.
func (w *world) limit(neg bool, args []string) {
	w.never(neg)
	w.need(args, 2, "limit NAME BYTES|unlimited")
	pid := strconv.Itoa(w.process(args[0]).cmd.Process.Pid)
	out, err := exec.Command("prlimit", "--pid", pid, "--fsize="+args[1]+":").CombinedOutput()
	if err != nil {
		w.Fatalf("prlimit: %v\n%s", err, out)
	}
}

// ready STATUS URL asks a web server until it answers with this status, and prints the answer.
func (w *world) ready(neg bool, args []string) {
	w.never(neg)
	w.need(args, 2, "ready STATUS URL")
	text := ""
	for until := time.Now().Add(20 * time.Second); time.Now().Before(until); <-time.After(100 * time.Millisecond) {
		answer, err := http.Get(args[1]) //nolint:noctx // a loopback server that answers at once
		w.Check(err)
		body, err := io.ReadAll(answer.Body)
		w.Check(errors.Join(err, answer.Body.Close()))
		if text = answer.Status + " " + string(body); strconv.Itoa(answer.StatusCode) == args[0] {
			w.say(string(body), "")
			return
		}
	}
	w.Fatalf("%s does not answer %s: %s", args[1], args[0], text)
}
