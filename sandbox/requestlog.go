package sandbox

import (
	"slices"
	"sync"
	"time"
)

// Request is what the sandbox remembers of a request. It holds no value that was sent
// unless Config.LogIdentities asks for digests and partner ids.
type Request struct {
	Time   time.Time `json:"time"`
	Method string    `json:"method"`
	Path   string    `json:"path"`
	// Status of the answer; 0 if the connection was dropped instead.
	Status int `json:"status"`
	// Audience that the path names, and the rest of this group for users calls only.
	Audience   string `json:"audience,omitempty"`
	Operations int    `json:"operations"`
	Updates    int    `json:"updates"` // users in Update operations
	Deletes    int    `json:"deletes"` // users in Delete operations
	Users      int    `json:"users"`
	Bytes      int64  `json:"bytes"`
	// Applied says that the members were changed, whatever was answered.
	Applied bool `json:"applied"`
	// Unmatched counts values that are no digest and so can match nobody.
	Unmatched   int      `json:"unmatched,omitempty"`
	UnknownKeys []string `json:"unknown_keys,omitempty"`
	// Codes of the errors in the answer, and why credentials were refused.
	Codes []string `json:"codes,omitempty"`
	Why   string   `json:"why,omitempty"`
	// Fault that bent the answer, by its id; 0 is none.
	Fault int `json:"fault,omitempty"`
	// Updated and Deleted are the identities of a users call, with Config.LogIdentities.
	Updated []string `json:"updated,omitempty"`
	Deleted []string `json:"deleted,omitempty"`
	// Duration from the first byte read to the answer.
	Duration time.Duration `json:"duration"`
}

// requestLog keeps the newest requests.
type requestLog struct {
	mu   sync.Mutex
	size int
	ring []Request
	next int
}

func (l *requestLog) add(r Request) {
	if l.size < 1 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.ring) < l.size {
		l.ring = append(l.ring, r)
		return
	}
	l.ring[l.next] = r
	l.next = (l.next + 1) % l.size
}

func (l *requestLog) clear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ring, l.next = nil, 0
}

// Requests are the newest API requests, oldest first. A request is in the list before its
// answer is on the way.
func (s *Server) Requests() []Request {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	list := make([]Request, 0, len(s.log.ring))
	list = append(list, s.log.ring[s.log.next:]...)
	return slices.Clip(append(list, s.log.ring[:s.log.next]...))
}
