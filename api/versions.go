package api

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/eddy-retl/eddy/store"
)

// ConnectionVersion is a connection as it stood after one change of it.
type ConnectionVersion struct {
	Version int64     `json:"version"`
	At      time.Time `json:"at"`
	// Actor is who made the change; empty where that was not kept.
	Actor  store.Actor `json:"actor"`
	Paused bool        `json:"paused"`
	// First says that nothing is known of what was before.
	First bool `json:"first"`
	// Changes are what differs from the version before, by path; none of the first.
	Changes []Changed `json:"changes" nullable:"false"`
}

// Changed is one value that a change made different.
type Changed struct {
	Path string `json:"path" example:"/spec/mapping/email" doc:"A JSON Pointer into the connection, as errors have it"`
	Old  JSON   `json:"old,omitempty" doc:"Missing where there was none; of one that is long its beginning, as a text that ends in … [cut]"`
	New  JSON   `json:"new,omitempty" doc:"Missing where there is none; of one that is long its beginning, as a text that ends in … [cut]"`
}

// WholeVersion is a version with what the connection was made of.
type WholeVersion struct {
	ConnectionVersion

	Spec Spec `json:"spec"`
}

// What a page of versions has at most, whatever is asked for: each is read whole, a few at a
// time, and a spec may be a megabyte.
const (
	mostVersions = 100
	versionsStep = 8
	// versionsRead and versionsTold are after how many bytes of specs, and of changes, a page ends.
	versionsRead = 8 << 20
	versionsTold = 1 << 20
	// mostChanges is how many changes of a version are told one by one, and shownChange how many
	// bytes of a value are.
	mostChanges = 100
	shownChange = 4 << 10
	cutMark     = "… [cut]"
)

func (s *server) versionRoutes() {
	const root = "/api/v1/connections/{name}/versions"
	op := endpoint("list-versions", http.MethodGet, root, "List what a connection was, newest first: who changed what, and when")
	op.Description = "A page has a hundred at most, and fewer where they are large; values longer than 4 KiB are cut, and where very much changed, it is told by the keys of the spec. " +
		"The newest thousand versions of a connection are kept, and of them not what it has not been for 400 days."
	add(s, op, s.listVersions)
	op = endpoint("get-version", http.MethodGet, root+"/{version}", "Show what a connection was made of")
	op.Description = "To go back to it, send its spec as a change of the connection."
	add(s, op, s.getVersion)
}

func (s *server) listVersions(ctx context.Context, in *struct {
	ByName
	Paging
},
) (*list[ConnectionVersion], error) {
	after, err := in.after()
	if err != nil {
		return nil, err
	}
	before := int64(0)
	if after != "" {
		if before, err = strconv.ParseInt(after, 10, 64); err != nil || before < 1 {
			return nil, badCursor()
		}
	}
	if _, err := s.Store.Object(ctx, store.Connection, in.Name); err != nil {
		return nil, err
	}
	some, more, err := s.versions(ctx, in.Name, before, min(in.Limit, mostVersions))
	if err != nil {
		return nil, err
	}
	fit := len(some)
	if more {
		some = append(some, ConnectionVersion{}) // one too far, as page takes lists
	}
	return reply(page(some, fit, func(v ConnectionVersion) string { return strconv.FormatInt(v.Version, 10) })), nil
}

// versions are those of a connection before one, or the newest, as many as were asked for and
// fit into a page, and whether there are more.
func (s *server) versions(ctx context.Context, name string, before int64, limit int) (out []ConnectionVersion, more bool, err error) {
	for read, size := 0, 0; ; before = out[len(out)-1].Version {
		some, err := s.Store.Versions(ctx, name, before, versionsStep+1)
		if err != nil {
			return nil, false, err
		}
		for i, v := range told(some) {
			if i == versionsStep {
				break // read for what the one after it changed
			}
			if len(out) == limit || read > versionsRead || size > versionsTold {
				return out, true, nil
			}
			out = append(out, v)
			read, size = read+len(some[i].Spec), size+sizeOf(v.Changes)
		}
		if len(some) <= versionsStep {
			return out, false, nil
		}
	}
}

func (s *server) getVersion(ctx context.Context, in *struct {
	ByName

	Version int64 `path:"version" minimum:"1" maximum:"9223372036854775806"`
},
) (*answer[WholeVersion], error) {
	some, err := s.Store.Versions(ctx, in.Name, in.Version+1, 2)
	if err != nil {
		return nil, err
	}
	if len(some) == 0 || some[0].Version != in.Version {
		return nil, missing("connection %s has no version %d, or it is not kept any more", in.Name, in.Version)
	}
	return reply(WholeVersion{ConnectionVersion: told(some)[0], Spec: Spec(some[0].Spec)}), nil
}

// told are versions, newest first, with what each changed of the one before it.
func told(some []store.Version) []ConnectionVersion {
	out := make([]ConnectionVersion, 0, len(some))
	for i, v := range some {
		t := ConnectionVersion{Version: v.Version, At: v.At, Actor: v.By, Paused: v.Paused, First: i+1 == len(some), Changes: []Changed{}}
		if !t.First {
			t.Changes = append(t.Changes, between(some[i+1], v)...)
		}
		out = append(out, t)
	}
	return out
}

// between are the changes from one version to another, by the keys of the spec where there are
// very many.
func between(old, now store.Version) []Changed {
	out := changed("/spec", old.Spec, now.Spec, deepest)
	if len(out) > mostChanges {
		out = changed("/spec", old.Spec, now.Spec, 1)
	}
	if old.Paused != now.Paused {
		out = append(out, Changed{"/paused", JSON(strconv.FormatBool(old.Paused)), JSON(strconv.FormatBool(now.Paused))})
	}
	return out
}

// changed are the values that differ between two, as deep as there are objects in the place, and
// no deeper than so many.
func changed(path string, old, now json.RawMessage, depth int) (out []Changed) {
	if alike(old, now) {
		return nil
	}
	a, b := members(old), members(now)
	if depth == 0 || a == nil && len(old) > 0 || b == nil && len(now) > 0 || len(a)+len(b) == 0 {
		return []Changed{{path, shown(old), shown(now)}}
	}
	for _, key := range keysOf(a, b) {
		out = append(out, changed(path+"/"+pointed(key), a[key], b[key], depth-1)...)
	}
	return out
}

// shown is a value as it is told: of a long one the beginning, as a text that says so.
func shown(raw json.RawMessage) JSON {
	if len(raw) <= shownChange {
		return JSON(raw)
	}
	text := string(raw)
	if s, ok := value(raw).(string); ok {
		text = s
	}
	end := min(len(text), shownChange)
	for end > 0 && end < len(text) && !utf8.RuneStart(text[end]) {
		end--
	}
	out, _ := json.Marshal(text[:end] + cutMark) //nolint:errchkjson // a text always is JSON
	return out
}

// sizeOf is about how many bytes changes have.
func sizeOf(changes []Changed) (n int) {
	for _, c := range changes {
		n += len(c.Path) + len(c.Old) + len(c.New)
	}
	return n
}

// alike says whether two values are the same, in whatever order their keys are.
func alike(a, b json.RawMessage) bool {
	return bytes.Equal(a, b) || len(a) > 0 && len(b) > 0 && reflect.DeepEqual(value(a), value(b))
}

func value(text json.RawMessage) (v any) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	_ = d.Decode(&v) // the store takes JSON only
	return v
}

// members are the values of an object; nil for what is none.
func members(text json.RawMessage) (out map[string]json.RawMessage) {
	if !bytes.HasPrefix(text, []byte("{")) {
		return nil
	}
	_ = json.Unmarshal(text, &out) // the store takes JSON only
	return out
}

func keysOf(a, b map[string]json.RawMessage) (out []string) {
	for _, m := range []map[string]json.RawMessage{a, b} {
		for key := range m {
			out = append(out, key)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// pointed is a key as a JSON Pointer has it.
func pointed(key string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(key)
}
