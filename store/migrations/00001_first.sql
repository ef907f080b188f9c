-- +goose Up

-- Numbers that grow with each change. Whoever takes one holds its row until the
-- transaction ends, so that numbers come to be seen in their order.
CREATE TABLE eddy_counters (
    name  TEXT   NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
);
INSERT INTO eddy_counters (name, value) VALUES ('revision', 0), ('audit', 0), ('people', 0);

CREATE TABLE eddy_meta (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

-- Times are microseconds since 1970 in UTC, and 0 where there is none. JSON is text.

CREATE TABLE eddy_objects (
    kind        TEXT    NOT NULL,
    name        TEXT    NOT NULL,
    spec        TEXT    NOT NULL,
    source      TEXT    NOT NULL,
    destination TEXT    NOT NULL,
    paused      BOOLEAN NOT NULL,
    version     BIGINT  NOT NULL,
    created_at  BIGINT  NOT NULL,
    updated_at  BIGINT  NOT NULL,
    PRIMARY KEY (kind, name)
);

-- Sealed values of objects and alert rules.
CREATE TABLE eddy_secrets (
    kind   TEXT NOT NULL,
    owner  TEXT NOT NULL,
    name   TEXT NOT NULL,
    sealed TEXT NOT NULL,
    PRIMARY KEY (kind, owner, name)
);

CREATE TABLE eddy_runs (
    id               TEXT    NOT NULL PRIMARY KEY,
    connection       TEXT    NOT NULL,
    state            TEXT    NOT NULL,
    trigger_type     TEXT    NOT NULL,
    requested_at     BIGINT  NOT NULL,
    requested_by     TEXT    NOT NULL,
    scheduled_for    BIGINT  NOT NULL,
    full_run         BOOLEAN NOT NULL,
    approved         BOOLEAN NOT NULL,
    idempotency_key  TEXT    NOT NULL,
    attempt          BIGINT  NOT NULL,
    sync_run_id      TEXT    NOT NULL,
    started_at       BIGINT  NOT NULL,
    finished_at      BIGINT  NOT NULL,
    audience_id      TEXT    NOT NULL,
    counts           TEXT    NOT NULL,
    errors           TEXT    NOT NULL,
    progress         TEXT    NOT NULL,
    phases           TEXT    NOT NULL,
    owner            TEXT    NOT NULL,
    lease_until      BIGINT  NOT NULL,
    cancel_requested BOOLEAN NOT NULL,
    message          TEXT    NOT NULL
);
-- Two runs of one connection never overlap (promise 8).
CREATE UNIQUE INDEX eddy_runs_active ON eddy_runs (connection) WHERE state IN ('queued', 'running');
CREATE INDEX eddy_runs_newest ON eddy_runs (requested_at, id);
CREATE INDEX eddy_runs_of ON eddy_runs (connection, requested_at, id);
CREATE INDEX eddy_runs_key ON eddy_runs (connection, idempotency_key) WHERE idempotency_key <> '';

-- What outlives the runs of a connection.
CREATE TABLE eddy_marks (
    connection   TEXT   NOT NULL PRIMARY KEY,
    home         TEXT   NOT NULL DEFAULT '',
    tick         BIGINT NOT NULL DEFAULT 0,
    last_success BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE eddy_users (
    id            TEXT    NOT NULL PRIMARY KEY,
    email         TEXT    NOT NULL UNIQUE,
    name          TEXT    NOT NULL,
    role          TEXT    NOT NULL,
    raw_values    BOOLEAN NOT NULL,
    password_hash TEXT    NOT NULL,
    disabled      BOOLEAN NOT NULL,
    created_at    BIGINT  NOT NULL,
    last_login    BIGINT  NOT NULL
);

CREATE TABLE eddy_tokens (
    id         TEXT    NOT NULL PRIMARY KEY,
    user_id    TEXT    NOT NULL REFERENCES eddy_users (id) ON DELETE CASCADE,
    hash       TEXT    NOT NULL UNIQUE,
    name       TEXT    NOT NULL,
    prefix     TEXT    NOT NULL,
    role       TEXT    NOT NULL,
    raw_values BOOLEAN NOT NULL,
    expires_at BIGINT  NOT NULL,
    created_at BIGINT  NOT NULL,
    last_used  BIGINT  NOT NULL
);
CREATE INDEX eddy_tokens_of ON eddy_tokens (user_id);

CREATE TABLE eddy_sessions (
    hash       TEXT   NOT NULL PRIMARY KEY,
    user_id    TEXT   NOT NULL REFERENCES eddy_users (id) ON DELETE CASCADE,
    expires_at BIGINT NOT NULL
);
CREATE INDEX eddy_sessions_of ON eddy_sessions (user_id);

CREATE TABLE eddy_audit (
    id         BIGINT NOT NULL PRIMARY KEY,
    at         BIGINT NOT NULL,
    actor_id   TEXT   NOT NULL,
    actor_name TEXT   NOT NULL,
    via        TEXT   NOT NULL,
    action     TEXT   NOT NULL,
    kind       TEXT   NOT NULL,
    name       TEXT   NOT NULL,
    detail     TEXT   NOT NULL
);

CREATE TABLE eddy_alert_rules (
    id         TEXT    NOT NULL PRIMARY KEY,
    name       TEXT    NOT NULL,
    connection TEXT    NOT NULL,
    events     TEXT    NOT NULL,
    channel    TEXT    NOT NULL,
    threshold  TEXT    NOT NULL,
    disabled   BOOLEAN NOT NULL,
    version    BIGINT  NOT NULL
);

CREATE TABLE eddy_alert_states (
    rule_id    TEXT    NOT NULL REFERENCES eddy_alert_rules (id) ON DELETE CASCADE,
    connection TEXT    NOT NULL,
    event      TEXT    NOT NULL,
    since      BIGINT  NOT NULL,
    last_sent  BIGINT  NOT NULL,
    count      BIGINT  NOT NULL,
    is_open    BOOLEAN NOT NULL,
    PRIMARY KEY (rule_id, connection, event)
);

CREATE TABLE eddy_sizes (
    connection  TEXT    NOT NULL,
    audience_id TEXT    NOT NULL,
    at          BIGINT  NOT NULL,
    size        BIGINT,
    targetable  BOOLEAN NOT NULL,
    reasons     TEXT    NOT NULL,
    PRIMARY KEY (connection, at)
);
