package main

import (
	"cmp"
	"context"
	"iter"
	"net/http"
	"net/url"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/api"
	"github.com/eddy-retl/eddy/destination"
	"github.com/eddy-retl/eddy/ledger"
)

// logsOnServer reads what became of records: of one run, or of all that the server knows,
// the newest first.
func logsOnServer(ctx context.Context, client *api.Client, args []string, f ledger.LogFilter, each func(eddy.LogEntry) error) error {
	name, err := only(ctx, client, "connection", args)
	if err != nil {
		return err
	}
	left := f.Limit
	for r, err := range someRuns(ctx, client, name, f.Run) {
		if err != nil {
			return err
		}
		if r.StartedAt == nil {
			continue // it never began
		}
		q := url.Values{"status": {cmp.Or(f.Status, "all")}}
		if f.RecordID != "" {
			q.Set("record", f.RecordID)
		}
		for rec, err := range api.All[api.Record](ctx, client, api.Path("api", "v1", "runs", r.RunID, "records"), q) {
			if err != nil {
				return err
			}
			if err := each(entry(r, rec)); err != nil {
				return err
			}
			if left--; left == 0 {
				return nil
			}
		}
	}
	return nil
}

// someRuns are all runs of a connection, or the one with an id.
func someRuns(ctx context.Context, client *api.Client, connection, id string) iter.Seq2[api.Run, error] {
	if id == "" {
		return client.Runs(ctx, connection)
	}
	return func(yield func(api.Run, error) bool) {
		r, err := client.Run(ctx, id)
		if err == nil && r.Connection != connection {
			err = usage("run %s is one of connection %s", id, r.Connection)
		}
		yield(r, err)
	}
}

// entry is a record's line as the sync log has it.
func entry(r api.Run, rec api.Record) eddy.LogEntry {
	return eddy.LogEntry{
		ConnectionID: r.Connection, SyncRunID: r.RunID, PrimaryKey: rec.RecordID, Operation: rec.Operation,
		Status: rec.Status, ErrorReason: rec.Reason, SyncStartedAt: rec.StartedAt, SyncFinishedAt: rec.FinishedAt,
	}
}

// audiencesOnServer are a destination's audiences, as a server manages them.
type audiencesOnServer struct {
	client *api.Client
	dest   string
}

func (a audiencesOnServer) call(ctx context.Context, method, id string, body any) (info destination.AudienceInfo, err error) {
	path := api.Path("api", "v1", "destinations", a.dest, "audiences")
	if id != "" {
		path += api.Path(id)
	}
	err = a.client.Do(ctx, api.Call{Method: method, Path: path, Body: body}, &info)
	return info, told(err)
}

// ListAudiences lists the account's audiences.
func (a audiencesOnServer) ListAudiences(ctx context.Context) ([]destination.AudienceInfo, error) {
	var all []destination.AudienceInfo
	for info, err := range a.client.Audiences(ctx, a.dest) {
		if err != nil {
			return nil, told(err)
		}
		all = append(all, info)
	}
	return all, nil
}

// ReadAudience shows one.
func (a audiencesOnServer) ReadAudience(ctx context.Context, id string) (destination.AudienceInfo, error) {
	return a.call(ctx, http.MethodGet, id, nil)
}

// CreateAudience makes one.
func (a audiencesOnServer) CreateAudience(ctx context.Context, name, description string) (destination.AudienceInfo, error) {
	return a.call(ctx, http.MethodPost, "", api.NewAudience{Name: name, Description: description})
}

// RenameAudience renames one.
func (a audiencesOnServer) RenameAudience(ctx context.Context, id, name string) (destination.AudienceInfo, error) {
	return a.call(ctx, http.MethodPatch, id, api.AudienceName{Name: name})
}

// DeleteAudience deletes one and everybody in it.
func (a audiencesOnServer) DeleteAudience(ctx context.Context, id string) error {
	_, err := a.call(ctx, http.MethodDelete, id, nil)
	return err
}
