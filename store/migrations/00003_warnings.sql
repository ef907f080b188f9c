-- +goose Up

-- What a person should know of a run, although it kept nothing from delivery.
ALTER TABLE eddy_runs ADD COLUMN warnings TEXT NOT NULL DEFAULT '[]';
