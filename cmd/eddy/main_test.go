package main

import (
	"flag"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/eddy-retl/eddy/warehouse/warehousetest"
)

// update rewrites the expected outputs in the scripts: go test ./cmd/eddy -update, and
// then read the difference as a user would.
var update = flag.Bool("update", false, "rewrite the expected outputs in testdata/script") //nolint:gochecknoglobals // a flag of the test

// TestMain lets scripts run this very program as the command eddy. As mortal it is the same,
// and dies where a test wants it to.
func TestMain(m *testing.M) {
	testscript.Main(testsAndServers{m}, map[string]func(){"eddy": main, "mortal": mortal})
}

// testsAndServers runs the tests and stops the servers that they started.
type testsAndServers struct{ m *testing.M }

// Run runs all tests and returns the exit code.
func (t testsAndServers) Run() int { return warehousetest.Main(t.m) }

// TestScripts runs the command line as users do: each file of testdata/script is a story
// with real warehouses, a sandbox, and every output and exit code checked.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script", UpdateScripts: *update, RequireExplicitExec: true, RequireUniqueNames: true,
		Setup: setUp, Deadline: time.Now().Add(4 * time.Minute), // a script that hangs says where
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"run":      with((*world).run),
			"start":    with((*world).start),
			"await":    with((*world).await),
			"signal":   with((*world).signal),
			"limit":    with((*world).limit),
			"ready":    with((*world).ready),
			"finish":   with((*world).finish),
			"progress": with((*world).progress),
			"json":     with((*world).json),
			"keys":     with((*world).keys),
			"sandbox":  with((*world).sandbox),
			"fault":    with((*world).fault),
			"clock":    with((*world).clock),
			"gate":     with((*world).gate),
			"arrived":  with((*world).arrived),
			"members":  with((*world).members),
			"requests": with((*world).requests),
			"accepted": with((*world).accepted),
			"users":    with((*world).users),
			"get":      with((*world).get),
			"post":     with((*world).post),
			"keep":     with((*world).keep),
			"save":     with((*world).save),
			"port":     with((*world).port),
			"postgres": with((*world).postgres),
			"pg":       with((*world).pg),
			"pooler":   with((*world).pooler),
			"duckdb":   with((*world).duckdb),
			"workbook": with((*world).workbook),
			"generate": with((*world).generate),
			"cell":     with((*world).cell),
			"cut":      with((*world).cut),
			"sha256":   with((*world).sha256),
			"bodies":   with((*world).bodies),
		},
	})
}
