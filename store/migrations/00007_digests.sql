-- +goose Up

-- What was uploaded to lists of people who are in no audience: SHA-256 digests in order, one behind
-- the other, in base64.
CREATE TABLE eddy_digests (
    list    TEXT   NOT NULL,
    field   TEXT   NOT NULL,
    number  BIGINT NOT NULL,
    digests TEXT   NOT NULL,
    PRIMARY KEY (list, field)
);
