package webhook

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/eddy-retl/eddy"
)

// Event is what a request tells.
type Event struct {
	// ID is the sender's own id of the work: the same work is told of with the same id.
	ID string
	// About is the job or connection whose work it was.
	About string
	// Succeeded says that the work is done and ended well.
	Succeeded bool
	// At is when it ended, or was told of; zero where nothing says so.
	At time.Time
	// Text says what it was in a few words.
	Text string
}

// ErrNoEvent says that a body is none of the sender's.
var ErrNoEvent = errors.New("the body is no event of this kind of webhook")

// longest is how long an id and the words of an event may be.
const longest = 200

// Read reads a body that was signed.
func Read(kind Kind, body []byte) (Event, error) {
	read := map[Kind]func([]byte) (Event, error){DBTCloud: dbtCloud, Fivetran: fivetran, Airbyte: airbyte, Other: other}[kind]
	if read == nil {
		return Event{}, ErrNoEvent
	}
	e, err := read(body)
	if err != nil || len(e.ID) > longest || len(e.About) > longest || e.Succeeded && e.ID == "" || strings.ContainsFunc(e.ID, unicode.IsControl) {
		return Event{}, ErrNoEvent
	}
	text := []rune(eddy.Visible(strings.Join(strings.Fields(e.Text), " ")))
	e.Text = string(text[:min(len(text), longest)])
	return e, nil
}

// dbtCloud reads an event of dbt Cloud. Its id is that of the run: dbt sends an event up to five
// times, and may send several of one run.
func dbtCloud(body []byte) (Event, error) {
	var b struct {
		Type string    `json:"eventType"`
		At   time.Time `json:"timestamp"`
		Data struct {
			Job    id     `json:"jobId"`
			Run    id     `json:"runId"`
			Status string `json:"runStatus"`
		} `json:"data"`
	}
	err := json.Unmarshal(body, &b)
	return Event{
		ID: string(b.Data.Run), About: string(b.Data.Job), At: b.At, Succeeded: b.Type == "job.run.completed" && b.Data.Status == "Success",
		Text: fmt.Sprintf("%s, run %s of job %s: %s", b.Type, b.Data.Run, b.Data.Job, b.Data.Status),
	}, err
}

// fivetran reads an event of Fivetran. The test that it makes of an address has no sync.
func fivetran(body []byte) (Event, error) {
	var b struct {
		Event     string `json:"event"`
		Created   string `json:"created"`
		Connector string `json:"connector_id"`
		Sync      string `json:"sync_id"`
		Data      struct {
			Status string `json:"status"`
		} `json:"data"`
	}
	err := json.Unmarshal(body, &b)
	at, _ := time.Parse(time.RFC3339, b.Created) // its test sends no time
	e := Event{ID: b.Sync, About: b.Connector, At: at, Succeeded: b.Event == "sync_end" && b.Data.Status == "SUCCESSFUL"}
	e.Text = fmt.Sprintf("%s of %s: %s", b.Event, b.Connector, cmp.Or(b.Data.Status, "no status"))
	return e, err
}

// airbyte reads a notification of Airbyte.
func airbyte(body []byte) (Event, error) {
	var b struct {
		Data struct {
			Connection struct {
				ID string `json:"id"`
			} `json:"connection"`
			Job      id         `json:"jobId"`
			Success  bool       `json:"success"`
			Finished *time.Time `json:"finishedAt"`
		} `json:"data"`
	}
	err := json.Unmarshal(body, &b)
	e := Event{ID: string(b.Data.Job), About: b.Data.Connection.ID, Succeeded: b.Data.Success}
	if b.Data.Finished != nil {
		e.At = *b.Data.Finished
	}
	how := "not succeeded"
	if e.Succeeded {
		how = "succeeded"
	}
	e.Text = fmt.Sprintf("job %s of connection %s: %s", e.ID, e.About, how)
	return e, err
}

// other reads what anybody else sends: {"id": ..., "status": "succeeded", "about": ...}.
func other(body []byte) (Event, error) {
	var b struct {
		ID     id     `json:"id"`
		Status string `json:"status"`
		About  id     `json:"about"`
	}
	err := json.Unmarshal(body, &b)
	return Event{ID: string(b.ID), About: string(b.About), Succeeded: b.Status == "succeeded", Text: fmt.Sprintf("%s: %s", b.ID, b.Status)}, err
}

// id is a text or a number, as text.
type id string

// UnmarshalJSON reads either.
func (i *id) UnmarshalJSON(data []byte) error {
	var s string
	if json.Unmarshal(data, &s) == nil {
		*i = id(s)
		return nil
	}
	var n json.Number
	err := json.Unmarshal(data, &n)
	*i = id(n)
	return err
}
