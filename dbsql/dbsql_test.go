package dbsql

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestLinks(t *testing.T) {
	x := newThree(t)
	f := x.serve(t)
	c := f.client(t)
	got, err := read(t.Context(), c)
	if fmt.Sprint(got) != "[0 1 2 3 4 5]" || err != nil {
		t.Errorf("got %v (%v)", got, err)
	}
	var states []State
	if _, err := c.Run(t.Context(), Statement{SQL: "SELECT id FROM t", Observe: func(_ string, s State) { states = append(states, s) }}); fmt.Sprint(states) != "[PENDING SUCCEEDED]" || err != nil {
		t.Errorf("observed %v (%v)", states, err)
	}
	if f.count("GET "+statements+"/s1/result/chunks/0") != 0 {
		t.Error("the first chunk's link was known, and asked for")
	}
}

// Rows that are lost are told, wherever they were lost.
func TestNothingIsLostSilently(t *testing.T) {
	for name, spoil := range map[string]func(x *three){
		"a chunk has fewer rows":         func(x *three) { x.streams[1] = stream(t, 2, 3) },
		"a chunk has more rows":          func(x *three) { x.streams[1] = stream(t, 2, 5) },
		"the last chunk has no rows":     func(x *three) { x.streams[2] = stream(t, 0, 0) },
		"a stream ends in a batch":       func(x *three) { x.streams[2] = x.streams[2][:len(x.streams[2])-40] },
		"a stream ends before its batch": func(x *three) { x.streams[2] = stream(t, 0, 0)[:len(stream(t, 0, 0))-8] },
		"a stream is damaged": func(x *three) { // the second of three offsets leads out of it
			i := bytes.LastIndex(x.streams[1], []byte{0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0})
			x.streams[1][i+5] = 0x7f
		},
		"a stream is nothing":           func(x *three) { x.streams[1] = nil },
		"a stream is something else":    func(x *three) { x.streams[1] = []byte("<html>") },
		"the manifest has one more row": func(x *three) { x.manifest["total_row_count"] = 7 },
		"the manifest has more bytes":   func(x *three) { x.manifest["total_byte_count"] = 1 << 20 },
		"the manifest has fewer chunks": func(x *three) { x.manifest["total_chunk_count"] = 2 },
		"the manifest has a larger chunk": func(x *three) {
			x.manifest["chunks"] = []part{x.parts[0], {"chunk_index": 1, "row_offset": 2, "row_count": 3}}
		},
		"the result was cut off":   func(x *three) { x.manifest["truncated"] = true },
		"another chunk is linked":  func(x *three) { x.parts[1] = x.parts[2] },
		"a chunk begins elsewhere": func(x *three) { x.parts[1]["row_offset"] = 3 },
		"a chunk is told smaller":  func(x *three) { x.parts[2]["row_count"] = 0; x.streams[2] = stream(t, 0, 0) },
	} {
		x := newThree(t)
		spoil(x)
		if got, err := read(t.Context(), x.serve(t).client(t)); !errors.Is(err, ErrIncomplete) {
			t.Errorf("%s: got %v (%v)", name, got, err)
		}
	}
}

// A link that has ended, or will soon, is asked for again, and so is one that storage refuses.
func TestLinksThatEnd(t *testing.T) {
	x := newThree(t)
	x.life = 30 * time.Second
	f := x.serve(t)
	if got, err := read(t.Context(), f.client(t)); len(got) != 6 || err != nil || f.count("GET "+statements+"/s1/result/chunks/0") != 1 {
		t.Errorf("a link that ends soon: %v (%v), %v", got, err, f.seen)
	}
	synctest.Test(t, func(t *testing.T) {
		x := newThree(t)
		refusals := 2
		x.stored = func(i int, w http.ResponseWriter, _ *http.Request) bool {
			if i != 1 || refusals == 0 {
				return false
			}
			refusals--
			w.WriteHeader(http.StatusForbidden)
			return true
		}
		f := x.serve(t)
		if got, err := read(t.Context(), f.client(t)); len(got) != 6 || err != nil || f.count("GET "+statements+"/s1/result/chunks/1") != 3 {
			t.Errorf("a link that was refused twice: %v (%v), %v", got, err, f.seen)
		}
		refusals = 100
		_, err := read(t.Context(), f.client(t))
		if s, ok := errors.AsType[*StorageError](err); !ok || !strings.Contains(err.Error(), "403") || strings.Contains(err.Error(), "hush") || s.Err == nil {
			t.Errorf("a link that is always refused: %v", err)
		}
		x.stored = func(_ int, w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(999); return true }
		if _, err := read(t.Context(), f.client(t)); err == nil || strings.Contains(err.Error(), "hush") || !strings.Contains(err.Error(), "storage.test") {
			t.Errorf("a storage that resets: %v", err)
		}
	})
}

func TestInline(t *testing.T) {
	f := &fake{on: map[string]http.HandlerFunc{
		"POST " + statements:                        answering(`{"statement_id":"s1","status":{"state":"SUCCEEDED"},"manifest":{"schema":{"columns":[{"name":"a"},{"name":"b"}]},"total_chunk_count":2,"total_row_count":3},"result":{"chunk_index":0,"row_count":2,"data_array":[["1","x"],["2",null]],"next_chunk_index":1}}`),
		"GET " + statements + "/s1/result/chunks/1": answering(`{"chunk_index":1,"row_offset":2,"row_count":1,"data_array":[["3",""]]}`, `{"chunk_index":1,"row_offset":2,"row_count":1,"data_array":[["3"]]}`, `{"chunk_index":1,"row_offset":2,"row_count":1,"data_array":[]}`),
	}}
	c := f.client(t, func(c *Config) { c.Inline = true })
	for i, want := range []string{"", "a row has 1 columns of 2", "chunk 1 has 0 rows"} {
		r, err := c.Run(t.Context(), Statement{SQL: "SELECT"})
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		err = r.Rows(t.Context(), func(row [][]byte) error { got += fmt.Sprintf("%q", row); return nil })
		if i == 0 && (got != `["1" "x"]["2" ""]["3" ""]` || err != nil) {
			t.Errorf("got %s (%v)", got, err)
		}
		if i > 0 && (!errors.Is(err, ErrIncomplete) || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

// What is sent is in the form that the API takes.
func TestSubmission(t *testing.T) {
	var sent map[string]any
	f := &fake{on: map[string]http.HandlerFunc{"POST " + statements: func(w http.ResponseWriter, r *http.Request) {
		_ = json.NewDecoder(r.Body).Decode(&sent)
		if r.Header.Get("Authorization") != "Bearer dapi-secret" || r.Header.Get("User-Agent") != "eddy" {
			t.Errorf("headers %v", r.Header)
		}
		_, _ = io.WriteString(w, `{"statement_id":"s1","status":{"state":"SUCCEEDED"},"manifest":{}}`)
	}}}
	city := "it's"
	_, err := f.client(t, func(c *Config) { c.Catalog, c.Schema, c.UserAgent = "main", "shop", "eddy" }).
		Run(t.Context(), Statement{SQL: "SELECT :city", Parameters: []Parameter{{Name: "city", Value: &city}, {Name: "n", Type: "INT"}}, Tags: []Tag{{"app", "eddy"}}})
	want := `map[catalog:main disposition:EXTERNAL_LINKS format:ARROW_STREAM parameters:[map[name:city value:it's] map[name:n type:INT value:<nil>]] query_tags:[map[key:app value:eddy]] schema:shop statement:SELECT :city wait_timeout:0s warehouse_id:w1]`
	if got := fmt.Sprint(sent); got != want || err != nil {
		t.Errorf("sent %s (%v)", got, err)
	}
}

// A statement whose context ends is stopped, and waited for, also where a first word to stop it
// came to nothing, and where the context ended before the statement had an id.
func TestCancel(t *testing.T) {
	running, canceled := `{"statement_id":"s1","status":{"state":"RUNNING"}}`, `{"statement_id":"s1","status":{"state":"CANCELED"}}`
	for name, c := range map[string]struct {
		early bool
		stops bool
	}{"while it runs": {false, true}, "before it has an id": {true, true}, "and it goes on": {false, false}} {
		synctest.Test(t, func(t *testing.T) {
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			told, asked := 0, 0
			f := &fake{on: map[string]http.HandlerFunc{
				"POST " + statements: func(w http.ResponseWriter, _ *http.Request) {
					if c.early {
						stop()
					}
					_, _ = io.WriteString(w, running)
				},
				"POST " + statements + "/s1/cancel": func(w http.ResponseWriter, _ *http.Request) { told++; _, _ = io.WriteString(w, "{}") },
				"GET " + statements + "/s1": func(w http.ResponseWriter, _ *http.Request) {
					if asked++; asked == 3 {
						stop()
					}
					if told > 0 && asked > 6 && c.stops {
						_, _ = io.WriteString(w, canceled)
						return
					}
					_, _ = io.WriteString(w, running)
				},
			}}
			began := time.Now()
			_, err := f.client(t).Run(ctx, Statement{SQL: "SELECT"})
			if !errors.Is(err, context.Canceled) || told != 1 {
				t.Errorf("%s: %v, told %d times", name, err, told)
			}
			if still := strings.Contains(err.Error(), "may still run"); still == c.stops {
				t.Errorf("%s: %v", name, err)
			}
			if took := time.Since(began); c.stops && took > 5*time.Second || took > stopsWithin+time.Second {
				t.Errorf("%s: it took %s", name, took)
			}
		})
	}
}

// A statement is sent again only where nothing was done of it; a question is always.
func TestTriedAgain(t *testing.T) {
	ok := `{"statement_id":"s1","status":{"state":"SUCCEEDED"},"manifest":{}}`
	for name, c := range map[string]struct {
		times, status int
		header        string
		submitted     int
		waited        time.Duration
		fails         string
	}{
		"too many":              {2, 429, "Retry-After: 7", 3, 14 * time.Second, ""},
		"not there":             {1, 503, "Retry-After: 20", 2, 20 * time.Second, ""},
		"not there, no time":    {3, 503, "", 4, 1400 * time.Millisecond, ""},
		"a date":                {1, 503, "Retry-After: Sat, 01 Jan 2000 00:00:30 GMT", 2, 30 * time.Second, ""},
		"longer than is waited": {1, 429, "Retry-After: 3600", 1, 0, "429"},
		"maybe done":            {1, 500, "", 1, 0, "500"},
		"maybe done, gateway":   {1, 502, "", 1, 0, "502"},
		"nobody knows":          {1, 999, "", 1, 0, "connection reset"},
		"not allowed":           {1, 403, "", 1, 0, "403"},
		"elsewhere":             {1, 302, "Location: https://evil.test/", 1, 0, "302"},
	} {
		synctest.Test(t, func(t *testing.T) {
			f := &fake{on: map[string]http.HandlerFunc{"POST " + statements: dropping(c.times, c.status, c.header, answering(ok))}}
			began := time.Now()
			_, err := f.client(t).Run(t.Context(), Statement{SQL: "INSERT"})
			if (c.fails == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), c.fails) {
				t.Errorf("%s: %v", name, err)
			}
			if n, waited := len(f.seen), time.Since(began); n != c.submitted || waited != c.waited {
				t.Errorf("%s: sent %d times in %s", name, n, waited)
			}
		})
	}
	for _, status := range []int{429, 500, 502, 503, 999} {
		synctest.Test(t, func(t *testing.T) {
			f := &fake{on: map[string]http.HandlerFunc{
				"POST " + statements:        answering(`{"statement_id":"s1","status":{"state":"RUNNING"}}`),
				"GET " + statements + "/s1": dropping(2, status, "", answering(ok)),
			}}
			if _, err := f.client(t).Run(t.Context(), Statement{SQL: "SELECT"}); err != nil || f.count("GET "+statements+"/s1") != 3 {
				t.Errorf("%d: %v after %v", status, err, f.seen)
			}
		})
	}
}

func TestStatementsThatFail(t *testing.T) {
	f := &fake{on: map[string]http.HandlerFunc{"POST " + statements: answering(
		`{"statement_id":"s1","status":{"state":"FAILED","sql_state":"42703","error":{"error_code":"BAD_REQUEST","message":"[UNRESOLVED_COLUMN] x"}}}`,
		`{"statement_id":"s1","status":{"state":"CLOSED"}}`, `{"status":{"state":"SUCCEEDED"}}`, `<html>`, `{"statement_id":"s1","status":{"state":"FAILED"`,
	)}}
	for i, want := range []string{"42703", "CLOSED", "no id", "form", "form"} {
		_, err := f.client(t).Run(t.Context(), Statement{SQL: "SELECT"})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%d: %v", i, err)
		}
		if e, ok := errors.AsType[*Error](err); i == 0 && (!ok || e.State != Failed || e.Code != "BAD_REQUEST" || e.Statement != "s1") {
			t.Errorf("%+v", e)
		}
	}
}

// Tokens are renewed before they end, and once where one was refused; a personal one is not.
func TestTokens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		given, want := 0, ""
		f := &fake{}
		f.on = map[string]http.HandlerFunc{
			"POST /oidc/v1/token": func(w http.ResponseWriter, r *http.Request) {
				values := form(r)
				id, secret, _ := r.BasicAuth()
				if id != "app" || secret != "s%3A+1" || values.Get("grant_type") != "client_credentials" || values.Get("scope") != "all-apis" {
					t.Errorf("asked for a token with %s %s %v", id, secret, values)
				}
				given++
				w.Header().Set("Content-Type", "application/json")
				_, _ = fmt.Fprintf(w, `{"access_token":"t%d","token_type":"Bearer","expires_in":3600}`, given)
			},
			"POST " + statements: func(w http.ResponseWriter, r *http.Request) {
				if want != "" && r.Header.Get("Authorization") != "Bearer "+want {
					w.WriteHeader(http.StatusUnauthorized)
					return
				}
				_, _ = io.WriteString(w, `{"statement_id":"s1","status":{"state":"SUCCEEDED"},"manifest":{}}`)
			},
		}
		c := f.client(t, func(c *Config) { c.Login = Machine("app", "s: 1") })
		run := func() error { _, err := c.Run(t.Context(), Statement{SQL: "SELECT"}); return err }
		for _, step := range []struct {
			after time.Duration
			given int
		}{{0, 1}, {57 * time.Minute, 1}, {2 * time.Minute, 2}, {time.Minute, 2}, {10 * time.Hour, 3}} {
			_ = rest(t.Context(), step.after) // the bubble's clock
			if err := run(); err != nil || given != step.given {
				t.Errorf("after %s: %d tokens (%v)", step.after, given, err)
			}
		}
		want = "t4"
		if err := run(); err != nil || given != 4 {
			t.Errorf("a refused token: %d tokens (%v)", given, err)
		}
		want = "never"
		if err := run(); err == nil || given != 5 || strings.Contains(err.Error(), "t5") {
			t.Errorf("tokens that are always refused: %d tokens (%v)", given, err)
		}
		f.seen = nil
		if _, err := f.client(t).Run(t.Context(), Statement{SQL: "SELECT"}); err == nil || len(f.seen) != 1 || strings.Contains(err.Error(), "dapi") {
			t.Errorf("a personal token that is refused: %v after %v", err, f.seen)
		}
	})
}

// The token of another provider is read anew for each token, because it ends soon.
func TestWorkload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sent []string
		f := &fake{on: map[string]http.HandlerFunc{
			"POST /oidc/v1/token": func(w http.ResponseWriter, r *http.Request) {
				sent = append(sent, form(r).Encode())
				w.Header().Set("Content-Type", "application/json")
				_, _ = io.WriteString(w, `{"access_token":"t","token_type":"Bearer","expires_in":600}`)
			},
			"POST " + statements: answering(`{"statement_id":"s1","status":{"state":"SUCCEEDED"},"manifest":{}}`),
		}}
		identities := []string{"one", "two"}
		c := f.client(t, func(c *Config) {
			c.Login = Workload("app", func(context.Context) (string, error) { return identities[len(sent)], nil })
		})
		for range 2 {
			if _, err := c.Run(t.Context(), Statement{SQL: "SELECT"}); err != nil {
				t.Fatal(err)
			}
			_ = rest(t.Context(), 9*time.Minute) // the bubble's clock
		}
		const rest = "&subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Ajwt"
		const head = "client_id=app&grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange&scope=all-apis&subject_token="
		if !slices.Equal(sent, []string{head + "one" + rest, head + "two" + rest}) {
			t.Errorf("sent %v", sent)
		}
	})
}

func TestLoginRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		refusal := func(status int, body string) http.HandlerFunc {
			return func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(status)
				_, _ = io.WriteString(w, body)
			}
		}
		f := &fake{on: map[string]http.HandlerFunc{}}
		login := func(c *Config) { c.Login = Machine("app", "hush") }
		for body, want := range map[string]string{`{"error":"invalid_client","error_description":"Client authentication failed"}`: "invalid_client", `{"error":"x","secret":"hush"}`: "401", `<p>hush`: "401"} {
			f.on["POST /oidc/v1/token"] = refusal(401, body)
			_, err := f.client(t, login).Run(t.Context(), Statement{SQL: "SELECT"})
			if e, ok := errors.AsType[*LoginError](err); !ok || e.Status != 401 || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hush") {
				t.Errorf("%s: %v", body, err)
			}
		}
		f.on["POST /oidc/v1/token"] = dropping(2, 503, "Retry-After: 5", refusal(401, "{}"))
		began := time.Now()
		if _, err := f.client(t, login).Run(t.Context(), Statement{SQL: "SELECT"}); err == nil || time.Since(began) != 10*time.Second {
			t.Errorf("busy for a while: %v after %s", err, time.Since(began))
		}
	})
}

// Files go where they are named, and nowhere else.
func TestFiles(t *testing.T) {
	var at, body string
	keep := func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		at, body = r.Method+" "+r.URL.String(), string(text)
		w.WriteHeader(http.StatusNoContent)
	}
	f := &fake{on: map[string]http.HandlerFunc{"PUT /api/2.0/fs/files/Volumes/main/a b/x?.json": keep, "DELETE /api/2.0/fs/files/Volumes/main/x": keep}}
	c := f.client(t)
	if err := c.Upload(t.Context(), "/Volumes/main/a b/x?.json", []byte("rows")); err != nil || at != "PUT https://dbc.test/api/2.0/fs/files/Volumes/main/a%20b/x%3F.json?overwrite=true" || body != "rows" {
		t.Errorf("uploaded %q to %s (%v)", body, at, err)
	}
	if err := c.Remove(t.Context(), "/Volumes/main/../../../../Volumes/main/x"); err != nil || at != "DELETE https://dbc.test/api/2.0/fs/files/Volumes/main/x" {
		t.Errorf("removed %s (%v)", at, err)
	}
}

func TestBodiesAreBounded(t *testing.T) {
	if text, err := readAll(strings.NewReader("12345"), 5); string(text) != "12345" || err != nil {
		t.Errorf("%q (%v)", text, err)
	}
	if _, err := readAll(strings.NewReader("123456"), 5); !errors.Is(err, errTooLong) {
		t.Errorf("a body that is too long: %v", err)
	}
}

func TestConfig(t *testing.T) {
	for _, c := range []Config{
		{Host: "", Warehouse: "w", HTTP: http.DefaultClient, Login: Token("t")},
		{Host: "ftp://x", Warehouse: "w", HTTP: http.DefaultClient, Login: Token("t")},
		{Host: "https://u:p@x", Warehouse: "w", HTTP: http.DefaultClient, Login: Token("t")},
		{Host: "x", HTTP: http.DefaultClient, Login: Token("t")},
		{Host: "x", Warehouse: "w", Login: Token("t")},
		{Host: "x", Warehouse: "w", HTTP: http.DefaultClient},
	} {
		if _, err := New(c); err == nil {
			t.Errorf("taken: %+v", c)
		}
	}
}

// A stream that says that it has more than a body may is an error, and not the end of the process.
func TestStreamsAreBounded(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("testdata", "body-of-34-gb.arrow"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fromArrow("s1", text, 1, func([][]byte) error { return nil }); !errors.Is(err, ErrIncomplete) || !strings.Contains(err.Error(), "more memory than it may have") {
		t.Errorf("a stream of 34 GB: %v", err)
	}
}

// FuzzArrow changes the columns of a batch: where values begin, and what they are. What describes
// a stream stays as it is: the library believes it.
func FuzzArrow(f *testing.F) {
	const end, columns = 8, 24 // bytes of the mark of the end, and of offsets and values before it
	whole := stream(f, 0, 3)
	at := len(whole) - end - columns
	f.Add(whole[at:])
	f.Fuzz(func(_ *testing.T, text []byte) {
		changed := slices.Clone(whole)
		copy(changed[at:], text)
		_, _ = fromArrow("s1", changed, 1, func([][]byte) error { return nil })
	})
}
