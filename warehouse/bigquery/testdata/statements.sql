-- A first run.

-- 1.
-- A dry run.
SELECT 1;

-- 2.
-- A dry run.
SELECT * FROM `local`.`shop`.`customers` AS m;

-- 3.
/* eddy: connection vip, run , lock */
CREATE TABLE IF NOT EXISTS `local`.`_eddy`.claims (name STRING, owner STRING, event STRING, number INT64, ends TIMESTAMP);

-- 4.
-- The result goes into `local`.`_eddy`.`claims`, WRITE_APPEND.
/* eddy: connection vip, run , lock */
SELECT NULL AS name, NULL AS owner, NULL AS event, NULL AS number, NULL AS ends FROM (SELECT 1) one WHERE FALSE UNION ALL (
SELECT '`local`.`_eddy`/vip', 'owner', 'wanted', 0, TIMESTAMP_ADD(CURRENT_TIMESTAMP(), INTERVAL 301 SECOND)
);

-- 5.
/* eddy: connection vip, run , lock */
SELECT owner, max(number), max(CASE WHEN event = 'held' THEN 1 ELSE 0 END), max(ends) FROM `local`.`_eddy`.claims WHERE name = '`local`.`_eddy`/vip' AND owner <> 'owner' GROUP BY owner HAVING max(CASE WHEN event = 'released' THEN 1 ELSE 0 END) = 0 AND max(ends) > CURRENT_TIMESTAMP();

-- 6. As 4 (lock)
-- 7. As 5 (lock)
-- 8. As 4 (lock)

-- 9.
SELECT 1 FROM `local`.`_eddy`.runs LIMIT 0;

-- 10.
SELECT 1 FROM `local`.`_eddy`.prepared_with LIMIT 0;

-- 11.
SELECT 1 FROM `local`.`_eddy`.sync_runs LIMIT 0;

-- 12.
CREATE TABLE IF NOT EXISTS `local`.`_eddy`.runs (connection_id STRING, run_id STRING, seq INT64, event STRING, happened_at TIMESTAMP, detail STRING);

-- 13.
CREATE TABLE IF NOT EXISTS `local`.`_eddy`.sync_log (connection_id STRING, sync_run_id STRING, primary_key STRING, operation STRING, status STRING, error_reason STRING, sync_started_at TIMESTAMP, sync_finished_at TIMESTAMP);

-- 14.
/* eddy: connection vip, run , history */
SELECT connection_id, run_id, seq, event, detail
FROM (
  SELECT connection_id, run_id, seq, event, detail
  FROM `local`.`_eddy`.runs
  WHERE event = 'audience'
    OR connection_id = 'vip' AND seq >= coalesce((SELECT max(seq) FROM `local`.`_eddy`.runs WHERE connection_id = 'vip' AND event = 'closed'), 0)
  UNION ALL
  SELECT 'vip', CAST(name AS STRING), 0, 'table', CAST(NULL AS STRING)
  FROM (SELECT table_name AS name FROM `local`.`_eddy`.INFORMATION_SCHEMA.TABLES WHERE TRUE) t
) past
ORDER BY seq, CASE WHEN event = 'closed' THEN 0 ELSE 1 END;

-- 15.
-- The result goes into `local`.`_eddy`.`runs`, WRITE_APPEND.
/* eddy: connection vip, run 20261101090000aaaa, opened */
SELECT NULL AS connection_id, NULL AS run_id, NULL AS seq, NULL AS event, NULL AS happened_at, NULL AS detail FROM (SELECT 1) one WHERE FALSE UNION ALL (
SELECT 'vip', '20261101090000aaaa', 1, 'opened', CURRENT_TIMESTAMP(), '{details, as JSON}'
FROM (SELECT 1) one
WHERE NOT EXISTS (SELECT 1 FROM `local`.`_eddy`.runs WHERE connection_id = 'vip' AND seq >= 1)
);

-- 16.
-- A dry run.
SELECT CAST(m.`id` AS STRING) AS `record_id`, m.`email` AS `email` FROM `local`.`shop`.`customers` AS m;

-- 17.
/* eddy: connection vip, run 20261101090000aaaa, stage */
CREATE TABLE `local`.`_eddy`.`stage_vip_20261101090000aaaa` OPTIONS (expiration_timestamp = TIMESTAMP_ADD(CURRENT_TIMESTAMP(), INTERVAL 3 DAY)) AS
SELECT CAST(m.`id` AS STRING) AS `record_id`, m.`email` AS `email` FROM `local`.`shop`.`customers` AS m;

-- 18.
/* eddy: connection vip, run 20261101090000aaaa, count */
SELECT coalesce(sum(n), 0), coalesce(sum(CASE WHEN record_id IS NULL THEN n END), 0),
  count(record_id), count(CASE WHEN n > 1 AND record_id IS NOT NULL THEN 1 END)
FROM (SELECT record_id, count(*) AS n FROM `local`.`_eddy`.`stage_vip_20261101090000aaaa` GROUP BY record_id) ids;

-- 19.
/* eddy: connection vip, run 20261101090000aaaa, compare */
CREATE TABLE `local`.`_eddy`.`changes_vip_20261101090000aaaa` AS
SELECT FARM_FINGERPRINT(s.record_id) & 1023 AS bucket, 1 AS settings, 0 AS attempts, 1 AS present, s.record_id,
  '2027-12-01T09:00:00Z' AS until, 'insert' AS operation, '+' AS side, 'held' AS state, CAST(NULL AS STRING) AS was, CAST(NULL AS STRING) AS held_until,
  s.`email` AS `email`, CAST(NULL AS STRING) AS `phone_number`, CAST(NULL AS STRING) AS `device_id`, CAST(NULL AS STRING) AS `twitter_id`, CAST(NULL AS STRING) AS `partner_user_id`, CAST(NULL AS STRING) AS `handle`, CAST(NULL AS STRING) AS `effective_at`, CAST(NULL AS STRING) AS `expires_at`, CAST(NULL AS STRING) AS fingerprint, CAST(NULL AS STRING) AS reason
FROM (
  SELECT m.record_id, m.`email` AS `email`
  FROM `local`.`_eddy`.`stage_vip_20261101090000aaaa` m
  WHERE m.record_id IS NOT NULL
) s
WHERE 1 = 1;

-- 20. As 15 (audience)
-- 21. As 15 (sealed)

-- 22.
/* eddy: connection vip, run 20261101090000aaaa, read add */
SELECT record_id, settings, `email`
FROM `local`.`_eddy`.`changes_vip_20261101090000aaaa` c
WHERE side IN ('+', '=');

-- 23. As 15 (answered)

-- 24.
-- The result goes into `local`.`_eddy`.`sync_log`, WRITE_APPEND.
/* eddy: connection vip, run 20261101090000aaaa, log */
SELECT NULL AS connection_id, NULL AS sync_run_id, NULL AS primary_key, NULL AS operation, NULL AS status, NULL AS error_reason, NULL AS sync_started_at, NULL AS sync_finished_at FROM (SELECT 1) one WHERE FALSE UNION ALL (
SELECT 'vip', '20261101090000aaaa', record_id, operation, CASE status WHEN 'resting' THEN 'invalid' WHEN 'nobody' THEN 'delivered' ELSE status END, why,
  CAST('2026-11-01T09:00:00.000000Z' AS TIMESTAMP), CAST('2026-11-01T09:00:00.000000Z' AS TIMESTAMP)
FROM (
  SELECT record_id, operation, 'delivered' AS status, CAST(NULL AS STRING) AS why, present
  FROM `local`.`_eddy`.`changes_vip_20261101090000aaaa`
  WHERE side IN ('+', '=')
) l
WHERE status NOT IN ('same', 'forgotten')
  AND NOT EXISTS (
    SELECT 1 FROM `local`.`_eddy`.sync_log said
    WHERE said.sync_run_id = '20261101090000aaaa' AND said.connection_id = 'vip' AND said.sync_started_at = CAST('2026-11-01T09:00:00.000000Z' AS TIMESTAMP)
      AND said.primary_key = l.record_id AND said.operation = l.operation
  )
);

-- 25. As 15 (settled)

-- 26.
/* eddy: connection vip, run 20261101090000aaaa, snapshot */
CREATE VIEW `local`.`_eddy`.`snapshot_vip_20261101090000aaaa` AS
SELECT record_id, `email`, `phone_number`, `device_id`, `twitter_id`, `partner_user_id`, `handle`, `effective_at`, `expires_at`, state, until
FROM (
  SELECT settings, attempts, record_id, until, state, `email`, `phone_number`, `device_id`, `twitter_id`, `partner_user_id`, `handle`, `effective_at`, `expires_at`, fingerprint, reason
  FROM `local`.`_eddy`.`changes_vip_20261101090000aaaa`
) h
WHERE state IN ('held', 'beside', 'doubt');

-- 27.
/* eddy: connection vip, run 20261101090000aaaa, prune */
DROP TABLE IF EXISTS `local`.`_eddy`.`stage_vip_20261101090000aaaa`;

-- 28. As 15 (closed)
-- 29. As 4

-- A run with nothing to do.

-- 30. As 1
-- 31. As 2
-- 32. As 3 (lock)
-- 33. As 4 (lock)
-- 34. As 5 (lock)
-- 35. As 4 (lock)
-- 36. As 5 (lock)
-- 37. As 4 (lock)
-- 38. As 9
-- 39. As 12
-- 40. As 13
-- 41. As 14 (history)
-- 42. As 15 (opened)
-- 43. As 16
-- 44. As 17 (stage)
-- 45. As 18 (count)

-- 46.
/* eddy: connection vip, run 20261101100000bbbb, compare */
CREATE TABLE `local`.`_eddy`.`changes_vip_20261101100000bbbb` AS
WITH held AS (
  SELECT settings, attempts, record_id, until, state, `email`, `phone_number`, `device_id`, `twitter_id`, `partner_user_id`, `handle`, `effective_at`, `expires_at`, fingerprint, reason
  FROM `local`.`_eddy`.`changes_vip_20261101090000aaaa`
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
    FROM `local`.`_eddy`.`stage_vip_20261101100000bbbb` m
    WHERE m.record_id IS NOT NULL
  ) s
  FULL JOIN held h
    ON h.record_id = s.record_id AND h.settings = CASE WHEN s.record_id IS NOT NULL THEN 1 END AND TO_JSON_STRING(s.`email`) = TO_JSON_STRING(h.`email`)
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
SELECT FARM_FINGERPRINT(d.record_id) & 1023 AS bucket, d.settings, d.attempts, d.present, d.record_id,
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

-- 47.
/* eddy: connection vip, run 20261101100000bbbb, drop */
DROP TABLE IF EXISTS `local`.`_eddy`.`changes_vip_20261101100000bbbb`;

-- 48. As 27 (drop)
-- 49. As 15 (closed)
-- 50. As 4

-- A run in which one changed, one left and one is new.

-- 51. As 1
-- 52. As 2
-- 53. As 3 (lock)
-- 54. As 4 (lock)
-- 55. As 5 (lock)
-- 56. As 4 (lock)
-- 57. As 5 (lock)
-- 58. As 4 (lock)
-- 59. As 9
-- 60. As 12
-- 61. As 13
-- 62. As 14 (history)
-- 63. As 15 (opened)
-- 64. As 16
-- 65. As 17 (stage)
-- 66. As 18 (count)
-- 67. As 46 (compare)

-- 68.
/* eddy: connection vip, run 20261101110000cccc, read what leaves */
SELECT o.record_id, o.was, o.held_until, o.settings, o.`email`, o.`phone_number`, o.`device_id`, o.`twitter_id`, o.`partner_user_id`, o.`handle`, o.`effective_at`, o.`expires_at`, w.side, w.settings, w.`email`, w.`phone_number`, w.`device_id`, w.`twitter_id`, w.`partner_user_id`, w.`handle`, w.`effective_at`, w.`expires_at`
FROM `local`.`_eddy`.`changes_vip_20261101110000cccc` o
LEFT JOIN `local`.`_eddy`.`changes_vip_20261101110000cccc` w ON w.record_id = o.record_id AND w.side IN ('+', '=')
WHERE o.side = '-' AND o.held_until IS NOT NULL;

-- 69.
/* eddy: connection vip, run 20261101110000cccc, find who shares */
WITH gone AS (
  SELECT 0 AS field, REPLACE(LOWER(REGEXP_REPLACE(NORMALIZE(v, NFC), r'(?s)^.*([:<]|\\x)|@[^@]*$|[^0-9A-Za-z._+-]', '')), 'i', '') AS canon
  FROM `local`.`_eddy`.`changes_vip_20261101110000cccc` AS c CROSS JOIN UNNEST(SPLIT(c.`email`, ',')) AS v
  WHERE c.side = '-' AND c.held_until IS NOT NULL AND c.`email` IS NOT NULL
)
SELECT h.record_id, h.settings, h.`email`, h.`phone_number`, h.`device_id`, h.`twitter_id`, h.`partner_user_id`, h.`handle`, h.`effective_at`, h.`expires_at`, FARM_FINGERPRINT(h.record_id) & 1023, h.fingerprint, h.until,
  CASE WHEN h.`expires_at` BETWEEN '1970' AND '2027-12-01T11:00:00Z' THEN h.`expires_at` ELSE '2027-12-01T11:00:00Z' END, 1, h.state
FROM (
  SELECT x.settings, x.attempts, x.record_id, x.until, x.state, x.`email`, x.`phone_number`, x.`device_id`, x.`twitter_id`, x.`partner_user_id`, x.`handle`, x.`effective_at`, x.`expires_at`, x.fingerprint, x.reason
  FROM (
    SELECT settings, attempts, record_id, until, state, `email`, `phone_number`, `device_id`, `twitter_id`, `partner_user_id`, `handle`, `effective_at`, `expires_at`, fingerprint, reason
    FROM `local`.`_eddy`.`changes_vip_20261101090000aaaa`
  ) x
  WHERE (x.state = 'held' OR x.state = 'rejected' AND x.until IS NOT NULL) AND (length(x.`email`) >= 64 OR x.`email` NOT LIKE '%,%' AND REPLACE(LOWER(REGEXP_REPLACE(NORMALIZE(x.`email`, NFC), r'(?s)^.*([:<]|\\x)|@[^@]*$|[^0-9A-Za-z._+-]', '')), 'i', '') IN (SELECT canon FROM gone WHERE field = 0))
  UNION DISTINCT
  SELECT x.settings, x.attempts, x.record_id, x.until, x.state, x.`email`, x.`phone_number`, x.`device_id`, x.`twitter_id`, x.`partner_user_id`, x.`handle`, x.`effective_at`, x.`expires_at`, x.fingerprint, x.reason
  FROM (
    SELECT settings, attempts, record_id, until, state, `email`, `phone_number`, `device_id`, `twitter_id`, `partner_user_id`, `handle`, `effective_at`, `expires_at`, fingerprint, reason
    FROM `local`.`_eddy`.`changes_vip_20261101090000aaaa`
  ) AS x CROSS JOIN UNNEST(SPLIT(x.`email`, ',')) AS v
  WHERE (x.state = 'held' OR x.state = 'rejected' AND x.until IS NOT NULL) AND x.`email` LIKE '%,%' AND REPLACE(LOWER(REGEXP_REPLACE(NORMALIZE(v, NFC), r'(?s)^.*([:<]|\\x)|@[^@]*$|[^0-9A-Za-z._+-]', '')), 'i', '') IN (SELECT canon FROM gone WHERE field = 0)
) h
WHERE NOT EXISTS (SELECT 1 FROM `local`.`_eddy`.`changes_vip_20261101110000cccc` c WHERE c.record_id = h.record_id);

-- 70.
/* eddy: connection vip, run 20261101110000cccc, report */
SELECT operation, 'delivered', CAST(NULL AS STRING), count(*), CAST(NULL AS STRING), CAST(NULL AS STRING), sum(present)
FROM `local`.`_eddy`.`changes_vip_20261101110000cccc`
WHERE side IN ('+', '=')
GROUP BY operation
UNION ALL
SELECT operation, status, why, count(*),
  min(CASE WHEN status <> 'delivered' THEN record_id END), max(CASE WHEN status <> 'delivered' THEN record_id END), sum(present)
FROM (
  SELECT record_id, operation, CASE WHEN operation = 'forget' THEN 'forgotten' ELSE 'delivered' END AS status, max(reason) AS why, max(present) AS present
  FROM `local`.`_eddy`.`changes_vip_20261101110000cccc`
  WHERE side = '-' AND operation IN ('delete', 'forget')
  GROUP BY record_id, operation
  UNION ALL
  SELECT record_id, CASE WHEN state = 'leaving' THEN 'delete' ELSE 'insert' END, 'resting',
    CASE
      WHEN state = 'leaving' THEN 'its removal rests until its row changes (refusals: ' || CAST(attempts AS STRING) || '): ' || coalesce(reason, '')
      WHEN state = 'rejected' THEN 'rests until its row changes (refusals: ' || CAST(attempts AS STRING) || '): ' || coalesce(reason, '')
      ELSE reason
    END, present
  FROM `local`.`_eddy`.`changes_vip_20261101110000cccc`
  WHERE side = '.' AND state <> 'beside'
) l
GROUP BY operation, status, why;

-- 71.
/* eddy: connection vip, run 20261101110000cccc, count members */
SELECT CASE WHEN count(CASE WHEN state <> 'leaving' THEN 1 END) > 0 THEN count(CASE WHEN state <> 'leaving' THEN 1 END) ELSE count(*) END
FROM (
  SELECT settings, attempts, record_id, until, state, `email`, `phone_number`, `device_id`, `twitter_id`, `partner_user_id`, `handle`, `effective_at`, `expires_at`, fingerprint, reason
  FROM `local`.`_eddy`.`changes_vip_20261101090000aaaa`
) h
WHERE until IS NOT NULL;

-- 72.
/* eddy: connection vip, run 20261101110000cccc, read members */
SELECT settings, `email`, `phone_number`, `device_id`, `twitter_id`, `partner_user_id`, `handle`, `effective_at`, `expires_at`
FROM (
  SELECT settings, attempts, record_id, until, state, `email`, `phone_number`, `device_id`, `twitter_id`, `partner_user_id`, `handle`, `effective_at`, `expires_at`, fingerprint, reason
  FROM `local`.`_eddy`.`changes_vip_20261101090000aaaa`
) h
WHERE until IS NOT NULL AND until > '2026-11-01T11:00:00Z'
LIMIT 1006;

-- 73. As 15 (sealed)

-- 74.
/* eddy: connection vip, run 20261101110000cccc, read remove */
SELECT record_id, settings, `email`, `phone_number`, `device_id`, `twitter_id`, `partner_user_id`, `handle`, `effective_at`, `expires_at`
FROM `local`.`_eddy`.`changes_vip_20261101110000cccc` c
WHERE side = '-' AND held_until IS NOT NULL;

-- 75. As 22 (read add)
-- 76. As 15 (answered)

-- 77.
-- The result goes into `local`.`_eddy`.`sync_log`, WRITE_APPEND.
/* eddy: connection vip, run 20261101110000cccc, log */
SELECT NULL AS connection_id, NULL AS sync_run_id, NULL AS primary_key, NULL AS operation, NULL AS status, NULL AS error_reason, NULL AS sync_started_at, NULL AS sync_finished_at FROM (SELECT 1) one WHERE FALSE UNION ALL (
SELECT 'vip', '20261101110000cccc', record_id, operation, CASE status WHEN 'resting' THEN 'invalid' WHEN 'nobody' THEN 'delivered' ELSE status END, why,
  CAST('2026-11-01T11:00:00.000000Z' AS TIMESTAMP), CAST('2026-11-01T11:00:00.000000Z' AS TIMESTAMP)
FROM (
  SELECT record_id, operation, 'delivered' AS status, CAST(NULL AS STRING) AS why, present
  FROM `local`.`_eddy`.`changes_vip_20261101110000cccc`
  WHERE side IN ('+', '=')
  UNION ALL
  
  SELECT record_id, operation, CASE WHEN operation = 'forget' THEN 'forgotten' ELSE 'delivered' END AS status, max(reason) AS why, max(present) AS present
  FROM `local`.`_eddy`.`changes_vip_20261101110000cccc`
  WHERE side = '-' AND operation IN ('delete', 'forget')
  GROUP BY record_id, operation
  UNION ALL
  SELECT record_id, CASE WHEN state = 'leaving' THEN 'delete' ELSE 'insert' END, 'resting',
    CASE
      WHEN state = 'leaving' THEN 'its removal rests until its row changes (refusals: ' || CAST(attempts AS STRING) || '): ' || coalesce(reason, '')
      WHEN state = 'rejected' THEN 'rests until its row changes (refusals: ' || CAST(attempts AS STRING) || '): ' || coalesce(reason, '')
      ELSE reason
    END, present
  FROM `local`.`_eddy`.`changes_vip_20261101110000cccc`
  WHERE side = '.' AND state <> 'beside'
) l
WHERE status NOT IN ('same', 'forgotten')
  AND NOT EXISTS (
    SELECT 1 FROM `local`.`_eddy`.sync_log said
    WHERE said.sync_run_id = '20261101110000cccc' AND said.connection_id = 'vip' AND said.sync_started_at = CAST('2026-11-01T11:00:00.000000Z' AS TIMESTAMP)
      AND said.primary_key = l.record_id AND said.operation = l.operation
  )
);

-- 78. As 15 (settled)

-- 79.
/* eddy: connection vip, run 20261101110000cccc, fold */
CREATE TABLE `local`.`_eddy`.`base_vip_20261101110000cccc` AS
WITH newest AS (
  SELECT record_id, max(n) AS n
  FROM (
    SELECT record_id, 1 AS n FROM `local`.`_eddy`.`changes_vip_20261101110000cccc`
  ) named
  GROUP BY record_id
)
SELECT b.settings, b.attempts, b.record_id, b.until, b.state, b.`email`, b.`phone_number`, b.`device_id`, b.`twitter_id`, b.`partner_user_id`, b.`handle`, b.`effective_at`, b.`expires_at`, b.fingerprint, b.reason
FROM (
  SELECT settings, attempts, record_id, until, state, `email`, `phone_number`, `device_id`, `twitter_id`, `partner_user_id`, `handle`, `effective_at`, `expires_at`, fingerprint, reason
  FROM `local`.`_eddy`.`changes_vip_20261101090000aaaa`
) b
WHERE NOT EXISTS (SELECT 1 FROM newest n WHERE n.record_id = b.record_id)
UNION ALL
SELECT a.settings, a.attempts, a.record_id, a.until, a.state, a.`email`, a.`phone_number`, a.`device_id`, a.`twitter_id`, a.`partner_user_id`, a.`handle`, a.`effective_at`, a.`expires_at`, a.fingerprint, a.reason
FROM (
  SELECT settings,
    CASE WHEN side = '.' THEN attempts ELSE 0 END AS attempts,
    record_id, until, state, `email`, `phone_number`, `device_id`, `twitter_id`, `partner_user_id`, `handle`, `effective_at`, `expires_at`, fingerprint,
    CASE WHEN side = '.' THEN reason END AS reason
  FROM `local`.`_eddy`.`changes_vip_20261101110000cccc`
  WHERE side <> '-'
) a
WHERE NOT EXISTS (SELECT 1 FROM newest n WHERE n.record_id = a.record_id AND n.n <> 1);

-- 80. As 15 (base)

-- 81.
/* eddy: connection vip, run 20261101110000cccc, snapshot */
CREATE VIEW `local`.`_eddy`.`snapshot_vip_20261101110000cccc` AS
SELECT record_id, `email`, `phone_number`, `device_id`, `twitter_id`, `partner_user_id`, `handle`, `effective_at`, `expires_at`, state, until
FROM (
  SELECT settings, attempts, record_id, until, state, `email`, `phone_number`, `device_id`, `twitter_id`, `partner_user_id`, `handle`, `effective_at`, `expires_at`, fingerprint, reason
  FROM `local`.`_eddy`.`base_vip_20261101110000cccc`
) h
WHERE state IN ('held', 'beside', 'doubt');

-- 82. As 47 (prune)
-- 83. As 27 (prune)
-- 84. As 15 (closed)
-- 85. As 4

-- A run in which one row is nobody: what the source sends by itself, which loads that row's outcome.

-- 86. As 1
-- 87. As 2
-- 88. As 9
-- 89. As 12
-- 90. As 13
-- 91. As 16

-- 92.
-- A load job, PARQUET, WRITE_APPEND, into `local`.`_eddy`.`exceptions_vip_20261101120000dddd` (record_id STRING, status STRING, reason STRING, until STRING);

-- 93. As 4
