package warehousetest

import (
	"io"
	"net"
	"sync"

	"github.com/jackc/pgx/v5/pgproto3"
)

// redshiftProxy stands before a PostgreSQL server and speaks as Redshift does.
type redshiftProxy struct {
	address, behind string

	mu sync.Mutex
	// told are the marks of conflicts that were told once.
	told map[string]bool
}

func (p *redshiftProxy) at(a net.Addr) *redshiftProxy {
	p.address = a.String()
	return p
}

func (p *redshiftProxy) listen(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			p.serve(c)
		}()
	}
}

// serve is one connection.
func (p *redshiftProxy) serve(c net.Conn) {
	client := pgproto3.NewBackend(c, c)
	start := p.begin(c, client)
	if start == nil {
		return
	}
	up, err := net.Dial("tcp", p.behind)
	if err != nil {
		return
	}
	defer up.Close()
	s := &redshiftSession{p: p, client: client, server: pgproto3.NewFrontend(up, up), status: 'I'}
	s.server.Send(start)
	if s.server.Flush() != nil {
		return
	}
	go func() {
		defer c.Close()
		s.answers()
	}()
	s.asks()
}

// begin reads until the start of a session; nil where there is none to come.
func (p *redshiftProxy) begin(c net.Conn, client *pgproto3.Backend) *pgproto3.StartupMessage {
	for {
		m, err := client.ReceiveStartupMessage()
		if err != nil {
			return nil
		}
		switch m := m.(type) {
		case *pgproto3.CancelRequest:
			if up, err := net.Dial("tcp", p.behind); err == nil {
				if b, err := m.Encode(nil); err == nil {
					_, _ = up.Write(b)
				}
				_, _ = io.Copy(io.Discard, up)
				_ = up.Close()
			}
			return nil
		case *pgproto3.StartupMessage:
			for name := range m.Parameters {
				switch name {
				case "user", "database", "client_encoding", "application_name", "options", "DateStyle", "extra_float_digits", "replication":
				default:
					client.Send(&pgproto3.ErrorResponse{Severity: "FATAL", Code: "42704", Message: `unrecognized configuration parameter "` + name + `"`})
					_ = client.Flush()
					return nil
				}
			}
			return m
		default:
			if _, err := c.Write([]byte{'N'}); err != nil { // no encryption
				return nil
			}
		}
	}
}

// redshiftSession is a session and the server's that answers for it.
type redshiftSession struct {
	p      *redshiftProxy
	client *pgproto3.Backend
	server *pgproto3.Frontend

	mu     sync.Mutex
	status byte
}

// send hands messages to the client, which two goroutines do.
func (s *redshiftSession) send(flush bool, messages ...pgproto3.BackendMessage) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range messages {
		if r, ok := m.(*pgproto3.ReadyForQuery); ok {
			if r.TxStatus == 0 {
				r.TxStatus = s.status
			}
			s.status = r.TxStatus
		}
		s.client.Send(m)
	}
	if flush {
		_ = s.client.Flush()
	}
}

// answers hands on what the server says.
func (s *redshiftSession) answers() {
	for {
		m, err := s.server.Receive()
		if err != nil {
			return
		}
		switch m := m.(type) {
		case *pgproto3.ParameterStatus:
			if m.Name == "server_version" {
				m.Value = "8.0.2"
			}
		case *pgproto3.CommandComplete:
			if len(m.CommandTag) > 6 && string(m.CommandTag[:6]) == "SELECT" { // which has no count in 8.0
				m.CommandTag = []byte("SELECT")
			}
		case *pgproto3.AuthenticationSASL, *pgproto3.AuthenticationSASLContinue, *pgproto3.AuthenticationSASLFinal:
			_ = s.client.SetAuthType(pgproto3.AuthTypeSASLContinue)
			if _, first := m.(*pgproto3.AuthenticationSASL); first {
				_ = s.client.SetAuthType(pgproto3.AuthTypeSASL)
			}
		}
		s.send(s.server.ReadBufferLen() == 0, m)
	}
}

// asks hands on what the client says, and answers itself for what Redshift refuses.
func (s *redshiftSession) asks() {
	skip := false
	for {
		m, err := s.client.Receive()
		if err != nil {
			return
		}
		switch m := m.(type) {
		case *pgproto3.Query:
			if e := s.p.refuse(m.String); e != nil {
				s.send(true, e, &pgproto3.ReadyForQuery{})
				continue
			}
			m.String = asPostgres(m.String)
		case *pgproto3.Parse:
			if e := s.p.refuse(m.Query); e != nil && !skip {
				s.send(true, e)
				skip = true
			}
			m.Query = asPostgres(m.Query)
		case *pgproto3.Sync:
			skip = false
		}
		if skip {
			continue
		}
		s.server.Send(m)
		if s.server.Flush() != nil {
			return
		}
	}
}
