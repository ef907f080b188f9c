package main

import (
	"io"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
)

// post [STATUS] URL JSON sends JSON to a server, with $TOKEN if there is one, and prints
// what it answers.
func (w *world) post(neg bool, args []string) {
	w.never(neg)
	want := http.StatusOK
	if len(args) > 0 {
		if n, err := strconv.Atoi(args[0]); err == nil {
			want, args = n, args[1:]
		}
	}
	w.need(args, 2, "post [STATUS] URL JSON")
	r, err := http.NewRequest(http.MethodPost, args[0], strings.NewReader(args[1])) //nolint:noctx // a loopback server that answers at once
	w.Check(err)
	r.Header.Set("Content-Type", "application/json")
	if token := w.Getenv("EDDY_TOKEN"); token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := http.DefaultClient.Do(r)
	w.Check(err)
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	w.Check(err)
	w.say(string(body), "")
	if answer.StatusCode != want {
		w.Fatalf("POST %s: %s, want %d\n%s", args[0], answer.Status, want, body)
	}
}

// keep NAME REGEXP keeps in $NAME what the expression's first group finds in the output of
// the newest command.
func (w *world) keep(neg bool, args []string) {
	w.never(neg)
	w.need(args, 2, "keep NAME REGEXP")
	m := regexp.MustCompile(args[1]).FindStringSubmatch(w.out)
	if len(m) < 2 {
		w.Fatalf("the output has nothing like %q", args[1])
	}
	w.Setenv(args[0], m[1])
}

// save FILE keeps the untouched output of the newest command in a file.
func (w *world) save(neg bool, args []string) {
	w.never(neg)
	w.need(args, 1, "save FILE")
	w.Check(os.WriteFile(w.MkAbs(args[0]), []byte(w.out), 0o600))
}
