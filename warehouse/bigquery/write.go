package bigquery

import (
	"context"
	"errors"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"time"

	client "cloud.google.com/go/bigquery"

	"github.com/eddy-retl/eddy"
)

// temporary has BigQuery drop a table which a run that died left.
const temporary = "OPTIONS (expiration_timestamp = TIMESTAMP_ADD(CURRENT_TIMESTAMP(), INTERVAL 3 DAY))"

// Statements of a ledger that BigQuery takes in another form. The first part of each is what
// comments it.
const (
	noted = `(?s)^((?:\s*/\*.*?\*/)*\s*)`
	named = "((?:`(?:[^`\\\\]|\\\\.)*`|[\\w.])+)"
)

var (
	added   = regexp.MustCompile(noted + `INSERT INTO ` + named + ` \(([^()]*)\)\s+(.*)$`)
	made    = regexp.MustCompile(noted + `CREATE (TEMPORARY )?TABLE (IF NOT EXISTS )?` + named + `\s*(\(| AS\b)`)
	deleted = regexp.MustCompile(noted + `DELETE\b`)
	inserts = regexp.MustCompile(noted + `INSERT\b`)
)

// addition is a statement of a ledger that adds rows to a table, taken apart.
type addition struct{ table, query string }

// adds takes a statement apart that adds rows: BigQuery counts INSERT as a change of rows, which a
// project without billing may not make, and the result of a query that is added to a table not.
// The columns of that result have the names of the table's, and it has none but theirs.
func adds(sql string) (a addition, ok bool, err error) {
	if !inserts.MatchString(sql) {
		return a, false, nil
	}
	parts := added.FindStringSubmatch(sql)
	if parts == nil {
		return a, false, eddy.Errorf(eddy.CodeInternal, "a ledger adds rows by INSERT INTO table (columns) and a query")
	}
	columns := strings.Split(parts[3], ",")
	for i, c := range columns {
		columns[i] = "NULL AS " + strings.TrimSpace(c)
	}
	return addition{parts[2], parts[1] + "SELECT " + strings.Join(columns, ", ") + " FROM (SELECT 1) one WHERE FALSE UNION ALL (\n" + parts[4] + "\n)"}, true, nil
}

// lasting writes a statement that makes a table as BigQuery takes it. Scratch tables are tables like
// others, which expire. No column is required: a query's result has none that is.
func lasting(sql string) string {
	at := made.FindStringSubmatchIndex(sql)
	if at == nil {
		return sql
	}
	scratch, list := at[4] >= 0, sql[at[10]:at[11]] == "("
	body := sql[at[10]:]
	if list {
		body = strings.ReplaceAll(body, " NOT NULL", "")
	}
	if !scratch {
		return sql[:at[10]] + body
	}
	head := sql[:at[4]] + sql[at[5]:at[9]] + " "
	if list {
		return head + body + "\n" + temporary
	}
	return head + temporary + body
}

// Exec runs one statement and says how many rows it wrote.
func (e *engine) Exec(ctx context.Context, sql string) (n int64, err error) {
	if err := e.flush(ctx); err != nil {
		return 0, err
	}
	a, adds, err := adds(sql)
	if err != nil {
		return 0, err
	}
	err = patiently(ctx, func() error {
		if adds {
			n, err = e.append(ctx, a)
		} else {
			n, err = e.exec(ctx, lasting(sql))
		}
		return err
	})
	if deleted.MatchString(sql) && unbilled(err) {
		return 0, nil // it drops tables by itself, after 60 days
	}
	return n, e.own(err)
}

// append adds the rows of a query to a table.
func (e *engine) append(ctx context.Context, a addition) (int64, error) {
	q := e.job(a.query)
	q.Dst, q.CreateDisposition, q.WriteDisposition = e.table(a.table), client.CreateNever, client.WriteAppend
	status, err := e.finish(ctx, q, q.JobID)
	if err != nil {
		return 0, err
	}
	if told, ok := status.Statistics.Details.(*client.QueryStatistics); ok && len(told.QueryPlan) > 0 {
		return written(told.QueryPlan), nil
	}
	return 0, &eddy.Error{
		Code: eddy.CodeSource, What: "BigQuery: what answers there did not say how many rows were added",
		Mend: "Check api_endpoint. The next run settles what this one left.",
	}
}

// written counts the rows that a query gave: those of the stages that no other one reads. How many
// rows the table has by now says nothing, for others add to it as well.
func written(plan []*client.ExplainQueryStage) (n int64) {
	for _, stage := range plan {
		read := slices.ContainsFunc(plan, func(other *client.ExplainQueryStage) bool {
			return slices.Contains(other.InputStages, stage.ID)
		})
		if !read {
			n += stage.RecordsWritten
		}
	}
	return n
}

// unbilled says that a project without billing refused a change of rows.
func unbilled(err error) bool {
	why, message := said(raw(err))
	return why == "billingNotEnabled" || strings.Contains(message, "Billing has not been enabled")
}

// busy says that BigQuery refused something for the pace of it, and did nothing. A table takes
// about five changes in ten seconds.
func busy(err error) bool {
	why, message := said(raw(err))
	return why == "rateLimitExceeded" || why == "jobRateLimitExceeded" || strings.Contains(message, "Exceeded rate limits")
}

// raw is what BigQuery said itself.
func raw(err error) error {
	if q, ok := errors.AsType[*quiet](err); ok {
		return q.cause
	}
	return err
}

// What is refused for its pace is tried again after waits that double.
const (
	tries     = 6
	firstWait = time.Second
)

// patiently does something again for as long as BigQuery is busy, up to about a minute.
func patiently(ctx context.Context, do func() error) error {
	wait := firstWait
	for try := 1; ; try++ {
		err := do()
		if err == nil || try == tries || !busy(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait/2 + rand.N(wait)):
		}
		wait *= 2
	}
}
