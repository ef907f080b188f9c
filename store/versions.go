package store

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"time"
)

// Version is a connection as it stood after one change of it. Connections alone have a
// history: they have no secrets, and all that they were made of can be kept and put back.
// What a source or destination was made of is worth nothing without its secrets, and those
// are not kept once they are replaced.
type Version struct {
	Version int64
	Spec    json.RawMessage
	Paused  bool
	At      time.Time
	// By is who made the change; empty for what was there before versions were kept.
	By Actor
}

const versionColumns = "version, spec, paused, at, actor_id, actor_name, via"

// keptVersions is how many versions of a connection are kept: each may be a megabyte.
const keptVersions = 1000

// keepVersion keeps a connection as it stands now, as part of the change that made it so,
// and drops what there is too many of.
func keepVersion(ctx context.Context, c conn, connection string, by Actor) error {
	_, err := c.exec(ctx, "INSERT INTO eddy_versions (connection, "+versionColumns+") SELECT name, version, spec, paused, updated_at, ?, ?, ? FROM eddy_objects WHERE kind = 'connection' AND name = ?",
		by.ID, by.Name, by.Via, connection)
	if err == nil {
		_, err = c.exec(ctx, "DELETE FROM eddy_versions WHERE connection = ? AND version <= (SELECT version FROM eddy_objects WHERE kind = 'connection' AND name = ?) - ?", connection, connection, keptVersions)
	}
	if err != nil {
		return fmt.Errorf("keep the version of connection %s: %w", connection, err)
	}
	return nil
}

// forgetVersions drops a connection's history: one that is made again under its name is
// another, and counts from 1. What was deleted is in the audit log.
func forgetVersions(ctx context.Context, c conn, connection string) error {
	_, err := c.exec(ctx, "DELETE FROM eddy_versions WHERE connection = ?", connection)
	return err
}

// Versions lists what a connection was, newest first: versions before one, or all for 0.
func (s *Store) Versions(ctx context.Context, connection string, before int64, limit int) ([]Version, error) {
	if before <= 0 {
		before = math.MaxInt64
	}
	out, err := all(ctx, s.conn(), readVersion, "SELECT "+versionColumns+" FROM eddy_versions WHERE connection = ? AND version < ? ORDER BY version DESC"+limited(limit), connection, before)
	if err != nil {
		return nil, fmt.Errorf("list versions of connection %s: %w", connection, err)
	}
	return out, nil
}

// PruneVersions deletes what a connection has not been since a time, and counts it: the
// version that it had at that time stays, however old it is.
func (s *Store) PruneVersions(ctx context.Context, before time.Time) (int64, error) {
	return s.conn().exec(ctx, `DELETE FROM eddy_versions WHERE EXISTS (
		SELECT 1 FROM eddy_versions n WHERE n.connection = eddy_versions.connection AND n.version > eddy_versions.version AND n.at < ?)`, micro(before))
}

func readVersion(row scanner) (v Version, err error) {
	var spec string
	var at int64
	err = row.Scan(&v.Version, &spec, &v.Paused, &at, &v.By.ID, &v.By.Name, &v.By.Via)
	v.Spec, v.At = json.RawMessage(spec), moment(at)
	return v, err
}
