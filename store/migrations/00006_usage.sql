-- +goose Up

-- What a run used of its warehouse; null where nothing was counted.
ALTER TABLE eddy_runs ADD COLUMN used TEXT NOT NULL DEFAULT 'null';
