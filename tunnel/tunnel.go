// Package tunnel is a way to a server that is reached through an SSH host alone: a dialer made
// of another one. The SSH host is called through the dialer that was handed down, and is the
// one whose key the options name; what lies behind it is dialled from there, and names are
// looked up there. It knows nothing of who calls.
package tunnel

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync"

	"golang.org/x/crypto/ssh"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/dial"
	"github.com/eddy-retl/eddy/keyfile"
)

// Options are the group of options that a source with a way through an SSH host declares.
func Options() []eddy.Option {
	return []eddy.Option{
		{Name: "ssh.host", Kind: eddy.TextOption, Part: eddy.PlacePart, Example: "bastion.example.com", Help: "An SSH host to go through: host and port of the source are what it can reach, and are looked up there."},
		{Name: "ssh.port", Kind: eddy.PortOption, Part: eddy.PlacePart, Example: "22", Help: "Port of the SSH host; 22 without it."},
		{Name: "ssh.user", Kind: eddy.TextOption, Part: eddy.PlacePart, Example: "eddy", Help: "User to log in as on the SSH host."},
		{Name: "ssh.key_path", Kind: eddy.PathOption, Part: eddy.PlacePart, Example: "id_ed25519", Help: "File with the user's private key. On a server give ssh.key.", Unserved: true},
		{Name: "ssh.key", Kind: eddy.LinesOption, Part: eddy.SecretPart, Example: "${SSH_KEY}", Help: "The user's private key itself, as in such a file."},
		{Name: "ssh.key_passphrase", Kind: eddy.TextOption, Part: eddy.SecretPart, Example: "${SSH_PASSPHRASE}", Help: "Passphrase of the key, if it has one."},
		{Name: "ssh.host_key", Kind: eddy.TextOption, Part: eddy.PlacePart, Example: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI...", Help: "Public key of the SSH host, without which nobody logs in there: a line of ssh-keyscan without the name, or the .pub file of the host's key."},
	}
}

// Through is the way of a source: through its SSH host if it has one, or else its dialer. An
// error says which option is wrong.
func Through(src eddy.Source) (eddy.Dialer, error) {
	way := dial.Of(src.Dialer)
	o := func(name string) string { return src.Options["ssh."+name] }
	if o("host") == "" {
		for _, name := range []string{"port", "user", "key_path", "key", "key_passphrase", "host_key"} {
			if o(name) != "" {
				return nil, wrong("ssh.host is missing", "Name the host that ssh."+name+" is for, or take the group ssh out.")
			}
		}
		return way, nil
	}
	if o("user") == "" {
		return nil, wrong("ssh.user is missing", "Give the user to log in as on the SSH host.")
	}
	t := &tunnel{way: way, host: o("host"), address: net.JoinHostPort(o("host"), cmp.Or(o("port"), "22"))}
	t.config.User, t.config.Timeout = o("user"), handshake
	if text := o("host_key"); text != "" {
		key, _, _, rest, err := ssh.ParseAuthorizedKey([]byte(text))
		if err != nil || len(strings.TrimSpace(string(rest))) > 0 {
			return nil, wrong("ssh.host_key is not one public key", "Write it as  ssh-ed25519 AAAA...  : what ssh-keyscan prints, without the name in front.")
		}
		t.key = key
		t.config.HostKeyAlgorithms = algorithms(key.Type())
	}
	t.config.HostKeyCallback = t.check
	if src.Options["ssh.key_path"] != "" && src.Served {
		return nil, wrong("ssh.key_path is not taken on a server: it would have the server read a file of its machine", "Give the key itself as ssh.key; it is sealed.")
	}
	t.signer = func() (ssh.Signer, error) { return signer(src) }
	return t, nil
}

// Is says whether a dialer leads through an SSH host.
func Is(d eddy.Dialer) bool {
	_, ok := d.(*tunnel)
	return ok
}

func wrong(what, mend string) error {
	return &eddy.Error{Code: eddy.CodeConfig, What: what, Mend: mend}
}

// algorithms are those by which a host proves that it has a key of a type. Those of RSA with
// SHA-1 are not among them.
func algorithms(typ string) []string {
	if typ == ssh.KeyAlgoRSA {
		return []string{ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256}
	}
	return []string{typ}
}

// signer reads the private key of a source's user. What is wrong with it is told, and
// nothing of it.
func signer(src eddy.Source) (ssh.Signer, error) {
	text, option := []byte(src.Options["ssh.key"]), "ssh.key"
	if len(text) == 0 {
		path := src.Options["ssh.key_path"]
		if path == "" {
			return nil, wrong("ssh.key is missing", "Give the user's private key as ssh.key, or the file with it as ssh.key_path.")
		}
		if !filepath.IsAbs(path) {
			path = filepath.Join(src.Dir, path)
		}
		var err error
		if text, err = keyfile.Read(path); err != nil {
			return nil, wrong("ssh.key_path: "+err.Error(), "Name a file that Eddy may read.")
		}
		option = "ssh.key_path"
	}
	text = append(text, '\n') // which variables lose
	if phrase := src.Options["ssh.key_passphrase"]; phrase != "" {
		if s, err := ssh.ParsePrivateKeyWithPassphrase(text, []byte(phrase)); err == nil {
			return s, nil
		}
		return nil, wrong(option+" cannot be read with ssh.key_passphrase", "Check both: the key in the form of OpenSSH or PEM, and its passphrase.")
	}
	s, err := ssh.ParsePrivateKey(text)
	if _, locked := errors.AsType[*ssh.PassphraseMissingError](err); locked {
		return nil, wrong(option+" has a passphrase", "Give it as ssh.key_passphrase.")
	}
	if err != nil {
		return nil, wrong(option+" is not a private key", "Give it in the form of OpenSSH or PEM, with its first and last line.")
	}
	return s, nil
}

// tunnel is the way through one SSH host. It is logged in there while something is connected
// through it, and no longer.
type tunnel struct {
	way           eddy.Dialer
	host, address string
	// key is the host's; nil where none was given, and then nobody logs in.
	key    ssh.PublicKey
	signer func() (ssh.Signer, error)
	config ssh.ClientConfig

	mu     sync.Mutex
	client *ssh.Client
	// users are the connections of client that are open or being opened.
	users int
}

// Proxy is none: what is behind an SSH host is reached through it alone.
func (t *tunnel) Proxy(*http.Request) (*url.URL, error) { return nil, nil } //nolint:nilnil // what net/http asks for where there is no proxy

// DialContext opens a connection from the SSH host to an address as that host knows it.
func (t *tunnel) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	if network != "tcp" {
		return nil, wrong("behind an SSH host only a host and a port are reached, and no Unix socket", "Give the server's host and port.")
	}
	client, err := t.enter(ctx)
	if err != nil {
		return nil, err
	}
	c, err := client.DialContext(ctx, network, address)
	if err != nil {
		t.leave(client)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, &eddy.Error{
			Code: eddy.CodeSource, What: fmt.Sprintf("the SSH host %s does not reach %s: %v", t.host, address, err),
			Mend: "Check host and port as the SSH host knows them, that the server runs there, and that sshd lets this user forward (AllowTcpForwarding, PermitOpen).",
		}
	}
	return piped(c, address, func() { t.leave(client) }), nil
}

// enter is a log-in that lives, which leave gives back.
func (t *tunnel) enter(ctx context.Context) (*ssh.Client, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.client == nil {
		client, err := t.logIn(ctx)
		if err != nil {
			return nil, err
		}
		t.client, t.users = client, 0
		go func() {
			_ = client.Wait()
			t.mu.Lock()
			defer t.mu.Unlock()
			if t.client == client { // it broke: who comes next logs in anew
				t.client = nil
			}
		}()
	}
	t.users++
	return t.client, nil
}

func (t *tunnel) leave(client *ssh.Client) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.client != client {
		return
	}
	if t.users--; t.users == 0 {
		t.client = nil
		_ = client.Close()
	}
}
