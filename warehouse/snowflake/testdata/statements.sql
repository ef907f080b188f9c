-- A first run.

-- 1.
USE SECONDARY ROLES NONE;

-- 2.
-- described, and not carried out:
SELECT * FROM "CUSTOMERS" AS m;

-- 3. As 1

-- 4.
SELECT 1 FROM "SHOP".INFORMATION_SCHEMA.SCHEMATA WHERE SCHEMA_NAME = '_EDDY';

-- 5.
CREATE TRANSIENT SCHEMA IF NOT EXISTS "SHOP"."_EDDY" DATA_RETENTION_TIME_IN_DAYS = 0;

-- 6.
/* eddy: connection vip, run , lock */
CREATE TABLE IF NOT EXISTS "SHOP"."_EDDY".claims (name VARCHAR NOT NULL, owner VARCHAR NOT NULL, event VARCHAR NOT NULL, number BIGINT NOT NULL, ends TIMESTAMP_TZ NOT NULL);

-- 7.
/* eddy: connection vip, run , lock */
INSERT INTO "SHOP"."_EDDY".claims (name, owner, event, number, ends) SELECT '"SHOP"."_EDDY"/vip', 'owner', 'wanted', 0, DATEADD(second, 61, CURRENT_TIMESTAMP());

-- 8.
/* eddy: connection vip, run , lock */
SELECT owner, max(number), max(CASE WHEN event = 'held' THEN 1 ELSE 0 END), max(ends) FROM "SHOP"."_EDDY".claims WHERE name = '"SHOP"."_EDDY"/vip' AND owner <> 'owner' GROUP BY owner HAVING max(CASE WHEN event = 'released' THEN 1 ELSE 0 END) = 0 AND max(ends) > CURRENT_TIMESTAMP();

-- 9. As 7 (lock)
-- 10. As 8 (lock)
-- 11. As 7 (lock)

-- 12.
SELECT 1 FROM "SHOP"."_EDDY".runs LIMIT 0;

-- 13.
SELECT 1 FROM "SHOP"."_EDDY".prepared_with LIMIT 0;

-- 14.
SELECT 1 FROM "SHOP"."_EDDY".sync_runs LIMIT 0;

-- 15.
CREATE TABLE IF NOT EXISTS "SHOP"."_EDDY".runs (connection_id VARCHAR NOT NULL, run_id VARCHAR NOT NULL, seq BIGINT NOT NULL, event VARCHAR NOT NULL, happened_at TIMESTAMP_TZ NOT NULL, detail VARCHAR NOT NULL);

-- 16.
CREATE TABLE IF NOT EXISTS "SHOP"."_EDDY".sync_log (connection_id VARCHAR NOT NULL, sync_run_id VARCHAR NOT NULL, primary_key VARCHAR, operation VARCHAR, status VARCHAR NOT NULL, error_reason VARCHAR, sync_started_at TIMESTAMP_TZ NOT NULL, sync_finished_at TIMESTAMP_TZ NOT NULL);

-- 17.
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

-- 18.
/* eddy: connection vip, run 20261101090000aaaa, opened */
INSERT INTO "SHOP"."_EDDY".runs (connection_id, run_id, seq, event, happened_at, detail)
SELECT 'vip', '20261101090000aaaa', 1, 'opened', CURRENT_TIMESTAMP(), '{details, as JSON}'
FROM (SELECT 1) one
WHERE NOT EXISTS (SELECT 1 FROM "SHOP"."_EDDY".runs WHERE connection_id = 'vip' AND seq >= 1);

-- 19.
/* eddy: connection vip, run 20261101090000aaaa, stage */
CREATE TABLE "SHOP"."_EDDY"."STAGE_VIP_20261101090000AAAA" AS SELECT CAST(TO_VARCHAR(m."ID") AS VARCHAR) AS "RECORD_ID", CAST(m."EMAIL" AS VARCHAR) AS "EMAIL" FROM "CUSTOMERS" AS m;

-- 20.
/* eddy: connection vip, run 20261101090000aaaa, stage */
SELECT COUNT(*) FROM "SHOP"."_EDDY"."STAGE_VIP_20261101090000AAAA";

-- 21.
/* eddy: connection vip, run 20261101090000aaaa, count */
SELECT coalesce(sum(n), 0), coalesce(sum(CASE WHEN record_id IS NULL THEN n END), 0),
  count(record_id), count(CASE WHEN n > 1 AND record_id IS NOT NULL THEN 1 END)
FROM (SELECT record_id, count(*) AS n FROM "SHOP"."_EDDY"."STAGE_VIP_20261101090000AAAA" GROUP BY record_id) ids;

-- 22.
/* eddy: connection vip, run 20261101090000aaaa, compare */
CREATE TABLE "SHOP"."_EDDY"."CHANGES_VIP_20261101090000AAAA" AS
SELECT MOD(ABS(HASH(s.record_id)), 1024) AS bucket, 1 AS settings, 0 AS attempts, 1 AS present, s.record_id,
  '2027-12-01T09:00:00Z' AS until, 'insert' AS operation, '+' AS side, 'held' AS state, CAST(NULL AS VARCHAR) AS was, CAST(NULL AS VARCHAR) AS held_until,
  s."EMAIL" AS "EMAIL", CAST(NULL AS VARCHAR) AS "PHONE_NUMBER", CAST(NULL AS VARCHAR) AS "DEVICE_ID", CAST(NULL AS VARCHAR) AS "TWITTER_ID", CAST(NULL AS VARCHAR) AS "PARTNER_USER_ID", CAST(NULL AS VARCHAR) AS "HANDLE", CAST(NULL AS VARCHAR) AS "EFFECTIVE_AT", CAST(NULL AS VARCHAR) AS "EXPIRES_AT", CAST(NULL AS VARCHAR) AS fingerprint, CAST(NULL AS VARCHAR) AS reason
FROM (
  SELECT m.record_id, m."EMAIL" AS "EMAIL"
  FROM "SHOP"."_EDDY"."STAGE_VIP_20261101090000AAAA" m
  WHERE m.record_id IS NOT NULL
) s
WHERE 1 = 1;

-- 23.
SELECT COUNT(*) FROM "SHOP"."_EDDY"."CHANGES_VIP_20261101090000AAAA";

-- 24. As 18 (audience)
-- 25. As 18 (sealed)

-- 26.
/* eddy: connection vip, run 20261101090000aaaa, read add */
SELECT record_id, settings, "EMAIL"
FROM "SHOP"."_EDDY"."CHANGES_VIP_20261101090000AAAA" c
WHERE side IN ('+', '=');

-- 27. As 18 (answered)

-- 28.
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

-- 29. As 18 (settled)

-- 30.
/* eddy: connection vip, run 20261101090000aaaa, snapshot */
CREATE VIEW "SHOP"."_EDDY"."SNAPSHOT_VIP_20261101090000AAAA" AS
SELECT record_id, "EMAIL", "PHONE_NUMBER", "DEVICE_ID", "TWITTER_ID", "PARTNER_USER_ID", "HANDLE", "EFFECTIVE_AT", "EXPIRES_AT", state, until
FROM (
  SELECT settings, attempts, record_id, until, state, "EMAIL", "PHONE_NUMBER", "DEVICE_ID", "TWITTER_ID", "PARTNER_USER_ID", "HANDLE", "EFFECTIVE_AT", "EXPIRES_AT", fingerprint, reason
  FROM "SHOP"."_EDDY"."CHANGES_VIP_20261101090000AAAA"
) h
WHERE state IN ('held', 'beside', 'doubt');

-- 31.
/* eddy: connection vip, run 20261101090000aaaa, prune */
DROP TABLE IF EXISTS "SHOP"."_EDDY"."STAGE_VIP_20261101090000AAAA";

-- 32. As 18 (closed)
-- 33. As 7

-- A run with nothing to do.

-- 34. As 1
-- 35. As 2
-- 36. As 1
-- 37. As 4
-- 38. As 6 (lock)
-- 39. As 7 (lock)
-- 40. As 8 (lock)
-- 41. As 7 (lock)
-- 42. As 8 (lock)
-- 43. As 7 (lock)
-- 44. As 12
-- 45. As 15
-- 46. As 16
-- 47. As 17 (history)
-- 48. As 18 (opened)
-- 49. As 19 (stage)
-- 50. As 20 (stage)
-- 51. As 21 (count)

-- 52.
/* eddy: connection vip, run 20261101100000bbbb, compare */
CREATE TABLE "SHOP"."_EDDY"."CHANGES_VIP_20261101100000BBBB" AS
WITH held AS (
  SELECT settings, attempts, record_id, until, state, "EMAIL", "PHONE_NUMBER", "DEVICE_ID", "TWITTER_ID", "PARTNER_USER_ID", "HANDLE", "EFFECTIVE_AT", "EXPIRES_AT", fingerprint, reason
  FROM "SHOP"."_EDDY"."CHANGES_VIP_20261101090000AAAA"
),
compared AS (
  SELECT coalesce(s.record_id, h.record_id) AS record_id,
    CASE WHEN h.record_id IS NULL THEN s."EMAIL" ELSE h."EMAIL" END AS "EMAIL",
    h."PHONE_NUMBER" AS "PHONE_NUMBER",
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
    SELECT m.record_id, m."EMAIL" AS "EMAIL"
    FROM "SHOP"."_EDDY"."STAGE_VIP_20261101100000BBBB" m
    WHERE m.record_id IS NOT NULL
  ) s
  FULL JOIN held h
    ON h.record_id = s.record_id AND h.settings = 1 AND s."EMAIL" IS NOT DISTINCT FROM h."EMAIL"
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

-- 53. As 23

-- 54.
/* eddy: connection vip, run 20261101100000bbbb, drop */
DROP TABLE IF EXISTS "SHOP"."_EDDY"."CHANGES_VIP_20261101100000BBBB";

-- 55. As 31 (drop)
-- 56. As 18 (closed)
-- 57. As 7

-- A run in which one changed, one left and one is new.

-- 58. As 1
-- 59. As 2
-- 60. As 1
-- 61. As 4
-- 62. As 6 (lock)
-- 63. As 7 (lock)
-- 64. As 8 (lock)
-- 65. As 7 (lock)
-- 66. As 8 (lock)
-- 67. As 7 (lock)
-- 68. As 12
-- 69. As 15
-- 70. As 16
-- 71. As 17 (history)
-- 72. As 18 (opened)
-- 73. As 19 (stage)
-- 74. As 20 (stage)
-- 75. As 21 (count)
-- 76. As 52 (compare)
-- 77. As 23

-- 78.
/* eddy: connection vip, run 20261101110000cccc, read what leaves */
SELECT o.record_id, o.was, o.held_until, o.settings, o."EMAIL", o."PHONE_NUMBER", o."DEVICE_ID", o."TWITTER_ID", o."PARTNER_USER_ID", o."HANDLE", o."EFFECTIVE_AT", o."EXPIRES_AT", w.side, w.settings, w."EMAIL", w."PHONE_NUMBER", w."DEVICE_ID", w."TWITTER_ID", w."PARTNER_USER_ID", w."HANDLE", w."EFFECTIVE_AT", w."EXPIRES_AT"
FROM "SHOP"."_EDDY"."CHANGES_VIP_20261101110000CCCC" o
LEFT JOIN "SHOP"."_EDDY"."CHANGES_VIP_20261101110000CCCC" w ON w.record_id = o.record_id AND w.side IN ('+', '=')
WHERE o.side = '-' AND o.held_until IS NOT NULL;

-- 79.
/* eddy: connection vip, run 20261101110000cccc, find who shares */
WITH gone AS (
  SELECT 0 AS field, TRANSLATE(LOWER(REGEXP_REPLACE(REPLACE(REPLACE(v, 'K', 'k'), '\\x', '<'), '^([^:<]*[:<])+|@[^@]*$|[A-Za-z][̀-ͯ]+|[^0-9A-Za-z._+-]', '')), 'i', '') AS canon
  FROM (SELECT c.*, CAST(eddy_values.VALUE AS VARCHAR) AS v FROM "SHOP"."_EDDY"."CHANGES_VIP_20261101110000CCCC" AS c, LATERAL FLATTEN(INPUT => SPLIT(c."EMAIL", ',')) AS eddy_values) AS c
  WHERE c.side = '-' AND c.held_until IS NOT NULL AND c."EMAIL" IS NOT NULL
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
) h
WHERE NOT EXISTS (SELECT 1 FROM "SHOP"."_EDDY"."CHANGES_VIP_20261101110000CCCC" c WHERE c.record_id = h.record_id);

-- 80.
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

-- 81.
/* eddy: connection vip, run 20261101110000cccc, count members */
SELECT CASE WHEN count(CASE WHEN state <> 'leaving' THEN 1 END) > 0 THEN count(CASE WHEN state <> 'leaving' THEN 1 END) ELSE count(*) END
FROM (
  SELECT settings, attempts, record_id, until, state, "EMAIL", "PHONE_NUMBER", "DEVICE_ID", "TWITTER_ID", "PARTNER_USER_ID", "HANDLE", "EFFECTIVE_AT", "EXPIRES_AT", fingerprint, reason
  FROM "SHOP"."_EDDY"."CHANGES_VIP_20261101090000AAAA"
) h
WHERE until IS NOT NULL;

-- 82.
/* eddy: connection vip, run 20261101110000cccc, read members */
SELECT settings, "EMAIL", "PHONE_NUMBER", "DEVICE_ID", "TWITTER_ID", "PARTNER_USER_ID", "HANDLE", "EFFECTIVE_AT", "EXPIRES_AT"
FROM (
  SELECT settings, attempts, record_id, until, state, "EMAIL", "PHONE_NUMBER", "DEVICE_ID", "TWITTER_ID", "PARTNER_USER_ID", "HANDLE", "EFFECTIVE_AT", "EXPIRES_AT", fingerprint, reason
  FROM "SHOP"."_EDDY"."CHANGES_VIP_20261101090000AAAA"
) h
WHERE until IS NOT NULL AND until > '2026-11-01T11:00:00Z'
LIMIT 1006;

-- 83. As 18 (sealed)

-- 84.
/* eddy: connection vip, run 20261101110000cccc, read remove */
SELECT record_id, settings, "EMAIL", "PHONE_NUMBER", "DEVICE_ID", "TWITTER_ID", "PARTNER_USER_ID", "HANDLE", "EFFECTIVE_AT", "EXPIRES_AT"
FROM "SHOP"."_EDDY"."CHANGES_VIP_20261101110000CCCC" c
WHERE side = '-' AND held_until IS NOT NULL;

-- 85. As 26 (read add)
-- 86. As 18 (answered)

-- 87.
/* eddy: connection vip, run 20261101110000cccc, log */
INSERT INTO "SHOP"."_EDDY".sync_log (connection_id, sync_run_id, primary_key, operation, status, error_reason, sync_started_at, sync_finished_at)
SELECT 'vip', '20261101110000cccc', record_id, operation, CASE status WHEN 'resting' THEN 'invalid' WHEN 'nobody' THEN 'delivered' ELSE status END, why,
  TO_TIMESTAMP_TZ('2026-11-01T11:00:00.000000Z'), TO_TIMESTAMP_TZ('2026-11-01T11:00:00.000000Z')
FROM (
  SELECT record_id, operation, 'delivered' AS status, CAST(NULL AS VARCHAR) AS why, present
  FROM "SHOP"."_EDDY"."CHANGES_VIP_20261101110000CCCC"
  WHERE side IN ('+', '=')
  UNION ALL
  
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
WHERE status NOT IN ('same', 'forgotten')
  AND NOT EXISTS (
    SELECT 1 FROM "SHOP"."_EDDY".sync_log said
    WHERE said.sync_run_id = '20261101110000cccc' AND said.connection_id = 'vip' AND said.sync_started_at = TO_TIMESTAMP_TZ('2026-11-01T11:00:00.000000Z')
      AND said.primary_key = l.record_id AND said.operation = l.operation
  );

-- 88. As 18 (settled)

-- 89.
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
    CASE WHEN side = '.' THEN attempts ELSE 0 END AS attempts,
    record_id, until, state, "EMAIL", "PHONE_NUMBER", "DEVICE_ID", "TWITTER_ID", "PARTNER_USER_ID", "HANDLE", "EFFECTIVE_AT", "EXPIRES_AT", fingerprint,
    CASE WHEN side = '.' THEN reason END AS reason
  FROM "SHOP"."_EDDY"."CHANGES_VIP_20261101110000CCCC"
  WHERE side <> '-'
) a
WHERE NOT EXISTS (SELECT 1 FROM newest n WHERE n.record_id = a.record_id AND n.n <> 1);

-- 90.
SELECT COUNT(*) FROM "SHOP"."_EDDY"."BASE_VIP_20261101110000CCCC";

-- 91. As 18 (base)

-- 92.
/* eddy: connection vip, run 20261101110000cccc, snapshot */
CREATE VIEW "SHOP"."_EDDY"."SNAPSHOT_VIP_20261101110000CCCC" AS
SELECT record_id, "EMAIL", "PHONE_NUMBER", "DEVICE_ID", "TWITTER_ID", "PARTNER_USER_ID", "HANDLE", "EFFECTIVE_AT", "EXPIRES_AT", state, until
FROM (
  SELECT settings, attempts, record_id, until, state, "EMAIL", "PHONE_NUMBER", "DEVICE_ID", "TWITTER_ID", "PARTNER_USER_ID", "HANDLE", "EFFECTIVE_AT", "EXPIRES_AT", fingerprint, reason
  FROM "SHOP"."_EDDY"."BASE_VIP_20261101110000CCCC"
) h
WHERE state IN ('held', 'beside', 'doubt');

-- 93. As 54 (prune)
-- 94. As 31 (prune)
-- 95. As 18 (closed)
-- 96. As 7

-- A run in which one row is nobody: what the source sends by itself, which loads that row's outcome.

-- 97. As 1
-- 98. As 2
-- 99. As 1
-- 100. As 4
-- 101. As 12
-- 102. As 15
-- 103. As 16
-- 104. As 23

-- 105.
PUT 'file://eddy_file.csv' @"SHOP"."_EDDY".%EXCEPTIONS_VIP_20261101120000DDDD AUTO_COMPRESS = FALSE SOURCE_COMPRESSION = NONE OVERWRITE = TRUE;

-- 106. As 105

-- 107.
COPY INTO "SHOP"."_EDDY"."EXCEPTIONS_VIP_20261101120000DDDD" ("RECORD_ID", "STATUS", "REASON", "UNTIL")
FROM @"SHOP"."_EDDY".%EXCEPTIONS_VIP_20261101120000DDDD/eddy_file.csv
FILE_FORMAT = (TYPE = CSV FIELD_OPTIONALLY_ENCLOSED_BY = '"' ESCAPE_UNENCLOSED_FIELD = NONE NULL_IF = ('null of this load') EMPTY_FIELD_AS_NULL = FALSE COMPRESSION = NONE)
ON_ERROR = ABORT_STATEMENT PURGE = TRUE;

-- 108. As 7
