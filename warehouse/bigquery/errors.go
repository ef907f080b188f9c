package bigquery

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"cloud.google.com/go/auth"
	client "cloud.google.com/go/bigquery"
	"google.golang.org/api/googleapi"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/dial"
)

// said gives the reason and the message of an error of BigQuery's; empty for those that are not
// its own. The reasons stand in "Error messages" of its manual.
func said(err error) (reason, message string) {
	if q, ok := errors.AsType[*quiet](err); ok {
		return q.reason, q.text
	}
	if e, ok := errors.AsType[*client.Error](err); ok {
		return e.Reason, e.Message
	}
	if e, ok := errors.AsType[*googleapi.Error](err); ok {
		if len(e.Errors) > 0 {
			return e.Errors[0].Reason, e.Errors[0].Message
		}
		return strconv.Itoa(e.Code), e.Message
	}
	return "", ""
}

func reason(err error) string {
	reason, _ := said(err)
	return reason
}

// told are the reasons whose messages speak of names, rights and limits, and never of a value
// that was read.
func told(reason string) bool {
	switch reason {
	case "accessDenied", "notFound", "duplicate", "quotaExceeded", "rateLimitExceeded", "jobRateLimitExceeded", "resourcesExceeded", "responseTooLarge", "billingNotEnabled", "billingTierLimitExceeded",
		"bytesBilledLimitExceeded", "blocked", "stopped", "timeout", "tableUnavailable", "backendError", "internalError", "notImplemented", "resourceInUse", "authError", "required", "invalidUser":
		return true
	default:
		return false
	}
}

// explain turns BigQuery's errors into ones that say how to mend them. Before a statement runs
// (planned) they are about its SQL; of others whose message may quote a value only the reason is
// told (promise 10).
func explain(ctx context.Context, err error, planned bool) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if e, ok := errors.AsType[*eddy.Error](err); ok {
		return e
	}
	why, message := said(err)
	if why == "" {
		return broken(err)
	}
	out := &eddy.Error{Code: eddy.CodeSource, What: "BigQuery", Mend: advice(why, message)}
	switch {
	case planned || told(why):
		out.Err = &quiet{message + " (" + why + ")", why, err}
	case converted.MatchString(message):
		out.Err = &quiet{"a value of the model cannot be converted, or a function does not take it (" + why + ")", why, err}
		out.Mend = "Run the model's SQL by itself, in BigQuery's console for example, to find the row."
	default:
		out.Err = &quiet{"the statement was stopped (" + why + ")", why, err}
		out.Mend = "Run the model's SQL by itself, in BigQuery's console for example, to see the whole message: it may quote values."
	}
	return out
}

// converted matches what is said of a value that is not of the type that it is made.
var converted = regexp.MustCompile(`(?i)\b(bad|invalid|out of range|could not cast|could not convert|conversion|overflow|division by zero|parse)\b`)

// broken is a statement that nobody answered for.
func broken(err error) error {
	if refused, ok := errors.AsType[*dial.Refused](err); ok {
		return &eddy.Error{Code: eddy.CodeSource, What: "BigQuery cannot be reached", Err: refused}
	}
	if token, ok := errors.AsType[*auth.Error](err); ok {
		return noToken(token)
	}
	out := &eddy.Error{Code: eddy.CodeSource, What: "BigQuery: the connection broke", Mend: "The next run settles what this one left; check the network between here and the API."}
	if u, ok := errors.AsType[*unanswered](err); ok {
		out.Err = u
	}
	return out
}

// noToken says that Google gives no token. Its answer may quote what was sent, and is not told.
func noToken(err *auth.Error) error {
	status := "no answer"
	if err.Response != nil {
		status = http.StatusText(err.Response.StatusCode)
	}
	return &eddy.Error{
		Code: eddy.CodeSource, What: "Google does not take the log-in (" + status + ")",
		Mend: "Check that the key, or the account, was not deleted or disabled, and that this machine's clock is right; after `gcloud auth application-default login` run again. An impersonated account must let the one that logs in have roles/iam.serviceAccountTokenCreator on it.",
	}
}

// quiet is an error of the server's, of which only a harmless text is told.
type quiet struct {
	text, reason string
	cause        error
}

// Error tells the harmless text.
func (q *quiet) Error() string { return q.text }

// advice is how to mend what a reason, and for some the message, tells.
func advice(reason, message string) string {
	has := func(text string) bool { return strings.Contains(strings.ToLower(message), text) }
	switch {
	case has("drive credentials") || has("google drive"):
		return "The table lies in Google Sheets or Drive: add https://www.googleapis.com/auth/drive.readonly to scopes of the source, beside " + client.Scope + ", and share the sheet with the account."
	case has("without a filter over column"):
		return "The table wants a filter on its partitions: make the model a query with that filter in it."
	case has("was not found in location") || has("dataset in location"):
		return "The datasets of a query must lie in one location, and location of the source must be that one."
	case reason == "accessDenied" && has("bigquery.jobs.create"):
		return "Grant the account roles/bigquery.jobUser on the project that queries run in (execution_project, or project)."
	case reason == "accessDenied":
		return "Grant the account roles/bigquery.dataViewer on the datasets that the model reads."
	case reason == "notFound":
		return "Check the model's names: project.dataset.table, or set project and default_dataset of the source for shorter ones."
	case reason == "bytesBilledLimitExceeded":
		return "Raise maximum_bytes_billed, or have the model read less."
	case reason == "quotaExceeded" || reason == "rateLimitExceeded" || reason == "jobRateLimitExceeded":
		return overused(message)
	case reason == "billingNotEnabled" || reason == "billingTierLimitExceeded" || has("free tier") || has("billing has not been enabled"):
		return "The project has no billing: enable it. Without it BigQuery takes no statement that changes rows, and drops tables after 60 days."
	case reason == "resourcesExceeded" || reason == "responseTooLarge":
		return "Make the model cheaper, or a table that a job of your own fills."
	case reason == "stopped" || reason == "timeout":
		return "The query was stopped, by somebody or because it ran longer than it may; run again, or make the model cheaper."
	case reason == "backendError" || reason == "internalError" || reason == "tableUnavailable":
		return "BigQuery has trouble of its own; run again later."
	case reason == "invalidQuery":
		return "A model is one SELECT statement in GoogleSQL, which only reads."
	case reason == "authError" || reason == "401" || reason == "required":
		return "Log in again, or check the key and the method."
	default:
		return ""
	}
}

// overused is how to mend that a quota is used up.
func overused(message string) string {
	if strings.Contains(message, "per table") {
		return "BigQuery lets a table be changed 1,500 times a day, and each run of a connection changes runs and claims of Eddy's dataset up to seven times: run less often than about 200 times a day in all, give sources a dataset each (schema), or set state: local."
	}
	return "A quota of the project is used up: run later, run less often, or have an administrator raise it."
}

// explainConnect says why the API cannot be used at all.
func (s *source) explainConnect(ctx context.Context, err error) error {
	if err == nil || ctx.Err() != nil {
		return ctx.Err()
	}
	where := fmt.Sprintf("source %s: BigQuery, project %s", s.name, s.client.Project())
	if errors.Is(err, context.DeadlineExceeded) {
		return &eddy.Error{Code: eddy.CodeSource, What: where + ": does not answer", Mend: "Check api_endpoint, proxies and firewalls between here and the API."}
	}
	e, ok := errors.AsType[*eddy.Error](err)
	if !ok {
		return err
	}
	out := *e
	out.What = where
	if e.Err == nil {
		out.What += ": " + e.What
	}
	if why := reason(err); why == "notFound" || why == "404" {
		out.Mend = "Check project, execution_project and api_endpoint."
	}
	return &out
}

// place is where BigQuery says that a mistake is, in either of its ways.
var place = regexp.MustCompile(`\[(\d+):(\d+)\]|\bat line (\d+)\b`)

// at counts lines from where the model's own text begins, so many below the first.
func at(before int, err error) error {
	q, ok := errors.AsType[*quiet](err)
	if !ok {
		return err
	}
	q.text = place.ReplaceAllStringFunc(q.text, func(found string) string {
		parts := place.FindStringSubmatch(found)
		if parts[3] != "" {
			n, _ := strconv.Atoi(parts[3])
			return fmt.Sprintf("at line %d", max(n-before, 1))
		}
		n, _ := strconv.Atoi(parts[1])
		return fmt.Sprintf("[%d:%s]", max(n-before, 1), parts[2])
	})
	return err
}
