package config

import (
	"errors"
	"strings"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/schedule"
)

// The largest values of the settings. They only catch slips: days in place of seconds,
// a digit too many. A renewal is due within the year that members last at least.
const (
	maxDays      = 36500
	maxSnapshots = 10000
	maxRenew     = 365
	maxAttempts  = 1000
	maxShared    = 1_000_000_000
	maxBytes     = 1_000_000_000_000_000
)

// settingsKeys are the keys of settings.
func settingsKeys() []string {
	return []string{
		"retain_sync_logs", "sync_log_retention_days", "snapshots_to_retain",
		"retry_failed_records", "max_attempts", "guard", "renew_before_days", "max_shared", "max_bytes",
	}
}

// guardKeys are the keys of the guard.
func guardKeys() []string {
	return []string{"max_removed_percent", "allow_empty", "approve_slack_percent"}
}

// readSettings reads the sync settings; what is not named keeps its default.
func readSettings(v value) eddy.Settings {
	s := eddy.DefaultSettings()
	if !v.isMapping() {
		return s
	}
	v.keys(settingsKeys()...)
	s.RetainSyncLogs = v.get("retain_sync_logs").boolean(s.RetainSyncLogs)
	s.SyncLogRetentionDays = v.get("sync_log_retention_days").whole(s.SyncLogRetentionDays, 0, maxDays)
	s.SnapshotsToRetain = v.get("snapshots_to_retain").whole(s.SnapshotsToRetain, 0, maxSnapshots)
	s.RetryFailedRecords = v.get("retry_failed_records").boolean(s.RetryFailedRecords)
	s.MaxAttempts = v.get("max_attempts").whole(s.MaxAttempts, 1, maxAttempts)
	s.RenewBeforeDays = v.get("renew_before_days").whole(s.RenewBeforeDays, 0, maxRenew)
	s.MaxShared = v.get("max_shared").whole(s.MaxShared, 0, maxShared)
	s.MaxBytes = v.get("max_bytes").whole(s.MaxBytes, 0, maxBytes)
	s.Guard = readGuard(v.get("guard"), s.Guard)
	return s
}

// readGuard reads the limits of a run; def is what is not named.
func readGuard(v value, def eddy.Guard) eddy.Guard {
	if !v.isMapping() {
		return def
	}
	v.keys(guardKeys()...)
	return eddy.Guard{
		MaxRemovedPercent:   v.get("max_removed_percent").number(def.MaxRemovedPercent, 0, 100),
		AllowEmpty:          v.get("allow_empty").boolean(def.AllowEmpty),
		ApproveSlackPercent: v.get("approve_slack_percent").number(def.ApproveSlackPercent, 0, 100),
	}
}

// scheduleKeys are the keys of a schedule.
func scheduleKeys() []string {
	return []string{"type", "every", "start_at", "expression", "timezone", "after", "webhook"}
}

// readSchedule reads when the connection runs; without one it runs by hand.
func readSchedule(v value) eddy.Schedule {
	s := eddy.Schedule{Type: eddy.Manual}
	if !v.present() {
		return s
	}
	if v.n.kind != mapping {
		v.mismatch("a mapping of keys to values", "write {type: manual}, {type: basic, every: 6h}, "+
			`{type: cron, expression: "0 */6 * * *"}, {after: another-connection} or {webhook: name}`)
		return s
	}
	before := len(v.c.problems)
	v.keys(scheduleKeys()...)
	after, hook := v.get("after"), v.get("webhook")
	switch typ := v.get("type"); {
	case !typ.present() && after.present():
		s.Type = eddy.Following // there is nothing else that it could be
	case !typ.present() && hook.present():
		s.Type = eddy.OnWebhook
	case typ.required("write manual, basic, cron, after or webhook"):
		s.Type = eddy.ScheduleType(typ.choice("a kind of schedule", "", string(eddy.Manual), string(eddy.Basic), string(eddy.Cron), string(eddy.Following), string(eddy.OnWebhook)))
	}
	for _, name := range readNames(after) {
		s.After = append(s.After, name.text.string)
	}
	readInterval(v, &s)
	s.Webhook = hook.given()
	s.StartAt, s.Expression, s.Timezone = v.get("start_at").given(), v.get("expression").given(), v.get("timezone").given()
	// What was misread would only be told a second time.
	if len(v.c.problems) == before {
		v.explain(schedule.Check(s))
	}
	return s
}

// readInterval reads every.
func readInterval(v value, s *eddy.Schedule) {
	every := v.get("every")
	t, ok := every.filled()
	if !ok {
		return
	}
	d, err := schedule.ParseInterval(strings.TrimSpace(t.string))
	v.explain(err)
	s.Every = d
}

// explain reports what is wrong with a schedule at the key it is about.
func (v value) explain(err error) {
	wrong, ok := errors.AsType[*schedule.Error](err)
	if !ok {
		return
	}
	at := v.get(wrong.Field)
	if at.scalar() {
		if t, ok := at.text(); ok && t.raw != "" {
			// The reason may quote the value of a variable.
			at.problem(wrong.Mend, "%s does not work as a schedule", t.show())
			return
		}
	}
	at.problem(wrong.Mend, "%s", wrong.Reason)
}
