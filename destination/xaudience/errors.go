package xaudience

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/xads"
)

// reasonOf tells why X refused, for the sync log: the first thing that it found fault
// with. The client has taken everything out of the message that could be a value.
func reasonOf(e *xads.Error) string {
	for _, items := range e.OperationErrors {
		if len(items) > 0 {
			return itemReason(items[0])
		}
	}
	if len(e.Items) > 0 {
		return itemReason(e.Items[0])
	}
	if e.Status == 0 {
		return "no answer from X"
	}
	return fmt.Sprintf("X answered with status %d", e.Status)
}

// itemReason puts an error item in a line: "INVALID_PARAMETER: … (users)".
func itemReason(it xads.Item) string {
	parts := []string{it.Code}
	if it.Message != "" {
		parts = append(parts, it.Message)
	}
	reason := "X: " + strings.Join(parts, ": ")
	if it.Parameter != "" {
		reason += " (" + it.Parameter + ")"
	}
	return reason
}

// named finds the operations with errors of their own, by their place in the body.
func named(e *xads.Error) map[int]string {
	var faults map[int]string
	if e.PositionsGuessed {
		return nil // their places are a guess
	}
	for place, items := range e.OperationErrors {
		if len(items) == 0 {
			continue
		}
		if faults == nil {
			faults = make(map[int]string)
		}
		faults[place] = itemReason(items[0])
	}
	return faults
}

func hasCode(e *xads.Error, code string) bool {
	for _, it := range e.Items {
		if it.Code == code {
			return true
		}
	}
	return false
}

// advise makes an error that stops the run out of one that concerns every request.
func (d *delivery) advise(err error) error {
	return adviseAudience(err, "deliver to", d.account, d.audience)
}

// adviseAudience says what was tried with which audience, and what to do when X does
// not know it. Other errors bring their own advice.
func adviseAudience(err error, verb, account, audience string) error {
	e := &eddy.Error{
		Code: eddy.CodeDestination, Err: err,
		What: fmt.Sprintf("%s audience %s of account %s", verb, audience, account),
	}
	if x, ok := errors.AsType[*xads.Error](err); ok && x.NotFound() {
		e.What += ": X does not have it; it was deleted there, or never existed"
		e.Err = bare{x}
		e.Mend = "Name another audience in the connection, or let it create one; " +
			"`eddy audiences` lists those that exist. X does not give a deleted audience back, nor its name."
	}
	return adviseName(e)
}

// adviseName says what to do when X does not take a name, and where X's answer is one that
// it has no reason to give, such as a 400 to a question. X's general advice is told apart
// from what happened, as Eddy's own is.
func adviseName(e *eddy.Error) *eddy.Error {
	x, ok := errors.AsType[*xads.Error](e.Err)
	if whole, plain := e.Err.(*xads.Error); plain { //nolint:errorlint // only an answer with nothing around it
		e.Err, e.Mend = bare{whole}, whole.Advice()
	}
	if ok && x.Advice() == "" && x.Status != 0 {
		e.Mend = "Run it again: X has no reason to refuse this. If it stays so, a proxy or gateway on the way (api_url) may answer in its place."
	}
	if ok && slices.ContainsFunc(x.Items, func(i xads.Item) bool { return i.Parameter == "name" }) {
		e.Mend = "X takes a name once in an account, and never again after its audience was deleted: choose another one."
	}
	return e
}

// bare is X's answer without its general advice: the message around it brings the one
// that fits.
type bare struct{ answer *xads.Error }

// Error tells what was called and what X answered.
func (e bare) Error() string { return e.answer.What() }

// Unwrap returns X's answer.
func (e bare) Unwrap() error { return e.answer }
