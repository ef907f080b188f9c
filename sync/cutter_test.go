package sync_test

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/url"
	gosync "sync"
	"testing"
)

// cutter stands between Eddy and PostgreSQL and cuts connections at a statement that the
// test chooses. It knows just as much of the frontend/backend protocol (PostgreSQL manual,
// chapter Frontend/Backend Protocol) as it takes to count.
type cutter struct {
	url    string
	server string

	mu    gosync.Mutex
	seen  int
	at    int // the statement to cut at; 0 is none
	cut   cut
	done  bool
	what  string // the statement that was cut
	conns map[net.Conn]bool
}

// cut is the way in which a connection ends.
type cut int

const (
	// unsent ends the connection instead of passing the statement on.
	unsent cut = iota
	// unheard passes it on, waits until the server has answered, and ends the
	// connection instead of passing the answer back.
	unheard
	// everything ends all connections and lets no new one come about.
	everything
)

// newCutter gives a proxy before the server of a URL.
func newCutter(t *testing.T, to string) *cutter {
	t.Helper()
	u, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &cutter{server: u.Host, conns: map[net.Conn]bool{}}
	u.Host = l.Addr().String()
	c.url = u.String()
	var serving gosync.WaitGroup
	serving.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			serving.Go(func() { c.serve(client) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		c.drop()
		serving.Wait()
	})
	return c
}

// arm chooses the statement, counted from now, at which to cut.
func (c *cutter) arm(at int, how cut) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seen, c.at, c.cut, c.done = 0, at, how, false
}

// struck says whether the cut was made, at what, and how many statements were seen.
func (c *cutter) struck() (bool, string, int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.done, c.what, c.seen
}

// count counts a statement and says whether to cut at it.
func (c *cutter) count(message []byte) (cut, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seen++
	if c.seen != c.at {
		return 0, false
	}
	c.done, c.what = true, fmt.Sprintf("%.90q", message)
	return c.cut, true
}

// keep remembers a connection, unless there are to be none.
func (c *cutter) keep(conn net.Conn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.done && c.cut == everything {
		return false
	}
	c.conns[conn] = true
	return true
}

// drop ends all connections.
func (c *cutter) drop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for conn := range c.conns {
		_ = conn.Close()
	}
}

func (c *cutter) end(conns ...net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, conn := range conns {
		_ = conn.Close()
		delete(c.conns, conn)
	}
}

// serve carries one connection.
func (c *cutter) serve(client net.Conn) {
	server, err := net.Dial("tcp", c.server)
	if err != nil {
		_ = client.Close()
		return
	}
	defer c.end(client, server)
	if !c.keep(client) || !c.keep(server) {
		return
	}
	var mute gosync.Mutex // held by whoever may write to the client
	muted := false
	var answers gosync.WaitGroup
	answers.Go(func() {
		c.answers(server, func(message []byte, ready bool) bool {
			mute.Lock()
			defer mute.Unlock()
			if muted {
				return !ready
			}
			_, err := client.Write(message)
			return err == nil
		})
		c.end(client, server)
	})
	c.statements(client, server, func() {
		mute.Lock()
		defer mute.Unlock()
		muted = true
	})
	if !muted {
		c.end(client, server)
	}
	answers.Wait()
}

// answers reads the server's messages; ready is one after which it waits for the client.
func (c *cutter) answers(server net.Conn, pass func(message []byte, ready bool) bool) {
	in := bufio.NewReader(server)
	for {
		message, err := read(in, 1)
		if err != nil || !pass(message, message[0] == 'Z' || message[0] == 'G') {
			return
		}
	}
}

// statements passes the client's messages on, up to the cut.
func (c *cutter) statements(client, server net.Conn, mute func()) {
	in := bufio.NewReader(client)
	head := 0 // the first message has no kind
	for {
		message, err := read(in, head)
		if err != nil {
			return
		}
		if head == 1 && (message[0] == 'Q' || message[0] == 'E' || message[0] == 'd') {
			switch how, now := c.count(message); {
			case !now:
			case how == unheard:
				mute()
			case how == everything:
				c.drop()
				return
			default:
				return
			}
		}
		head = 1
		if _, err := server.Write(message); err != nil {
			return
		}
	}
}

// read takes a message: a kind of so many bytes, and a length that counts itself.
func read(in io.Reader, kind int) ([]byte, error) {
	head := make([]byte, kind+4)
	if _, err := io.ReadFull(in, head); err != nil {
		return nil, err
	}
	rest := int(binary.BigEndian.Uint32(head[kind:])) - 4
	message := make([]byte, len(head)+rest)
	copy(message, head)
	_, err := io.ReadFull(in, message[len(head):])
	return message, err
}
