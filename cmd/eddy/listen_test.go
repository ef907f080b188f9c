package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/eddy-retl/eddy"
)

func TestListenRefusesTheNetworkWithoutTLS(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		listening
		refused string // "" is allowed
	}{
		{listening{address: "127.0.0.1:8484"}, ""},
		{listening{address: "127.9.9.9:0"}, ""},
		{listening{address: "[::1]:8484"}, ""},
		{listening{address: "localhost:8484"}, ""},
		{listening{address: ":8484"}, "other machines"},
		{listening{address: "0.0.0.0:8484"}, "other machines"},
		{listening{address: "[::]:8484"}, "other machines"},
		{listening{address: "10.1.2.3:8484"}, "other machines"},
		{listening{address: "[::ffff:10.1.2.3]:8484"}, "other machines"},
		{listening{address: "localhost.example.com:8484"}, "other machines"},
		{listening{address: "0.0.0.0:8484", insecure: true}, ""},
		{listening{address: "0.0.0.0:8484", cert: "c", key: "k"}, ""},
		{listening{address: "0.0.0.0:8484", cert: "c"}, "belong together"},
		{listening{address: "127.0.0.1:8484", key: "k"}, "belong together"},
		{listening{address: "127.0.0.1:8484", cert: "c", key: "k", insecure: true}, "leave it out"},
		{listening{address: "8484"}, "host:port"},
	} {
		err := c.check()
		if (err == nil) != (c.refused == "") || err != nil && !strings.Contains(err.Error(), c.refused) {
			t.Errorf("%+v: %v; want %q", c.listening, err, c.refused)
		}
		if err != nil && eddy.ErrorCode(err) != eddy.CodeUsage {
			t.Errorf("%+v: code %s", c.listening, eddy.ErrorCode(err))
		}
	}
}

// certify writes a certificate of this machine and its key, and returns it.
func certify(t *testing.T, certFile, keyFile string, serial int64) *x509.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{certFile: {Type: "CERTIFICATE", Bytes: der}, keyFile: {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

// TestRenewedCertificateIsServed replaces the certificate of a server that listens.
func TestRenewedCertificateIsServed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l := listening{address: "127.0.0.1:0", cert: filepath.Join(dir, "cert.pem"), key: filepath.Join(dir, "key.pem")}
	if _, _, err := l.open(); err == nil || eddy.ErrorCode(err) != eddy.CodeUsage {
		t.Fatalf("a certificate that is not there: %v", err)
	}
	ca := certify(t, l.cert, l.key, 1)
	inner, scheme, err := l.open()
	if err != nil || scheme != "https" {
		t.Fatalf("%s, %v", scheme, err)
	}
	t.Cleanup(func() { _ = inner.Close() })
	go func() {
		for {
			c, err := inner.Accept()
			if err != nil {
				return
			}
			_ = c.(*tls.Conn).HandshakeContext(t.Context())
		}
	}()
	served := func(ca *x509.Certificate) int64 {
		roots := x509.NewCertPool()
		roots.AddCert(ca)
		d := tls.Dialer{Config: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}
		conn, err := d.DialContext(t.Context(), "tcp", inner.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		return conn.(*tls.Conn).ConnectionState().PeerCertificates[0].SerialNumber.Int64()
	}
	if n := served(ca); n != 1 {
		t.Fatalf("served certificate %d", n)
	}
	renewed := certify(t, l.cert, l.key, 2)
	if err := os.Chtimes(l.cert, time.Time{}, time.Now().Add(time.Minute)); err != nil { // file systems may count in seconds
		t.Fatal(err)
	}
	if n := served(renewed); n != 2 {
		t.Errorf("after the renewal certificate %d was served", n)
	}
	if err := os.WriteFile(l.cert, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	if n := served(renewed); n != 2 {
		t.Errorf("while the next one is half written certificate %d was served", n)
	}
}
