package xads

import (
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
)

// wire watches how far a request got. It errs towards "may have been sent", because
// a request wrongly believed unsent is a change that nobody remembers.
type wire struct {
	wanted, got atomic.Bool // a connection
}

func (w *wire) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GetConn: func(string) { w.wanted.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { w.got.Store(true) },
	}
}

// maySend reports whether bytes of a failed request may have reached the server. A
// foreign transport may not feed the trace; then only a failed dial is sure.
func (w *wire) maySend(err error) bool {
	if w.wanted.Load() && !w.got.Load() {
		return false
	}
	op, ok := errors.AsType[*net.OpError](err)
	return !ok || op.Op != "dial"
}

// isHopeless reports whether a transport error will stay: a certificate that does
// not verify, or a server that speaks no TLS.
func isHopeless(err error) bool {
	_, ok := errors.AsType[*tls.CertificateVerificationError](err)
	return ok || errors.Is(err, http.ErrSchemeMismatch)
}
