package tunnel

import (
	"io"
	"net"
	"sync"
)

// conn is a connection from the SSH host, with what a channel of SSH lacks: deadlines, by which
// whoever waits is woken, and the address that was dialled, at which a statement is cancelled.
type conn struct {
	net.Conn

	remote address
	close  func()
}

// address is one that the SSH host looks up.
type address string

func (address) Network() string  { return "tcp" }
func (a address) String() string { return string(a) }

// piped makes a connection of a channel; left is called once it is over.
func piped(channel net.Conn, dialled string, left func()) net.Conn {
	near, far := net.Pipe()
	over := sync.OnceFunc(func() {
		_ = far.Close()
		_ = channel.Close()
		left()
	})
	for _, way := range [][2]net.Conn{{channel, far}, {far, channel}} {
		go func() {
			_, _ = io.Copy(way[0], way[1])
			over()
		}()
	}
	return &conn{near, address(dialled), over}
}

func (c *conn) RemoteAddr() net.Addr { return c.remote }

// Close ends the connection here and, at once, at the other end.
func (c *conn) Close() error {
	err := c.Conn.Close()
	c.close()
	return err
}
