SELECT 1 FROM `local`.`_eddy`.runs LIMIT 0;

CREATE TABLE IF NOT EXISTS `local`.`_eddy`.runs (connection_id STRING NOT NULL, run_id STRING NOT NULL, seq INT64 NOT NULL, event STRING NOT NULL, happened_at TIMESTAMP NOT NULL, detail STRING NOT NULL);

CREATE TABLE IF NOT EXISTS `local`.`_eddy`.sync_log (connection_id STRING NOT NULL, sync_run_id STRING NOT NULL, primary_key STRING, operation STRING, status STRING NOT NULL, error_reason STRING, sync_started_at TIMESTAMP NOT NULL, sync_finished_at TIMESTAMP NOT NULL);

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

/* eddy: connection vip, run 20261102090000abcd, opened */
INSERT INTO `local`.`_eddy`.runs (connection_id, run_id, seq, event, happened_at, detail)
SELECT 'vip', '20261102090000abcd', 7, 'opened', CURRENT_TIMESTAMP(), '{"trigger":"manual","started":"2026-11-02T09:00:00Z","owner":"host:1"}'
FROM (SELECT 1) one
WHERE NOT EXISTS (SELECT 1 FROM `local`.`_eddy`.runs WHERE connection_id = 'vip' AND seq >= 7);

/* eddy: connection vip, run 20261102090000abcd, count */
SELECT coalesce(sum(n), 0), coalesce(sum(CASE WHEN record_id IS NULL THEN n END), 0),
  count(record_id), count(CASE WHEN n > 1 AND record_id IS NOT NULL THEN 1 END)
FROM (SELECT record_id, count(*) AS n FROM `local`.`_eddy`.`stage_vip_20261102090000abcd` GROUP BY record_id) ids;

/* eddy: connection vip, run 20261102090000abcd, read times */
SELECT DISTINCT `expires_at` FROM `local`.`_eddy`.`stage_vip_20261102090000abcd` WHERE `expires_at` NOT LIKE '____-__-__T__:__:__Z';

/* eddy: connection vip, run 20261102090000abcd, compare */
CREATE TABLE `local`.`_eddy`.`changes_vip_20261102090000abcd` AS
WITH held AS (
  SELECT settings, attempts, record_id, until, state, `email`, `phone_number`, `expires_at`, fingerprint, reason
  FROM `local`.`_eddy`.`changes_vip_20261101090000abcd`
),
compared AS (
  SELECT coalesce(s.record_id, h.record_id) AS record_id,
    CASE WHEN h.record_id IS NULL THEN s.`email` ELSE h.`email` END AS `email`,
    CASE WHEN h.record_id IS NULL THEN s.`phone_number` ELSE h.`phone_number` END AS `phone_number`,
    CASE WHEN h.record_id IS NULL THEN s.`expires_at` ELSE h.`expires_at` END AS `expires_at`,
    CASE WHEN h.record_id IS NULL THEN 1 ELSE h.settings END AS settings,
    CASE WHEN h.record_id IS NULL THEN CAST(NULL AS STRING) ELSE h.fingerprint END AS fingerprint,
    h.state AS was, h.until AS held_until, coalesce(h.attempts, 0) AS attempts, h.reason AS known, s.until AS until,
    CASE WHEN s.record_id IS NULL THEN 0 ELSE 1 END AS present,
    CASE WHEN s.record_id IS NULL THEN 0 ELSE s.wanted END AS wanted,
    CASE WHEN (h.until < '2026-12-02T09:00:00Z' AND h.until < s.until OR h.until > '2027-12-09T09:00:00Z') THEN 1 ELSE 0 END AS lapsing
  FROM (
    SELECT m.record_id, m.`email` AS `email`, m.`phone_number` AS `phone_number`, m.`expires_at` AS `expires_at`, CASE WHEN m.`expires_at` BETWEEN '1970' AND '2027-12-02T09:00:00Z' THEN m.`expires_at` ELSE '2027-12-02T09:00:00Z' END AS until, CASE WHEN m.`expires_at` LIKE '____-__-__T__:__:__Z' AND m.`expires_at` BETWEEN '1970' AND '2026-11-02T09:00:00Z' THEN 0 ELSE 1 END AS wanted
    FROM `local`.`_eddy`.`stage_vip_20261102090000abcd` m
    WHERE m.record_id IS NOT NULL
  ) s
  FULL JOIN held h
    ON h.record_id = s.record_id AND h.settings = CASE WHEN s.record_id IS NOT NULL THEN 1 END AND TO_JSON_STRING(s.`email`) = TO_JSON_STRING(h.`email`) AND TO_JSON_STRING(s.`phone_number`) = TO_JSON_STRING(h.`phone_number`) AND TO_JSON_STRING(s.`expires_at`) = TO_JSON_STRING(h.`expires_at`)
  WHERE h.record_id IS NULL OR s.record_id IS NULL OR s.wanted = 0 OR h.state <> 'held'
    OR (h.until < '2026-12-02T09:00:00Z' AND h.until < s.until OR h.until > '2027-12-09T09:00:00Z') OR 0 = 1
),
due AS (
  SELECT compared.*,
    CASE
      WHEN wanted = 0 THEN CASE WHEN was = 'leaving' AND attempts >= 3 AND 0 = 0 THEN '.' ELSE '-' END
      WHEN 0 = 0 AND (was = 'invalid' OR was = 'rejected' AND attempts >= 3) THEN '.'
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
  d.`email`, d.`phone_number`, d.`expires_at`, d.fingerprint,
  CASE
    WHEN d.plan = '.' AND d.was <> 'beside' THEN d.known
    WHEN d.present = 1 AND d.wanted = 0 THEN 'expires_at has passed'
  END AS reason
FROM due d
JOIN records r ON r.record_id = d.record_id;

/* eddy: connection vip, run 20261102090000abcd, read what leaves */
SELECT o.record_id, o.was, o.held_until, o.settings, o.`email`, o.`phone_number`, o.`expires_at`, w.side, w.settings, w.`email`, w.`phone_number`, w.`expires_at`
FROM `local`.`_eddy`.`changes_vip_20261102090000abcd` o
LEFT JOIN `local`.`_eddy`.`changes_vip_20261102090000abcd` w ON w.record_id = o.record_id AND w.side IN ('+', '=')
WHERE o.side = '-' AND o.held_until IS NOT NULL;

/* eddy: connection vip, run 20261102090000abcd, find who shares */
WITH gone AS (
  SELECT 0 AS field, REPLACE(LOWER(REGEXP_REPLACE(NORMALIZE(v, NFC), r'(?s)^.*([:<]|\\x)|@[^@]*$|[^0-9A-Za-z._+-]', '')), 'i', '') AS canon
  FROM `local`.`_eddy`.`changes_vip_20261102090000abcd` AS c CROSS JOIN UNNEST(SPLIT(c.`email`, ',')) AS v
  WHERE c.side = '-' AND c.held_until IS NOT NULL AND c.`email` IS NOT NULL
  UNION DISTINCT
  SELECT 1 AS field, RIGHT(REGEXP_REPLACE(REGEXP_REPLACE(REGEXP_REPLACE(REGEXP_REPLACE(TRANSLATE(v, '０１２３４５６７８９٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', '012345678901234567890123456789'), r'[^\x01-\x7f]', ''), r'([eE][+]?|[xX#;][^0-9]*)[0-9]{1,7}[^0-9A-Za-z]*$', ''), r'^([^.]*)[.]0*[^0-9.]*$', r'\1'), r'[^0-9]', ''), 6) AS canon
  FROM `local`.`_eddy`.`changes_vip_20261102090000abcd` AS c CROSS JOIN UNNEST(SPLIT(c.`phone_number`, ',')) AS v
  WHERE c.side = '-' AND c.held_until IS NOT NULL AND c.`phone_number` IS NOT NULL
)
SELECT h.record_id, h.settings, h.`email`, h.`phone_number`, h.`expires_at`, FARM_FINGERPRINT(h.record_id) & 1023, h.fingerprint, h.until,
  CASE WHEN h.`expires_at` BETWEEN '1970' AND '2027-12-02T09:00:00Z' THEN h.`expires_at` ELSE '2027-12-02T09:00:00Z' END, 1, h.state
FROM (
  SELECT x.settings, x.attempts, x.record_id, x.until, x.state, x.`email`, x.`phone_number`, x.`expires_at`, x.fingerprint, x.reason
  FROM (
    SELECT settings, attempts, record_id, until, state, `email`, `phone_number`, `expires_at`, fingerprint, reason
    FROM `local`.`_eddy`.`changes_vip_20261101090000abcd`
  ) x
  WHERE (x.state = 'held' OR x.state = 'rejected' AND x.until IS NOT NULL) AND (length(x.`email`) >= 64 OR x.`email` NOT LIKE '%,%' AND REPLACE(LOWER(REGEXP_REPLACE(NORMALIZE(x.`email`, NFC), r'(?s)^.*([:<]|\\x)|@[^@]*$|[^0-9A-Za-z._+-]', '')), 'i', '') IN (SELECT canon FROM gone WHERE field = 0))
  UNION DISTINCT
  SELECT x.settings, x.attempts, x.record_id, x.until, x.state, x.`email`, x.`phone_number`, x.`expires_at`, x.fingerprint, x.reason
  FROM (
    SELECT settings, attempts, record_id, until, state, `email`, `phone_number`, `expires_at`, fingerprint, reason
    FROM `local`.`_eddy`.`changes_vip_20261101090000abcd`
  ) AS x CROSS JOIN UNNEST(SPLIT(x.`email`, ',')) AS v
  WHERE (x.state = 'held' OR x.state = 'rejected' AND x.until IS NOT NULL) AND x.`email` LIKE '%,%' AND REPLACE(LOWER(REGEXP_REPLACE(NORMALIZE(v, NFC), r'(?s)^.*([:<]|\\x)|@[^@]*$|[^0-9A-Za-z._+-]', '')), 'i', '') IN (SELECT canon FROM gone WHERE field = 0)
  UNION DISTINCT
  SELECT x.settings, x.attempts, x.record_id, x.until, x.state, x.`email`, x.`phone_number`, x.`expires_at`, x.fingerprint, x.reason
  FROM (
    SELECT settings, attempts, record_id, until, state, `email`, `phone_number`, `expires_at`, fingerprint, reason
    FROM `local`.`_eddy`.`changes_vip_20261101090000abcd`
  ) x
  WHERE (x.state = 'held' OR x.state = 'rejected' AND x.until IS NOT NULL) AND (length(x.`phone_number`) >= 64 OR x.`phone_number` NOT LIKE '%,%' AND RIGHT(REGEXP_REPLACE(REGEXP_REPLACE(REGEXP_REPLACE(REGEXP_REPLACE(TRANSLATE(x.`phone_number`, '０１２３４５６７８９٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', '012345678901234567890123456789'), r'[^\x01-\x7f]', ''), r'([eE][+]?|[xX#;][^0-9]*)[0-9]{1,7}[^0-9A-Za-z]*$', ''), r'^([^.]*)[.]0*[^0-9.]*$', r'\1'), r'[^0-9]', ''), 6) IN (SELECT canon FROM gone WHERE field = 1))
  UNION DISTINCT
  SELECT x.settings, x.attempts, x.record_id, x.until, x.state, x.`email`, x.`phone_number`, x.`expires_at`, x.fingerprint, x.reason
  FROM (
    SELECT settings, attempts, record_id, until, state, `email`, `phone_number`, `expires_at`, fingerprint, reason
    FROM `local`.`_eddy`.`changes_vip_20261101090000abcd`
  ) AS x CROSS JOIN UNNEST(SPLIT(x.`phone_number`, ',')) AS v
  WHERE (x.state = 'held' OR x.state = 'rejected' AND x.until IS NOT NULL) AND x.`phone_number` LIKE '%,%' AND RIGHT(REGEXP_REPLACE(REGEXP_REPLACE(REGEXP_REPLACE(REGEXP_REPLACE(TRANSLATE(v, '０１２３４５６７８９٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', '012345678901234567890123456789'), r'[^\x01-\x7f]', ''), r'([eE][+]?|[xX#;][^0-9]*)[0-9]{1,7}[^0-9A-Za-z]*$', ''), r'^([^.]*)[.]0*[^0-9.]*$', r'\1'), r'[^0-9]', ''), 6) IN (SELECT canon FROM gone WHERE field = 1)
) h
WHERE NOT EXISTS (SELECT 1 FROM `local`.`_eddy`.`changes_vip_20261102090000abcd` c WHERE c.record_id = h.record_id);

/* eddy: connection vip, run 20261102090000abcd, count members */
SELECT CASE WHEN count(CASE WHEN state <> 'leaving' THEN 1 END) > 0 THEN count(CASE WHEN state <> 'leaving' THEN 1 END) ELSE count(*) END
FROM (
  SELECT settings, attempts, record_id, until, state, `email`, `phone_number`, `expires_at`, fingerprint, reason
  FROM `local`.`_eddy`.`changes_vip_20261101090000abcd`
) h
WHERE until IS NOT NULL;

/* eddy: connection vip, run 20261102090000abcd, read what is wanted */
SELECT record_id, settings, `email`, `phone_number`, `expires_at` FROM `local`.`_eddy`.`changes_vip_20261102090000abcd` WHERE side IN ('+', '=');

/* eddy: connection vip, run 20261102090000abcd, sealed */
INSERT INTO `local`.`_eddy`.runs (connection_id, run_id, seq, event, happened_at, detail)
SELECT 'vip', '20261102090000abcd', 8, 'sealed', CURRENT_TIMESTAMP(), '{"feed":{"account":"18ce54d4x5t","audience_id":"a1"},"rows":43,"settings":{"1":"US,e164|\\"email\\",\\"phone_number\\",\\"expires_at\\""}}'
FROM (SELECT 1) one
WHERE NOT EXISTS (SELECT 1 FROM `local`.`_eddy`.runs WHERE connection_id = 'vip' AND seq >= 8);

/* eddy: connection vip, run 20261102090000abcd, read remove */
SELECT record_id, settings, `email`, `phone_number`, `expires_at`
FROM `local`.`_eddy`.`changes_vip_20261102090000abcd` c
WHERE side = '-' AND held_until IS NOT NULL;

/* eddy: connection vip, run 20261102090000abcd, read add */
SELECT record_id, settings, `email`, `phone_number`, `expires_at`
FROM `local`.`_eddy`.`changes_vip_20261102090000abcd` c
WHERE side IN ('+', '=');

/* eddy: connection vip, run 20261102090000abcd, answered */
INSERT INTO `local`.`_eddy`.runs (connection_id, run_id, seq, event, happened_at, detail)
SELECT 'vip', '20261102090000abcd', 9, 'answered', CURRENT_TIMESTAMP(), '{"buckets":{"from":0,"to":1023},"exceptions":false}'
FROM (SELECT 1) one
WHERE NOT EXISTS (SELECT 1 FROM `local`.`_eddy`.runs WHERE connection_id = 'vip' AND seq >= 9);

/* eddy: connection vip, run 20261102090000abcd, report */
SELECT operation, 'delivered', CAST(NULL AS STRING), count(*), CAST(NULL AS STRING), CAST(NULL AS STRING), sum(present)
FROM `local`.`_eddy`.`changes_vip_20261102090000abcd`
WHERE side IN ('+', '=')
GROUP BY operation
UNION ALL
SELECT operation, status, why, count(*),
  min(CASE WHEN status <> 'delivered' THEN record_id END), max(CASE WHEN status <> 'delivered' THEN record_id END), sum(present)
FROM (
  SELECT record_id, operation, CASE WHEN operation = 'forget' THEN 'forgotten' ELSE 'delivered' END AS status, max(reason) AS why, max(present) AS present
  FROM `local`.`_eddy`.`changes_vip_20261102090000abcd`
  WHERE side = '-' AND operation IN ('delete', 'forget')
  GROUP BY record_id, operation
  UNION ALL
  SELECT record_id, CASE WHEN state = 'leaving' THEN 'delete' ELSE 'insert' END, 'resting',
    CASE
      WHEN state = 'leaving' THEN 'its removal rests until its row changes (refusals: ' || CAST(attempts AS STRING) || '): ' || coalesce(reason, '')
      WHEN state = 'rejected' THEN 'rests until its row changes (refusals: ' || CAST(attempts AS STRING) || '): ' || coalesce(reason, '')
      ELSE reason
    END, present
  FROM `local`.`_eddy`.`changes_vip_20261102090000abcd`
  WHERE side = '.' AND state <> 'beside'
) l
GROUP BY operation, status, why;

/* eddy: connection vip, run 20261102090000abcd, log */
INSERT INTO `local`.`_eddy`.sync_log (connection_id, sync_run_id, primary_key, operation, status, error_reason, sync_started_at, sync_finished_at)
SELECT 'vip', '20261102090000abcd', record_id, operation, CASE status WHEN 'resting' THEN 'invalid' WHEN 'nobody' THEN 'delivered' ELSE status END, why,
  CAST('2026-11-02T09:00:00.000000Z' AS TIMESTAMP), CAST('2026-11-02T09:00:00.000000Z' AS TIMESTAMP)
FROM (
  SELECT record_id, operation, 'delivered' AS status, CAST(NULL AS STRING) AS why, present
  FROM `local`.`_eddy`.`changes_vip_20261102090000abcd`
  WHERE side IN ('+', '=')
  UNION ALL
  
  SELECT record_id, operation, CASE WHEN operation = 'forget' THEN 'forgotten' ELSE 'delivered' END AS status, max(reason) AS why, max(present) AS present
  FROM `local`.`_eddy`.`changes_vip_20261102090000abcd`
  WHERE side = '-' AND operation IN ('delete', 'forget')
  GROUP BY record_id, operation
  UNION ALL
  SELECT record_id, CASE WHEN state = 'leaving' THEN 'delete' ELSE 'insert' END, 'resting',
    CASE
      WHEN state = 'leaving' THEN 'its removal rests until its row changes (refusals: ' || CAST(attempts AS STRING) || '): ' || coalesce(reason, '')
      WHEN state = 'rejected' THEN 'rests until its row changes (refusals: ' || CAST(attempts AS STRING) || '): ' || coalesce(reason, '')
      ELSE reason
    END, present
  FROM `local`.`_eddy`.`changes_vip_20261102090000abcd`
  WHERE side = '.' AND state <> 'beside'
) l
WHERE status NOT IN ('same', 'forgotten')
  AND NOT EXISTS (
    SELECT 1 FROM `local`.`_eddy`.sync_log said
    WHERE said.sync_run_id = '20261102090000abcd' AND said.connection_id = 'vip' AND said.sync_started_at = CAST('2026-11-02T09:00:00.000000Z' AS TIMESTAMP)
      AND said.primary_key = l.record_id AND said.operation = l.operation
  );

/* eddy: connection vip, run 20261102090000abcd, settled */
INSERT INTO `local`.`_eddy`.runs (connection_id, run_id, seq, event, happened_at, detail)
SELECT 'vip', '20261102090000abcd', 10, 'settled', CURRENT_TIMESTAMP(), '{"run":{"run_id":"20261102090000abcd","connection":"vip","status":"succeeded","trigger":"manual","started_at":"2026-11-02T09:00:00Z","finished_at":"2026-11-02T09:00:00Z","audience_id":"","counts":{"rows":0,"invalid":0,"insert":0,"update":0,"delete":0,"renew":0,"reassert":0,"unchanged":0,"delivered":0,"rejected":0,"failed":0,"requests":0,"bytes":0},"errors":null,"warnings":null}}'
FROM (SELECT 1) one
WHERE NOT EXISTS (SELECT 1 FROM `local`.`_eddy`.runs WHERE connection_id = 'vip' AND seq >= 10);

/* eddy: connection vip, run 20261102090000abcd, fold */
CREATE TABLE `local`.`_eddy`.`base_vip_20261102090000abcd` AS
WITH newest AS (
  SELECT record_id, max(n) AS n
  FROM (
    SELECT record_id, 1 AS n FROM `local`.`_eddy`.`changes_vip_20261102090000abcd`
  ) named
  GROUP BY record_id
)
SELECT b.settings, b.attempts, b.record_id, b.until, b.state, b.`email`, b.`phone_number`, b.`expires_at`, b.fingerprint, b.reason
FROM (
  SELECT settings, attempts, record_id, until, state, `email`, `phone_number`, `expires_at`, fingerprint, reason
  FROM `local`.`_eddy`.`changes_vip_20261101090000abcd`
) b
WHERE NOT EXISTS (SELECT 1 FROM newest n WHERE n.record_id = b.record_id)
UNION ALL
SELECT a.settings, a.attempts, a.record_id, a.until, a.state, a.`email`, a.`phone_number`, a.`expires_at`, a.fingerprint, a.reason
FROM (
  SELECT settings,
    CASE WHEN side = '.' THEN attempts ELSE 0 END AS attempts,
    record_id, until, state, `email`, `phone_number`, `expires_at`, fingerprint,
    CASE WHEN side = '.' THEN reason END AS reason
  FROM `local`.`_eddy`.`changes_vip_20261102090000abcd`
  WHERE side <> '-'
) a
WHERE NOT EXISTS (SELECT 1 FROM newest n WHERE n.record_id = a.record_id AND n.n <> 1);

/* eddy: connection vip, run 20261102090000abcd, base */
INSERT INTO `local`.`_eddy`.runs (connection_id, run_id, seq, event, happened_at, detail)
SELECT 'vip', '20261102090000abcd', 11, 'base', CURRENT_TIMESTAMP(), '{"rows":3}'
FROM (SELECT 1) one
WHERE NOT EXISTS (SELECT 1 FROM `local`.`_eddy`.runs WHERE connection_id = 'vip' AND seq >= 11);

/* eddy: connection vip, run 20261102090000abcd, snapshot */
CREATE VIEW `local`.`_eddy`.`snapshot_vip_20261102090000abcd` AS
SELECT record_id, `email`, `phone_number`, `expires_at`, state, until
FROM (
  SELECT settings, attempts, record_id, until, state, `email`, `phone_number`, `expires_at`, fingerprint, reason
  FROM `local`.`_eddy`.`base_vip_20261102090000abcd`
) h
WHERE state IN ('held', 'beside', 'doubt');

/* eddy: connection vip, run 20261102090000abcd, prune */
DROP TABLE IF EXISTS `local`.`_eddy`.`changes_vip_20261102090000abcd`;

/* eddy: connection vip, run 20261102090000abcd, prune */
DROP TABLE IF EXISTS `local`.`_eddy`.`stage_vip_20261102090000abcd`;

/* eddy: connection vip, run 20261102090000abcd, prune log */
DELETE FROM `local`.`_eddy`.sync_log WHERE connection_id = 'vip' AND sync_started_at < CAST('2026-10-03T09:00:00.000000Z' AS TIMESTAMP);

/* eddy: connection vip, run 20261102090000abcd, closed */
INSERT INTO `local`.`_eddy`.runs (connection_id, run_id, seq, event, happened_at, detail)
SELECT 'vip', '20261102090000abcd', 12, 'closed', CURRENT_TIMESTAMP(), '{"run":{"run_id":"20261102090000abcd","connection":"vip","status":"succeeded","trigger":"manual","started_at":"2026-11-02T09:00:00Z","finished_at":"2026-11-02T09:00:00Z","audience_id":"","counts":{"rows":0,"invalid":0,"insert":0,"update":0,"delete":0,"renew":0,"reassert":0,"unchanged":0,"delivered":0,"rejected":0,"failed":0,"requests":0,"bytes":0},"errors":null,"warnings":null},"past":{"last":"20261102090000abcd","sealed":[{"run":"20261101090000abcd","started":"2026-11-01T09:00:00Z","trigger":"manual","feed":{"account":"18ce54d4x5t","audience_id":"a1"},"answered":[{"from":0,"to":1023}],"settled":true,"rows":40},{"run":"20261102090000abcd","started":"2026-11-02T09:00:00Z","trigger":"manual","feed":{"account":"18ce54d4x5t","audience_id":"a1"},"answered":[{"from":0,"to":1023}],"settled":true,"rows":43,"base":true,"base_rows":3,"based":true}],"settings":{"1":"US,e164|\\"email\\",\\"phone_number\\",\\"expires_at\\""},"pruned":"2026-11-02"}}'
FROM (SELECT 1) one
WHERE NOT EXISTS (SELECT 1 FROM `local`.`_eddy`.runs WHERE connection_id = 'vip' AND seq >= 12);
