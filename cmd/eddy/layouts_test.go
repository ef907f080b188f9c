package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/eddy-retl/eddy/api"
	"github.com/eddy-retl/eddy/catalog"
	"github.com/eddy-retl/eddy/warehouse/duckdb"
)

// layout is a way to start a server that the documentation shows.
type layout struct {
	command []string
	// cwd is where it is started, state its state folder, files where models' files are, if
	// there are any.
	cwd, state, files string
}

// documented reads a page and gives the first group of what it matches there.
func documented(t *testing.T, page, pattern string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", page))
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(pattern).FindSubmatch(text)
	if m == nil {
		t.Fatalf("%s has nothing like %s", page, pattern)
	}
	return string(m[1])
}

// composed is the service of the Compose file.
func composed(t *testing.T) (l layout) {
	t.Helper()
	text, err := os.ReadFile("../../docs/compose.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Services map[string]struct {
			Command    []string `yaml:"command"`
			WorkingDir string   `yaml:"working_dir"`
			User       string   `yaml:"user"`
			ReadOnly   bool     `yaml:"read_only"`
			Volumes    []string `yaml:"volumes"`
			Ports      []string `yaml:"ports"`
			CapDrop    []string `yaml:"cap_drop"`
		} `yaml:"services"`
		Networks map[string]struct {
			IPAM struct {
				Config []struct {
					Gateway string `yaml:"gateway"`
				} `yaml:"config"`
			} `yaml:"ipam"`
		} `yaml:"networks"`
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	s := file.Services["eddy"]
	if uid, _, _ := strings.Cut(s.User, ":"); uid == "" || uid == "0" || uid == "root" || !s.ReadOnly || !slices.Contains(s.CapDrop, "ALL") {
		t.Errorf("the container is not shut in: %+v", s)
	}
	for _, v := range s.Volumes {
		if !strings.HasSuffix(v, ":ro") && v != "./state:/state" {
			t.Errorf("volume %s can be written to", v)
		}
	}
	for _, p := range s.Ports {
		if !strings.HasPrefix(p, "127.0.0.1:") {
			t.Errorf("port %s is open to others without TLS", p)
		}
	}
	// What a container is asked by its machine comes from the gateway of its network.
	i := slices.Index(s.Command, "--trusted-proxy")
	if net := file.Networks["default"].IPAM.Config; i < 0 || len(net) != 1 || net[0].Gateway == "" || s.Command[i+1] != net[0].Gateway {
		t.Errorf("the proxy on the container's machine is not trusted to say for whom it asks: %v, %+v", s.Command, file.Networks)
	}
	return layout{command: s.Command, cwd: s.WorkingDir, state: "/state", files: "/files"}
}

// TestLayoutsAreSafe starts every server that the documentation shows, with folders of the
// test in the place of the machine's, and does there what an editor must not get through
// with: reading files that the operator did not open, and having stored secrets sent elsewhere.
func TestLayoutsAreSafe(t *testing.T) {
	for name, l := range map[string]layout{
		"plain":   {command: []string{"eddy", "serve"}, cwd: "/srv", state: "/srv/.eddy"},
		"one":     {command: strings.Fields(documented(t, "docs/server.md", `(?m)^    (eddy serve --files .*)$`)), cwd: "/home", state: "/home/.eddy", files: "/srv/exports"},
		"systemd": {command: strings.Fields(documented(t, "docs/server.md", `(?m)^    ExecStart=(.*)$`)), cwd: documented(t, "docs/server.md", `(?m)^    WorkingDirectory=(.*)$`), state: "/var/lib/eddy/state", files: "/srv/eddy"},
		"compose": composed(t),
		"demo":    {command: []string{"eddy", "demo", "--serve", "--dir", "/sample"}, cwd: "/home", state: "/sample/.eddy", files: "/sample"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := attack(t, l)
			a.readsItsFiles()
			a.readsNothingElse()
			a.keepsSecrets()
		})
	}
}

// attacker is an editor who may see raw values, and what is hidden from them.
type attacker struct {
	*testing.T
	layout

	exe, root string
	client    *api.Client
	// hidden are texts that they must never be shown.
	hidden []string
}

// attack starts a layout below a folder of the test, as if that were the machine.
func attack(t *testing.T, l layout) *attacker {
	t.Helper()
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	a := &attacker{T: t, layout: l, root: root, hidden: []string{"argon2id", "root:x:", "s3cr3t-of-the-machine"}}
	for _, dir := range []*string{&a.cwd, &a.state, &a.files} {
		if *dir != "" {
			*dir = filepath.Join(root, *dir)
		}
	}
	for _, dir := range []string{a.cwd, filepath.Dir(a.state), a.files, filepath.Join(root, "etc")} {
		if dir != "" {
			a.must(os.MkdirAll(dir, 0o700))
		}
	}
	a.must(os.WriteFile(filepath.Join(root, "etc", "passwords.csv"), []byte("id,email\n1,s3cr3t-of-the-machine\n"), 0o600))
	a.must(duckdb.Write(t.Context(), filepath.Join(root, "etc", "other.duckdb"), "CREATE TABLE t AS SELECT 's3cr3t-of-the-machine' AS id"))
	if a.files != "" {
		a.must(os.WriteFile(filepath.Join(a.files, "people.csv"), []byte("id,email\n1,ada@example.com\n"), 0o600))
	}
	a.exe = linkProgram(t, root)
	url := a.start()
	a.run("user", "add", "--role", "editor", "--raw-values", "eve@example.com")
	a.client = &api.Client{URL: url, Token: a.run("user", "token", "eve@example.com"), HTTP: &http.Client{}}
	key, err := os.ReadFile(filepath.Join(a.state, "secret.key"))
	a.must(err)
	a.hidden = append(a.hidden, strings.TrimSpace(string(key)), a.client.Token)
	return a
}

// start runs the command, with the machine's paths below the root, and gives its address.
func (a *attacker) start() string {
	a.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	a.must(err)
	address := free.Addr().String()
	a.must(free.Close())
	args := []string{}
	for _, arg := range a.command[1:] {
		if filepath.IsAbs(arg) {
			arg = filepath.Join(a.root, arg)
		}
		args = append(args, arg)
	}
	public := slices.Contains(args, "--public-url")
	if i := slices.Index(args, "--listen"); i >= 0 {
		args[i+1] = address
	} else if args[0] == "serve" {
		args = append(args, "--listen", address)
	}
	cmd := exec.Command(a.exe, args...)
	cmd.Dir = a.cwd
	out, said := &heard{more: make(chan struct{})}, &heard{more: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = out, said
	a.must(cmd.Start())
	a.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if text, _ := said.now(); a.Failed() {
			a.Logf("it said:\n%s", tail(text, 4000))
		}
	})
	url := out.announced(a.T, `eddy serves (https?://[^,\s]+),`)
	if public {
		url = "http://" + address
	}
	return url
}

func (a *attacker) must(err error) {
	a.Helper()
	if err != nil {
		a.Fatal(err)
	}
}

// run is what the operator does on the machine.
func (a *attacker) run(args ...string) string {
	a.Helper()
	cmd := exec.Command(a.exe, append(args, "--state-dir", a.state)...)
	cmd.Dir = a.cwd
	out, err := cmd.Output()
	if e, ok := errors.AsType[*exec.ExitError](err); ok {
		a.Fatalf("%v: %s", args, e.Stderr)
	}
	a.must(err)
	return strings.TrimSpace(string(out))
}

// send makes a call of the API. Whatever is answered has nothing hidden in it.
func (a *attacker) send(method, path string, body any) (status int, text string) {
	a.Helper()
	data, err := json.Marshal(body)
	a.must(err)
	r, err := http.NewRequestWithContext(a.Context(), method, a.client.URL+path, bytes.NewReader(data))
	a.must(err)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+a.client.Token)
	r.Header.Set("If-Match", "*")
	answer, err := http.DefaultClient.Do(r)
	a.must(err)
	defer func() { _ = answer.Body.Close() }()
	all, err := io.ReadAll(answer.Body)
	a.must(err)
	for _, hidden := range a.hidden {
		if bytes.Contains(all, []byte(hidden)) {
			a.Errorf("%s %s %s tells %q:\n%.2000s", method, path, data, hidden, all)
		}
	}
	return answer.StatusCode, string(all)
}

func (a *attacker) put(kind, name string, spec any) {
	a.Helper()
	if status, text := a.send("POST", "/api/v1/"+kind, map[string]any{"name": name, "spec": spec}); status >= 300 {
		a.Fatalf("%s %s: %d %s", kind, name, status, text)
	}
}

// readsItsFiles: the layout is of use. Where no folder is opened, it is said how to.
func (a *attacker) readsItsFiles() {
	a.put("sources", "bare", map[string]any{"type": "duckdb"})
	path := filepath.Join(a.root, "people.csv")
	if a.files != "" {
		path = filepath.Join(a.files, "people.csv")
	}
	models := []string{path}
	if a.files == a.cwd {
		models = append(models, "people.csv")
	}
	for _, table := range models {
		status, text := a.send("POST", "/api/v1/sources/bare/preview", map[string]any{"table": table})
		if worked := status == http.StatusOK && strings.Contains(text, "ada@example.com"); worked != (a.files != "") || !worked && !strings.Contains(text, "eddy serve --files") {
			a.Errorf("a preview of %s: %d %s", table, status, text)
		}
	}
}

// readsNothingElse: no source of an editor reads the server's own things, nor the machine's,
// nor over the network.
func (a *attacker) readsNothingElse() {
	web := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { a.Error("a model asked for a page") }))
	defer web.Close()
	machine := filepath.Join(a.root, "etc", "passwords.csv")
	a.put("sources", "all", map[string]any{"type": "duckdb", "files": []string{"/"}})
	a.put("sources", "own", map[string]any{"type": "duckdb", "files": []string{a.state, "/proc"}})
	a.put("sources", "here", map[string]any{"type": "duckdb", "files": []string{"."}})
	a.put("sources", "store", map[string]any{"type": "duckdb", "path": filepath.Join(a.state, "eddy.db")})
	a.put("sources", "other", map[string]any{"type": "duckdb", "path": filepath.Join(a.root, "etc", "other.duckdb")})
	rel, err := filepath.Rel(a.cwd, a.state)
	a.must(err)
	var models []map[string]any
	for _, path := range []string{filepath.Join(a.state, "secret.key"), filepath.Join(a.state, "eddy.db"), filepath.Join(rel, "secret.key"), ".eddy/secret.key", machine, "/etc/passwd", "/proc/self/environ"} {
		for _, path := range []string{path, "/proc/self/root" + path, "/proc/self/cwd/" + path, filepath.Dir(path) + "/*"} {
			models = append(models, map[string]any{"sql": "SELECT content FROM read_text('" + path + "')"}, map[string]any{"sql": "SELECT content FROM read_blob(['" + path + "'])"},
				map[string]any{"sql": "FROM read_csv((SELECT content FROM read_text('" + path + "')))"})
		}
	}
	for _, sql := range []string{
		"FROM '" + web.URL + "/a.csv'", "FROM read_text('" + web.URL + "')", "FROM 's3://bucket/a.parquet'", "SELECT getenv('HOME')", "ATTACH '" + a.root + "/etc/other.duckdb' AS o", "FROM '" + a.root + "/etc/other.duckdb'",
		"COPY (SELECT 1) TO '" + a.root + "/written.csv'", "SET enable_external_access = true", "INSTALL httpfs", "FROM query('FROM read_text(''" + machine + "'')')",
	} {
		models = append(models, map[string]any{"sql": sql})
	}
	models = append(models, map[string]any{"table": machine}, map[string]any{"table": "t"}, map[string]any{"table": "eddy_users"})
	for _, source := range []string{"bare", "all", "own", "here", "store", "other"} {
		for _, model := range models {
			if status, text := a.send("POST", "/api/v1/sources/"+source+"/preview", model); status < 400 {
				a.Errorf("a preview of %v from %s: %d %.500s", model, source, status, text)
			}
		}
	}
	for _, source := range []string{"store", "other"} {
		if _, text := a.send("POST", "/api/v1/sources/"+source+"/test", map[string]any{}); !strings.Contains(text, `"ok":false`) {
			a.Errorf("a test of %s: %s", source, text)
		}
	}
	if _, err := os.Stat(filepath.Join(a.root, "written.csv")); err == nil {
		a.Error("a model wrote a file")
	}
}

// keepsSecrets: what is stored for one server is not sent to another, whichever option says
// where that is.
func (a *attacker) keepsSecrets() {
	const password = "s3cr3t-password-of-the-shop"
	shop, thief := listens(a.T), listens(a.T)
	spec := func(changes map[string]any) map[string]any {
		s := map[string]any{"type": "postgres", "host": "127.0.0.1", "port": shop.port, "database": "shop", "user": "eddy", "password": catalog.Mask, "sslmode": "disable"}
		for name, value := range changes {
			if s[name] = value; value == nil {
				delete(s, name)
			}
		}
		return s
	}
	a.put("sources", "shop2", spec(map[string]any{"password": password}))
	a.send("POST", "/api/v1/sources/shop2/test", map[string]any{})
	if !strings.Contains(shop.heard(), password) {
		a.Fatalf("the shop itself heard no password: %q", shop.heard())
	}
	a.hidden = append(a.hidden, password)
	away := "postgres://eddy@127.0.0.1/?host=127.0.0.1&port=" + thief.port + "&sslmode=disable"
	for _, changes := range []map[string]any{
		{"port": thief.port},
		{"host": "127.0.0.1,127.0.0.1", "port": shop.port + "," + thief.port},
		{"host": "localhost", "port": thief.port},
		{"url": away},
		{"url": away, "host": nil, "port": nil, "database": nil, "user": nil, "sslmode": nil},
		{"url": "postgres://eddy@127.0.0.1:" + thief.port + "/shop?sslmode=disable", "host": nil, "port": nil},
	} {
		a.send("POST", "/api/v1/sources/shop2/test", map[string]any{"spec": spec(changes)})
		a.send("POST", "/api/v1/sources/shop2/preview", map[string]any{"table": "t", "spec": spec(changes)})
		a.send("PUT", "/api/v1/sources/shop2", map[string]any{"spec": spec(changes)})
		file, err := yaml.Marshal(map[string]any{"sources": map[string]any{"shop2": spec(changes)}})
		a.must(err)
		_, _ = a.client.Apply(a.Context(), file, func(string) (string, bool) { return "", false }, false, false)
		a.send("POST", "/api/v1/sources/shop2/test", map[string]any{})
	}
	destination := map[string]any{"type": "x_audience", "account_id": "18ce54d4x5t", "consumer_key": "s3cr3t-key-of-the-app", "consumer_secret": "cs", "access_token": "s3cr3t-token-of-the-app", "access_token_secret": "ats", "api_url": "http://127.0.0.1:" + shop.port}
	a.put("destinations", "x2", destination)
	a.send("POST", "/api/v1/destinations/x2/test", map[string]any{})
	if !strings.Contains(shop.heard(), "OAuth") {
		a.Fatalf("the account itself heard nothing: %q", shop.heard())
	}
	for _, secret := range []string{"consumer_key", "consumer_secret", "access_token", "access_token_secret"} {
		destination[secret] = catalog.Mask
	}
	destination["api_url"] = "http://127.0.0.1:" + thief.port
	a.send("POST", "/api/v1/destinations/x2/test", map[string]any{"spec": destination})
	a.send("PUT", "/api/v1/destinations/x2", map[string]any{"spec": destination})
	a.send("POST", "/api/v1/destinations/x2/test", map[string]any{})
	if said := thief.heard(); strings.Contains(said, "s3cr3t") || strings.Contains(said, "OAuth") {
		a.Errorf("another server heard %q", said)
	}
}

// listener takes connections, asks PostgreSQL's clients for their password in the clear, and
// keeps all that it is told.
type listener struct {
	port string

	mu   sync.Mutex
	told bytes.Buffer
}

func listens(t *testing.T) *listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	out := &listener{port: fmt.Sprint(l.Addr().(*net.TCPAddr).Port)}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go out.serve(c)
		}
	}()
	return out
}

func (l *listener) heard() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.told.String()
}

func (l *listener) hear(p []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, _ = l.told.Write(p)
}

// serve hears a client out. PostgreSQL's begin with the length of what follows, which HTTP's
// do not.
func (l *listener) serve(c net.Conn) {
	defer func() { _ = c.Close() }()
	r := bufio.NewReader(c)
	for {
		head, err := r.Peek(8)
		if err != nil {
			return
		}
		length := binary.BigEndian.Uint32(head)
		if length > 10_000 { // HTTP
			request, err := http.ReadRequest(r)
			if err != nil {
				return
			}
			l.hear(fmt.Appendf(nil, "%s %s %v\n", request.Method, request.URL, request.Header))
			_, _ = io.WriteString(c, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
			return
		}
		message := make([]byte, length)
		if _, err := io.ReadFull(r, message); err != nil {
			return
		}
		l.hear(message)
		if binary.BigEndian.Uint32(head[4:]) == 80877103 { // may we speak TLS?
			_, _ = c.Write([]byte("N"))
			continue
		}
		_, _ = c.Write([]byte{'R', 0, 0, 0, 8, 0, 0, 0, 3}) // your password, please
		answer := make([]byte, 1024)
		n, _ := r.Read(answer)
		l.hear(answer[:n])
		return
	}
}
