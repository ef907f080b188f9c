package xaudience

import (
	"github.com/eddy-retl/eddy"
)

// X applies a request as a whole or not at all, so one bad user keeps thousands out. A
// job finds the bad ones by halving (promise 6): k bad of n users cost about
// 2·k·log2(n/k) requests more.
//
// Halving is of no use when X refuses everybody. After refusals single users in a row
// were refused and nobody was accepted, as many users from all over the rest are tried
// alone. If one of them is accepted, halving goes on, with twice the patience; if not,
// the rest of the batch has failed for the last reason. Later batches that are refused
// begin with that trial, until a request is accepted again.
type bisect struct {
	// streak counts the single users refused since the last acceptance.
	streak, patience int
}

// refusals is how many single users X refuses before a job doubts that any will pass.
const refusals = 20

// resolve finds the outcomes of the users in set and reports whether all were accepted.
// Bad says that X is known to refuse them together.
func (j *job) resolve(set []int32, bad bool) (clean bool) {
	if rest := j.unsettled(set); len(rest) < len(set) {
		set, bad = rest, false
	}
	if j.over != "" || len(set) == 0 {
		return j.over == ""
	}
	if bad && len(set) > 1 {
		return j.halve(set, true)
	}
	switch a := j.send(set); a.kind {
	case accepted:
		j.accept(set)
		return true
	case refused, tooBig:
		return j.refuse(set, a)
	default:
		j.giveUp(a)
		return false
	}
}

// unsettled returns the users of set that have no outcome yet; set itself if that is all.
func (j *job) unsettled(set []int32) []int32 {
	if j.outcomes == nil {
		return set
	}
	for i, u := range set {
		if j.outcomes[u].Result != 0 {
			rest := append([]int32(nil), set[:i]...)
			for _, u := range set[i:] {
				if j.outcomes[u].Result == 0 {
					rest = append(rest, u)
				}
			}
			return rest
		}
	}
	return set
}

// halve settles a set in two halves. When the whole is known to be bad and the first
// half was clean, the second is bad without asking.
func (j *job) halve(set []int32, bad bool) (clean bool) {
	middle := len(set) / 2
	first := j.resolve(set[:middle], false)
	return j.resolve(set[middle:], bad && first) && first
}

// refuse deals with users that X refused together.
func (j *job) refuse(set []int32, a answer) (clean bool) {
	j.d.answered(true, nil)
	if len(set) == 1 {
		j.reject(set[0], a.reason)
		return false
	}
	if j.d.hopeless.Load() && j.streak == 0 {
		j.probe(a.reason)
	}
	if a.kind == tooBig {
		return j.halve(set, false)
	}
	if len(a.named) > 0 {
		return j.narrow(set, a)
	}
	return j.halve(set, true)
}

// narrow uses that X named the operations at fault: the users of the others are asked
// for at once, and each operation that was named is bad by itself.
func (j *job) narrow(set []int32, a answer) (clean bool) {
	groups := j.b.operations(set)
	faults := make(map[uint32]string, len(a.named))
	for place, reason := range a.named {
		if place < len(groups) {
			faults[groups[place]] = reason
		}
	}
	if len(faults) == 0 || len(groups) == 1 {
		return j.halve(set, true)
	}
	rest, bad := j.part(set, faults)
	j.resolve(rest, false)
	for _, g := range groups {
		switch users := bad[g]; len(users) {
		case 0:
		case 1:
			j.mark(users, eddy.Rejected, faults[g])
		default:
			j.resolve(users, true)
		}
	}
	return false
}

// part splits a set into the users of the operations at fault, by group, and the rest.
func (j *job) part(set []int32, faults map[uint32]string) (rest []int32, bad map[uint32][]int32) {
	bad = make(map[uint32][]int32, len(faults))
	for _, u := range set {
		g := j.b.users[u].group
		if _, fault := faults[g]; fault {
			bad[g] = append(bad[g], u)
		} else {
			rest = append(rest, u)
		}
	}
	return rest, bad
}

// accept marks users that X accepted, which is hope for all others.
func (j *job) accept(set []int32) {
	j.streak = 0
	j.d.hopeless.Store(false)
	j.d.answered(true, nil)
	if len(set) < len(j.b.users) || j.outcomes != nil {
		j.mark(set, eddy.Delivered, "")
	}
}

// reject marks a user that X refused alone.
func (j *job) reject(u int32, reason string) {
	j.mark([]int32{u}, eddy.Rejected, reason)
	if j.streak++; j.streak >= j.patience {
		j.probe(reason)
	}
}

// probe tries users from all over the rest, each alone, until one is accepted. If none
// is, nothing more of the batch is sent.
func (j *job) probe(reason string) {
	rest := j.unsettled(j.b.all)
	n := min(refusals, len(rest))
	for i := range n {
		one := rest[i*len(rest)/n : i*len(rest)/n+1]
		switch a := j.send(one); a.kind {
		case accepted:
			j.accept(one)
			j.patience *= 2
			return
		case refused, tooBig:
			reason = a.reason
			j.mark(one, eddy.Rejected, reason)
		default:
			j.giveUp(a)
			return
		}
	}
	j.over = reason
	j.d.hopeless.Store(true)
}

// giveUp ends the batch: what has no outcome yet was not applied, or is in doubt.
func (j *job) giveUp(a answer) {
	j.mark(nil, 0, "") // makes the outcomes
	j.over = a.reason
	switch a.kind {
	case fatal:
		_ = j.d.stop(j.d.advise(a.err)) // Add and Finish return it
	case unsettled:
		j.d.answered(false, a.err)
	}
}

// mark notes the outcome of users. Whom X refuses after an attempt that may have been
// applied, it may have taken before: a refusal does not settle that (promise 7).
func (j *job) mark(set []int32, result eddy.Result, reason string) {
	if result == eddy.Rejected && j.doubt {
		result = eddy.Doubt
	}
	if j.outcomes == nil {
		j.outcomes = make([]eddy.Outcome, len(j.b.users))
	}
	for _, u := range set {
		j.outcomes[u] = eddy.Outcome{Seq: j.b.users[u].seq, Result: result, Reason: reason}
	}
}
