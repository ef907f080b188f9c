package bigquery

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"strings"
	"time"

	client "cloud.google.com/go/bigquery"
	"google.golang.org/api/googleapi"

	"github.com/eddy-retl/eddy/warehouse"
)

// jobID is an id of ours, by which a job is found and stopped whatever was heard of it.
func jobID() string { return "eddy_" + rand.Text() }

// begin inserts a job.
func (s *session) begin(ctx context.Context, job interface {
	Run(ctx context.Context) (*client.Job, error)
}, id string,
) (*client.Job, error) {
	begun, err := job.Run(ctx)
	if e, ok := errors.AsType[*googleapi.Error](err); ok && e.Code == http.StatusConflict && strings.Contains(e.Message, id) {
		// Its first answer was lost: nobody else has a job of this name.
		begun, err = s.client.JobFromIDLocation(ctx, id, s.client.Location)
	}
	if err != nil {
		if ctx.Err() != nil {
			s.stop(id, s.client.Location)
		}
		return nil, err
	}
	return begun, nil
}

// finish runs a job to its end, and counts what it used. Where it gives an error without a status,
// nobody knows what became of the job.
func (s *session) finish(ctx context.Context, job interface {
	Run(ctx context.Context) (*client.Job, error)
}, id string,
) (*client.JobStatus, error) {
	begun, err := s.begin(ctx, job, id)
	if err != nil {
		warehouse.Used(ctx, 0, 0)
		return nil, explain(ctx, err, false)
	}
	status, err := s.wait(ctx, begun)
	if err != nil && ctx.Err() != nil {
		s.stop(id, begun.Location())
	}
	return status, explain(ctx, err, false)
}

// A job is asked for its state after pauses that double.
const firstLook, lastLook = 50 * time.Millisecond, time.Second

// wait waits for the end of a job.
func (s *session) wait(ctx context.Context, job *client.Job) (*client.JobStatus, error) {
	for pause := firstLook; ; pause = min(2*pause, lastLook) {
		status, err := job.Status(ctx)
		if err != nil {
			warehouse.Used(ctx, 0, 0)
			return nil, err
		}
		if status.Done() {
			billed(ctx, status)
			return status, status.Err()
		}
		select {
		case <-ctx.Done():
			warehouse.Used(ctx, 0, 0)
			return nil, ctx.Err()
		case <-time.After(pause):
		}
	}
}

// exec runs a statement and says how many rows it wrote.
func (s *session) exec(ctx context.Context, sql string) (int64, error) {
	q := s.job(sql)
	status, err := s.finish(ctx, q, q.JobID)
	if err != nil {
		return 0, err
	}
	told, ok := status.Statistics.Details.(*client.QueryStatistics)
	switch {
	case !ok:
		return 0, nil
	case told.StatementType != "CREATE_TABLE_AS_SELECT" || told.DDLTargetTable == nil:
		return told.NumDMLAffectedRows, nil
	}
	// Of a table that was made the job does not say how many rows it has.
	made, err := told.DDLTargetTable.Metadata(ctx)
	if err != nil {
		return 0, explain(ctx, err, false)
	}
	return int64(made.NumRows), nil
}
