-- +goose Up

-- The token that made this one, which it does not outlive; empty where a person did.
ALTER TABLE eddy_tokens ADD COLUMN made_by TEXT NOT NULL DEFAULT '';
