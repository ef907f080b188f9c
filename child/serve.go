package child

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/setup"
)

// Serve is a child: it does what in says, and writes news and the answer to out. When in ends
// before, exit is called, which ends the process.
func Serve(ctx context.Context, in io.Reader, out io.Writer, exit func()) error {
	// A signal for the whole group, such as a terminal's, is the parent's to judge.
	signal.Ignore(os.Interrupt, syscall.SIGTERM)
	d := json.NewDecoder(in)
	var o order
	if err := d.Decode(&o); err != nil || o.Setup == nil { //nolint:musttag // both ends are this program
		return &eddy.Error{Code: eddy.CodeUsage, What: "eddy child is started by eddy serve, and told what to do over its standard input"}
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	go func() {
		var told stop
		for d.Decode(&told) == nil {
			cancel()
		}
		exit()
	}()
	if err := restrain(o.Memory, o.CPU); err != nil {
		return fmt.Errorf("limit a child: %w", err)
	}
	if o.Within > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, o.Within)
		defer cancel()
	}
	t, known := setup.Tasks()[o.Kind]
	if !known {
		return fmt.Errorf("a child is told to do %q, which it does not know", o.Kind)
	}
	if err := json.Unmarshal(o.Task, t); err != nil {
		return err
	}
	say := speaker{to: json.NewEncoder(out)}
	o.Setup.Dialer = o.Reach
	o.Setup.Hear = func(n setup.News) { _ = say.line(line{News: &n}) }
	answer := line{Err: setup.Tell(t.Do(ctx, o.Setup))}
	var err error
	if answer.Task, err = json.Marshal(t); err != nil {
		return err
	}
	return say.line(answer)
}

// speaker says lines, one after the other.
type speaker struct {
	mu sync.Mutex
	to *json.Encoder
}

func (s *speaker) line(l line) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.to.Encode(l) //nolint:musttag // both ends are this program
}
