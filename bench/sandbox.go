package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"

	"github.com/eddy-retl/eddy/sandbox"
)

// address is where a sandbox process takes requests.
type address struct{ API, Audience string }

// serveSandbox serves the X Ads API, counting what it is sent and keeping nothing, so
// that it is not the slow part; signatures are verified all the same.
func serveSandbox() error {
	cfg := sandbox.Default()
	cfg.CountOnly, cfg.RequestLog, cfg.Limits.Off = true, -1, true
	s := sandbox.New(cfg)
	id, err := s.NewAudience(cfg.Account, "bench")
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	if err := json.NewEncoder(os.Stdout).Encode(address{"http://" + l.Addr().String(), id}); err != nil {
		return err
	}
	return http.Serve(l, s)
}

// startSandbox starts a sandbox process; stop ends it.
func startSandbox(ctx context.Context) (a address, stop func(), err error) {
	cmd, hold, err := command(ctx, task{Do: doSandbox})
	if err != nil {
		return a, nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return a, nil, err
	}
	if err := cmd.Start(); err != nil {
		return a, nil, err
	}
	stop = func() {
		_ = hold.Close()
		_ = cmd.Wait()
	}
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &a)
	}
	if err != nil {
		stop()
		return a, nil, fmt.Errorf("start the sandbox: %w", err)
	}
	return a, stop, nil
}
