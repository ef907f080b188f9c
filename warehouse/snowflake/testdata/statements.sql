-- A first run.

USE SECONDARY ROLES NONE;

-- described, and not carried out:
SELECT * FROM "CUSTOMERS" AS m;

USE SECONDARY ROLES NONE;

SELECT 1 FROM "SHOP".INFORMATION_SCHEMA.SCHEMATA WHERE SCHEMA_NAME = '_EDDY';

CREATE TRANSIENT SCHEMA IF NOT EXISTS "SHOP"."_EDDY" DATA_RETENTION_TIME_IN_DAYS = 0;

/* eddy: connection vip, run , lock */
CREATE TABLE IF NOT EXISTS "SHOP"."_EDDY".claims (name VARCHAR NOT NULL, owner VARCHAR NOT NULL, event VARCHAR NOT NULL, number BIGINT NOT NULL, ends TIMESTAMP_TZ NOT NULL);

/* eddy: connection vip, run , lock */
INSERT INTO "SHOP"."_EDDY".claims (name, owner, event, number, ends) SELECT '"SHOP"."_EDDY"/vip', 'owner', 'wanted', 0, DATEADD(second, 61, CURRENT_TIMESTAMP());

/* eddy: connection vip, run , lock */
SELECT owner, max(number), max(CASE WHEN event = 'held' THEN 1 ELSE 0 END), max(ends) FROM "SHOP"."_EDDY".claims WHERE name = '"SHOP"."_EDDY"/vip' AND owner <> 'owner' GROUP BY owner HAVING max(CASE WHEN event = 'released' THEN 1 ELSE 0 END) = 0 AND max(ends) > CURRENT_TIMESTAMP();

/* eddy: connection vip, run , lock */
INSERT INTO "SHOP"."_EDDY".claims (name, owner, event, number, ends) SELECT '"SHOP"."_EDDY"/vip', 'owner', 'wanted', 1, DATEADD(second, 61, CURRENT_TIMESTAMP());

/* eddy: connection vip, run , lock */
SELECT owner, max(number), max(CASE WHEN event = 'held' THEN 1 ELSE 0 END), max(ends) FROM "SHOP"."_EDDY".claims WHERE name = '"SHOP"."_EDDY"/vip' AND owner <> 'owner' GROUP BY owner HAVING max(CASE WHEN event = 'released' THEN 1 ELSE 0 END) = 0 AND max(ends) > CURRENT_TIMESTAMP();

/* eddy: connection vip, run , lock */
INSERT INTO "SHOP"."_EDDY".claims (name, owner, event, number, ends) SELECT '"SHOP"."_EDDY"/vip', 'owner', 'held', 1, DATEADD(second, 61, CURRENT_TIMESTAMP());

SELECT 1 FROM "SHOP"."_EDDY".runs LIMIT 0;

SELECT 1 FROM "SHOP"."_EDDY".prepared_with LIMIT 0;

SELECT 1 FROM "SHOP"."_EDDY".sync_runs LIMIT 0;

CREATE TABLE IF NOT EXISTS "SHOP"."_EDDY".runs (connection_id VARCHAR NOT NULL, run_id VARCHAR NOT NULL, seq BIGINT NOT NULL, event VARCHAR NOT NULL, happened_at TIMESTAMP_TZ NOT NULL, detail VARCHAR NOT NULL);

CREATE TABLE IF NOT EXISTS "SHOP"."_EDDY".sync_log (connection_id VARCHAR NOT NULL, sync_run_id VARCHAR NOT NULL, primary_key VARCHAR, operation VARCHAR, status VARCHAR NOT NULL, error_reason VARCHAR, sync_started_at TIMESTAMP_TZ NOT NULL, sync_finished_at TIMESTAMP_TZ NOT NULL);

/* eddy: connection vip, run , history */
SELECT connection_id, run_id, seq, event, detail
FROM (
  SELECT connection_id, run_id, seq, event, detail
  FROM "SHOP"."_EDDY".runs
  WHERE event = 'audience'
    OR connection_id = 'vip' AND seq >= coalesce((SELECT max(seq) FROM "SHOP"."_EDDY".runs WHERE connection_id = 'vip' AND event = 'closed'), 0)
  UNION ALL
  SELECT 'vip', CAST(name AS VARCHAR), 0, 'table', CAST(NULL AS VARCHAR)
  FROM (SELECT LOWER(TABLE_NAME) AS name FROM "SHOP".INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = '_EDDY') t
) past
ORDER BY seq, CASE WHEN event = 'closed' THEN 0 ELSE 1 END;

/* eddy: connection vip, run 20261101090000aaaa, opened */
INSERT INTO "SHOP"."_EDDY".runs (connection_id, run_id, seq, event, happened_at, detail)
SELECT 'vip', '20261101090000aaaa', 1, 'opened', CURRENT_TIMESTAMP(), '{"trigger":"manual","started":"2026-11-01T09:00:00Z","owner":"host:1"}'
WHERE NOT EXISTS (SELECT 1 FROM "SHOP"."_EDDY".runs WHERE connection_id = 'vip' AND seq >= 1);

/* eddy: connection vip, run 20261101090000aaaa, stage */
CREATE TABLE "SHOP"."_EDDY"."STAGE_VIP_20261101090000AAAA" AS SELECT CAST(TO_VARCHAR(m."ID") AS VARCHAR) AS "RECORD_ID", CAST(m."EMAIL" AS VARCHAR) AS "EMAIL", CAST(m."PHONE" AS VARCHAR) AS "PHONE_NUMBER" FROM "CUSTOMERS" AS m;

/* eddy: connection vip, run 20261101090000aaaa, stage */
SELECT COUNT(*) FROM "SHOP"."_EDDY"."STAGE_VIP_20261101090000AAAA";

/* eddy: connection vip, run 20261101090000aaaa, count */
SELECT coalesce(sum(n), 0), coalesce(sum(CASE WHEN record_id IS NULL THEN n END), 0),
  count(record_id), count(CASE WHEN n > 1 AND record_id IS NOT NULL THEN 1 END)
FROM (SELECT record_id, count(*) AS n FROM "SHOP"."_EDDY"."STAGE_VIP_20261101090000AAAA" GROUP BY record_id) ids;

/* eddy: connection vip, run 20261101090000aaaa, compare */
CREATE TABLE "SHOP"."_EDDY"."CHANGES_VIP_20261101090000AAAA" AS
SELECT MOD(ABS(HASH(s.record_id)), 1024) AS bucket, 1 AS settings, 0 AS attempts, 1 AS present, s.record_id,
  '2027-12-01T09:00:00Z' AS until, 'insert' AS operation, '+' AS side, 'held' AS state, CAST(NULL AS VARCHAR) AS was, CAST(NULL AS VARCHAR) AS held_until,
  s."EMAIL" AS "EMAIL", s."PHONE_NUMBER" AS "PHONE_NUMBER", CAST(NULL AS VARCHAR) AS "DEVICE_ID", CAST(NULL AS VARCHAR) AS "TWITTER_ID", CAST(NULL AS VARCHAR) AS "PARTNER_USER_ID", CAST(NULL AS VARCHAR) AS "HANDLE", CAST(NULL AS VARCHAR) AS "EFFECTIVE_AT", CAST(NULL AS VARCHAR) AS "EXPIRES_AT", CAST(NULL AS VARCHAR) AS fingerprint, CAST(NULL AS VARCHAR) AS reason
FROM (
  SELECT m.record_id, m."EMAIL" AS "EMAIL", m."PHONE_NUMBER" AS "PHONE_NUMBER"
  FROM "SHOP"."_EDDY"."STAGE_VIP_20261101090000AAAA" m
  WHERE m.record_id IS NOT NULL
) s
WHERE 1 = 1;

SELECT COUNT(*) FROM "SHOP"."_EDDY"."CHANGES_VIP_20261101090000AAAA";

/* eddy: connection vip, run 20261101090000aaaa, audience */
INSERT INTO "SHOP"."_EDDY".runs (connection_id, run_id, seq, event, happened_at, detail)
SELECT 'vip', '20261101090000aaaa', 2, 'audience', CURRENT_TIMESTAMP(), '{"account":"18ce54d4x5t","audience_id":"a1"}'
WHERE NOT EXISTS (SELECT 1 FROM "SHOP"."_EDDY".runs WHERE connection_id = 'vip' AND seq >= 2);

/* eddy: connection vip, run 20261101090000aaaa, sealed */
INSERT INTO "SHOP"."_EDDY".runs (connection_id, run_id, seq, event, happened_at, detail)
SELECT 'vip', '20261101090000aaaa', 3, 'sealed', CURRENT_TIMESTAMP(), '{"feed":{"account":"18ce54d4x5t","audience_id":"a1"},"rows":3,"settings":{"1":"v2;hash=true;region=US;phones=e164;ambiguous=refuse|\\"email\\",\\"phone_number\\""}}'
WHERE NOT EXISTS (SELECT 1 FROM "SHOP"."_EDDY".runs WHERE connection_id = 'vip' AND seq >= 3);

/* eddy: connection vip, run 20261101090000aaaa, read add */
SELECT record_id, settings, "EMAIL", "PHONE_NUMBER"
FROM "SHOP"."_EDDY"."CHANGES_VIP_20261101090000AAAA" c
WHERE side IN ('+', '=');

/* eddy: connection vip, run 20261101090000aaaa, answered */
INSERT INTO "SHOP"."_EDDY".runs (connection_id, run_id, seq, event, happened_at, detail)
SELECT 'vip', '20261101090000aaaa', 4, 'answered', CURRENT_TIMESTAMP(), '{"buckets":{"from":0,"to":1023},"exceptions":false}'
WHERE NOT EXISTS (SELECT 1 FROM "SHOP"."_EDDY".runs WHERE connection_id = 'vip' AND seq >= 4);

/* eddy: connection vip, run 20261101090000aaaa, log */
INSERT INTO "SHOP"."_EDDY".sync_log (connection_id, sync_run_id, primary_key, operation, status, error_reason, sync_started_at, sync_finished_at)
SELECT 'vip', '20261101090000aaaa', record_id, operation, CASE status WHEN 'resting' THEN 'invalid' WHEN 'nobody' THEN 'delivered' ELSE status END, why,
  TO_TIMESTAMP_TZ('2026-11-01T09:00:00.000000Z'), TO_TIMESTAMP_TZ('2026-11-01T09:00:00.000000Z')
FROM (
  SELECT record_id, operation, 'delivered' AS status, CAST(NULL AS VARCHAR) AS why, present
  FROM "SHOP"."_EDDY"."CHANGES_VIP_20261101090000AAAA"
  WHERE side IN ('+', '=')
) l
WHERE status NOT IN ('same', 'forgotten')
  AND NOT EXISTS (
    SELECT 1 FROM "SHOP"."_EDDY".sync_log said
    WHERE said.sync_run_id = '20261101090000aaaa' AND said.connection_id = 'vip' AND said.sync_started_at = TO_TIMESTAMP_TZ('2026-11-01T09:00:00.000000Z')
      AND said.primary_key = l.record_id AND said.operation = l.operation
  );

/* eddy: connection vip, run 20261101090000aaaa, settled */
INSERT INTO "SHOP"."_EDDY".runs (connection_id, run_id, seq, event, happened_at, detail)
SELECT 'vip', '20261101090000aaaa', 5, 'settled', CURRENT_TIMESTAMP(), '{"run":{"run_id":"20261101090000aaaa","connection":"vip","status":"succeeded","trigger":"manual","started_at":"2026-11-01T09:00:00Z","finished_at":"2026-11-01T09:00:00Z","audience_id":"a1","counts":{"rows":3,"invalid":0,"insert":3,"update":0,"delete":0,"renew":0,"reassert":0,"unchanged":0,"delivered":3,"rejected":0,"failed":0,"requests":1,"bytes":371},"errors":[],"warnings":[]}}'
WHERE NOT EXISTS (SELECT 1 FROM "SHOP"."_EDDY".runs WHERE connection_id = 'vip' AND seq >= 5);

/* eddy: connection vip, run 20261101090000aaaa, snapshot */
CREATE VIEW "SHOP"."_EDDY"."SNAPSHOT_VIP_20261101090000AAAA" AS
SELECT record_id, "EMAIL", "PHONE_NUMBER", "DEVICE_ID", "TWITTER_ID", "PARTNER_USER_ID", "HANDLE", "EFFECTIVE_AT", "EXPIRES_AT", state, until
FROM (
  SELECT settings, attempts, record_id, until, state, "EMAIL", "PHONE_NUMBER", "DEVICE_ID", "TWITTER_ID", "PARTNER_USER_ID", "HANDLE", "EFFECTIVE_AT", "EXPIRES_AT", fingerprint, reason
  FROM "_EDDY"."CHANGES_VIP_20261101090000AAAA"
) h
WHERE state IN ('held', 'beside', 'doubt');

/* eddy: connection vip, run 20261101090000aaaa, prune */
DROP TABLE IF EXISTS "SHOP"."_EDDY"."STAGE_VIP_20261101090000AAAA";

/* eddy: connection vip, run 20261101090000aaaa, closed */
INSERT INTO "SHOP"."_EDDY".runs (connection_id, run_id, seq, event, happened_at, detail)
SELECT 'vip', '20261101090000aaaa', 6, 'closed', CURRENT_TIMESTAMP(), '{"run":{"run_id":"20261101090000aaaa","connection":"vip","status":"succeeded","trigger":"manual","started_at":"2026-11-01T09:00:00Z","finished_at":"2026-11-01T09:00:00Z","audience_id":"a1","counts":{"rows":3,"invalid":0,"insert":3,"update":0,"delete":0,"renew":0,"reassert":0,"unchanged":0,"delivered":3,"rejected":0,"failed":0,"requests":1,"bytes":371},"errors":[],"warnings":[],"usage":{}},"statements":[{"step":"history","rows":3,"seconds":0.1},{"step":"opened","rows":1,"seconds":0.1},{"step":"stage","rows":3,"seconds":0.1},{"step":"count","rows":1,"seconds":0.1},{"step":"compare","rows":3,"seconds":0.1},{"step":"audience","rows":1,"seconds":0.1},{"step":"sealed","rows":1,"seconds":0.1},{"step":"read add","rows":3,"seconds":0.1},{"step":"answered","rows":1,"seconds":0.1},{"step":"log","rows":3,"seconds":0.1},{"step":"settled","rows":1,"seconds":0.1},{"step":"snapshot","rows":0,"seconds":0.1},{"step":"prune","rows":0,"seconds":0.1}],"past":{"last":"20261101090000aaaa","sealed":[{"run":"20261101090000aaaa","started":"2026-11-01T09:00:00Z","trigger":"manual","feed":{"account":"18ce54d4x5t","audience_id":"a1"},"answered":[{"from":0,"to":1023}],"settled":true,"rows":3}],"settings":{"1":"v2;hash=true;region=US;phones=e164;ambiguous=refuse|\\"email\\",\\"phone_number\\""},"columns":[{"name":"id","type":"number(38, 0)"},{"name":"email","type":"varchar"},{"name":"phone","type":"varchar"},{"name":"expires","type":"timestamp_ntz"}],"pruned":"2026-11-01"}}'
WHERE NOT EXISTS (SELECT 1 FROM "SHOP"."_EDDY".runs WHERE connection_id = 'vip' AND seq >= 6);

INSERT INTO "SHOP"."_EDDY".claims (name, owner, event, number, ends) SELECT '"SHOP"."_EDDY"/vip', 'owner', 'released', 1, DATEADD(second, 61, CURRENT_TIMESTAMP());

-- A run with nothing to do.

USE SECONDARY ROLES NONE;

-- described, and not carried out:
SELECT * FROM "CUSTOMERS" AS m;

USE SECONDARY ROLES NONE;

SELECT 1 FROM "SHOP".INFORMATION_SCHEMA.SCHEMATA WHERE SCHEMA_NAME = '_EDDY';

/* eddy: connection vip, run , lock */
CREATE TABLE IF NOT EXISTS "SHOP"."_EDDY".claims (name VARCHAR NOT NULL, owner VARCHAR NOT NULL, event VARCHAR NOT NULL, number BIGINT NOT NULL, ends TIMESTAMP_TZ NOT NULL);

/* eddy: connection vip, run , lock */
INSERT INTO "SHOP"."_EDDY".claims (name, owner, event, number, ends) SELECT '"SHOP"."_EDDY"/vip', 'owner', 'wanted', 0, DATEADD(second, 61, CURRENT_TIMESTAMP());

/* eddy: connection vip, run , lock */
SELECT owner, max(number), max(CASE WHEN event = 'held' THEN 1 ELSE 0 END), max(ends) FROM "SHOP"."_EDDY".claims WHERE name = '"SHOP"."_EDDY"/vip' AND owner <> 'owner' GROUP BY owner HAVING max(CASE WHEN event = 'released' THEN 1 ELSE 0 END) = 0 AND max(ends) > CURRENT_TIMESTAMP();

/* eddy: connection vip, run , lock */
INSERT INTO "SHOP"."_EDDY".claims (name, owner, event, number, ends) SELECT '"SHOP"."_EDDY"/vip', 'owner', 'wanted', 1, DATEADD(second, 61, CURRENT_TIMESTAMP());

/* eddy: connection vip, run , lock */
SELECT owner, max(number), max(CASE WHEN event = 'held' THEN 1 ELSE 0 END), max(ends) FROM "SHOP"."_EDDY".claims WHERE name = '"SHOP"."_EDDY"/vip' AND owner <> 'owner' GROUP BY owner HAVING max(CASE WHEN event = 'released' THEN 1 ELSE 0 END) = 0 AND max(ends) > CURRENT_TIMESTAMP();

/* eddy: connection vip, run , lock */
INSERT INTO "SHOP"."_EDDY".claims (name, owner, event, number, ends) SELECT '"SHOP"."_EDDY"/vip', 'owner', 'held', 1, DATEADD(second, 61, CURRENT_TIMESTAMP());

SELECT 1 FROM "SHOP"."_EDDY".runs LIMIT 0;

CREATE TABLE IF NOT EXISTS "SHOP"."_EDDY".runs (connection_id VARCHAR NOT NULL, run_id VARCHAR NOT NULL, seq BIGINT NOT NULL, event VARCHAR NOT NULL, happened_at TIMESTAMP_TZ NOT NULL, detail VARCHAR NOT NULL);

CREATE TABLE IF NOT EXISTS "SHOP"."_EDDY".sync_log (connection_id VARCHAR NOT NULL, sync_run_id VARCHAR NOT NULL, primary_key VARCHAR, operation VARCHAR, status VARCHAR NOT NULL, error_reason VARCHAR, sync_started_at TIMESTAMP_TZ NOT NULL, sync_finished_at TIMESTAMP_TZ NOT NULL);

/* eddy: connection vip, run , history */
SELECT connection_id, run_id, seq, event, detail
FROM (
  SELECT connection_id, run_id, seq, event, detail
  FROM "SHOP"."_EDDY".runs
  WHERE event = 'audience'
    OR connection_id = 'vip' AND seq >= coalesce((SELECT max(seq) FROM "SHOP"."_EDDY".runs WHERE connection_id = 'vip' AND event = 'closed'), 0)
  UNION ALL
  SELECT 'vip', CAST(name AS VARCHAR), 0, 'table', CAST(NULL AS VARCHAR)
  FROM (SELECT LOWER(TABLE_NAME) AS name FROM "SHOP".INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = '_EDDY') t
) past
ORDER BY seq, CASE WHEN event = 'closed' THEN 0 ELSE 1 END;

/* eddy: connection vip, run 20261101100000bbbb, opened */
INSERT INTO "SHOP"."_EDDY".runs (connection_id, run_id, seq, event, happened_at, detail)
SELECT 'vip', '20261101100000bbbb', 7, 'opened', CURRENT_TIMESTAMP(), '{"trigger":"manual","started":"2026-11-01T10:00:00Z","owner":"host:1"}'
WHERE NOT EXISTS (SELECT 1 FROM "SHOP"."_EDDY".runs WHERE connection_id = 'vip' AND seq >= 7);

/* eddy: connection vip, run 20261101100000bbbb, stage */
CREATE TABLE "SHOP"."_EDDY"."STAGE_VIP_20261101100000BBBB" AS SELECT CAST(TO_VARCHAR(m."ID") AS VARCHAR) AS "RECORD_ID", CAST(m."EMAIL" AS VARCHAR) AS "EMAIL", CAST(m."PHONE" AS VARCHAR) AS "PHONE_NUMBER" FROM "CUSTOMERS" AS m;

/* eddy: connection vip, run 20261101100000bbbb, stage */
SELECT COUNT(*) FROM "SHOP"."_EDDY"."STAGE_VIP_20261101100000BBBB";

/* eddy: connection vip, run 20261101100000bbbb, count */
SELECT coalesce(sum(n), 0), coalesce(sum(CASE WHEN record_id IS NULL THEN n END), 0),
  count(record_id), count(CASE WHEN n > 1 AND record_id IS NOT NULL THEN 1 END)
FROM (SELECT record_id, count(*) AS n FROM "SHOP"."_EDDY"."STAGE_VIP_20261101100000BBBB" GROUP BY record_id) ids;

/* eddy: connection vip, run 20261101100000bbbb, compare */
CREATE TABLE "SHOP"."_EDDY"."CHANGES_VIP_20261101100000BBBB" AS
WITH held AS (
  SELECT settings, attempts, record_id, until, state, "EMAIL", "PHONE_NUMBER", "DEVICE_ID", "TWITTER_ID", "PARTNER_USER_ID", "HANDLE", "EFFECTIVE_AT", "EXPIRES_AT", fingerprint, reason
  FROM "SHOP"."_EDDY"."CHANGES_VIP_20261101090000AAAA"
),
compared AS (
  SELECT coalesce(s.record_id, h.record_id) AS record_id,
    CASE WHEN h.record_id IS NULL THEN s."EMAIL" ELSE h."EMAIL" END AS "EMAIL",
    CASE WHEN h.record_id IS NULL THEN s."PHONE_NUMBER" ELSE h."PHONE_NUMBER" END AS "PHONE_NUMBER",
    h."DEVICE_ID" AS "DEVICE_ID",
    h."TWITTER_ID" AS "TWITTER_ID",
    h."PARTNER_USER_ID" AS "PARTNER_USER_ID",
    h."HANDLE" AS "HANDLE",
    h."EFFECTIVE_AT" AS "EFFECTIVE_AT",
    h."EXPIRES_AT" AS "EXPIRES_AT",
    CASE WHEN h.record_id IS NULL THEN 1 ELSE h.settings END AS settings,
    CASE WHEN h.record_id IS NULL THEN CAST(NULL AS VARCHAR) ELSE h.fingerprint END AS fingerprint,
    h.state AS was, h.until AS held_until, coalesce(h.attempts, 0) AS attempts, h.reason AS known, '2027-12-01T10:00:00Z' AS until,
    CASE WHEN s.record_id IS NULL THEN 0 ELSE 1 END AS present,
    CASE WHEN s.record_id IS NULL THEN 0 ELSE 1 END AS wanted,
    CASE WHEN (h.until < '2026-12-01T10:00:00Z' OR h.until > '2027-12-08T10:00:00Z') THEN 1 ELSE 0 END AS lapsing
  FROM (
    SELECT m.record_id, m."EMAIL" AS "EMAIL", m."PHONE_NUMBER" AS "PHONE_NUMBER"
    FROM "SHOP"."_EDDY"."STAGE_VIP_20261101100000BBBB" m
    WHERE m.record_id IS NOT NULL
  ) s
  FULL JOIN held h
    ON h.record_id = s.record_id AND h.settings = 1 AND s."EMAIL" IS NOT DISTINCT FROM h."EMAIL" AND s."PHONE_NUMBER" IS NOT DISTINCT FROM h."PHONE_NUMBER"
  WHERE h.record_id IS NULL OR s.record_id IS NULL OR 1 = 0 OR h.state <> 'held'
    OR (h.until < '2026-12-01T10:00:00Z' OR h.until > '2027-12-08T10:00:00Z') OR 0 = 1
),
due AS (
  SELECT compared.*,
    CASE
      WHEN wanted = 0 THEN CASE WHEN was = 'leaving' AND attempts >= 5 AND 0 = 0 THEN '.' ELSE '-' END
      WHEN 0 = 0 AND (was = 'invalid' OR was = 'rejected' AND attempts >= 5) THEN '.'
      WHEN 0 = 0 AND was = 'beside' AND lapsing = 0 THEN '.'
      WHEN held_until IS NOT NULL THEN '='
      ELSE '+'
    END AS plan
  FROM compared
  WHERE was IS NOT NULL OR wanted = 1
),
records AS (
  SELECT record_id,
    max(CASE WHEN plan IN ('+', '=') OR wanted = 1 AND was = 'beside' THEN 1 ELSE 0 END) AS sends,
    max(CASE WHEN plan = '=' THEN 1 ELSE 0 END) AS again,
    max(CASE WHEN plan = '+' THEN 1 ELSE 0 END) AS adds,
    max(CASE WHEN plan = '=' AND was IN ('held', 'beside') THEN 1 ELSE 0 END) AS renews,
    max(CASE WHEN plan = '-' AND held_until IS NOT NULL THEN 1 ELSE 0 END) AS removes,
    max(CASE WHEN plan = '.' AND was = 'leaving' THEN 1 ELSE 0 END) AS rests,
    max(CASE WHEN plan = '.' THEN 1 ELSE 0 END) AS notes
  FROM due
  GROUP BY record_id
)
SELECT MOD(ABS(HASH(d.record_id)), 1024) AS bucket, d.settings, d.attempts, d.present, d.record_id,
  CASE WHEN d.wanted = 1 AND (d.plan <> '.' OR d.was = 'beside' AND r.removes = 1) THEN d.until ELSE d.held_until END AS until,
  CASE
    WHEN r.sends = 1 AND (r.removes = 1 OR r.rests = 1 AND r.adds = 1) OR r.again = 1 AND 0 = 1 THEN 'update'
    WHEN r.renews = 1 THEN 'renew'
    WHEN r.again = 1 THEN 'reassert'
    WHEN r.adds = 1 THEN 'insert'
    WHEN r.removes = 1 THEN 'delete'
    WHEN r.notes = 1 THEN 'rest'
    ELSE 'forget'
  END AS operation,
  CASE
    WHEN d.plan = '.' AND d.was = 'leaving' AND (r.adds = 1 OR r.removes = 1) THEN '-'
    WHEN d.plan = '.' AND d.was = 'beside' AND r.removes = 1 THEN '='
    ELSE d.plan
  END AS side,
  CASE
    WHEN d.wanted = 1 AND (d.plan <> '.' OR d.was = 'beside') THEN CASE WHEN r.rests = 1 AND r.adds = 0 AND r.removes = 0 THEN 'beside' ELSE 'held' END
    ELSE d.was
  END AS state,
  d.was, d.held_until,
  d."EMAIL", d."PHONE_NUMBER", d."DEVICE_ID", d."TWITTER_ID", d."PARTNER_USER_ID", d."HANDLE", d."EFFECTIVE_AT", d."EXPIRES_AT", d.fingerprint,
  CASE
    WHEN d.plan = '.' AND d.was <> 'beside' THEN d.known
    WHEN d.present = 1 AND d.wanted = 0 THEN 'expires_at has passed'
  END AS reason
FROM due d
JOIN records r ON r.record_id = d.record_id;

SELECT COUNT(*) FROM "SHOP"."_EDDY"."CHANGES_VIP_20261101100000BBBB";

/* eddy: connection vip, run 20261101100000bbbb, drop */
DROP TABLE IF EXISTS "SHOP"."_EDDY"."CHANGES_VIP_20261101100000BBBB";

/* eddy: connection vip, run 20261101100000bbbb, drop */
DROP TABLE IF EXISTS "SHOP"."_EDDY"."STAGE_VIP_20261101100000BBBB";

/* eddy: connection vip, run 20261101100000bbbb, closed */
INSERT INTO "SHOP"."_EDDY".runs (connection_id, run_id, seq, event, happened_at, detail)
SELECT 'vip', '20261101100000bbbb', 8, 'closed', CURRENT_TIMESTAMP(), '{"run":{"run_id":"20261101100000bbbb","connection":"vip","status":"succeeded","trigger":"manual","started_at":"2026-11-01T10:00:00Z","finished_at":"2026-11-01T10:00:00Z","audience_id":"a1","counts":{"rows":3,"invalid":0,"insert":0,"update":0,"delete":0,"renew":0,"reassert":0,"unchanged":3,"delivered":0,"rejected":0,"failed":0,"requests":0,"bytes":0},"errors":[],"warnings":[],"usage":{}},"statements":[{"step":"history","rows":6,"seconds":0.1},{"step":"opened","rows":1,"seconds":0.1},{"step":"stage","rows":3,"seconds":0.1},{"step":"count","rows":1,"seconds":0.1},{"step":"compare","rows":0,"seconds":0.1},{"step":"drop","rows":0,"seconds":0.1}],"past":{"last":"20261101100000bbbb","sealed":[{"run":"20261101090000aaaa","started":"2026-11-01T09:00:00Z","trigger":"manual","feed":{"account":"18ce54d4x5t","audience_id":"a1"},"answered":[{"from":0,"to":1023}],"settled":true,"rows":3}],"settings":{"1":"v2;hash=true;region=US;phones=e164;ambiguous=refuse|\\"email\\",\\"phone_number\\""},"columns":[{"name":"id","type":"number(38, 0)"},{"name":"email","type":"varchar"},{"name":"phone","type":"varchar"},{"name":"expires","type":"timestamp_ntz"}],"pruned":"2026-11-01"}}'
WHERE NOT EXISTS (SELECT 1 FROM "SHOP"."_EDDY".runs WHERE connection_id = 'vip' AND seq >= 8);

INSERT INTO "SHOP"."_EDDY".claims (name, owner, event, number, ends) SELECT '"SHOP"."_EDDY"/vip', 'owner', 'released', 1, DATEADD(second, 61, CURRENT_TIMESTAMP());

-- A run in which one changed, one left, one is new and one is nobody.

USE SECONDARY ROLES NONE;

-- described, and not carried out:
SELECT * FROM "CUSTOMERS" AS m;

USE SECONDARY ROLES NONE;

SELECT 1 FROM "SHOP".INFORMATION_SCHEMA.SCHEMATA WHERE SCHEMA_NAME = '_EDDY';

/* eddy: connection vip, run , lock */
CREATE TABLE IF NOT EXISTS "SHOP"."_EDDY".claims (name VARCHAR NOT NULL, owner VARCHAR NOT NULL, event VARCHAR NOT NULL, number BIGINT NOT NULL, ends TIMESTAMP_TZ NOT NULL);

/* eddy: connection vip, run , lock */
INSERT INTO "SHOP"."_EDDY".claims (name, owner, event, number, ends) SELECT '"SHOP"."_EDDY"/vip', 'owner', 'wanted', 0, DATEADD(second, 61, CURRENT_TIMESTAMP());

/* eddy: connection vip, run , lock */
SELECT owner, max(number), max(CASE WHEN event = 'held' THEN 1 ELSE 0 END), max(ends) FROM "SHOP"."_EDDY".claims WHERE name = '"SHOP"."_EDDY"/vip' AND owner <> 'owner' GROUP BY owner HAVING max(CASE WHEN event = 'released' THEN 1 ELSE 0 END) = 0 AND max(ends) > CURRENT_TIMESTAMP();

/* eddy: connection vip, run , lock */
INSERT INTO "SHOP"."_EDDY".claims (name, owner, event, number, ends) SELECT '"SHOP"."_EDDY"/vip', 'owner', 'wanted', 1, DATEADD(second, 61, CURRENT_TIMESTAMP());

/* eddy: connection vip, run , lock */
SELECT owner, max(number), max(CASE WHEN event = 'held' THEN 1 ELSE 0 END), max(ends) FROM "SHOP"."_EDDY".claims WHERE name = '"SHOP"."_EDDY"/vip' AND owner <> 'owner' GROUP BY owner HAVING max(CASE WHEN event = 'released' THEN 1 ELSE 0 END) = 0 AND max(ends) > CURRENT_TIMESTAMP();

/* eddy: connection vip, run , lock */
INSERT INTO "SHOP"."_EDDY".claims (name, owner, event, number, ends) SELECT '"SHOP"."_EDDY"/vip', 'owner', 'held', 1, DATEADD(second, 61, CURRENT_TIMESTAMP());

SELECT 1 FROM "SHOP"."_EDDY".runs LIMIT 0;

CREATE TABLE IF NOT EXISTS "SHOP"."_EDDY".runs (connection_id VARCHAR NOT NULL, run_id VARCHAR NOT NULL, seq BIGINT NOT NULL, event VARCHAR NOT NULL, happened_at TIMESTAMP_TZ NOT NULL, detail VARCHAR NOT NULL);

CREATE TABLE IF NOT EXISTS "SHOP"."_EDDY".sync_log (connection_id VARCHAR NOT NULL, sync_run_id VARCHAR NOT NULL, primary_key VARCHAR, operation VARCHAR, status VARCHAR NOT NULL, error_reason VARCHAR, sync_started_at TIMESTAMP_TZ NOT NULL, sync_finished_at TIMESTAMP_TZ NOT NULL);

/* eddy: connection vip, run , history */
SELECT connection_id, run_id, seq, event, detail
FROM (
  SELECT connection_id, run_id, seq, event, detail
  FROM "SHOP"."_EDDY".runs
  WHERE event = 'audience'
    OR connection_id = 'vip' AND seq >= coalesce((SELECT max(seq) FROM "SHOP"."_EDDY".runs WHERE connection_id = 'vip' AND event = 'closed'), 0)
  UNION ALL
  SELECT 'vip', CAST(name AS VARCHAR), 0, 'table', CAST(NULL AS VARCHAR)
  FROM (SELECT LOWER(TABLE_NAME) AS name FROM "SHOP".INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = '_EDDY') t
) past
ORDER BY seq, CASE WHEN event = 'closed' THEN 0 ELSE 1 END;

/* eddy: connection vip, run 20261101110000cccc, opened */
INSERT INTO "SHOP"."_EDDY".runs (connection_id, run_id, seq, event, happened_at, detail)
SELECT 'vip', '20261101110000cccc', 9, 'opened', CURRENT_TIMESTAMP(), '{"trigger":"manual","started":"2026-11-01T11:00:00Z","owner":"host:1"}'
WHERE NOT EXISTS (SELECT 1 FROM "SHOP"."_EDDY".runs WHERE connection_id = 'vip' AND seq >= 9);

/* eddy: connection vip, run 20261101110000cccc, stage */
CREATE TABLE "SHOP"."_EDDY"."STAGE_VIP_20261101110000CCCC" AS SELECT CAST(TO_VARCHAR(m."ID") AS VARCHAR) AS "RECORD_ID", CAST(m."EMAIL" AS VARCHAR) AS "EMAIL", CAST(m."PHONE" AS VARCHAR) AS "PHONE_NUMBER" FROM "CUSTOMERS" AS m;

/* eddy: connection vip, run 20261101110000cccc, stage */
SELECT COUNT(*) FROM "SHOP"."_EDDY"."STAGE_VIP_20261101110000CCCC";

/* eddy: connection vip, run 20261101110000cccc, count */
SELECT coalesce(sum(n), 0), coalesce(sum(CASE WHEN record_id IS NULL THEN n END), 0),
  count(record_id), count(CASE WHEN n > 1 AND record_id IS NOT NULL THEN 1 END)
FROM (SELECT record_id, count(*) AS n FROM "SHOP"."_EDDY"."STAGE_VIP_20261101110000CCCC" GROUP BY record_id) ids;

/* eddy: connection vip, run 20261101110000cccc, compare */
CREATE TABLE "SHOP"."_EDDY"."CHANGES_VIP_20261101110000CCCC" AS
WITH held AS (
  SELECT settings, attempts, record_id, until, state, "EMAIL", "PHONE_NUMBER", "DEVICE_ID", "TWITTER_ID", "PARTNER_USER_ID", "HANDLE", "EFFECTIVE_AT", "EXPIRES_AT", fingerprint, reason
  FROM "SHOP"."_EDDY"."CHANGES_VIP_20261101090000AAAA"
),
compared AS (
  SELECT coalesce(s.record_id, h.record_id) AS record_id,
    CASE WHEN h.record_id IS NULL THEN s."EMAIL" ELSE h."EMAIL" END AS "EMAIL",
    CASE WHEN h.record_id IS NULL THEN s."PHONE_NUMBER" ELSE h."PHONE_NUMBER" END AS "PHONE_NUMBER",
    h."DEVICE_ID" AS "DEVICE_ID",
    h."TWITTER_ID" AS "TWITTER_ID",
    h."PARTNER_USER_ID" AS "PARTNER_USER_ID",
    h."HANDLE" AS "HANDLE",
    h."EFFECTIVE_AT" AS "EFFECTIVE_AT",
    h."EXPIRES_AT" AS "EXPIRES_AT",
    CASE WHEN h.record_id IS NULL THEN 1 ELSE h.settings END AS settings,
    CASE WHEN h.record_id IS NULL THEN CAST(NULL AS VARCHAR) ELSE h.fingerprint END AS fingerprint,
    h.state AS was, h.until AS held_until, coalesce(h.attempts, 0) AS attempts, h.reason AS known, '2027-12-01T11:00:00Z' AS until,
    CASE WHEN s.record_id IS NULL THEN 0 ELSE 1 END AS present,
    CASE WHEN s.record_id IS NULL THEN 0 ELSE 1 END AS wanted,
    CASE WHEN (h.until < '2026-12-01T11:00:00Z' OR h.until > '2027-12-08T11:00:00Z') THEN 1 ELSE 0 END AS lapsing
  FROM (
    SELECT m.record_id, m."EMAIL" AS "EMAIL", m."PHONE_NUMBER" AS "PHONE_NUMBER"
    FROM "SHOP"."_EDDY"."STAGE_VIP_20261101110000CCCC" m
    WHERE m.record_id IS NOT NULL
  ) s
  FULL JOIN held h
    ON h.record_id = s.record_id AND h.settings = 1 AND s."EMAIL" IS NOT DISTINCT FROM h."EMAIL" AND s."PHONE_NUMBER" IS NOT DISTINCT FROM h."PHONE_NUMBER"
  WHERE h.record_id IS NULL OR s.record_id IS NULL OR 1 = 0 OR h.state <> 'held'
    OR (h.until < '2026-12-01T11:00:00Z' OR h.until > '2027-12-08T11:00:00Z') OR 0 = 1
),
due AS (
  SELECT compared.*,
    CASE
      WHEN wanted = 0 THEN CASE WHEN was = 'leaving' AND attempts >= 5 AND 0 = 0 THEN '.' ELSE '-' END
      WHEN 0 = 0 AND (was = 'invalid' OR was = 'rejected' AND attempts >= 5) THEN '.'
      WHEN 0 = 0 AND was = 'beside' AND lapsing = 0 THEN '.'
      WHEN held_until IS NOT NULL THEN '='
      ELSE '+'
    END AS plan
  FROM compared
  WHERE was IS NOT NULL OR wanted = 1
),
records AS (
  SELECT record_id,
    max(CASE WHEN plan IN ('+', '=') OR wanted = 1 AND was = 'beside' THEN 1 ELSE 0 END) AS sends,
    max(CASE WHEN plan = '=' THEN 1 ELSE 0 END) AS again,
    max(CASE WHEN plan = '+' THEN 1 ELSE 0 END) AS adds,
    max(CASE WHEN plan = '=' AND was IN ('held', 'beside') THEN 1 ELSE 0 END) AS renews,
    max(CASE WHEN plan = '-' AND held_until IS NOT NULL THEN 1 ELSE 0 END) AS removes,
    max(CASE WHEN plan = '.' AND was = 'leaving' THEN 1 ELSE 0 END) AS rests,
    max(CASE WHEN plan = '.' THEN 1 ELSE 0 END) AS notes
  FROM due
  GROUP BY record_id
)
SELECT MOD(ABS(HASH(d.record_id)), 1024) AS bucket, d.settings, d.attempts, d.present, d.record_id,
  CASE WHEN d.wanted = 1 AND (d.plan <> '.' OR d.was = 'beside' AND r.removes = 1) THEN d.until ELSE d.held_until END AS until,
  CASE
    WHEN r.sends = 1 AND (r.removes = 1 OR r.rests = 1 AND r.adds = 1) OR r.again = 1 AND 0 = 1 THEN 'update'
    WHEN r.renews = 1 THEN 'renew'
    WHEN r.again = 1 THEN 'reassert'
    WHEN r.adds = 1 THEN 'insert'
    WHEN r.removes = 1 THEN 'delete'
    WHEN r.notes = 1 THEN 'rest'
    ELSE 'forget'
  END AS operation,
  CASE
    WHEN d.plan = '.' AND d.was = 'leaving' AND (r.adds = 1 OR r.removes = 1) THEN '-'
    WHEN d.plan = '.' AND d.was = 'beside' AND r.removes = 1 THEN '='
    ELSE d.plan
  END AS side,
  CASE
    WHEN d.wanted = 1 AND (d.plan <> '.' OR d.was = 'beside') THEN CASE WHEN r.rests = 1 AND r.adds = 0 AND r.removes = 0 THEN 'beside' ELSE 'held' END
    ELSE d.was
  END AS state,
  d.was, d.held_until,
  d."EMAIL", d."PHONE_NUMBER", d."DEVICE_ID", d."TWITTER_ID", d."PARTNER_USER_ID", d."HANDLE", d."EFFECTIVE_AT", d."EXPIRES_AT", d.fingerprint,
  CASE
    WHEN d.plan = '.' AND d.was <> 'beside' THEN d.known
    WHEN d.present = 1 AND d.wanted = 0 THEN 'expires_at has passed'
  END AS reason
FROM due d
JOIN records r ON r.record_id = d.record_id;

SELECT COUNT(*) FROM "SHOP"."_EDDY"."CHANGES_VIP_20261101110000CCCC";

/* eddy: connection vip, run 20261101110000cccc, read what leaves */
SELECT o.record_id, o.was, o.held_until, o.settings, o."EMAIL", o."PHONE_NUMBER", o."DEVICE_ID", o."TWITTER_ID", o."PARTNER_USER_ID", o."HANDLE", o."EFFECTIVE_AT", o."EXPIRES_AT", w.side, w.settings, w."EMAIL", w."PHONE_NUMBER", w."DEVICE_ID", w."TWITTER_ID", w."PARTNER_USER_ID", w."HANDLE", w."EFFECTIVE_AT", w."EXPIRES_AT"
FROM "SHOP"."_EDDY"."CHANGES_VIP_20261101110000CCCC" o
LEFT JOIN "SHOP"."_EDDY"."CHANGES_VIP_20261101110000CCCC" w ON w.record_id = o.record_id AND w.side IN ('+', '=')
WHERE o.side = '-' AND o.held_until IS NOT NULL;

/* eddy: connection vip, run 20261101110000cccc, find who shares */
WITH gone AS (
  SELECT 0 AS field, TRANSLATE(LOWER(REGEXP_REPLACE(REPLACE(REPLACE(v, 'K', 'k'), '\\x', '<'), '^([^:<]*[:<])+|@[^@]*$|[A-Za-z][̀-ͯ]+|[^0-9A-Za-z._+-]', '')), 'i', '') AS canon
  FROM (SELECT c.*, CAST(eddy_values.VALUE AS VARCHAR) AS v FROM "SHOP"."_EDDY"."CHANGES_VIP_20261101110000CCCC" AS c, LATERAL FLATTEN(INPUT => SPLIT(c."EMAIL", ',')) AS eddy_values) AS c
  WHERE c.side = '-' AND c.held_until IS NOT NULL AND c."EMAIL" IS NOT NULL
  UNION
  SELECT 1 AS field, RIGHT(REGEXP_REPLACE(CASE WHEN REGEXP_LIKE(REGEXP_REPLACE(REGEXP_REPLACE(TRANSLATE(v, '０１２３４５６７８９٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', '012345678901234567890123456789'), '[^ -~]', ''), '([eE][+]?|[xX#;][^0-9]*)[0-9]{1,7}[^0-9A-Za-z]*$', ''), '[^.]*[.]0*[^0-9.]*') THEN SPLIT_PART(REGEXP_REPLACE(REGEXP_REPLACE(TRANSLATE(v, '０１２３４５６７８９٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', '012345678901234567890123456789'), '[^ -~]', ''), '([eE][+]?|[xX#;][^0-9]*)[0-9]{1,7}[^0-9A-Za-z]*$', ''), '.', 1) ELSE REGEXP_REPLACE(REGEXP_REPLACE(TRANSLATE(v, '０１２３４５６７８９٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', '012345678901234567890123456789'), '[^ -~]', ''), '([eE][+]?|[xX#;][^0-9]*)[0-9]{1,7}[^0-9A-Za-z]*$', '') END, '[^0-9]', ''), 6) AS canon
  FROM (SELECT c.*, CAST(eddy_values.VALUE AS VARCHAR) AS v FROM "SHOP"."_EDDY"."CHANGES_VIP_20261101110000CCCC" AS c, LATERAL FLATTEN(INPUT => SPLIT(c."PHONE_NUMBER", ',')) AS eddy_values) AS c
  WHERE c.side = '-' AND c.held_until IS NOT NULL AND c."PHONE_NUMBER" IS NOT NULL
)
SELECT h.record_id, h.settings, h."EMAIL", h."PHONE_NUMBER", h."DEVICE_ID", h."TWITTER_ID", h."PARTNER_USER_ID", h."HANDLE", h."EFFECTIVE_AT", h."EXPIRES_AT", MOD(ABS(HASH(h.record_id)), 1024), h.fingerprint, h.until,
  CASE WHEN h."EXPIRES_AT" BETWEEN '1970' AND '2027-12-01T11:00:00Z' THEN h."EXPIRES_AT" ELSE '2027-12-01T11:00:00Z' END, 1, h.state
FROM (
  SELECT x.settings, x.attempts, x.record_id, x.until, x.state, x."EMAIL", x."PHONE_NUMBER", x."DEVICE_ID", x."TWITTER_ID", x."PARTNER_USER_ID", x."HANDLE", x."EFFECTIVE_AT", x."EXPIRES_AT", x.fingerprint, x.reason
  FROM (
    SELECT settings, attempts, record_id, until, state, "EMAIL", "PHONE_NUMBER", "DEVICE_ID", "TWITTER_ID", "PARTNER_USER_ID", "HANDLE", "EFFECTIVE_AT", "EXPIRES_AT", fingerprint, reason
    FROM "SHOP"."_EDDY"."CHANGES_VIP_20261101090000AAAA"
  ) x
  WHERE (x.state = 'held' OR x.state = 'rejected' AND x.until IS NOT NULL) AND (length(x."EMAIL") >= 64 OR x."EMAIL" NOT LIKE '%,%' AND TRANSLATE(LOWER(REGEXP_REPLACE(REPLACE(REPLACE(x."EMAIL", 'K', 'k'), '\\x', '<'), '^([^:<]*[:<])+|@[^@]*$|[A-Za-z][̀-ͯ]+|[^0-9A-Za-z._+-]', '')), 'i', '') IN (SELECT canon FROM gone WHERE field = 0))
  UNION
  SELECT x.settings, x.attempts, x.record_id, x.until, x.state, x."EMAIL", x."PHONE_NUMBER", x."DEVICE_ID", x."TWITTER_ID", x."PARTNER_USER_ID", x."HANDLE", x."EFFECTIVE_AT", x."EXPIRES_AT", x.fingerprint, x.reason
  FROM (SELECT x.*, CAST(eddy_values.VALUE AS VARCHAR) AS v FROM (
    SELECT settings, attempts, record_id, until, state, "EMAIL", "PHONE_NUMBER", "DEVICE_ID", "TWITTER_ID", "PARTNER_USER_ID", "HANDLE", "EFFECTIVE_AT", "EXPIRES_AT", fingerprint, reason
    FROM "SHOP"."_EDDY"."CHANGES_VIP_20261101090000AAAA"
  ) AS x, LATERAL FLATTEN(INPUT => SPLIT(x."EMAIL", ',')) AS eddy_values) AS x
  WHERE (x.state = 'held' OR x.state = 'rejected' AND x.until IS NOT NULL) AND x."EMAIL" LIKE '%,%' AND TRANSLATE(LOWER(REGEXP_REPLACE(REPLACE(REPLACE(v, 'K', 'k'), '\\x', '<'), '^([^:<]*[:<])+|@[^@]*$|[A-Za-z][̀-ͯ]+|[^0-9A-Za-z._+-]', '')), 'i', '') IN (SELECT canon FROM gone WHERE field = 0)
  UNION
  SELECT x.settings, x.attempts, x.record_id, x.until, x.state, x."EMAIL", x."PHONE_NUMBER", x."DEVICE_ID", x."TWITTER_ID", x."PARTNER_USER_ID", x."HANDLE", x."EFFECTIVE_AT", x."EXPIRES_AT", x.fingerprint, x.reason
  FROM (
    SELECT settings, attempts, record_id, until, state, "EMAIL", "PHONE_NUMBER", "DEVICE_ID", "TWITTER_ID", "PARTNER_USER_ID", "HANDLE", "EFFECTIVE_AT", "EXPIRES_AT", fingerprint, reason
    FROM "SHOP"."_EDDY"."CHANGES_VIP_20261101090000AAAA"
  ) x
  WHERE (x.state = 'held' OR x.state = 'rejected' AND x.until IS NOT NULL) AND (length(x."PHONE_NUMBER") >= 64 OR x."PHONE_NUMBER" NOT LIKE '%,%' AND RIGHT(REGEXP_REPLACE(CASE WHEN REGEXP_LIKE(REGEXP_REPLACE(REGEXP_REPLACE(TRANSLATE(x."PHONE_NUMBER", '０１２３４５６７８９٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', '012345678901234567890123456789'), '[^ -~]', ''), '([eE][+]?|[xX#;][^0-9]*)[0-9]{1,7}[^0-9A-Za-z]*$', ''), '[^.]*[.]0*[^0-9.]*') THEN SPLIT_PART(REGEXP_REPLACE(REGEXP_REPLACE(TRANSLATE(x."PHONE_NUMBER", '０１２３４５６７８９٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', '012345678901234567890123456789'), '[^ -~]', ''), '([eE][+]?|[xX#;][^0-9]*)[0-9]{1,7}[^0-9A-Za-z]*$', ''), '.', 1) ELSE REGEXP_REPLACE(REGEXP_REPLACE(TRANSLATE(x."PHONE_NUMBER", '０１２３４５６７８９٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', '012345678901234567890123456789'), '[^ -~]', ''), '([eE][+]?|[xX#;][^0-9]*)[0-9]{1,7}[^0-9A-Za-z]*$', '') END, '[^0-9]', ''), 6) IN (SELECT canon FROM gone WHERE field = 1))
  UNION
  SELECT x.settings, x.attempts, x.record_id, x.until, x.state, x."EMAIL", x."PHONE_NUMBER", x."DEVICE_ID", x."TWITTER_ID", x."PARTNER_USER_ID", x."HANDLE", x."EFFECTIVE_AT", x."EXPIRES_AT", x.fingerprint, x.reason
  FROM (SELECT x.*, CAST(eddy_values.VALUE AS VARCHAR) AS v FROM (
    SELECT settings, attempts, record_id, until, state, "EMAIL", "PHONE_NUMBER", "DEVICE_ID", "TWITTER_ID", "PARTNER_USER_ID", "HANDLE", "EFFECTIVE_AT", "EXPIRES_AT", fingerprint, reason
    FROM "SHOP"."_EDDY"."CHANGES_VIP_20261101090000AAAA"
  ) AS x, LATERAL FLATTEN(INPUT => SPLIT(x."PHONE_NUMBER", ',')) AS eddy_values) AS x
  WHERE (x.state = 'held' OR x.state = 'rejected' AND x.until IS NOT NULL) AND x."PHONE_NUMBER" LIKE '%,%' AND RIGHT(REGEXP_REPLACE(CASE WHEN REGEXP_LIKE(REGEXP_REPLACE(REGEXP_REPLACE(TRANSLATE(v, '０１２３４５６７８９٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', '012345678901234567890123456789'), '[^ -~]', ''), '([eE][+]?|[xX#;][^0-9]*)[0-9]{1,7}[^0-9A-Za-z]*$', ''), '[^.]*[.]0*[^0-9.]*') THEN SPLIT_PART(REGEXP_REPLACE(REGEXP_REPLACE(TRANSLATE(v, '０１２３４５６７８９٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', '012345678901234567890123456789'), '[^ -~]', ''), '([eE][+]?|[xX#;][^0-9]*)[0-9]{1,7}[^0-9A-Za-z]*$', ''), '.', 1) ELSE REGEXP_REPLACE(REGEXP_REPLACE(TRANSLATE(v, '０１２３４５６７８９٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', '012345678901234567890123456789'), '[^ -~]', ''), '([eE][+]?|[xX#;][^0-9]*)[0-9]{1,7}[^0-9A-Za-z]*$', '') END, '[^0-9]', ''), 6) IN (SELECT canon FROM gone WHERE field = 1)
) h
WHERE NOT EXISTS (SELECT 1 FROM "SHOP"."_EDDY"."CHANGES_VIP_20261101110000CCCC" c WHERE c.record_id = h.record_id);

/* eddy: connection vip, run 20261101110000cccc, report */
SELECT operation, 'delivered', CAST(NULL AS VARCHAR), count(*), CAST(NULL AS VARCHAR), CAST(NULL AS VARCHAR), sum(present)
FROM "SHOP"."_EDDY"."CHANGES_VIP_20261101110000CCCC"
WHERE side IN ('+', '=')
GROUP BY operation
UNION ALL
SELECT operation, status, why, count(*),
  min(CASE WHEN status <> 'delivered' THEN record_id END), max(CASE WHEN status <> 'delivered' THEN record_id END), sum(present)
FROM (
  SELECT record_id, operation, CASE WHEN operation = 'forget' THEN 'forgotten' ELSE 'delivered' END AS status, max(reason) AS why, max(present) AS present
  FROM "SHOP"."_EDDY"."CHANGES_VIP_20261101110000CCCC"
  WHERE side = '-' AND operation IN ('delete', 'forget')
  GROUP BY record_id, operation
  UNION ALL
  SELECT record_id, CASE WHEN state = 'leaving' THEN 'delete' ELSE 'insert' END, 'resting',
    CASE
      WHEN state = 'leaving' THEN 'its removal rests until its row changes (refusals: ' || CAST(attempts AS VARCHAR) || '): ' || coalesce(reason, '')
      WHEN state = 'rejected' THEN 'rests until its row changes (refusals: ' || CAST(attempts AS VARCHAR) || '): ' || coalesce(reason, '')
      ELSE reason
    END, present
  FROM "SHOP"."_EDDY"."CHANGES_VIP_20261101110000CCCC"
  WHERE side = '.' AND state <> 'beside'
) l
GROUP BY operation, status, why;

/* eddy: connection vip, run 20261101110000cccc, count members */
SELECT CASE WHEN count(CASE WHEN state <> 'leaving' THEN 1 END) > 0 THEN count(CASE WHEN state <> 'leaving' THEN 1 END) ELSE count(*) END
FROM (
  SELECT settings, attempts, record_id, until, state, "EMAIL", "PHONE_NUMBER", "DEVICE_ID", "TWITTER_ID", "PARTNER_USER_ID", "HANDLE", "EFFECTIVE_AT", "EXPIRES_AT", fingerprint, reason
  FROM "SHOP"."_EDDY"."CHANGES_VIP_20261101090000AAAA"
) h
WHERE until IS NOT NULL;

/* eddy: connection vip, run 20261101110000cccc, read members */
SELECT settings, "EMAIL", "PHONE_NUMBER", "DEVICE_ID", "TWITTER_ID", "PARTNER_USER_ID", "HANDLE", "EFFECTIVE_AT", "EXPIRES_AT"
FROM (
  SELECT settings, attempts, record_id, until, state, "EMAIL", "PHONE_NUMBER", "DEVICE_ID", "TWITTER_ID", "PARTNER_USER_ID", "HANDLE", "EFFECTIVE_AT", "EXPIRES_AT", fingerprint, reason
  FROM "SHOP"."_EDDY"."CHANGES_VIP_20261101090000AAAA"
) h
WHERE until IS NOT NULL AND until > '2026-11-01T11:00:00Z'
LIMIT 1008;

/* eddy: connection vip, run 20261101110000cccc, read what is wanted */
SELECT record_id, settings, "EMAIL", "PHONE_NUMBER", "DEVICE_ID", "TWITTER_ID", "PARTNER_USER_ID", "HANDLE", "EFFECTIVE_AT", "EXPIRES_AT" FROM "SHOP"."_EDDY"."CHANGES_VIP_20261101110000CCCC" WHERE side IN ('+', '=');

/* eddy: connection vip, run 20261101110000cccc, read what leaves */
SELECT o.record_id, o.was, o.held_until, o.settings, o."EMAIL", o."PHONE_NUMBER", o."DEVICE_ID", o."TWITTER_ID", o."PARTNER_USER_ID", o."HANDLE", o."EFFECTIVE_AT", o."EXPIRES_AT", w.side, w.settings, w."EMAIL", w."PHONE_NUMBER", w."DEVICE_ID", w."TWITTER_ID", w."PARTNER_USER_ID", w."HANDLE", w."EFFECTIVE_AT", w."EXPIRES_AT"
FROM "SHOP"."_EDDY"."CHANGES_VIP_20261101110000CCCC" o
LEFT JOIN "SHOP"."_EDDY"."CHANGES_VIP_20261101110000CCCC" w ON w.record_id = o.record_id AND w.side IN ('+', '=')
WHERE o.side = '-' AND o.held_until IS NOT NULL;

/* eddy: connection vip, run 20261101110000cccc, read members */
SELECT settings, "EMAIL", "PHONE_NUMBER", "DEVICE_ID", "TWITTER_ID", "PARTNER_USER_ID", "HANDLE", "EFFECTIVE_AT", "EXPIRES_AT"
FROM (
  SELECT settings, attempts, record_id, until, state, "EMAIL", "PHONE_NUMBER", "DEVICE_ID", "TWITTER_ID", "PARTNER_USER_ID", "HANDLE", "EFFECTIVE_AT", "EXPIRES_AT", fingerprint, reason
  FROM "SHOP"."_EDDY"."CHANGES_VIP_20261101090000AAAA"
) h
WHERE until IS NOT NULL AND until > '2026-11-01T11:00:00Z'
LIMIT 1006;

/* eddy: connection vip, run 20261101110000cccc, read members */
SELECT settings, "EMAIL", "PHONE_NUMBER", "DEVICE_ID", "TWITTER_ID", "PARTNER_USER_ID", "HANDLE", "EFFECTIVE_AT", "EXPIRES_AT"
FROM (
  SELECT settings, attempts, record_id, until, state, "EMAIL", "PHONE_NUMBER", "DEVICE_ID", "TWITTER_ID", "PARTNER_USER_ID", "HANDLE", "EFFECTIVE_AT", "EXPIRES_AT", fingerprint, reason
  FROM "SHOP"."_EDDY"."CHANGES_VIP_20261101090000AAAA"
) h
WHERE until IS NOT NULL AND until > '2026-11-01T11:00:00Z';

/* eddy: connection vip, run 20261101110000cccc, sealed */
INSERT INTO "SHOP"."_EDDY".runs (connection_id, run_id, seq, event, happened_at, detail)
SELECT 'vip', '20261101110000cccc', 10, 'sealed', CURRENT_TIMESTAMP(), '{"feed":{"account":"18ce54d4x5t","audience_id":"a1"},"rows":5,"settings":{"1":"v2;hash=true;region=US;phones=e164;ambiguous=refuse|\\"email\\",\\"phone_number\\""}}'
WHERE NOT EXISTS (SELECT 1 FROM "SHOP"."_EDDY".runs WHERE connection_id = 'vip' AND seq >= 10);

/* eddy: connection vip, run 20261101110000cccc, read remove */
SELECT record_id, settings, "EMAIL", "PHONE_NUMBER", "DEVICE_ID", "TWITTER_ID", "PARTNER_USER_ID", "HANDLE", "EFFECTIVE_AT", "EXPIRES_AT"
FROM "SHOP"."_EDDY"."CHANGES_VIP_20261101110000CCCC" c
WHERE side = '-' AND held_until IS NOT NULL;

/* eddy: connection vip, run 20261101110000cccc, read add */
SELECT record_id, settings, "EMAIL", "PHONE_NUMBER"
FROM "SHOP"."_EDDY"."CHANGES_VIP_20261101110000CCCC" c
WHERE side IN ('+', '=');

/* eddy: connection vip, run 20261101110000cccc, exceptions */
CREATE TABLE "SHOP"."_EDDY"."EXCEPTIONS_VIP_20261101110000CCCC" (record_id VARCHAR, status VARCHAR, reason VARCHAR, until VARCHAR);

PUT 'file://eddy_file.csv' @"SHOP"."_EDDY".%EXCEPTIONS_VIP_20261101110000CCCC AUTO_COMPRESS = FALSE SOURCE_COMPRESSION = NONE OVERWRITE = TRUE;

PUT 'file://eddy_file.csv' @"SHOP"."_EDDY".%EXCEPTIONS_VIP_20261101110000CCCC AUTO_COMPRESS = FALSE SOURCE_COMPRESSION = NONE OVERWRITE = TRUE;

COPY INTO "SHOP"."_EDDY"."EXCEPTIONS_VIP_20261101110000CCCC" ("RECORD_ID", "STATUS", "REASON", "UNTIL")
FROM @"SHOP"."_EDDY".%EXCEPTIONS_VIP_20261101110000CCCC/eddy_file.csv
FILE_FORMAT = (TYPE = CSV FIELD_OPTIONALLY_ENCLOSED_BY = '"' ESCAPE_UNENCLOSED_FIELD = NONE NULL_IF = ('null of this load') EMPTY_FIELD_AS_NULL = FALSE COMPRESSION = NONE)
ON_ERROR = ABORT_STATEMENT PURGE = TRUE;

/* eddy: connection vip, run 20261101110000cccc, answered */
INSERT INTO "SHOP"."_EDDY".runs (connection_id, run_id, seq, event, happened_at, detail)
SELECT 'vip', '20261101110000cccc', 11, 'answered', CURRENT_TIMESTAMP(), '{"buckets":{"from":0,"to":1023},"exceptions":true}'
WHERE NOT EXISTS (SELECT 1 FROM "SHOP"."_EDDY".runs WHERE connection_id = 'vip' AND seq >= 11);

/* eddy: connection vip, run 20261101110000cccc, report */
SELECT operation, status, why, count(*),
  min(CASE WHEN status <> 'delivered' THEN record_id END), max(CASE WHEN status <> 'delivered' THEN record_id END), sum(present)
FROM (
  SELECT record_id, CASE WHEN outcome = 'invalid' AND operation = 'update' THEN 'delete' ELSE operation END AS operation,
    CASE
      WHEN outcome IN ('doubt', 'unsent') THEN 'failed'
      WHEN stays = 1 AND (outcome = 'delivered' OR operation = 'update' AND outcome = 'invalid') THEN CASE WHEN refused = 1 THEN 'rejected' ELSE 'failed' END
      WHEN outcome = 'invalid' AND operation = 'update' THEN 'nobody'
      WHEN outcome IN ('invalid', 'rejected', 'same') THEN outcome
      ELSE 'delivered'
    END AS status,
    CASE WHEN outcome <> 'delivered' AND outcome <> 'same' OR stays = 1 THEN coalesce(why, 'no answer settled whether it arrived; the next run settles it') END AS why, present
  FROM (
    SELECT c.*,
      CASE
        WHEN NOT TRUE OR e.failed = 1 THEN 'doubt'
        WHEN e.invalid = 1 THEN 'invalid'
        WHEN e.rejected = 1 THEN 'rejected'
        WHEN e.unsent = 1 THEN 'unsent'
        WHEN e.same = 1 THEN 'same'
        ELSE 'delivered'
      END AS outcome,
      coalesce(e.refused, 0) AS refused, coalesce(e.stays, 0) AS stays, coalesce(e.spared, 0) AS spared, e.known_until, e.why
    FROM "SHOP"."_EDDY"."CHANGES_VIP_20261101110000CCCC" c
    LEFT JOIN (
      SELECT record_id,
        max(CASE WHEN status = 'failed' THEN 1 ELSE 0 END) AS failed,
        max(CASE WHEN status = 'invalid' THEN 1 ELSE 0 END) AS invalid,
        max(CASE WHEN status = 'rejected' THEN 1 ELSE 0 END) AS rejected,
        max(CASE WHEN status = 'unsent' THEN 1 ELSE 0 END) AS unsent,
        max(CASE WHEN status = 'refused' THEN 1 ELSE 0 END) AS refused,
        max(CASE WHEN status IN ('refused', 'unremoved') THEN 1 ELSE 0 END) AS stays,
        max(CASE WHEN status = 'spared' THEN 1 ELSE 0 END) AS spared,
        max(CASE WHEN status = 'same' THEN 1 ELSE 0 END) AS same,
        max(until) AS known_until, max(reason) AS why
      FROM "SHOP"."_EDDY"."EXCEPTIONS_VIP_20261101110000CCCC"
      GROUP BY record_id
    ) e ON e.record_id = c.record_id
  ) w
  WHERE side IN ('+', '=')
  UNION ALL
  
  SELECT record_id, operation,
    CASE WHEN operation = 'forget' THEN 'forgotten' ELSE max(CASE
      WHEN outcome IN ('doubt', 'unsent') THEN 'failed'
      WHEN stays = 1 AND (outcome = 'delivered' OR operation = 'update' AND outcome = 'invalid') THEN CASE WHEN refused = 1 THEN 'rejected' ELSE 'failed' END
      WHEN outcome = 'invalid' AND operation = 'update' THEN 'nobody'
      WHEN outcome IN ('invalid', 'rejected', 'same') THEN outcome
      ELSE 'delivered'
    END) END AS status,
    max(CASE WHEN outcome <> 'delivered' OR stays = 1 THEN coalesce(why, 'no answer settled whether it arrived; the next run settles it') ELSE reason END) AS why, max(present) AS present
  FROM (
    SELECT c.*,
      CASE
        WHEN NOT TRUE OR e.failed = 1 THEN 'doubt'
        WHEN e.invalid = 1 THEN 'invalid'
        WHEN e.rejected = 1 THEN 'rejected'
        WHEN e.unsent = 1 THEN 'unsent'
        WHEN e.same = 1 THEN 'same'
        ELSE 'delivered'
      END AS outcome,
      coalesce(e.refused, 0) AS refused, coalesce(e.stays, 0) AS stays, coalesce(e.spared, 0) AS spared, e.known_until, e.why
    FROM "SHOP"."_EDDY"."CHANGES_VIP_20261101110000CCCC" c
    LEFT JOIN (
      SELECT record_id,
        max(CASE WHEN status = 'failed' THEN 1 ELSE 0 END) AS failed,
        max(CASE WHEN status = 'invalid' THEN 1 ELSE 0 END) AS invalid,
        max(CASE WHEN status = 'rejected' THEN 1 ELSE 0 END) AS rejected,
        max(CASE WHEN status = 'unsent' THEN 1 ELSE 0 END) AS unsent,
        max(CASE WHEN status = 'refused' THEN 1 ELSE 0 END) AS refused,
        max(CASE WHEN status IN ('refused', 'unremoved') THEN 1 ELSE 0 END) AS stays,
        max(CASE WHEN status = 'spared' THEN 1 ELSE 0 END) AS spared,
        max(CASE WHEN status = 'same' THEN 1 ELSE 0 END) AS same,
        max(until) AS known_until, max(reason) AS why
      FROM "SHOP"."_EDDY"."EXCEPTIONS_VIP_20261101110000CCCC"
      GROUP BY record_id
    ) e ON e.record_id = c.record_id
  ) o
  WHERE side = '-' AND operation IN ('delete', 'forget')
  GROUP BY record_id, operation
  UNION ALL
  SELECT record_id, CASE WHEN state = 'leaving' THEN 'delete' ELSE 'insert' END, 'resting',
    CASE
      WHEN state = 'leaving' THEN 'its removal rests until its row changes (refusals: ' || CAST(attempts AS VARCHAR) || '): ' || coalesce(reason, '')
      WHEN state = 'rejected' THEN 'rests until its row changes (refusals: ' || CAST(attempts AS VARCHAR) || '): ' || coalesce(reason, '')
      ELSE reason
    END, present
  FROM "SHOP"."_EDDY"."CHANGES_VIP_20261101110000CCCC"
  WHERE side = '.' AND state <> 'beside'
) l
GROUP BY operation, status, why;

/* eddy: connection vip, run 20261101110000cccc, log */
INSERT INTO "SHOP"."_EDDY".sync_log (connection_id, sync_run_id, primary_key, operation, status, error_reason, sync_started_at, sync_finished_at)
SELECT 'vip', '20261101110000cccc', record_id, operation, CASE status WHEN 'resting' THEN 'invalid' WHEN 'nobody' THEN 'delivered' ELSE status END, why,
  TO_TIMESTAMP_TZ('2026-11-01T11:00:00.000000Z'), TO_TIMESTAMP_TZ('2026-11-01T11:00:00.000000Z')
FROM (
  SELECT record_id, CASE WHEN outcome = 'invalid' AND operation = 'update' THEN 'delete' ELSE operation END AS operation,
    CASE
      WHEN outcome IN ('doubt', 'unsent') THEN 'failed'
      WHEN stays = 1 AND (outcome = 'delivered' OR operation = 'update' AND outcome = 'invalid') THEN CASE WHEN refused = 1 THEN 'rejected' ELSE 'failed' END
      WHEN outcome = 'invalid' AND operation = 'update' THEN 'nobody'
      WHEN outcome IN ('invalid', 'rejected', 'same') THEN outcome
      ELSE 'delivered'
    END AS status,
    CASE WHEN outcome <> 'delivered' AND outcome <> 'same' OR stays = 1 THEN coalesce(why, 'no answer settled whether it arrived; the next run settles it') END AS why, present
  FROM (
    SELECT c.*,
      CASE
        WHEN NOT TRUE OR e.failed = 1 THEN 'doubt'
        WHEN e.invalid = 1 THEN 'invalid'
        WHEN e.rejected = 1 THEN 'rejected'
        WHEN e.unsent = 1 THEN 'unsent'
        WHEN e.same = 1 THEN 'same'
        ELSE 'delivered'
      END AS outcome,
      coalesce(e.refused, 0) AS refused, coalesce(e.stays, 0) AS stays, coalesce(e.spared, 0) AS spared, e.known_until, e.why
    FROM "SHOP"."_EDDY"."CHANGES_VIP_20261101110000CCCC" c
    LEFT JOIN (
      SELECT record_id,
        max(CASE WHEN status = 'failed' THEN 1 ELSE 0 END) AS failed,
        max(CASE WHEN status = 'invalid' THEN 1 ELSE 0 END) AS invalid,
        max(CASE WHEN status = 'rejected' THEN 1 ELSE 0 END) AS rejected,
        max(CASE WHEN status = 'unsent' THEN 1 ELSE 0 END) AS unsent,
        max(CASE WHEN status = 'refused' THEN 1 ELSE 0 END) AS refused,
        max(CASE WHEN status IN ('refused', 'unremoved') THEN 1 ELSE 0 END) AS stays,
        max(CASE WHEN status = 'spared' THEN 1 ELSE 0 END) AS spared,
        max(CASE WHEN status = 'same' THEN 1 ELSE 0 END) AS same,
        max(until) AS known_until, max(reason) AS why
      FROM "SHOP"."_EDDY"."EXCEPTIONS_VIP_20261101110000CCCC"
      GROUP BY record_id
    ) e ON e.record_id = c.record_id
  ) w
  WHERE side IN ('+', '=')
  UNION ALL
  
  SELECT record_id, operation,
    CASE WHEN operation = 'forget' THEN 'forgotten' ELSE max(CASE
      WHEN outcome IN ('doubt', 'unsent') THEN 'failed'
      WHEN stays = 1 AND (outcome = 'delivered' OR operation = 'update' AND outcome = 'invalid') THEN CASE WHEN refused = 1 THEN 'rejected' ELSE 'failed' END
      WHEN outcome = 'invalid' AND operation = 'update' THEN 'nobody'
      WHEN outcome IN ('invalid', 'rejected', 'same') THEN outcome
      ELSE 'delivered'
    END) END AS status,
    max(CASE WHEN outcome <> 'delivered' OR stays = 1 THEN coalesce(why, 'no answer settled whether it arrived; the next run settles it') ELSE reason END) AS why, max(present) AS present
  FROM (
    SELECT c.*,
      CASE
        WHEN NOT TRUE OR e.failed = 1 THEN 'doubt'
        WHEN e.invalid = 1 THEN 'invalid'
        WHEN e.rejected = 1 THEN 'rejected'
        WHEN e.unsent = 1 THEN 'unsent'
        WHEN e.same = 1 THEN 'same'
        ELSE 'delivered'
      END AS outcome,
      coalesce(e.refused, 0) AS refused, coalesce(e.stays, 0) AS stays, coalesce(e.spared, 0) AS spared, e.known_until, e.why
    FROM "SHOP"."_EDDY"."CHANGES_VIP_20261101110000CCCC" c
    LEFT JOIN (
      SELECT record_id,
        max(CASE WHEN status = 'failed' THEN 1 ELSE 0 END) AS failed,
        max(CASE WHEN status = 'invalid' THEN 1 ELSE 0 END) AS invalid,
        max(CASE WHEN status = 'rejected' THEN 1 ELSE 0 END) AS rejected,
        max(CASE WHEN status = 'unsent' THEN 1 ELSE 0 END) AS unsent,
        max(CASE WHEN status = 'refused' THEN 1 ELSE 0 END) AS refused,
        max(CASE WHEN status IN ('refused', 'unremoved') THEN 1 ELSE 0 END) AS stays,
        max(CASE WHEN status = 'spared' THEN 1 ELSE 0 END) AS spared,
        max(CASE WHEN status = 'same' THEN 1 ELSE 0 END) AS same,
        max(until) AS known_until, max(reason) AS why
      FROM "SHOP"."_EDDY"."EXCEPTIONS_VIP_20261101110000CCCC"
      GROUP BY record_id
    ) e ON e.record_id = c.record_id
  ) o
  WHERE side = '-' AND operation IN ('delete', 'forget')
  GROUP BY record_id, operation
  UNION ALL
  SELECT record_id, CASE WHEN state = 'leaving' THEN 'delete' ELSE 'insert' END, 'resting',
    CASE
      WHEN state = 'leaving' THEN 'its removal rests until its row changes (refusals: ' || CAST(attempts AS VARCHAR) || '): ' || coalesce(reason, '')
      WHEN state = 'rejected' THEN 'rests until its row changes (refusals: ' || CAST(attempts AS VARCHAR) || '): ' || coalesce(reason, '')
      ELSE reason
    END, present
  FROM "SHOP"."_EDDY"."CHANGES_VIP_20261101110000CCCC"
  WHERE side = '.' AND state <> 'beside'
) l
WHERE status NOT IN ('same', 'forgotten')
  AND NOT EXISTS (
    SELECT 1 FROM "SHOP"."_EDDY".sync_log said
    WHERE said.sync_run_id = '20261101110000cccc' AND said.connection_id = 'vip' AND said.sync_started_at = TO_TIMESTAMP_TZ('2026-11-01T11:00:00.000000Z')
      AND said.primary_key = l.record_id AND said.operation = l.operation
  );

/* eddy: connection vip, run 20261101110000cccc, settled */
INSERT INTO "SHOP"."_EDDY".runs (connection_id, run_id, seq, event, happened_at, detail)
SELECT 'vip', '20261101110000cccc', 12, 'settled', CURRENT_TIMESTAMP(), '{"run":{"run_id":"20261101110000cccc","connection":"vip","status":"completed_with_errors","trigger":"manual","started_at":"2026-11-01T11:00:00Z","finished_at":"2026-11-01T11:00:00Z","audience_id":"a1","counts":{"rows":4,"invalid":1,"insert":1,"update":1,"delete":1,"renew":0,"reassert":0,"unchanged":1,"delivered":3,"rejected":0,"failed":0,"requests":2,"bytes":584},"errors":[{"reason":"no usable identity (email: no @)","count":1,"sample_ids":["4"],"mend":"Mend the addresses in the warehouse, or leave the rows out of the model with a condition; check that the mapped column holds e-mail addresses."}],"warnings":[]}}'
WHERE NOT EXISTS (SELECT 1 FROM "SHOP"."_EDDY".runs WHERE connection_id = 'vip' AND seq >= 12);

/* eddy: connection vip, run 20261101110000cccc, fold */
CREATE TABLE "SHOP"."_EDDY"."BASE_VIP_20261101110000CCCC" AS
WITH newest AS (
  SELECT record_id, max(n) AS n
  FROM (
    SELECT record_id, 1 AS n FROM "SHOP"."_EDDY"."CHANGES_VIP_20261101110000CCCC"
  ) named
  GROUP BY record_id
)
SELECT b.settings, b.attempts, b.record_id, b.until, b.state, b."EMAIL", b."PHONE_NUMBER", b."DEVICE_ID", b."TWITTER_ID", b."PARTNER_USER_ID", b."HANDLE", b."EFFECTIVE_AT", b."EXPIRES_AT", b.fingerprint, b.reason
FROM (
  SELECT settings, attempts, record_id, until, state, "EMAIL", "PHONE_NUMBER", "DEVICE_ID", "TWITTER_ID", "PARTNER_USER_ID", "HANDLE", "EFFECTIVE_AT", "EXPIRES_AT", fingerprint, reason
  FROM "SHOP"."_EDDY"."CHANGES_VIP_20261101090000AAAA"
) b
WHERE NOT EXISTS (SELECT 1 FROM newest n WHERE n.record_id = b.record_id)
UNION ALL
SELECT a.settings, a.attempts, a.record_id, a.until, a.state, a."EMAIL", a."PHONE_NUMBER", a."DEVICE_ID", a."TWITTER_ID", a."PARTNER_USER_ID", a."HANDLE", a."EFFECTIVE_AT", a."EXPIRES_AT", a.fingerprint, a.reason
FROM (
  SELECT settings,
    CASE
      WHEN side = '.' THEN attempts
      WHEN side = '-' THEN attempts + refused
      WHEN outcome = 'rejected' THEN attempts + 1
      ELSE 0
    END AS attempts,
    record_id,
    CASE
      WHEN side = '+' AND outcome IN ('invalid', 'rejected') THEN NULL
      WHEN side IN ('+', '=') AND outcome = 'same' THEN known_until
      WHEN side = '=' AND outcome = 'unsent' THEN held_until
      ELSE until
    END AS until,
    CASE
      WHEN side = '.' THEN state
      WHEN side = '-' THEN 'leaving'
      WHEN outcome IN ('doubt', 'invalid', 'rejected') THEN outcome
      WHEN outcome = 'unsent' THEN 'doubt'
      WHEN stays = 1 THEN 'beside'
      ELSE state
    END AS state,
    "EMAIL", "PHONE_NUMBER", "DEVICE_ID", "TWITTER_ID", "PARTNER_USER_ID", "HANDLE", "EFFECTIVE_AT", "EXPIRES_AT", fingerprint,
    CASE
      WHEN side = '.' THEN reason
      WHEN side = '-' AND refused = 1 OR side <> '-' AND outcome IN ('invalid', 'rejected') THEN why
    END AS reason
  FROM (
    SELECT c.*,
      CASE
        WHEN NOT TRUE OR e.failed = 1 THEN 'doubt'
        WHEN e.invalid = 1 THEN 'invalid'
        WHEN e.rejected = 1 THEN 'rejected'
        WHEN e.unsent = 1 THEN 'unsent'
        WHEN e.same = 1 THEN 'same'
        ELSE 'delivered'
      END AS outcome,
      coalesce(e.refused, 0) AS refused, coalesce(e.stays, 0) AS stays, coalesce(e.spared, 0) AS spared, e.known_until, e.why
    FROM "SHOP"."_EDDY"."CHANGES_VIP_20261101110000CCCC" c
    LEFT JOIN (
      SELECT record_id,
        max(CASE WHEN status = 'failed' THEN 1 ELSE 0 END) AS failed,
        max(CASE WHEN status = 'invalid' THEN 1 ELSE 0 END) AS invalid,
        max(CASE WHEN status = 'rejected' THEN 1 ELSE 0 END) AS rejected,
        max(CASE WHEN status = 'unsent' THEN 1 ELSE 0 END) AS unsent,
        max(CASE WHEN status = 'refused' THEN 1 ELSE 0 END) AS refused,
        max(CASE WHEN status IN ('refused', 'unremoved') THEN 1 ELSE 0 END) AS stays,
        max(CASE WHEN status = 'spared' THEN 1 ELSE 0 END) AS spared,
        max(CASE WHEN status = 'same' THEN 1 ELSE 0 END) AS same,
        max(until) AS known_until, max(reason) AS why
      FROM "SHOP"."_EDDY"."EXCEPTIONS_VIP_20261101110000CCCC"
      GROUP BY record_id
    ) e ON e.record_id = c.record_id
  ) o
  WHERE side IN ('.', '=')
    OR side = '+' AND outcome <> 'unsent'
    OR side = '-' AND until IS NOT NULL AND (outcome = 'doubt' OR stays = 1 OR spared = 1 AND outcome IN ('invalid', 'rejected', 'unsent'))
) a
WHERE NOT EXISTS (SELECT 1 FROM newest n WHERE n.record_id = a.record_id AND n.n <> 1);

SELECT COUNT(*) FROM "SHOP"."_EDDY"."BASE_VIP_20261101110000CCCC";

/* eddy: connection vip, run 20261101110000cccc, base */
INSERT INTO "SHOP"."_EDDY".runs (connection_id, run_id, seq, event, happened_at, detail)
SELECT 'vip', '20261101110000cccc', 13, 'base', CURRENT_TIMESTAMP(), '{"rows":4}'
WHERE NOT EXISTS (SELECT 1 FROM "SHOP"."_EDDY".runs WHERE connection_id = 'vip' AND seq >= 13);

/* eddy: connection vip, run 20261101110000cccc, snapshot */
CREATE VIEW "SHOP"."_EDDY"."SNAPSHOT_VIP_20261101110000CCCC" AS
SELECT record_id, "EMAIL", "PHONE_NUMBER", "DEVICE_ID", "TWITTER_ID", "PARTNER_USER_ID", "HANDLE", "EFFECTIVE_AT", "EXPIRES_AT", state, until
FROM (
  SELECT settings, attempts, record_id, until, state, "EMAIL", "PHONE_NUMBER", "DEVICE_ID", "TWITTER_ID", "PARTNER_USER_ID", "HANDLE", "EFFECTIVE_AT", "EXPIRES_AT", fingerprint, reason
  FROM "_EDDY"."BASE_VIP_20261101110000CCCC"
) h
WHERE state IN ('held', 'beside', 'doubt');

/* eddy: connection vip, run 20261101110000cccc, prune */
DROP TABLE IF EXISTS "SHOP"."_EDDY"."CHANGES_VIP_20261101110000CCCC";

/* eddy: connection vip, run 20261101110000cccc, prune */
DROP TABLE IF EXISTS "SHOP"."_EDDY"."EXCEPTIONS_VIP_20261101110000CCCC";

/* eddy: connection vip, run 20261101110000cccc, prune */
DROP TABLE IF EXISTS "SHOP"."_EDDY"."STAGE_VIP_20261101110000CCCC";

/* eddy: connection vip, run 20261101110000cccc, closed */
INSERT INTO "SHOP"."_EDDY".runs (connection_id, run_id, seq, event, happened_at, detail)
SELECT 'vip', '20261101110000cccc', 14, 'closed', CURRENT_TIMESTAMP(), '{"run":{"run_id":"20261101110000cccc","connection":"vip","status":"completed_with_errors","trigger":"manual","started_at":"2026-11-01T11:00:00Z","finished_at":"2026-11-01T11:00:00Z","audience_id":"a1","counts":{"rows":4,"invalid":1,"insert":1,"update":1,"delete":1,"renew":0,"reassert":0,"unchanged":1,"delivered":3,"rejected":0,"failed":0,"requests":2,"bytes":584},"errors":[{"reason":"no usable identity (email: no @)","count":1,"sample_ids":["4"],"mend":"Mend the addresses in the warehouse, or leave the rows out of the model with a condition; check that the mapped column holds e-mail addresses."}],"warnings":[],"usage":{}},"statements":[{"step":"history","rows":6,"seconds":0.1},{"step":"opened","rows":1,"seconds":0.1},{"step":"stage","rows":4,"seconds":0.1},{"step":"count","rows":1,"seconds":0.1},{"step":"compare","rows":5,"seconds":0.1},{"step":"read what leaves","rows":2,"seconds":0.1},{"step":"find who shares","rows":0,"seconds":0.1},{"step":"report","rows":3,"seconds":0.1},{"step":"count members","rows":1,"seconds":0.1},{"step":"read members","rows":3,"seconds":0.1},{"step":"read what is wanted","rows":3,"seconds":0.1},{"step":"read what leaves","rows":2,"seconds":0.1},{"step":"read members","rows":6,"seconds":0.1},{"step":"sealed","rows":1,"seconds":0.1},{"step":"read remove","rows":2,"seconds":0.1},{"step":"read add","rows":3,"seconds":0.1},{"step":"exceptions","rows":1,"seconds":0.1},{"step":"answered","rows":1,"seconds":0.1},{"step":"report","rows":4,"seconds":0.1},{"step":"log","rows":4,"seconds":0.1},{"step":"settled","rows":1,"seconds":0.1},{"step":"fold","rows":4,"seconds":0.1},{"step":"base","rows":1,"seconds":0.1},{"step":"snapshot","rows":0,"seconds":0.1},{"step":"prune","rows":0,"seconds":0.1}],"past":{"last":"20261101110000cccc","sealed":[{"run":"20261101090000aaaa","started":"2026-11-01T09:00:00Z","trigger":"manual","feed":{"account":"18ce54d4x5t","audience_id":"a1"},"answered":[{"from":0,"to":1023}],"settled":true,"rows":3},{"run":"20261101110000cccc","started":"2026-11-01T11:00:00Z","trigger":"manual","feed":{"account":"18ce54d4x5t","audience_id":"a1"},"answered":[{"from":0,"to":1023}],"settled":true,"rows":5,"base":true,"base_rows":4,"based":true}],"settings":{"1":"v2;hash=true;region=US;phones=e164;ambiguous=refuse|\\"email\\",\\"phone_number\\""},"columns":[{"name":"id","type":"number(38, 0)"},{"name":"email","type":"varchar"},{"name":"phone","type":"varchar"},{"name":"expires","type":"timestamp_ntz"}],"pruned":"2026-11-01"}}'
WHERE NOT EXISTS (SELECT 1 FROM "SHOP"."_EDDY".runs WHERE connection_id = 'vip' AND seq >= 14);

INSERT INTO "SHOP"."_EDDY".claims (name, owner, event, number, ends) SELECT '"SHOP"."_EDDY"/vip', 'owner', 'released', 1, DATEADD(second, 61, CURRENT_TIMESTAMP());

