package sandbox

import (
	"cmp"
	"encoding/base64"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// listing is what a client asked of a collection.
type listing struct {
	count       int
	cursor      string // id of the last row of the page before
	prefix      string
	sort        []order
	ids         []string
	withDeleted bool
	withTotal   bool
	shared      bool
}

type order struct {
	by         string
	descending bool
}

// row is one element of a collection before it is written.
type row struct {
	id, name         string
	created, updated time.Time
	deleted, shared  bool
	view             func() any
}

type listBody struct {
	Data       []any         `json:"data"`
	NextCursor *string       `json:"next_cursor"`
	TotalCount *int          `json:"total_count,omitempty"`
	Request    requestObject `json:"request"`
}

// The limits of collection parameters.
const (
	defaultCount = 200
	maxCount     = 1000
	maxIDs       = 200
	maxPrefix    = 255
)

// list answers for a collection; rows come in the order of creation.
func (c *call) list(idsParameter string, rows func(*listing) []row) reply {
	l, errs := c.listing(idsParameter)
	if len(errs) > 0 {
		return c.refuse(http.StatusBadRequest, errs...)
	}
	all := rows(l)
	l.arrange(all)
	from := 0
	if l.cursor != "" {
		from = 1 + slices.IndexFunc(all, func(r row) bool { return r.id == l.cursor })
		if from == 0 {
			return c.refuse(http.StatusBadRequest, invalid("cursor", "The cursor is not valid"))
		}
	}
	body := listBody{Data: []any{}, Request: requestObject{c.echo}}
	total := 0
	for i, r := range all {
		if !l.takes(r) {
			continue
		}
		total++
		if i < from || len(body.Data) >= l.count {
			continue
		}
		body.Data = append(body.Data, r.view())
		// X knows the end only by a page that is not full, so a full last page has a
		// cursor to an empty one.
		if len(body.Data) == l.count {
			next := base64.RawURLEncoding.EncodeToString([]byte(r.id))
			body.NextCursor = &next
		}
	}
	if l.withTotal {
		body.TotalCount = &total
	}
	return jsonReply(http.StatusOK, body)
}

// arrange sorts rows; equal ones stay in the order of creation.
func (l *listing) arrange(rows []row) {
	slices.SortStableFunc(rows, func(a, b row) int {
		for _, o := range l.sort {
			n := o.compare(a, b)
			if o.descending {
				n = -n
			}
			if n != 0 {
				return n
			}
		}
		return 0
	})
}

func (o order) compare(a, b row) int {
	switch o.by {
	case "name":
		return cmp.Compare(a.name, b.name)
	case "created_at":
		return a.created.Compare(b.created)
	case "updated_at":
		return a.updated.Compare(b.updated)
	}
	return boolInt(a.deleted) - boolInt(b.deleted)
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (l *listing) takes(r row) bool {
	switch {
	case r.deleted && !l.withDeleted, r.shared != l.shared:
		return false
	case l.ids != nil && !slices.Contains(l.ids, r.id):
		return false
	}
	return strings.HasPrefix(strings.ToLower(r.name), l.prefix)
}

// listing reads the parameters of a collection; all mistakes are told at once.
func (c *call) listing(idsParameter string) (*listing, []apiError) {
	l := &listing{count: defaultCount}
	var errs []apiError
	note := func(e *apiError) {
		if e != nil {
			errs = append(errs, *e)
		}
	}
	note(c.number("count", 1, maxCount, &l.count))
	var bad *apiError
	l.withDeleted, bad = c.flag("with_deleted")
	note(bad)
	l.withTotal, bad = c.flag("with_total_count")
	note(bad)
	note(c.readCursor(l))
	note(c.readPrefix(l))
	note(c.readSort(l))
	note(c.readIDs(idsParameter, l))
	if scope, given := c.params["permission_scope"]; given {
		c.echo["permission_scope"] = scope
		l.shared = scope == "SHARED"
		if !l.shared && scope != "OWNER" {
			errs = append(errs, invalid("permission_scope", "Expected OWNER or SHARED"))
		}
	}
	return l, errs
}

func (c *call) readCursor(l *listing) *apiError {
	cursor, given := c.params["cursor"]
	if !given || cursor == "" {
		return nil
	}
	c.echo["cursor"] = cursor
	if l.withTotal {
		return &apiError{
			Code: codeExclusiveParameters, Parameter: "with_total_count",
			Message: "cursor and with_total_count exclude each other",
		}
	}
	id, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || len(id) == 0 {
		e := invalid("cursor", "The cursor is not valid")
		return &e
	}
	l.cursor = string(id)
	return nil
}

func (c *call) readPrefix(l *listing) *apiError {
	q, given := c.params["q"]
	if !given {
		return nil
	}
	c.echo["q"] = q
	if n := utf8.RuneCountInString(q); n < 1 || n > maxPrefix {
		e := invalid("q", "Expected 1 to %d characters", maxPrefix)
		return &e
	}
	l.prefix = strings.ToLower(q)
	return nil
}

func (c *call) readSort(l *listing) *apiError {
	for _, part := range c.commaList("sort_by") {
		by, direction, _ := strings.Cut(part, "-")
		if !oneOf(by, "name", "created_at", "updated_at", "deleted") || !oneOf(direction, "asc", "desc") {
			e := invalid("sort_by", "Expected an attribute with -asc or -desc")
			return &e
		}
		l.sort = append(l.sort, order{by, direction == "desc"})
	}
	return nil
}

func (c *call) readIDs(parameter string, l *listing) *apiError {
	for _, id := range c.commaList(parameter) {
		l.ids = append(l.ids, strings.ToLower(id))
	}
	if len(l.ids) > maxIDs {
		e := invalid(parameter, "Expected at most %d ids", maxIDs)
		return &e
	}
	return nil
}

// commaList reads a list parameter and echoes it as the array that X makes of it.
func (c *call) commaList(name string) []string {
	text, given := c.params[name]
	if !given || text == "" {
		return nil
	}
	list := strings.Split(text, ",")
	c.echo[name] = list
	return list
}

func (c *call) number(name string, low, high int, into *int) *apiError {
	text, given := c.params[name]
	if !given {
		return nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < low || n > high {
		c.echo[name] = text
		e := invalid(name, "Expected a number from %d to %d for %s", low, high, name)
		return &e
	}
	c.echo[name] = n
	*into = n
	return nil
}

// flag reads a boolean in any case: X's Python client writes True.
func (c *call) flag(name string) (bool, *apiError) {
	text, given := c.params[name]
	if !given {
		return false, nil
	}
	on := isTrue(text)
	if !on && !strings.EqualFold(text, "false") {
		c.echo[name] = text
		e := invalid(name, "Expected Boolean for %s", name)
		return false, &e
	}
	c.echo[name] = on
	return on, nil
}

func isTrue(s string) bool { return strings.EqualFold(s, "true") }

func (s *Server) listAudiences(c *call) reply {
	return c.list("custom_audience_ids", func(*listing) []row {
		var rows []row
		for _, a := range s.all() {
			a.mu.Lock()
			if a.level(c.account) != "" {
				rows = append(rows, row{
					id: a.id, name: a.name, created: a.created, updated: a.updated,
					deleted: a.deleted, shared: a.owner != c.account,
					view: func() any { return s.entity(a, c.account) },
				})
			}
			a.mu.Unlock()
		}
		return rows
	})
}
