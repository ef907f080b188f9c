package sandbox

import "net/http"

// The failing body of a users call: request is a list here and an object on success, and
// operation_errors is a list of lists beside the operations.
type usersErrorBody struct {
	Errors          *[]apiError    `json:"errors,omitempty"`
	OperationErrors any            `json:"operation_errors,omitempty"`
	Request         []usersRequest `json:"request"`
}

type usersRequest struct {
	OperationType string `json:"operation_type,omitempty"`
	Params        params `json:"params"`
}

// usersFailure tells what is wrong with a body.
func (s *Server) usersFailure(c *call, b *batch) reply {
	body := usersErrorBody{Request: []usersRequest{}}
	if len(b.errors) > 0 || s.cfg.EmptyErrors {
		list := append([]apiError{}, b.errors...)
		body.Errors = &list
	}
	codes := codesOf(b.errors)
	// Beyond the limit X has no reason to look at the operations.
	if n := len(b.operations); n > 0 && n <= s.cfg.MaxOperations {
		perOperation := make([][]apiError, n)
		for i, op := range b.operations {
			perOperation[i] = append([]apiError{}, op.errors...)
			codes = append(codes, codesOf(op.errors)...)
		}
		body.OperationErrors = perOperation
		body.Request = requestList(c, b)
	}
	r := jsonReply(http.StatusBadRequest, body)
	r.codes = codes
	return r
}

// requestList repeats the operations, without their users.
func requestList(c *call, b *batch) []usersRequest {
	list := make([]usersRequest, len(b.operations))
	for i, op := range b.operations {
		list[i] = usersRequest{op.name, c.echo}
	}
	return list
}

// refuse answers in the envelope of the call's endpoint: after the signature was
// accepted, the users call has its own.
func (c *call) refuse(status int, errs ...apiError) reply {
	if c.route.endpoint != users {
		return refuse(status, c.echo, errs...)
	}
	r := jsonReply(status, usersErrorBody{Errors: &errs, Request: []usersRequest{{Params: c.echo}}})
	r.codes = codesOf(errs)
	return r
}

func codesOf(errs []apiError) []string {
	var codes []string
	for _, e := range errs {
		codes = append(codes, e.Code)
	}
	return codes
}
