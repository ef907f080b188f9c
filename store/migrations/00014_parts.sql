-- +goose Up

-- What a run did about each audience of a connection that keeps several; null where there is one.
ALTER TABLE eddy_runs ADD COLUMN parts TEXT NOT NULL DEFAULT 'null';
