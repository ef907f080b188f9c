package xaudience

import (
	"encoding/binary"
	"errors"
	"regexp/syntax"
	"slices"
)

// automaton tells of a row of digits what a regular expression would, by one look-up in
// a table for each digit. It has the states that package regexp's own machine can be
// in: a list of threads, those first that the expression prefers. So it finds the match
// that regexp finds, and not merely one as long as can be.
type automaton []state

// state is what is known after some digits. The first state is the one from which nothing
// can match; the second is where a text begins.
type state struct {
	next [10]uint16
	// here is whether the digits so far match where more follow, end where none do.
	here, end verdict
}

// verdict says how digits match.
type verdict uint8

const (
	unmatched verdict = iota
	matched
	captured // matched, and the last of the expression's groups took part
)

// match tells how the start of digits matches, and how many of them do.
func (a automaton) match(digits []byte) (length int, v verdict) {
	if len(a) == 0 {
		return 0, unmatched
	}
	at := &a[1]
	for i, c := range digits {
		if at.here != unmatched {
			length, v = i, at.here
		}
		next := at.next[c-'0']
		if next == 0 {
			return length, v
		}
		at = &a[next]
	}
	if at.end != unmatched {
		return len(digits), at.end
	}
	return length, v
}

// matches reports whether digits match.
func (a automaton) matches(digits []byte) bool {
	_, v := a.match(digits)
	return v != unmatched
}

// newAutomaton reads an expression that is to match from the start of a text.
func newAutomaton(expression string) (automaton, error) {
	parsed, err := syntax.Parse(expression, syntax.Perl)
	if err != nil {
		return nil, err
	}
	// An expression without groups has the whole match for one.
	last := 2 * uint32(parsed.MaxCap())
	prog, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		return nil, err
	}
	b := builder{prog: prog, last: last, seen: make([]int, len(prog.Inst)), ids: map[string]uint16{"": 0}, lists: [][]thread{nil}}
	b.step++
	b.add(b.cut(b.reach(nil, thread{pc: uint32(prog.Start), captured: last == 0}, syntax.EmptyBeginText)))
	for i := 0; i < len(b.lists) && b.err == nil; i++ {
		b.made = append(b.made, b.state(b.lists[i]))
	}
	return b.made, b.err
}

// thread is one way in which an expression may be matching.
type thread struct {
	pc       uint32
	captured bool
}

// builder makes the states of an automaton from its threads.
type builder struct {
	prog *syntax.Prog
	last uint32 // what opens the last group
	// seen holds the step at which an instruction was last reached: the thread that comes
	// second is the one that the expression likes less.
	seen  []int
	step  int
	ids   map[string]uint16 // by the threads of a state
	lists [][]thread        // by state
	made  automaton
	err   error
}

// errExpression is of an expression, or a size, that telephone numbers have no use for.
var errExpression = errors.New("the expression is not one of digits")

// state makes one state, and finds those that follow it.
func (b *builder) state(list []thread) state {
	made := state{here: b.verdict(list)}
	b.step++
	var end []thread
	for _, t := range list {
		end = b.reach(end, t, syntax.EmptyEndText)
	}
	made.end = b.verdict(b.cut(end))
	for digit := range made.next {
		made.next[digit] = b.add(b.cut(b.read(list, '0'+rune(digit))))
	}
	return made
}

// verdict is that of the thread that has matched; it is the last after cut.
func (b *builder) verdict(list []thread) verdict {
	switch n := len(list) - 1; {
	case n < 0 || b.prog.Inst[list[n].pc].Op != syntax.InstMatch:
		return unmatched
	case list[n].captured:
		return captured
	default:
		return matched
	}
}

// cut drops the threads that come after one that has matched.
func (b *builder) cut(list []thread) []thread {
	i := slices.IndexFunc(list, func(t thread) bool { return b.prog.Inst[t.pc].Op == syntax.InstMatch })
	if i < 0 {
		return list
	}
	return list[:i+1]
}

// add gives the number of the state that has these threads.
func (b *builder) add(list []thread) uint16 {
	var key []byte
	for _, t := range list {
		key = binary.BigEndian.AppendUint32(key, t.pc)
		if t.captured {
			key = append(key, '!') // no instruction's number begins with it
		}
	}
	id, known := b.ids[string(key)]
	if !known {
		id = uint16(len(b.lists))
		b.ids[string(key)] = id
		b.lists = append(b.lists, list)
		if len(b.lists) > 1<<15 {
			b.err = errExpression
		}
	}
	return id
}

// read moves threads over a digit.
func (b *builder) read(list []thread, digit rune) (next []thread) {
	b.step++
	for _, t := range list {
		if in := &b.prog.Inst[t.pc]; takes(in, digit) {
			next = b.reach(next, thread{pc: in.Out, captured: t.captured}, 0)
		}
	}
	return next
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

// reach adds a thread and those that it becomes without reading a digit, at the place
// that is given. One that waits for the end of the text goes on waiting elsewhere.
func (b *builder) reach(list []thread, t thread, place syntax.EmptyOp) []thread {
	if b.seen[t.pc] == b.step {
		return list
	}
	b.seen[t.pc] = b.step
	in := &b.prog.Inst[t.pc]
	out := thread{pc: in.Out, captured: t.captured || in.Op == syntax.InstCapture && in.Arg == b.last}
	switch in.Op {
	case syntax.InstAlt, syntax.InstAltMatch:
		list = b.reach(list, out, place)
		return b.reach(list, thread{pc: in.Arg, captured: t.captured}, place)
	case syntax.InstCapture, syntax.InstNop:
		return b.reach(list, out, place)
	case syntax.InstEmptyWidth:
		return b.empty(list, t, place)
	case syntax.InstFail:
		return list
	default:
		return append(list, t)
	}
}

// empty adds a thread that has to be at some place.
func (b *builder) empty(list []thread, t thread, place syntax.EmptyOp) []thread {
	in := &b.prog.Inst[t.pc]
	switch need := syntax.EmptyOp(in.Arg); {
	case need != syntax.EmptyBeginText && need != syntax.EmptyEndText:
		b.err = errExpression
		return list
	case need == place:
		return b.reach(list, thread{pc: in.Out, captured: t.captured}, place)
	case need == syntax.EmptyEndText:
		return append(list, t)
	default:
		return list
	}
}
