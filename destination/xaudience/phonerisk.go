package xaudience

import "regexp/syntax"

// riskyStarts finds the three-digit starts of texts that a pattern can match a part of,
// by walking its automaton. Conditions such as "end of text" are taken to hold. It
// returns nil for a pattern that cannot be read.
func riskyStarts(pattern string) *[1000]bool {
	parsed, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil
	}
	prog, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		return nil
	}
	w := walker{prog: prog, seen: make([]int, len(prog.Inst)), risky: new([1000]bool)}
	w.step = 1
	w.from(w.reach(nil, uint32(prog.Start)), 0, 0)
	return w.risky
}

// walker follows every thread of an automaton through the texts of three digits.
type walker struct {
	prog  *syntax.Prog
	risky *[1000]bool
	// seen holds the step at which an instruction was last reached, so that a loop ends.
	seen []int
	step int
}

// from goes on with each digit from threads that have read depth digits, which make
// value. An empty match at the very start strips nothing and is no risk.
func (w *walker) from(threads []uint32, depth, value int) {
	if depth == 3 {
		w.risky[value] = len(threads) > 0
		return
	}
	for digit := range 10 {
		next, matched := w.read(threads, '0'+rune(digit))
		if matched {
			w.mark(depth+1, value*10+digit)
			continue
		}
		w.from(next, depth+1, value*10+digit)
	}
}

// read moves the threads over one digit and tells whether one of them then matched.
func (w *walker) read(threads []uint32, digit rune) (next []uint32, matched bool) {
	w.step++
	for _, pc := range threads {
		if in := &w.prog.Inst[pc]; takes(in, digit) {
			next = w.reach(next, in.Out)
		}
	}
	for _, pc := range next {
		matched = matched || w.prog.Inst[pc].Op == syntax.InstMatch
	}
	return next, matched
}

func takes(in *syntax.Inst, r rune) bool {
	switch in.Op {
	case syntax.InstRune, syntax.InstRune1:
		return in.MatchRune(r)
	case syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
		return true
	default:
		return false
	}
}

// mark marks all starts that continue the digits so far.
func (w *walker) mark(depth, value int) {
	if depth == 3 {
		w.risky[value] = true
		return
	}
	for digit := range 10 {
		w.mark(depth+1, value*10+digit)
	}
}

// reach adds the instruction pc and all that follow it without reading a digit.
func (w *walker) reach(threads []uint32, pc uint32) []uint32 {
	if w.seen[pc] == w.step {
		return threads
	}
	w.seen[pc] = w.step
	switch in := &w.prog.Inst[pc]; in.Op {
	case syntax.InstAlt, syntax.InstAltMatch:
		return w.reach(w.reach(threads, in.Out), in.Arg)
	case syntax.InstCapture, syntax.InstNop, syntax.InstEmptyWidth:
		return w.reach(threads, in.Out)
	case syntax.InstFail:
		return threads
	default:
		return append(threads, pc)
	}
}
