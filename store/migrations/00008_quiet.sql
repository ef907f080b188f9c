-- +goose Up

-- When a rule tells nobody anything, and whether what stands was told: in quiet hours it is not.
ALTER TABLE eddy_alert_rules ADD COLUMN quiet TEXT NOT NULL DEFAULT '{}';
ALTER TABLE eddy_alert_states ADD COLUMN told BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE eddy_alert_states SET told = is_open;
