package store

import (
	"context"
	"fmt"
	"time"
)

// ConnectionHealth is how a connection does.
type ConnectionHealth struct {
	Connection string `json:"connection"`
	Paused     bool   `json:"paused"`
	// LastRun is the newest run that ended, Active the one that is queued or running; nil
	// where there is none.
	LastRun *Run `json:"last_run"`
	Active  *Run `json:"active"`
	// LastSuccess is zero when nothing ever succeeded.
	LastSuccess time.Time `json:"last_success"`
	OpenAlerts  int       `json:"open_alerts"`
	// Size is the newest size of its audience; nil when none is on record.
	Size *Size `json:"size"`
}

// Health tells how each connection does, by name. Skipped runs do not count as runs.
func (s *Store) Health(ctx context.Context) ([]ConnectionHealth, error) {
	c := s.conn()
	out, err := all(ctx, c, func(row scanner) (h ConnectionHealth, err error) {
		var success int64
		err = row.Scan(&h.Connection, &h.Paused, &success, &h.OpenAlerts)
		h.LastSuccess = moment(success)
		return h, err
	}, `SELECT name, paused, COALESCE((SELECT last_success FROM eddy_marks m WHERE m.connection = name), 0),
	        (SELECT count(*) FROM eddy_alert_states a WHERE a.is_open AND a.connection = name)
	    FROM eddy_objects WHERE kind = 'connection' ORDER BY `+c.byName())
	if err != nil {
		return nil, fmt.Errorf("read the health of connections: %w", err)
	}
	// Each connection's newest run is looked up: what lies before it may be long.
	runs, err := all(ctx, c, readRun, "SELECT "+runColumns+" FROM eddy_runs WHERE state IN ('queued', 'running') UNION ALL SELECT "+runColumns+` FROM eddy_runs WHERE id IN (
	        SELECT (SELECT l.id FROM eddy_runs l WHERE l.connection = o.name AND l.state NOT IN ('queued', 'running', 'skipped') ORDER BY l.requested_at DESC, l.id DESC LIMIT 1)
	        FROM eddy_objects o WHERE o.kind = 'connection')`)
	if err != nil {
		return nil, fmt.Errorf("read the health of connections: %w", err)
	}
	sizes, err := all(ctx, c, readSize, "SELECT "+sizeColumns+` FROM eddy_objects o JOIN eddy_sizes z ON z.connection = o.name
	        AND z.at = (SELECT max(y.at) FROM eddy_sizes y WHERE y.connection = o.name) WHERE o.kind = 'connection'`)
	if err != nil {
		return nil, fmt.Errorf("read the health of connections: %w", err)
	}
	at := map[string]*ConnectionHealth{}
	for i := range out {
		at[out[i].Connection] = &out[i]
	}
	for _, r := range runs {
		h := at[r.Connection]
		switch {
		case h == nil: // the connection was deleted
		case r.State.Ended():
			h.LastRun = &r
		default:
			h.Active = &r
		}
	}
	for _, z := range sizes {
		if h := at[z.Connection]; h != nil {
			h.Size = &z
		}
	}
	return out, nil
}
