package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Start is a connection that is to run because of something that happened. It is on record in the
// transaction of what happened, and leaves in that of its run: whatever dies in between, there is
// one run. What happens again before the run begins asks for the same run.
type Start struct {
	Connection string
	// Trigger is what its run is called, and so what happened.
	Trigger string
	At      time.Time
}

// AfterTrigger is what runs are called that follow one of a connection.
func AfterTrigger(connection string) string { return "after " + connection }

// Starts lists what is to start, oldest first.
func (s *Store) Starts(ctx context.Context) ([]Start, error) {
	starts, err := all(ctx, s.conn(), func(row scanner) (s Start, err error) {
		var at int64
		err = row.Scan(&s.Connection, &s.Trigger, &at)
		s.At = moment(at)
		return s, err
	}, "SELECT connection, trigger_type, at FROM eddy_starts ORDER BY at, connection")
	if err != nil {
		return nil, fmt.Errorf("read what is to start: %w", err)
	}
	return starts, nil
}

// askStarts notes that connections are to start. What is paused is not, and makes up for nothing
// later. It gives those that are.
func askStarts(ctx context.Context, c conn, trigger string, connections []string) ([]string, error) {
	asked := []string{}
	for _, name := range connections { // by name: two who ask for the same lock them in one order
		paused, err := one(ctx, c, plain[bool], "SELECT paused FROM eddy_objects WHERE kind = 'connection' AND name = ?"+c.lock(), name)
		if errors.Is(err, ErrNotFound) || err == nil && paused {
			continue
		}
		if err == nil {
			_, err = c.exec(ctx, `INSERT INTO eddy_starts (connection, trigger_type, at) VALUES (?, ?, ?)
			    ON CONFLICT (connection) DO UPDATE SET trigger_type = excluded.trigger_type, at = excluded.at`, name, trigger, micro(atOnce()))
		}
		if err != nil {
			return nil, fmt.Errorf("note the start of %s: %w", name, err)
		}
		asked = append(asked, name)
	}
	return asked, nil
}

// DropStart forgets a start that is not wanted any more, and not one that took its place meanwhile.
func (s *Store) DropStart(ctx context.Context, start Start) error {
	_, err := s.conn().exec(ctx, "DELETE FROM eddy_starts WHERE connection = ? AND trigger_type = ? AND at = ?", start.Connection, start.Trigger, micro(start.At))
	return err
}

func dropStart(ctx context.Context, c conn, connection string) error {
	_, err := c.exec(ctx, "DELETE FROM eddy_starts WHERE connection = ?", connection)
	return err
}

// EnqueueStart asks for the run of a start as Enqueue does, and takes the start off the record in
// the same transaction. The run is nil where another server has done so, or where a run waits that
// has not begun: what happened, happened before it begins. While a run is under way the error is
// an *ActiveError, and the start stays for when that has ended.
func (s *Store) EnqueueStart(ctx context.Context, n NewRun, insert func(tx Tx, runID string) error) (*Run, error) {
	var out *Run
	err := s.tx(ctx, func(c conn) error {
		if err := lockConnection(ctx, c, n.Connection); err != nil {
			return err
		}
		taken, err := c.exec(ctx, "DELETE FROM eddy_starts WHERE connection = ? AND trigger_type = ?", n.Connection, n.Trigger)
		if err != nil || taken == 0 {
			return err
		}
		r, err := activeRun(ctx, c, n.Connection)
		switch {
		case err == nil && r.State == Queued && r.Attempt == 0:
			return nil
		case err == nil:
			return &ActiveError{Connection: n.Connection, RunID: r.RunID, State: r.State}
		case !errors.Is(err, ErrNotFound):
			return err
		}
		if r, err = insertRun(ctx, c, n, Queued); err != nil {
			return err
		}
		out = &r
		return insert(c.raw, r.RunID)
	})
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", n.Connection, err)
	}
	return out, nil
}

// waiting is what a connection waits for, by its schedule.
type waiting struct {
	name    string
	after   []string
	webhook string
}

// waitingOnes reads what connections wait for, by name.
func waitingOnes(ctx context.Context, c conn) ([]waiting, error) {
	list, err := all(ctx, c, readWaiting, "SELECT name, spec FROM eddy_objects WHERE kind = 'connection' AND (spec LIKE '%\"after\"%' OR spec LIKE '%\"webhook\"%') ORDER BY "+c.byName())
	if err != nil {
		return nil, fmt.Errorf("read what runs after others: %w", err)
	}
	return list, nil
}

func readWaiting(row scanner) (w waiting, err error) {
	var spec string
	if err := row.Scan(&w.name, &spec); err != nil {
		return w, err
	}
	var has struct {
		Schedule struct {
			After   json.RawMessage `json:"after"`
			Webhook json.RawMessage `json:"webhook"`
		} `json:"schedule"`
	}
	_ = json.Unmarshal([]byte(spec), &has) // one whose schedule is no mapping waits for nothing
	w.after, w.webhook = oneOrMany(has.Schedule.After), nameIn(has.Schedule.Webhook)
	return w, nil
}

// oneOrMany reads a name, or a list of them. The configuration's check refuses what is neither.
func oneOrMany(text json.RawMessage) (names []string) {
	var many []json.RawMessage
	if json.Unmarshal(text, &many) != nil {
		many = []json.RawMessage{text}
	}
	for _, one := range many {
		if name := nameIn(one); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// nameIn reads a name. One that looks like a number or a yes may stand without quotes, as in a
// configuration file, and is the text of it.
func nameIn(text json.RawMessage) string {
	var name string
	if json.Unmarshal(text, &name) == nil {
		return name
	}
	if len(text) > 0 && (text[0] == '{' || text[0] == '[') {
		return ""
	}
	return string(text)
}

// followers are the connections that run after one.
func followers(ctx context.Context, c conn, connection string) (names []string, err error) {
	list, err := waitingOnes(ctx, c)
	for _, w := range list {
		if slices.Contains(w.after, connection) {
			names = append(names, w.name)
		}
	}
	return names, err
}

// askFollowers notes that those are to start which run after a connection whose run ended well.
func askFollowers(ctx context.Context, c conn, connection string) error {
	names, err := followers(ctx, c, connection)
	if err == nil {
		_, err = askStarts(ctx, c, AfterTrigger(connection), names)
	}
	return err
}
