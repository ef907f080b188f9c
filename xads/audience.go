package xads

import (
	"errors"
	"time"
)

// Audience is a custom audience. Absent values are zero (X Ads API docs, Audiences
// reference).
type Audience struct {
	ID, Name, Description string
	// Targetable says that campaigns can use it; if not, Reasons say why
	// (PROCESSING and TOO_SMALL are known).
	Targetable bool
	Reasons    []string
	// Size is the number of people matched; nil until X has worked it out, which
	// takes it hours.
	Size *int64
	// Deleted audiences keep their name: it cannot be used again.
	Deleted   bool
	CreatedAt time.Time
}

type audienceJSON struct {
	ID          text   `json:"id"`
	Name        text   `json:"name"`
	Description text   `json:"description"`
	Targetable  flag   `json:"targetable"`
	Reasons     texts  `json:"reasons_not_targetable"`
	Size        whole  `json:"audience_size"`
	Deleted     flag   `json:"deleted"`
	CreatedAt   moment `json:"created_at"`
}

func (a audienceJSON) audience() (Audience, error) {
	if a.ID == "" {
		return Audience{}, errors.New("the answer holds an audience without an id")
	}
	return Audience{
		ID: string(a.ID), Name: string(a.Name), Description: string(a.Description),
		Targetable: bool(a.Targetable), Reasons: a.Reasons, Size: a.Size.pointer(),
		Deleted: bool(a.Deleted), CreatedAt: a.CreatedAt.Time,
	}, nil
}
