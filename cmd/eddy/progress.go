package main

import (
	"fmt"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/eddy-retl/eddy/sync"
)

// progress shows how far a run is: a bar on a terminal, plain lines elsewhere.
type progress struct {
	m       *Main
	step    string
	bar     *progressbar.ProgressBar
	started time.Time
	told    time.Time
	last    sync.Progress
}

func (m *Main) newProgress() *progress { return &progress{m: m, started: time.Now()} }

// lineEvery is how often a plain line tells of a step that goes on.
const lineEvery = 10 * time.Second

func (p *progress) show(x sync.Progress) {
	if x.Note != "" {
		p.clear()
		fmt.Fprintf(p.m.Stderr, "note: %s\n", x.Note)
		return
	}
	p.last = x
	fresh := x.Step != p.step
	p.step = x.Step
	if p.m.Terminal {
		p.draw(x, fresh)
		return
	}
	if fresh || time.Since(p.told) >= lineEvery {
		p.told = time.Now()
		fmt.Fprintln(p.m.Stderr, p.line(x))
	}
}

func (p *progress) draw(x sync.Progress, fresh bool) {
	if fresh {
		p.clear()
		total := x.Total
		if total == 0 || !sending(x.Step) {
			total = -1
		}
		p.bar = progressbar.NewOptions64(total, progressbar.OptionSetWriter(p.m.Stderr), progressbar.OptionSetDescription(p.describe(x)),
			progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetItsString("records"), progressbar.OptionSetPredictTime(true),
			progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish(), progressbar.OptionSetWidth(24), progressbar.OptionFullWidth())
	}
	if sending(x.Step) {
		_ = p.bar.Set64(x.Done)
	} else {
		_ = p.bar.RenderBlank()
	}
}

func sending(step string) bool { return step == "add" || step == "remove" }

func (p *progress) describe(x sync.Progress) string {
	switch x.Step {
	case "stage":
		return "reading the model"
	case "compare":
		return fmt.Sprintf("comparing %s rows", number(x.Rows))
	case "remove":
		return "removing"
	case "add":
		return "adding"
	case "settle":
		return "settling"
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
	if rate := float64(x.Done) / time.Since(p.started).Seconds(); x.Done > 0 && rate > 0 {
		left := time.Duration(float64(x.Total-x.Done) / rate * float64(time.Second))
		s += fmt.Sprintf("  %s/s  %s left  %s requests", number(int64(rate)), duration(left), number(x.Requests))
	}
	return s
}

func (p *progress) clear() {
	if p.bar != nil {
		_ = p.bar.Clear()
		p.bar = nil
	}
}

func (p *progress) end() { p.clear() }
