package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Size is how large an audience was.
type Size struct {
	Connection string    `json:"connection"`
	AudienceID string    `json:"audience_id"`
	At         time.Time `json:"at"`
	// Size is nil while X does not tell it.
	Size       *int64 `json:"size"`
	Targetable bool   `json:"targetable"`
	// Reasons are why it is not targetable.
	Reasons []string `json:"reasons"`
}

// AddSize notes the size of an audience at a time.
func (s *Store) AddSize(ctx context.Context, z Size) error {
	if z.Reasons == nil {
		z.Reasons = []string{}
	}
	reasons, err := json.Marshal(z.Reasons)
	if err != nil {
		return err
	}
	_, err = s.conn().exec(ctx, `INSERT INTO eddy_sizes (connection, audience_id, at, size, targetable, reasons) VALUES (?, ?, ?, ?, ?, ?)
	    ON CONFLICT (connection, at) DO UPDATE SET audience_id = excluded.audience_id, size = excluded.size, targetable = excluded.targetable, reasons = excluded.reasons`,
		z.Connection, z.AudienceID, micro(z.At), z.Size, z.Targetable, string(reasons))
	if err != nil {
		return fmt.Errorf("note the size of %s: %w", z.Connection, err)
	}
	return nil
}

const sizeColumns = "z.connection, z.audience_id, z.at, z.size, z.targetable, z.reasons"

func readSize(row scanner) (z Size, err error) {
	var at int64
	var reasons string
	err = row.Scan(&z.Connection, &z.AudienceID, &at, &z.Size, &z.Targetable, &reasons)
	z.At = moment(at)
	return z, errors.Join(err, json.Unmarshal([]byte(reasons), &z.Reasons))
}

// Sizes lists a connection's sizes since a time, newest first.
func (s *Store) Sizes(ctx context.Context, connection string, since time.Time, limit int) ([]Size, error) {
	return all(ctx, s.conn(), readSize, "SELECT "+sizeColumns+" FROM eddy_sizes z WHERE z.connection = ? AND z.at >= ? ORDER BY z.at DESC"+limited(limit), connection, micro(since))
}

// PruneSizes deletes sizes older than a time and counts them.
func (s *Store) PruneSizes(ctx context.Context, before time.Time) (int64, error) {
	return s.conn().exec(ctx, "DELETE FROM eddy_sizes WHERE at < ?", micro(before))
}
