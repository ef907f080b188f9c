package sandbox

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

//go:embed page.html
var pageHTML string

// The pages show the beginning; JSON has everything.
const (
	shownMembers  = 200
	shownRequests = 50
)

type frame struct {
	Title   string
	Refresh int // seconds; 0 is never, since a page that moves by itself is hard to read
}

type homeView struct {
	frame
	URL, Account, ConsumerKey, ConsumerSecret, AccessToken, AccessTokenSecret string

	Accounts []accountView
	Faults   []Fault
	Requests []Request
}

type accountView struct {
	ID, Name  string
	Audiences []Audience
}

type audienceView struct {
	frame
	Audience Audience
	Members  []string
	Persons  []string
	Shown    []shown
	Requests []Request
}

type shown struct{ Field, Value string }

func parsePages() *template.Template {
	return template.Must(template.New("page").Funcs(template.FuncMap{
		"clock": func(t time.Time) string { return t.UTC().Format("15:04:05") },
		"rfc":   func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"group": group,
		"some":  some,
		"noun":  noun,
		"day":   func(stamp string) string { return strings.NewReplacer("T", " ", "Z", "").Replace(stamp) },
		"path":  breakable,
		"tone":  tone,
		"left":  left,
	}).Parse(pageHTML))
}

// group writes a number with thin spaces between thousands.
func group(n any) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "\u202f" + s[i:]
	}
	return s
}

// noun is how n things are called.
func noun(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// some leaves a zero out: most requests have nothing to count.
func some(n any) string {
	if text := group(n); text != "0" {
		return text
	}
	return ""
}

// breakable lets a browser break a path behind its slashes.
func breakable(path string) template.HTML {
	return template.HTML(strings.ReplaceAll(template.HTMLEscapeString(path), "/", "/<wbr>")) //nolint:gosec // escaped right here
}

// tone is the class that colours a status.
func tone(status int) string {
	if status >= 200 && status < 300 {
		return "good"
	}
	return "bad"
}

func left(f Fault) string {
	if f.Count == 0 {
		return "no end"
	}
	return strconv.Itoa(f.Count - f.Fired)
}

func (s *Server) homePage(w http.ResponseWriter, r *http.Request) {
	v := homeView{
		frame:   frame{Title: "X Ads sandbox", Refresh: refresh(r)},
		URL:     s.scheme(r) + "://" + r.Host,
		Account: s.cfg.Account, ConsumerKey: s.cfg.ConsumerKey, ConsumerSecret: s.cfg.ConsumerSecret,
		AccessToken: s.cfg.AccessToken, AccessTokenSecret: s.cfg.AccessTokenSecret,
		Accounts: s.accountViews(), Faults: s.Faults(), Requests: newest(s.Requests()),
	}
	s.render(w, "home", v)
}

func (s *Server) accountViews() []accountView {
	var list []accountView
	s.mu.RLock()
	for _, a := range s.accounts {
		list = append(list, accountView{ID: a.id, Name: a.name})
	}
	s.mu.RUnlock()
	for _, a := range s.all() {
		i := slices.IndexFunc(list, func(v accountView) bool { return v.ID == a.owner })
		if i >= 0 {
			list[i].Audiences = append(list[i].Audiences, s.describe(a))
		}
	}
	return list
}

func (s *Server) audiencePage(w http.ResponseWriter, r *http.Request) {
	a := s.find(r.PathValue("id"))
	if a == nil || a.isDeleted() {
		http.Error(w, "There is no such audience.", http.StatusNotFound)
		return
	}
	v := audienceView{Audience: s.describe(a), Members: s.Members(a.id), Persons: s.Persons(a.id)}
	v.Title = v.Audience.Name + " · X Ads sandbox"
	for _, m := range v.Members[:min(len(v.Members), shownMembers)] {
		f, value, _ := strings.Cut(m, ":")
		v.Shown = append(v.Shown, shown{f, value})
	}
	v.Requests = newest(slices.DeleteFunc(s.Requests(), func(q Request) bool {
		return !strings.EqualFold(q.Audience, a.id)
	}))
	s.render(w, "audience", v)
}

// newest turns the log round and keeps what fits on a page.
func newest(list []Request) []Request {
	slices.Reverse(list)
	return list[:min(len(list), shownRequests)]
}

// refresh is how often the page asks again, if its reader wants that.
func refresh(r *http.Request) int {
	n, err := strconv.Atoi(r.URL.Query().Get("refresh"))
	if err != nil || n < 1 {
		return 0
	}
	return n
}

// render writes a whole page or an error, never half a page.
func (s *Server) render(w http.ResponseWriter, name string, view any) {
	var b bytes.Buffer
	if err := s.page.ExecuteTemplate(&b, name, view); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
	_, _ = b.WriteTo(w)
}
