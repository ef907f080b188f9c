-- +goose Up
-- Whether a worker lives is told by how often it has beaten, and no more by a time: clocks jump.
ALTER TABLE eddy_runs RENAME COLUMN lease_until TO beats;
