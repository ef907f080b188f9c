package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/setup"
	"github.com/eddy-retl/eddy/store"
	"github.com/eddy-retl/eddy/sync"
)

const (
	// takeTimeout is how long the reading of a file may take that unpacks to a lot.
	takeTimeout = time.Minute
	// plannedConnections is how many connections a new file is tried out on before it is taken.
	plannedConnections = 10
	uploadType         = "upload"
)

// FileTaken is what a file became that was uploaded as a source.
type FileTaken struct {
	Source string      `json:"source"`
	Tables []FileTable `json:"tables" nullable:"false"`
	// Left are the sheets of a workbook that are no tables.
	Left []LeftSheet `json:"left" nullable:"false"`
}

// FileTable is one table of a file: a sheet, or all of a CSV file.
type FileTable struct {
	// Name is what models call it, Title what it is called in the file.
	Name    string   `json:"name"`
	Title   string   `json:"title"`
	Columns []string `json:"columns" nullable:"false"`
	Rows    int64    `json:"rows"`
}

// LeftSheet is a sheet that cannot be read as a table, and why.
type LeftSheet struct {
	Title  string `json:"title"`
	Reason string `json:"reason"`
}

// FileDifference is what would be another one if a file took the place of the one that is there.
type FileDifference struct {
	Tables []TableDifference `json:"tables" nullable:"false"`
	Left   []LeftSheet       `json:"left" nullable:"false"`
	// Lost is what is used and would be gone; with any of it the file is not taken.
	Lost []string `json:"lost" nullable:"false"`
	// Connections are those that read the source, with what their next run would do.
	Connections []FileEffect `json:"connections" nullable:"false"`
}

// TableDifference is how one table would change.
type TableDifference struct {
	Name string `json:"name"`
	// Before and After count the rows; one is missing where there is no such table.
	Before *int64 `json:"before,omitempty"`
	After  *int64 `json:"after,omitempty"`
	// Added and Removed are columns.
	Added   []string `json:"added" nullable:"false"`
	Removed []string `json:"removed" nullable:"false"`
}

// FileEffect is what the next run of a connection would do with a new file, or why that cannot be told.
type FileEffect struct {
	Connection string     `json:"connection"`
	Plan       *sync.Plan `json:"plan,omitempty"`
	Detail     string     `json:"detail,omitempty"`
	Mend       string     `json:"mend,omitempty"`
}

type takenAnswer struct {
	Location string `header:"Location"`
	ETag     string `header:"ETag"`
	Body     FileTaken
}

// FileName is what a file is called that is sent.
type FileName struct {
	File string `query:"file" required:"true" minLength:"1" maxLength:"255" doc:"What the file is called: its ending says what it is"`
}

// sourceFile is a file as it is sent.
type sourceFile struct {
	ByName
	FileName

	RawBody []byte `contentType:"application/octet-stream"`
}

func (s *server) sourceFileRoutes() {
	const path = "/api/v1/sources/{name}/file"
	const form = "A CSV file (.csv, .tsv, also with .gz or .zst) or an Excel workbook (.xlsx), at most 32 MiB. Each sheet is a table, and all values are texts. It is kept sealed in the server's state folder. "
	op := endpoint("upload-file", http.MethodPost, path, "Make a source of a file")
	op.DefaultStatus = http.StatusCreated
	op.Description = form
	add(s, op, s.uploadFile)
	op = endpoint("replace-file", http.MethodPut, path, "Put another file in the place of a source's file")
	op.Description = form + "The one that is there stays until the new one is whole. A file without a table or a column that is used is refused. The guard of each run applies as ever."
	add(s, op, s.replaceFile)
	op = endpoint("compare-file", http.MethodPost, path+"/difference", "Tell what another file would change; changes nothing")
	op.Description = "Rows, columns, and what the next run of each connection would do. The answer may take minutes. " +
		"The file is not kept: send it again to have it taken, with the version of the source that was compared."
	add(s, op, s.compareFile)
}

func (s *server) uploadFile(ctx context.Context, in *sourceFile) (out *takenAnswer, err error) {
	if err := s.ownDisk(); err != nil {
		return nil, err
	}
	kept, err := s.keep(ctx, in.File, in.RawBody, nil)
	if err != nil {
		return nil, err
	}
	defer s.dropped(kept)
	spec := func(context.Context) (Spec, error) { return specOf(nil, kept.Options()) }
	return s.takeFile(ctx, in.Name, kept, spec, "", store.CreateOnly)
}

func (s *server) replaceFile(ctx context.Context, in *struct {
	ByName
	FileName
	Precondition

	RawBody []byte `contentType:"application/octet-stream"`
},
) (out *takenAnswer, err error) {
	version, err := in.version()
	if err != nil {
		return nil, err
	}
	_, before, err := s.uploadSource(ctx, in.Name)
	if err != nil {
		return nil, err
	}
	seen, err := s.Store.Object(ctx, store.Source, in.Name)
	if err != nil {
		return nil, err
	}
	if version != store.AnyVersion && version != seen.Version {
		return nil, versionProblem(store.ErrConflict, version)
	}
	kept, err := s.keep(ctx, in.File, in.RawBody, before)
	if err != nil {
		return nil, err
	}
	defer s.dropped(kept)
	spec := func(ctx context.Context) (Spec, error) {
		set, _, err := s.uploadSource(ctx, in.Name)
		if err != nil {
			return nil, err
		}
		if lost := lostWith(set, in.Name, kept.Tables); len(lost) > 0 {
			return nil, &Problem{
				Status: http.StatusConflict, Code: "used", Detail: "the file lacks what is used: " + strings.Join(lost, "; "),
				Mend: "Upload a file that has it, or change what uses it first. The file that was there is kept.",
			}
		}
		return specOf(seen.Spec, kept.Options())
	}
	return s.takeFile(ctx, in.Name, kept, spec, fileOf(seen), seen.Version)
}

// takeFile makes a file that was kept the one of a source, in the place of an old one. The one that
// no source has then is deleted.
func (s *server) takeFile(ctx context.Context, name string, kept setup.Kept, spec func(context.Context) (Spec, error), old string, version int64) (*takenAnswer, error) {
	var put *objectAnswer
	taken := false
	err := s.change(func() error {
		value, err := spec(ctx)
		if err != nil {
			return err
		}
		if !taken {
			if err := kept.Take(); err != nil {
				return err
			}
			taken = true
		}
		put, err = s.putOnce(ctx, store.Object{Kind: store.Source, Name: name}, value, version)
		return err
	})
	gone := old
	if err != nil {
		gone = kept.Options()["file"]
	}
	s.fileGone(context.WithoutCancel(ctx), gone)
	if err != nil {
		return nil, err
	}
	body := FileTaken{Source: name, Tables: []FileTable{}, Left: leftOf(kept)}
	for _, t := range kept.Tables {
		body.Tables = append(body.Tables, FileTable{t.Name, t.Title, t.Columns, t.Rows})
	}
	return &takenAnswer{Location: put.Location, ETag: put.ETag, Body: body}, nil
}

// keep reads a file, one at a time of a person, and seals its rows.
func (s *server) keep(ctx context.Context, file string, text []byte, before []setup.UploadTable) (setup.Kept, error) {
	done, err := s.filing.begin(ctx, who(ctx).user.ID)
	if err != nil {
		return setup.Kept{}, err
	}
	defer done()
	if err := store.Room(s.StateDir); err != nil {
		return setup.Kept{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, takeTimeout)
	defer cancel()
	names := make([]string, 0, len(before))
	for _, t := range before {
		names = append(names, t.Name)
	}
	kept, err := setup.KeepFile(ctx, s.StateDir, file, text, names)
	if errors.Is(err, context.DeadlineExceeded) {
		return kept, &Problem{
			Status: http.StatusGatewayTimeout, Code: "timeout", Detail: fmt.Sprintf("the file was not read to its end within %s, and nothing was changed", takeTimeout),
			Mend: "Leave out what is not needed, or put it into a database, and make a source of that.",
		}
	}
	if e, ok := errors.AsType[*eddy.Error](err); ok && e.Code == eddy.CodeSource {
		refused := *e
		refused.Code = eddy.CodeConfig // it is the request that is wrong, and nothing beyond it
		return kept, &refused
	}
	if err == nil { // the old file stays where the disk is full with this one
		if err = store.Room(s.StateDir); err != nil {
			s.dropped(kept)
		}
	}
	return kept, err
}

// dropped deletes what is left of a file that no source came to have.
func (s *server) dropped(kept setup.Kept) {
	if err := kept.Drop(); err != nil {
		s.Logger.Error("a file that was uploaded could not be deleted", "error", err)
	}
}

// ownDisk refuses where the server's disk is not the only one.
func (s *server) ownDisk() error {
	if !s.Store.IsPostgres() {
		return nil
	}
	return &Problem{
		Status: http.StatusConflict, Code: string(eddy.CodeConflict), Detail: "files are not uploaded to a server whose store is in PostgreSQL: others may share the store, and none of them would have the file",
		Mend: "Put the file into a table of the warehouse, or into a folder that each server opens with eddy serve --files, and make a source of that.",
	}
}

// uploadSource is a source that a file was uploaded for, and the tables that it has; none where the
// file is not there any more.
func (s *server) uploadSource(ctx context.Context, name string) (*setup.Setup, []setup.UploadTable, error) {
	if err := s.ownDisk(); err != nil {
		return nil, nil, err
	}
	set, err := s.having(ctx, store.Source, name)
	if err != nil {
		return nil, nil, err
	}
	if set.Sources[name].Type != uploadType {
		return nil, nil, &Problem{
			Status: http.StatusConflict, Code: string(eddy.CodeConflict), Detail: "source " + name + " is none that a file was uploaded for",
			Mend: "Upload the file as a source of its own.",
		}
	}
	tables, err := setup.UploadTables(set, name)
	if err != nil {
		s.Logger.Warn("the file of a source cannot be read", "source", name, "error", err)
	}
	return set, tables, nil
}

// specOf is a source with the options of another file.
func specOf(old json.RawMessage, options map[string]string) (Spec, error) {
	spec := map[string]any{"type": uploadType}
	if old != nil {
		if err := json.Unmarshal(old, &spec); err != nil {
			return nil, err
		}
	}
	for name, value := range options {
		spec[name] = value
	}
	data, err := json.Marshal(spec)
	return Spec(data), err
}

// fileOf is the file that a source has; empty where it has none.
func fileOf(o store.Object) string {
	var spec struct {
		Type string `json:"type"`
		File string `json:"file"`
	}
	if json.Unmarshal(o.Spec, &spec) != nil || spec.Type != uploadType {
		return ""
	}
	return spec.File
}

// fileGone deletes a file that no source has any more, and what others left behind.
func (s *server) fileGone(ctx context.Context, file string) {
	had := map[string]bool{}
	sources, err := s.Store.Objects(ctx, store.Source, "", 0)
	for _, o := range sources {
		had[fileOf(o)] = true
	}
	if err == nil && !had[file] {
		err = setup.ForgetUpload(s.StateDir, file)
	}
	if err == nil {
		err = setup.SweepUploads(s.StateDir, had)
	}
	if err != nil {
		s.Logger.Error("files that no source has could not be deleted", "error", err)
	}
}

func leftOf(kept setup.Kept) []LeftSheet {
	out := []LeftSheet{}
	for _, sheet := range kept.Left {
		out = append(out, LeftSheet{sheet.Title, sheet.Reason})
	}
	return out
}

func (s *server) compareFile(ctx context.Context, in *sourceFile) (*answer[FileDifference], error) {
	set, before, err := s.uploadSource(ctx, in.Name)
	if err != nil {
		return nil, err
	}
	kept, err := s.keep(ctx, in.File, in.RawBody, before)
	if err != nil {
		return nil, err
	}
	defer s.dropped(kept)
	out := FileDifference{
		Tables: differences(before, kept.Tables), Left: leftOf(kept),
		Lost: lostWith(set, in.Name, kept.Tables), Connections: []FileEffect{},
	}
	for _, name := range slices.Sorted(slices.Values(set.ConnectionNames)) {
		if set.Connections[name].Source != in.Name {
			continue
		}
		if len(out.Connections) == plannedConnections {
			out.Connections = append(out.Connections, FileEffect{Connection: name, Detail: "what its next run would do was not worked out", Mend: "Ask for its plan once the file is replaced."})
			continue
		}
		out.Connections = append(out.Connections, s.fileEffect(ctx, with(set, in.Name, kept), name))
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	return reply(out), nil
}

// with is a configuration in which a source has another file, which is nobody's yet.
func with(set *setup.Setup, name string, kept setup.Kept) *setup.Setup {
	changed, file := *set, *set.File
	file.Sources = maps.Clone(set.Sources)
	src := file.Sources[name]
	src.Options = kept.Unnamed()
	file.Sources[name] = src
	changed.File = &file
	return &changed
}

// fileEffect is what the next run of a connection would do.
func (s *server) fileEffect(ctx context.Context, set *setup.Setup, name string) FileEffect {
	l := &setup.PlanLook{Connection: name}
	if err := s.look(ctx, planTimeout, set, l); err != nil {
		p := s.problem(ctx, err)
		return FileEffect{Connection: name, Detail: p.Detail, Mend: p.Mend}
	}
	veilPlan(&l.Found, who(ctx).raw)
	return FileEffect{Connection: name, Plan: &l.Found}
}

// differences are what would change of each table, those that would be gone last.
func differences(before, after []setup.UploadTable) []TableDifference {
	out := []TableDifference{}
	for _, t := range after {
		d := TableDifference{Name: t.Name, After: &t.Rows, Added: []string{}, Removed: []string{}}
		if i := tableAt(before, t.Name); i >= 0 {
			d.Before = &before[i].Rows
			d.Added, d.Removed = lacking(t.Columns, before[i].Columns), lacking(before[i].Columns, t.Columns)
		}
		out = append(out, d)
	}
	for _, t := range before {
		if tableAt(after, t.Name) < 0 {
			out = append(out, TableDifference{Name: t.Name, Before: &t.Rows, Added: []string{}, Removed: []string{}})
		}
	}
	return out
}

// tableAt is where a table is, as a model names it; below zero it is not there.
func tableAt(tables []setup.UploadTable, name string) int {
	name = strings.TrimPrefix(name, "main.")
	return slices.IndexFunc(tables, func(t setup.UploadTable) bool { return strings.EqualFold(t.Name, name) })
}

// lacking are the names of some columns that others do not have.
func lacking(columns, others []string) []string {
	out := []string{}
	for _, c := range columns {
		if !slices.ContainsFunc(others, func(other string) bool { return strings.EqualFold(other, c) }) {
			out = append(out, c)
		}
	}
	return out
}

// lostWith says what connections and lists read of a source and tables do not have. What is read
// by SQL is not known here: a plan tells it.
func lostWith(set *setup.Setup, source string, tables []setup.UploadTable) []string {
	out := []string{}
	lost := func(whose, of string, m eddy.Model, columns []string) {
		if of != source || m.Table == "" {
			return
		}
		i := tableAt(tables, strings.ReplaceAll(m.Table, `"`, ""))
		if i < 0 {
			out = append(out, whose+" reads table "+m.Table)
			return
		}
		for _, c := range lacking(columns, tables[i].Columns) {
			out = append(out, whose+" reads column "+c)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(set.Connections)) {
		c := set.Connections[name]
		lost("connection "+name, c.Source, c.Model, append(columnsOf(c.Mapping), c.Identifier))
	}
	for _, list := range set.Suppress {
		lost(string(store.Suppression)+" "+list.Name, list.Source, list.Model, columnsOf(list.Mapping))
	}
	return out
}

func columnsOf(m eddy.Mapping) (out []string) {
	for _, f := range m {
		if f.Constant == nil {
			out = append(out, f.Column)
		}
	}
	return out
}
