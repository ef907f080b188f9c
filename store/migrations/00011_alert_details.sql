-- +goose Up

-- What an alert that stands began with, for whoever is told of it later.
ALTER TABLE eddy_alert_states ADD COLUMN detail TEXT NOT NULL DEFAULT '';
ALTER TABLE eddy_alert_states ADD COLUMN run_id TEXT NOT NULL DEFAULT '';
