package warehouse

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/eddy-retl/eddy"
)

// Point says where in a model's SQL an error is about: before the character with that offset,
// which counts characters from 0. One outside of the text changes nothing.
func Point(err error, sql string, offset int) error {
	e, ok := errors.AsType[*eddy.Error](err)
	if !ok || offset < 0 || offset > utf8.RuneCountInString(sql) {
		return err
	}
	lines := strings.Split(string([]rune(sql)[:offset]), "\n")
	e.At = eddy.Point{Line: len(lines), Column: utf8.RuneCountInString(lines[len(lines)-1]) + 1}
	e.What += fmt.Sprintf(", line %d, column %d", e.At.Line, e.At.Column)
	return err
}

// places are the ways in which warehouses say in a message where in a statement something is: Trino
// "line 2:8", BigQuery "[2:8]", ClickHouse "line 2, col 8", and with columns that count from 0
// Snowflake "line 2 at position 7" and Databricks "line 2, pos 7"; MySQL and BigQuery also the line
// alone, "at line 2".
var places = regexp.MustCompile(`\bline (\d+):(\d+)|\[(\d+):(\d+)\]|\b(?:at )?line (\d+), col (\d+)|\bline (\d+) at position (\d+)|\bline (\d+),? pos (\d+)|\bat line (\d+)`)

// located takes from an error's own words where in the model's SQL it is about.
func located(err error) error {
	e, ok := errors.AsType[*eddy.Error](err)
	if !ok || e.At.Line > 0 {
		return err
	}
	found := places.FindAllStringSubmatch(strings.TrimSuffix(err.Error(), e.Mend), -1)
	if len(found) == 0 {
		return err
	}
	// What is quoted of the statement may look like a place too, and stands before it.
	m := found[len(found)-1]
	const fromZero = 7 // the group of the first way whose columns count from 0
	for i := 1; i < len(m); i += 2 {
		if m[i] == "" {
			continue
		}
		e.At.Line, _ = strconv.Atoi(m[i])
		if i+1 < len(m) {
			e.At.Column, _ = strconv.Atoi(m[i+1])
			if i >= fromZero {
				e.At.Column++
			}
		}
	}
	return err
}
