package api_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	gosync "sync"
	"testing"

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/eddy-retl/eddy/api"
	"github.com/eddy-retl/eddy/catalog"
	"github.com/eddy-retl/eddy/warehouse/warehousetest"
)

// trap is a server that asks whoever connects for a password, as PostgreSQL does.
type trap struct {
	listener net.Listener
	host     string
	port     int

	mu        gosync.Mutex
	passwords []string
}

func newTrap(t *testing.T, network, address string) *trap {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), network, address)
	if err != nil {
		t.Fatal(err)
	}
	p := &trap{listener: l, host: "127.0.0.1"}
	if at, ok := l.Addr().(*net.TCPAddr); ok {
		p.port = at.Port
	}
	var serving gosync.WaitGroup
	serving.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			serving.Go(func() { p.ask(conn) })
		}
	})
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		serving.Wait()
	})
	return p
}

// ask refuses TLS, asks for the password in the clear, and remembers it.
func (p *trap) ask(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	backend := pgproto3.NewBackend(conn, conn)
	for {
		first, err := backend.ReceiveStartupMessage()
		if err != nil {
			return
		}
		if _, ok := first.(*pgproto3.StartupMessage); ok {
			break
		}
		if _, err := conn.Write([]byte("N")); err != nil {
			return
		}
	}
	backend.Send(&pgproto3.AuthenticationCleartextPassword{})
	if backend.Flush() != nil || backend.SetAuthType(pgproto3.AuthTypeCleartextPassword) != nil {
		return
	}
	if m, err := backend.Receive(); err == nil {
		if m, ok := m.(*pgproto3.PasswordMessage); ok {
			p.mu.Lock()
			p.passwords = append(p.passwords, m.Password)
			p.mu.Unlock()
		}
	}
}

// taken are the passwords that came, and forgets them.
func (p *trap) taken() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := p.passwords
	p.passwords = nil
	return out
}

// A stored password goes to the server that it was given for, and to no other, whatever an
// editor sends beside its mask, to be tested, stored or applied.
func TestKeptSecretsGoNowhereElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", nil)
	sockets := t.TempDir()
	other, socket := newTrap(t, "tcp", "127.0.0.1:0"), newTrap(t, "unix", filepath.Join(sockets, ".s.PGSQL.5432"))
	database, err := url.Parse(warehousetest.Postgres(t))
	w.must(err)
	user := database.User.Username()
	kept, _ := database.User.Password()
	if kept == "" {
		t.Fatal("the database has no password")
	}
	w.put("sources", "pg", map[string]any{"type": "postgres", "url": database.String()})
	w.put("sources", "tls", map[string]any{"type": "postgres", "host": other.host, "port": other.port, "user": "u", "sslmode": "verify-full", "password": kept})

	// The URL is shown in parts, which are what is changed.
	var shown api.Object
	w.call(w.viewer, "GET", "/api/v1/sources/pg", nil, &shown)
	var parts map[string]any
	w.must(json.Unmarshal(shown.Spec, &parts))
	if parts["host"] != database.Hostname() || parts["user"] != user || parts["password"] != catalog.Mask || parts["url"] != nil {
		t.Fatalf("shown as %s", shown.Spec)
	}
	// Where it was given for it goes, also when that is written in another way.
	masked := maps.Clone(parts)
	masked["host"] = fmt.Sprintf("%s:%v", parts["host"], parts["port"])
	var steps api.Steps
	w.call(w.editor, "POST", "/api/v1/sources/pg/test", map[string]any{"spec": masked}, &steps)
	if !steps.OK {
		t.Errorf("the same place, written in another way: %+v", steps)
	}
	// What the trap is for: a password that is entered for it arrives.
	mine := map[string]any{"type": "postgres", "host": other.host, "port": other.port, "user": "u", "password": "mine"}
	w.call(w.editor, "POST", "/api/v1/sources/new/test", map[string]any{"spec": mine}, nil)
	if got := other.taken(); len(got) == 0 || got[0] != "mine" {
		t.Fatalf("the trap took %q", got)
	}
	mine["host"], mine["port"] = sockets, 5432
	w.call(w.editor, "POST", "/api/v1/sources/new/test", map[string]any{"spec": mine}, nil)
	if got := socket.taken(); len(got) != 1 || got[0] != "mine" {
		t.Fatalf("the socket's trap took %q", got)
	}

	at := net.JoinHostPort(other.host, strconv.Itoa(other.port))
	with := func(changes ...any) map[string]any {
		out := maps.Clone(parts)
		for i := 0; i < len(changes); i += 2 {
			out[changes[i].(string)] = changes[i+1]
		}
		return out
	}
	alone := func(url string) map[string]any {
		return map[string]any{"type": "postgres", "password": catalog.Mask, "url": url}
	}
	inURL := fmt.Sprintf("host=%s&port=%d", other.host, other.port)
	service := filepath.Join(t.TempDir(), "service")
	w.must(os.WriteFile(service, fmt.Appendf(nil, "[s]\nhost=%s\nport=%d\n", other.host, other.port), 0o600))
	attacks := map[string]map[string]any{
		"a URL with the host in its parameters": alone("postgres://x/?user=u&" + inURL),
		"fields beside a URL":                   with("url", "postgres://x/?"+inURL, "port", other.port, "host", other.host),
		"a URL with fields that name a part":    {"type": "postgres", "password": catalog.Mask, "url": "postgres://u@x/?" + inURL, "user": user, "database": parts["database"]},
		"a host":                                with("host", other.host, "port", other.port),
		"a port behind the host":                with("host", at),
		"hostaddr":                              with("parameters", "hostaddr="+other.host),
		"hostaddr in a URL":                     alone(fmt.Sprintf("postgres://u@%s/?hostaddr=%s", database.Host, other.host)),
		"a first host":                          with("host", at+","+masked["host"].(string)),
		"a second host":                         with("host", "127.0.0.1:1,"+at),
		"hosts of a URL":                        alone(fmt.Sprintf("postgres://u@127.0.0.1:1,%s/", at)),
		"a service":                             with("parameters", "service=s servicefile="+service),
		"a service of a URL":                    alone("postgres://u@x/?service=s&servicefile=" + url.QueryEscape(service)),
		"a host in parameters":                  with("parameters", "host="+other.host+" port="+strconv.Itoa(other.port)),
		"a quote that is not closed":            with("parameters", "x='", "database", "d' host="+other.host),
		"percent-encoded letters":               alone(fmt.Sprintf("postgres://u@%%3127.0.0.1:%d/", other.port)),
		"a percent-encoded name":                alone(fmt.Sprintf("postgres://u@x/?%%68ost=%s&p%%6frt=%d", other.host, other.port)),
		"a name twice":                          alone(fmt.Sprintf("postgres://u@%s/?host=x&%s", database.Host, inURL)),
		"keywords":                              alone(fmt.Sprintf("host=%s port=%d user=u", other.host, other.port)),
		"the folder of a socket":                with("host", sockets, "port", 5432),
		"the folder of a socket in a URL":       alone("postgres://u@" + url.QueryEscape(sockets) + "/"),
		"a mask in a URL":                       {"type": "postgres", "url": fmt.Sprintf("postgres://u:%s@%s/", catalog.Mask, at)},
		"a masked URL":                          with("url", catalog.Mask, "host", other.host, "port", other.port),
		"another type":                          {"type": "duckdb", "password": catalog.Mask},
	}
	arrived := func(what string) {
		t.Helper()
		for _, p := range []*trap{other, socket} {
			for _, password := range p.taken() {
				if password == kept {
					t.Errorf("%s: the password arrived elsewhere", what)
				}
			}
		}
	}
	try := func(what, name string, spec map[string]any) {
		t.Helper()
		body := map[string]any{"spec": spec}
		one := "/api/v1/sources/" + name
		for _, call := range []api.Call{
			{Method: "POST", Path: one + "/test", Body: body},
			{Method: "PUT", Path: one, Body: body, Header: http.Header{"If-Match": {"*"}}},
			{Method: "POST", Path: "/api/v1/sources", Body: map[string]any{"name": "copy", "spec": spec}},
		} {
			err := w.editor.Do(t.Context(), call, nil)
			if err == nil {
				t.Errorf("%s: %s %s is taken", what, call.Method, call.Path)
			}
			arrived(what)
		}
		// In a file the mask is a variable that nobody knows.
		in := maps.Clone(spec)
		for key, value := range in {
			if text, ok := value.(string); ok {
				in[key] = strings.ReplaceAll(text, catalog.Mask, "${UNKNOWN}")
			}
		}
		text, err := json.Marshal(map[string]any{"sources": map[string]any{name: in}})
		w.must(err)
		if err := w.editor.Do(t.Context(), api.Call{Method: "POST", Path: "/api/v1/config", Body: api.Apply{Config: string(text)}}, nil); err == nil {
			t.Errorf("%s: the file is applied: %s", what, text)
		}
		w.call(w.editor, "POST", one+"/test", nil, nil) // as it is stored
		w.call(w.admin, "GET", one, nil, &shown)
		arrived(what)
	}
	for what, spec := range attacks {
		try(what, "pg", spec)
	}
	for what, sslmode := range map[string]any{"TLS is switched off": "disable", "TLS is optional": "prefer", "TLS is not verified": "require", "TLS is not said": nil} {
		spec := map[string]any{"type": "postgres", "host": other.host, "port": other.port, "user": "u", "password": catalog.Mask}
		if sslmode != nil {
			spec["sslmode"] = sslmode
		}
		try(what, "tls", spec)
	}
}

// What the server's own process has as a password goes nowhere: not to a host that an editor
// names, and not beside a source without one.
func TestTheServersOwnPasswordGoesNowhere(t *testing.T) {
	const own = "0perators-0wn"
	pass := filepath.Join(t.TempDir(), "pass")
	if err := os.WriteFile(pass, []byte("*:*:*:*:"+own+"-file"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PGPASSWORD", own)
	t.Setenv("PGPASSFILE", pass)
	w := newWorld(t, "", nil)
	other := newTrap(t, "tcp", "127.0.0.1:0")
	at := net.JoinHostPort(other.host, strconv.Itoa(other.port))
	for _, spec := range []map[string]any{
		{"type": "postgres", "host": other.host, "port": other.port, "user": "u"},
		{"type": "postgres", "host": other.host, "port": other.port, "user": "u", "password": ""},
		{"type": "postgres", "url": "postgres://u@" + at + "/"},
		{"type": "postgres", "url": "postgres://u@" + at + "/?passfile=" + url.QueryEscape(pass)},
		{"type": "postgres", "host": other.host, "port": other.port, "user": "u", "parameters": "passfile=" + pass},
	} {
		_ = w.editor.Do(t.Context(), api.Call{Method: "POST", Path: "/api/v1/sources/new/test", Body: map[string]any{"spec": spec}}, nil) // some are refused
		for _, password := range other.taken() {
			if password != "" {
				t.Errorf("%v: %q arrived", spec, password)
			}
		}
	}
}

// X's four values go to the API that they were given for.
func TestKeptCredentialsGoToOneAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", nil)
	w.put("destinations", "x", w.destination())
	var asked gosync.Map
	elsewhere := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		asked.Store(r.Header.Get("Authorization"), true)
		rw.WriteHeader(http.StatusUnauthorized)
	}))
	t.Cleanup(elsewhere.Close)
	spec := w.destination()
	spec["api_url"] = elsewhere.URL
	w.call(w.editor, "POST", "/api/v1/destinations/new/test", map[string]any{"spec": spec}, nil)
	came := 0
	asked.Range(func(any, any) bool { came++; return true })
	if came == 0 {
		t.Fatal("the trap hears nothing of values that are entered for it")
	}
	asked.Clear()
	for _, name := range []string{"consumer_key", "consumer_secret", "access_token", "access_token_secret"} {
		spec[name] = catalog.Mask
	}
	for _, change := range []map[string]any{
		{"api_url": elsewhere.URL},
		{"api_url": strings.Replace(elsewhere.URL, "http://", "HTTP://", 1) + "/"},
		{"api_url": w.boxURL + "/x"},
		{"api_url": nil},
		{"account_id": "other", "api_url": w.boxURL},
	} {
		now := maps.Clone(spec)
		maps.Copy(now, change)
		if now["api_url"] == nil {
			delete(now, "api_url")
		}
		body := map[string]any{"spec": now}
		p := w.refused(w.editor, api.Call{Method: "POST", Path: "/api/v1/destinations/x/test", Body: body}, http.StatusUnprocessableEntity)
		if !strings.Contains(p.Detail, "enter it again") {
			t.Errorf("%v: %s", change, p.Detail)
		}
		w.refused(w.editor, api.Call{Method: "PUT", Path: "/api/v1/destinations/x", Body: body, Header: http.Header{"If-Match": {"*"}}}, http.StatusUnprocessableEntity)
	}
	asked.Range(func(header, _ any) bool {
		t.Errorf("it was asked with %v", header)
		return true
	})
	spec["api_url"], spec["hash"] = w.boxURL+"/", false
	w.call(w.editor, "POST", "/api/v1/destinations/x/test", map[string]any{"spec": spec}, nil)
}
