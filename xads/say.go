package xads

import (
	"fmt"
	"net/http"
	"strings"
)

// Error tells what happened and, where that is known, what to do about it on a
// second line. It repeats no credentials, bodies or people.
func (e *Error) Error() string {
	if advice := e.Advice(); advice != "" {
		return e.What() + "\n  " + advice
	}
	return e.What()
}

// What is the first line of the error: what was called, and what X said.
func (e *Error) What() string {
	said := append(describe(e.Items), e.describeOperations()...)
	if e.Err != nil {
		said = append(said, e.Err.Error())
	}
	parts := []string{"x ads", e.Method + " " + e.Endpoint, e.statusText(), strings.Join(said, "; ")}
	s := strings.Join(compact(parts), ": ")
	if e.Attempts > 1 {
		s += fmt.Sprintf(" (after %d attempts)", e.Attempts)
	}
	return s
}

func (e *Error) statusText() string {
	if e.Status == 0 {
		return ""
	}
	return strings.TrimSpace(fmt.Sprintf("%d %s", e.Status, http.StatusText(e.Status)))
}

// mostTold items are told; a request can be refused for thousands of reasons, all alike.
const mostTold = 3

func describe(items []Item) []string {
	var said []string
	for _, item := range items[:min(len(items), mostTold)] {
		said = append(said, item.String())
	}
	if more := len(items) - mostTold; more > 0 {
		said = append(said, fmt.Sprintf("and %d more", more))
	}
	return said
}

// describeOperations counts operations from 0, as X and OperationErrors do.
func (e *Error) describeOperations() []string {
	var said []string
	told := 0
	for i, items := range e.OperationErrors {
		if len(items) == 0 {
			continue
		}
		if told++; told <= mostTold {
			said = append(said, fmt.Sprintf("operation %d: %s", i, items[0]))
		}
	}
	if told > mostTold {
		said = append(said, fmt.Sprintf("and %d more operations", told-mostTold))
	}
	return said
}

// String tells code, parameter and message.
func (i Item) String() string {
	code := i.Code
	if i.Parameter != "" {
		code = strings.TrimSpace(code + " (" + i.Parameter + ")")
	}
	return strings.Join(compact([]string{code, i.Message}), ": ")
}

func compact(parts []string) []string {
	var full []string
	for _, part := range parts {
		if part != "" {
			full = append(full, part)
		}
	}
	return full
}
