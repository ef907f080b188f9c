package sandbox

import (
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Server is the sandbox: an http.Handler, safe for use by many goroutines.
type Server struct {
	cfg     Config
	rules   rules
	mux     *http.ServeMux // everything but the API
	page    *template.Template
	buffers sync.Pool // of *[]byte, for bodies
	nonces  nonces
	limits  limiter
	faults  faults
	log     requestLog
	ahead   atomic.Int64 // nanoseconds that the members' clock was moved

	mu        sync.RWMutex
	accounts  []*account
	audiences map[string]*audience
	nextID    uint64
}

// account is an ads account. Its audiences are found through Server.audiences.
type account struct {
	id, name string
	created  time.Time
	// names holds every name ever given, because those of deleted audiences cannot be
	// used again.
	names map[string]string // nameKey to audience id
}

// firstID is the number of the first audience: 1nmth in base 36, the id in X's samples.
const firstID = 2782277

// New makes a sandbox with one account.
func New(cfg Config) *Server {
	s := &Server{cfg: cfg.withDefaults()}
	s.rules = rules{
		digests: s.cfg.Digests, unknown: s.cfg.UnknownKeys, upperHex: s.cfg.UpperHex,
		fractions: s.cfg.Fractions, echo: s.cfg.EchoValues, operations: s.cfg.MaxOperations,
	}
	s.log.size = s.cfg.RequestLog
	s.page = parsePages()
	s.mux = s.backstage()
	s.Reset()
	return s
}

// Reset forgets everything but the configuration: added accounts, audiences, members,
// requests, faults, limits, and the moved clock.
func (s *Server) Reset() {
	s.mu.Lock()
	s.accounts, s.audiences, s.nextID = nil, map[string]*audience{}, firstID
	s.mu.Unlock()
	s.ahead.Store(0)
	s.limits.clear()
	s.log.clear()
	s.ClearFaults()
	s.AddAccount(s.cfg.Account, s.cfg.AccountName)
}

// AddAccount adds an ads account that the same credentials may use. Adding an account
// again renames it.
func (s *Server) AddAccount(id, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id = strings.ToLower(id)
	if a := s.account(id); a != nil {
		a.name = name
		return
	}
	s.accounts = append(s.accounts, &account{id: id, name: name, created: s.now(), names: map[string]string{}})
}

// account finds an account; the caller holds s.mu.
func (s *Server) account(id string) *account {
	for _, a := range s.accounts {
		if strings.EqualFold(a.id, id) {
			return a
		}
	}
	return nil
}

// errNameTaken says that a name is or was in use.
var errNameTaken = errors.New("the name is taken")

// NewAudience makes an audience without a request and returns its id.
func (s *Server) NewAudience(account, name string) (string, error) {
	a, err := s.create(account, name, nil)
	if err != nil {
		return "", fmt.Errorf("new audience: %w", err)
	}
	return a.id, nil
}

func (s *Server) create(accountID, name string, description *string) (*audience, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	acct := s.account(accountID)
	if acct == nil {
		return nil, fmt.Errorf("unknown account %q", accountID)
	}
	if acct.names[s.nameKey(name)] != "" {
		return nil, errNameTaken
	}
	a := &audience{
		id: strconv.FormatUint(s.nextID, 36), owner: acct.id, seq: s.nextID,
		name: name, description: description, created: s.now(), updated: s.now(),
		shared: map[string]string{}, members: newMembers(),
	}
	s.nextID++
	s.audiences[a.id] = a
	acct.names[s.nameKey(name)] = a.id
	return a, nil
}

// Share lets another account use an audience; to read it, or to write to it as well.
func (s *Server) Share(audienceID, account string, write bool) error {
	a := s.find(audienceID)
	if a == nil {
		return fmt.Errorf("share: unknown audience %q", audienceID)
	}
	level := readOnly
	if write {
		level = readWrite
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.shared[strings.ToLower(account)] = level
	return nil
}

// find returns an audience by id in any case, deleted ones too, or nil.
func (s *Server) find(id string) *audience {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.audiences[strings.ToLower(id)]
}

// all returns every audience in the order of creation, deleted ones too.
func (s *Server) all() []*audience {
	s.mu.RLock()
	defer s.mu.RUnlock()
	list := make([]*audience, 0, len(s.audiences))
	for _, a := range s.audiences {
		list = append(list, a)
	}
	slices.SortFunc(list, func(a, b *audience) int { return int(a.seq) - int(b.seq) })
	return list
}

// now is the members' clock, which Advance moves. Signatures and rate limits go by the
// real one, so that clients keep working.
func (s *Server) now() time.Time { return s.cfg.Now().Add(time.Duration(s.ahead.Load())) }

// Advance moves the clock that memberships expire by.
func (s *Server) Advance(d time.Duration) { s.ahead.Add(int64(d)) }

// ServeHTTP serves the API under /12/ and its like, and the rest elsewhere.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if version, rest, ok := versioned(r.URL.Path); ok {
		s.serveAPI(w, r, version, rest)
		return
	}
	s.mux.ServeHTTP(w, r)
}

// versioned splits /12/accounts into the version and the path below it.
func versioned(path string) (version, rest string, ok bool) {
	version, rest, _ = strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if version == "" || strings.Trim(version, "0123456789") != "" {
		return "", "", false
	}
	return version, rest, true
}
