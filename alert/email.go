package alert

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"net/smtp"
	"net/textproto"
	"strconv"
	"strings"
	"time"

	"github.com/eddy-retl/eddy/dial"
)

// email hands the message to the mail server.
func (s Sender) email(ctx context.Context, c Channel, m Message) error {
	err := s.deliver(ctx, c, m)
	if p, ok := errors.AsType[*textproto.Error](err); ok && p.Code/100 == 5 {
		return &Refused{err.Error()}
	}
	return err
}

func (s Sender) deliver(ctx context.Context, c Channel, m Message) (err error) {
	ctx, cancel := context.WithTimeout(ctx, 3*patience)
	defer cancel()
	client, err := s.dial(ctx, c)
	if err != nil {
		return fmt.Errorf("reach the mail server %s: %w", c.Host, err)
	}
	// Close is for what went wrong before Quit said goodbye.
	defer func() { _ = client.Close() }()
	if c.Username != "" {
		if err := client.Auth(smtp.PlainAuth("", c.Username, c.password, c.Host)); err != nil {
			return fmt.Errorf("log in to the mail server %s: %w", c.Host, err)
		}
	}
	from, err := mail.ParseAddress(c.From)
	if err != nil {
		return err
	}
	if err := client.Mail(from.Address); err != nil {
		return fmt.Errorf("the mail server %s does not take the sender: %w", c.Host, err)
	}
	for _, to := range c.To {
		address, err := mail.ParseAddress(to)
		if err != nil {
			return err
		}
		if err := client.Rcpt(address.Address); err != nil {
			return fmt.Errorf("the mail server %s does not take a recipient: %w", c.Host, err)
		}
	}
	w, err := client.Data()
	if err != nil {
		return fmt.Errorf("the mail server %s does not take the message: %w", c.Host, err)
	}
	if _, err := w.Write(letter(c, m, s.now())); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return fmt.Errorf("the mail server %s does not take the message: %w", c.Host, err)
	}
	_ = client.Quit() // it has the message already
	return nil
}

// dial connects, encrypted as the channel says.
func (s Sender) dial(ctx context.Context, c Channel) (*smtp.Client, error) {
	conn, err := dial.Of(s.Dialer).DialContext(ctx, "tcp", net.JoinHostPort(c.Host, strconv.Itoa(c.Port)))
	if err != nil {
		return nil, err
	}
	if end, ok := ctx.Deadline(); ok {
		_ = conn.SetDeadline(end) // a mail server that falls silent ends the attempt
	}
	secure := &tls.Config{ServerName: c.Host, RootCAs: s.Roots, MinVersion: tls.VersionTLS12}
	if c.TLS == fullTLS {
		conn = tls.Client(conn, secure)
	}
	client, err := smtp.NewClient(conn, c.Host)
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	if c.TLS == startTLS {
		if err := client.StartTLS(secure); err != nil {
			return nil, errors.Join(fmt.Errorf("STARTTLS: %w", err), client.Close())
		}
	}
	return client, nil
}

// letter writes the message as mail.
func letter(c Channel, m Message, at time.Time) []byte {
	var b bytes.Buffer
	var addresses []string
	for _, to := range append([]string{c.From}, c.To...) {
		if a, err := mail.ParseAddress(to); err == nil {
			addresses = append(addresses, a.String())
		}
	}
	for _, h := range [][2]string{
		{"From", addresses[0]},
		{"To", strings.Join(addresses[1:], ", ")},
		// It is one line: a line break would begin another header.
		{"Subject", mime.QEncoding.Encode("utf-8", "[eddy] "+m.Subject())},
		{"Date", at.Format(time.RFC1123Z)},
		{"Message-ID", "<" + rand.Text() + "@eddy>"},
		{"Auto-Submitted", "auto-generated"},
		{"MIME-Version", "1.0"},
		{"Content-Type", "text/plain; charset=utf-8"},
		{"Content-Transfer-Encoding", "quoted-printable"},
	} {
		b.WriteString(h[0] + ": " + h[1] + "\r\n")
	}
	b.WriteString("\r\n")
	w := quotedprintable.NewWriter(&b)
	_, _ = w.Write([]byte(m.Text())) // into memory
	_ = w.Close()
	return b.Bytes()
}
