-- A first run.

SELECT 1;

DESCRIBE QUERY
SELECT * FROM `customers`;

SELECT 1 FROM `main`.information_schema.schemata WHERE schema_name = '_eddy';

CREATE SCHEMA IF NOT EXISTS `main`.`_eddy`;

/* eddy: connection vip, run , lock */
CREATE TABLE IF NOT EXISTS `main`.`_eddy`.claims (name STRING NOT NULL, owner STRING NOT NULL, event STRING NOT NULL, number BIGINT NOT NULL, ends TIMESTAMP NOT NULL);

/* eddy: connection vip, run , lock */
INSERT INTO `main`.`_eddy`.claims (name, owner, event, number, ends) SELECT '`main`.`_eddy`/vip', 'owner', 'wanted', 0, timestampadd(SECOND, 61, current_timestamp());

/* eddy: connection vip, run , lock */
SELECT owner, max(number), max(CASE WHEN event = 'held' THEN 1 ELSE 0 END), max(ends) FROM `main`.`_eddy`.claims WHERE name = '`main`.`_eddy`/vip' AND owner <> 'owner' GROUP BY owner HAVING max(CASE WHEN event = 'released' THEN 1 ELSE 0 END) = 0 AND max(ends) > current_timestamp();

/* eddy: connection vip, run , lock */
INSERT INTO `main`.`_eddy`.claims (name, owner, event, number, ends) SELECT '`main`.`_eddy`/vip', 'owner', 'wanted', 1, timestampadd(SECOND, 61, current_timestamp());

/* eddy: connection vip, run , lock */
SELECT owner, max(number), max(CASE WHEN event = 'held' THEN 1 ELSE 0 END), max(ends) FROM `main`.`_eddy`.claims WHERE name = '`main`.`_eddy`/vip' AND owner <> 'owner' GROUP BY owner HAVING max(CASE WHEN event = 'released' THEN 1 ELSE 0 END) = 0 AND max(ends) > current_timestamp();

/* eddy: connection vip, run , lock */
INSERT INTO `main`.`_eddy`.claims (name, owner, event, number, ends) SELECT '`main`.`_eddy`/vip', 'owner', 'held', 1, timestampadd(SECOND, 61, current_timestamp());

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

/* eddy: connection vip, run 20261101090000aaaa, opened */
INSERT INTO `main`.`_eddy`.runs (connection_id, run_id, seq, event, happened_at, detail)
SELECT 'vip', '20261101090000aaaa', 1, 'opened', current_timestamp(), '{"trigger":"manual","started":"2026-11-01T09:00:00Z","owner":"host:1"}'
FROM (SELECT 1) one
WHERE NOT EXISTS (SELECT 1 FROM `main`.`_eddy`.runs WHERE connection_id = 'vip' AND seq >= 1);

/* eddy: connection vip, run 20261101090000aaaa, stage */
DESCRIBE QUERY
SELECT * FROM `customers`;

/* eddy: connection vip, run 20261101090000aaaa, stage */
CREATE TABLE `main`.`_eddy`.`stage_vip_20261101090000aaaa` AS SELECT CAST(CAST(m.`id` AS STRING) AS STRING) AS `record_id`, CAST(CAST(m.`email` AS STRING) AS STRING) AS `email`, CAST(CAST(m.`phone` AS STRING) AS STRING) AS `phone_number` FROM `customers` AS m;

/* eddy: connection vip, run 20261101090000aaaa, stage */
SELECT count(*) FROM `main`.`_eddy`.`stage_vip_20261101090000aaaa`;

/* eddy: connection vip, run 20261101090000aaaa, count */
SELECT coalesce(sum(n), 0), coalesce(sum(CASE WHEN record_id IS NULL THEN n END), 0),
  count(record_id), count(CASE WHEN n > 1 AND record_id IS NOT NULL THEN 1 END)
FROM (SELECT record_id, count(*) AS n FROM `main`.`_eddy`.`stage_vip_20261101090000aaaa` GROUP BY record_id) ids;

/* eddy: connection vip, run 20261101090000aaaa, compare */
CREATE TABLE `main`.`_eddy`.`changes_vip_20261101090000aaaa` AS
SELECT pmod(xxhash64(s.record_id), 1024) AS bucket, 1 AS settings, 0 AS attempts, 1 AS present, s.record_id,
  '2027-12-01T09:00:00Z' AS until, 'insert' AS operation, '+' AS side, 'held' AS state, CAST(NULL AS STRING) AS was, CAST(NULL AS STRING) AS held_until,
  s.`email` AS `email`, s.`phone_number` AS `phone_number`, CAST(NULL AS STRING) AS `device_id`, CAST(NULL AS STRING) AS `twitter_id`, CAST(NULL AS STRING) AS `partner_user_id`, CAST(NULL AS STRING) AS `handle`, CAST(NULL AS STRING) AS `effective_at`, CAST(NULL AS STRING) AS `expires_at`, CAST(NULL AS STRING) AS fingerprint, CAST(NULL AS STRING) AS reason
FROM (
  SELECT m.record_id, m.`email` AS `email`, m.`phone_number` AS `phone_number`
  FROM `main`.`_eddy`.`stage_vip_20261101090000aaaa` m
  WHERE m.record_id IS NOT NULL
) s
WHERE 1 = 1;

SELECT count(*) FROM `main`.`_eddy`.`changes_vip_20261101090000aaaa`;

/* eddy: connection vip, run 20261101090000aaaa, audience */
INSERT INTO `main`.`_eddy`.runs (connection_id, run_id, seq, event, happened_at, detail)
SELECT 'vip', '20261101090000aaaa', 2, 'audience', current_timestamp(), '{"account":"18ce54d4x5t","audience_id":"a1"}'
FROM (SELECT 1) one
WHERE NOT EXISTS (SELECT 1 FROM `main`.`_eddy`.runs WHERE connection_id = 'vip' AND seq >= 2);

/* eddy: connection vip, run 20261101090000aaaa, sealed */
INSERT INTO `main`.`_eddy`.runs (connection_id, run_id, seq, event, happened_at, detail)
SELECT 'vip', '20261101090000aaaa', 3, 'sealed', current_timestamp(), '{"feed":{"account":"18ce54d4x5t","audience_id":"a1"},"rows":3,"settings":{"1":"v2;hash=true;region=US;phones=e164;ambiguous=refuse|\\"email\\",\\"phone_number\\""}}'
FROM (SELECT 1) one
WHERE NOT EXISTS (SELECT 1 FROM `main`.`_eddy`.runs WHERE connection_id = 'vip' AND seq >= 3);

/* eddy: connection vip, run 20261101090000aaaa, read add */
SELECT record_id, settings, `email`, `phone_number`
FROM `main`.`_eddy`.`changes_vip_20261101090000aaaa` c
WHERE side IN ('+', '=');

/* eddy: connection vip, run 20261101090000aaaa, answered */
INSERT INTO `main`.`_eddy`.runs (connection_id, run_id, seq, event, happened_at, detail)
SELECT 'vip', '20261101090000aaaa', 4, 'answered', current_timestamp(), '{"buckets":{"from":0,"to":1023},"exceptions":false}'
FROM (SELECT 1) one
WHERE NOT EXISTS (SELECT 1 FROM `main`.`_eddy`.runs WHERE connection_id = 'vip' AND seq >= 4);

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

/* eddy: connection vip, run 20261101090000aaaa, settled */
INSERT INTO `main`.`_eddy`.runs (connection_id, run_id, seq, event, happened_at, detail)
SELECT 'vip', '20261101090000aaaa', 5, 'settled', current_timestamp(), '{"run":{"run_id":"20261101090000aaaa","connection":"vip","status":"succeeded","trigger":"manual","started_at":"2026-11-01T09:00:00Z","finished_at":"2026-11-01T09:00:00Z","audience_id":"a1","counts":{"rows":3,"invalid":0,"insert":3,"update":0,"delete":0,"renew":0,"reassert":0,"unchanged":0,"delivered":3,"rejected":0,"failed":0,"requests":1,"bytes":371},"errors":[],"warnings":[]}}'
FROM (SELECT 1) one
WHERE NOT EXISTS (SELECT 1 FROM `main`.`_eddy`.runs WHERE connection_id = 'vip' AND seq >= 5);

/* eddy: connection vip, run 20261101090000aaaa, snapshot */
CREATE VIEW `main`.`_eddy`.`snapshot_vip_20261101090000aaaa` AS
SELECT record_id, `email`, `phone_number`, `device_id`, `twitter_id`, `partner_user_id`, `handle`, `effective_at`, `expires_at`, state, until
FROM (
  SELECT settings, attempts, record_id, until, state, `email`, `phone_number`, `device_id`, `twitter_id`, `partner_user_id`, `handle`, `effective_at`, `expires_at`, fingerprint, reason
  FROM `main`.`_eddy`.`changes_vip_20261101090000aaaa`
) h
WHERE state IN ('held', 'beside', 'doubt');

/* eddy: connection vip, run 20261101090000aaaa, prune */
DROP TABLE IF EXISTS `main`.`_eddy`.`stage_vip_20261101090000aaaa`;

/* eddy: connection vip, run 20261101090000aaaa, closed */
INSERT INTO `main`.`_eddy`.runs (connection_id, run_id, seq, event, happened_at, detail)
SELECT 'vip', '20261101090000aaaa', 6, 'closed', current_timestamp(), '{"run":{"run_id":"20261101090000aaaa","connection":"vip","status":"succeeded","trigger":"manual","started_at":"2026-11-01T09:00:00Z","finished_at":"2026-11-01T09:00:00Z","audience_id":"a1","counts":{"rows":3,"invalid":0,"insert":3,"update":0,"delete":0,"renew":0,"reassert":0,"unchanged":0,"delivered":3,"rejected":0,"failed":0,"requests":1,"bytes":371},"errors":[],"warnings":[],"usage":{}},"statements":[{"step":"history","rows":3,"seconds":0.1},{"step":"opened","rows":1,"seconds":0.1},{"step":"stage","rows":3,"seconds":0.1},{"step":"count","rows":1,"seconds":0.1},{"step":"compare","rows":3,"seconds":0.1},{"step":"audience","rows":1,"seconds":0.1},{"step":"sealed","rows":1,"seconds":0.1},{"step":"read add","rows":3,"seconds":0.1},{"step":"answered","rows":1,"seconds":0.1},{"step":"log","rows":3,"seconds":0.1},{"step":"settled","rows":1,"seconds":0.1},{"step":"snapshot","rows":0,"seconds":0.1},{"step":"prune","rows":0,"seconds":0.1}],"past":{"last":"20261101090000aaaa","sealed":[{"run":"20261101090000aaaa","started":"2026-11-01T09:00:00Z","trigger":"manual","feed":{"account":"18ce54d4x5t","audience_id":"a1"},"answered":[{"from":0,"to":1023}],"settled":true,"rows":3}],"settings":{"1":"v2;hash=true;region=US;phones=e164;ambiguous=refuse|\\"email\\",\\"phone_number\\""},"columns":[{"name":"id","type":"bigint"},{"name":"email","type":"string"},{"name":"phone","type":"string"},{"name":"expires","type":"timestamp_ntz"}],"pruned":"2026-11-01"}}'
FROM (SELECT 1) one
WHERE NOT EXISTS (SELECT 1 FROM `main`.`_eddy`.runs WHERE connection_id = 'vip' AND seq >= 6);

INSERT INTO `main`.`_eddy`.claims (name, owner, event, number, ends) SELECT '`main`.`_eddy`/vip', 'owner', 'released', 1, timestampadd(SECOND, 61, current_timestamp());

-- A run with nothing to do.

SELECT 1;

DESCRIBE QUERY
SELECT * FROM `customers`;

SELECT 1 FROM `main`.information_schema.schemata WHERE schema_name = '_eddy';

/* eddy: connection vip, run , lock */
CREATE TABLE IF NOT EXISTS `main`.`_eddy`.claims (name STRING NOT NULL, owner STRING NOT NULL, event STRING NOT NULL, number BIGINT NOT NULL, ends TIMESTAMP NOT NULL);

/* eddy: connection vip, run , lock */
INSERT INTO `main`.`_eddy`.claims (name, owner, event, number, ends) SELECT '`main`.`_eddy`/vip', 'owner', 'wanted', 0, timestampadd(SECOND, 61, current_timestamp());

/* eddy: connection vip, run , lock */
SELECT owner, max(number), max(CASE WHEN event = 'held' THEN 1 ELSE 0 END), max(ends) FROM `main`.`_eddy`.claims WHERE name = '`main`.`_eddy`/vip' AND owner <> 'owner' GROUP BY owner HAVING max(CASE WHEN event = 'released' THEN 1 ELSE 0 END) = 0 AND max(ends) > current_timestamp();

/* eddy: connection vip, run , lock */
INSERT INTO `main`.`_eddy`.claims (name, owner, event, number, ends) SELECT '`main`.`_eddy`/vip', 'owner', 'wanted', 1, timestampadd(SECOND, 61, current_timestamp());

/* eddy: connection vip, run , lock */
SELECT owner, max(number), max(CASE WHEN event = 'held' THEN 1 ELSE 0 END), max(ends) FROM `main`.`_eddy`.claims WHERE name = '`main`.`_eddy`/vip' AND owner <> 'owner' GROUP BY owner HAVING max(CASE WHEN event = 'released' THEN 1 ELSE 0 END) = 0 AND max(ends) > current_timestamp();

/* eddy: connection vip, run , lock */
INSERT INTO `main`.`_eddy`.claims (name, owner, event, number, ends) SELECT '`main`.`_eddy`/vip', 'owner', 'held', 1, timestampadd(SECOND, 61, current_timestamp());

SELECT 1 FROM `main`.`_eddy`.runs LIMIT 0;

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

/* eddy: connection vip, run 20261101100000bbbb, opened */
INSERT INTO `main`.`_eddy`.runs (connection_id, run_id, seq, event, happened_at, detail)
SELECT 'vip', '20261101100000bbbb', 7, 'opened', current_timestamp(), '{"trigger":"manual","started":"2026-11-01T10:00:00Z","owner":"host:1"}'
FROM (SELECT 1) one
WHERE NOT EXISTS (SELECT 1 FROM `main`.`_eddy`.runs WHERE connection_id = 'vip' AND seq >= 7);

/* eddy: connection vip, run 20261101100000bbbb, stage */
DESCRIBE QUERY
SELECT * FROM `customers`;

/* eddy: connection vip, run 20261101100000bbbb, stage */
CREATE TABLE `main`.`_eddy`.`stage_vip_20261101100000bbbb` AS SELECT CAST(CAST(m.`id` AS STRING) AS STRING) AS `record_id`, CAST(CAST(m.`email` AS STRING) AS STRING) AS `email`, CAST(CAST(m.`phone` AS STRING) AS STRING) AS `phone_number` FROM `customers` AS m;

/* eddy: connection vip, run 20261101100000bbbb, stage */
SELECT count(*) FROM `main`.`_eddy`.`stage_vip_20261101100000bbbb`;

/* eddy: connection vip, run 20261101100000bbbb, count */
SELECT coalesce(sum(n), 0), coalesce(sum(CASE WHEN record_id IS NULL THEN n END), 0),
  count(record_id), count(CASE WHEN n > 1 AND record_id IS NOT NULL THEN 1 END)
FROM (SELECT record_id, count(*) AS n FROM `main`.`_eddy`.`stage_vip_20261101100000bbbb` GROUP BY record_id) ids;

/* eddy: connection vip, run 20261101100000bbbb, compare */
CREATE TABLE `main`.`_eddy`.`changes_vip_20261101100000bbbb` AS
WITH held AS (
  SELECT settings, attempts, record_id, until, state, `email`, `phone_number`, `device_id`, `twitter_id`, `partner_user_id`, `handle`, `effective_at`, `expires_at`, fingerprint, reason
  FROM `main`.`_eddy`.`changes_vip_20261101090000aaaa`
),
compared AS (
  SELECT coalesce(s.record_id, h.record_id) AS record_id,
    CASE WHEN h.record_id IS NULL THEN s.`email` ELSE h.`email` END AS `email`,
    CASE WHEN h.record_id IS NULL THEN s.`phone_number` ELSE h.`phone_number` END AS `phone_number`,
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
    SELECT m.record_id, m.`email` AS `email`, m.`phone_number` AS `phone_number`
    FROM `main`.`_eddy`.`stage_vip_20261101100000bbbb` m
    WHERE m.record_id IS NOT NULL
  ) s
  FULL JOIN held h
    ON h.record_id = s.record_id AND h.settings = 1 AND s.`email` <=> h.`email` AND s.`phone_number` <=> h.`phone_number`
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

SELECT count(*) FROM `main`.`_eddy`.`changes_vip_20261101100000bbbb`;

/* eddy: connection vip, run 20261101100000bbbb, drop */
DROP TABLE IF EXISTS `main`.`_eddy`.`changes_vip_20261101100000bbbb`;

/* eddy: connection vip, run 20261101100000bbbb, drop */
DROP TABLE IF EXISTS `main`.`_eddy`.`stage_vip_20261101100000bbbb`;

/* eddy: connection vip, run 20261101100000bbbb, closed */
INSERT INTO `main`.`_eddy`.runs (connection_id, run_id, seq, event, happened_at, detail)
SELECT 'vip', '20261101100000bbbb', 8, 'closed', current_timestamp(), '{"run":{"run_id":"20261101100000bbbb","connection":"vip","status":"succeeded","trigger":"manual","started_at":"2026-11-01T10:00:00Z","finished_at":"2026-11-01T10:00:00Z","audience_id":"a1","counts":{"rows":3,"invalid":0,"insert":0,"update":0,"delete":0,"renew":0,"reassert":0,"unchanged":3,"delivered":0,"rejected":0,"failed":0,"requests":0,"bytes":0},"errors":[],"warnings":[],"usage":{}},"statements":[{"step":"history","rows":7,"seconds":0.1},{"step":"opened","rows":1,"seconds":0.1},{"step":"stage","rows":3,"seconds":0.1},{"step":"count","rows":1,"seconds":0.1},{"step":"compare","rows":0,"seconds":0.1},{"step":"drop","rows":0,"seconds":0.1}],"past":{"last":"20261101100000bbbb","sealed":[{"run":"20261101090000aaaa","started":"2026-11-01T09:00:00Z","trigger":"manual","feed":{"account":"18ce54d4x5t","audience_id":"a1"},"answered":[{"from":0,"to":1023}],"settled":true,"rows":3}],"settings":{"1":"v2;hash=true;region=US;phones=e164;ambiguous=refuse|\\"email\\",\\"phone_number\\""},"columns":[{"name":"id","type":"bigint"},{"name":"email","type":"string"},{"name":"phone","type":"string"},{"name":"expires","type":"timestamp_ntz"}],"pruned":"2026-11-01"}}'
FROM (SELECT 1) one
WHERE NOT EXISTS (SELECT 1 FROM `main`.`_eddy`.runs WHERE connection_id = 'vip' AND seq >= 8);

INSERT INTO `main`.`_eddy`.claims (name, owner, event, number, ends) SELECT '`main`.`_eddy`/vip', 'owner', 'released', 1, timestampadd(SECOND, 61, current_timestamp());

-- A run in which one changed, one left, one is new and one is nobody.

SELECT 1;

DESCRIBE QUERY
SELECT * FROM `customers`;

SELECT 1 FROM `main`.information_schema.schemata WHERE schema_name = '_eddy';

/* eddy: connection vip, run , lock */
CREATE TABLE IF NOT EXISTS `main`.`_eddy`.claims (name STRING NOT NULL, owner STRING NOT NULL, event STRING NOT NULL, number BIGINT NOT NULL, ends TIMESTAMP NOT NULL);

/* eddy: connection vip, run , lock */
INSERT INTO `main`.`_eddy`.claims (name, owner, event, number, ends) SELECT '`main`.`_eddy`/vip', 'owner', 'wanted', 0, timestampadd(SECOND, 61, current_timestamp());

/* eddy: connection vip, run , lock */
SELECT owner, max(number), max(CASE WHEN event = 'held' THEN 1 ELSE 0 END), max(ends) FROM `main`.`_eddy`.claims WHERE name = '`main`.`_eddy`/vip' AND owner <> 'owner' GROUP BY owner HAVING max(CASE WHEN event = 'released' THEN 1 ELSE 0 END) = 0 AND max(ends) > current_timestamp();

/* eddy: connection vip, run , lock */
INSERT INTO `main`.`_eddy`.claims (name, owner, event, number, ends) SELECT '`main`.`_eddy`/vip', 'owner', 'wanted', 1, timestampadd(SECOND, 61, current_timestamp());

/* eddy: connection vip, run , lock */
SELECT owner, max(number), max(CASE WHEN event = 'held' THEN 1 ELSE 0 END), max(ends) FROM `main`.`_eddy`.claims WHERE name = '`main`.`_eddy`/vip' AND owner <> 'owner' GROUP BY owner HAVING max(CASE WHEN event = 'released' THEN 1 ELSE 0 END) = 0 AND max(ends) > current_timestamp();

/* eddy: connection vip, run , lock */
INSERT INTO `main`.`_eddy`.claims (name, owner, event, number, ends) SELECT '`main`.`_eddy`/vip', 'owner', 'held', 1, timestampadd(SECOND, 61, current_timestamp());

SELECT 1 FROM `main`.`_eddy`.runs LIMIT 0;

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

/* eddy: connection vip, run 20261101110000cccc, opened */
INSERT INTO `main`.`_eddy`.runs (connection_id, run_id, seq, event, happened_at, detail)
SELECT 'vip', '20261101110000cccc', 9, 'opened', current_timestamp(), '{"trigger":"manual","started":"2026-11-01T11:00:00Z","owner":"host:1"}'
FROM (SELECT 1) one
WHERE NOT EXISTS (SELECT 1 FROM `main`.`_eddy`.runs WHERE connection_id = 'vip' AND seq >= 9);

/* eddy: connection vip, run 20261101110000cccc, stage */
DESCRIBE QUERY
SELECT * FROM `customers`;

/* eddy: connection vip, run 20261101110000cccc, stage */
CREATE TABLE `main`.`_eddy`.`stage_vip_20261101110000cccc` AS SELECT CAST(CAST(m.`id` AS STRING) AS STRING) AS `record_id`, CAST(CAST(m.`email` AS STRING) AS STRING) AS `email`, CAST(CAST(m.`phone` AS STRING) AS STRING) AS `phone_number` FROM `customers` AS m;

/* eddy: connection vip, run 20261101110000cccc, stage */
SELECT count(*) FROM `main`.`_eddy`.`stage_vip_20261101110000cccc`;

/* eddy: connection vip, run 20261101110000cccc, count */
SELECT coalesce(sum(n), 0), coalesce(sum(CASE WHEN record_id IS NULL THEN n END), 0),
  count(record_id), count(CASE WHEN n > 1 AND record_id IS NOT NULL THEN 1 END)
FROM (SELECT record_id, count(*) AS n FROM `main`.`_eddy`.`stage_vip_20261101110000cccc` GROUP BY record_id) ids;

/* eddy: connection vip, run 20261101110000cccc, compare */
CREATE TABLE `main`.`_eddy`.`changes_vip_20261101110000cccc` AS
WITH held AS (
  SELECT settings, attempts, record_id, until, state, `email`, `phone_number`, `device_id`, `twitter_id`, `partner_user_id`, `handle`, `effective_at`, `expires_at`, fingerprint, reason
  FROM `main`.`_eddy`.`changes_vip_20261101090000aaaa`
),
compared AS (
  SELECT coalesce(s.record_id, h.record_id) AS record_id,
    CASE WHEN h.record_id IS NULL THEN s.`email` ELSE h.`email` END AS `email`,
    CASE WHEN h.record_id IS NULL THEN s.`phone_number` ELSE h.`phone_number` END AS `phone_number`,
    h.`device_id` AS `device_id`,
    h.`twitter_id` AS `twitter_id`,
    h.`partner_user_id` AS `partner_user_id`,
    h.`handle` AS `handle`,
    h.`effective_at` AS `effective_at`,
    h.`expires_at` AS `expires_at`,
    CASE WHEN h.record_id IS NULL THEN 1 ELSE h.settings END AS settings,
    CASE WHEN h.record_id IS NULL THEN CAST(NULL AS STRING) ELSE h.fingerprint END AS fingerprint,
    h.state AS was, h.until AS held_until, coalesce(h.attempts, 0) AS attempts, h.reason AS known, '2027-12-01T11:00:00Z' AS until,
    CASE WHEN s.record_id IS NULL THEN 0 ELSE 1 END AS present,
    CASE WHEN s.record_id IS NULL THEN 0 ELSE 1 END AS wanted,
    CASE WHEN (h.until < '2026-12-01T11:00:00Z' OR h.until > '2027-12-08T11:00:00Z') THEN 1 ELSE 0 END AS lapsing
  FROM (
    SELECT m.record_id, m.`email` AS `email`, m.`phone_number` AS `phone_number`
    FROM `main`.`_eddy`.`stage_vip_20261101110000cccc` m
    WHERE m.record_id IS NOT NULL
  ) s
  FULL JOIN held h
    ON h.record_id = s.record_id AND h.settings = 1 AND s.`email` <=> h.`email` AND s.`phone_number` <=> h.`phone_number`
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

SELECT count(*) FROM `main`.`_eddy`.`changes_vip_20261101110000cccc`;

/* eddy: connection vip, run 20261101110000cccc, read what leaves */
SELECT o.record_id, o.was, o.held_until, o.settings, o.`email`, o.`phone_number`, o.`device_id`, o.`twitter_id`, o.`partner_user_id`, o.`handle`, o.`effective_at`, o.`expires_at`, w.side, w.settings, w.`email`, w.`phone_number`, w.`device_id`, w.`twitter_id`, w.`partner_user_id`, w.`handle`, w.`effective_at`, w.`expires_at`
FROM `main`.`_eddy`.`changes_vip_20261101110000cccc` o
LEFT JOIN `main`.`_eddy`.`changes_vip_20261101110000cccc` w ON w.record_id = o.record_id AND w.side IN ('+', '=')
WHERE o.side = '-' AND o.held_until IS NOT NULL;

/* eddy: connection vip, run 20261101110000cccc, find who shares */
WITH gone AS (
  SELECT 0 AS field, translate(lower(regexp_replace(replace(v, 'K', 'k'), '(?s)^.*([:<]|\\\\x)|@[^@]*$|[A-Za-z][\\u0300-\\u036f]+|[^0-9A-Za-z._+-]', '')), 'i', '') AS canon
  FROM (SELECT c.*, eddy_values.v FROM `main`.`_eddy`.`changes_vip_20261101110000cccc` AS c LATERAL VIEW explode(split(c.`email`, ',')) eddy_values AS v) AS c
  WHERE c.side = '-' AND c.held_until IS NOT NULL AND c.`email` IS NOT NULL
  UNION
  SELECT 1 AS field, right(regexp_replace(regexp_replace(regexp_replace(regexp_replace(translate(v, '０１２３４５６７８９٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', '012345678901234567890123456789'), '[^\\x01-\\x7f]', ''), '([eE][+]?|[xX#;][^0-9]*)[0-9]{1,7}[^0-9A-Za-z]*$', ''), '^([^.]*)[.]0*[^0-9.]*$', '$1'), '[^0-9]', ''), 6) AS canon
  FROM (SELECT c.*, eddy_values.v FROM `main`.`_eddy`.`changes_vip_20261101110000cccc` AS c LATERAL VIEW explode(split(c.`phone_number`, ',')) eddy_values AS v) AS c
  WHERE c.side = '-' AND c.held_until IS NOT NULL AND c.`phone_number` IS NOT NULL
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
  UNION
  SELECT x.settings, x.attempts, x.record_id, x.until, x.state, x.`email`, x.`phone_number`, x.`device_id`, x.`twitter_id`, x.`partner_user_id`, x.`handle`, x.`effective_at`, x.`expires_at`, x.fingerprint, x.reason
  FROM (
    SELECT settings, attempts, record_id, until, state, `email`, `phone_number`, `device_id`, `twitter_id`, `partner_user_id`, `handle`, `effective_at`, `expires_at`, fingerprint, reason
    FROM `main`.`_eddy`.`changes_vip_20261101090000aaaa`
  ) x
  WHERE (x.state = 'held' OR x.state = 'rejected' AND x.until IS NOT NULL) AND (length(x.`phone_number`) >= 64 OR x.`phone_number` NOT LIKE '%,%' AND right(regexp_replace(regexp_replace(regexp_replace(regexp_replace(translate(x.`phone_number`, '０１２３４５６７８９٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', '012345678901234567890123456789'), '[^\\x01-\\x7f]', ''), '([eE][+]?|[xX#;][^0-9]*)[0-9]{1,7}[^0-9A-Za-z]*$', ''), '^([^.]*)[.]0*[^0-9.]*$', '$1'), '[^0-9]', ''), 6) IN (SELECT canon FROM gone WHERE field = 1))
  UNION
  SELECT x.settings, x.attempts, x.record_id, x.until, x.state, x.`email`, x.`phone_number`, x.`device_id`, x.`twitter_id`, x.`partner_user_id`, x.`handle`, x.`effective_at`, x.`expires_at`, x.fingerprint, x.reason
  FROM (SELECT x.*, eddy_values.v FROM (
    SELECT settings, attempts, record_id, until, state, `email`, `phone_number`, `device_id`, `twitter_id`, `partner_user_id`, `handle`, `effective_at`, `expires_at`, fingerprint, reason
    FROM `main`.`_eddy`.`changes_vip_20261101090000aaaa`
  ) AS x LATERAL VIEW explode(split(x.`phone_number`, ',')) eddy_values AS v) AS x
  WHERE (x.state = 'held' OR x.state = 'rejected' AND x.until IS NOT NULL) AND x.`phone_number` LIKE '%,%' AND right(regexp_replace(regexp_replace(regexp_replace(regexp_replace(translate(v, '０１２３４５６７８９٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', '012345678901234567890123456789'), '[^\\x01-\\x7f]', ''), '([eE][+]?|[xX#;][^0-9]*)[0-9]{1,7}[^0-9A-Za-z]*$', ''), '^([^.]*)[.]0*[^0-9.]*$', '$1'), '[^0-9]', ''), 6) IN (SELECT canon FROM gone WHERE field = 1)
) h
WHERE NOT EXISTS (SELECT 1 FROM `main`.`_eddy`.`changes_vip_20261101110000cccc` c WHERE c.record_id = h.record_id);

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

/* eddy: connection vip, run 20261101110000cccc, count members */
SELECT CASE WHEN count(CASE WHEN state <> 'leaving' THEN 1 END) > 0 THEN count(CASE WHEN state <> 'leaving' THEN 1 END) ELSE count(*) END
FROM (
  SELECT settings, attempts, record_id, until, state, `email`, `phone_number`, `device_id`, `twitter_id`, `partner_user_id`, `handle`, `effective_at`, `expires_at`, fingerprint, reason
  FROM `main`.`_eddy`.`changes_vip_20261101090000aaaa`
) h
WHERE until IS NOT NULL;

/* eddy: connection vip, run 20261101110000cccc, read members */
SELECT settings, `email`, `phone_number`, `device_id`, `twitter_id`, `partner_user_id`, `handle`, `effective_at`, `expires_at`
FROM (
  SELECT settings, attempts, record_id, until, state, `email`, `phone_number`, `device_id`, `twitter_id`, `partner_user_id`, `handle`, `effective_at`, `expires_at`, fingerprint, reason
  FROM `main`.`_eddy`.`changes_vip_20261101090000aaaa`
) h
WHERE until IS NOT NULL AND until > '2026-11-01T11:00:00Z'
LIMIT 1008;

/* eddy: connection vip, run 20261101110000cccc, read what is wanted */
SELECT record_id, settings, `email`, `phone_number`, `device_id`, `twitter_id`, `partner_user_id`, `handle`, `effective_at`, `expires_at` FROM `main`.`_eddy`.`changes_vip_20261101110000cccc` WHERE side IN ('+', '=');

/* eddy: connection vip, run 20261101110000cccc, read what leaves */
SELECT o.record_id, o.was, o.held_until, o.settings, o.`email`, o.`phone_number`, o.`device_id`, o.`twitter_id`, o.`partner_user_id`, o.`handle`, o.`effective_at`, o.`expires_at`, w.side, w.settings, w.`email`, w.`phone_number`, w.`device_id`, w.`twitter_id`, w.`partner_user_id`, w.`handle`, w.`effective_at`, w.`expires_at`
FROM `main`.`_eddy`.`changes_vip_20261101110000cccc` o
LEFT JOIN `main`.`_eddy`.`changes_vip_20261101110000cccc` w ON w.record_id = o.record_id AND w.side IN ('+', '=')
WHERE o.side = '-' AND o.held_until IS NOT NULL;

/* eddy: connection vip, run 20261101110000cccc, read members */
SELECT settings, `email`, `phone_number`, `device_id`, `twitter_id`, `partner_user_id`, `handle`, `effective_at`, `expires_at`
FROM (
  SELECT settings, attempts, record_id, until, state, `email`, `phone_number`, `device_id`, `twitter_id`, `partner_user_id`, `handle`, `effective_at`, `expires_at`, fingerprint, reason
  FROM `main`.`_eddy`.`changes_vip_20261101090000aaaa`
) h
WHERE until IS NOT NULL AND until > '2026-11-01T11:00:00Z'
LIMIT 1006;

/* eddy: connection vip, run 20261101110000cccc, read members */
SELECT settings, `email`, `phone_number`, `device_id`, `twitter_id`, `partner_user_id`, `handle`, `effective_at`, `expires_at`
FROM (
  SELECT settings, attempts, record_id, until, state, `email`, `phone_number`, `device_id`, `twitter_id`, `partner_user_id`, `handle`, `effective_at`, `expires_at`, fingerprint, reason
  FROM `main`.`_eddy`.`changes_vip_20261101090000aaaa`
) h
WHERE until IS NOT NULL AND until > '2026-11-01T11:00:00Z';

/* eddy: connection vip, run 20261101110000cccc, sealed */
INSERT INTO `main`.`_eddy`.runs (connection_id, run_id, seq, event, happened_at, detail)
SELECT 'vip', '20261101110000cccc', 10, 'sealed', current_timestamp(), '{"feed":{"account":"18ce54d4x5t","audience_id":"a1"},"rows":5,"settings":{"1":"v2;hash=true;region=US;phones=e164;ambiguous=refuse|\\"email\\",\\"phone_number\\""}}'
FROM (SELECT 1) one
WHERE NOT EXISTS (SELECT 1 FROM `main`.`_eddy`.runs WHERE connection_id = 'vip' AND seq >= 10);

/* eddy: connection vip, run 20261101110000cccc, read remove */
SELECT record_id, settings, `email`, `phone_number`, `device_id`, `twitter_id`, `partner_user_id`, `handle`, `effective_at`, `expires_at`
FROM `main`.`_eddy`.`changes_vip_20261101110000cccc` c
WHERE side = '-' AND held_until IS NOT NULL;

/* eddy: connection vip, run 20261101110000cccc, read add */
SELECT record_id, settings, `email`, `phone_number`
FROM `main`.`_eddy`.`changes_vip_20261101110000cccc` c
WHERE side IN ('+', '=');

/* eddy: connection vip, run 20261101110000cccc, exceptions */
CREATE TABLE `main`.`_eddy`.`exceptions_vip_20261101110000cccc` (record_id STRING, status STRING, reason STRING, until STRING);

-- :rows is [["4","invalid","no usable identity (email: no @)",null]]
INSERT INTO `main`.`_eddy`.`exceptions_vip_20261101110000cccc` (`record_id`, `status`, `reason`, `until`) SELECT r[0], r[1], r[2], NULL FROM (SELECT explode(from_json(:rows, 'array<array<string>>', map('mode', 'FAILFAST'))) AS r) loaded;

/* eddy: connection vip, run 20261101110000cccc, answered */
INSERT INTO `main`.`_eddy`.runs (connection_id, run_id, seq, event, happened_at, detail)
SELECT 'vip', '20261101110000cccc', 11, 'answered', current_timestamp(), '{"buckets":{"from":0,"to":1023},"exceptions":true}'
FROM (SELECT 1) one
WHERE NOT EXISTS (SELECT 1 FROM `main`.`_eddy`.runs WHERE connection_id = 'vip' AND seq >= 11);

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
    FROM `main`.`_eddy`.`changes_vip_20261101110000cccc` c
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
      FROM `main`.`_eddy`.`exceptions_vip_20261101110000cccc`
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
    FROM `main`.`_eddy`.`changes_vip_20261101110000cccc` c
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
      FROM `main`.`_eddy`.`exceptions_vip_20261101110000cccc`
      GROUP BY record_id
    ) e ON e.record_id = c.record_id
  ) o
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

/* eddy: connection vip, run 20261101110000cccc, log */
INSERT INTO `main`.`_eddy`.sync_log (connection_id, sync_run_id, primary_key, operation, status, error_reason, sync_started_at, sync_finished_at)
SELECT 'vip', '20261101110000cccc', record_id, operation, CASE status WHEN 'resting' THEN 'invalid' WHEN 'nobody' THEN 'delivered' ELSE status END, why,
  CAST('2026-11-01T11:00:00.000000Z' AS TIMESTAMP), CAST('2026-11-01T11:00:00.000000Z' AS TIMESTAMP)
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
    FROM `main`.`_eddy`.`changes_vip_20261101110000cccc` c
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
      FROM `main`.`_eddy`.`exceptions_vip_20261101110000cccc`
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
    FROM `main`.`_eddy`.`changes_vip_20261101110000cccc` c
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
      FROM `main`.`_eddy`.`exceptions_vip_20261101110000cccc`
      GROUP BY record_id
    ) e ON e.record_id = c.record_id
  ) o
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

/* eddy: connection vip, run 20261101110000cccc, settled */
INSERT INTO `main`.`_eddy`.runs (connection_id, run_id, seq, event, happened_at, detail)
SELECT 'vip', '20261101110000cccc', 12, 'settled', current_timestamp(), '{"run":{"run_id":"20261101110000cccc","connection":"vip","status":"completed_with_errors","trigger":"manual","started_at":"2026-11-01T11:00:00Z","finished_at":"2026-11-01T11:00:00Z","audience_id":"a1","counts":{"rows":4,"invalid":1,"insert":1,"update":1,"delete":1,"renew":0,"reassert":0,"unchanged":1,"delivered":3,"rejected":0,"failed":0,"requests":2,"bytes":584},"errors":[{"reason":"no usable identity (email: no @)","count":1,"sample_ids":["4"],"mend":"Mend the addresses in the warehouse, or leave the rows out of the model with a condition; check that the mapped column holds e-mail addresses."}],"warnings":[]}}'
FROM (SELECT 1) one
WHERE NOT EXISTS (SELECT 1 FROM `main`.`_eddy`.runs WHERE connection_id = 'vip' AND seq >= 12);

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
    `email`, `phone_number`, `device_id`, `twitter_id`, `partner_user_id`, `handle`, `effective_at`, `expires_at`, fingerprint,
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
    FROM `main`.`_eddy`.`changes_vip_20261101110000cccc` c
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
      FROM `main`.`_eddy`.`exceptions_vip_20261101110000cccc`
      GROUP BY record_id
    ) e ON e.record_id = c.record_id
  ) o
  WHERE side IN ('.', '=')
    OR side = '+' AND outcome <> 'unsent'
    OR side = '-' AND until IS NOT NULL AND (outcome = 'doubt' OR stays = 1 OR spared = 1 AND outcome IN ('invalid', 'rejected', 'unsent'))
) a
WHERE NOT EXISTS (SELECT 1 FROM newest n WHERE n.record_id = a.record_id AND n.n <> 1);

SELECT count(*) FROM `main`.`_eddy`.`base_vip_20261101110000cccc`;

/* eddy: connection vip, run 20261101110000cccc, base */
INSERT INTO `main`.`_eddy`.runs (connection_id, run_id, seq, event, happened_at, detail)
SELECT 'vip', '20261101110000cccc', 13, 'base', current_timestamp(), '{"rows":4}'
FROM (SELECT 1) one
WHERE NOT EXISTS (SELECT 1 FROM `main`.`_eddy`.runs WHERE connection_id = 'vip' AND seq >= 13);

/* eddy: connection vip, run 20261101110000cccc, snapshot */
CREATE VIEW `main`.`_eddy`.`snapshot_vip_20261101110000cccc` AS
SELECT record_id, `email`, `phone_number`, `device_id`, `twitter_id`, `partner_user_id`, `handle`, `effective_at`, `expires_at`, state, until
FROM (
  SELECT settings, attempts, record_id, until, state, `email`, `phone_number`, `device_id`, `twitter_id`, `partner_user_id`, `handle`, `effective_at`, `expires_at`, fingerprint, reason
  FROM `main`.`_eddy`.`base_vip_20261101110000cccc`
) h
WHERE state IN ('held', 'beside', 'doubt');

/* eddy: connection vip, run 20261101110000cccc, prune */
DROP TABLE IF EXISTS `main`.`_eddy`.`changes_vip_20261101110000cccc`;

/* eddy: connection vip, run 20261101110000cccc, prune */
DROP TABLE IF EXISTS `main`.`_eddy`.`exceptions_vip_20261101110000cccc`;

/* eddy: connection vip, run 20261101110000cccc, prune */
DROP TABLE IF EXISTS `main`.`_eddy`.`stage_vip_20261101110000cccc`;

/* eddy: connection vip, run 20261101110000cccc, closed */
INSERT INTO `main`.`_eddy`.runs (connection_id, run_id, seq, event, happened_at, detail)
SELECT 'vip', '20261101110000cccc', 14, 'closed', current_timestamp(), '{"run":{"run_id":"20261101110000cccc","connection":"vip","status":"completed_with_errors","trigger":"manual","started_at":"2026-11-01T11:00:00Z","finished_at":"2026-11-01T11:00:00Z","audience_id":"a1","counts":{"rows":4,"invalid":1,"insert":1,"update":1,"delete":1,"renew":0,"reassert":0,"unchanged":1,"delivered":3,"rejected":0,"failed":0,"requests":2,"bytes":584},"errors":[{"reason":"no usable identity (email: no @)","count":1,"sample_ids":["4"],"mend":"Mend the addresses in the warehouse, or leave the rows out of the model with a condition; check that the mapped column holds e-mail addresses."}],"warnings":[],"usage":{}},"statements":[{"step":"history","rows":7,"seconds":0.1},{"step":"opened","rows":1,"seconds":0.1},{"step":"stage","rows":4,"seconds":0.1},{"step":"count","rows":1,"seconds":0.1},{"step":"compare","rows":5,"seconds":0.1},{"step":"read what leaves","rows":2,"seconds":0.1},{"step":"find who shares","rows":0,"seconds":0.1},{"step":"report","rows":3,"seconds":0.1},{"step":"count members","rows":1,"seconds":0.1},{"step":"read members","rows":3,"seconds":0.1},{"step":"read what is wanted","rows":3,"seconds":0.1},{"step":"read what leaves","rows":2,"seconds":0.1},{"step":"read members","rows":6,"seconds":0.1},{"step":"sealed","rows":1,"seconds":0.1},{"step":"read remove","rows":2,"seconds":0.1},{"step":"read add","rows":3,"seconds":0.1},{"step":"exceptions","rows":1,"seconds":0.1},{"step":"answered","rows":1,"seconds":0.1},{"step":"report","rows":4,"seconds":0.1},{"step":"log","rows":4,"seconds":0.1},{"step":"settled","rows":1,"seconds":0.1},{"step":"fold","rows":4,"seconds":0.1},{"step":"base","rows":1,"seconds":0.1},{"step":"snapshot","rows":0,"seconds":0.1},{"step":"prune","rows":0,"seconds":0.1}],"past":{"last":"20261101110000cccc","sealed":[{"run":"20261101090000aaaa","started":"2026-11-01T09:00:00Z","trigger":"manual","feed":{"account":"18ce54d4x5t","audience_id":"a1"},"answered":[{"from":0,"to":1023}],"settled":true,"rows":3},{"run":"20261101110000cccc","started":"2026-11-01T11:00:00Z","trigger":"manual","feed":{"account":"18ce54d4x5t","audience_id":"a1"},"answered":[{"from":0,"to":1023}],"settled":true,"rows":5,"base":true,"base_rows":4,"based":true}],"settings":{"1":"v2;hash=true;region=US;phones=e164;ambiguous=refuse|\\"email\\",\\"phone_number\\""},"columns":[{"name":"id","type":"bigint"},{"name":"email","type":"string"},{"name":"phone","type":"string"},{"name":"expires","type":"timestamp_ntz"}],"pruned":"2026-11-01"}}'
FROM (SELECT 1) one
WHERE NOT EXISTS (SELECT 1 FROM `main`.`_eddy`.runs WHERE connection_id = 'vip' AND seq >= 14);

INSERT INTO `main`.`_eddy`.claims (name, owner, event, number, ends) SELECT '`main`.`_eddy`/vip', 'owner', 'released', 1, timestampadd(SECOND, 61, current_timestamp());

