package duckdb

import (
	"encoding/xml"
	"slices"
	"strconv"
	"strings"
)

// cell reads one cell to its end, and keeps its value if it has one and is in the area.
func (f *sheetFile) cell(e xml.StartElement) error {
	column := f.column + 1
	if r := attribute(e, "r"); r != "" {
		letters := strings.TrimRight(r, "0123456789")
		if column = columnNumber(letters); letters+strconv.Itoa(f.at) != r || len(letters) > 3 {
			return damaged(f.book.in.path, "a cell of it stands in another row than its own")
		}
	}
	if column <= f.column || column > maxColumns {
		return damaged(f.book.in.path, "its cells are not in order")
	}
	f.column = column
	raw, from := rawCell{kind: attribute(e, "t"), style: attribute(e, "s")}, len(f.values)
	if err := f.contents(&raw); err != nil {
		return err
	}
	v := slices.Clone(f.values[from:])
	f.values = f.values[:from]
	a := f.form.area
	if f.at < a.top || f.at > a.bottom || column < a.left || column > a.right {
		return nil
	}
	if err := f.keep(column, raw, v); err != nil {
		return err
	}
	if len(f.values) > from {
		f.spans = append(f.spans, span{column, from, len(f.values)})
	}
	if len(f.values) > maxRow {
		return f.sheetFault("row "+strconv.Itoa(f.at)+" is longer than 16,000,000 bytes", "Mend the workbook.")
	}
	return nil
}

// rawCell is what a cell is said to be.
type rawCell struct {
	kind, style    string
	formula, value bool
}

// contents adds what stands in a cell to the values, as it stands there.
func (f *sheetFile) contents(raw *rawCell) error {
	depth, from := len(f.part.path), len(f.values)
	for {
		token, err := f.part.next()
		if err != nil {
			return err
		}
		switch t := token.(type) {
		case xml.StartElement:
			switch {
			case len(f.part.path) != depth+1:
			case t.Name.Local == "f":
				raw.formula = true
			case t.Name.Local == "v":
				raw.value = true
			case t.Name.Local == "is":
				raw.value = true
				if f.values, err = f.part.text(f.values); err != nil {
					return err
				}
			}
		case xml.CharData:
			if len(f.part.path) == depth+1 && f.part.path[depth] == "v" {
				f.values = append(f.values, t...)
			}
		case xml.EndElement:
			if len(f.part.path) < depth {
				return nil
			}
		}
		if len(f.values)-from > 8*maxCell {
			return f.fault(f.column, "it is longer than a cell can be", "Mend the workbook.")
		}
	}
}

// keep adds the text of a cell to the values: v is what stands in it.
func (f *sheetFile) keep(column int, raw rawCell, v []byte) error {
	switch {
	case raw.formula && (!raw.value || len(v) == 0 && raw.kind != "str"):
		return f.fault(column, "its formula has no value", "Open the workbook in a spreadsheet program, which works it out, and save it.")
	case len(v) == 0:
		return nil
	}
	switch raw.kind {
	case "s":
		i, err := strconv.Atoi(string(v))
		text, ok := f.book.texts.at(i)
		if err != nil || !ok {
			return f.fault(column, "its text is missing", saveAgain)
		}
		f.values = append(f.values, text...)
	case "str":
		from := len(f.values)
		f.values = unescape(append(f.values, v...), from)
	case "inlineStr", "d":
		f.values = append(f.values, v...)
	case "b":
		f.values = strconv.AppendBool(f.values, isTrue(string(v)))
	case "e":
		return f.fault(column, "it holds the error "+errorName(v), "Mend the formula or the value in the workbook.")
	case "", "n":
		return f.keepNumber(column, raw.style, v)
	default:
		return f.fault(column, "it is of a kind that is not known", saveAgain)
	}
	return nil
}

func (f *sheetFile) keepNumber(column int, style string, v []byte) error {
	var shown format
	if style != "" {
		i, err := strconv.Atoi(style)
		if err != nil || i < 0 || i >= len(f.book.formats) {
			return f.fault(column, "its format is missing", saveAgain)
		}
		shown = f.book.formats[i]
	}
	text, why := f.book.number(v, shown)
	if why != "" {
		return f.fault(column, why, "Mend the value in the workbook, or how it is shown there.")
	}
	f.values = append(f.values, text...)
	return nil
}

// errorName is what Excel calls an error; of another text nothing is told.
func errorName(v []byte) string {
	known := []string{"#N/A", "#REF!", "#NAME?", "#VALUE!", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#FIELD!", "#BLOCKED!", "#CONNECT!", "#UNKNOWN!", "#GETTING_DATA", "#BUSY!", "#PYTHON!", "#EXTERNAL!"}
	if slices.Contains(known, string(v)) {
		return string(v)
	}
	return "of a kind that is not known"
}
