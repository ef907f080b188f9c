package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/eddy-retl/eddy/sync"
)

// On a terminal one line is drawn over, and none of it stays.
func TestProgressOnATerminal(t *testing.T) {
	var out bytes.Buffer
	p := (&Main{Stderr: &out, Terminal: true}).newProgress()
	p.show(sync.Progress{Step: "stage"})
	p.show(sync.Progress{Step: "stage", Rows: 20_000})
	p.show(sync.Progress{Step: "compare", Rows: 1234})
	p.show(sync.Progress{Step: "add", Total: 10})
	for range 3 {
		p.show(sync.Progress{Note: "something to know"})
	}
	p.show(sync.Progress{Step: "add", Done: 5, Total: 10})
	p.end()
	p.show(sync.Progress{Step: "settle"})
	for _, want := range []string{"reading the model...", "comparing 1,234 rows...", "adding", "(0/10", "note: something to know\n", "(5/10"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q was not shown in %q", want, out.String())
		}
	}
	if n := strings.Count(out.String(), "note:"); n != 1 {
		t.Errorf("the note was told %d times", n)
	}
	if !strings.HasSuffix(out.String(), eraseLine) || strings.Contains(out.String(), "settling") {
		t.Errorf("something stays on the terminal: %q", out.String())
	}
}
