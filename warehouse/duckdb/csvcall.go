package duckdb

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/eddy-retl/eddy/warehouse"
)

// csv fills in what a call of read_csv leaves to a guess. What the user wrote stands.
func (c *call) csv(ctx context.Context, usual form, number int) error {
	if err := c.packing(); err != nil {
		return err
	}
	f := usual
	if encoding, ok := c.given["encoding"].(string); ok {
		return c.otherEncoding(ctx, usual, encoding)
	}
	if f.encoding != encodingUTF8 {
		if len(c.own) > 0 {
			return notSelect("the source says csv: {encoding: " + f.encoding + "}, and read_csv has other options: write the encoding there too, or leave them all out")
		}
		c.part.function = fmt.Sprintf("eddy_file_%d", number)
		var err error
		c.part.rows, _, err = csvTable(ctx, c.part.files, c.part.packs, f)
		return err
	}
	certain := c.form(&f)
	rows, delimiter, err := csvTable(ctx, c.part.files, c.part.packs, f)
	if err != nil && certain {
		return err
	}
	if err == nil {
		if err := c.header(rows); err != nil {
			return err
		}
		f.delimiter = delimiter
	}
	if c.fill(f); certain {
		c.part.rows = rows
	}
	return nil
}

// otherEncoding leaves a call alone whose encoding the user wrote, but for UTF-8.
func (c *call) otherEncoding(ctx context.Context, usual form, encoding string) error {
	if lower := strings.ToLower(encoding); lower == encodingUTF8 || lower == "utf8" {
		delete(c.given, "encoding")
		usual.encoding = encodingUTF8
		return c.csv(ctx, usual, 0)
	}
	usual.encoding = encodingUTF8
	certain := c.form(&usual)
	if usual.delimiter == "" {
		usual.delimiter = ","
	}
	if _, said := c.given["header"]; !said && certain && c.names() != nil {
		return c.sayHeader()
	}
	c.fill(usual)
	return nil
}

// form takes the user's options. It says whether the files are then read strictly, in a
// way that Eddy knows.
func (c *call) form(f *form) bool {
	certain := true
	letter := func(to *byte, name string) {
		v, ok := c.given[name].(string)
		if !ok {
			return
		}
		if *to = 0; len(v) == 1 {
			*to = v[0]
		} else if v != "" {
			certain = false
		}
	}
	letter(&f.quote, "quote")
	if _, said := c.given["quote"]; said {
		f.escape = f.quote
	}
	letter(&f.escape, "escape")
	letter(&f.comment, "comment")
	for _, name := range []string{"delim", "sep", "delimiter"} {
		if v, ok := c.given[name].(string); ok {
			f.delimiter = strings.ReplaceAll(v, "\\t", "\t")
		}
	}
	if v, ok := c.given["skip"].(float64); ok {
		f.skip = int(v)
	}
	if v, ok := c.given["header"]; ok {
		f.headless = !truth(v)
	}
	for _, name := range []string{"ignore_errors", "null_padding", "store_rejects", "rejects_table", "rejects_scan", "rejects_limit", "union_by_name"} {
		certain = certain && !truth(c.given[name])
	}
	strict, said := c.given["strict_mode"]
	return certain && (!said || truth(strict))
}

// truth reads an option as DuckDB does; a text that names something is one too.
func truth(v any) bool {
	switch v := v.(type) {
	case bool:
		return v
	case float64:
		return v != 0
	case string:
		return v != "" && !slices.Contains([]string{"false", "f", "0", "no"}, strings.ToLower(v))
	default:
		return v != nil
	}
}

// names are the names that the user gives the columns; nil if none are given.
func (c *call) names() (out []string) {
	for _, option := range []string{"names", "column_names", "columns"} {
		switch v := c.given[option].(type) {
		case []any:
			out = texts(v)
		case map[string]any:
			for name := range v {
				out = append(out, name)
			}
		}
	}
	return out
}

// header decides whether the first line is a header where the user names the columns and
// does not say: it is one if it has these names.
func (c *call) header(rows *fileTable) error {
	names := c.names()
	if _, said := c.given["header"]; said || names == nil {
		return nil
	}
	for _, name := range rows.names {
		if !slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, name) }) {
			return c.sayHeader()
		}
	}
	return nil
}

func (c *call) sayHeader() error {
	return notSelect(c.function + " names the columns, and the first line of its file has other names: say with header = true or header = false whether that line is a header")
}

// fill adds the options that the user left out.
func (c *call) fill(f form) {
	text := func(b byte) string {
		if b == 0 {
			return "''"
		}
		return warehouse.QuoteText(string(rune(b)))
	}
	add := func(value string, names ...string) {
		if !slices.ContainsFunc(names, func(n string) bool { _, ok := c.given[n]; return ok }) {
			c.options += ", " + names[0] + " = " + value
		}
	}
	if f.delimiter != "" {
		add(warehouse.QuoteText(f.delimiter), "delim", "sep", "delimiter")
	}
	add(text(f.quote), "quote")
	add(text(f.escape), "escape")
	add(text(f.comment), "comment")
	add(fmt.Sprint(!f.headless), "header")
	add(fmt.Sprint(f.skip), "skip")
	add("false", "ignore_errors", "store_rejects", "rejects_table", "rejects_scan", "rejects_limit")
	add("false", "null_padding")
	add("true", "strict_mode")
	// DuckDB takes lines of 2 MB; one huge cell must not keep all other rows out.
	add("16000000", "max_line_size", "maximum_line_size", "buffer_size")
	add("34000000", "buffer_size", "max_line_size", "maximum_line_size")
	if f.null != "" {
		add("['', "+warehouse.QuoteText(f.null)+"]", "nullstr")
	}
}
