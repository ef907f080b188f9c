SELECT 1 FROM `main`.`_eddy`.runs LIMIT 0;

SELECT 1 FROM `main`.`_eddy`.prepared_with LIMIT 0;

SELECT 1 FROM `main`.`_eddy`.sync_runs LIMIT 0;

CREATE TABLE IF NOT EXISTS `main`.`_eddy`.runs (connection_id STRING NOT NULL, run_id STRING NOT NULL, seq BIGINT NOT NULL, event STRING NOT NULL, happened_at TIMESTAMP NOT NULL, detail STRING NOT NULL);

CREATE TABLE IF NOT EXISTS `main`.`_eddy`.sync_log (connection_id STRING NOT NULL, sync_run_id STRING NOT NULL, primary_key STRING, operation STRING, status STRING NOT NULL, error_reason STRING, sync_started_at TIMESTAMP NOT NULL, sync_finished_at TIMESTAMP NOT NULL);

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

/* eddy: connection vip, run 20261101090000abcd, opened */
INSERT INTO `main`.`_eddy`.runs (connection_id, run_id, seq, event, happened_at, detail)
SELECT 'vip', '20261101090000abcd', 1, 'opened', current_timestamp(), '{"trigger":"manual","started":"2026-11-01T09:00:00Z","owner":"host:1"}'
FROM (SELECT 1) one
WHERE NOT EXISTS (SELECT 1 FROM `main`.`_eddy`.runs WHERE connection_id = 'vip' AND seq >= 1);

/* eddy: connection vip, run 20261101090000abcd, audience */
INSERT INTO `main`.`_eddy`.runs (connection_id, run_id, seq, event, happened_at, detail)
SELECT 'vip', '20261101090000abcd', 2, 'audience', current_timestamp(), '{"account":"18ce54d4x5t","audience_id":"a1"}'
FROM (SELECT 1) one
WHERE NOT EXISTS (SELECT 1 FROM `main`.`_eddy`.runs WHERE connection_id = 'vip' AND seq >= 2);

/* eddy: connection vip, run 20261101090000abcd, count */
SELECT coalesce(sum(n), 0), coalesce(sum(CASE WHEN record_id IS NULL THEN n END), 0),
  count(record_id), count(CASE WHEN n > 1 AND record_id IS NOT NULL THEN 1 END)
FROM (SELECT record_id, count(*) AS n FROM `main`.`_eddy`.`stage_vip_20261101090000abcd` GROUP BY record_id) ids;

/* eddy: connection vip, run 20261101090000abcd, read times */
SELECT DISTINCT `expires_at` FROM `main`.`_eddy`.`stage_vip_20261101090000abcd` WHERE `expires_at` NOT LIKE '____-__-__T__:__:__Z';

/* eddy: connection vip, run 20261101090000abcd, compare */
CREATE TABLE `main`.`_eddy`.`changes_vip_20261101090000abcd` AS
SELECT pmod(xxhash64(s.record_id), 1024) AS bucket, 1 AS settings, 0 AS attempts, 1 AS present, s.record_id,
  s.until AS until, 'insert' AS operation, '+' AS side, 'held' AS state, CAST(NULL AS STRING) AS was, CAST(NULL AS STRING) AS held_until,
  s.`email` AS `email`, s.`phone_number` AS `phone_number`, s.`expires_at` AS `expires_at`, CAST(NULL AS STRING) AS fingerprint, CAST(NULL AS STRING) AS reason
FROM (
  SELECT m.record_id, m.`email` AS `email`, m.`phone_number` AS `phone_number`, m.`expires_at` AS `expires_at`, CASE WHEN m.`expires_at` BETWEEN '1970' AND '2027-12-01T09:00:00Z' THEN m.`expires_at` ELSE '2027-12-01T09:00:00Z' END AS until, CASE WHEN m.`expires_at` LIKE '____-__-__T__:__:__Z' AND m.`expires_at` BETWEEN '1970' AND '2026-11-01T09:00:00Z' THEN 0 ELSE 1 END AS wanted
  FROM `main`.`_eddy`.`stage_vip_20261101090000abcd` m
  WHERE m.record_id IS NOT NULL
) s
WHERE s.wanted = 1;

/* eddy: connection vip, run 20261101090000abcd, read what leaves */
SELECT o.record_id, o.was, o.held_until, o.settings, o.`email`, o.`phone_number`, o.`expires_at`, w.side, w.settings, w.`email`, w.`phone_number`, w.`expires_at`
FROM `main`.`_eddy`.`changes_vip_20261101090000abcd` o
LEFT JOIN `main`.`_eddy`.`changes_vip_20261101090000abcd` w ON w.record_id = o.record_id AND w.side IN ('+', '=')
WHERE o.side = '-' AND o.held_until IS NOT NULL;

/* eddy: connection vip, run 20261101090000abcd, sealed */
INSERT INTO `main`.`_eddy`.runs (connection_id, run_id, seq, event, happened_at, detail)
SELECT 'vip', '20261101090000abcd', 3, 'sealed', current_timestamp(), '{"feed":{"account":"18ce54d4x5t","audience_id":"a1"},"rows":3,"settings":{"1":"US,e164|\\"email\\",\\"phone_number\\",\\"expires_at\\""}}'
FROM (SELECT 1) one
WHERE NOT EXISTS (SELECT 1 FROM `main`.`_eddy`.runs WHERE connection_id = 'vip' AND seq >= 3);

/* eddy: connection vip, run 20261101090000abcd, read remove */
SELECT record_id, settings, `email`, `phone_number`, `expires_at`
FROM `main`.`_eddy`.`changes_vip_20261101090000abcd` c
WHERE side = '-' AND held_until IS NOT NULL;

/* eddy: connection vip, run 20261101090000abcd, read add */
SELECT record_id, settings, `email`, `phone_number`, `expires_at`
FROM `main`.`_eddy`.`changes_vip_20261101090000abcd` c
WHERE side IN ('+', '=');

/* eddy: connection vip, run 20261101090000abcd, answered */
INSERT INTO `main`.`_eddy`.runs (connection_id, run_id, seq, event, happened_at, detail)
SELECT 'vip', '20261101090000abcd', 4, 'answered', current_timestamp(), '{"buckets":{"from":0,"to":1023},"exceptions":false}'
FROM (SELECT 1) one
WHERE NOT EXISTS (SELECT 1 FROM `main`.`_eddy`.runs WHERE connection_id = 'vip' AND seq >= 4);

/* eddy: connection vip, run 20261101090000abcd, log */
INSERT INTO `main`.`_eddy`.sync_log (connection_id, sync_run_id, primary_key, operation, status, error_reason, sync_started_at, sync_finished_at)
SELECT 'vip', '20261101090000abcd', record_id, operation, CASE status WHEN 'resting' THEN 'invalid' WHEN 'nobody' THEN 'delivered' ELSE status END, why,
  CAST('2026-11-01T09:00:00.000000Z' AS TIMESTAMP), CAST('2026-11-01T09:00:00.000000Z' AS TIMESTAMP)
FROM (
  SELECT record_id, operation, 'delivered' AS status, CAST(NULL AS STRING) AS why, present
  FROM `main`.`_eddy`.`changes_vip_20261101090000abcd`
  WHERE side IN ('+', '=')
) l
WHERE status NOT IN ('same', 'forgotten')
  AND NOT EXISTS (
    SELECT 1 FROM `main`.`_eddy`.sync_log said
    WHERE said.sync_run_id = '20261101090000abcd' AND said.connection_id = 'vip' AND said.sync_started_at = CAST('2026-11-01T09:00:00.000000Z' AS TIMESTAMP)
      AND said.primary_key = l.record_id AND said.operation = l.operation
  );

/* eddy: connection vip, run 20261101090000abcd, settled */
INSERT INTO `main`.`_eddy`.runs (connection_id, run_id, seq, event, happened_at, detail)
SELECT 'vip', '20261101090000abcd', 5, 'settled', current_timestamp(), '{"run":{"run_id":"20261101090000abcd","connection":"vip","status":"succeeded","trigger":"manual","started_at":"2026-11-01T09:00:00Z","finished_at":"2026-11-01T09:00:00Z","audience_id":"","counts":{"rows":0,"invalid":0,"insert":0,"update":0,"delete":0,"renew":0,"reassert":0,"unchanged":0,"delivered":0,"rejected":0,"failed":0,"requests":0,"bytes":0},"errors":null,"warnings":null}}'
FROM (SELECT 1) one
WHERE NOT EXISTS (SELECT 1 FROM `main`.`_eddy`.runs WHERE connection_id = 'vip' AND seq >= 5);

/* eddy: connection vip, run 20261101090000abcd, snapshot */
CREATE VIEW `main`.`_eddy`.`snapshot_vip_20261101090000abcd` AS
SELECT record_id, `email`, `phone_number`, `expires_at`, state, until
FROM (
  SELECT settings, attempts, record_id, until, state, `email`, `phone_number`, `expires_at`, fingerprint, reason
  FROM `main`.`_eddy`.`changes_vip_20261101090000abcd`
) h
WHERE state IN ('held', 'beside', 'doubt');

/* eddy: connection vip, run 20261101090000abcd, prune */
DROP TABLE IF EXISTS `main`.`_eddy`.`stage_vip_20261101090000abcd`;

/* eddy: connection vip, run 20261101090000abcd, closed */
INSERT INTO `main`.`_eddy`.runs (connection_id, run_id, seq, event, happened_at, detail)
SELECT 'vip', '20261101090000abcd', 6, 'closed', current_timestamp(), '{"run":{"run_id":"20261101090000abcd","connection":"vip","status":"succeeded","trigger":"manual","started_at":"2026-11-01T09:00:00Z","finished_at":"2026-11-01T09:00:00Z","audience_id":"","counts":{"rows":0,"invalid":0,"insert":0,"update":0,"delete":0,"renew":0,"reassert":0,"unchanged":0,"delivered":0,"rejected":0,"failed":0,"requests":0,"bytes":0},"errors":null,"warnings":null},"past":{"last":"20261101090000abcd","sealed":[{"run":"20261101090000abcd","started":"2026-11-01T09:00:00Z","trigger":"manual","feed":{"account":"18ce54d4x5t","audience_id":"a1"},"answered":[{"from":0,"to":1023}],"settled":true,"rows":3}],"settings":{"1":"US,e164|\\"email\\",\\"phone_number\\",\\"expires_at\\""},"pruned":"2026-11-01"}}'
FROM (SELECT 1) one
WHERE NOT EXISTS (SELECT 1 FROM `main`.`_eddy`.runs WHERE connection_id = 'vip' AND seq >= 6);
