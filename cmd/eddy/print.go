package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/fatih/color"

	"github.com/eddy-retl/eddy"
)

// The paints of human output.
const (
	green  = color.FgGreen
	yellow = color.FgYellow
	red    = color.FgRed
	bold   = color.Bold
)

// paint colours a text when the output is a terminal.
func (m *Main) paint(a color.Attribute, text string) string {
	if !m.Color {
		return text
	}
	c := color.New(a)
	c.EnableColor()
	return c.Sprint(text)
}

func (m *Main) status(s eddy.Status) string {
	switch s {
	case eddy.Succeeded:
		return m.paint(green, string(s))
	case eddy.CompletedWithErrors, eddy.NeedsApproval, eddy.Running:
		return m.paint(yellow, string(s))
	default:
		return m.paint(red, string(s))
	}
}

// number prints a count with thousands apart: 1,234,567.
func number(n int64) string { return eddy.Thousands(n) }

func size(bytes int64) string {
	switch {
	case bytes >= 1_000_000:
		return fmt.Sprintf("%.1f MB", float64(bytes)/1e6)
	case bytes >= 1_000:
		return fmt.Sprintf("%.1f kB", float64(bytes)/1e3)
	default:
		return eddy.Plural(bytes, "byte")
	}
}

func duration(d time.Duration) string {
	if d < time.Minute {
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return d.Round(time.Second).String()
}

// printJSON prints one JSON value on a line.
func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// records names a few of count records: " (record 7)", " (records 1, 2, ...)".
func records(ids []string, count int64) string {
	switch {
	case len(ids) == 0:
		return ""
	case count == 1:
		return " (record " + ids[0] + ")"
	case int64(len(ids)) < count:
		return " (records " + strings.Join(ids, ", ") + ", ...)"
	default:
		return " (records " + strings.Join(ids, ", ") + ")"
	}
}
