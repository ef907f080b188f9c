SELECT 1 FROM "_eddy".runs LIMIT 0;

SELECT 1 FROM "_eddy".prepared_with LIMIT 0;

SELECT 1 FROM "_eddy".sync_runs LIMIT 0;

CREATE TABLE IF NOT EXISTS "_eddy".runs (connection_id String NOT NULL, run_id String NOT NULL, seq Int64 NOT NULL, event String NOT NULL, happened_at DateTime64(6, 'UTC') NOT NULL, detail String NOT NULL);

CREATE TABLE IF NOT EXISTS "_eddy".sync_log (connection_id String NOT NULL, sync_run_id String NOT NULL, primary_key String, operation String, status String NOT NULL, error_reason String, sync_started_at DateTime64(6, 'UTC') NOT NULL, sync_finished_at DateTime64(6, 'UTC') NOT NULL);

/* eddy: connection vip, run , history */
SELECT connection_id, run_id, seq, event, detail
FROM (
  SELECT connection_id, run_id, seq, event, detail
  FROM "_eddy".runs
  WHERE event = 'audience'
    OR connection_id = 'vip' AND seq >= coalesce((SELECT max(seq) FROM "_eddy".runs WHERE connection_id = 'vip' AND event = 'closed'), 0)
  UNION ALL
  SELECT 'vip', CAST(name AS String), 0, 'table', CAST(NULL AS String)
  FROM (SELECT name FROM system.tables WHERE database = replaceAll(replaceAll(substring('"_eddy"', 2, length('"_eddy"') - 2), '""', '"'), '\\\\', '\\')) t
) past
ORDER BY seq, CASE WHEN event = 'closed' THEN 0 ELSE 1 END;

/* eddy: connection vip, run 20261101090000abcd, opened */
INSERT INTO "_eddy".runs (connection_id, run_id, seq, event, happened_at, detail)
SELECT 'vip', '20261101090000abcd', 1, 'opened', CURRENT_TIMESTAMP, '{"trigger":"manual","started":"2026-11-01T09:00:00Z","owner":"host:1"}'
FROM (SELECT 1) one
WHERE NOT EXISTS (SELECT 1 FROM "_eddy".runs WHERE connection_id = 'vip' AND seq >= 1);

/* eddy: connection vip, run 20261101090000abcd, audience */
INSERT INTO "_eddy".runs (connection_id, run_id, seq, event, happened_at, detail)
SELECT 'vip', '20261101090000abcd', 2, 'audience', CURRENT_TIMESTAMP, '{"account":"18ce54d4x5t","audience_id":"a1"}'
FROM (SELECT 1) one
WHERE NOT EXISTS (SELECT 1 FROM "_eddy".runs WHERE connection_id = 'vip' AND seq >= 2);

/* eddy: connection vip, run 20261101090000abcd, count */
SELECT coalesce(sum(n), 0), coalesce(sum(CASE WHEN record_id IS NULL THEN n END), 0),
  count(record_id), count(CASE WHEN n > 1 AND record_id IS NOT NULL THEN 1 END)
FROM (SELECT record_id, count(*) AS n FROM "_eddy"."stage_vip_20261101090000abcd" GROUP BY record_id) ids;

/* eddy: connection vip, run 20261101090000abcd, read times */
SELECT DISTINCT "expires_at" FROM "_eddy"."stage_vip_20261101090000abcd" WHERE "expires_at" NOT LIKE '____-__-__T__:__:__Z';

/* eddy: connection vip, run 20261101090000abcd, compare */
CREATE TABLE "_eddy"."changes_vip_20261101090000abcd" AS
SELECT toInt64(cityHash64(assumeNotNull(s.record_id)) % 1024) AS bucket, 1 AS settings, 0 AS attempts, 1 AS present, s.record_id,
  s.until AS until, 'insert' AS operation, '+' AS side, 'held' AS state, CAST(NULL AS String) AS was, CAST(NULL AS String) AS held_until,
  s."email" AS "email", s."phone_number" AS "phone_number", s."expires_at" AS "expires_at", CAST(NULL AS String) AS fingerprint, CAST(NULL AS String) AS reason
FROM (
  SELECT m.record_id, m."email" AS "email", m."phone_number" AS "phone_number", m."expires_at" AS "expires_at", CASE WHEN m."expires_at" BETWEEN '1970' AND '2027-12-01T09:00:00Z' THEN m."expires_at" ELSE '2027-12-01T09:00:00Z' END AS until, CASE WHEN m."expires_at" LIKE '____-__-__T__:__:__Z' AND m."expires_at" BETWEEN '1970' AND '2026-11-01T09:00:00Z' THEN 0 ELSE 1 END AS wanted
  FROM "_eddy"."stage_vip_20261101090000abcd" m
  WHERE m.record_id IS NOT NULL
) s
WHERE s.wanted = 1;

/* eddy: connection vip, run 20261101090000abcd, read what leaves */
SELECT o.record_id, o.was, o.held_until, o.settings, o."email", o."phone_number", o."expires_at", w.side, w.settings, w."email", w."phone_number", w."expires_at"
FROM "_eddy"."changes_vip_20261101090000abcd" o
LEFT JOIN "_eddy"."changes_vip_20261101090000abcd" w ON w.record_id = o.record_id AND w.side IN ('+', '=')
WHERE o.side = '-' AND o.held_until IS NOT NULL;

/* eddy: connection vip, run 20261101090000abcd, sealed */
INSERT INTO "_eddy".runs (connection_id, run_id, seq, event, happened_at, detail)
SELECT 'vip', '20261101090000abcd', 3, 'sealed', CURRENT_TIMESTAMP, '{"feed":{"account":"18ce54d4x5t","audience_id":"a1"},"rows":3,"settings":{"1":"US,e164|\\"email\\",\\"phone_number\\",\\"expires_at\\""}}'
FROM (SELECT 1) one
WHERE NOT EXISTS (SELECT 1 FROM "_eddy".runs WHERE connection_id = 'vip' AND seq >= 3);

/* eddy: connection vip, run 20261101090000abcd, read remove */
SELECT record_id, settings, "email", "phone_number", "expires_at"
FROM "_eddy"."changes_vip_20261101090000abcd" c
WHERE side = '-' AND held_until IS NOT NULL;

/* eddy: connection vip, run 20261101090000abcd, read add */
SELECT record_id, settings, "email", "phone_number", "expires_at"
FROM "_eddy"."changes_vip_20261101090000abcd" c
WHERE side IN ('+', '=');

/* eddy: connection vip, run 20261101090000abcd, answered */
INSERT INTO "_eddy".runs (connection_id, run_id, seq, event, happened_at, detail)
SELECT 'vip', '20261101090000abcd', 4, 'answered', CURRENT_TIMESTAMP, '{"buckets":{"from":0,"to":1023},"exceptions":false}'
FROM (SELECT 1) one
WHERE NOT EXISTS (SELECT 1 FROM "_eddy".runs WHERE connection_id = 'vip' AND seq >= 4);

/* eddy: connection vip, run 20261101090000abcd, log */
INSERT INTO "_eddy".sync_log (connection_id, sync_run_id, primary_key, operation, status, error_reason, sync_started_at, sync_finished_at)
SELECT 'vip', '20261101090000abcd', record_id, operation, CASE status WHEN 'resting' THEN 'invalid' WHEN 'nobody' THEN 'delivered' ELSE status END, why,
  CAST('2026-11-01T09:00:00.000000Z' AS DateTime64(6, 'UTC')), CAST('2026-11-01T09:00:00.000000Z' AS DateTime64(6, 'UTC'))
FROM (
  SELECT record_id, operation, 'delivered' AS status, CAST(NULL AS String) AS why, present
  FROM "_eddy"."changes_vip_20261101090000abcd"
  WHERE side IN ('+', '=')
) l
WHERE status NOT IN ('same', 'forgotten')
  AND NOT EXISTS (
    SELECT 1 FROM "_eddy".sync_log said
    WHERE said.sync_run_id = '20261101090000abcd' AND said.connection_id = 'vip' AND said.sync_started_at = CAST('2026-11-01T09:00:00.000000Z' AS DateTime64(6, 'UTC'))
      AND said.primary_key = l.record_id AND said.operation = l.operation
  );

/* eddy: connection vip, run 20261101090000abcd, settled */
INSERT INTO "_eddy".runs (connection_id, run_id, seq, event, happened_at, detail)
SELECT 'vip', '20261101090000abcd', 5, 'settled', CURRENT_TIMESTAMP, '{"run":{"run_id":"20261101090000abcd","connection":"vip","status":"succeeded","trigger":"manual","started_at":"2026-11-01T09:00:00Z","finished_at":"2026-11-01T09:00:00Z","audience_id":"","counts":{"rows":0,"invalid":0,"insert":0,"update":0,"delete":0,"renew":0,"reassert":0,"unchanged":0,"delivered":0,"rejected":0,"failed":0,"requests":0,"bytes":0},"errors":null,"warnings":null}}'
FROM (SELECT 1) one
WHERE NOT EXISTS (SELECT 1 FROM "_eddy".runs WHERE connection_id = 'vip' AND seq >= 5);

/* eddy: connection vip, run 20261101090000abcd, snapshot */
CREATE VIEW "_eddy"."snapshot_vip_20261101090000abcd" AS
SELECT record_id, "email", "phone_number", "expires_at", state, until
FROM (
  SELECT settings, attempts, record_id, until, state, "email", "phone_number", "expires_at", fingerprint, reason
  FROM "_eddy"."changes_vip_20261101090000abcd"
) h
WHERE state IN ('held', 'beside', 'doubt');

/* eddy: connection vip, run 20261101090000abcd, prune */
DROP TABLE IF EXISTS "_eddy"."stage_vip_20261101090000abcd";

/* eddy: connection vip, run 20261101090000abcd, closed */
INSERT INTO "_eddy".runs (connection_id, run_id, seq, event, happened_at, detail)
SELECT 'vip', '20261101090000abcd', 6, 'closed', CURRENT_TIMESTAMP, '{"run":{"run_id":"20261101090000abcd","connection":"vip","status":"succeeded","trigger":"manual","started_at":"2026-11-01T09:00:00Z","finished_at":"2026-11-01T09:00:00Z","audience_id":"","counts":{"rows":0,"invalid":0,"insert":0,"update":0,"delete":0,"renew":0,"reassert":0,"unchanged":0,"delivered":0,"rejected":0,"failed":0,"requests":0,"bytes":0},"errors":null,"warnings":null},"past":{"last":"20261101090000abcd","sealed":[{"run":"20261101090000abcd","started":"2026-11-01T09:00:00Z","trigger":"manual","feed":{"account":"18ce54d4x5t","audience_id":"a1"},"answered":[{"from":0,"to":1023}],"settled":true,"rows":3}],"settings":{"1":"US,e164|\\"email\\",\\"phone_number\\",\\"expires_at\\""},"pruned":"2026-11-01"}}'
FROM (SELECT 1) one
WHERE NOT EXISTS (SELECT 1 FROM "_eddy".runs WHERE connection_id = 'vip' AND seq >= 6);
