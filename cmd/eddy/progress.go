package main

import (
	"fmt"
	gosync "sync"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/sync"
)

// progress shows how far a run is: a bar on a terminal, plain lines elsewhere.
type progress struct {
	m       *Main
	started time.Time

	mu   gosync.Mutex
	bar  *progressbar.ProgressBar
	last sync.Progress
	// since is when the step began, told when a plain line was told last.
	since, told time.Time
	silent      bool
}

func (m *Main) newProgress() *progress { return &progress{m: m, started: time.Now()} }

// lineEvery is how often a plain line tells of a step that goes on.
const lineEvery = 10 * time.Second

// show takes in how far the run is.
func (p *progress) show(x sync.Progress) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if x.Note != "" {
		// A server repeats it for as long as nothing else happens.
		if x.Note != p.last.Note {
			p.aside(x.Note)
		}
		p.last.Note = x.Note
		return
	}
	if p.silent {
		return
	}
	fresh := x.Step != p.last.Step || x.Audience != p.last.Audience
	if fresh {
		p.finishStep()
	}
	if fresh {
		p.since = time.Now()
	}
	p.last = x
	if p.m.Terminal {
		p.draw(x, fresh)
		return
	}
	if due := time.Since(p.told) >= lineEvery; fresh && !sending(x.Step) || due {
		p.tell(x)
	}
}

// note tells a person something aside, on a line of its own.
func (p *progress) note(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.aside(text)
}

// aside writes a note; the lock is held.
func (p *progress) aside(text string) {
	p.clear()
	fmt.Fprintf(p.m.Stderr, "note: %s\n", text)
}

// end takes the bar off the terminal; nothing is shown from then on.
func (p *progress) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
	p.silent = true
}

// finishStep leaves a plain line of a step that sent something.
func (p *progress) finishStep() {
	if !p.m.Terminal && sending(p.last.Step) && p.last.Total > 0 {
		p.tell(p.last)
	}
}

func (p *progress) tell(x sync.Progress) {
	p.told = time.Now()
	fmt.Fprintln(p.m.Stderr, p.line(x))
}

// eraseLine takes the line off a terminal that the cursor stands in.
const eraseLine = "\r\x1b[2K"

// draw shows the step on a terminal, in one line that is drawn over: what is sent as a
// bar with how much of how much, rate and time left.
func (p *progress) draw(x sync.Progress, fresh bool) {
	if fresh {
		p.clear()
	}
	if !sending(x.Step) || x.Total == 0 {
		fmt.Fprint(p.m.Stderr, eraseLine, p.describe(x), "...")
		return
	}
	if p.bar == nil {
		p.bar = progressbar.NewOptions64(x.Total, progressbar.OptionSetWriter(p.m.Stderr), progressbar.OptionUseANSICodes(true), progressbar.OptionSetDescription(p.describe(x)),
			progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetItsString("changes"), progressbar.OptionSetPredictTime(true),
			progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionSetWidth(24))
	}
	_ = p.bar.Set64(min(x.Done, x.Total))
}

// clear takes what was drawn off the terminal.
func (p *progress) clear() {
	if p.m.Terminal {
		fmt.Fprint(p.m.Stderr, eraseLine)
	}
	p.bar = nil
}

func sending(step string) bool { return step == "add" || step == "remove" }

func (p *progress) describe(x sync.Progress) string {
	if x.Audience != "" {
		return eddy.Visible(x.Audience) + ": " + stepName(x)
	}
	return stepName(x)
}

func stepName(x sync.Progress) string {
	switch x.Step {
	case "stage":
		if x.Rows > 0 {
			return "reading the model, " + eddy.Plural(x.Rows, "row") + " so far"
		}
		return "reading the model"
	case "compare":
		return "comparing " + eddy.Plural(x.Rows, "row")
	case "share":
		return "looking for who shares what leaves"
	case "seal":
		return "putting the changes on record"
	case "remove":
		return "removing"
	case "add":
		return "adding"
	case "settle":
		return "settling"
	case "prune":
		return "dropping what is old"
	default:
		return x.Step
	}
}

// line is a plain line of progress: changes sent of total, rate, time left.
func (p *progress) line(x sync.Progress) string {
	s := fmt.Sprintf("%6.1fs  %s", time.Since(p.started).Seconds(), p.describe(x))
	if !sending(x.Step) || x.Total == 0 {
		return s
	}
	s += fmt.Sprintf("  %s of %s", number(x.Done), number(x.Total))
	if rate := float64(x.Done) / time.Since(p.since).Seconds(); x.Done > 0 && rate > 0 {
		s += fmt.Sprintf(", %s a second", number(int64(rate)))
		if left := float64(x.Total-x.Done) / rate; left > 0 {
			s += fmt.Sprintf(", %s left", duration(time.Duration(left*float64(time.Second))))
		}
	}
	if x.Requests > 0 {
		s += ", " + eddy.Plural(x.Requests, "request")
	}
	return s
}
