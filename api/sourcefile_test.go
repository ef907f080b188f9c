package api_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/api"
	"github.com/eddy-retl/eddy/warehouse"
	"github.com/eddy-retl/eddy/warehouse/warehousetest"
)

// csvOf is a list of people, from 1 up to some number.
func csvOf(rows int) string {
	var b strings.Builder
	b.WriteString("id,email,phone\n")
	for i := range rows {
		fmt.Fprintf(&b, "%04d,user%d@example.com,\n", i+1, i+1)
	}
	return b.String()
}

const filePath = "/api/v1/sources/people/file"

// uploadedPeople makes a source of a list, and a connection that mirrors it.
func (w *world) uploadedPeople(rows int) api.FileTaken {
	w.Helper()
	code, said := w.text(w.editor, "POST", filePath+"?file=customers.csv", csvOf(rows))
	var taken api.FileTaken
	w.must(json.Unmarshal([]byte(said), &taken))
	if code != http.StatusCreated || len(taken.Tables) != 1 || taken.Tables[0].Name != "customers" || taken.Tables[0].Rows != int64(rows) {
		w.Fatalf("%d %s", code, said)
	}
	w.put("destinations", "x", w.destination())
	w.put("connections", "vip", w.connection(map[string]any{"source": "people", "table": "main.customers"}))
	return taken
}

// keptFiles are the files that the server keeps.
func (w *world) keptFiles() (names []string) {
	w.Helper()
	entries, err := os.ReadDir(filepath.Join(w.dir, "uploads"))
	if err != nil && !os.IsNotExist(err) {
		w.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// TestAFileBecomesASource: from the upload to the audience, and over a smaller file to the guard.
func TestAFileBecomesASource(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", nil)
	w.uploadedPeople(10)
	var tables api.Page[warehouse.Table]
	w.call(w.editor, "GET", "/api/v1/sources/people/tables", nil, &tables)
	if len(tables.Items) != 1 || tables.Items[0].Name != "main.customers" {
		t.Errorf("the tables: %+v", tables)
	}
	if r := w.ended(api.Start{}); string(r.Status) != string(eddy.Succeeded) || r.Counts.Insert != 10 {
		t.Fatalf("the first run: %+v", r)
	}
	first := w.keptFiles()

	// A smaller file: told, taken, and held by the guard.
	code, said := w.text(w.editor, "POST", filePath+"/difference?file=fewer.csv", csvOf(2))
	var d api.FileDifference
	w.must(json.Unmarshal([]byte(said), &d))
	if code != http.StatusOK || len(d.Tables) != 1 || *d.Tables[0].Before != 10 || *d.Tables[0].After != 2 || len(d.Lost) != 0 {
		t.Fatalf("the difference: %d %s", code, said)
	}
	if len(d.Connections) != 1 || d.Connections[0].Plan == nil || d.Connections[0].Plan.Counts.Delete != 8 || d.Connections[0].Plan.Guard == "" {
		t.Errorf("what it does: %s", said)
	}
	if now := w.keptFiles(); len(now) != 1 || now[0] != first[0] {
		t.Errorf("to compare left %v of %v", now, first)
	}
	if code, said = w.text(w.editor, "PUT", filePath+"?file=fewer.csv", csvOf(2)); code != http.StatusOK {
		t.Fatal(code, said)
	}
	if now := w.keptFiles(); len(now) != 1 || now[0] == first[0] {
		t.Errorf("in the place of %v there is %v", first, now)
	}
	if r := w.ended(api.Start{}); string(r.Status) != string(eddy.NeedsApproval) {
		t.Errorf("a run that removes eight of ten: %+v", r)
	}
	if n := len(w.box.Members(w.audience)); n != 10 {
		t.Errorf("%d people are in the audience", n)
	}

	// What is used is not taken away.
	for _, text := range []string{"id,phone\n1,\n", "email,phone\na@x.com,\n"} {
		if code, said = w.text(w.editor, "POST", filePath+"/difference?file=x.csv", text); code != http.StatusOK || !strings.Contains(said, "connection vip reads column") {
			t.Errorf("%q: %d %s", text, code, said)
		}
		if code, said = w.text(w.editor, "PUT", filePath+"?file=x.csv", text); code != http.StatusConflict || !strings.Contains(said, "connection vip reads column") {
			t.Errorf("%q: %d %s", text, code, said)
		}
	}
	if now := w.keptFiles(); len(now) != 1 {
		t.Errorf("what was refused left %v", now)
	}

	w.must(w.editor.Do(t.Context(), api.Call{Method: "DELETE", Path: "/api/v1/connections/vip", Header: http.Header{"If-Match": {"*"}}}, nil))
	w.must(w.editor.Do(t.Context(), api.Call{Method: "DELETE", Path: "/api/v1/sources/people", Header: http.Header{"If-Match": {"*"}}}, nil))
	if now := w.keptFiles(); len(now) != 0 {
		t.Errorf("of a source that is gone there is %v", now)
	}
}

// TestUploadsAreGuarded: who may not make a source uploads none; nothing is taken of what is wrong,
// and nothing of it is told; the version that was seen counts.
func TestUploadsAreGuarded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", nil)
	for path, method := range map[string]string{filePath + "?file=x.csv": "POST", filePath + "/difference?file=x.csv": "POST"} {
		if code, said := w.text(w.viewer, method, path, csvOf(1)); code != http.StatusForbidden {
			t.Errorf("%s: %d %s", path, code, said)
		}
	}
	for _, c := range []struct {
		file, text, want string
		code             int
	}{
		{"x.csv", "id,email\n1," + rawEmail + "\n2\n", "the file, line 3", http.StatusUnprocessableEntity},
		{"x.csv", rawEmail + ",1\n", "column 1 of the first row", http.StatusUnprocessableEntity},
		{"x.pdf", "%PDF " + rawEmail, "neither a CSV file nor an Excel workbook", http.StatusUnprocessableEntity},
		{"", csvOf(1), "file", http.StatusUnprocessableEntity},
	} {
		code, said := w.text(w.editor, "POST", filePath+"?file="+c.file, c.text)
		if code != c.code || !strings.Contains(said, c.want) || strings.Contains(said, rawEmail) {
			t.Errorf("%q: %d %s", c.text, code, said)
		}
	}
	if code, said := w.text(w.editor, "POST", filePath+"?file=x.csv", strings.Repeat("x", 33<<20)); code != http.StatusRequestEntityTooLarge && code != http.StatusTooManyRequests {
		t.Errorf("33 MiB: %d %.300s", code, said)
	}
	if now := w.keptFiles(); len(now) != 0 {
		t.Errorf("of what was refused there is %v", now)
	}

	w.uploadedPeople(3)
	if code, said := w.text(w.editor, "POST", filePath+"?file=customers.csv", csvOf(1)); code != http.StatusConflict {
		t.Errorf("a second source of the name: %d %s", code, said)
	}
	w.refused(w.editor, api.Call{Method: "PUT", Path: filePath, Query: map[string][]string{"file": {"x.csv"}}, Header: http.Header{"If-Match": {`"7"`}}, Body: map[string]any{}}, http.StatusPreconditionFailed)
	if code, said := w.text(w.editor, "PUT", "/api/v1/sources/nobody/file?file=x.csv", csvOf(1)); code != http.StatusNotFound {
		t.Errorf("no source: %d %s", code, said)
	}
	w.put("sources", "shop", map[string]any{"type": "duckdb"})
	if code, said := w.text(w.editor, "PUT", "/api/v1/sources/shop/file?file=x.csv", csvOf(1)); code != http.StatusConflict {
		t.Errorf("another kind of source: %d %s", code, said)
	}
	if now := w.keptFiles(); len(now) != 1 {
		t.Errorf("there is %v", now)
	}

	// What is kept is sealed, and neither the key nor a value is told.
	kept := w.keptFiles()[0]
	text, err := os.ReadFile(filepath.Join(w.dir, "uploads", kept))
	w.must(err)
	source, err := w.st.Object(t.Context(), "source", "people")
	w.must(err)
	key := source.Secrets["key"]
	_, shown := w.text(w.admin, "GET", "/api/v1/sources/people", "")
	_, config := w.text(w.admin, "GET", "/api/v1/config", "")
	_, audit := w.text(w.admin, "GET", "/api/v1/audit", "")
	for what, said := range map[string]string{"the file": string(text), "the source": shown, "the export": config, "the audit log": audit, "the log": w.log.String()} {
		if strings.Contains(said, "user1@example.com") || key == "" || strings.Contains(said, key) {
			t.Errorf("%s tells a value or the key: %.300s", what, said)
		}
	}
	if !strings.Contains(audit, `"people"`) {
		t.Errorf("the audit log has no upload: %.600s", audit)
	}
	// What was exported is applied where the file is, and changes nothing.
	var applied api.Applied
	w.call(w.admin, "POST", "/api/v1/config", map[string]any{"config": config, "dry_run": true}, &applied)
	for _, step := range applied.Steps {
		if step.Action != "none" {
			t.Errorf("what was exported would change: %+v", step)
		}
	}
}

// TestUploadsOfACrash: a server that ended while a file was taken in leaves the old one, and
// nothing of the new one.
func TestUploadsOfACrash(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", nil)
	w.uploadedPeople(3)
	kept := w.keptFiles()[0]
	begun := filepath.Join(w.dir, "uploads", strings.Repeat("0", 32))
	late := filepath.Join(w.dir, "uploads", strings.Repeat("1", 32)+".new")
	w.must(os.WriteFile(begun+".new", []byte("half"), 0o600))
	w.must(os.WriteFile(begun, []byte("whole, and not yet a source's"), 0o600))
	w.must(os.WriteFile(begun+"1.new", []byte("another server's, just now"), 0o600))
	long := time.Now().Add(-2 * time.Hour)
	w.must(errors.Join(os.Chtimes(begun, long, long), os.Chtimes(begun+".new", long, long)))
	_, err := api.New(w.config)
	w.must(err)
	if now := w.keptFiles(); len(now) != 3 {
		t.Errorf("after the start there is %v", now)
	}
	if r := w.ended(api.Start{}); r.Counts.Insert != 3 {
		t.Errorf("a run of what was there: %+v", r)
	}
	// What was young at the start is swept with the next upload.
	w.must(os.WriteFile(late, []byte("half, of an hour ago"), 0o600))
	w.must(os.Chtimes(late, long, long))
	if code, said := w.text(w.editor, "POST", "/api/v1/sources/other/file?file=other.csv", csvOf(1)); code != http.StatusCreated {
		t.Fatal(code, said)
	}
	now := w.keptFiles()
	if _, err := os.Stat(begun); err == nil || len(now) != 3 || !slices.Contains(now, kept) {
		t.Errorf("there is %v, and of the first source %s", now, kept)
	}
}

// TestUploadsNeedAnOwnDisk: servers that share a store do not share a disk.
func TestUploadsNeedAnOwnDisk(t *testing.T) {
	t.Parallel()
	w := newWorld(t, warehousetest.Postgres(t), nil)
	if code, said := w.text(w.editor, "POST", filePath+"?file=x.csv", csvOf(1)); code != http.StatusConflict || !strings.Contains(said, "PostgreSQL") {
		t.Errorf("%d %s", code, said)
	}
	if now := w.keptFiles(); len(now) != 0 {
		t.Errorf("there is %v", now)
	}
	for _, offered := range []*world{w, newWorld(t, "", nil)} {
		var kinds api.Kinds
		w.call(offered.viewer, "GET", "/api/v1/kinds", nil, &kinds)
		if is := slices.ContainsFunc(kinds.Sources, func(k api.SourceKind) bool { return k.Uploaded }); is == offered.st.IsPostgres() {
			t.Errorf("on PostgreSQL %v, uploads are offered: %v", offered.st.IsPostgres(), is)
		}
	}
}

// TestFilesTakeNobodysRoom: while a file is on its way, others at the same address send what they
// have, files too; one that does not say how long it is is not waited for.
func TestFilesTakeNobodysRoom(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", nil)
	send := func(length string) net.Conn {
		c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(w.url, "http://"))
		w.must(err)
		t.Cleanup(func() { _ = c.Close() })
		_, err = fmt.Fprintf(c, "POST %s?file=x.csv HTTP/1.1\r\nHost: eddy\r\nAuthorization: Bearer %s\r\nContent-Type: application/octet-stream\r\n%s\r\n\r\nid\n1\n", filePath, w.editor.Token, length)
		w.must(err)
		return c
	}
	// One file is on its way, and does not arrive: an answer to it would be a refusal.
	waits := send("Content-Length: 33554432")
	w.must(waits.SetReadDeadline(time.Now().Add(time.Second)))
	buf := make([]byte, 64)
	if n, err := waits.Read(buf); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("a file that does not arrive is answered %q: %v", buf[:n], err)
	}
	if code, said := w.text(w.editor, "POST", "/api/v1/config", `{"config":"`+strings.Repeat("#", 3<<20)+`"}`); code == http.StatusTooManyRequests || code == http.StatusServiceUnavailable {
		t.Errorf("a long configuration beside it: %d %s", code, said)
	}
	if code, said := w.text(w.editor, "POST", filePath+"?file=x.csv", csvOf(1)); code != http.StatusCreated {
		t.Errorf("a file beside it: %d %s", code, said)
	}
	chunked := send("Transfer-Encoding: chunked")
	w.must(chunked.SetReadDeadline(time.Now().Add(10 * time.Second)))
	if n, err := chunked.Read(buf); err != nil || !strings.HasPrefix(string(buf[:n]), "HTTP/1.1 411 ") {
		t.Errorf("a file of an unknown length is answered %q: %v", buf[:n], err)
	}
}
