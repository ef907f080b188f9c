-- +goose Up

-- Connections that are to run because of something that happened, each once: what it was. The row
-- goes in the transaction that puts the run on record.
CREATE TABLE eddy_starts (
    connection   TEXT   NOT NULL PRIMARY KEY,
    trigger_type TEXT   NOT NULL,
    at           BIGINT NOT NULL
);
-- What tells of work that others have done, so that connections start after it. The secret is
-- among the sealed values.
CREATE TABLE eddy_webhooks (
    name         TEXT   NOT NULL PRIMARY KEY,
    kind         TEXT   NOT NULL,
    about        TEXT   NOT NULL,
    created_at   BIGINT NOT NULL,
    last_at      BIGINT NOT NULL,
    last_event   TEXT   NOT NULL,
    last_started TEXT   NOT NULL
);
-- What was heard already, by the sender's own id of it: it starts nothing a second time.
CREATE TABLE eddy_deliveries (
    webhook TEXT   NOT NULL,
    event   TEXT   NOT NULL,
    at      BIGINT NOT NULL,
    PRIMARY KEY (webhook, event)
);
