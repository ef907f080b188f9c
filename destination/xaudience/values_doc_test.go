package xaudience

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/eddy-retl/eddy/destination"
)

// example is a line of the tables of docs/values.md.
type example struct {
	line                          int
	field, region, written, reads string
}

// examples reads all tables of the page.
func examples(t *testing.T) (out []example) {
	t.Helper()
	page, err := os.ReadFile("../../docs/values.md")
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range strings.Split(string(page), "\n") {
		if !strings.HasPrefix(line, "|") || strings.HasPrefix(line, "| field |") || strings.HasPrefix(line, "| --- |") {
			continue
		}
		cells := strings.Split(line, "|")
		if len(cells) != 6 {
			t.Errorf("line %d has %d cells, want 4", i+1, len(cells)-2)
			continue
		}
		for j := range cells {
			cells[j] = strings.TrimSpace(cells[j])
		}
		e := example{line: i + 1, field: strings.Trim(cells[1], "`"), region: strings.Trim(cells[2], "`"), reads: cells[4]}
		if len(cells[3]) < 2 || cells[3][0] != '`' {
			t.Errorf("line %d: what is written is not in backticks", i+1)
			continue
		}
		e.written = spelled(t, cells[3][1:len(cells[3])-1])
		out = append(out, e)
	}
	return out
}

// spelled puts the letters in that a text names by their numbers, as in {U+0301}.
func spelled(t *testing.T, text string) string {
	t.Helper()
	return regexp.MustCompile(`\{U\+[0-9A-F]{4}\}`).ReplaceAllStringFunc(text, func(name string) string {
		r, err := strconv.ParseUint(name[3:7], 16, 32)
		if err != nil {
			t.Fatal(err)
		}
		return string(rune(r))
	})
}

// becomes tells what becomes of a text as the page does: all of it is read, or it is refused.
func becomes(p *preparer, field, text string) string {
	var out destination.Prepared
	p.Prepare(record(map[string]string{field: text}), &out)
	switch {
	case len(out.Problems) > 0:
		return "refused: " + out.Problems[0].Reason
	case out.Invalid != "":
		return "refused: " + out.Invalid
	}
	return "`" + strings.Join(p.Normalised(out.Identities[0].Field, text), ",") + "`"
}

// asked tells what becomes of a time of a record that has somebody in it.
func asked(p *preparer, field, text string) string {
	var out destination.Prepared
	p.Prepare(record(map[string]string{"partner_user_id": "1", field: text}), &out)
	at := out.ExpiresAt
	if field == "effective_at" {
		at = out.EffectiveAt
	}
	told := DefaultPatience().limits().Remark(time.Now(), out.ExpiresAt)
	if len(out.Problems) > 0 {
		told = out.Problems[0].Reason
	}
	read := "`none`"
	if !at.IsZero() {
		read = fmt.Sprintf("`%s`", at.Format(time.RFC3339))
	}
	switch {
	case out.Invalid != "":
		return "refused: " + out.Invalid
	case told != "":
		return read + ", and told: " + told
	default:
		return read
	}
}

// Each line of docs/values.md is true.
func TestExamplesOfTheDocumentation(t *testing.T) {
	t.Parallel()
	list := examples(t)
	emails := 0
	for _, e := range list {
		p := newPreparer(settings{hash: true, region: e.region, e164: true}, sharedPlans)
		if !knownRegion(e.region) || !strings.Contains("email phone_number device_id twitter_id partner_user_id handle effective_at expires_at", e.field) {
			t.Errorf("line %d: field %q, region %q", e.line, e.field, e.region)
			continue
		}
		becomes := becomes
		if strings.HasSuffix(e.field, "_at") {
			becomes = asked
		}
		if got := becomes(p, e.field, e.written); got != e.reads {
			t.Errorf("docs/values.md:%d: %s %q reads as %s, want %s", e.line, e.field, e.written, got, e.reads)
		}
		if e.field == "email" {
			emails++
		}
	}
	if len(list) < 120 || emails < 50 {
		t.Errorf("%d lines, %d of them of e-mail addresses: the page is not read as it was", len(list), emails)
	}
}
