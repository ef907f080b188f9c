package bigquery

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"strconv"
	"strings"
	"time"

	"cloud.google.com/go/auth"
	client "cloud.google.com/go/bigquery"
	rest "google.golang.org/api/bigquery/v2"
	"google.golang.org/api/iterator"
	"google.golang.org/api/option"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

// session runs statements, each a job of its own.
type session struct {
	client *client.Client
	calls  *http.Client
	// endpoint is the address of the API.
	endpoint string
	// storage is how large results come; nil is over REST, as others do.
	storage *storage
	// defaults are what all statements have in common.
	defaults client.QueryConfig
	// mostBytes is how many bytes a statement may read; 0 is any.
	mostBytes int64
	// first is how many rows are asked for at first. A result that has more is a large one.
	first int
}

// connect makes a session. Nothing is called.
func connect(ctx context.Context, src eddy.Source, calls *http.Client, creds *auth.Credentials) (*session, error) {
	o := src.Options
	endpoint := strings.TrimSuffix(cmp.Or(o["api_endpoint"], googles), "/") + "/bigquery/v2/"
	c, err := client.NewClient(ctx, cmp.Or(o["execution_project"], o["project"]), option.WithHTTPClient(calls), option.WithEndpoint(endpoint))
	if err != nil {
		return nil, wrong(src.Name, "the options do not make a connection", "Check project, execution_project and api_endpoint.")
	}
	c.Location = o["location"]
	most, _ := strconv.ParseInt(o["maximum_bytes_billed"], 10, 64) // 0 is no limit
	s := &session{client: c, calls: calls, endpoint: endpoint, mostBytes: most, first: firstRows}
	if s.storage, err = connectStorage(src, creds); err != nil {
		return nil, errors.Join(err, s.close())
	}
	s.defaults = client.QueryConfig{
		MaxBytesBilled: s.mostBytes, JobTimeout: src.Patience, Labels: map[string]string{"app": "eddy"},
		Priority: client.QueryPriority(strings.ToUpper(cmp.Or(o["priority"], "interactive"))),
	}
	if d := o["default_dataset"]; d != "" {
		s.defaults.DefaultProjectID, s.defaults.DefaultDatasetID = o["project"], d
	}
	return s, nil
}

// service is the API itself, for what the client does not tell.
func (s *session) service(ctx context.Context) (*rest.Service, error) {
	return rest.NewService(ctx, option.WithHTTPClient(s.calls), option.WithEndpoint(s.endpoint))
}

// job is the configuration of a statement's job, under an id of ours, by which it is found and
// stopped whatever was heard of it.
func (s *session) job(sql string) *client.Query {
	q := s.client.Query(sql)
	q.QueryConfig = s.defaults
	q.Q = sql
	q.JobID = jobID()
	return q
}

// dryRun has a statement analysed and not run. What it says of mistakes is of the SQL alone, and
// quotes no value of a table.
func (s *session) dryRun(ctx context.Context, sql string) (*client.QueryStatistics, error) {
	q := s.job(sql)
	q.DryRun, q.MaxBytesBilled = true, 0 // who asks wants to know how many
	job, err := q.Run(ctx)
	if err == nil {
		err = job.LastStatus().Err()
	}
	if err != nil {
		return nil, explain(ctx, err, true)
	}
	if told, ok := job.LastStatus().Statistics.Details.(*client.QueryStatistics); ok {
		return told, nil
	}
	return nil, &eddy.Error{Code: eddy.CodeSource, What: "BigQuery: what answers there did not say what the statement is", Mend: "Check api_endpoint."}
}

// run begins a statement's job.
func (s *session) run(ctx context.Context, sql string) (*client.Job, error) {
	q := s.job(sql)
	return s.begin(ctx, q, q.JobID)
}

// stop has the server stop a job whose context was cancelled: the library leaves it running. A
// job that has just begun may not hear it, so it is told again until it has ended.
func (s *session) stop(id, location string) {
	const patience, pause = 5 * time.Second, 100 * time.Millisecond
	ctx, done := context.WithTimeout(context.Background(), patience)
	defer done()
	job, err := s.client.JobFromIDLocation(ctx, id, location)
	for err == nil && !job.LastStatus().Done() { // what is not heard of ends by itself
		if err = job.Cancel(ctx); err != nil {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
		_, err = job.Status(ctx)
	}
}

// query streams a statement's result as texts; nil is NULL. A row is valid during the call only.
func (s *session) query(ctx context.Context, sql string, each func(row [][]byte) error) error {
	job, err := s.run(ctx, sql)
	if err != nil {
		warehouse.Used(ctx, 0, 0)
		return explain(ctx, err, false)
	}
	err = s.rows(ctx, job, each)
	s.used(ctx, job)
	if ctx.Err() != nil {
		s.stop(job.ID(), job.Location())
	}
	return err
}

// used counts a job and what is paid for it. Reading its rows has told when it ended; an account
// that may not ask for its own job counts the statement alone.
func (s *session) used(ctx context.Context, job *client.Job) {
	const patience = 5 * time.Second
	bounded, stop := context.WithTimeout(ctx, patience)
	defer stop()
	status, err := job.Status(bounded)
	if err != nil {
		warehouse.Used(ctx, 0, 0)
		return
	}
	billed(ctx, status)
}

// billed counts a job that has ended.
func billed(ctx context.Context, status *client.JobStatus) {
	if status.Statistics == nil {
		warehouse.Used(ctx, 0, 0)
		return
	}
	bytes := int64(0)
	if told, ok := status.Statistics.Details.(*client.QueryStatistics); ok {
		bytes = told.TotalBytesBilled
	}
	warehouse.Used(ctx, bytes, max(status.Statistics.EndTime.Sub(status.Statistics.StartTime), 0))
}

// page is how many rows the server hands out at once, at most: it stops at 10 MB by itself.
const page = 50_000

// firstRows is how many rows the first answer has at most.
const firstRows = 10_000

// rows hands out a job's rows. Those of a large result are asked of the Storage API; where it gives
// none, and of a small one, they come over REST. They are counted: what is cut short on its way is
// no result (promise 3).
func (s *session) rows(ctx context.Context, job *client.Job, each func(row [][]byte) error) error {
	it, err := job.Read(ctx)
	if err != nil {
		return explain(ctx, err, false)
	}
	it.PageInfo().MaxSize = s.first
	var values []client.Value
	err = it.Next(&values)
	if err == nil && it.PageInfo().Token != "" {
		if done, err := s.quickly(ctx, job, it.Schema, it.TotalRows, each); done {
			return err
		}
	}
	it.PageInfo().MaxSize = page
	var row [][]byte
	for n := uint64(0); ; n++ {
		if errors.Is(err, iterator.Done) {
			if n != it.TotalRows {
				return &eddy.Error{Code: eddy.CodeSource, What: fmt.Sprintf("BigQuery: of %d rows %d came", it.TotalRows, n), Mend: "Run again; check what lies between here and the API."}
			}
			return ctx.Err()
		}
		if err != nil {
			return explain(ctx, err, false)
		}
		row = row[:0]
		for _, v := range values {
			row = append(row, text(v))
		}
		if err := each(row); err != nil {
			return err
		}
		err = it.Next(&values)
	}
}

// text is a value as text.
func text(v client.Value) []byte {
	switch v := v.(type) {
	case nil:
		return nil
	case string:
		return []byte(v)
	case int64:
		return strconv.AppendInt(nil, v, 10)
	case bool:
		return strconv.AppendBool(nil, v)
	case float64:
		return strconv.AppendFloat(nil, v, 'g', -1, 64)
	case time.Time:
		return v.UTC().AppendFormat(nil, "2006-01-02 15:04:05.999999-07")
	case *big.Rat:
		return []byte(client.BigNumericString(v))
	default:
		return fmt.Append(nil, v)
	}
}

// close ends the session's connections.
func (s *session) close() error {
	s.calls.CloseIdleConnections()
	if s.storage != nil {
		_ = s.storage.conn.Close()
	}
	return s.client.Close()
}
