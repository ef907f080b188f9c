/* eddy: connection vip, run 20261104090000abcd, report */
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
      CASE WHEN NOT FALSE THEN 'doubt' ELSE 'delivered' END AS outcome,
      0 AS refused, 0 AS stays, 0 AS spared, CAST(NULL AS STRING) AS known_until, CAST(NULL AS STRING) AS why
    FROM `local`.`_eddy`.`changes_vip_20261103090000abcd` c
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
      CASE WHEN NOT FALSE THEN 'doubt' ELSE 'delivered' END AS outcome,
      0 AS refused, 0 AS stays, 0 AS spared, CAST(NULL AS STRING) AS known_until, CAST(NULL AS STRING) AS why
    FROM `local`.`_eddy`.`changes_vip_20261103090000abcd` c
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
  FROM `local`.`_eddy`.`changes_vip_20261103090000abcd`
  WHERE side = '.' AND state <> 'beside'
) l
GROUP BY operation, status, why;

/* eddy: connection vip, run 20261104090000abcd, log */
INSERT INTO `local`.`_eddy`.sync_log (connection_id, sync_run_id, primary_key, operation, status, error_reason, sync_started_at, sync_finished_at)
SELECT 'vip', '20261103090000abcd', record_id, operation, CASE status WHEN 'resting' THEN 'invalid' WHEN 'nobody' THEN 'delivered' ELSE status END, why,
  CAST('2026-11-03T09:00:00.000000Z' AS TIMESTAMP), CAST('2026-11-04T09:00:00.000000Z' AS TIMESTAMP)
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
      CASE WHEN NOT FALSE THEN 'doubt' ELSE 'delivered' END AS outcome,
      0 AS refused, 0 AS stays, 0 AS spared, CAST(NULL AS STRING) AS known_until, CAST(NULL AS STRING) AS why
    FROM `local`.`_eddy`.`changes_vip_20261103090000abcd` c
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
      CASE WHEN NOT FALSE THEN 'doubt' ELSE 'delivered' END AS outcome,
      0 AS refused, 0 AS stays, 0 AS spared, CAST(NULL AS STRING) AS known_until, CAST(NULL AS STRING) AS why
    FROM `local`.`_eddy`.`changes_vip_20261103090000abcd` c
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
  FROM `local`.`_eddy`.`changes_vip_20261103090000abcd`
  WHERE side = '.' AND state <> 'beside'
) l
WHERE status NOT IN ('same', 'forgotten')
  AND NOT EXISTS (
    SELECT 1 FROM `local`.`_eddy`.sync_log said
    WHERE said.sync_run_id = '20261103090000abcd' AND said.connection_id = 'vip' AND said.sync_started_at = CAST('2026-11-03T09:00:00.000000Z' AS TIMESTAMP)
      AND said.primary_key = l.record_id AND said.operation = l.operation
  );

/* eddy: connection vip, run 20261104090000abcd, compare */
CREATE TABLE `local`.`_eddy`.`changes_vip_20261104090000abcd` AS
WITH held AS (
  WITH newest AS (
    SELECT record_id, max(n) AS n
    FROM (
      SELECT record_id, 2 AS n FROM `local`.`_eddy`.`changes_vip_20261103090000abcd`
    ) named
    GROUP BY record_id
  )
  SELECT b.settings, b.attempts, b.record_id, b.until, b.state, b.`email`, b.`phone_number`, b.`expires_at`, b.fingerprint, b.reason
  FROM (
    SELECT settings, attempts, record_id, until, state, `email`, `phone_number`, `expires_at`, fingerprint, reason
    FROM `local`.`_eddy`.`base_vip_20261102090000abcd`
  ) b
  WHERE NOT EXISTS (SELECT 1 FROM newest n WHERE n.record_id = b.record_id)
  UNION ALL
  SELECT a.settings, a.attempts, a.record_id, a.until, a.state, a.`email`, a.`phone_number`, a.`expires_at`, a.fingerprint, a.reason
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
      `email`, `phone_number`, `expires_at`, fingerprint,
      CASE
        WHEN side = '.' THEN reason
        WHEN side = '-' AND refused = 1 OR side <> '-' AND outcome IN ('invalid', 'rejected') THEN why
      END AS reason
    FROM (
      SELECT c.*,
        CASE WHEN NOT FALSE THEN 'doubt' ELSE 'delivered' END AS outcome,
        0 AS refused, 0 AS stays, 0 AS spared, CAST(NULL AS STRING) AS known_until, CAST(NULL AS STRING) AS why
      FROM `local`.`_eddy`.`changes_vip_20261103090000abcd` c
    ) o
    WHERE side IN ('.', '=')
      OR side = '+' AND outcome <> 'unsent'
      OR side = '-' AND until IS NOT NULL AND (outcome = 'doubt' OR stays = 1 OR spared = 1 AND outcome IN ('invalid', 'rejected', 'unsent'))
  ) a
  WHERE NOT EXISTS (SELECT 1 FROM newest n WHERE n.record_id = a.record_id AND n.n <> 2)
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
    CASE WHEN (h.until < '2026-12-04T09:00:00Z' AND h.until < s.until OR h.until > '2027-12-11T09:00:00Z') THEN 1 ELSE 0 END AS lapsing
  FROM (
    SELECT m.record_id, m.`email` AS `email`, m.`phone_number` AS `phone_number`, m.`expires_at` AS `expires_at`, CASE WHEN m.`expires_at` BETWEEN '1970' AND '2027-12-04T09:00:00Z' THEN m.`expires_at` ELSE '2027-12-04T09:00:00Z' END AS until, CASE WHEN m.`expires_at` LIKE '____-__-__T__:__:__Z' AND m.`expires_at` BETWEEN '1970' AND '2026-11-04T09:00:00Z' THEN 0 ELSE 1 END AS wanted
    FROM `local`.`_eddy`.`stage_vip_20261104090000abcd` m
    WHERE m.record_id IS NOT NULL
  ) s
  FULL JOIN held h
    ON h.record_id = s.record_id AND h.settings = CASE WHEN s.record_id IS NOT NULL THEN 1 END AND TO_JSON_STRING(s.`email`) = TO_JSON_STRING(h.`email`) AND TO_JSON_STRING(s.`phone_number`) = TO_JSON_STRING(h.`phone_number`) AND TO_JSON_STRING(s.`expires_at`) = TO_JSON_STRING(h.`expires_at`)
  WHERE h.record_id IS NULL OR s.record_id IS NULL OR s.wanted = 0 OR h.state <> 'held'
    OR (h.until < '2026-12-04T09:00:00Z' AND h.until < s.until OR h.until > '2027-12-11T09:00:00Z') OR 0 = 1
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

/* eddy: connection vip, run 20261104090000abcd, report */
SELECT operation, 'delivered', CAST(NULL AS STRING), count(*), CAST(NULL AS STRING), CAST(NULL AS STRING), sum(present)
FROM `local`.`_eddy`.`changes_vip_20261104090000abcd`
WHERE side IN ('+', '=')
GROUP BY operation
UNION ALL
SELECT operation, status, why, count(*),
  min(CASE WHEN status <> 'delivered' THEN record_id END), max(CASE WHEN status <> 'delivered' THEN record_id END), sum(present)
FROM (
  SELECT record_id, operation, CASE WHEN operation = 'forget' THEN 'forgotten' ELSE 'delivered' END AS status, max(reason) AS why, max(present) AS present
  FROM `local`.`_eddy`.`changes_vip_20261104090000abcd`
  WHERE side = '-' AND operation IN ('delete', 'forget')
  GROUP BY record_id, operation
  UNION ALL
  SELECT record_id, CASE WHEN state = 'leaving' THEN 'delete' ELSE 'insert' END, 'resting',
    CASE
      WHEN state = 'leaving' THEN 'its removal rests until its row changes (refusals: ' || CAST(attempts AS STRING) || '): ' || coalesce(reason, '')
      WHEN state = 'rejected' THEN 'rests until its row changes (refusals: ' || CAST(attempts AS STRING) || '): ' || coalesce(reason, '')
      ELSE reason
    END, present
  FROM `local`.`_eddy`.`changes_vip_20261104090000abcd`
  WHERE side = '.' AND state <> 'beside'
) l
GROUP BY operation, status, why;

/* eddy: connection vip, run 20261104090000abcd, log */
INSERT INTO `local`.`_eddy`.sync_log (connection_id, sync_run_id, primary_key, operation, status, error_reason, sync_started_at, sync_finished_at)
SELECT 'vip', '20261104090000abcd', record_id, operation, CASE status WHEN 'resting' THEN 'invalid' WHEN 'nobody' THEN 'delivered' ELSE status END, why,
  CAST('2026-11-04T09:00:00.000000Z' AS TIMESTAMP), CAST('2026-11-04T09:00:00.000000Z' AS TIMESTAMP)
FROM (
  SELECT record_id, operation, 'delivered' AS status, CAST(NULL AS STRING) AS why, present
  FROM `local`.`_eddy`.`changes_vip_20261104090000abcd`
  WHERE side IN ('+', '=')
  UNION ALL
  
  SELECT record_id, operation, CASE WHEN operation = 'forget' THEN 'forgotten' ELSE 'delivered' END AS status, max(reason) AS why, max(present) AS present
  FROM `local`.`_eddy`.`changes_vip_20261104090000abcd`
  WHERE side = '-' AND operation IN ('delete', 'forget')
  GROUP BY record_id, operation
  UNION ALL
  SELECT record_id, CASE WHEN state = 'leaving' THEN 'delete' ELSE 'insert' END, 'resting',
    CASE
      WHEN state = 'leaving' THEN 'its removal rests until its row changes (refusals: ' || CAST(attempts AS STRING) || '): ' || coalesce(reason, '')
      WHEN state = 'rejected' THEN 'rests until its row changes (refusals: ' || CAST(attempts AS STRING) || '): ' || coalesce(reason, '')
      ELSE reason
    END, present
  FROM `local`.`_eddy`.`changes_vip_20261104090000abcd`
  WHERE side = '.' AND state <> 'beside'
) l
WHERE status NOT IN ('same', 'forgotten')
  AND NOT EXISTS (
    SELECT 1 FROM `local`.`_eddy`.sync_log said
    WHERE said.sync_run_id = '20261104090000abcd' AND said.connection_id = 'vip' AND said.sync_started_at = CAST('2026-11-04T09:00:00.000000Z' AS TIMESTAMP)
      AND said.primary_key = l.record_id AND said.operation = l.operation
  );
