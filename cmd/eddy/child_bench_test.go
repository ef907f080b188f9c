package main

import (
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/child"
	"github.com/eddy-retl/eddy/dial"
	"github.com/eddy-retl/eddy/sandbox"
	"github.com/eddy-retl/eddy/setup"
)

// BenchmarkChild measures what a process of its own costs: a preview and a first sync of a
// million rows with local state, in this process and in a child, in turns. Its figures are
// medians.
//
//	go test ./cmd/eddy -run '^$' -bench Child -benchtime 7x
func BenchmarkChild(b *testing.B) {
	cfg := sandbox.Default()
	cfg.Limits.Off = true
	box := sandbox.New(cfg)
	x := httptest.NewServer(box)
	defer x.Close()
	audience, err := box.NewAudience("18ce54d4x5t", "A")
	if err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	file := filepath.Join(dir, "eddy.yaml")
	text := fmt.Sprintf(`sources: {s: {type: duckdb}}
destinations:
  x: {type: x_audience, account_id: 18ce54d4x5t, consumer_key: ck, consumer_secret: cs, access_token: at, access_token_secret: ats, api_url: %q}
connections:
  c: {source: s, sql: "SELECT range AS id, 'u' || range || '@x.com' AS email FROM range(1000000)", destination: x, audience: {id: %s}, identifier: id, mapping: {email: email}}
`, x.URL, audience)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
	processes := child.New("eddy", os.Environ(), child.Memory{Look: 2 << 30, Run: 4 << 30}, dial.Anywhere())
	here := func(ctx context.Context, s *setup.Setup, t setup.Task) error { return t.Do(ctx, s) }
	states := 0
	for _, task := range []struct {
		name string
		make func() setup.Task
	}{
		{"preview", func() setup.Task {
			return &setup.SampleLook{Source: "s", Model: eddy.Model{SQL: "SELECT 1 AS id, 'ada@x.com' AS email"}, Limit: 10}
		}},
		{"run", func() setup.Task { return &setup.Run{Connection: "c", Trigger: "manual"} }},
	} {
		b.Run(task.name, func(b *testing.B) {
			var inside, outside, extra, ratio []float64
			once := func(do func(context.Context, *setup.Setup, setup.Task) error) float64 {
				states++
				s, err := setup.Load(file, filepath.Join(dir, fmt.Sprint(states)), os.LookupEnv)
				if err != nil {
					b.Fatal(err)
				}
				if err := os.MkdirAll(s.StateDir, 0o700); err != nil {
					b.Fatal(err)
				}
				t, began := task.make(), time.Now()
				if err := do(b.Context(), s, t); err != nil {
					b.Fatal(err)
				}
				took := time.Since(began)
				if run, ok := t.(*setup.Run); ok && run.Report.Counts.Delivered != 1_000_000 {
					b.Fatalf("%+v", run.Report)
				}
				return took.Seconds() * 1000
			}
			for b.Loop() {
				i, o := once(here), once(processes.Do)
				inside, outside, extra, ratio = append(inside, i), append(outside, o), append(extra, o-i), append(ratio, o/i)
			}
			for unit, values := range map[string][]float64{"here-ms": inside, "child-ms": outside, "extra-ms": extra, "ratio": ratio} {
				slices.Sort(values)
				b.ReportMetric(values[len(values)/2], unit)
			}
		})
	}
}
