-- A first run.

-- 1.
SELECT 1;

-- 2.
DESCRIBE QUERY
SELECT * FROM `customers`;

-- 3.
SELECT 1 FROM `main`.information_schema.schemata WHERE schema_name = '_eddy';

-- 4.
CREATE SCHEMA IF NOT EXISTS `main`.`_eddy`;

-- 5.
/* eddy: connection vip, run , lock */
CREATE TABLE IF NOT EXISTS `main`.`_eddy`.claims (name STRING NOT NULL, owner STRING NOT NULL, event STRING NOT NULL, number BIGINT NOT NULL, ends TIMESTAMP NOT NULL);

-- 6.
/* eddy: connection vip, run , lock */
INSERT INTO `main`.`_eddy`.claims (name, owner, event, number, ends) SELECT '`main`.`_eddy`/vip', 'owner', 'wanted', 0, timestampadd(SECOND, 181, current_timestamp());

-- 7.
/* eddy: connection vip, run , lock */
SELECT owner, max(number), max(CASE WHEN event = 'held' THEN 1 ELSE 0 END), max(ends) FROM `main`.`_eddy`.claims WHERE name = '`main`.`_eddy`/vip' AND owner <> 'owner' GROUP BY owner HAVING max(CASE WHEN event = 'released' THEN 1 ELSE 0 END) = 0 AND max(ends) > current_timestamp();

-- 8. As 6 (lock)
-- 9. As 7 (lock)
-- 10. As 6 (lock)

-- 11.
SELECT 1 FROM `main`.`_eddy`.runs LIMIT 0;

-- 12.
SELECT 1 FROM `main`.`_eddy`.prepared_with LIMIT 0;

-- 13.
SELECT 1 FROM `main`.`_eddy`.sync_runs LIMIT 0;

-- 14.
CREATE TABLE IF NOT EXISTS `main`.`_eddy`.runs (connection_id STRING NOT NULL, run_id STRING NOT NULL, seq BIGINT NOT NULL, event STRING NOT NULL, happened_at TIMESTAMP NOT NULL, detail STRING NOT NULL);

-- 15.
CREATE TABLE IF NOT EXISTS `main`.`_eddy`.sync_log (connection_id STRING NOT NULL, sync_run_id STRING NOT NULL, primary_key STRING, operation STRING, status STRING NOT NULL, error_reason STRING, sync_started_at TIMESTAMP NOT NULL, sync_finished_at TIMESTAMP NOT NULL);

-- 16.
/* eddy: connection vip, run , history */
SELECT connection_id, run_id, seq, event, detail
FROM (
  SELECT connection_id, run_id, seq, event, detail
  FROM `main`.`_eddy`.runs
  WHERE event = 'audience'
    OR connection_id = 'vip' AND seq >= coalesce((SELECT max(seq) FROM `main`.`_eddy`.runs WHERE connection_id = 'vip' AND event = 'closed'), 0)
  UNION ALL
  SELECT 'vip', CAST(name AS STRING), 0, 'table', CAST(NULL AS STRING)
  FROM (SELECT table_name AS name FROM `main`.information_schema.tables WHERE table_schema = '_eddy') t
) past
ORDER BY seq, CASE WHEN event = 'closed' THEN 0 ELSE 1 END;

-- 17.
/* eddy: connection vip, run 20261101090000aaaa, opened */
INSERT INTO `main`.`_eddy`.runs (connection_id, run_id, seq, event, happened_at, detail)
SELECT 'vip', '20261101090000aaaa', 1, 'opened', current_timestamp(), '{details, as JSON}'
FROM (SELECT 1) one
WHERE NOT EXISTS (SELECT 1 FROM `main`.`_eddy`.runs WHERE connection_id = 'vip' AND seq >= 1);

-- 18. As 2 (stage)

-- 19.
/* eddy: connection vip, run 20261101090000aaaa, stage */
CREATE TABLE `main`.`_eddy`.`stage_vip_20261101090000aaaa` AS SELECT CAST(CAST(m.`id` AS STRING) AS STRING) AS `record_id`, CAST(CAST(m.`email` AS STRING) AS STRING) AS `email` FROM `customers` AS m;

-- 20.
/* eddy: connection vip, run 20261101090000aaaa, stage */
SELECT count(*) FROM `main`.`_eddy`.`stage_vip_20261101090000aaaa`;

-- 21.
/* eddy: connection vip, run 20261101090000aaaa, count */
SELECT coalesce(sum(n), 0), coalesce(sum(CASE WHEN record_id IS NULL THEN n END), 0),
  count(record_id), count(CASE WHEN n > 1 AND record_id IS NOT NULL THEN 1 END)
FROM (SELECT record_id, count(*) AS n FROM `main`.`_eddy`.`stage_vip_20261101090000aaaa` GROUP BY record_id) ids;

-- 22.
/* eddy: connection vip, run 20261101090000aaaa, compare */
CREATE TABLE `main`.`_eddy`.`changes_vip_20261101090000aaaa` AS
SELECT pmod(xxhash64(s.record_id), 1024) AS bucket, 1 AS settings, 0 AS attempts, 1 AS present, s.record_id,
  '2027-12-01T09:00:00Z' AS until, 'insert' AS operation, '+' AS side, 'held' AS state, CAST(NULL AS STRING) AS was, CAST(NULL AS STRING) AS held_until,
  s.`email` AS `email`, CAST(NULL AS STRING) AS `phone_number`, CAST(NULL AS STRING) AS `device_id`, CAST(NULL AS STRING) AS `twitter_id`, CAST(NULL AS STRING) AS `partner_user_id`, CAST(NULL AS STRING) AS `handle`, CAST(NULL AS STRING) AS `effective_at`, CAST(NULL AS STRING) AS `expires_at`, CAST(NULL AS STRING) AS fingerprint, CAST(NULL AS STRING) AS reason
FROM (
  SELECT m.record_id, m.`email` AS `email`
  FROM `main`.`_eddy`.`stage_vip_20261101090000aaaa` m
  WHERE m.record_id IS NOT NULL
) s
WHERE 1 = 1;

-- 23.
SELECT count(*) FROM `main`.`_eddy`.`changes_vip_20261101090000aaaa`;

-- 24. As 17 (audience)
-- 25. As 17 (sealed)

-- 26.
/* eddy: connection vip, run 20261101090000aaaa, read add */
SELECT record_id, settings, `email`
FROM `main`.`_eddy`.`changes_vip_20261101090000aaaa` c
WHERE side IN ('+', '=');

-- 27. As 17 (answered)

-- 28.
/* eddy: connection vip, run 20261101090000aaaa, log */
INSERT INTO `main`.`_eddy`.sync_log (connection_id, sync_run_id, primary_key, operation, status, error_reason, sync_started_at, sync_finished_at)
SELECT 'vip', '20261101090000aaaa', record_id, operation, CASE status WHEN 'resting' THEN 'invalid' WHEN 'nobody' THEN 'delivered' ELSE status END, why,
  CAST('2026-11-01T09:00:00.000000Z' AS TIMESTAMP), CAST('2026-11-01T09:00:00.000000Z' AS TIMESTAMP)
FROM (
  SELECT record_id, operation, 'delivered' AS status, CAST(NULL AS STRING) AS why, present
  FROM `main`.`_eddy`.`changes_vip_20261101090000aaaa`
  WHERE side IN ('+', '=')
) l
WHERE status NOT IN ('same', 'forgotten')
  AND NOT EXISTS (
    SELECT 1 FROM `main`.`_eddy`.sync_log said
    WHERE said.sync_run_id = '20261101090000aaaa' AND said.connection_id = 'vip' AND said.sync_started_at = CAST('2026-11-01T09:00:00.000000Z' AS TIMESTAMP)
      AND said.primary_key = l.record_id AND said.operation = l.operation
  );

-- 29. As 17 (settled)

-- 30.
/* eddy: connection vip, run 20261101090000aaaa, snapshot */
CREATE VIEW `main`.`_eddy`.`snapshot_vip_20261101090000aaaa` AS
SELECT record_id, `email`, `phone_number`, `device_id`, `twitter_id`, `partner_user_id`, `handle`, `effective_at`, `expires_at`, state, until
FROM (
  SELECT settings, attempts, record_id, until, state, `email`, `phone_number`, `device_id`, `twitter_id`, `partner_user_id`, `handle`, `effective_at`, `expires_at`, fingerprint, reason
  FROM `main`.`_eddy`.`changes_vip_20261101090000aaaa`
) h
WHERE state IN ('held', 'beside', 'doubt');

-- 31.
/* eddy: connection vip, run 20261101090000aaaa, prune */
DROP TABLE IF EXISTS `main`.`_eddy`.`stage_vip_20261101090000aaaa`;

-- 32. As 17 (closed)
-- 33. As 6

-- A run with nothing to do.

-- 34. As 1
-- 35. As 2
-- 36. As 3
-- 37. As 5 (lock)
-- 38. As 6 (lock)
-- 39. As 7 (lock)
-- 40. As 6 (lock)
-- 41. As 7 (lock)
-- 42. As 6 (lock)
-- 43. As 11
-- 44. As 14
-- 45. As 15
-- 46. As 16 (history)
-- 47. As 17 (opened)
-- 48. As 2 (stage)
-- 49. As 19 (stage)
-- 50. As 20 (stage)
-- 51. As 21 (count)

-- 52.
/* eddy: connection vip, run 20261101100000bbbb, compare */
CREATE TABLE `main`.`_eddy`.`changes_vip_20261101100000bbbb` AS
WITH held AS (
  SELECT settings, attempts, record_id, until, state, `email`, `phone_number`, `device_id`, `twitter_id`, `partner_user_id`, `handle`, `effective_at`, `expires_at`, fingerprint, reason
  FROM `main`.`_eddy`.`changes_vip_20261101090000aaaa`
),
compared AS (
  SELECT coalesce(s.record_id, h.record_id) AS record_id,
    CASE WHEN h.record_id IS NULL THEN s.`email` ELSE h.`email` END AS `email`,
    h.`phone_number` AS `phone_number`,
    h.`device_id` AS `device_id`,
    h.`twitter_id` AS `twitter_id`,
    h.`partner_user_id` AS `partner_user_id`,
    h.`handle` AS `handle`,
    h.`effective_at` AS `effective_at`,
    h.`expires_at` AS `expires_at`,
    CASE WHEN h.record_id IS NULL THEN 1 ELSE h.settings END AS settings,
    CASE WHEN h.record_id IS NULL THEN CAST(NULL AS STRING) ELSE h.fingerprint END AS fingerprint,
    h.state AS was, h.until AS held_until, coalesce(h.attempts, 0) AS attempts, h.reason AS known, '2027-12-01T10:00:00Z' AS until,
    CASE WHEN s.record_id IS NULL THEN 0 ELSE 1 END AS present,
    CASE WHEN s.record_id IS NULL THEN 0 ELSE 1 END AS wanted,
    CASE WHEN (h.until < '2026-12-01T10:00:00Z' OR h.until > '2027-12-08T10:00:00Z') THEN 1 ELSE 0 END AS lapsing
  FROM (
    SELECT m.record_id, m.`email` AS `email`
    FROM `main`.`_eddy`.`stage_vip_20261101100000bbbb` m
    WHERE m.record_id IS NOT NULL
  ) s
  FULL JOIN held h
    ON h.record_id = s.record_id AND h.settings = 1 AND s.`email` <=> h.`email`
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
SELECT pmod(xxhash64(d.record_id), 1024) AS bucket, d.settings, d.attempts, d.present, d.record_id,
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
  d.`email`, d.`phone_number`, d.`device_id`, d.`twitter_id`, d.`partner_user_id`, d.`handle`, d.`effective_at`, d.`expires_at`, d.fingerprint,
  CASE
    WHEN d.plan = '.' AND d.was <> 'beside' THEN d.known
    WHEN d.present = 1 AND d.wanted = 0 THEN 'expires_at has passed'
  END AS reason
FROM due d
JOIN records r ON r.record_id = d.record_id;

-- 53. As 23

-- 54.
/* eddy: connection vip, run 20261101100000bbbb, drop */
DROP TABLE IF EXISTS `main`.`_eddy`.`changes_vip_20261101100000bbbb`;

-- 55. As 31 (drop)
-- 56. As 17 (closed)
-- 57. As 6

-- A run in which one changed, one left and one is new.

-- 58. As 1
-- 59. As 2
-- 60. As 3
-- 61. As 5 (lock)
-- 62. As 6 (lock)
-- 63. As 7 (lock)
-- 64. As 6 (lock)
-- 65. As 7 (lock)
-- 66. As 6 (lock)
-- 67. As 11
-- 68. As 14
-- 69. As 15
-- 70. As 16 (history)
-- 71. As 17 (opened)
-- 72. As 2 (stage)
-- 73. As 19 (stage)
-- 74. As 20 (stage)
-- 75. As 21 (count)
-- 76. As 52 (compare)
-- 77. As 23

-- 78.
/* eddy: connection vip, run 20261101110000cccc, read what leaves */
SELECT o.record_id, o.was, o.held_until, o.settings, o.`email`, o.`phone_number`, o.`device_id`, o.`twitter_id`, o.`partner_user_id`, o.`handle`, o.`effective_at`, o.`expires_at`, w.side, w.settings, w.`email`, w.`phone_number`, w.`device_id`, w.`twitter_id`, w.`partner_user_id`, w.`handle`, w.`effective_at`, w.`expires_at`
FROM `main`.`_eddy`.`changes_vip_20261101110000cccc` o
LEFT JOIN `main`.`_eddy`.`changes_vip_20261101110000cccc` w ON w.record_id = o.record_id AND w.side IN ('+', '=')
WHERE o.side = '-' AND o.held_until IS NOT NULL;

-- 79.
/* eddy: connection vip, run 20261101110000cccc, find who shares */
WITH gone AS (
  SELECT 0 AS field, translate(lower(regexp_replace(replace(v, 'K', 'k'), '(?s)^.*([:<]|\\\\x)|@[^@]*$|[A-Za-z][\\u0300-\\u036f]+|[^0-9A-Za-z._+-]', '')), 'i', '') AS canon
  FROM (SELECT c.*, eddy_values.v FROM `main`.`_eddy`.`changes_vip_20261101110000cccc` AS c LATERAL VIEW explode(split(c.`email`, ',')) eddy_values AS v) AS c
  WHERE c.side = '-' AND c.held_until IS NOT NULL AND c.`email` IS NOT NULL
)
SELECT h.record_id, h.settings, h.`email`, h.`phone_number`, h.`device_id`, h.`twitter_id`, h.`partner_user_id`, h.`handle`, h.`effective_at`, h.`expires_at`, pmod(xxhash64(h.record_id), 1024), h.fingerprint, h.until,
  CASE WHEN h.`expires_at` BETWEEN '1970' AND '2027-12-01T11:00:00Z' THEN h.`expires_at` ELSE '2027-12-01T11:00:00Z' END, 1, h.state
FROM (
  SELECT x.settings, x.attempts, x.record_id, x.until, x.state, x.`email`, x.`phone_number`, x.`device_id`, x.`twitter_id`, x.`partner_user_id`, x.`handle`, x.`effective_at`, x.`expires_at`, x.fingerprint, x.reason
  FROM (
    SELECT settings, attempts, record_id, until, state, `email`, `phone_number`, `device_id`, `twitter_id`, `partner_user_id`, `handle`, `effective_at`, `expires_at`, fingerprint, reason
    FROM `main`.`_eddy`.`changes_vip_20261101090000aaaa`
  ) x
  WHERE (x.state = 'held' OR x.state = 'rejected' AND x.until IS NOT NULL) AND (length(x.`email`) >= 64 OR x.`email` NOT LIKE '%,%' AND translate(lower(regexp_replace(replace(x.`email`, 'K', 'k'), '(?s)^.*([:<]|\\\\x)|@[^@]*$|[A-Za-z][\\u0300-\\u036f]+|[^0-9A-Za-z._+-]', '')), 'i', '') IN (SELECT canon FROM gone WHERE field = 0))
  UNION
  SELECT x.settings, x.attempts, x.record_id, x.until, x.state, x.`email`, x.`phone_number`, x.`device_id`, x.`twitter_id`, x.`partner_user_id`, x.`handle`, x.`effective_at`, x.`expires_at`, x.fingerprint, x.reason
  FROM (SELECT x.*, eddy_values.v FROM (
    SELECT settings, attempts, record_id, until, state, `email`, `phone_number`, `device_id`, `twitter_id`, `partner_user_id`, `handle`, `effective_at`, `expires_at`, fingerprint, reason
    FROM `main`.`_eddy`.`changes_vip_20261101090000aaaa`
  ) AS x LATERAL VIEW explode(split(x.`email`, ',')) eddy_values AS v) AS x
  WHERE (x.state = 'held' OR x.state = 'rejected' AND x.until IS NOT NULL) AND x.`email` LIKE '%,%' AND translate(lower(regexp_replace(replace(v, 'K', 'k'), '(?s)^.*([:<]|\\\\x)|@[^@]*$|[A-Za-z][\\u0300-\\u036f]+|[^0-9A-Za-z._+-]', '')), 'i', '') IN (SELECT canon FROM gone WHERE field = 0)
) h
WHERE NOT EXISTS (SELECT 1 FROM `main`.`_eddy`.`changes_vip_20261101110000cccc` c WHERE c.record_id = h.record_id);

-- 80.
/* eddy: connection vip, run 20261101110000cccc, report */
SELECT operation, 'delivered', CAST(NULL AS STRING), count(*), CAST(NULL AS STRING), CAST(NULL AS STRING), sum(present)
FROM `main`.`_eddy`.`changes_vip_20261101110000cccc`
WHERE side IN ('+', '=')
GROUP BY operation
UNION ALL
SELECT operation, status, why, count(*),
  min(CASE WHEN status <> 'delivered' THEN record_id END), max(CASE WHEN status <> 'delivered' THEN record_id END), sum(present)
FROM (
  SELECT record_id, operation, CASE WHEN operation = 'forget' THEN 'forgotten' ELSE 'delivered' END AS status, max(reason) AS why, max(present) AS present
  FROM `main`.`_eddy`.`changes_vip_20261101110000cccc`
  WHERE side = '-' AND operation IN ('delete', 'forget')
  GROUP BY record_id, operation
  UNION ALL
  SELECT record_id, CASE WHEN state = 'leaving' THEN 'delete' ELSE 'insert' END, 'resting',
    CASE
      WHEN state = 'leaving' THEN 'its removal rests until its row changes (refusals: ' || CAST(attempts AS STRING) || '): ' || coalesce(reason, '')
      WHEN state = 'rejected' THEN 'rests until its row changes (refusals: ' || CAST(attempts AS STRING) || '): ' || coalesce(reason, '')
      ELSE reason
    END, present
  FROM `main`.`_eddy`.`changes_vip_20261101110000cccc`
  WHERE side = '.' AND state <> 'beside'
) l
GROUP BY operation, status, why;

-- 81.
/* eddy: connection vip, run 20261101110000cccc, count members */
SELECT CASE WHEN count(CASE WHEN state <> 'leaving' THEN 1 END) > 0 THEN count(CASE WHEN state <> 'leaving' THEN 1 END) ELSE count(*) END
FROM (
  SELECT settings, attempts, record_id, until, state, `email`, `phone_number`, `device_id`, `twitter_id`, `partner_user_id`, `handle`, `effective_at`, `expires_at`, fingerprint, reason
  FROM `main`.`_eddy`.`changes_vip_20261101090000aaaa`
) h
WHERE until IS NOT NULL;

-- 82.
/* eddy: connection vip, run 20261101110000cccc, read members */
SELECT settings, `email`, `phone_number`, `device_id`, `twitter_id`, `partner_user_id`, `handle`, `effective_at`, `expires_at`
FROM (
  SELECT settings, attempts, record_id, until, state, `email`, `phone_number`, `device_id`, `twitter_id`, `partner_user_id`, `handle`, `effective_at`, `expires_at`, fingerprint, reason
  FROM `main`.`_eddy`.`changes_vip_20261101090000aaaa`
) h
WHERE until IS NOT NULL AND until > '2026-11-01T11:00:00Z'
LIMIT 1006;

-- 83. As 17 (sealed)

-- 84.
/* eddy: connection vip, run 20261101110000cccc, read remove */
SELECT record_id, settings, `email`, `phone_number`, `device_id`, `twitter_id`, `partner_user_id`, `handle`, `effective_at`, `expires_at`
FROM `main`.`_eddy`.`changes_vip_20261101110000cccc` c
WHERE side = '-' AND held_until IS NOT NULL;

-- 85. As 26 (read add)
-- 86. As 17 (answered)

-- 87.
/* eddy: connection vip, run 20261101110000cccc, log */
INSERT INTO `main`.`_eddy`.sync_log (connection_id, sync_run_id, primary_key, operation, status, error_reason, sync_started_at, sync_finished_at)
SELECT 'vip', '20261101110000cccc', record_id, operation, CASE status WHEN 'resting' THEN 'invalid' WHEN 'nobody' THEN 'delivered' ELSE status END, why,
  CAST('2026-11-01T11:00:00.000000Z' AS TIMESTAMP), CAST('2026-11-01T11:00:00.000000Z' AS TIMESTAMP)
FROM (
  SELECT record_id, operation, 'delivered' AS status, CAST(NULL AS STRING) AS why, present
  FROM `main`.`_eddy`.`changes_vip_20261101110000cccc`
  WHERE side IN ('+', '=')
  UNION ALL
  
  SELECT record_id, operation, CASE WHEN operation = 'forget' THEN 'forgotten' ELSE 'delivered' END AS status, max(reason) AS why, max(present) AS present
  FROM `main`.`_eddy`.`changes_vip_20261101110000cccc`
  WHERE side = '-' AND operation IN ('delete', 'forget')
  GROUP BY record_id, operation
  UNION ALL
  SELECT record_id, CASE WHEN state = 'leaving' THEN 'delete' ELSE 'insert' END, 'resting',
    CASE
      WHEN state = 'leaving' THEN 'its removal rests until its row changes (refusals: ' || CAST(attempts AS STRING) || '): ' || coalesce(reason, '')
      WHEN state = 'rejected' THEN 'rests until its row changes (refusals: ' || CAST(attempts AS STRING) || '): ' || coalesce(reason, '')
      ELSE reason
    END, present
  FROM `main`.`_eddy`.`changes_vip_20261101110000cccc`
  WHERE side = '.' AND state <> 'beside'
) l
WHERE status NOT IN ('same', 'forgotten')
  AND NOT EXISTS (
    SELECT 1 FROM `main`.`_eddy`.sync_log said
    WHERE said.sync_run_id = '20261101110000cccc' AND said.connection_id = 'vip' AND said.sync_started_at = CAST('2026-11-01T11:00:00.000000Z' AS TIMESTAMP)
      AND said.primary_key = l.record_id AND said.operation = l.operation
  );

-- 88. As 17 (settled)

-- 89.
/* eddy: connection vip, run 20261101110000cccc, fold */
CREATE TABLE `main`.`_eddy`.`base_vip_20261101110000cccc` AS
WITH newest AS (
  SELECT record_id, max(n) AS n
  FROM (
    SELECT record_id, 1 AS n FROM `main`.`_eddy`.`changes_vip_20261101110000cccc`
  ) named
  GROUP BY record_id
)
SELECT b.settings, b.attempts, b.record_id, b.until, b.state, b.`email`, b.`phone_number`, b.`device_id`, b.`twitter_id`, b.`partner_user_id`, b.`handle`, b.`effective_at`, b.`expires_at`, b.fingerprint, b.reason
FROM (
  SELECT settings, attempts, record_id, until, state, `email`, `phone_number`, `device_id`, `twitter_id`, `partner_user_id`, `handle`, `effective_at`, `expires_at`, fingerprint, reason
  FROM `main`.`_eddy`.`changes_vip_20261101090000aaaa`
) b
WHERE NOT EXISTS (SELECT 1 FROM newest n WHERE n.record_id = b.record_id)
UNION ALL
SELECT a.settings, a.attempts, a.record_id, a.until, a.state, a.`email`, a.`phone_number`, a.`device_id`, a.`twitter_id`, a.`partner_user_id`, a.`handle`, a.`effective_at`, a.`expires_at`, a.fingerprint, a.reason
FROM (
  SELECT settings,
    CASE WHEN side = '.' THEN attempts ELSE 0 END AS attempts,
    record_id, until, state, `email`, `phone_number`, `device_id`, `twitter_id`, `partner_user_id`, `handle`, `effective_at`, `expires_at`, fingerprint,
    CASE WHEN side = '.' THEN reason END AS reason
  FROM `main`.`_eddy`.`changes_vip_20261101110000cccc`
  WHERE side <> '-'
) a
WHERE NOT EXISTS (SELECT 1 FROM newest n WHERE n.record_id = a.record_id AND n.n <> 1);

-- 90.
SELECT count(*) FROM `main`.`_eddy`.`base_vip_20261101110000cccc`;

-- 91. As 17 (base)

-- 92.
/* eddy: connection vip, run 20261101110000cccc, snapshot */
CREATE VIEW `main`.`_eddy`.`snapshot_vip_20261101110000cccc` AS
SELECT record_id, `email`, `phone_number`, `device_id`, `twitter_id`, `partner_user_id`, `handle`, `effective_at`, `expires_at`, state, until
FROM (
  SELECT settings, attempts, record_id, until, state, `email`, `phone_number`, `device_id`, `twitter_id`, `partner_user_id`, `handle`, `effective_at`, `expires_at`, fingerprint, reason
  FROM `main`.`_eddy`.`base_vip_20261101110000cccc`
) h
WHERE state IN ('held', 'beside', 'doubt');

-- 93. As 54 (prune)
-- 94. As 31 (prune)
-- 95. As 17 (closed)
-- 96. As 6

-- A run in which one row is nobody: what the source sends by itself, which loads that row's outcome.

-- 97. As 1
-- 98. As 2
-- 99. As 3
-- 100. As 11
-- 101. As 14
-- 102. As 15
-- 103. As 23

-- 104.
-- :rows is [["5","invalid","no usable identity (email: no @)",null]]
INSERT INTO `main`.`_eddy`.`exceptions_vip_20261101120000dddd` (`record_id`, `status`, `reason`, `until`) SELECT r[0], r[1], r[2], NULL FROM (SELECT explode(from_json(:rows, 'array<array<string>>', map('mode', 'FAILFAST'))) AS r) loaded;

-- 105. As 6
