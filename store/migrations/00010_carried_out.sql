-- +goose Up

-- When the last run of a connection began that carried suppression lists out, and when its first
-- run did. Both outlive the runs.
ALTER TABLE eddy_marks ADD COLUMN carried_out BIGINT NOT NULL DEFAULT 0;
ALTER TABLE eddy_marks ADD COLUMN first_run BIGINT NOT NULL DEFAULT 0;
INSERT INTO eddy_marks (connection)
SELECT DISTINCT connection FROM eddy_runs WHERE connection NOT IN (SELECT connection FROM eddy_marks);
UPDATE eddy_marks SET
    carried_out = COALESCE((SELECT max(r.started_at) FROM eddy_runs r WHERE r.connection = eddy_marks.connection AND r.state IN ('succeeded', 'completed_with_errors')), last_success),
    first_run = COALESCE((SELECT min(r.started_at) FROM eddy_runs r WHERE r.connection = eddy_marks.connection AND r.started_at > 0), last_success)
WHERE connection IN (SELECT name FROM eddy_objects WHERE kind = 'connection');
