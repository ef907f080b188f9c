package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
)

// The error codes of X that the sandbox uses.
const (
	codeInvalid             = "INVALID"
	codeInvalidParameter    = "INVALID_PARAMETER"
	codeMissingParameter    = "MISSING_PARAMETER"
	codeExclusiveParameters = "EXCLUSIVE_PARAMETERS"
	codeTooComplex          = "REQUEST_TOO_COMPLEX"
	codeUnauthorized        = "UNAUTHORIZED_ACCESS"
	codeNotAllowed          = "ACTION_NOT_ALLOWED"
	codeNotFound            = "NOT_FOUND"
	codeRouteNotFound       = "ROUTE_NOT_FOUND"
	codeMethodNotAllowed    = "METHOD_NOT_ALLOWED"
	codeTooManyRequests     = "TOO_MANY_REQUESTS"
	codeInternal            = "INTERNAL_ERROR"
	codeUnavailable         = "SERVICE_UNAVAILABLE"
	codeUnsupported         = "UNSUPPORTED_MEDIA_TYPE"
)

// apiError is one entry of errors or operation_errors.
type apiError struct {
	Code      string `json:"code"`
	Message   string `json:"message"`
	Parameter string `json:"parameter,omitempty"`
	Value     string `json:"value,omitempty"`
}

func missing(parameter, why string) apiError {
	return apiError{Code: codeMissingParameter, Message: why, Parameter: parameter}
}

func invalid(parameter, format string, args ...any) apiError {
	return apiError{Code: codeInvalidParameter, Message: fmt.Sprintf(format, args...), Parameter: parameter}
}

// reply is an answer before it is written, so that a fault can still bend it.
type reply struct {
	status      int
	contentType string
	body        []byte
	codes       []string // of its errors, for the request log
	retryAfter  int      // seconds; 0 is no header
	drop        bool     // close the connection instead
	truncate    bool     // close it half way through the body
}

const jsonType = "application/json;charset=utf-8"

func jsonReply(status int, v any) reply {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // X writes names as they are
	if err := enc.Encode(v); err != nil {
		return reply{status: http.StatusInternalServerError, contentType: "text/plain", body: []byte(err.Error())}
	}
	return reply{status: status, contentType: jsonType, body: bytes.TrimSuffix(b.Bytes(), []byte("\n"))}
}

// params is the request object that every answer repeats.
type params map[string]any

type requestObject struct {
	Params params `json:"params"`
}

type errorBody struct {
	Errors  []apiError    `json:"errors"`
	Request requestObject `json:"request"`
}

// refuse answers with the envelope of failed requests.
func refuse(status int, p params, errs ...apiError) reply {
	if p == nil {
		p = params{}
	}
	r := jsonReply(status, errorBody{errs, requestObject{p}})
	for _, e := range errs {
		r.codes = append(r.codes, e.Code)
	}
	return r
}

// gatewayError is the envelope of X's gateway: numeric codes and no request.
func gatewayError(status, code int, message string) reply {
	type numbered struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	}
	r := jsonReply(status, map[string][]numbered{"errors": {{code, message}}})
	r.codes = []string{fmt.Sprint(code)}
	return r
}
