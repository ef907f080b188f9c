package bigquery

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"cloud.google.com/go/auth"
	client "cloud.google.com/go/bigquery"
	"cloud.google.com/go/bigquery/storage/apiv1/storagepb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/arrowtext"
	"github.com/eddy-retl/eddy/dial"
	"github.com/eddy-retl/eddy/warehouse"
)

// googlesStorage is where the Storage API is called unless the source says otherwise.
const googlesStorage = "https://bigquerystorage.googleapis.com"

// storage is the Storage Read API: large results come from it as columns of Arrow, over gRPC. The
// library's own reader of sessions is not used: it reads streams in goroutines, where its panic at
// an answer without a batch ends the process, and takes an error of a stream for the next batch.
type storage struct {
	conn *grpc.ClientConn
	api  storagepb.BigQueryReadClient
	// project is the one that sessions are made in, and billed to.
	project string
	// off is set once a session could not be read: what follows does not try again.
	off atomic.Bool
}

// storageAddress is where the Storage API is called; empty where it is not: who sets another
// api_endpoint alone opened no way to Google's.
func storageAddress(o map[string]string) string {
	if o["storage_endpoint"] == "" && cmp.Or(o["api_endpoint"], googles) != googles {
		return ""
	}
	return cmp.Or(o["storage_endpoint"], googlesStorage)
}

// connectStorage makes the way to the Storage API, as the account that creds say; nil is nobody.
// Nothing is called. It is nil where results come over REST alone.
func connectStorage(src eddy.Source, creds *auth.Credentials) (*storage, error) {
	at := storageAddress(src.Options)
	if at == "" {
		return nil, nil //nolint:nilnil // the way that is not there
	}
	to, err := url.Parse(at)
	if err != nil {
		return nil, wrong(src.Name, "storage_endpoint is no address", "Write for example "+googlesStorage+".")
	}
	way := dial.Of(src.Dialer)
	// A proxy of HTTP is not gone through: behind one results come over REST.
	if through, err := way.Proxy(&http.Request{URL: to}); err != nil || through != nil {
		return nil, nil //nolint:nilnil,nilerr // the way that is not there
	}
	security, port := insecure.NewCredentials(), "80"
	if to.Scheme == "https" {
		security, port = credentials.NewTLS(&tls.Config{MinVersion: tls.VersionTLS12}), "443"
	}
	options := []grpc.DialOption{
		grpc.WithTransportCredentials(security), grpc.WithNoProxy(), grpc.WithDisableServiceConfig(),
		grpc.WithContextDialer(func(ctx context.Context, address string) (net.Conn, error) {
			return way.DialContext(ctx, "tcp", address)
		}),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(mostAnswer)),
	}
	if creds != nil {
		options = append(options, grpc.WithPerRPCCredentials(bearer{creds}))
	}
	// passthrough has the dialer, and nobody else, look names up.
	conn, err := grpc.NewClient("passthrough:///"+net.JoinHostPort(to.Hostname(), cmp.Or(to.Port(), port)), options...)
	if err != nil {
		return nil, wrong(src.Name, "storage_endpoint is no address", "Write for example "+googlesStorage+".")
	}
	return &storage{conn: conn, api: storagepb.NewBigQueryReadClient(conn), project: cmp.Or(src.Options["execution_project"], src.Options["project"])}, nil
}

// bearer logs each call in as the account that calls the REST API.
type bearer struct{ creds *auth.Credentials }

// GetRequestMetadata gives a token, and the project whose quota is used.
func (b bearer) GetRequestMetadata(ctx context.Context, _ ...string) (map[string]string, error) {
	token, err := b.creds.Token(ctx)
	if err != nil {
		return nil, err
	}
	out := map[string]string{"authorization": cmp.Or(token.Type, "Bearer") + " " + token.Value}
	if project, err := b.creds.QuotaProjectID(ctx); err == nil && project != "" {
		out["x-goog-user-project"] = project
	}
	return out, nil
}

// RequireTransportSecurity keeps a token off a connection that others can read.
func (bearer) RequireTransportSecurity() bool { return true }

const (
	// mostAnswer is the most bytes of an answer: a batch has 128 MB at most ("Quotas and limits").
	mostAnswer = 129 << 20
	// mostColumns is the memory that a batch may take. Buffers may be larger than what came.
	mostColumns = 4 * mostAnswer
	// patience is how long a session may take to be made.
	patience = 30 * time.Second
)

// odd is an answer that no session gives.
type odd string

// Error says what is odd.
func (o odd) Error() string { return string(o) }

// read hands out the rows of a table, in its order. An error of each is given back as it is.
func (s *storage) read(ctx context.Context, from *client.Table, columns int, each func(row [][]byte) error) error {
	session, err := s.begin(ctx, from)
	if err != nil {
		return err
	}
	schema, streams := session.GetArrowSchema().GetSerializedSchema(), session.GetStreams()
	if len(streams) != 1 || len(schema) == 0 {
		return odd(fmt.Sprintf("a session has %d streams and a schema of %d bytes", len(streams), len(schema)))
	}
	var offset int64
	return again(ctx, func() (bool, error) {
		n, err := s.stream(ctx, &storagepb.ReadRowsRequest{ReadStream: streams[0].GetName(), Offset: offset}, schema, columns, each)
		offset += n
		return n > 0, err
	})
}

// begin makes a session of one stream, which keeps the order of rows.
func (s *storage) begin(ctx context.Context, from *client.Table) (session *storagepb.ReadSession, err error) {
	name := fmt.Sprintf("projects/%s/datasets/%s/tables/%s", from.ProjectID, from.DatasetID, from.TableID)
	ctx, stop := context.WithTimeout(routed(ctx, "read_session.table", name), patience)
	defer stop()
	err = again(ctx, func() (bool, error) {
		session, err = s.api.CreateReadSession(ctx, &storagepb.CreateReadSessionRequest{
			Parent: "projects/" + s.project, MaxStreamCount: 1,
			ReadSession: &storagepb.ReadSession{Table: name, DataFormat: storagepb.DataFormat_ARROW},
		})
		return false, err
	})
	return session, err
}

// stream hands out a stream's rows from an offset on. n counts those of batches that were handed
// out whole.
func (s *storage) stream(ctx context.Context, from *storagepb.ReadRowsRequest, schema []byte, columns int, each func(row [][]byte) error) (n int64, err error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	answers, err := s.api.ReadRows(routed(ctx, "read_stream", from.GetReadStream()), from)
	if err != nil {
		return 0, err
	}
	for {
		answer, err := answers.Recv()
		if errors.Is(err, io.EOF) {
			return n, nil
		}
		if err != nil {
			return n, err
		}
		batch := answer.GetArrowRecordBatch().GetSerializedRecordBatch()
		m, err := arrowtext.Rows(io.MultiReader(bytes.NewReader(schema), bytes.NewReader(batch)), mostColumns, columns, arrowText, each)
		if err != nil {
			return n, err
		}
		if m != answer.GetRowCount() {
			return n, odd(fmt.Sprintf("a batch of %d rows has %d", answer.GetRowCount(), m))
		}
		n += m
	}
}

// routed names in a header what a call is about, by which Google's servers find who answers it.
func routed(ctx context.Context, name, value string) context.Context {
	return metadata.AppendToOutgoingContext(ctx, "x-goog-request-params", name+"="+url.QueryEscape(value))
}

// again calls until it is answered, a few times. What moved something begins to count anew.
func again(ctx context.Context, call func() (moved bool, err error)) error {
	for n, pause := 1, firstPause; ; n, pause = n+1, 2*pause {
		moved, err := call()
		if moved {
			n, pause = 1, firstPause
		}
		s, told := status.FromError(err)
		if !told || n == attempts || s.Code() != codes.Unavailable && s.Code() != codes.Aborted && s.Code() != codes.Internal {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(pause):
		}
	}
}

// quickly hands out a result's rows as the Storage API gives them, and counts them against what
// the job says there are (promise 3). done is false where not one row was handed out and they are
// to be read over REST; then it was told why.
func (s *session) quickly(ctx context.Context, job *client.Job, schema client.Schema, total uint64, each func(row [][]byte) error) (done bool, err error) {
	if s.storage == nil || s.storage.off.Load() || !plain(schema) {
		return false, nil
	}
	var n uint64
	var failed error
	from, err := s.destination(ctx, job)
	if err == nil {
		err = s.storage.read(ctx, from, len(schema), func(row [][]byte) error {
			if n++; n > total {
				return odd("there are more rows than the job has")
			}
			failed = each(row)
			return failed
		})
	}
	switch {
	case failed != nil:
		return true, failed
	case ctx.Err() != nil:
		return true, ctx.Err()
	case err == nil && n != total:
		err = odd(fmt.Sprintf("of %d rows %d came", total, n))
	}
	if err == nil {
		return true, nil
	}
	why, mend := s.slow(err)
	if n > 0 {
		return true, &eddy.Error{Code: eddy.CodeSource, What: "BigQuery: the rows of a result broke off: " + why, Mend: cmp.Or(mend, "Run again; check what lies between here and the API.")}
	}
	s.storage.off.Store(true)
	warehouse.Warn(ctx, eddy.Warning{Reason: "BigQuery: rows came over the REST API, which is slower: " + why, Count: int64(min(total, 1<<62)), Mend: mend})
	return false, nil
}

// destination is the table of a job's result. It is asked for once the job has ended: one that
// runs need not have it.
func (s *session) destination(ctx context.Context, job *client.Job) (*client.Table, error) {
	job, err := s.client.JobFromIDLocation(ctx, job.ID(), job.Location())
	if err == nil {
		config, _ := job.Config()
		if q, ok := config.(*client.QueryConfig); ok && q.Dst != nil {
			return q.Dst, nil
		}
	}
	return nil, odd("the job does not say where its result lies")
}

// slow says why a session could not be read, and what mends it. What the server says is not
// quoted: it is no message of a query's, and need not be harmless (promise 10).
func (s *session) slow(err error) (why, mend string) {
	if o, ok := errors.AsType[odd](err); ok {
		return "BigQuery answers oddly: " + string(o), ""
	}
	if _, ok := errors.AsType[*arrowtext.Broken](err); ok {
		return "a batch of the Storage API cannot be read", ""
	}
	told, _ := status.FromError(err)
	switch code := told.Code(); {
	case code == codes.PermissionDenied && disabled(told.Message()):
		return "the Storage API is not enabled", "Enable the BigQuery Storage API (bigquerystorage.googleapis.com) in project " + s.storage.project + "."
	case code == codes.PermissionDenied:
		return "the account may make no read session", "Grant the account roles/bigquery.readSessionUser on project " + s.storage.project + "."
	case code == codes.Unavailable || code == codes.DeadlineExceeded:
		return "the Storage API does not answer", "Check storage_endpoint, and firewalls between here and " + s.storage.conn.Target()[len("passthrough:///"):] + "."
	default:
		return "the Storage API does not read it (" + code.String() + ")", ""
	}
}

// disabled says that a refusal is of a service that was not enabled.
func disabled(message string) bool {
	return strings.Contains(message, "has not been used in project") || strings.Contains(message, "it is disabled") || strings.Contains(message, "SERVICE_DISABLED")
}
