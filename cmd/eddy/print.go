package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

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
func number(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func size(bytes int64) string {
	switch {
	case bytes >= 1_000_000:
		return fmt.Sprintf("%.1f MB", float64(bytes)/1e6)
	case bytes >= 1_000:
		return fmt.Sprintf("%.1f kB", float64(bytes)/1e3)
	default:
		return fmt.Sprintf("%d bytes", bytes)
	}
}

func duration(d time.Duration) string {
	if d < time.Minute {
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return d.Round(time.Second).String()
}

// printable keeps control characters of the outside world off the terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return unicode.ReplacementChar
		}
		return r
	}, s)
}
