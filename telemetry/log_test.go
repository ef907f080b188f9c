package telemetry_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/eddy-retl/eddy/telemetry"
)

// TestLogsHoldNoSecrets writes secrets in every way that comes to mind.
func TestLogsHoldNoSecrets(t *testing.T) {
	t.Parallel()
	const secret, quoted = "consumer-9f8e7d", `pass"word\with-quotes`
	for _, json := range []bool{false, true} {
		var out strings.Builder
		r := &telemetry.Redactor{}
		r.Hide(secret, quoted, "at")
		log := telemetry.NewLogger(&out, json, r)
		log.Info("the key is "+secret, "run", "r1", "connection", "vip")
		log.Error("failed", "err", errors.New("refused "+secret))
		log.With("detail", secret).WithGroup("g").Info("grouped", "deep", slog.GroupValue(slog.String("deeper", secret)))
		log.Info("structure", "value", struct{ Key string }{secret}, "quoted", quoted)
		log.Info("named", "access_token", "unknown-1", "password", "unknown-2", "Authorization", "unknown-3")
		log.Info("addresses postgres://eddy:unknown-4@db/eddy and host=db password=unknown-5 user=eddy")
		log.Info("header Authorization: Bearer unknown-6789 and eddy_0123456789abcdefghijABCDEFGHIJ0123456789abc")
		text := out.String()
		for _, hidden := range []string{secret, "with-quotes", "unknown-", "eddy_0123"} {
			if strings.Contains(text, hidden) {
				t.Errorf("json %v: %q is in the log:\n%s", json, hidden, text)
			}
		}
		for _, shown := range []string{"r1", "vip", "refused ********", "postgres://eddy:********@db/eddy", "user=eddy", "at"} {
			if !strings.Contains(text, shown) {
				t.Errorf("json %v: %q is not in the log:\n%s", json, shown, text)
			}
		}
	}
}

// TestEndsThatWereWantedAreQuiet logs what libraries say when they are stopped.
func TestEndsThatWereWantedAreQuiet(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	log := telemetry.NewLogger(&out, false, &telemetry.Redactor{}).With("part", "queue").WithGroup("g")
	log.Error("error fetching", "error", context.Canceled.Error())
	log.Error("error fetching", "err", fmt.Errorf("begin: %w", context.Canceled))
	log.Error("error fetching", "err", errors.New("disk full"))
	if n := strings.Count(out.String(), "\n"); n != 1 || !strings.Contains(out.String(), "disk full") {
		t.Errorf("want the one line about the disk:\n%s", out.String())
	}
}

// TestJobsAreCountedInSilence logs what the library of jobs says every few seconds.
func TestJobsAreCountedInSilence(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	log := telemetry.NewLogger(&out, false, &telemetry.Redactor{})
	river := log.With("part", "river").WithGroup("g")
	river.Info("job counts")
	river.Warn("slow database")
	log.Info("run begins")
	if text := out.String(); strings.Contains(text, "job counts") || !strings.Contains(text, "slow database") || !strings.Contains(text, "run begins") {
		t.Errorf("want the warning and the run:\n%s", text)
	}
}
