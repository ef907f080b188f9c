package api

import (
	"context"
	"fmt"
	"net/http"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/setup"
	"github.com/eddy-retl/eddy/store"
)

// Uploaded is what became of an upload.
type Uploaded struct {
	// Lines are those that name somebody, Identities what the list has now: a telephone number
	// counts once for each form that may be sent.
	Lines      int `json:"lines"`
	Identities int `json:"identities"`
	// Bad are the first lines that name nobody: whoever is meant by them is not on the list.
	Bad []BadLine `json:"bad" nullable:"false"`
	// BadLines counts all of those.
	BadLines int `json:"bad_lines"`
}

// BadLine is a line of an upload that names nobody. It does not repeat what stands there.
type BadLine struct {
	Line   int    `json:"line"`
	Reason string `json:"reason"`
}

type uploadedAnswer struct {
	ETag string `header:"ETag"`
	Body Uploaded
}

// upload is a list as it is sent.
type upload struct {
	ByName
	Precondition

	RawBody []byte `contentType:"text/csv"`
}

func (s *server) uploadRoutes() {
	const path = "/api/v1/suppressions/{name}/identities"
	const form = "One address or number a line, or a CSV file whose first line names fields as the destination calls them. Values are normalised and hashed at once, and only digests are kept. "
	op := endpoint("add-identities", http.MethodPost, path, "Add addresses and numbers to an uploaded list")
	op.Description = form + "Lines that name nobody are told by number, and the others are taken."
	add(s, op, func(ctx context.Context, in *upload) (*uploadedAnswer, error) { return s.upload(ctx, in, false) })
	op = endpoint("replace-identities", http.MethodPut, path, "Replace what is on an uploaded list")
	op.Description = form + "A list of which a line names nobody is refused whole: who was on the list must not leave it by a slip."
	add(s, op, func(ctx context.Context, in *upload) (*uploadedAnswer, error) { return s.upload(ctx, in, true) })
	op = endpoint("clear-identities", http.MethodDelete, path, "Take everybody off an uploaded list")
	op.DefaultStatus = http.StatusNoContent
	add(s, op, func(ctx context.Context, in *struct {
		ByName
		Precondition
	},
	) (*struct{}, error) {
		version, err := in.version()
		if err == nil {
			_, err = s.Store.Upload(ctx, store.Upload{List: in.Name, Replace: true}, version, who(ctx).actor)
		}
		return nil, versionProblem(err, version)
	})
}

func (s *server) upload(ctx context.Context, in *upload, replace bool) (*uploadedAnswer, error) {
	version, err := in.version()
	if err != nil {
		return nil, err
	}
	how, err := s.uploading(ctx, in.Name)
	if err != nil {
		return nil, err
	}
	done, err := s.taking.begin(ctx, who(ctx).user.ID)
	if err != nil {
		return nil, err
	}
	defer done()
	u := &uploading{digests: eddy.Digests{}, hashing: how, answer: Uploaded{Bad: []BadLine{}}}
	if err := u.read(in.RawBody); err != nil {
		return nil, err
	}
	if u.answer.Lines == 0 || replace && u.answer.BadLines > 0 {
		return nil, u.refused()
	}
	o, err := s.Store.Upload(ctx, store.Upload{List: in.Name, Digests: u.digests, Replace: replace}, version, who(ctx).actor)
	if err != nil {
		return nil, versionProblem(err, version)
	}
	now, err := s.Store.Uploads(ctx)
	u.answer.Identities = int(now[in.Name])
	return &uploadedAnswer{ETag: etag(o.Version), Body: u.answer}, err
}

// uploading is how what is uploaded to a list is hashed.
func (s *server) uploading(ctx context.Context, name string) ([]setup.Hashing, error) {
	set, err := s.having(ctx, store.Suppression, name)
	if err != nil {
		return nil, err
	}
	for _, list := range set.Suppress {
		if list.Name == name && list.Upload != nil {
			return setup.Hashings(*list.Upload)
		}
	}
	return nil, &Problem{
		Status: http.StatusConflict, Code: string(eddy.CodeConflict), Detail: "suppression " + name + " lies in a source: nothing is uploaded to it",
		Mend: "Change the table, or make another list.",
	}
}

// refused says why nothing of an upload is taken, line by line.
func (u *uploading) refused() *Problem {
	p := &Problem{Status: http.StatusUnprocessableEntity, Code: string(eddy.CodeUsage), Detail: "no line names anybody"}
	if n := u.answer.BadLines; n > 0 {
		p.Detail = fmt.Sprintf("%s of %d name nobody, and nothing was changed", eddy.Plural(int64(n), "line"), n+u.answer.Lines)
	}
	p.Mend = "Send one address or number a line, or a CSV file whose first line names fields, such as email."
	for _, bad := range u.answer.Bad {
		p.Errors = append(p.Errors, Mistake{Line: bad.Line, Detail: bad.Reason})
	}
	return p
}
