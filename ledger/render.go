package ledger

import (
	"cmp"
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

// writer writes the statements in an engine's dialect.
type writer struct {
	d      *warehouse.Dialect
	form   form
	fields []eddy.Field
	// templates are the statements, made with the first of them.
	templates *template.Template
}

// column is a destination field as a column of the ledger's tables.
type column struct {
	// At is the field's place among the destination's.
	At int
	// Column is the quoted name.
	Column string
	eddy.Field
}

// columns are the ledger's columns of the destination's fields.
func (w *writer) columns() []column {
	out := make([]column, len(w.fields))
	for i, f := range w.fields {
		out[i] = column{i, w.d.Quote(f.Name), f}
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
func (w *writer) render(name string, data any) string {
	if w.templates == nil {
		w.templates = template.Must(template.New("sql").Funcs(w.funcs()).ParseFS(files, "sql/*.sql"))
	}
	var b strings.Builder
	if err := w.templates.ExecuteTemplate(&b, name, data); err != nil {
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

// funcs are what the templates call.
func (w *writer) funcs() template.FuncMap {
	return template.FuncMap{
		"text":     func() string { return w.d.Text },
		"moment":   func(text string) string { return w.d.MomentOf(w.d.Literal(text)) },
		"momentOf": func(text string) string { return w.d.MomentOf(text) },
		"union":    func() string { return cmp.Or(w.d.Union, "UNION") },
		"once":     func() string { return w.d.With.Once },
		"inlined":  func() string { return w.d.With.Inlined },
		"lit":      w.d.Literal,
		"iso":      func() string { return isoPattern },
		"bucket":   func(id string) string { return fmt.Sprintf(w.d.Bucket, id) },
		"bytes":    w.bytes,
		"in":       func(depth int, name string, data any) string { return indent(w.render(name, data), depth) },
		"fields": func(prefix string) string {
			return list(w.columns(), func(c column) string { return prefix + c.Column })
		},
		"version":   w.version,
		"answered":  func(p interface{ self() part }, bucket string) string { return answered(p.self(), bucket) },
		"split":     func(rows, name, text string) string { return fmt.Sprintf(w.d.Values, rows, name, text) },
		"one":       func(text string) string { return text + " NOT LIKE '%,%'" }, // planners expect LIKE to be rare
		"several":   func(text string) string { return text + " LIKE '%,%'" },
		"canonical": func(f losing, text string) string { return w.canonical(f.column, text) },
		"otherKind": w.otherKind,
		"formOf":    w.canonical,
		"named":     w.form.named,
		"firstOf":   w.form.first,
		"operation": func() string {
			return "CASE WHEN outcome = 'invalid' AND operation = 'update' THEN 'delete' ELSE operation END"
		},
		"status":         func() string { return statusSQL },
		"resting":        w.resting,
		"lapse":          func(prefix string, m moment) string { return m.until(w, w.expiresOf(prefix)) },
		"planned_values": func(c comparison) string { return c.planned(w) },
		"apart":          func() bool { return w.form.apart },
		"values":         func(c comparison) string { return c.values(w) },
		"same":           func(c comparison) string { return c.same(w) },
		"staged":         func(c comparison) string { return c.staged(w) },
		"keptValues":     func(c comparison) string { return c.keptValues(w) },
		"keptUntil":      func(c comparison) string { return c.moment.until(w, w.expiresOf("k.")) },
		"keptWanted":     func(c comparison) string { return c.moment.wanted(w, w.expiresOf("k.")) },
		"own":            func(c comparison) string { return c.own(w) },
		"model_settings": func(c comparison) string { return c.either(c.Kept, "s.settings", fmt.Sprint(c.Settings)) },
		"model_fingerprint": func(c comparison) string {
			return c.either(c.Kept || w.form.apart, "s.fingerprint", w.form.fingerprint(w, c.Model))
		},
		"model_until":   func(c comparison) string { return c.either(c.ends(w), "s.until", c.moment.until(w, "")) },
		"model_wanted":  func(c comparison) string { return c.either(c.ends(w), "s.wanted", "1") },
		"model_present": func(c comparison) string { return c.either(c.Kept, "s.present", "1") },
		"lapsing":       func(c comparison) string { return c.lapsing(w) },
		"admitted": func(s interface {
			admits(w *writer, id string) string
		}, id string,
		) string {
			return s.admits(w, id)
		},
		"shutOut": func(s interface {
			shutOut(w *writer, id string) []string
		}, id string,
		) []string {
			return s.shutOut(w, id)
		},
		"unlisted":   func(s interface{ unlisted(id string) string }, id string) string { return s.unlisted(id) },
		"only":       func(c comparison, id string) string { return c.only(id) },
		"mayRest":    func(c comparison, id string) string { return c.mayRest(id) },
		"of":         func(f losing) column { return f.column },
		"rowColumns": func(s listSearch, prefix string) string { return s.rowColumns(w, prefix) },
		"heldOut": func(s interface {
			heldOut(w *writer, id string) string
		}, id string,
		) string {
			return s.heldOut(w, id)
		},
		"times":         func(c comparison) []column { return c.times },
		"stagedColumns": w.stagedColumns,
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
func (w *writer) version(prefix string) string {
	return prefix + "settings, " + prefix + "attempts, " + prefix + "record_id, " + prefix + "until, " + prefix + "state, " +
		list(w.columns(), func(c column) string { return prefix + c.Column }) + ", " + prefix + "fingerprint, " + prefix + "reason"
}

// bytes compares a text byte by byte, whatever the database's collation.
func (w *writer) bytes(expr string) string {
	if w.d.Bytes == "" {
		return expr
	}
	return fmt.Sprintf(w.d.Bytes, expr)
}

// resting says that a version rests, after how many refusals, and why it was refused:
// whoever reads the reason must know that waiting will not help.
func (w *writer) resting() string {
	times := " until its row changes (refusals: ' || CAST(attempts AS " + w.d.Text + ") || '): ' || coalesce(reason, '')"
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

// canonical is the form under which values of a field are compared in SQL.
func (w *writer) canonical(c column, text string) string {
	if w.form.apart {
		return text
	}
	return fmt.Sprintf(w.d.Canonical[c.Canonical], text)
}

// expiresOf is the column of the field that ends a membership, NULL if there is none.
func (w *writer) expiresOf(prefix string) string {
	for _, c := range w.columns() {
		if c.Ends {
			return prefix + c.Column
		}
	}
	return "CAST(NULL AS " + w.d.Text + ")"
}

// otherKind says that a value may be an identity that is lost and is written as the other
// kind: where one side may be a digest and the other may not, each value is a candidate.
// It ends with OR, and is empty where no value is.
func (w *writer) otherKind(f losing, text string) string {
	or := ""
	if f.Texts && !w.form.apart {
		or = fmt.Sprintf("length(%s) >= %d OR ", text, digestLength)
	}
	if f.AsDigests && !w.form.apart && f.Canonical != eddy.CanonicalExact {
		or += fmt.Sprintf("length(%s) <> %d OR NOT %s OR ", text, digestLength, fmt.Sprintf(w.d.Digest, text))
	}
	return or
}

// changeColumns are the columns of changes.
func (w *writer) changeColumns() []string {
	out := []string{"bucket", "record_id", "operation", "side", "state", "was"}
	for _, f := range w.fields {
		out = append(out, f.Name)
	}
	return append(out, "settings", "fingerprint", "until", "held_until", "attempts", "reason", "present")
}
