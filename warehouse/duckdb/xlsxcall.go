package duckdb

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
)

// sheetTable is the sheets of workbooks as a table.
func sheetTable(ctx context.Context, files []string, form sheetForm) (*fileTable, error) {
	return newFileTable(files, func(path string) (rowFile, error) {
		f, err := openSheet(ctx, path, form)
		if err != nil {
			return nil, err
		}
		return f, nil
	})
}

// xlsx takes the options of a call of read_xlsx. All values are texts.
func (c *call) xlsx(ctx context.Context, number int) (err error) {
	form := sheetForm{area: wholeSheet()}
	for name, v := range c.given {
		ok := true
		switch name {
		case "sheet":
			form.sheet, ok = v.(string)
		case "range":
			text, _ := v.(string)
			form.area, ok = areaOf(text)
		case "header":
			form.headless = !truth(v)
		case "all_varchar":
			ok = truth(v)
		default:
			return notSelect("read_xlsx has the option " + name + ", which Eddy does not have: it has sheet, range, header and all_varchar, reads all rows, and is stopped by errors")
		}
		if !ok {
			return notSelect("the option " + name + " of read_xlsx cannot be used. Write for example sheet = 'Customers', range = 'A5:D' or header = false. All values are texts: for another type write CAST(birthday AS DATE)")
		}
	}
	c.own = nil
	c.part.sheet = form.sheet
	c.part.function = fmt.Sprintf("eddy_file_%d", number)
	c.part.rows, err = sheetTable(ctx, c.part.files, form)
	return err
}

// isMark says that a file is the one by which Excel marks a workbook that somebody has open.
func isMark(path string) bool {
	return strings.HasPrefix(filepath.Base(path), "~$") && kindOfFile(path) == xlsxKind
}
