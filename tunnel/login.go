package tunnel

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/dial"
)

// handshake is how long an SSH host may take to let somebody in.
const handshake = 20 * time.Second

// logIn calls the SSH host and logs in.
func (t *tunnel) logIn(ctx context.Context) (*ssh.Client, error) {
	config := t.config
	if t.key != nil { // without the host's key nothing of ours is shown
		s, err := t.signer()
		if err != nil {
			return nil, err
		}
		config.Auth = []ssh.AuthMethod{ssh.PublicKeys(s)}
	}
	raw, err := t.way.DialContext(ctx, "tcp", t.address)
	if err != nil {
		return nil, t.explain(ctx, err)
	}
	end := time.Now().Add(handshake)
	if deadline, ok := ctx.Deadline(); ok && deadline.Before(end) {
		end = deadline
	}
	_ = raw.SetDeadline(end)
	stop := context.AfterFunc(ctx, func() { _ = raw.SetDeadline(time.Unix(1, 0)) })
	conn, channels, requests, err := ssh.NewClientConn(raw, t.address, &config)
	if !stop() && err == nil {
		err = errors.Join(ctx.Err(), conn.Close())
	}
	if err != nil {
		_ = raw.Close()
		return nil, t.explain(ctx, err)
	}
	_ = raw.SetDeadline(time.Time{})
	return ssh.NewClient(conn, channels, requests), nil
}

// strange is a host that does not show the key that was named.
type strange struct{ error }

// check is nil for the key that the options name, and for no other. Nobody has logged in yet.
func (t *tunnel) check(_ string, _ net.Addr, shown ssh.PublicKey) error {
	line := strings.TrimSpace(string(ssh.MarshalAuthorizedKey(shown)))
	switch {
	case t.key == nil:
		return strange{&eddy.Error{
			Code: eddy.CodeConfig, What: fmt.Sprintf("ssh.host_key is missing: %s shows the key %s (%s)", t.host, ssh.FingerprintSHA256(shown), shown.Type()),
			Mend: "Compare the fingerprint with the host's own (there: ssh-keygen -lf /etc/ssh/ssh_host_" + short(shown.Type()) + "_key.pub); if it is the same, write under ssh:\n    host_key: " + line,
		}}
	case !bytes.Equal(shown.Marshal(), t.key.Marshal()):
		return strange{&eddy.Error{
			Code: eddy.CodeSource, What: fmt.Sprintf("%s shows the key %s, and ssh.host_key is %s: it may be somebody else", t.host, ssh.FingerprintSHA256(shown), ssh.FingerprintSHA256(t.key)),
			Mend: "If the host has a new key, take it from its administrator; if not, somebody stands between.",
		}}
	default:
		return nil
	}
}

// short is how OpenSSH calls a type of key in names of files.
func short(typ string) string {
	switch {
	case strings.HasPrefix(typ, "ecdsa"):
		return "ecdsa"
	case typ == ssh.KeyAlgoRSA:
		return "rsa"
	default:
		return "ed25519"
	}
}

// explain says why nobody is let in. The library's own texts name methods and algorithms.
func (t *tunnel) explain(ctx context.Context, err error) error {
	if refused, ok := errors.AsType[*dial.Refused](err); ok {
		return refused
	}
	if own, ok := errors.AsType[strange](err); ok {
		return own.error
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	e := &eddy.Error{
		Code: eddy.CodeSource, What: fmt.Sprintf("the SSH host %s cannot be reached: %v", t.address, err), Err: err,
		Mend: "Check ssh.host and ssh.port, that sshd listens there, and firewalls between.",
	}
	switch text := err.Error(); {
	case strings.Contains(text, "unable to authenticate"):
		e.What = fmt.Sprintf("the SSH host %s does not let %s in with this key", t.address, t.config.User)
		e.Mend = "Check ssh.user, and that the key's public half is in the user's authorized_keys there."
	case strings.Contains(text, "no common algorithm for host key") && t.key != nil:
		e.What = fmt.Sprintf("the SSH host %s has no key of type %s, as ssh.host_key is", t.address, t.key.Type())
		e.Mend = "Take out ssh.host_key once: then the message shows the key that the host has."
	}
	return e
}
