package alert_test

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math/big"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eddy-retl/eddy/alert"
	"github.com/eddy-retl/eddy/dial"
)

// mailServer is a mail server that speaks as much of SMTP as one message takes, over TLS
// once it was asked to.
type mailServer struct {
	addr   *net.TCPAddr
	roots  *x509.CertPool
	secure *tls.Config
	// refuse is a recipient that it does not take.
	refuse string
	got    chan envelope
}

// envelope is one message as it came.
type envelope struct {
	from, to, login, data string
	encrypted             bool
}

// startMail serves until the test ends; full says that TLS begins with the first byte.
func startMail(t *testing.T, full bool) *mailServer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	s := &mailServer{
		roots: x509.NewCertPool(), got: make(chan envelope, 1),
		secure: &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}},
	}
	s.roots.AddCert(cert)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	s.addr = l.Addr().(*net.TCPAddr)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			if full {
				conn = tls.Server(conn, s.secure)
			}
			go s.talk(conn, full)
		}
	}()
	return s
}

// talk is one conversation.
func (s *mailServer) talk(conn net.Conn, encrypted bool) {
	defer func() { conn.Close() }()
	r := bufio.NewReader(conn)
	say := func(text string) { fmt.Fprintf(conn, "%s\r\n", text) }
	e := envelope{encrypted: encrypted}
	say("220 ready")
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		verb, rest, _ := strings.Cut(line, " ")
		switch strings.ToUpper(verb) {
		case "EHLO":
			say("250-mail")
			if !e.encrypted {
				say("250-STARTTLS")
			}
			say("250 AUTH PLAIN")
		case "STARTTLS":
			say("220 go on")
			secure := tls.Server(conn, s.secure)
			conn, r, e.encrypted = secure, bufio.NewReader(secure), true
			say = func(text string) { fmt.Fprintf(secure, "%s\r\n", text) }
		case "AUTH":
			login, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(rest, "PLAIN "))
			if e.login = string(login); !strings.HasSuffix(e.login, "\x00hush") {
				say("535 no")
				continue
			}
			say("235 welcome")
		case "MAIL":
			e.from = rest
			say("250 ok")
		case "RCPT":
			if s.refuse != "" && strings.Contains(rest, s.refuse) {
				say("550 nobody of that name")
				continue
			}
			e.to += rest + ";"
			say("250 ok")
		case "DATA":
			say("354 go on")
			var b strings.Builder
			for {
				line, err := r.ReadString('\n')
				if err != nil || line == ".\r\n" {
					break
				}
				b.WriteString(strings.TrimPrefix(line, "."))
			}
			e.data = b.String()
			say("250 ok")
			s.got <- e
		case "QUIT":
			say("221 bye")
			return
		default:
			say("502 what?")
		}
	}
}

func (s *mailServer) channel(t *testing.T, tls, secret string) alert.Channel {
	login, secrets := "", map[string]string(nil)
	if secret != "" {
		login, secrets = `"username":"eddy",`, map[string]string{"password": secret}
	}
	return parse(t, fmt.Sprintf(`{"type":"email","host":"127.0.0.1","port":%d,"tls":%q,%s"from":"Eddy <eddy@x.com>","to":["a@x.com","B <b@x.com>"]}`, s.addr.Port, tls, login), secrets)
}

// TestEmail sends by each way and reads what came as a mail program would.
func TestEmail(t *testing.T) {
	for _, way := range []string{"starttls", "tls", "none"} {
		t.Run(way, func(t *testing.T) {
			srv := startMail(t, way == "tls")
			secret, login := "hush", "\x00eddy\x00hush"
			if way == "none" {
				secret, login = "", ""
			}
			m := message()
			m.Connection = "Größe\r\nBcc: c@x.com"
			now := time.Date(2026, 8, 14, 6, 0, 5, 0, time.UTC)
			s := alert.Sender{Dialer: dial.Anywhere(), Roots: srv.roots, Now: func() time.Time { return now }}
			if err := s.Send(t.Context(), srv.channel(t, way, secret), m); err != nil {
				t.Fatal(err)
			}
			e := <-srv.got
			if e.encrypted != (way != "none") || e.login != login || e.from != "FROM:<eddy@x.com>" || e.to != "TO:<a@x.com>;TO:<b@x.com>;" {
				t.Errorf("envelope %+v", e)
			}
			letter, err := mail.ReadMessage(strings.NewReader(e.data))
			if err != nil {
				t.Fatal(err)
			}
			subject, err := new(mime.WordDecoder).DecodeHeader(letter.Header.Get("Subject"))
			if err != nil || subject != "[eddy] Größe<U+000D><U+000A>Bcc: c@x.com: the run failed" || letter.Header.Get("Bcc") != "" {
				t.Errorf("subject %q, %v; %v", subject, err, letter.Header)
			}
			if at, err := letter.Header.Date(); err != nil || !at.Equal(now) {
				t.Errorf("date %v, %v", at, err)
			}
			text, err := io.ReadAll(quotedprintable.NewReader(letter.Body))
			if diff := cmp.Diff(m.Text(), strings.ReplaceAll(strings.ReplaceAll(string(text), "\r\n", "\n"), "Größe\nBcc", "Größe\r\nBcc")); err != nil || diff != "" {
				t.Errorf("%v (-want +got)\n%s", err, diff)
			}
		})
	}
}

// TestMailRefused tells refusals from trouble that may pass.
func TestMailRefused(t *testing.T) {
	srv := startMail(t, false)
	s := alert.Sender{Dialer: dial.Anywhere(), Roots: srv.roots}
	if err := s.Send(t.Context(), srv.channel(t, "starttls", "wrong"), message()); !isRefused(err) || strings.Contains(err.Error(), "wrong") {
		t.Errorf("a wrong password: %v", err)
	}
	srv.refuse = "b@x.com"
	if err := s.Send(t.Context(), srv.channel(t, "starttls", "hush"), message()); !isRefused(err) {
		t.Errorf("an unknown recipient: %v", err)
	}
	// Whoever the server may be: without a certificate that somebody vouches for, nothing is sent.
	if err := (alert.Sender{Dialer: dial.Anywhere()}).Send(t.Context(), srv.channel(t, "starttls", "hush"), message()); err == nil || isRefused(err) || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("a certificate that nobody vouches for: %v", err)
	}
	if len(srv.got) > 0 {
		t.Error("a message was taken")
	}
}

func isRefused(err error) bool {
	_, ok := errors.AsType[*alert.Refused](err)
	return ok
}
