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
	// Ended says that a context was over: "deadline" or "cancelled".
	Ended string `json:"ended"`
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
	if e, ok := errors.AsType[*eddy.Error](err); ok {
		t.Code, t.Mend = e.Code, e.Mend
		t.What = strings.TrimSuffix(t.What, "\n  "+e.Mend)
	}
	return t
}

// Heard is the error that was told.
func (t *Told) Heard() error {
	switch {
	case t == nil:
		return nil
	case t.Code != "":
		return &eddy.Error{Code: t.Code, What: t.What, Mend: t.Mend}
	case t.Ended == "deadline":
		return context.DeadlineExceeded
	case t.Ended == "cancelled":
		return context.Canceled
	default:
		return errors.New(t.What)
	}
}
