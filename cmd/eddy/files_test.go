package main

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/eddy-retl/eddy"
)

// TestFilesAreFolders: a server does not start with folders that its operator cannot have
// meant to open.
func TestFilesAreFolders(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	state := filepath.Join(dir, "state")
	if err := os.MkdirAll(filepath.Join(state, "in"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "file.csv"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(state, filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	for folder, refused := range map[string]string{
		dir: "", "/": "", filepath.Join(dir, "none"): "no such file", filepath.Join(dir, "file.csv"): "is no folder",
		state: "no model reads", filepath.Join(state, "in"): "no model reads", filepath.Join(dir, "link", "in"): "no model reads", "/proc/self": "no model reads", "/dev": "no model reads",
	} {
		o := serving{listening: listening{address: "127.0.0.1:0"}, place: place{stateDir: state}, role: roleAll, logFormat: "text", workers: 1, opened: []string{folder}}
		err := o.check()
		if (err == nil) != (refused == "") || err != nil && (!strings.Contains(err.Error(), refused) || eddy.ErrorCode(err) != eddy.CodeUsage) {
			t.Errorf("--files %s: %v; want %q", folder, err, refused)
		}
	}
}

// TestModelsReadNeitherCertificateNorLog, nor the token of the metrics: also where the operator keeps them in a folder that
// is opened, also after the certificate was renewed.
func TestModelsReadNeitherCertificateNorLog(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	certify(t, at("old.pem"), at("old-key.pem"), 1)
	pool := x509.NewCertPool()
	pool.AddCert(certify(t, at("new.pem"), at("new-key.pem"), 2))
	if err := os.Chtimes(at("new.pem"), time.Time{}, time.Now().Add(time.Minute)); err != nil { // file systems may count in ticks
		t.Fatal(err)
	}
	link := func(to string) {
		t.Helper()
		for _, name := range []string{"cert", "key"} {
			_ = os.Remove(at(name + ".pem"))
			target := map[string]string{"cert": to + ".pem", "key": to + "-key.pem"}[name]
			if err := os.Symlink(target, at(name+".pem")); err != nil {
				t.Fatal(err)
			}
		}
	}
	link("old")
	exe := linkProgram(t, t.TempDir())
	state := filepath.Join(t.TempDir(), "state")
	cmd := exec.Command(exe, "serve", "--listen", "127.0.0.1:0", "--state-dir", state, "--files", dir, "--tls-cert", at("cert.pem"), "--tls-key", at("key.pem"), "--metrics-token-file", at("metrics.token"))
	if err := os.WriteFile(at("metrics.token"), []byte("seen-by-prometheus-alone"), 0o600); err != nil {
		t.Fatal(err)
	}
	log, err := os.Create(at("eddy.log"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = log.Close() }()
	out := &heard{more: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = out, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
	url := out.announced(t, `eddy serves (https://[0-9.:]+),`)
	link("new")
	operator := func(args ...string) string {
		t.Helper()
		text, err := exec.Command(exe, append(args, "--state-dir", state)...).Output()
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(text))
	}
	operator("user", "add", "--role", "editor", "--raw-values", "eve@example.com")
	token := operator("user", "token", "eve@example.com")
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}}
	ask := func(path, body string) string {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+token)
		answer, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = answer.Body.Close() }()
		text, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	ask("/api/v1/sources", `{"name":"s","spec":{"type":"duckdb"}}`)
	for _, name := range []string{"cert.pem", "key.pem", "new.pem", "new-key.pem", "metrics.token", "eddy.log"} {
		if told := ask("/api/v1/sources/s/preview", `{"sql":"SELECT content FROM read_text('`+at(name)+`')"}`); !strings.Contains(told, "which no model reads") {
			t.Errorf("%s: %.300s", name, told)
		}
	}
	if told := ask("/api/v1/sources/s/preview", `{"sql":"SELECT file FROM glob('*.log')"}`); strings.Contains(told, "eddy.log") {
		t.Errorf("the log is found: %s", told)
	}
}
