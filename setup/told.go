package setup

import (
	"context"
	"errors"
	"strings"

	"github.com/eddy-retl/eddy"
)

// Told is an error as another process can be told of it: what a person reads of it, and what
// callers go by.
type Told struct {
	// Code is empty for errors that are not the words' own.
	Code eddy.Code `json:"code"`
	What string    `json:"what"`
	Mend string    `json:"mend"`
	// At is where in a text; nowhere if it is not known.
	At eddy.Point `json:"at"`
	// Ended says that a context was over: "deadline" or "cancelled".
	Ended string `json:"ended"`
	// Unauthorized and Forbidden say that a destination refused the credentials.
	Unauthorized bool `json:"unauthorized"`
	Forbidden    bool `json:"forbidden"`
}

// refusal is an error of a destination that refused the credentials.
type refusal interface {
	error
	Unauthorized() bool
	Forbidden() bool
}

// Tell makes an error one that can be told; nil stays nil.
func Tell(err error) *Told {
	if err == nil {
		return nil
	}
	t := &Told{What: err.Error()}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		t.Ended = "deadline"
	case errors.Is(err, context.Canceled):
		t.Ended = "cancelled"
	}
	if e, ok := errors.AsType[refusal](err); ok {
		t.Unauthorized, t.Forbidden = e.Unauthorized(), e.Forbidden()
	}
	if e, ok := errors.AsType[*eddy.Error](err); ok {
		t.Code, t.Mend, t.At = e.Code, e.Mend, e.At
		t.What = strings.TrimSuffix(t.What, "\n  "+e.Mend)
	}
	return t
}

// Heard is the error that was told.
func (t *Told) Heard() error {
	if t != nil && (t.Unauthorized || t.Forbidden) {
		return heardRefusal{t.plain(), t}
	}
	return t.plain()
}

// heardRefusal is a refusal that was told.
type heardRefusal struct {
	error

	told *Told
}

// Unwrap is the error without what it is a refusal of.
func (h heardRefusal) Unwrap() error { return h.error }

// Unauthorized says that the destination does not know who asks.
func (h heardRefusal) Unauthorized() bool { return h.told.Unauthorized }

// Forbidden says that whoever asks may not.
func (h heardRefusal) Forbidden() bool { return h.told.Forbidden }

func (t *Told) plain() error {
	switch {
	case t == nil:
		return nil
	case t.Code != "":
		return &eddy.Error{Code: t.Code, What: t.What, Mend: t.Mend, At: t.At}
	case t.Ended == "deadline":
		return context.DeadlineExceeded
	case t.Ended == "cancelled":
		return context.Canceled
	default:
		return errors.New(t.What)
	}
}
