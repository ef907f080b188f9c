package eddy

import (
	"errors"
	"fmt"
)

// Code says what kind of trouble an error is, so that callers can choose an exit
// code or an HTTP status without reading its text.
type Code string

// The codes of errors.
const (
	// CodeUsage: the command line or a request was wrong.
	CodeUsage Code = "usage"
	// CodeConfig: the configuration cannot be used.
	CodeConfig Code = "config"
	// CodeSource: the warehouse cannot be reached, read or written.
	CodeSource Code = "source"
	// CodeDestination: the destination cannot be reached or refuses.
	CodeDestination Code = "destination"
	// CodeConflict: another run or another connection has what is needed.
	CodeConflict Code = "conflict"
	// CodeApproval: a person must approve first (promise 4).
	CodeApproval Code = "approval"
	// CodeInternal: a fault of Eddy's own.
	CodeInternal Code = "internal"
)

// Error is trouble told to a person: what happened, and how to mend it.
type Error struct {
	Code Code
	// What says what went wrong and where.
	What string
	// Mend says what to do about it; may be empty.
	Mend string
	// At is where in the text that it is about, such as a model's SQL; What says so too.
	At Point
	// Err is the cause, told after What and kept for errors.Is and errors.As; may be nil.
	Err error

	// cause is told in What already, and kept for errors.Is and errors.As.
	cause error
}

// Point is a place in a text. Both count from 1; without a Column it is the whole line, and
// without a Line it is not known.
type Point struct {
	Line   int `json:"line"`
	Column int `json:"column"`
}

// Error tells what went wrong, the cause, and how to mend it.
func (e *Error) Error() string {
	s := e.What
	if e.Err != nil {
		if s != "" {
			s += ": "
		}
		s += e.Err.Error()
	}
	if e.Mend != "" {
		s += "\n  " + e.Mend
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error {
	if e.Err != nil {
		return e.Err
	}
	return e.cause
}

// Errorf makes an Error with a code; %w keeps the cause for errors.Is and errors.As.
func Errorf(code Code, format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	return &Error{Code: code, What: err.Error(), cause: errors.Unwrap(err)}
}

// ErrorCode finds the code of an error, CodeInternal when it carries none.
func ErrorCode(err error) Code {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return CodeInternal
}

// EditOf is the code of an error that something somebody configured is the cause of: the source,
// the destination, or the connection itself. It is empty for others.
func EditOf(err error) Code {
	switch code := ErrorCode(err); code {
	case CodeSource, CodeDestination, CodeConfig:
		return code
	default:
		return ""
	}
}
