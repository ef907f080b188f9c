package xaudience

import (
	"slices"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/destination"
)

// batch is the users of one request, in the order of their Seq:
//
//	[{"operation_type":"Update","params":{"expires_at":"…","users":[user,user]}},{…}]
//
// All users with the same times stand in one operation, because X counts operations
// and not users. A batch accounts for every Seq from from to to.
type batch struct {
	verb     destination.Verb
	from, to int64
	users    []user
	// periods are the operations' times; index holds their places.
	periods []period
	index   map[period]uint32
	// size is the exact length that the body will have.
	size int
	// data holds the users' bytes while the batch fills, laid out as a body whose users all
	// have the first one's times, as mostly is so; then sealing only closes it. Else it
	// moves them into body.
	data, body []byte
	// all is the set of all users, once sealed.
	all []int32
	// outcomes are users that fit no request.
	outcomes []eddy.Outcome
}

// user is one user of a batch.
type user struct {
	seq int64
	// off and len tell where its bytes are: in data, once sealed in body.
	off, len uint32
	// group is the index of its operation's times.
	group uint32
}

// period is the times of an operation in Unix seconds; 0 is none.
type period struct{ effective, expires int64 }

const tooLarge = "too large: the record alone exceeds X's limit for one request"

// The parts of a body's length: brackets around the operations less the one comma too
// many that is counted with operations and users, and an operation's end.
const (
	bodyFrame = 1
	opTail    = "]}}"
)

func (b *batch) reset(verb destination.Verb, from int64) {
	*b = batch{
		verb: verb, from: from, to: from - 1, size: bodyFrame,
		users: b.users[:0], periods: b.periods[:0], index: b.index,
		data: b.data[:0], body: b.body[:0], all: b.all[:0],
	}
	if b.index == nil {
		b.index = make(map[period]uint32)
	}
	clear(b.index)
}

// add takes one more user and reports false when the request has no room for it. A user
// that fits no request at all is taken and refused.
func (b *batch) add(it *destination.Encoded, encoded []byte, limits destination.Limits) bool {
	when := period{it.EffectiveAt, it.ExpiresAt}
	group, known := b.group(when)
	grown, operations := b.size+len(encoded)+1, len(b.periods)
	if !known {
		grown += b.opSize(when)
		operations++
	}
	if grown > limits.Bytes || operations > limits.Operations {
		if len(b.users) > 0 {
			return false
		}
		b.outcomes = append(b.outcomes, eddy.Outcome{Seq: it.Seq, Result: eddy.Invalid, Reason: tooLarge})
		b.to = it.Seq
		return true
	}
	if !known {
		b.periods = append(b.periods, when)
		b.index[when] = group
	}
	if len(b.users) == 0 {
		b.data = appendHead(append(b.data[:0], '['), b.verb, when)
	} else {
		b.data = append(b.data, ',')
	}
	b.room(len(encoded), limits.Bytes)
	b.users = append(b.users, user{seq: it.Seq, off: uint32(len(b.data)), len: uint32(len(encoded)), group: group})
	b.data = append(b.data, encoded...)
	b.size, b.to = grown, it.Seq
	return true
}

// room makes room for a user and the body's end. A batch that has come so far will
// mostly be full, and then has just the memory that it needs.
func (b *batch) room(n, limit int) {
	const few = 1 << 18
	need := len(b.data) + n + len(opTail) + 1
	if need <= cap(b.data) || need <= few {
		return
	}
	b.data = append(make([]byte, 0, max(need, limit+1)), b.data...)
	if cap(b.users) < 1<<15 {
		b.users = slices.Grow(b.users, 1<<15)
	}
}

// group finds the operation with the times, or the index that a new one will have.
// Neighbours mostly share their times, so the last user's operation is tried first.
func (b *batch) group(when period) (group uint32, known bool) {
	if n := len(b.users); n > 0 {
		if last := b.users[n-1].group; b.periods[last] == when {
			return last, true
		}
	}
	if group, known = b.index[when]; known {
		return group, true
	}
	return uint32(len(b.periods)), false
}

// opSize is what an operation adds to the body beside its users and their commas: the
// comma after its last user, which is not there, pays for the one after the operation.
func (b *batch) opSize(when period) int {
	var scratch [256]byte
	return len(appendHead(scratch[:0], b.verb, when)) + len(opTail)
}

// appendHead appends the beginning of an operation up to its users.
func appendHead(dst []byte, verb destination.Verb, when period) []byte {
	dst = append(dst, `{"operation_type":"`...)
	if verb == destination.Remove {
		dst = append(dst, `Delete`...)
	} else {
		dst = append(dst, `Update`...)
	}
	dst = append(dst, `","params":{`...)
	dst = appendTime(dst, `"effective_at":"`, when.effective)
	dst = appendTime(dst, `"expires_at":"`, when.expires)
	return append(dst, `"users":[`...)
}

// appendTime appends a time as X writes times: UTC, whole seconds.
func appendTime(dst []byte, key string, unix int64) []byte {
	if unix == 0 {
		return dst
	}
	dst = append(dst, key...)
	dst = time.Unix(unix, 0).UTC().AppendFormat(dst, "2006-01-02T15:04:05Z")
	return append(dst, '"', ',')
}

// seal makes the body of all users and lets go of data, which the next batch fills.
func (b *batch) seal() (data []byte) {
	for i := range b.users {
		b.all = append(b.all, int32(i))
	}
	if len(b.periods) == 1 {
		data, b.body, b.data = b.body, append(append(b.data, opTail...), ']'), nil
		return data
	}
	starts := b.layout(&b.body, b.all)
	for i := range b.users {
		u := &b.users[i]
		u.off = b.place(b.body, starts, b.data, u)
	}
	data, b.data = b.data, nil
	return data
}

// part makes the body of some of a sealed batch's users.
func (b *batch) part(dst []byte, set []int32) []byte {
	starts := b.layout(&dst, set)
	for _, i := range set {
		b.place(dst, starts, b.body, &b.users[i])
	}
	return dst
}

// layout writes everything but the users of set into dst, leaving room for them, and
// returns where each operation's first user goes.
func (b *batch) layout(dst *[]byte, set []int32) (starts []int) {
	starts = make([]int, len(b.periods))
	for _, i := range set {
		u := &b.users[i]
		starts[u.group] += int(u.len) + 1
	}
	out := append((*dst)[:0], '[')
	for g, room := range starts {
		if room == 0 {
			continue
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = appendHead(out, b.verb, b.periods[g])
		starts[g] = len(out)
		out = slices.Grow(out, room+len(opTail))[:len(out)+room-1]
		out = append(out, opTail...)
	}
	*dst = append(out, ']')
	return starts
}

// place copies a user's bytes to the next free place of its operation.
func (b *batch) place(dst []byte, next []int, src []byte, u *user) (off uint32) {
	at := next[u.group]
	if dst[at-1] != '[' {
		dst[at] = ','
		at++
	}
	next[u.group] = at + copy(dst[at:], src[u.off:u.off+u.len])
	return uint32(at)
}

// operations lists the operations of a body made of set, by group.
func (b *batch) operations(set []int32) (groups []uint32) {
	here := make([]bool, len(b.periods))
	for _, i := range set {
		here[b.users[i].group] = true
	}
	for g := range here {
		if here[g] {
			groups = append(groups, uint32(g))
		}
	}
	return groups
}
