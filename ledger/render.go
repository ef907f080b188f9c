package ledger

import (
	"embed"
	"fmt"
	"strings"
	"text/template"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

//go:embed sql/*.sql
var files embed.FS

// isoLayout is how times stand in a ledger's tables, isoPattern what texts of it match.
const (
	isoLayout  = "2006-01-02T15:04:05Z"
	isoPattern = "____-__-__T__:__:__Z"
)

// column is a destination field as a column of the ledger's tables.
type column struct {
	// At is the field's place among the destination's.
	At int
	// Column is the quoted name.
	Column string
	eddy.Field
}

// columns are the ledger's columns of the destination's fields.
func (l *Ledger) columns() []column {
	out := make([]column, len(l.cfg.Fields))
	for i, f := range l.cfg.Fields {
		out[i] = column{i, warehouse.Quote(f.Name), f}
	}
	return out
}

// list joins one piece of SQL for each column.
func list(columns []column, piece func(column) string) string { return lines(columns, ", ", piece) }

func lines(columns []column, between string, piece func(column) string) string {
	parts := make([]string, len(columns))
	for i, c := range columns {
		parts[i] = piece(c)
	}
	return strings.Join(parts, between)
}

// render makes a statement of a file's template.
func (l *Ledger) render(name string, data any) string {
	if l.templates == nil {
		l.templates = template.Must(template.New("sql").Funcs(l.funcs()).ParseFS(files, "sql/*.sql"))
	}
	var b strings.Builder
	if err := l.templates.ExecuteTemplate(&b, name, data); err != nil {
		panic(fmt.Sprintf("ledger: render %s: %v", name, err)) // a fault of ours, found by any test
	}
	return strings.TrimSpace(b.String())
}

// indent moves what stands within another statement to the right: statements are read by
// people too. No text that is put in has lines of its own.
func indent(sql string, depth int) string {
	space := strings.Repeat(" ", depth)
	return space + strings.ReplaceAll(sql, "\n", "\n"+space)
}

// comment opens each statement: it tells the warehouse's administrator who asks.
func (l *Ledger) comment(step string) string {
	clean := strings.NewReplacer("*/", "* /", "/*", "/ *", "\n", " ", "\r", " ", ";", ",").Replace(l.cfg.Connection)
	return fmt.Sprintf("/* eddy: connection %s, run %s, %s */\n", clean, l.run, step)
}

// funcs are what the templates call.
func (l *Ledger) funcs() template.FuncMap {
	return template.FuncMap{
		"text":      func() string { return l.d.Text },
		"timestamp": func() string { return l.d.Timestamp },
		"once":      func() string { return l.d.Once },
		"inlined":   func() string { return l.d.Inlined },
		"scratch":   l.d.Scratch,
		"lit":       warehouse.QuoteText,
		"iso":       func() string { return isoPattern },
		"bucket":    func(id string) string { return fmt.Sprintf(l.d.Bucket, id) },
		"bytes":     l.bytes,
		"in":        func(depth int, name string, data any) string { return indent(l.render(name, data), depth) },
		"fields": func(prefix string) string {
			return list(l.columns(), func(c column) string { return prefix + c.Column })
		},
		"version":   l.version,
		"answered":  func(p interface{ self() part }, bucket string) string { return answered(p.self(), bucket) },
		"split":     func(text string) string { return fmt.Sprintf(l.d.Values, text) },
		"one":       l.single,
		"canonical": func(f losing, text string) string { return l.canonical(f.column, text) },
		"otherKind": l.otherKind,
		"operation": func() string {
			return "CASE WHEN outcome = 'invalid' AND operation = 'update' THEN 'delete' ELSE operation END"
		},
		"status":         func() string { return statusSQL },
		"resting":        l.resting,
		"lapse":          func(prefix string, m moment) string { return m.until(l, l.expiresOf(prefix)) },
		"planned_values": func(c comparison) string { return c.planned(l) },
		"apart":          func() bool { return l.form.apart },
		"values":         func(c comparison) string { return c.values(l) },
		"same":           func(c comparison) string { return c.same(l) },
		"staged":         func(c comparison) string { return c.staged(l) },
		"keptValues":     func(c comparison) string { return c.keptValues(l) },
		"keptUntil":      func(c comparison) string { return c.moment.until(l, l.expiresOf("k.")) },
		"keptWanted":     func(c comparison) string { return c.moment.wanted(l, l.expiresOf("k.")) },
		"own":            func(c comparison) string { return c.own(l) },
		"model_settings": func(c comparison) string { return c.either(c.Kept, "s.settings", fmt.Sprint(c.Settings)) },
		"model_fingerprint": func(c comparison) string {
			return c.either(c.Kept || l.cfg.Digests, "s.fingerprint", l.form.fingerprint(l, c.Model))
		},
		"model_until":   func(c comparison) string { return c.either(c.ends(l), "s.until", c.moment.until(l, "")) },
		"model_wanted":  func(c comparison) string { return c.either(c.ends(l), "s.wanted", "1") },
		"model_present": func(c comparison) string { return c.either(c.Kept, "s.present", "1") },
		"lapsing":       func(c comparison) string { return c.lapsing(l) },
		"times":         func(c comparison) []column { return c.times },
		"stagedColumns": stagedColumns,
		"identities":    func(n neighbours) []losing { return n.Identities },
	}
}

// statusSQL is what became of a record, as the sync log tells it: nobody is a row that
// cannot be sent any more, and whose old version was removed.
const statusSQL = `CASE
    WHEN outcome IN ('doubt', 'unsent') THEN 'failed'
    WHEN stays = 1 AND (outcome = 'delivered' OR operation = 'update' AND outcome = 'invalid') THEN CASE WHEN refused = 1 THEN 'rejected' ELSE 'failed' END
    WHEN outcome = 'invalid' AND operation = 'update' THEN 'nobody'
    WHEN outcome IN ('invalid', 'rejected', 'same') THEN outcome
    ELSE 'delivered'
  END`

// version lists the columns of a version, as its tables have them: what every comparison
// reads comes first, because an engine that keeps rows reads them from the front.
func (l *Ledger) version(prefix string) string {
	return prefix + "settings, " + prefix + "attempts, " + prefix + "record_id, " + prefix + "until, " + prefix + "state, " +
		list(l.columns(), func(c column) string { return prefix + c.Column }) + ", " + prefix + "fingerprint, " + prefix + "reason"
}

// bytes compares a text byte by byte, whatever the database's collation.
func (l *Ledger) bytes(expr string) string {
	if l.d.Bytes == "" {
		return expr
	}
	return fmt.Sprintf(l.d.Bytes, expr)
}

// resting says that a version rests, after how many refusals, and why it was refused:
// whoever reads the reason must know that waiting will not help.
func (l *Ledger) resting() string {
	times := " until its row changes (refusals: ' || CAST(attempts AS " + l.d.Text + ") || '): ' || coalesce(reason, '')"
	return "CASE\n    WHEN state = 'leaving' THEN 'its removal rests" + times + "\n    WHEN state = 'rejected' THEN 'rests" + times + "\n    ELSE reason\n  END"
}

// answered says that a bucket was answered for.
func answered(p part, bucket string) string {
	if p.all() {
		return "TRUE"
	}
	var or []string
	for _, s := range p.Answered {
		or = append(or, fmt.Sprintf("%s BETWEEN %d AND %d", bucket, s.From, s.To))
	}
	if len(or) == 0 {
		return "FALSE"
	}
	return "(" + strings.Join(or, " OR ") + ")"
}

// single says that a text is one value and not a list.
func (l *Ledger) single(text string) string { return fmt.Sprintf("strpos(%s, ',') = 0", text) }

// canonical is the form under which values of a field are compared in SQL.
func (l *Ledger) canonical(c column, text string) string {
	if l.cfg.Digests {
		return text
	}
	return fmt.Sprintf(l.d.Canonical[c.Canonical], text)
}

// expiresOf is the column of the field that ends a membership, NULL if there is none.
func (l *Ledger) expiresOf(prefix string) string {
	for _, c := range l.columns() {
		if c.Ends {
			return prefix + c.Column
		}
	}
	return "CAST(NULL AS " + l.d.Text + ")"
}
