-- +goose Up

-- What an approved run may remove: what the held run showed that is named, or so many.
ALTER TABLE eddy_runs ADD COLUMN approve_run TEXT NOT NULL DEFAULT '';
ALTER TABLE eddy_runs ADD COLUMN approve_removals BIGINT NOT NULL DEFAULT 0;
