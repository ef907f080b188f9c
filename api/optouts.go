package api

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/eddy-retl/eddy/setup"
	"github.com/eddy-retl/eddy/store"
)

// OptOuts tell which lists there are, and since when connections have them to carry out.
type OptOuts struct {
	Lists       []SuppressionList `json:"lists" nullable:"false"`
	Connections []OptOut          `json:"connections" nullable:"false"`
}

// SuppressionList is a list of people who are in no audience.
type SuppressionList struct {
	Name string `json:"name"`
	// Kind says where it lies: it was uploaded, or lies in a source.
	Kind string `json:"kind" enum:"upload,source"`
	// Source is where it lies; empty for uploads.
	Source string `json:"source,omitempty"`
	// Identities are how many an uploaded list has.
	Identities *int64 `json:"identities,omitempty"`
	Version    int64  `json:"version"`
	// ChangedAt is when it was changed here; rows of a source come and go without.
	ChangedAt time.Time `json:"changed_at"`
	// Unusable says why it cannot be used, and no connection run; empty when it can.
	Unusable string `json:"unusable,omitempty"`
}

// OptOut is how far a connection is with carrying out the lists.
type OptOut struct {
	Connection string `json:"connection"`
	// CarriedOutAt is when the last run began that carried them out: it ended well, and nobody whom
	// it was to remove may be in the audience still.
	CarriedOutAt *time.Time `json:"carried_out_at,omitempty"`
	// WaitingSince is the oldest change of a list that waits for a run.
	WaitingSince *time.Time `json:"waiting_since,omitempty"`
	// MayWaitSince is when lists in sources were carried out last, or else when the first run began:
	// since then anybody may have been added.
	MayWaitSince *time.Time `json:"may_wait_since,omitempty"`
	// Late says that somebody waits, or may, for more than a day.
	Late bool `json:"late"`
}

func (s *server) optOutRoutes() {
	op := endpoint("list-opt-outs", http.MethodGet, "/api/v1/opt-outs", "Tell which suppression lists there are, and how old the oldest opt-out is that a connection has not carried out")
	add(s, op, func(ctx context.Context, _ *struct{}) (*answer[OptOuts], error) {
		set, err := s.setup(ctx)
		if err != nil {
			return nil, err
		}
		out := OptOuts{Lists: []SuppressionList{}, Connections: []OptOut{}}
		if out.Lists, err = s.suppressionLists(ctx, set); err != nil {
			return nil, err
		}
		waiting, err := s.Store.Waiting(ctx)
		inSource := slices.ContainsFunc(out.Lists, func(l SuppressionList) bool { return l.Kind == "source" })
		for _, w := range waiting {
			out.Connections = append(out.Connections, optOutOf(w, inSource, s.Now()))
		}
		return reply(out), err
	})
}

func (s *server) suppressionLists(ctx context.Context, set *setup.Setup) ([]SuppressionList, error) {
	objects, err := s.Store.Objects(ctx, store.Suppression, "", 0)
	if err != nil {
		return nil, err
	}
	counts, err := s.Store.Uploads(ctx)
	if err != nil {
		return nil, err
	}
	out := []SuppressionList{}
	for _, o := range objects {
		l := SuppressionList{Name: o.Name, Kind: "source", Version: o.Version, ChangedAt: o.UpdatedAt}
		if store.IsUpload(o) {
			n := counts[o.Name]
			l.Kind, l.Identities = "upload", &n
		}
		for _, known := range set.Suppress {
			if known.Name == o.Name {
				l.Source = known.Source
			}
		}
		if err := set.Usable(string(store.Suppression), o.Name); err != nil {
			l.Unusable = err.Error()
		}
		out = append(out, l)
	}
	return out, nil
}

func optOutOf(w store.Waiting, inSource bool, now time.Time) OptOut {
	out := OptOut{Connection: w.Connection, CarriedOutAt: moment(w.Done), WaitingSince: moment(w.Since)}
	if inSource {
		out.MayWaitSince = moment(w.May())
	}
	for _, since := range []*time.Time{out.WaitingSince, out.MayWaitSince} {
		out.Late = out.Late || since != nil && now.Sub(*since) > store.OptOutTime
	}
	return out
}
