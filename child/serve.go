package child

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/setup"
)

// Serve is a child: it does what in says and writes the answer to out. When in ends before,
// exit is called, which ends the process.
func Serve(ctx context.Context, in io.Reader, out io.Writer, exit func()) error {
	// A signal for the whole group, such as a terminal's, is the parent's to judge.
	signal.Ignore(os.Interrupt, syscall.SIGTERM)
	d := json.NewDecoder(in)
	var o order
	if err := d.Decode(&o); err != nil || o.Setup == nil { //nolint:musttag // both ends are this program
		return &eddy.Error{Code: eddy.CodeUsage, What: "eddy child is started by eddy serve, and told what to do over its standard input"}
	}
	go func() {
		_, _ = io.Copy(io.Discard, in)
		exit()
	}()
	if err := restrain(o.Memory, o.CPU); err != nil {
		return fmt.Errorf("limit a child: %w", err)
	}
	if o.Within > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), o.Within)
		defer cancel()
	}
	var a answer
	l, known := setup.Looks()[o.Kind]
	if !known {
		return fmt.Errorf("a child is told to do %q, which it does not know", o.Kind)
	}
	if err := json.Unmarshal(o.Look, l); err != nil {
		return err
	}
	o.Setup.Dialer = o.Reach
	a.Err = setup.Tell(l.Do(ctx, o.Setup))
	var err error
	if a.Look, err = json.Marshal(l); err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(a) //nolint:musttag // both ends are this program
}
