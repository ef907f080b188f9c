package api

import (
	"context"
	"net/http"

	"github.com/eddy-retl/eddy/setup"
	"github.com/eddy-retl/eddy/store"
	"github.com/eddy-retl/eddy/sync"
)

// Question asks after one person, by an identity or by a record.
type Question struct {
	// Field and Value are an identity as the model has it, or its digest.
	Field string `json:"field,omitempty" doc:"A field of the destination that matches people, such as email"`
	Value string `json:"value,omitempty" maxLength:"10000"`
	// RecordID asks after a record instead.
	RecordID string `json:"record_id,omitempty" maxLength:"10000"`
}

func (s *server) whyRoutes() {
	op := endpoint("ask-why", http.MethodPost, "/api/v1/connections/{name}/why", "Say why a person is or is not in the audience")
	op.Description = "By one identity, or by a record. The answer has the rows of the model that carry it, what is held of them, and every outcome in the sync log, " +
		"and no values of the rows; ids of records that were not asked after are left out without the right to see raw values. The model is read for it, for up to ten minutes; what was asked is kept nowhere."
	add(s, op, s.why)
}

func (s *server) why(ctx context.Context, in *struct {
	ByName

	Body Question
},
) (*answer[sync.Answer], error) {
	q := sync.Question{Field: in.Body.Field, Value: in.Body.Value, RecordID: in.Body.RecordID}
	if (q.RecordID == "") == (q.Field == "") || (q.Field == "") != (q.Value == "") {
		return nil, bad("", "ask after field and value, or after record_id, and not both")
	}
	set, err := s.having(ctx, store.Connection, in.Name)
	if err != nil {
		return nil, err
	}
	c := set.Connections[in.Name]
	if err := s.atHome(ctx, set.Local(c), in.Name); err != nil {
		return nil, err
	}
	d, err := set.OpenDestination(c.Destination)
	if err != nil {
		return nil, err
	}
	known := q.Field == ""
	for _, f := range d.Fields() {
		known = known || f.Identity && f.Name == q.Field
	}
	if !known {
		return nil, bad("/field", "the destination has no field %q that matches people", q.Field)
	}
	l := &setup.WhyLook{Connection: in.Name, Question: q}
	err = s.look(ctx, planTimeout, set, l)
	veilAnswer(&l.Found, q.RecordID, who(ctx).raw)
	return reply(l.Found), err
}
