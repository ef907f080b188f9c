package duckdb

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/eddy-retl/eddy"
)

// csvOptions say how a source's CSV files are written.
func csvOptions() []eddy.Option {
	return []eddy.Option{
		{Name: "csv.delimiter", Kind: eddy.TextOption, Part: eddy.PlainPart, Example: `";"`, Help: "What separates cells. Without it, the one of comma, semicolon, tab and bar that the header line has; a file whose header line has two of them is refused. A .tsv has tabs."},
		{Name: "csv.quote", Kind: eddy.TextOption, Part: eddy.PlainPart, Default: `"`, Help: "What stands around cells that have a delimiter or a line's end in them. Empty: nothing does."},
		{Name: "csv.escape", Kind: eddy.TextOption, Part: eddy.PlainPart, Example: `"\\"`, Help: "What stands before a quote within a cell. Without it, the quote itself."},
		{Name: "csv.header", Kind: eddy.BoolOption, Part: eddy.PlainPart, Default: "true", Help: "The first line has the names of the columns. With false they are column0, column1 and so on."},
		{Name: "csv.skip", Kind: eddy.NumberOption, Part: eddy.PlainPart, Example: "1", Help: "Lines before the header line that are left out."},
		{Name: "csv.comment", Kind: eddy.TextOption, Part: eddy.PlainPart, Example: `"#"`, Help: "Lines that begin with it are left out. Without it, none are."},
		{Name: "csv.encoding", Kind: eddy.TextOption, Part: eddy.PlainPart, Default: encodingUTF8, Choices: []string{encodingUTF8, encodingUTF16, encodingLatin1, encodingWindows1252}, Help: "How letters are written; utf-16 needs its byte order mark. In another one than utf-8 all columns are texts, in sql too."},
		{Name: "csv.null", Kind: eddy.TextOption, Part: eddy.PlainPart, Example: `"NULL"`, Help: "A text that stands for no value, as an empty cell does, where it is not in quotes."},
	}
}

// csvForm reads them.
func csvForm(src eddy.Source) (form, error) {
	get := func(name, otherwise string) string {
		if v, ok := src.Options["csv."+name]; ok {
			return v
		}
		return otherwise
	}
	f := usualForm()
	f.delimiter = strings.ReplaceAll(get("delimiter", ""), `\t`, "\t")
	f.headless = get("header", "true") == "false"
	f.encoding = get("encoding", encodingUTF8)
	f.null = get("null", "")
	f.skip, _ = strconv.Atoi(get("skip", "0")) // the configuration's check took it for a number
	for _, letter := range []struct {
		name, otherwise string
		to              *byte
	}{{"quote", `"`, &f.quote}, {"escape", get("quote", `"`), &f.escape}, {"comment", "", &f.comment}} {
		text := get(letter.name, letter.otherwise)
		if *letter.to = 0; len(text) > 1 || text > "\x7f" {
			return f, wrongForm(src, letter.name, "one character of ASCII")
		} else if text != "" {
			*letter.to = text[0]
		}
	}
	if len(f.delimiter) > 4 || strings.ContainsAny(f.delimiter, "\r\n") || f.delimiter != "" && f.quote != 0 && strings.IndexByte(f.delimiter, f.quote) >= 0 {
		return f, wrongForm(src, "delimiter", "one to four bytes, without a line's end and the quote")
	}
	return f, nil
}

func wrongForm(src eddy.Source, name, want string) error {
	return &eddy.Error{Code: eddy.CodeConfig, What: fmt.Sprintf("source %s: csv.%s is not %s", src.Name, name, want), Mend: "Write for example csv: {delimiter: \";\", quote: \"'\"}."}
}
