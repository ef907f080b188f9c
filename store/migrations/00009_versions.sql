-- +goose Up

-- Each connection as it stood after each change of it. What is there already begins with
-- the version it has: who made that one was not kept.
CREATE TABLE eddy_versions (
    connection TEXT    NOT NULL,
    version    BIGINT  NOT NULL,
    spec       TEXT    NOT NULL,
    paused     BOOLEAN NOT NULL,
    at         BIGINT  NOT NULL,
    actor_id   TEXT    NOT NULL,
    actor_name TEXT    NOT NULL,
    via        TEXT    NOT NULL,
    PRIMARY KEY (connection, version)
);
INSERT INTO eddy_versions (connection, version, spec, paused, at, actor_id, actor_name, via)
SELECT name, version, spec, paused, updated_at, '', '', '' FROM eddy_objects WHERE kind = 'connection';
